"""Waits until the shop is open, says where, and stays until it is stopped."""

from __future__ import annotations

import signal
import sys

from dev import waiting
from dev.ports import port


def main() -> int:
    """Announce the shop, or what did not come up."""
    try:
        waiting.api()
        waiting.site()
    except TimeoutError as late:
        print(f"{late}. Look above for why.")
        return 1
    print(f"\n  The shop is open: http://localhost:{port('SITE_PORT')}\n  Stop it with Ctrl-C.\n", flush=True)
    signal.pause()
    return 0


if __name__ == "__main__":
    sys.exit(main())
