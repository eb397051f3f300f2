"""Use cases of privacy: telling a person all that is held of him, and forgetting him."""

from __future__ import annotations

from chalicelib.accounts.errors import ChangedMeanwhile
from chalicelib.accounts.schemas import Shopper
from chalicelib.accounts.service import AccountsService
from chalicelib.cart.service import CartService
from chalicelib.ledger import Ledger, Refused
from chalicelib.log import security_event
from chalicelib.orders.service import OrdersService
from chalicelib.privacy.schemas import Export
from chalicelib.sessions.service import SessionsService


class PrivacyService:
    """Knows every domain that holds something of a person."""

    def __init__(
        self,
        accounts: AccountsService,
        sessions: SessionsService,
        orders: OrdersService,
        cart: CartService,
        ledger: Ledger,
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._orders = orders
        self._cart = cart
        self._ledger = ledger

    def export(self, shopper: Shopper) -> Export:
        """Return everything that is held of a shopper."""
        return Export(
            account=self._accounts.show(shopper),
            devices=self._sessions.devices(shopper).items,
            cart=self._cart.find(shopper.account_id).shown,
            orders=[self._orders.shown(order) for order in self._orders.all_of(shopper.account_id)],
        )

    def forget(self, shopper: Shopper, password: str) -> None:
        """Close an account: devices and cart go, orders stay without the person. Raises WrongPassword.

        The account goes last, in one transaction with its cart: until then whatever failed can be asked for again.
        """
        account = self._accounts.prove(shopper, password)
        self._orders.forget_person(account.account_id)
        ended = self._sessions.end_all(account.account_id)
        try:
            self._ledger.commit([*self._accounts.close(ended), self._cart.removal(account.account_id)])
        except Refused:
            raise ChangedMeanwhile from None
        security_event("account_closed", account=account.account_id)
