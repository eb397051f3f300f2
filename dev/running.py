"""Says whether the local shop runs, for the commands that mind it."""

from __future__ import annotations

import sys

from dev import waiting


def main() -> int:
    """Ask the local AWS; fail with what to do where it does not answer."""
    if waiting.aws_runs():
        return 0
    print("The shop does not run here: start it with `make run`. On other ports, say the same ones here: AWS_PORT=…")
    return 1


if __name__ == "__main__":
    sys.exit(main())
