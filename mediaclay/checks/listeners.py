"""Ports: free, ours, or a stranger's."""

from __future__ import annotations

from mediaclay_kernel.errors import ClayError

from mediaclay.checks.finding import Finding
from mediaclay.instance import Instance
from mediaclay.ports import Port, free, sentence


def listeners(instance: Instance, running: bool) -> list[Finding]:
    """One finding for each port that `clay up` needs."""
    return [_look(port, running) for port in instance.ports()]


def _look(port: Port, running: bool) -> Finding:
    subject = f"port {port.number}"
    try:
        if free(port):
            missing = running  # `clay up` holds all of its ports, but for a process that is being started again
            return Finding(subject, f"free, for {port.purpose}", missing, _LOGS if missing else "")
    except ClayError as error:
        return Finding(subject, "can't be used", True, error.message)
    if running:
        return Finding(subject, f"used by {port.purpose}")
    return Finding(subject, "in use by another program", True, sentence(port))


_LOGS = "`clay up` runs, but nobody listens there: look into its terminal, or into the logs in CLAY_HOME."
