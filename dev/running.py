"""Says whether the local shop runs, for the commands that mind it."""

from __future__ import annotations

import os
import sys

from dev.waiting import answers_well


def main() -> int:
    """Ask the local AWS; fail with what to do where it does not answer."""
    if answers_well(f"{os.environ['AWS_ENDPOINT_URL']}/_ministack/health"):
        return 0
    print("The shop does not run here: start it with `make run`. On other ports, say the same ones here: AWS_PORT=…")
    return 1


if __name__ == "__main__":
    sys.exit(main())
