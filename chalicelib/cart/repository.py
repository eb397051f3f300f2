"""Reads and conditional writes of carts in DynamoDB."""

from __future__ import annotations

import msgspec
from pynamodb.exceptions import DoesNotExist

from chalicelib.cart.domain import CartFacts
from chalicelib.cart.models import CartRecord
from chalicelib.dynamo import DynamoWrite


class CartRepository:
    """Carts."""

    def cart(self, account_id: str) -> CartFacts | None:
        """Return an account's cart, read strongly, or None."""
        try:
            record = CartRecord.get(account_id, consistent_read=True)
        except DoesNotExist:
            return None
        return msgspec.convert(record.attribute_values, CartFacts, strict=False)

    def change(self, before: CartFacts, after: CartFacts) -> DynamoWrite:
        """Put a cart's next version, if nobody put one since `before`; refuses as `cart:ACCOUNT`."""
        record = CartRecord(**msgspec.structs.asdict(after))
        fence = CartRecord.version == before.version if before.version else CartRecord.account_id.does_not_exist()
        return DynamoWrite(f"cart:{after.account_id}", "put", lambda t: t.save(record, condition=fence))

    def remove(self, account_id: str) -> DynamoWrite:
        """Delete an account's cart; one that was never kept is no error."""
        record = CartRecord(account_id)
        return DynamoWrite(f"cart:{account_id}", "delete", lambda t: t.delete(record))
