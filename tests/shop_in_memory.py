"""A whole shop on stores in memory, with a clock to turn: what the checkout's rules are tested on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from chalicelib import keys as keyfile
from chalicelib.accounts.passwords import Passwords
from chalicelib.accounts.schemas import Shopper
from chalicelib.accounts.service import AccountsService
from chalicelib.accounts.totp import Totp
from chalicelib.cart.service import CartService
from chalicelib.catalogue.service import CatalogueService
from chalicelib.checkout.pricing import Pricing
from chalicelib.checkout.service import CheckoutService
from chalicelib.checkout.settlement import Settlement
from chalicelib.ledger import Ledger
from chalicelib.notifications.service import NotificationsService
from chalicelib.orders.books import differences
from chalicelib.orders.lifecycle import OrderLifecycle
from chalicelib.orders.service import OrderFacts, OrdersService
from chalicelib.payments.gateway import PaymentGateway
from chalicelib.payments.sandbox import SandboxGateway
from chalicelib.payments.service import PaymentEvents
from chalicelib.promotions.service import PromotionsService
from chalicelib.shop import Shop, shop
from chalicelib.throttles.service import ThrottlesService
from tests import factories
from tests.memory import (
    MemoryAccounts,
    MemoryCarts,
    MemoryCatalogue,
    MemoryEvents,
    MemoryLedger,
    MemoryOrders,
    MemoryOutbox,
    MemoryPromotions,
    MemorySandbox,
    MemoryThrottles,
)

SITE = "http://localhost:8080"


def shelf(units: int = 3) -> MemoryCatalogue:
    """A teapot of £48 and a mug of £14, some of each."""
    return MemoryCatalogue(factories.single("teapot", 4800), factories.single("mug", 1400), units=units)


class Store:
    """The checkout and everything that it needs. What is given replaces what would be made."""

    def __init__(
        self,
        units: int = 3,
        the_shop: Shop | None = None,
        *,
        gateway: type[SandboxGateway] = SandboxGateway,
        settlement: type[Settlement] = Settlement,
        checkout: type[CheckoutService] = CheckoutService,
        ledger: Ledger | None = None,
    ) -> None:
        self.now: datetime = factories.NOW
        self.shop = the_shop or shop()
        self.shelf = shelf(units)
        self.kept = MemoryOrders()
        self.bank = MemorySandbox()
        self.mails = MemoryOutbox()
        self.events = MemoryEvents()
        self.promo = MemoryPromotions()
        self.accounts = MemoryAccounts()
        self.accounts.accounts = {name: factories.account(name) for name in ("ada", "bob")}
        self.kept_carts = MemoryCarts()
        self.ledger: Ledger = ledger or MemoryLedger()
        self.settlement_type, self.checkout_type = settlement, checkout
        self.gateway = gateway(self.bank, "secret", SITE, lambda: self.now)
        self.build()

    def build(self) -> None:
        """Make the services of what the store has now."""

        def clock() -> datetime:
            return self.now

        secrets = keyfile.keys()
        self.orders = OrderLifecycle(self.kept, secrets, clock)
        self.catalogue = CatalogueService(self.shelf, self.ledger, self.shop, below=lambda _: 0)
        self.promotions = PromotionsService(self.promo, clock)
        gateway: PaymentGateway = self.gateway
        notifications = NotificationsService(self.mails, _unused, _unused, secrets, clock)
        accounts = AccountsService(
            self.accounts, self.ledger, Passwords(), Totp(), _throttles(clock), notifications, secrets, SITE, clock
        )
        self.carts = CartService(self.kept_carts, accounts, self.ledger)
        self.shown = OrdersService(
            self.kept, self.orders, accounts, notifications, self.ledger, _throttles(clock), secrets
        )
        parts = (self.catalogue, self.promotions, gateway)
        self.pricing = Pricing(*parts, self.ledger, self.shop)
        self.settlement = self.settlement_type(self.orders, *parts, notifications, self.ledger, self.shop, SITE)
        self.checkout = self.checkout_type(
            self.pricing,
            self.settlement,
            self.orders,
            *parts,
            accounts,
            PaymentEvents(self.events, clock),
            self.ledger,
            self.shop,
        )

    def buy(
        self,
        lines: dict[str, int] | None = None,
        total: int = 4800 + 395,
        *,
        key: str = "",
        shopper: Shopper | None = None,
        **changes: Any,
    ) -> OrderFacts:
        """Place an order: of a teapot, unless told otherwise."""
        request = factories.order_request(lines or {"TEAPOT": 1}, total, **changes)
        return self.checkout.place(request, key or factories.key(), shopper)

    def order(self, order_id: str) -> OrderFacts:
        """Return an order as it stands."""
        return self.kept.kept[order_id]

    def deliver(self, *payment_ids: str) -> None:
        """Let the sandbox tell how these payments stand; all of them, if none is named."""
        for payment_id in payment_ids or list(self.bank.kept):
            body, headers = self.gateway.notice(payment_id, self.bank.kept[payment_id].status)
            self.checkout.hear(body, {name.lower(): value for name, value in headers.items()})

    def settle(self, *, news: bool = True) -> None:
        """Let time pass, and news and sweeper come, until nothing is left to do."""
        for _ in range(4):
            if news:
                self.deliver()
            self.now += timedelta(minutes=20)
            if self.checkout.sweep() == 0 and not any(order.settle_by for order in self.kept.kept.values()):
                return
        raise AssertionError("something is left unsettled")

    def charged(self) -> list[int]:
        """Return what was charged and kept."""
        return [payment.amount.amount for payment in self.bank.kept.values() if payment.status == "captured"]

    def books(self) -> list[str]:
        """Return what is wrong in the books."""
        return differences(self.catalogue.levels(), self.kept.all(), self.gateway.payments(), self.now)

    def assert_books_balance(self) -> None:
        assert self.books() == []


def _throttles(clock: Callable[[], datetime]) -> ThrottlesService:
    return ThrottlesService(MemoryThrottles(), keyfile.keys(), clock)


def _unused() -> Any:
    raise AssertionError("nothing is sent here")
