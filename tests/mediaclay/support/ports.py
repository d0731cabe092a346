"""Ports for an instance of a test's own."""

import socket

from mediaclay_kernel.subgraph import discover


def free_ports() -> dict[str, str]:
    """A free port for each setting that names one, all different."""
    names = ["POSTGRES", "VALKEY", "ROUTER", *(name.upper() for name in discover())]
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in names]
    found = {f"CLAY_{name}_PORT": str(each.getsockname()[1]) for name, each in zip(names, sockets, strict=True)}
    for each in sockets:
        each.close()
    return found
