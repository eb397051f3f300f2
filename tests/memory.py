"""The stores in memory, with the conditions of the real ones: what use cases are tested on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.accounts.domain import AccountFacts, LinkFacts
from chalicelib.catalogue.domain import ProductFacts, SkuFacts, variant_name
from chalicelib.ledger import Refused, Write
from chalicelib.notifications.domain import MailFacts
from chalicelib.orders.domain import OrderFacts
from chalicelib.payments.sandbox import SandboxPayment
from chalicelib.sessions.domain import SessionFacts


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
        self.links: dict[str, LinkFacts] = {}

    def account(self, account_id: str) -> AccountFacts | None:
        return self.accounts.get(account_id)

    def account_by_email(self, email: str) -> AccountFacts | None:
        return self.accounts.get(self.claims.get(email, ""))

    def add(self, account: AccountFacts) -> MemoryWrite:
        return put(f"account:{account.account_id}", self.accounts, account.account_id, account, fresh=True)

    def change(self, before: AccountFacts, after: AccountFacts) -> MemoryWrite:
        def unchanged() -> bool:
            now = self.accounts.get(before.account_id)
            return now is not None and now.version == before.version

        following = replace(after, version=before.version + 1)
        return MemoryWrite(
            f"account:{before.account_id}",
            unchanged,
            lambda: self.accounts.__setitem__(before.account_id, following),
        )

    def remove(self, account: AccountFacts) -> MemoryWrite:
        return MemoryWrite(
            f"account:{account.account_id}",
            lambda: self.accounts[account.account_id].version == account.version,
            lambda: drop(self.accounts, account.account_id),
        )

    def claim_email(self, email: str, account_id: str) -> MemoryWrite:
        return put(f"email:{email}", self.claims, email, account_id, fresh=True)

    def release_email(self, email: str) -> MemoryWrite:
        return MemoryWrite(f"email:{email}", lambda: True, lambda: drop(self.claims, email))

    def epoch_stands(self, account_id: str, epoch: int) -> MemoryWrite:
        def stands() -> bool:
            return account_id in self.accounts and self.accounts[account_id].session_epoch == epoch

        return MemoryWrite(f"epoch:{account_id}", stands, lambda: None)

    def add_link(self, link: LinkFacts) -> MemoryWrite:
        return put(f"link:{link.token_hash}", self.links, link.token_hash, link)

    def link(self, token_hash: str) -> LinkFacts | None:
        return self.links.get(token_hash)

    def use_link(self, link: LinkFacts) -> MemoryWrite:
        return MemoryWrite(
            f"link:{link.token_hash}",
            lambda: link.token_hash in self.links,
            lambda: drop(self.links, link.token_hash),
        )


class MemorySessions:
    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], SessionFacts] = {}

    def session(self, account_id: str, family_id: str) -> SessionFacts | None:
        return self.kept.get((account_id, family_id))

    def of_account(self, account_id: str) -> list[SessionFacts]:
        return [session for (owner, _), session in self.kept.items() if owner == account_id]

    def put(self, session: SessionFacts) -> MemoryWrite:
        return put(f"session:{session.family_id}", self.kept, (session.account_id, session.family_id), session)

    def rotate(self, before: SessionFacts, after: SessionFacts) -> MemoryWrite:
        key = (before.account_id, before.family_id)
        return MemoryWrite(
            f"session:{before.family_id}",
            lambda: key in self.kept and self.kept[key].token_hash == before.token_hash,
            lambda: self.kept.__setitem__(key, after),
        )

    def end(self, account_id: str, family_id: str) -> None:
        drop(self.kept, (account_id, family_id))


class MemoryOutbox:
    def __init__(self) -> None:
        self.mails: dict[str, MailFacts] = {}

    def add(self, mail: MailFacts) -> MemoryWrite:
        return put(f"mail:{mail.mail_id}", self.mails, mail.mail_id, mail)

    def mail(self, mail_id: str) -> MailFacts | None:
        return self.mails.get(mail_id)

    def mark_sent(self, mail_id: str, at: datetime) -> None:
        self.mails[mail_id] = replace(self.mails[mail_id], sent_at=at, values={})


class MemoryThrottles:
    def __init__(self) -> None:
        self.tries: dict[str, int] = {}

    def count(self, key: str, limit: int, until: int) -> bool:
        if self.tries.get(key, 0) >= limit:
            return False
        self.tries[key] = self.tries.get(key, 0) + 1
        return True


K = TypeVar("K")
V = TypeVar("V")


def put(subject: str, store: dict[K, V], key: K, value: V, *, fresh: bool = False) -> MemoryWrite:
    return MemoryWrite(subject, lambda: not fresh or key not in store, lambda: store.__setitem__(key, value))


def drop(store: dict[K, V], key: K) -> None:
    store.pop(key, None)


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
