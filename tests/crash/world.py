"""A shop whose every call to the outside can go wrong, or wait while others go on.

Each call to the database, and each to the payment gateway, is a *point*. What happens at points is decided by whoever
runs the world: nothing, a crash of the process, a refusal, a lost answer, a conflict, or a turn for another actor.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import Any, Literal

from chalicelib.checkout.service import CheckoutService
from chalicelib.checkout.settlement import Settlement, Unfinishable
from chalicelib.dynamo import COMMIT_TRIES
from chalicelib.errors import ShopError, Unavailable
from chalicelib.ledger import Read, Write
from chalicelib.orders.domain import ENDED_UNPAID, LEASE, OrderFacts
from chalicelib.payments.gateway import OutcomeUnknown
from chalicelib.payments.sandbox import SandboxGateway
from tests import factories
from tests.memory import MemoryLedger
from tests.shop_in_memory import Store

Fault = Literal["crash_before", "crash_after", "refused", "lost", "conflict"]
FAULTS: tuple[Fault, ...] = ("crash_before", "crash_after", "refused", "lost", "conflict")

KEY = "one-key-for-every-try"
RIVAL_KEY = "a-rivals-key-for-the-same"
PROMO = "TENTH"
SUBTOTAL = 4800 + 1400
TOTAL = SUBTOTAL - 620
DEFINITIVE = {"paid", "card_declined", "insufficient_funds", "authentication_failed", "order_ended"}
GATEWAY_CALLS = ("create", "authorise", "capture", "cancel", "refund", "lookup")


class Crash(BaseException):
    """The process is gone; no `except Exception` sees it."""


class Conflict(Exception):
    """Another transaction is at work on a record."""


class Points:
    """Counts the points, and does at one of them what it was told. `turn` is asked before each."""

    def __init__(self) -> None:
        self.count = 0
        self.faults: dict[int, Fault] = {}
        self.turn: Callable[[], None] = lambda: None

    def call(self, name: str, work: Callable[[], Any]) -> Any:
        self.turn()
        fault = self.faults.get(self.count)
        self.count += 1
        away = OutcomeUnknown(name) if name in GATEWAY_CALLS else Unavailable()
        match fault:
            case "crash_before":
                raise Crash(name)
            case "refused":
                raise away
            case "conflict" if name == "commit":
                raise Conflict
        result = work()
        if fault == "crash_after":
            raise Crash(name)
        if fault == "lost" and name != "commit":
            raise away
        return result


class Watched:
    """Something outside the process: some of its methods are points."""

    def __init__(self, target: Any, points: Points, names: Sequence[str]) -> None:
        self._target, self._points, self._names = target, points, names

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._target, name)
        if name not in self._names:
            return method
        return lambda *args, **kwargs: self._points.call(name, lambda: method(*args, **kwargs))


class WatchedLedger(MemoryLedger):
    """A ledger that throttles and conflicts. A commit whose answer is lost is repeated under its token, as the real
    one does; one that meets others is tried again, but not for ever."""

    def __init__(self, points: Points) -> None:
        self.points = points

    def read(self, reads: Sequence[Read]) -> dict[str, Any]:
        found: dict[str, Any] = self.points.call("read", lambda: MemoryLedger.read(self, reads))
        return found

    def commit(self, writes: Sequence[Write]) -> None:
        for _ in range(COMMIT_TRIES):
            try:
                self.points.call("commit", lambda: MemoryLedger.commit(self, writes))
            except Conflict:
                continue
            return
        raise Unavailable


class World(Store):
    """A store with points. `variant` replaces parts of it by broken ones: a mutant."""

    def __init__(
        self,
        token: str = "tok_visa",
        *,
        units: int = 3,
        approves: bool | None = None,
        promo: bool = True,
        settlement: type[Settlement] = Settlement,
        checkout: type[CheckoutService] = CheckoutService,
        gateway: type[SandboxGateway] = SandboxGateway,
        variant: Callable[[World], None] = lambda _: None,
    ) -> None:
        self.points = Points()
        self.token, self.approves, self.with_promo = token, approves, promo
        self.answers: list[str] = []
        super().__init__(
            units, ledger=WatchedLedger(self.points), settlement=settlement, checkout=checkout, gateway=gateway
        )
        self.promo.put(factories.promotion(PROMO, max_uses=10, max_uses_per_customer=1))
        variant(self)
        self.real_bank, self.real_orders = self.gateway, self.kept
        self.gateway = Watched(self.gateway, self.points, GATEWAY_CALLS)  # type: ignore[assignment]
        self.kept = Watched(self.kept, self.points, ("find", "replace", "unsettled"))  # type: ignore[assignment]
        self.shelf = Watched(self.shelf, self.points, ("stock",))  # type: ignore[assignment]
        self.build()

    @property
    def the_order(self) -> OrderFacts | None:
        """The order that everything here is about, looked at from outside."""
        return self.real_orders.kept.get(self.orders.id_for(KEY))

    # --- What actors do ---------------------------------------------------------------------------------------------

    def request(self) -> None:
        """Place the order, under the one key: two lines, ten percent off."""
        code, total = (PROMO, TOTAL) if self.with_promo else (None, SUBTOTAL)
        body: dict[str, Any] = {"payment": {"method": self.token}, "promo_code": code}
        self._answered(lambda: self.buy({"TEAPOT": 1, "MUG": 1}, total, key=KEY, **body))

    def retry(self) -> None:
        """Repeat the request once its lease has lapsed."""
        self.now += LEASE + timedelta(seconds=1)
        self.request()

    def webhook(self) -> None:
        """Let the shopper answer his bank, if he does, and the gateway tell of whatever it has."""
        for payment in list(self.bank.kept.values()):
            if payment.status == "requires_action" and self.approves is not None:
                self.real_bank.answer(payment.payment_id, approve=self.approves)
            self._answered(lambda told=payment: self.deliver(told.payment_id), "heard")  # type: ignore[misc]

    def sweeper(self) -> None:
        """Let three minutes pass, and the sweeper come."""
        self.now += timedelta(minutes=3)
        self._answered(self.checkout.sweep, "swept")

    def cancellation(self) -> None:
        """Call the order off, if there is one by now."""

        def call_off() -> str:
            order = self.orders.find(self.orders.id_for(KEY))
            if order is None:
                return "nothing_to_cancel"
            self.checkout.cancel(order)
            return "called_off"

        self._answered(call_off)

    def shipping(self) -> None:
        """Let the parcel leave, if the order may be sent."""
        with suppress(ShopError):
            self.shown.ship(self.orders.id_for(KEY))

    def rival(self) -> None:
        """Let somebody else buy the same teapot."""
        with suppress(ShopError):
            self.buy({"TEAPOT": 1}, 4800 + 395, key=RIVAL_KEY)

    def _answered(self, work: Callable[[], Any], name: str = "") -> None:
        try:
            answer = work()
        except ShopError as error:
            answer = error.code
        except Unfinishable as error:
            answer = f"unfinishable: {error}"
        self.answers.append(name or (answer.outcome if isinstance(answer, OrderFacts) else str(answer)))

    # --- What must be true in the end -------------------------------------------------------------------------------

    def quiesce(self) -> None:
        """Let time and the sweeper do what is left, and the shopper ask once more. No news comes: none is needed."""
        self.points.faults.clear()
        self.points.turn = lambda: None
        self.settle(news=False)
        self.request()
        self.settle(news=False)

    def wrong(self) -> list[str]:
        """Return what is not as it must be, once the world is quiet."""
        unbalanced = [f"{key} does not balance" for key, stock in self.shelf.shards.items() if not stock.balanced]
        found = [*unbalanced, *self.books()]
        order, answers = self.the_order, [answer for answer in self.answers if answer in DEFINITIVE]
        if len({*answers, *(self.answers[-1:] if answers else [])}) > 1:
            found.append("one key was answered in several ways")
        if answers and order is None:
            found.append("an order that was answered for is not there")
        if order is not None:
            found += [*self._wrong_of(order, {*answers}), *self._wrong_money(order)]
        uses, used = self.promo.kept[PROMO].uses, order is not None and order.redeemed is not None
        if uses != used or sum(self.promo.redemptions.values()) != uses:
            found.append(f"the promo code counts {uses} uses, and its customers {self.promo.redemptions}")
        found += [answer for answer in self.answers if answer.startswith("unfinishable")]
        if self.mails.mails:
            found.append("money came for an order that had ended")
        return found

    def _wrong_of(self, order: OrderFacts, answers: set[str]) -> Iterator[str]:
        if order.status == "pending_payment" or order.settle_by is not None:
            yield f"the order is left {order.status}"
        if ("paid" in answers) != (order.outcome == "paid") and answers:
            yield f"{sorted(answers)} was answered, and the order is {order.status}"
        if "called_off" in self.answers and order.status in {"paid", "shipped"}:
            yield "a cancellation was accepted, and the order stands"

    def _wrong_money(self, order: OrderFacts) -> Iterator[str]:
        statuses = [payment.status for payment in self.bank.kept.values() if payment.order_id == order.order_id]
        if len(statuses) > 1:
            yield f"one order, {len(statuses)} payments"
        if order.status == "refunded" and not {*statuses} <= {"refunded", "cancelled"}:
            yield f"refunded, and the payment is {statuses}"
        if order.status in ENDED_UNPAID and {"captured", "authorised"} & {*statuses}:
            yield f"{order.status}, and the payment is {statuses}"
