"""A child that ends with its parent, even if the parent is killed with -9, and that Ctrl-C does not reach."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

_PR_SET_PDEATHSIG = 1
_LIBC: Any = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def options(stop_signal: int = signal.SIGTERM) -> dict[str, Any]:
    """Arguments for `subprocess.Popen`: a session of its own, and on Linux `stop_signal` when the parent dies.

    The system watches the thread that starts the child, so only the main thread may.
    """
    return {"start_new_session": True, "preexec_fn": _tied_to(os.getpid(), stop_signal)}


def _tied_to(parent: int, stop_signal: int) -> Callable[[], None] | None:
    if _LIBC is None:
        return None
    prctl = _LIBC.prctl

    def tie() -> None:
        prctl(_PR_SET_PDEATHSIG, stop_signal)
        if os.getppid() != parent:  # it died before the line above
            os._exit(1)

    return tie


def end_with_input() -> None:
    """Ends this process when its standard input closes: what remains where the system has no such signal."""

    def watch() -> None:
        while os.read(0, 1024):
            pass
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="end-with-input", daemon=True).start()
