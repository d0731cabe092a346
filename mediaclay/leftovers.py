"""What a killed `clay up` left behind: its processes are written down, and the next start ends those that live on."""

from __future__ import annotations

import json
from pathlib import Path

import psutil

PATIENCE = 30.0


class Register:
    """The processes of one `clay up`, in `.clay/processes.json`. Only the holder of the lock may write."""

    def __init__(self, home: Path) -> None:
        self._path = home / "processes.json"
        self._known: dict[str, dict[str, float]] = {}

    def add(self, name: str, pid: int, stop_signal: int) -> None:
        """Writes a process down, with the time of its birth: ids are given out again."""
        try:
            born = psutil.Process(pid).create_time()
        except psutil.NoSuchProcess:
            return
        self._known[name] = {"pid": pid, "born": born, "stop": stop_signal}
        self._write()

    def clear(self) -> None:
        """All ended."""
        self._known.clear()
        self._path.unlink(missing_ok=True)

    def living(self) -> dict[str, psutil.Process]:
        """The processes written down that still run, by name."""
        found: dict[str, psutil.Process] = {}
        for name, entry in self._read().items():
            process = _same(int(entry["pid"]), entry["born"])
            if process is not None:
                found[name] = process
        return found

    def end_leftovers(self, patience: float = PATIENCE) -> list[str]:
        """Ends what still runs; answers the names. Waits `patience` seconds for a clean end before it insists."""
        entries, living = self._read(), self.living()
        for name, process in living.items():
            process.send_signal(int(entries[name]["stop"]))
        _, stubborn = psutil.wait_procs(living.values(), timeout=patience)
        for process in stubborn:
            process.kill()
        psutil.wait_procs(stubborn, timeout=5)
        self.clear()
        return list(living)

    def _read(self) -> dict[str, dict[str, float]]:
        try:
            return json.loads(self._path.read_text())
        except (FileNotFoundError, ValueError):
            return {}

    def _write(self) -> None:
        aside = self._path.with_suffix(".new")
        aside.write_text(json.dumps(self._known))
        aside.replace(self._path)


def _same(pid: int, born: float) -> psutil.Process | None:
    try:
        process = psutil.Process(pid)
        alive = process.create_time() == born and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return None
    return process if alive else None
