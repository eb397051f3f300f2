"""Use cases of the cart: showing it, and replacing it unless another device was faster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from chalicelib.accounts.schemas import Shopper
from chalicelib.accounts.service import AccountsService
from chalicelib.cart.domain import CartFacts
from chalicelib.cart.errors import PreconditionFailed, PreconditionRequired
from chalicelib.catalogue.schemas import MAX_QUANTITY, Line
from chalicelib.errors import FieldError, TokenInvalid, ValidationFailed
from chalicelib.ledger import Ledger, Refused, Write

REPLACE_TRIES = 3


class Repository(Protocol):
    """What carts need of their store; chalicelib.cart.repository says what each does."""

    def cart(self, account_id: str) -> CartFacts | None: ...
    def change(self, before: CartFacts, after: CartFacts) -> Write: ...
    def remove(self, account_id: str) -> Write: ...


class CartService:
    """Carts as the rest of the shop sees them."""

    def __init__(self, repository: Repository, accounts: AccountsService, ledger: Ledger) -> None:
        self._repository = repository
        self._accounts = accounts
        self._ledger = ledger

    def find(self, account_id: str) -> CartFacts:
        """Return an account's cart; one that was never kept is empty."""
        return self._repository.cart(account_id) or CartFacts(account_id)

    def replace(self, shopper: Shopper, lines: Sequence[Line], if_match: str | None) -> CartFacts:
        """Replace the version that `if_match` names; raises PreconditionRequired and PreconditionFailed."""
        if not (if_match and if_match.strip()):
            raise PreconditionRequired
        quantities = _merged(lines)
        for _ in range(REPLACE_TRIES):
            before = self.find(shopper.account_id)
            if not before.matches(if_match):
                break
            after = before.holding(quantities)
            if self._put(before, after):
                return after
        now = self.find(shopper.account_id)
        raise PreconditionFailed(now.shown, now.etag)

    def removal(self, account_id: str) -> Write:
        """Return the write that forgets an account's cart, for the transaction that closes the account."""
        return self._repository.remove(account_id)

    def _put(self, before: CartFacts, after: CartFacts) -> bool:
        """Put the next version, or return False where another request was faster."""
        writes = [self._repository.change(before, after)]
        if not before.version:
            writes.append(self._account_stands(before.account_id))
        try:
            self._ledger.commit(writes)
        except Refused:
            return False
        return True

    def _account_stands(self, account_id: str) -> Write:
        """Return a check that the account is there: an access token outlives a closed one, its cart must not."""
        account = self._accounts.find(account_id)
        if account is None:
            raise TokenInvalid("This account is closed.")
        return self._accounts.epoch_stands(account)


def _merged(lines: Sequence[Line]) -> dict[str, int]:
    """Return units by sku, the same sku twice as one; raises ValidationFailed where that makes too many."""
    quantities: dict[str, int] = {}
    for line in lines:
        quantities[line.sku] = quantities.get(line.sku, 0) + line.quantity
    errors = [
        FieldError(f"lines[{index}].quantity", f"At most {MAX_QUANTITY} of one sku in a cart.")
        for index, line in enumerate(lines)
        if quantities[line.sku] > MAX_QUANTITY
    ]
    if errors:
        raise ValidationFailed(errors=errors)
    return quantities
