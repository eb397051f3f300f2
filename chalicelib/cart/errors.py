"""Why a cart was not replaced, as facts."""

from __future__ import annotations

from http import HTTPStatus

import msgspec

from chalicelib.cart.schemas import Cart
from chalicelib.errors import ShopError


class PreconditionRequired(ShopError):
    """Without If-Match one device would overwrite what another has just put in (RFC 6585, 3)."""

    status = HTTPStatus.PRECONDITION_REQUIRED
    code = "precondition_required"
    title = "Say which cart is replaced"

    def __init__(self) -> None:
        super().__init__("Send If-Match with the ETag that GET /cart gave, or * to replace whatever is there.")


class PreconditionFailed(ShopError):
    """The cart was changed since; `cart` is what it holds now, and the ETag is of that."""

    status = HTTPStatus.PRECONDITION_FAILED
    code = "precondition_failed"
    title = "The cart was changed meanwhile"

    def __init__(self, cart: Cart, etag: str) -> None:
        super().__init__(
            "Nothing was replaced. Merge your changes into `cart` and send it again under the ETag of this answer.",
            extra={"cart": msgspec.to_builtins(cart)},
            headers={"ETag": etag},
        )
