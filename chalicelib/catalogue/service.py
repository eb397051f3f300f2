"""Use cases of the catalogue: what is on sale, live stock, and setting stock aside."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Protocol

from chalicelib.catalogue import domain
from chalicelib.catalogue.domain import AVAILABLE_SHOWN as AVAILABLE_SHOWN
from chalicelib.catalogue.domain import ProductFacts as ProductFacts
from chalicelib.catalogue.domain import SkuFacts as SkuFacts
from chalicelib.catalogue.domain import StockLevel as StockLevel
from chalicelib.catalogue.domain import StockTake as StockTake
from chalicelib.catalogue.domain import VariantFacts as VariantFacts
from chalicelib.catalogue.domain import is_slug as is_slug
from chalicelib.catalogue.domain import units as units
from chalicelib.catalogue.schemas import (
    Availability,
    Inventory,
    Listing,
    Product,
    ProductSummary,
    Variant,
)
from chalicelib.errors import NotFound
from chalicelib.ledger import Ledger, Read, Refused, Write
from chalicelib.shop import Shop


class Repository(Protocol):
    """What the catalogue needs of its store; chalicelib.catalogue.repository says what each does."""

    def products(self) -> Iterable[ProductFacts | domain.Unreadable]: ...
    def read_sku(self, sku: str) -> Read: ...
    def read_stock(self, sku: str, shard: int) -> Read: ...
    def levels(self) -> Iterator[StockLevel]: ...
    def hold(self, take: StockTake) -> Write: ...
    def release(self, take: StockTake) -> Write: ...
    def sell(self, take: StockTake) -> Write: ...
    def take_back(self, take: StockTake) -> Write: ...
    def receive(self, take: StockTake) -> Write: ...
    def put_product(self, product: ProductFacts) -> Sequence[Write]: ...
    def receive_first(self, take: StockTake) -> Write: ...
    def reprice(self, slug: str, sku: str, price: int) -> Sequence[Write]: ...
    def withdraw(self, slug: str) -> Sequence[Write]: ...


class CatalogueService:
    """The catalogue as the rest of the shop sees it."""

    def __init__(
        self,
        repository: Repository,
        ledger: Ledger,
        shop: Shop,
        below: Callable[[int], int] = secrets.randbelow,
    ) -> None:
        self._repository = repository
        self._ledger = ledger
        self._shop = shop
        self._below = below

    def inventory(self) -> Inventory:
        """Return everything on sale, freshly and strongly read; records that cannot be shown are set aside."""
        sound: list[ProductFacts] = []
        set_aside: dict[str, str] = {}
        for found in self._repository.products():
            if isinstance(found, domain.Unreadable):
                set_aside[found.slug] = found.reason
            elif fault := domain.fault(found, {category.slug for category in self._shop.categories}):
                set_aside[found.slug] = fault
            else:
                sound.append(found)
        sound.sort(key=lambda product: (product.position, product.slug))
        sellers = domain.first_seller(sound)
        for product in [*sound]:
            if also := next((v.sku for v in product.variants if sellers[v.sku] != product.slug), None):
                set_aside[product.slug] = f"its sku {also} is {sellers[also]}'s already"
                sound.remove(product)
        available: Counter[str] = Counter()
        for level in self._repository.levels():
            available[level.sku] += level.available
        return Inventory([self._listing(product, available) for product in sound], set_aside)

    def availability(self, skus: Sequence[str]) -> list[Availability]:
        """Return the live stock of those skus that the shop knows, in the order asked."""
        available = self.units_available(skus)
        return [
            Availability(sku, domain.stock_state(units), max(0, min(units, AVAILABLE_SHOWN)))
            for sku in dict.fromkeys(skus)
            if (units := available.get(sku)) is not None
        ]

    def reads(self, skus: Iterable[str]) -> list[Read]:
        """Return the reads of what the skus cost, for a ledger; `for_sale` picks out what they gave."""
        return [self._repository.read_sku(sku) for sku in skus]

    def stock_reads(self, skus: Iterable[str]) -> list[Read]:
        """Return the reads of what is left of the skus, for a ledger; `units_in` picks out what they gave."""
        shards = {sku: range(self._shop.shards(sku)) for sku in skus}
        return [self._repository.read_stock(sku, shard) for sku, numbers in shards.items() for shard in numbers]

    def units_in(self, found: Mapping[str, object]) -> dict[str, int]:
        """Return how many units can be bought of each sku, all its shards together, given what a ledger found."""
        return {sku: sum(levels.values()) for sku, levels in domain.by_shard(found.values()).items()}

    def for_sale(self, skus: Iterable[str], found: Mapping[str, SkuFacts]) -> dict[str, SkuFacts]:
        """Return those of the skus that can be bought, given what a ledger found."""
        return {sku: facts for sku in skus if (facts := found.get(f"sku:{sku}")) and facts.active}

    def units_available(self, skus: Iterable[str]) -> dict[str, int]:
        """Return how many units can be bought of each sku that has stock, all its shards together."""
        return self.units_in(self._ledger.read(self.stock_reads(skus)))

    def guess(self, quantities: Mapping[str, int]) -> list[StockTake]:
        """Return takes that do without looking: each sku whole, from one of its shards."""
        return [StockTake(sku, self._start(sku), quantity) for sku, quantity in quantities.items()]

    def split(self, quantities: Mapping[str, int]) -> tuple[list[StockTake], dict[str, int]]:
        """Look at the shards; return takes that they can serve, and the units left of each sku that falls short."""
        stock = domain.by_shard(self._ledger.read(self.stock_reads(quantities)).values())
        takes: list[StockTake] = []
        short: dict[str, int] = {}
        for sku, quantity in quantities.items():
            levels = stock.get(sku, {})
            found = domain.split(sku, quantity, levels, self._start(sku)) if levels else None
            if found is None:
                short[sku] = sum(levels.values())
            takes += found or []
        return takes, short

    def hold(self, takes: Iterable[StockTake]) -> list[Write]:
        """Return the writes that set stock aside; a shard without enough refuses as `stock:SKU#SHARD`."""
        return [self._repository.hold(take) for take in takes]

    def release(self, takes: Iterable[StockTake]) -> list[Write]:
        """Return the writes that put held stock back."""
        return [self._repository.release(take) for take in takes]

    def sell(self, takes: Iterable[StockTake]) -> list[Write]:
        """Return the writes that turn held stock into sold."""
        return [self._repository.sell(take) for take in takes]

    def take_back(self, takes: Iterable[StockTake]) -> list[Write]:
        """Return the writes that put sold stock back on the shelf."""
        return [self._repository.take_back(take) for take in takes]

    def receive(self, sku: str, units: int) -> None:
        """Put units that have come in on the shelf, spread evenly over the sku's shards."""
        self._ledger.commit([self._repository.receive(take) for take in self._spread(sku, units)])

    def reprice(self, sku: str, price: int) -> None:
        """Give a sku another price, in minor units: what shoppers see and what checkout charges change together.

        Raises NotFound for a sku that the shop does not have, Refused when its product was changed meanwhile.
        """
        found = self._ledger.read([self._repository.read_sku(sku)])
        if not found:
            raise NotFound(f"The shop has no sku {sku}.")
        facts: SkuFacts = found[f"sku:{sku}"]
        self._ledger.commit(self._repository.reprice(facts.slug, sku, price))

    def withdraw(self, slug: str) -> None:
        """Take a product off the shop: its page says so, nobody can buy it any more, its stock and orders stay.

        Raises NotFound, or Refused when it was changed meanwhile.
        """
        self._ledger.commit(self._repository.withdraw(slug))

    def levels(self) -> Iterator[StockLevel]:
        """Yield every shard of every sku, for the books."""
        return self._repository.levels()

    def add_product(self, product: ProductFacts, units: dict[str, int]) -> None:
        """Put a product on sale, with the units received of each of its skus; stock that is there already stays."""
        self._ledger.commit(self._repository.put_product(product))
        for sku, quantity in units.items():
            with suppress(Refused):
                self._ledger.commit([self._repository.receive_first(take) for take in self._spread(sku, quantity)])

    def _start(self, sku: str) -> int:
        """Choose a shard by chance, so that buyers do not queue at the first."""
        shards = self._shop.shards(sku)
        return self._below(shards) if shards > 1 else 0

    def _spread(self, sku: str, units: int) -> list[StockTake]:
        shards = self._shop.shards(sku)
        each, more = divmod(units, shards)
        return [StockTake(sku, shard, each + (shard < more)) for shard in range(shards)]

    def _listing(self, facts: ProductFacts, units: Mapping[str, int]) -> Listing:
        in_stock = frozenset(variant.sku for variant in facts.variants if units.get(variant.sku, 0) > 0)
        return Listing(self._page(facts), facts.position, facts.featured, in_stock)

    def _page(self, facts: ProductFacts) -> Product:
        return Product(
            slug=facts.slug,
            name=facts.name,
            category=facts.category,
            description=facts.description,
            material=facts.material,
            details=facts.details,
            price=self._shop.money(facts.price),
            price_varies=facts.price_varies,
            image=facts.image,
            image_alt=facts.image_alt,
            variants=[Variant(v.sku, v.options, self._shop.money(v.price), v.image) for v in facts.variants],
        )


def summary(product: Product) -> ProductSummary:
    """Return a product as lists show it."""
    return ProductSummary(
        slug=product.slug,
        name=product.name,
        category=product.category,
        price=product.price,
        price_varies=product.price_varies,
        image=product.image,
        image_alt=product.image_alt,
        skus=[variant.sku for variant in product.variants],
    )
