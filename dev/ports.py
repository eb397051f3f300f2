"""Which ports the local shop uses, and whether they are free."""

from __future__ import annotations

import os
import socket
import sys

HOST = "127.0.0.1"
HIGHEST = 65_535
PORTS = {"SITE_PORT": 8080, "API_PORT": 8000, "AWS_PORT": 4566}


def port(name: str) -> int:
    """Return a port from the environment, or its default; exits with one line where it is no port."""
    given = os.environ.get(name, str(PORTS[name]))
    if not (given.isdecimal() and 0 < int(given) <= HIGHEST):
        sys.exit(f"{name} must be a number from 1 to {HIGHEST}, and is {given!r}.")
    return int(given)


def answers(name: str) -> bool:
    """Whether something listens on a port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((HOST, port(name))) == 0


def main() -> int:
    """Say in one line a port which ones are taken."""
    taken = [name for name in PORTS if answers(name)]
    for name in taken:
        print(f"Port {port(name)} is taken: stop what uses it, or choose another with {name}=… make run")
    return 1 if taken else 0


if __name__ == "__main__":
    sys.exit(main())
