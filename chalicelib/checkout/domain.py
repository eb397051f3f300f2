"""What a cart costs: lines, delivery, discount and tax. Pure: prices come in, a quote comes out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping

import msgspec
from msgspec import Struct

from chalicelib.catalogue.service import SkuFacts
from chalicelib.checkout.schemas import Line, OrderRequest, PricedDelivery, QuoteLine
from chalicelib.money import Money, included_tax, total
from chalicelib.orders.schemas import Totals
from chalicelib.shop import Country, DeliveryMethod, Shop


class Reduction(Struct, frozen=True):
    """What a promotion does to a price; `label` says it in words."""

    label: str
    discount: Money
    frees_delivery: bool


class Priced(Struct, frozen=True):
    """A cart with its prices."""

    lines: list[QuoteLine]
    delivery_methods: list[PricedDelivery]
    totals: Totals


def merged(lines: Iterable[Line]) -> dict[str, int]:
    """Return units by sku: the same sku twice is one line, because a transaction may name an item once."""
    quantities: dict[str, int] = {}
    for line in lines:
        quantities[line.sku] = quantities.get(line.sku, 0) + line.quantity
    return quantities


def lines_of(quantities: Mapping[str, int], skus: Mapping[str, SkuFacts], shop: Shop) -> list[QuoteLine]:
    """Price those lines whose sku is known; a sku without facts is left out."""
    return [_line(skus[sku], quantity, shop) for sku, quantity in quantities.items() if sku in skus]


def subtotal_of(lines: Iterable[QuoteLine], shop: Shop) -> Money:
    """Return what the goods cost, before delivery and discount."""
    return total((line.line_total for line in lines), shop.currency)


def price(
    lines: list[QuoteLine], shop: Shop, method: DeliveryMethod, country: Country, reduction: Reduction | None = None
) -> Priced:
    """Add delivery, discount and the tax inside."""
    subtotal = subtotal_of(lines, shop)
    frees_delivery = reduction is not None and reduction.frees_delivery
    delivery = delivery_price(method, subtotal, shop, frees_delivery=frees_delivery)
    discount = reduction.discount if reduction else shop.money(0)
    amount = subtotal + delivery - discount
    return Priced(
        lines=lines,
        delivery_methods=[
            PricedDelivery(
                one.method, one.name, one.promise, delivery_price(one, subtotal, shop, frees_delivery=frees_delivery)
            )
            for one in shop.delivery_methods
        ],
        totals=Totals(
            subtotal=subtotal,
            delivery=delivery,
            discount=discount,
            tax=included_tax(amount, country.tax_rate),
            total=amount,
            promotion=reduction.label if reduction else None,
        ),
    )


def delivery_price(method: DeliveryMethod, subtotal: Money, shop: Shop, *, frees_delivery: bool = False) -> Money:
    """Return what a method costs: nothing from the shop's threshold on or by a promotion, if the method says so."""
    free = method.free_when_qualified and (frees_delivery or subtotal.amount >= shop.free_delivery_from)
    nothing = subtotal.amount == 0
    return shop.money(0 if free or nothing else method.price)


def fingerprint(request: OrderRequest) -> str:
    """Return a hash of everything that a body asks for, however it is spelt."""
    code = (request.promo_code or "").strip().upper() or None
    asked = msgspec.structs.replace(request, promo_code=code)
    return hashlib.sha256(msgspec.json.encode(asked, order="deterministic")).hexdigest()


def _line(sku: SkuFacts, quantity: int, shop: Shop) -> QuoteLine:
    unit_price = shop.money(sku.price)
    return QuoteLine(sku.sku, sku.slug, sku.name, sku.image, quantity, unit_price, unit_price * quantity)
