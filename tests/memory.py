"""The stores in memory, with the conditions of the real ones: what use cases are tested on."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.accounts.domain import AccountFacts, LinkFacts
from chalicelib.cart.domain import CartFacts
from chalicelib.catalogue.domain import ProductFacts, SkuFacts, StockLevel, StockTake, variant_name
from chalicelib.ledger import Read, Refused, Write
from chalicelib.notifications.domain import MailFacts
from chalicelib.orders.domain import OrderFacts
from chalicelib.payments.gateway import PaymentEvent, PaymentStatus
from chalicelib.payments.sandbox import SandboxPayment
from chalicelib.promotions.domain import PromotionFacts, redemption_subject, subject
from chalicelib.sessions.domain import SessionFacts


class MemoryWrite(Struct, frozen=True):
    subject: str
    holds: Callable[[], bool]
    apply: Callable[[], None]


class MemoryRead(Struct, frozen=True):
    subject: str
    find: Callable[[], Any]


class MemoryLedger:
    def read(self, reads: Sequence[Read]) -> dict[str, Any]:
        ours = [read for read in reads if isinstance(read, MemoryRead)]
        assert len(ours) == len(reads)
        return {read.subject: facts for read in ours if (facts := read.find()) is not None}

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
        parts = (self.available, self.held, self.sold)
        return min(parts) >= 0 and sum(parts) == self.received


class MemoryCatalogue:
    def __init__(self, *products: ProductFacts, units: int = 20) -> None:
        self.shelf = {product.slug: product for product in products}
        self.shards = {(v.sku, 0): Stock(units, units) for product in products for v in product.variants}

    def products(self) -> list[ProductFacts]:
        return list(self.shelf.values())

    def read_sku(self, sku: str) -> MemoryRead:
        return MemoryRead(f"sku:{sku}", lambda: self._sku(sku))

    def read_stock(self, sku: str, shard: int) -> MemoryRead:
        return MemoryRead(f"stock:{sku}#{shard}", lambda: self._level(sku, shard))

    def levels(self) -> Iterator[StockLevel]:
        return (level for key in self.shards if (level := self._level(*key)))

    def _level(self, sku: str, shard: int) -> StockLevel | None:
        stock = self.shards.get((sku, shard))
        return StockLevel(sku, shard, stock.received, stock.available, stock.held, stock.sold) if stock else None

    def hold(self, take: StockTake) -> MemoryWrite:
        return self._move(take, "available", "held")

    def release(self, take: StockTake) -> MemoryWrite:
        return self._move(take, "held", "available")

    def sell(self, take: StockTake) -> MemoryWrite:
        return self._move(take, "held", "sold")

    def take_back(self, take: StockTake) -> MemoryWrite:
        return self._move(take, "sold", "available")

    def receive(self, take: StockTake) -> MemoryWrite:
        def add() -> None:
            stock = self.shards.setdefault((take.sku, take.shard), Stock(0, 0))
            stock.received += take.quantity
            stock.available += take.quantity

        return MemoryWrite(f"stock:{take.sku}#{take.shard}", lambda: True, add)

    def put_product(self, product: ProductFacts) -> list[MemoryWrite]:
        return [put(f"product:{product.slug}", self.shelf, product.slug, product)]

    def reprice(self, slug: str, sku: str, price: int) -> list[MemoryWrite]:
        product = self.shelf[slug]
        variants = [replace(v, price=price) if v.sku == sku else v for v in product.variants]
        return self.put_product(replace(product, variants=variants))

    def withdraw(self, slug: str) -> list[MemoryWrite]:
        return [MemoryWrite(f"product:{slug}", lambda: slug in self.shelf, lambda: self._forget(slug))]

    def receive_first(self, take: StockTake) -> MemoryWrite:
        stock = Stock(take.quantity, take.quantity)
        return put(f"stock:{take.sku}#{take.shard}", self.shards, (take.sku, take.shard), stock, fresh=True)

    def _forget(self, slug: str) -> None:
        del self.shelf[slug]

    def _sku(self, sku: str) -> SkuFacts | None:
        for product in self.shelf.values():
            for v in product.variants:
                if v.sku == sku:
                    name = variant_name(product.name, v.options)
                    return SkuFacts(v.sku, product.slug, name, v.price, v.image, active=True)
        return None

    def _move(self, take: StockTake, source: str, goal: str) -> MemoryWrite:
        key, units = (take.sku, take.shard), take.quantity

        def move() -> None:
            stock = self.shards[key]
            setattr(stock, source, getattr(stock, source) - units)
            setattr(stock, goal, getattr(stock, goal) + units)

        def holds() -> bool:
            return key in self.shards and getattr(self.shards[key], source) >= units

        return MemoryWrite(f"stock:{take.sku}#{take.shard}", holds, move)


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

    def unsettled(self, before: datetime) -> Iterator[str]:
        late = [order for order in self.kept.values() if order.settle_by is not None and order.settle_by <= before]
        return iter([order.order_id for order in late])

    def of_guest(self, guest_mark: str) -> list[str]:
        return [order.order_id for order in self.kept.values() if order.guest_mark == guest_mark]

    def all(self) -> Iterator[OrderFacts]:
        return iter(list(self.kept.values()))

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

    def stands(self, account_id: str) -> MemoryWrite:
        return MemoryWrite(f"account:{account_id}", lambda: account_id in self.accounts, lambda: None)

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


class MemoryCarts:
    def __init__(self) -> None:
        self.kept: dict[str, CartFacts] = {}

    def cart(self, account_id: str) -> CartFacts | None:
        return self.kept.get(account_id)

    def change(self, before: CartFacts, after: CartFacts) -> MemoryWrite:
        def unchanged() -> bool:
            now = self.kept.get(before.account_id)
            return (now.version if now else 0) == before.version

        return MemoryWrite(
            f"cart:{after.account_id}", unchanged, lambda: self.kept.__setitem__(after.account_id, after)
        )

    def remove(self, account_id: str) -> MemoryWrite:
        return MemoryWrite(f"cart:{account_id}", lambda: True, lambda: drop(self.kept, account_id))


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
        return put(f"mail:{mail.mail_id}", self.mails, mail.mail_id, mail, fresh=True)

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
        self.kept: dict[str, SandboxPayment] = {}

    def add(self, payment: SandboxPayment) -> SandboxPayment:
        return self.kept.setdefault(payment.payment_id, payment)

    def get(self, payment_id: str) -> SandboxPayment | None:
        return self.kept.get(payment_id)

    def move(
        self, payment_id: str, before: tuple[PaymentStatus, ...], after: PaymentStatus, **facts: str
    ) -> SandboxPayment | None:
        payment = self.kept[payment_id]
        if payment.status not in before:
            return None
        self.kept[payment_id] = replace(payment, status=after, **facts)
        return self.kept[payment_id]

    def all(self) -> Iterator[SandboxPayment]:
        return iter(list(self.kept.values()))


class MemoryEvents:
    def __init__(self) -> None:
        self.seen: dict[str, datetime] = {}

    def add(self, event: PaymentEvent, at: datetime) -> MemoryWrite:
        return put(f"event:{event.event_id}", self.seen, event.event_id, at, fresh=True)


class MemoryPromotions:
    def __init__(self, *promotions: PromotionFacts) -> None:
        self.kept = {promotion.code: promotion for promotion in promotions}
        self.redemptions: dict[tuple[str, str], int] = {}

    def read(self, code: str) -> MemoryRead:
        return MemoryRead(subject(code), lambda: self.kept.get(code))

    def find(self, code: str) -> PromotionFacts | None:
        return self.kept.get(code)

    def put(self, promotion: PromotionFacts) -> PromotionFacts:
        before = self.kept.get(promotion.code)
        version, uses = (before.version + 1, before.uses) if before else (1, 0)
        self.kept[promotion.code] = replace(promotion, version=version, uses=uses)
        return self.kept[promotion.code]

    def redeem(self, promotion: PromotionFacts) -> MemoryWrite:
        def holds() -> bool:
            now = self.kept.get(promotion.code)
            if now is None or not now.active or now.version != promotion.version:
                return False
            return promotion.max_uses is None or now.uses < promotion.max_uses

        return MemoryWrite(subject(promotion.code), holds, lambda: self._use(promotion.code, 1))

    def give_back(self, code: str) -> MemoryWrite:
        return MemoryWrite(
            subject(code), lambda: code in self.kept and self.kept[code].uses > 0, lambda: self._use(code, -1)
        )

    def count(self, code: str, customer: str, limit: int) -> MemoryWrite:
        return self._redemption(code, customer, 1, lambda uses: uses is None or uses < limit)

    def uncount(self, code: str, customer: str) -> MemoryWrite:
        return self._redemption(code, customer, -1, lambda uses: uses is not None and uses > 0)

    def _use(self, code: str, uses: int) -> None:
        self.kept[code] = replace(self.kept[code], uses=self.kept[code].uses + uses)

    def _redemption(self, code: str, customer: str, uses: int, holds: Callable[[int | None], bool]) -> MemoryWrite:
        key = (code, customer)
        return MemoryWrite(
            redemption_subject(code, customer),
            lambda: holds(self.redemptions.get(key)),
            lambda: self.redemptions.__setitem__(key, self.redemptions.get(key, 0) + uses),
        )
