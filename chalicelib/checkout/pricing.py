"""What a cart costs now, and everything that stands in the way of buying it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec
from msgspec import Struct

from chalicelib.catalogue.service import AVAILABLE_SHOWN, CatalogueService, SkuFacts
from chalicelib.checkout import domain
from chalicelib.checkout.domain import Priced, Reduction
from chalicelib.checkout.schemas import (
    MAX_QUANTITY,
    NOTHING_TO_PAY,
    OrderRequest,
    Quote,
    QuoteDelivery,
    QuoteProblem,
    QuoteRequest,
)
from chalicelib.errors import FieldError, ValidationFailed
from chalicelib.ledger import Ledger
from chalicelib.money import Money
from chalicelib.payments.gateway import PaymentGateway
from chalicelib.promotions.service import PromotionFacts, PromotionsService
from chalicelib.shop import Shop


class Offer(Struct, frozen=True):
    """What the shop knows of what is asked for: units by sku, the skus that it sells, and the code's promotion.

    `left` is how many units there are, where that was asked.
    """

    quantities: dict[str, int]
    skus: dict[str, SkuFacts]
    promo_code: str
    promotion: PromotionFacts | None
    left: dict[str, int] = {}


class Pricing:
    """Prices carts and orders alike."""

    def __init__(
        self,
        catalogue: CatalogueService,
        promotions: PromotionsService,
        gateway: PaymentGateway,
        ledger: Ledger,
        shop: Shop,
    ) -> None:
        self._catalogue = catalogue
        self._promotions = promotions
        self._gateway = gateway
        self._ledger = ledger
        self._shop = shop

    def look_up(self, request: QuoteRequest | OrderRequest, *, stock: bool = False) -> Offer:
        """Read everything that prices a request, and what is left in stock if that is wanted, in one call."""
        quantities, code = domain.merged(request.lines), (request.promo_code or "").strip()
        reads = self._catalogue.reads(quantities)
        reads += self._catalogue.stock_reads(quantities) if stock else []
        reads += [self._promotions.read(code)] if code else []
        found = self._ledger.read(reads)
        promotion = found.get(self._promotions.subject(code)) if code else None
        skus, left = self._catalogue.for_sale(quantities, found), self._catalogue.units_in(found)
        return Offer(quantities, skus, code, promotion, left)

    def quote(self, request: QuoteRequest | OrderRequest, delivery: QuoteDelivery) -> Quote:
        """Price what is asked for now and name every problem with it."""
        offer = self.look_up(request, stock=True)
        method = self._shop.delivery_method(delivery.method) if delivery.method else None
        country = self._shop.country(delivery.country) if delivery.country else None
        home, first = self._shop.countries[0], self._shop.delivery_methods[0]
        lines = domain.lines_of(offer.quantities, offer.skus, self._shop)
        reduction, refused = self._reduction(offer, domain.subtotal_of(lines, self._shop))
        priced = domain.price(lines, self._shop, method or first, country or home, reduction)
        problems = list(_line_problems(offer))
        if delivery.method and method is None:
            problems.append(QuoteProblem(None, "unknown_delivery_method", "We do not deliver that way."))
        if delivery.country and country is None:
            problems.append(QuoteProblem(None, "no_delivery_to_country", "We do not deliver to this country yet."))
        return Quote(
            lines=priced.lines,
            delivery_methods=priced.delivery_methods,
            free_delivery_from=self._shop.money(self._shop.free_delivery_from),
            problems=[*problems, *refused],
            **msgspec.structs.asdict(priced.totals),
        )

    def price(self, request: OrderRequest, offer: Offer) -> Priced:
        """Price an order; raises ValidationFailed naming everything in it that the shop does not have."""
        method = self._shop.delivery_method(request.delivery.method)
        country = self._shop.country(request.delivery.address.country)
        lines = domain.lines_of(offer.quantities, offer.skus, self._shop)
        reduction, refused = self._reduction(offer, domain.subtotal_of(lines, self._shop))
        errors = [*self._order_errors(request, offer), *(FieldError("promo_code", one.detail) for one in refused)]
        if errors or method is None or country is None:
            raise ValidationFailed(errors=errors)
        priced = domain.price(lines, self._shop, method, country, reduction)
        if priced.totals.total.amount and request.payment.method == NOTHING_TO_PAY:
            raise ValidationFailed(errors=[FieldError("payment.method", "This order costs something: pay by card.")])
        return priced

    def payment_label(self, method: str) -> str | None:
        """Return how to call a payment method on a receipt, or None where nobody knows it."""
        return "Nothing to pay" if method == NOTHING_TO_PAY else self._gateway.label(method)

    def stock_errors(self, request: OrderRequest, short: Mapping[str, int]) -> list[FieldError]:
        """Name the lines that stock cannot serve; `short` says how many units are left of each such sku."""
        return [
            FieldError(f"lines[{index}].quantity", _stock_detail(short[line.sku]))
            for index, line in enumerate(request.lines)
            if line.sku in short
        ]

    def _reduction(self, offer: Offer, subtotal: Money) -> tuple[Reduction | None, list[QuoteProblem]]:
        """Return what the code takes off, or why it does not."""
        if not offer.promo_code:
            return None, []
        promotion = offer.promotion
        refusal = self._promotions.refusal(promotion, subtotal)
        if refusal is not None or promotion is None:
            return None, [QuoteProblem(None, refusal.code, refusal.detail)] if refusal else []
        discount = self._promotions.discount(promotion, subtotal)
        return Reduction(promotion.label, discount, promotion.frees_delivery), []

    def _order_errors(self, request: OrderRequest, offer: Offer) -> Iterator[FieldError]:
        for index, line in enumerate(request.lines):
            if line.sku not in offer.skus:
                yield FieldError(f"lines[{index}].sku", "The shop does not sell this. Remove the line.")
            if offer.quantities[line.sku] > MAX_QUANTITY:
                yield FieldError(f"lines[{index}].quantity", f"At most {MAX_QUANTITY} of one sku in an order.")
        if self._shop.delivery_method(request.delivery.method) is None:
            methods = ", ".join(one.method for one in self._shop.delivery_methods)
            yield FieldError("delivery.method", f"Must be one of {methods}.")
        if self._shop.country(request.delivery.address.country) is None:
            countries = ", ".join(one.code for one in self._shop.countries)
            yield FieldError("delivery.address.country", f"We deliver to {countries} only.")
        if self.payment_label(request.payment.method) is None:
            yield FieldError("payment.method", "The payment gateway does not know this token.")


def _line_problems(offer: Offer) -> Iterator[QuoteProblem]:
    for sku, quantity in offer.quantities.items():
        available = offer.left.get(sku, 0)
        if sku not in offer.skus:
            yield QuoteProblem(sku, "unknown_sku", "The shop does not sell this any more.")
        elif available < quantity:
            code = "not_enough_stock" if available > 0 else "sold_out"
            yield QuoteProblem(sku, code, _stock_detail(available))


def _stock_detail(available: int) -> str:
    """Say what is left, as /availability would: how much there is above its cap is nobody's business."""
    if available > AVAILABLE_SHOWN:
        return "There are not that many left."
    return f"Only {available} left." if available > 0 else "Sold out."
