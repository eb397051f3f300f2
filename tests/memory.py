"""The stores in memory, with the conditions of the real ones: what use cases are tested on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.accounts.domain import AccountFacts, SessionFacts
from chalicelib.catalogue.domain import ProductFacts, SkuFacts, variant_name
from chalicelib.ledger import Refused, Write
from chalicelib.orders.domain import OrderFacts
from chalicelib.payments.sandbox import SandboxPayment


class MemoryWrite(Struct, frozen=True):
    subject: str
    holds: Callable[[], bool]
    apply: Callable[[], None]


class MemoryLedger:
    def commit(self, writes: Sequence[Write]) -> None:
        ours = [write for write in writes if isinstance(write, MemoryWrite)]
        assert len(ours) == len(writes)
        assert len({write.subject for write in ours}) == len(ours), "a transaction names each record once"
        refused = [write.subject for write in ours if not write.holds()]
        if refused:
            raise Refused(refused)
        for write in ours:
            write.apply()


class Stock(Struct):
    received: int
    available: int
    held: int = 0
    sold: int = 0

    @property
    def balanced(self) -> bool:
        return self.available >= 0 and self.available + self.held + self.sold == self.received

    def move(self, available: int = 0, held: int = 0, sold: int = 0) -> None:
        self.available += available
        self.held += held
        self.sold += sold


class MemoryCatalogue:
    def __init__(self, *products: ProductFacts, units: int = 20) -> None:
        self.shelf = {product.slug: product for product in products}
        self.stock = {v.sku: Stock(units, units) for product in products for v in product.variants}

    def products(self) -> list[ProductFacts]:
        return list(self.shelf.values())

    def product(self, slug: str) -> ProductFacts | None:
        return self.shelf.get(slug)

    def skus(self, skus: Iterable[str]) -> dict[str, SkuFacts]:
        wanted = set(skus)
        return {
            v.sku: SkuFacts(v.sku, p.slug, variant_name(p.name, v.options), v.price, v.image, active=True)
            for p in self.shelf.values()
            for v in p.variants
            if v.sku in wanted
        }

    def available(self, skus: Iterable[str]) -> dict[str, int]:
        return {sku: self.stock[sku].available for sku in skus if sku in self.stock}

    def hold(self, sku: str, quantity: int) -> MemoryWrite:
        return self._move(sku, at_least=quantity, available=-quantity, held=quantity)

    def release(self, sku: str, quantity: int) -> MemoryWrite:
        return self._move(sku, available=quantity, held=-quantity)

    def sell(self, sku: str, quantity: int) -> MemoryWrite:
        return self._move(sku, held=-quantity, sold=quantity)

    def put_product(self, product: ProductFacts) -> list[MemoryWrite]:
        put = MemoryWrite(f"product:{product.slug}", lambda: True, lambda: self._put(product))
        return [put]

    def receive_first(self, sku: str, quantity: int) -> MemoryWrite:
        return MemoryWrite(
            f"stock:{sku}",
            lambda: sku not in self.stock,
            lambda: self.stock.__setitem__(sku, Stock(quantity, quantity)),
        )

    def _put(self, product: ProductFacts) -> None:
        self.shelf[product.slug] = product

    def _move(self, sku: str, *, at_least: int = 0, **units: int) -> MemoryWrite:
        return MemoryWrite(
            f"stock:{sku}",
            lambda: sku in self.stock and self.stock[sku].available >= at_least,
            lambda: self.stock[sku].move(**units),
        )


class MemoryOrders:
    def __init__(self) -> None:
        self.kept: dict[str, OrderFacts] = {}

    def find(self, order_id: str) -> OrderFacts | None:
        return self.kept.get(order_id)

    def add(self, order: OrderFacts) -> MemoryWrite:
        return self._put(order, lambda: order.order_id not in self.kept)

    def change(self, before: OrderFacts, after: OrderFacts) -> MemoryWrite:
        def unchanged() -> bool:
            now = self.kept[before.order_id]
            return (now.version, now.status) == (before.version, before.status)

        return self._put(after, unchanged)

    def replace(self, before: OrderFacts, after: OrderFacts) -> bool:
        write = self.change(before, after)
        if not write.holds():
            return False
        write.apply()
        return True

    def of_account(
        self, account_id: str, limit: int, after: tuple[str, datetime] | None
    ) -> tuple[list[OrderFacts], bool]:
        theirs = sorted((o for o in self.kept.values() if o.account_id == account_id), key=_newest_first)
        if after is not None:
            theirs = theirs[[order.order_id for order in theirs].index(after[0]) + 1 :]
        return theirs[:limit], len(theirs) > limit

    def _put(self, order: OrderFacts, holds: Callable[[], bool]) -> MemoryWrite:
        return MemoryWrite(f"order:{order.order_id}", holds, lambda: self.kept.__setitem__(order.order_id, order))


def _newest_first(order: OrderFacts) -> float:
    return -order.placed_at.timestamp()


class MemoryAccounts:
    def __init__(self) -> None:
        self.accounts: dict[str, AccountFacts] = {}
        self.claims: dict[str, str] = {}
        self.sessions: dict[tuple[str, str], SessionFacts] = {}

    def account(self, account_id: str) -> AccountFacts | None:
        return self.accounts.get(account_id)

    def account_by_email(self, email: str) -> AccountFacts | None:
        return self.accounts.get(self.claims.get(email, ""))

    def add_account(self, account: AccountFacts) -> list[MemoryWrite]:
        return [
            MemoryWrite(
                f"account:{account.account_id}",
                lambda: account.account_id not in self.accounts,
                lambda: self.accounts.__setitem__(account.account_id, account),
            ),
            MemoryWrite(
                f"email:{account.email}",
                lambda: account.email not in self.claims,
                lambda: self.claims.__setitem__(account.email, account.account_id),
            ),
        ]

    def rename(self, account_id: str, name: str) -> bool:
        if account_id not in self.accounts:
            return False
        self.accounts[account_id] = replace(self.accounts[account_id], name=name)
        return True

    def add_session(self, session: SessionFacts) -> list[MemoryWrite]:
        return [
            MemoryWrite(
                f"session:{session.family_id}",
                lambda: self.accounts[session.account_id].session_epoch == session.session_epoch,
                lambda: self.sessions.__setitem__((session.account_id, session.family_id), session),
            )
        ]

    def session(self, account_id: str, family_id: str) -> SessionFacts | None:
        return self.sessions.get((account_id, family_id))

    def end_session(self, account_id: str, family_id: str) -> None:
        self.sessions.pop((account_id, family_id), None)


class MemorySandbox:
    def __init__(self) -> None:
        self.payments: dict[str, SandboxPayment] = {}

    def add(self, payment: SandboxPayment) -> None:
        self.payments.setdefault(payment.payment_id, payment)

    def get(self, payment_id: str) -> SandboxPayment | None:
        return self.payments.get(payment_id)

    def move(self, payment_id: str, before: str, after: str) -> None:
        payment = self.payments[payment_id]
        if payment.status == before:
            self.payments[payment_id] = SandboxPayment(payment_id, payment.method, after, payment.amount)  # type: ignore[arg-type]
