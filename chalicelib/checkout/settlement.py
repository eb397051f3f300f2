"""What becomes of an order once it is reserved: paid, failed, expired, cancelled, refunded.

Request, repeat, webhook, sweeper and cancellation share these steps (docs/checkout.md). Each step asks the gateway
under a key made from the order, and writes only if nobody changed the order meanwhile; who comes too late reads the
order again and follows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress

from chalicelib import metrics
from chalicelib.catalogue.service import CatalogueService
from chalicelib.checkout.errors import InProgress, NotCancellable
from chalicelib.errors import Unavailable
from chalicelib.ledger import Ledger, Refused, Write
from chalicelib.notifications.service import NotificationsService
from chalicelib.orders.lifecycle import OrderLifecycle
from chalicelib.orders.service import ENDED_UNPAID, GIVEN_UP, OrderFacts
from chalicelib.payments.gateway import OutcomeUnknown, Payment, PaymentGateway
from chalicelib.promotions.service import PromotionsService
from chalicelib.shop import Shop

FOLLOWS = 5
FENCES = ("order:", "event:")
MONEY_HERE = frozenset({"authorised", "captured"})


class FenceLost(Exception):
    """Somebody else changed the order first."""


class Unfinishable(Exception):
    """What an order holds cannot be given back: a record that it names is not as it was left."""


class Settlement:
    """Brings orders to their end."""

    def __init__(
        self,
        orders: OrderLifecycle,
        catalogue: CatalogueService,
        promotions: PromotionsService,
        gateway: PaymentGateway,
        notifications: NotificationsService,
        ledger: Ledger,
        shop: Shop,
        site_url: str,
    ) -> None:
        self._orders = orders
        self._catalogue = catalogue
        self._promotions = promotions
        self._gateway = gateway
        self._notifications = notifications
        self._ledger = ledger
        self._shop = shop
        self._site_url = site_url

    def pay(self, order: OrderFacts, method: str) -> OrderFacts:
        """Take the money for a leased order; where an answer is lost, it stays pending and its stock held."""
        after = self._unless_unknown(order, lambda seen: self._charge(seen, method))
        still_leased = after.status == "pending_payment" and after.lease_until is not None
        return self._let_go(after, order) if still_leased else after

    def sweep(self, order: OrderFacts) -> OrderFacts:
        """Finish an order whose time is up. Raises OutcomeUnknown and Unavailable where that must be tried again."""
        return self._following(order, self._finish)

    def cancel(self, order: OrderFacts) -> OrderFacts:
        """Call an order off: unpaid it is closed, paid it is refunded.

        It may come back unfinished where the gateway gave no answer; the sweeper goes on. Raises NotCancellable.
        """
        if order.status in GIVEN_UP:
            return self._unless_unknown(order, self._finish)
        after = self._unless_unknown(self._following(order, self._call_off), self._finish)
        if after.status == "payment_failed":
            raise NotCancellable(after.status)
        return after

    def follow(self, order: OrderFacts, payment_id: str, seen: Write) -> OrderFacts:
        """Act on news of a payment; `seen` is committed with whatever the news causes, so that it acts once."""
        return self._following(order, lambda now: self._heard(now, payment_id, [seen]))

    # --- Money in ---------------------------------------------------------------------------------------------------

    def _charge(self, order: OrderFacts, method: str) -> OrderFacts:
        """Steps 3 and 4 of the protocol."""
        if order.status != "pending_payment" or order.cancelling or order.free:
            return self._finish(order)
        payment = self._payment_of(order)
        if payment.status == "created":
            back = f"{self._site_url}/confirmation?order={order.order_id}"
            payment = self._gateway.authorise(payment, method, return_url=back, key=f"auth-{order.order_id}")
        return self._bring(order, payment)

    def _payment_of(self, order: OrderFacts) -> Payment:
        """Return the order's payment; one whose creation was never heard of is found by creating it again."""
        if order.payment_id is not None:
            return self._gateway.lookup(order.payment_id)
        return self._gateway.create(order.order_id, order.totals.total, key=f"pi-{order.order_id}")

    def _bring(self, order: OrderFacts, payment: Payment, also: Sequence[Write] = ()) -> OrderFacts:
        """Bring a pending order to where its payment is."""
        match payment.status:
            case "requires_action" if payment.action_url and order.payment.status != "requires_action":
                return _kept(self._orders.waiting(order, payment.payment_id, payment.action_url))
            case "authorised" if order.cancelling:
                return self._bring(order, self._cancelled(payment, order), also)
            case "authorised":
                recorded = order
                if order.payment.status != "authorised":
                    recorded = _kept(self._orders.authorised(order, payment.payment_id))
                return self._bring(recorded, self._gateway.capture(payment, key=f"cap-{order.order_id}"), also)
            case "captured":
                return self._settle(order, payment.payment_id, also)
            case "declined":
                return self._fail(order, payment, also)
            case "cancelled" | "refunded":
                return self._close(order, payment.payment_id, also)
            case _:
                return order

    def _settle(self, order: OrderFacts, payment_id: str | None, also: Sequence[Write] = ()) -> OrderFacts:
        after, write = self._orders.paid(order, payment_id)
        self._commit([write, *self._catalogue.sell(order.stock), *also])
        total = order.totals.total
        metrics.count("Orders")
        metrics.count("Revenue", total.amount, Currency=total.currency)
        return self._finish(after) if after.cancelling else after

    def _fail(self, order: OrderFacts, payment: Payment, also: Sequence[Write]) -> OrderFacts:
        after, write = self._orders.payment_failed(order, payment.payment_id, payment.decline_code or "card_declined")
        self._commit([write, *self._released(order), *also])
        metrics.count("Declines")
        return after

    def _close(self, order: OrderFacts, payment_id: str | None, also: Sequence[Write] = ()) -> OrderFacts:
        after, write = self._orders.closed(order, payment_id)
        self._commit([write, *self._released(order), *also])
        return after

    # --- Money out --------------------------------------------------------------------------------------------------

    def _call_off(self, order: OrderFacts) -> OrderFacts:
        """Write the shopper's wish down before anything is done about it: a crash must not lose it."""
        if order.status == "pending_payment":
            return order if order.cancelling else _kept(self._orders.cancelling(order))
        if order.status == "paid":
            return self._begin_refund(order)
        if order.status in GIVEN_UP:
            return order
        raise NotCancellable(order.status)

    def _begin_refund(self, order: OrderFacts, payment_id: str | None = None, also: Sequence[Write] = ()) -> OrderFacts:
        after, write = self._orders.refunding(order, payment_id)
        self._commit([write, *also])
        return after

    def _finish(self, order: OrderFacts) -> OrderFacts:
        """Do what is left to do; a payment that is not under way is cancelled, which is final, before stock goes."""
        match order.status:
            case "pending_payment" if order.free:
                return self._close(order, None) if order.cancelling else self._settle(order, None)
            case "pending_payment":
                return self._bring(order, self._decided(order, self._payment_of(order)))
            case "paid" if order.cancelling:
                return self._give_back(self._begin_refund(order))
            case "refunding":
                return self._give_back(order)
            case _:
                return order

    def _decided(self, order: OrderFacts, payment: Payment) -> Payment:
        with_his_bank = payment.status == "requires_action" and self._orders.may_still_act(order)
        if payment.status not in {"created", "requires_action"} or (with_his_bank and not order.cancelling):
            return payment
        return self._cancelled(payment, order)

    def _give_back(self, order: OrderFacts) -> OrderFacts:
        """Give the money back, and then what the order had of the shop."""
        if not order.free and not self._money_gone(order, self._payment_of(order)):
            return order
        after, write = self._orders.refunded(order)
        self._commit([write, *self._catalogue.take_back(order.stock), *self._unredeemed(order)])
        return after

    def _money_gone(self, order: OrderFacts, payment: Payment) -> bool:
        if payment.status not in {"captured", "refunded"}:
            payment = self._cancelled(payment, order)
        if payment.status == "captured":
            payment = self._gateway.refund(payment, key=f"ref-{order.order_id}")
        return payment.status in {"refunded", "cancelled"}

    def _cancelled(self, payment: Payment, order: OrderFacts) -> Payment:
        return self._gateway.cancel(payment, key=f"can-{order.order_id}")

    # --- News -------------------------------------------------------------------------------------------------------

    def _heard(self, order: OrderFacts, payment_id: str, also: Sequence[Write]) -> OrderFacts:
        # Looked at after the order was read: an order that has ended has a payment that does not move any more.
        payment = self._gateway.lookup(payment_id)
        if order.payment_id not in {None, payment_id}:
            return self._stray(order, payment, also)
        if order.status == "pending_payment":
            # A request at work hears the same from the gateway itself. Should it die, this comes again.
            if self._orders.is_leased(order):
                raise InProgress
            return self._bring(order, payment, also)
        if order.status in ENDED_UNPAID and payment.status in MONEY_HERE:
            told = [self._tell_owner(order), *also]
            return self._give_back(self._begin_refund(order, payment.payment_id, told))
        return self._finish(order) if order.status == "refunding" else order

    def _stray(self, order: OrderFacts, payment: Payment, also: Sequence[Write]) -> OrderFacts:
        """Give back what a second payment of an order has taken; a gateway forgets its keys after a while."""
        if payment.status not in MONEY_HERE:
            return order
        payment = self._gateway.cancel(payment, key=f"can-{payment.payment_id}")
        if payment.status == "captured":
            self._gateway.refund(payment, key=f"ref-{payment.payment_id}")
        self._commit([self._tell_owner(order), *also])
        return order

    def _tell_owner(self, order: OrderFacts) -> Write:
        return self._notifications.post("money_turned_up", self._shop.email, order=order.order_id)

    # --- The fence --------------------------------------------------------------------------------------------------

    def _released(self, order: OrderFacts) -> list[Write]:
        return [*self._catalogue.release(order.stock), *self._unredeemed(order)]

    def _unredeemed(self, order: OrderFacts) -> list[Write]:
        redeemed = order.redeemed
        return self._promotions.give_back(redeemed.code, redeemed.customers) if redeemed else []

    def _commit(self, writes: Sequence[Write]) -> None:
        try:
            self._ledger.commit(writes)
        except Refused as refused:
            if any(subject.startswith(FENCES) for subject in refused.subjects):
                raise FenceLost from None
            raise Unfinishable(", ".join(sorted(refused.subjects))) from refused

    def _following(self, order: OrderFacts, step: Callable[[OrderFacts], OrderFacts]) -> OrderFacts:
        """Take a step; whoever loses the fence reads the order again and takes it from there."""
        current: OrderFacts | None = order
        for _ in range(FOLLOWS):
            if current is None:
                break
            try:
                return step(current)
            except FenceLost:
                current = self._orders.find(order.order_id)
        raise InProgress

    def _let_go(self, after: OrderFacts, order: OrderFacts) -> OrderFacts:
        """Give the lease back, if it still is ours: the gateway's news, or a repeat, may go on at once."""
        with suppress(Unavailable):
            current = self._orders.find(order.order_id)
            if current is not None and current.lease_until == order.lease_until:
                return self._orders.let_go(current) or after
        return after

    def _unless_unknown(self, order: OrderFacts, step: Callable[[OrderFacts], OrderFacts]) -> OrderFacts:
        """Like `_following`; where nobody knows how a call ended, the order as it was before."""
        try:
            return self._following(order, step)
        except (OutcomeUnknown, Unavailable):
            return order


def _kept(order: OrderFacts | None) -> OrderFacts:
    """Return the order that was written, or raise where the fence was lost."""
    if order is None:
        raise FenceLost
    return order
