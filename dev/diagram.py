"""Draws an order's states into docs/checkout.md from the code, or with --check says whether that is up to date."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from chalicelib.orders.domain import diagram

PAGE = Path("docs/checkout.md")
DRAWING = re.compile(r"```mermaid\n.*?```", re.DOTALL)


def main() -> int:
    """Write the drawing, or check it."""
    before = PAGE.read_text(encoding="utf-8")
    after = DRAWING.sub(lambda _: f"```mermaid\n{diagram()}\n```", before)
    if "--check" not in sys.argv:
        PAGE.write_text(after, encoding="utf-8")
        return 0
    if before == after:
        return 0
    print("The drawing in docs/checkout.md does not match the code: run `make contract` and commit what it writes.")
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
