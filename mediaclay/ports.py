"""Whether a port is free, and who holds it if not."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from mediaclay.errors import PortTaken


@dataclass(frozen=True, slots=True)
class Port:
    """A port that is needed: by whom, and the setting that changes it."""

    number: int
    purpose: str
    setting: str
    host: str = "127.0.0.1"


def free(port: Port) -> bool:
    """Whether we could listen there. Raises `PortTaken` where the host is not one of this machine's."""
    family = socket.AF_INET6 if ":" in port.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As servers do: a port whose last connections still linger (TIME_WAIT) is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((port.host, port.number))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return False
            raise PortTaken(
                f"{port.purpose} can't listen on {port.host}:{port.number}: {error.strerror}. Set {port.setting} to another port."
            ) from None
    return True


def require_free(ports: Iterable[Port]) -> None:
    """Raises `PortTaken` naming each port that is in use, its holder if known, and the setting that changes it."""
    wanted = list(ports)
    wrong = [sentence(port) for port in wanted if not free(port)] + [twice(a, b) for a, b in combinations(wanted, 2)]
    if said := " ".join(filter(None, wrong)):
        raise PortTaken(said)


def twice(one: Port, other: Port) -> str:
    """What to do where two were given the same port; empty if they were not."""
    if one.number != other.number:
        return ""
    return f"Port {one.number} is given to both {one.purpose} and {other.purpose}: set {other.setting} to another."


def sentence(port: Port) -> str:
    """What to do about a port in use."""
    holder = held_by(port.number)
    by = f" by {holder}" if holder else ""
    return (
        f"Port {port.number} ({port.purpose}) is in use{by}: stop that program, or set {port.setting} to a free port."
    )


def held_by(number: int) -> str | None:
    """Name and process id of the listener, where the system tells us."""
    import psutil

    try:
        for connection in psutil.net_connections("tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == number and connection.pid:  # pyright: ignore
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
    except psutil.Error:
        return None
    return None


def any_free() -> int:
    """A port that was free a moment ago, for tests and tries."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
