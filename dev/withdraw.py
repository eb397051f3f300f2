"""Takes a product off the shop; its page says so by itself."""

from __future__ import annotations

import sys

from chalicelib import bootstrap
from chalicelib.catalogue.service import is_slug
from chalicelib.errors import NotFound
from chalicelib.ledger import Refused


def main() -> int:
    """Withdraw the product whose slug is on the command line."""
    slug = sys.argv[1].strip() if len(sys.argv) > 1 else ""
    if not is_slug(slug):
        print("Say which product, as its page's address does: make withdraw PRODUCT=stoneware-teapot")
        return 1
    try:
        bootstrap.catalogue().withdraw(slug)
    except NotFound as unknown:
        print(unknown.detail)
        return 1
    except Refused:
        print(f"Somebody changed {slug} at the same moment. Try again.")
        return 1
    print(f"{slug} is not sold any more; its pages follow within seconds. Its stock and its orders stay.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
