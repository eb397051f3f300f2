"""Puts units that came in on the shelf."""

from __future__ import annotations

import sys

from chalicelib import bootstrap

MOST = 1_000_000


def main() -> int:
    """Add the units of the sku on the command line."""
    sku, units = [part.strip() for part in [*sys.argv[1:], "", ""][:2]]
    if not units.isdecimal() or not 0 < int(units) <= MOST:
        print(f"Say what came in, 1 to {MOST}: make receive SKU=TEAPOT-SAGE UNITS=12")
        return 1
    if sku not in bootstrap.catalogue().units_available([sku]):
        print(f"The shop has no sku {sku or '(none given)'}.")
        return 1
    bootstrap.catalogue().receive(sku, int(units))
    print(f"{bootstrap.catalogue().units_available([sku])[sku]} of {sku} can be bought now.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
