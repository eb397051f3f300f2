"""Runs the whole shop on this machine: every process of the Procfile, until one ends or Ctrl-C."""

from __future__ import annotations

import signal
import sys

import honcho.command

from dev import ports

ASKED_TO_STOP = {128 + signal.SIGINT, 128 + signal.SIGTERM}


def main() -> int:
    """Start, unless a port is taken; being asked to stop is no failure."""
    if ports.main():
        return 1
    sys.argv = ["honcho", "start"]
    try:
        honcho.command.main()
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 1
        return 0 if code in ASKED_TO_STOP else code
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
