"""The image's health check: asks /health of the subgraph that this container serves. Exit code 1 says unhealthy.

It runs every few seconds, so it imports nothing but the standard library: 0.04 s where the kernel would take ten
times that. A container that serves nothing (`clay migrate`) is healthy as long as it runs.
"""

import http.client
import os
import sys

COMMAND = "/proc/1/cmdline"


def served(command: list[str]) -> str | None:
    """The subgraph that `clay serve NAME` names, with or without an init process or options in front of it."""
    words = (
        [word for word in command[command.index("serve") + 1 :] if not word.startswith("-")]
        if "serve" in command
        else []
    )
    return words[0] if words else None


def port_of(name: str) -> int:
    """Where the subgraph listens. Raises `KeyError` where the image does not say."""
    return int(os.environ[f"CLAY_{name.upper().replace('-', '_')}_PORT"])


def alive(port: int) -> bool:
    """Whether /health answers 200 within 2 seconds."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=2)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == http.client.OK
    except OSError:
        return False
    finally:
        connection.close()


def main(source: str = COMMAND) -> int:
    """0 where the container is healthy, otherwise 1 and a sentence on stderr."""
    with open(source, "rb") as file:  # noqa: PTH123 - pathlib costs as much time as the whole check
        name = served(file.read().decode().split("\0"))
    if name is None:
        return 0
    try:
        port = port_of(name)
    except (KeyError, ValueError) as error:
        sys.stderr.write(f"Set the port of {name} in the environment of its image: {error}\n")
        return 1
    if alive(port):
        return 0
    sys.stderr.write(f"{name} does not answer on port {port}.\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
