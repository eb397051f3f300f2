"""Use cases of orders: showing them to whom they belong, adopting a guest's, writing to their shoppers."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Protocol

import msgspec
from msgspec import UNSET

from chalicelib import trace
from chalicelib.accounts.schemas import Shopper
from chalicelib.accounts.service import AccountsService
from chalicelib.errors import NotFound
from chalicelib.keys import Keys, order_key
from chalicelib.ledger import Ledger, Refused, Write
from chalicelib.money import Money, format_money
from chalicelib.notifications.service import NotificationsService
from chalicelib.orders import domain
from chalicelib.orders.domain import ENDED_UNPAID as ENDED_UNPAID
from chalicelib.orders.domain import GIVEN_UP as GIVEN_UP
from chalicelib.orders.domain import OrderFacts as OrderFacts
from chalicelib.orders.domain import Redeemed as Redeemed
from chalicelib.orders.lifecycle import OrderLifecycle
from chalicelib.orders.schemas import Order, OrderList, OrderQuery, OrderStatus, Totals
from chalicelib.paging import MAX_PAGE, bad_cursor, decode_cursor, encode_cursor
from chalicelib.throttles import service as throttles
from chalicelib.throttles.service import ThrottlesService, TooManyAttempts

LETTERS: dict[OrderStatus, str] = {
    "paid": "order_paid",
    "expired": "order_expired",
    "cancelled": "order_cancelled",
    "shipped": "order_shipped",
    "refunded": "order_refunded",
}


class Repository(Protocol):
    """What showing orders needs of their store; chalicelib.orders.repository says what each does."""

    def find(self, order_id: str) -> OrderFacts | None: ...
    def replace(self, before: OrderFacts, after: OrderFacts) -> bool: ...
    def all(self) -> Iterator[OrderFacts]: ...
    def of_guest(self, guest_mark: str) -> list[str]: ...
    def of_account(
        self, account_id: str, limit: int, after: tuple[str, datetime] | None
    ) -> tuple[list[OrderFacts], bool]: ...


class OrdersService:
    """Orders as the rest of the shop sees them. chalicelib.orders.lifecycle changes them."""

    def __init__(
        self,
        repository: Repository,
        lifecycle: OrderLifecycle,
        accounts: AccountsService,
        notifications: NotificationsService,
        ledger: Ledger,
        throttle: ThrottlesService,
        keys: Keys,
    ) -> None:
        self._repository = repository
        self._lifecycle = lifecycle
        self._accounts = accounts
        self._notifications = notifications
        self._ledger = ledger
        self._throttle = throttle
        self._secret = keys.orders

    def all(self) -> Iterator[OrderFacts]:
        """Yield every order, for the books."""
        return self._repository.all()

    def ship(self, order_id: str) -> OrderFacts | None:
        """Record that a paid order's parcel has left; None where it is not, or no longer, to be shipped."""
        order = self._repository.find(order_id)
        if order is None or order.status != "paid" or order.cancelling:
            return None
        return self._lifecycle.shipped(order)

    def adopt(self, account_id: str) -> int:
        """Give an account the orders that were placed as a guest with its address, once that is proven.

        Returns how many. Whoever calls again after a crash does no harm.
        """
        account = self._accounts.find(account_id)
        if account is None or not account.email_verified:
            return 0
        mark = self._lifecycle.mark_of(account.email)
        orders = [self._repository.find(found) for found in self._repository.of_guest(mark)]
        return sum(order is not None and self._adopted(order, account_id) for order in orders)

    def status_came(self, order_id: str, status: OrderStatus) -> None:
        """Do what an order's new status causes: the letter about it, once; and a guest who has an account gets it."""
        order = self._repository.find(order_id)
        if order is None:
            return
        if status in LETTERS and order.contact.email != domain.REMOVED_EMAIL:
            # Nothing was paid for some letters: whoever orders in a stranger's name must not flood him with them.
            with suppress(Refused, TooManyAttempts):
                if order.outcome != "paid":
                    self._throttle.admit(throttles.MAILS_TO, order.contact.email)
                self._ledger.commit([self._letter(order, status)])
        if order.guest_mark is not None and order.status != domain.FIRST:
            owner = self._accounts.find_by_email(order.contact.email)
            if owner is not None:
                self.adopt(owner.account_id)

    def all_of(self, account_id: str) -> Iterator[OrderFacts]:
        """Yield every order of an account, the latest first."""
        after: tuple[str, datetime] | None = None
        more = True
        while more:
            page, more = self._repository.of_account(account_id, MAX_PAGE, after)
            yield from page
            after = (page[-1].order_id, page[-1].placed_at) if page else None

    def forget_person(self, account_id: str) -> None:
        """Keep an account's orders, as bookkeeping requires, without the person who placed them."""
        for order in list(self.all_of(account_id)):
            current: OrderFacts | None = order
            while current is not None and not self._repository.replace(current, domain.forgotten(current)):
                current = self._repository.find(order.order_id)

    def of_shopper(self, shopper: Shopper, query: OrderQuery) -> OrderList:
        """Return a page of a shopper's orders, the latest first."""
        after = _decode_cursor(query.cursor) if query.cursor else None
        orders, more = self._repository.of_account(shopper.account_id, query.limit, after)
        return OrderList(
            items=[self.shown(order) for order in orders],
            next_cursor=encode_cursor((orders[-1].order_id, orders[-1].placed_at)) if more else None,
        )

    def show(self, order_id: str, shopper: Shopper | None, order_key: str | None) -> Order:
        """Return an order to its owner, or to the bearer of a guest order's key; raises NotFound for anyone else."""
        return self.shown(self.of(order_id, shopper, order_key))

    def of(self, order_id: str, shopper: Shopper | None, order_key: str | None) -> OrderFacts:
        """Return an order's facts to whom `show` would show it; raises NotFound for anyone else."""
        order = self._repository.find(order_id)
        if order is None or not self._may_see(order, shopper, order_key):
            raise NotFound("There is no such order here. Sign in with the account that placed it.")
        trace.about(order=order.order_id)
        return order

    def placed(self, order: OrderFacts) -> Order:
        """Return an order as the one who just placed it sees it: a guest gets its key."""
        shown = self.shown(order)
        return msgspec.structs.replace(shown, order_key=self._key(order) if order.guest else UNSET)

    def shown(self, order: OrderFacts) -> Order:
        """Return an order as its owner sees it."""
        return Order(
            id=order.order_id,
            number=order.number,
            status=order.status,
            placed_at=order.placed_at,
            contact=order.contact,
            lines=order.lines,
            totals=order.totals,
            delivery=order.delivery,
            payment=order.payment,
            timeline=order.timeline,
            cancellable=order.cancellable,
        )

    def _may_see(self, order: OrderFacts, shopper: Shopper | None, presented: str | None) -> bool:
        """A guest's key opens the order for good, an account that owns it too."""
        if order.account_id is not None and shopper is not None and shopper.account_id == order.account_id:
            return True
        given = (presented or "").encode("ascii", "replace").decode()
        return order.guest and hmac.compare_digest(self._key(order), given)

    def _adopted(self, order: OrderFacts, account_id: str) -> bool:
        """Change the owner under the fence; whoever loses it reads again, so that no order is left behind."""
        current: OrderFacts | None = order
        while current is not None and current.guest_mark is not None:
            if self._repository.replace(current, domain.adopted(current, account_id)):
                return True
            current = self._repository.find(order.order_id)
        return False

    def _letter(self, order: OrderFacts, status: OrderStatus) -> Write:
        lines = "\n".join(f"{line.quantity} × {line.name}: {format_money(line.line_total)}" for line in order.lines)
        return self._notifications.post(
            LETTERS[status],
            order.contact.email,
            mail_id=f"{order.order_id}-{status}",
            number=order.number,
            lines=lines,
            discount=_discount(order.totals),
            delivery=f"{order.delivery.name}: {format_money(order.totals.delivery)}",
            total=format_money(order.totals.total),
            city=order.delivery.address.city,
            **{"guest_order" if order.guest else "order": order.order_id},
        )

    def _key(self, order: OrderFacts) -> str:
        return order_key(self._secret, order.order_id)


def _discount(totals: Totals) -> str:
    if not totals.discount.amount:
        return ""
    return f"{totals.promotion}: {format_money(Money(-totals.discount.amount, totals.discount.currency))}"


def _decode_cursor(cursor: str) -> tuple[str, datetime]:
    order_id, placed_at = decode_cursor(cursor, tuple[str, datetime])
    try:
        return order_id, placed_at.astimezone(UTC)
    except OverflowError:
        raise bad_cursor() from None
