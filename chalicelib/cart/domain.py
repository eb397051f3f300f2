"""A cart as it is kept: its units by sku, and the version that fences its changes. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from chalicelib.cart.schemas import Cart
from chalicelib.catalogue.schemas import Line
from chalicelib.etags import tags

ANY = "*"


class CartFacts(Struct, frozen=True):
    """An account's cart. Version 0 is a cart that was never kept, and empty."""

    account_id: str
    quantities: dict[str, int] = {}
    version: int = 0

    @property
    def etag(self) -> str:
        """The version as HTTP names it (RFC 9110, 8.8.3)."""
        return f'"v{self.version}"'

    @property
    def shown(self) -> Cart:
        """The cart as its owner sees it."""
        return Cart([Line(sku, quantity) for sku, quantity in self.quantities.items()])

    def matches(self, if_match: str) -> bool:
        """Say whether an If-Match names this version; what is no ETag of ours never does (RFC 9110, 13.1.1)."""
        return if_match.strip() == ANY or self.etag in tags(if_match)

    def holding(self, quantities: Mapping[str, int]) -> CartFacts:
        """Return the next version, which holds other units."""
        return CartFacts(self.account_id, dict(quantities), self.version + 1)
