"""The cart's part of the contract."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from chalicelib.catalogue.schemas import MAX_LINES, Line


class Cart(Struct, frozen=True):
    """An account's cart; its version is the ETag."""

    lines: list[Line]


class CartRequest(Struct, frozen=True, forbid_unknown_fields=True):
    """The body of PUT /cart. The same sku twice is merged; no lines empty it."""

    lines: Annotated[list[Line], Meta(max_length=MAX_LINES)]


class CartHeaders(Struct, frozen=True):
    """The headers of PUT /cart."""

    if_match: (
        Annotated[
            str,
            Meta(
                max_length=400,
                description="The ETag of the cart that is replaced, or * for whichever; required: 428 without",
            ),
        ]
        | None
    ) = None
