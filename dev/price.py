"""Gives a sku another price; the pages follow by themselves."""

from __future__ import annotations

import sys

from chalicelib import bootstrap
from chalicelib.errors import NotFound
from chalicelib.ledger import Refused
from chalicelib.money import format_money
from chalicelib.shop import shop

MOST = 100_000_000
DIGITS = len(str(MOST))


def main() -> int:
    """Set the price on the command line, in minor units, for the sku there."""
    sku, price = [part.strip() for part in [*sys.argv[1:], "", ""][:2]]
    if not sku or not price.isdecimal() or len(price) > DIGITS or int(price) > MOST:
        print("Say which sku, and its price in minor units (pence): make price SKU=TEAPOT-SAGE PRICE=5200")
        return 1
    try:
        bootstrap.catalogue().reprice(sku, int(price))
    except NotFound as unknown:
        print(unknown.detail)
        return 1
    except Refused:
        print(f"Somebody changed the product of {sku} at the same moment. Try again.")
        return 1
    print(f"{sku} costs {format_money(shop().money(int(price)))} now; its pages follow within seconds.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
