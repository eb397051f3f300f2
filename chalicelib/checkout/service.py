"""Use cases of the checkout: quotes, and placing an order that is neither oversold nor charged twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from chalicelib.accounts.schemas import Shopper
from chalicelib.catalogue.service import AVAILABLE_SHOWN, CatalogueService, SkuFacts
from chalicelib.checkout import domain
from chalicelib.checkout.domain import Priced
from chalicelib.checkout.errors import InProgress, KeyReused, OutOfStock, PriceChanged, declined
from chalicelib.checkout.schemas import MAX_QUANTITY, OrderRequest, Quote, QuoteDelivery, QuoteProblem, QuoteRequest
from chalicelib.errors import FieldError, Unavailable, ValidationFailed
from chalicelib.ledger import Ledger, Refused, Write
from chalicelib.money import Money
from chalicelib.orders.schemas import OrderDelivery, OrderLine, OrderPayment
from chalicelib.orders.service import OrderFacts, OrdersService
from chalicelib.payments.gateway import OutcomeUnknown, Payment, PaymentGateway
from chalicelib.shop import Shop

UNKNOWN_PROMO = "This code is not valid."


class CheckoutService:
    """Prices carts and places orders. The steps of `place` are those of docs/checkout.md."""

    def __init__(
        self,
        catalogue: CatalogueService,
        orders: OrdersService,
        gateway: PaymentGateway,
        ledger: Ledger,
        shop: Shop,
    ) -> None:
        self._catalogue = catalogue
        self._orders = orders
        self._gateway = gateway
        self._ledger = ledger
        self._shop = shop

    def quote(self, request: QuoteRequest) -> Quote:
        """Price a cart and name every problem with it; nothing is reserved."""
        quantities = domain.merged(request.lines)
        skus = self._catalogue.for_sale(quantities)
        return self._quote(quantities, skus, request.delivery or QuoteDelivery(), request.promo_code)

    def place(self, request: OrderRequest, idempotency_key: str, shopper: Shopper | None) -> OrderFacts:
        """Place an order, or repeat the answer that its key has had.

        The order returned is paid, or still pending where the gateway's answer is unknown. Raises ValidationFailed,
        PriceChanged, OutOfStock, PaymentDeclined, InProgress and KeyReused.
        """
        order_id, fingerprint = self._orders.id_for(idempotency_key), domain.fingerprint(request)
        order = self._orders.find(order_id)
        if order is None:
            reserved = self._reserve(order_id, fingerprint, request, shopper)
            if reserved is not None:
                return _answer(self._pay(reserved, request.payment.method))
            order = self._orders.find(order_id)
        if order is None:
            raise InProgress
        return _answer(self._replay(order, fingerprint, request, shopper))

    def _replay(
        self, order: OrderFacts, fingerprint: str, request: OrderRequest, shopper: Shopper | None
    ) -> OrderFacts:
        """Repeat a final answer, or resume an order whose request has died."""
        theirs = order.account_id is None or (shopper is not None and shopper.account_id == order.account_id)
        if order.fingerprint != fingerprint or not theirs:
            raise KeyReused
        if order.final:
            return order
        leased = self._orders.lease(order)
        if leased is None:
            raise InProgress
        return self._pay(leased, request.payment.method)

    def _reserve(
        self, order_id: str, fingerprint: str, request: OrderRequest, shopper: Shopper | None
    ) -> OrderFacts | None:
        """Set the stock aside and write the order, in one transaction; None where the order exists already."""
        quantities = domain.merged(request.lines)
        skus = self._catalogue.for_sale(quantities)
        priced = self._price_for_order(request, quantities, skus)
        if priced.totals.total != Money(request.expected_total.amount, request.expected_total.currency):
            delivery = QuoteDelivery(request.delivery.method, request.delivery.address.country)
            raise PriceChanged(self._quote(quantities, skus, delivery, request.promo_code))
        order = self._new_order(order_id, fingerprint, request, shopper, priced)
        put = self._orders.add(order)
        try:
            self._ledger.commit([put, *self._catalogue.hold(quantities)])
        except Refused as refused:
            # The order outranks the stock: its own first request may have taken the last unit.
            if put.subject in refused.subjects:
                return None
            raise OutOfStock(self._stock_errors(request, quantities)) from None
        return order

    def _pay(self, order: OrderFacts, method: str) -> OrderFacts:
        """Take the money; where an answer gets lost on the way, the order stays pending and its stock held."""
        try:
            return self._charge(order, method) if order.totals.total.amount else self._settle(order)
        except (OutcomeUnknown, Unavailable):
            return order

    def _charge(self, order: OrderFacts, method: str) -> OrderFacts:
        """Charge step by step; each step may be repeated under its key without being done twice."""
        payment = self._gateway.create(method, order.totals.total, key=f"pi-{order.order_id}")
        payment = self._gateway.authorise(payment, key=f"auth-{order.order_id}")
        if payment.status == "declined":
            return self._fail(order, payment)
        authorised = _fenced(self._orders.record_authorised(order))
        self._gateway.capture(payment, key=f"cap-{order.order_id}")
        return self._settle(authorised)

    def _settle(self, order: OrderFacts) -> OrderFacts:
        after, write = self._orders.settle(order)
        return self._commit(after, [write, *self._catalogue.sell(order.quantities)])

    def _fail(self, order: OrderFacts, payment: Payment) -> OrderFacts:
        after, write = self._orders.fail(order, payment.decline_code or "card_declined")
        return self._commit(after, [write, *self._catalogue.release(order.quantities)])

    def _commit(self, after: OrderFacts, writes: list[Write]) -> OrderFacts:
        try:
            self._ledger.commit(writes)
        except Refused:
            raise InProgress from None
        return after

    def _new_order(
        self, order_id: str, fingerprint: str, request: OrderRequest, shopper: Shopper | None, priced: Priced
    ) -> OrderFacts:
        method = self._shop.delivery_method(request.delivery.method)
        label = self._gateway.label(request.payment.method)
        assert method is not None, "checked when the order was priced"
        assert label is not None, "checked when the order was priced"
        return self._orders.new(
            order_id,
            shopper=shopper,
            fingerprint=fingerprint,
            contact=request.contact,
            lines=[OrderLine(**msgspec.structs.asdict(line)) for line in priced.lines],
            totals=priced.totals,
            delivery=OrderDelivery(method.method, method.name, request.delivery.address),
            payment=OrderPayment("pending" if priced.totals.total.amount else "not_needed", label),
        )

    def _price_for_order(
        self, request: OrderRequest, quantities: Mapping[str, int], skus: Mapping[str, SkuFacts]
    ) -> Priced:
        """Price an order; raises ValidationFailed naming everything in it that the shop does not have."""
        method = self._shop.delivery_method(request.delivery.method)
        country = self._shop.country(request.delivery.address.country)
        errors = list(self._order_errors(request, quantities, skus))
        if errors or method is None or country is None:
            raise ValidationFailed(errors=errors)
        return domain.price(quantities, skus, self._shop, method, country)

    def _order_errors(
        self, request: OrderRequest, quantities: Mapping[str, int], skus: Mapping[str, SkuFacts]
    ) -> Iterator[FieldError]:
        for index, line in enumerate(request.lines):
            if line.sku not in skus:
                yield FieldError(f"lines[{index}].sku", "The shop does not sell this. Remove the line.")
            if quantities[line.sku] > MAX_QUANTITY:
                yield FieldError(f"lines[{index}].quantity", f"At most {MAX_QUANTITY} of one sku in an order.")
        if self._shop.delivery_method(request.delivery.method) is None:
            methods = ", ".join(one.method for one in self._shop.delivery_methods)
            yield FieldError("delivery.method", f"Must be one of {methods}.")
        if self._shop.country(request.delivery.address.country) is None:
            countries = ", ".join(one.code for one in self._shop.countries)
            yield FieldError("delivery.address.country", f"We deliver to {countries} only.")
        if self._gateway.label(request.payment.method) is None:
            yield FieldError("payment.method", "The payment gateway does not know this token.")
        if request.promo_code:
            yield FieldError("promo_code", UNKNOWN_PROMO)

    def _stock_errors(self, request: OrderRequest, quantities: Mapping[str, int]) -> list[FieldError]:
        """Name the lines that stock cannot serve. Stock may be back by now: then the whole order is named."""
        units = self._catalogue.units_available(quantities)
        short = {sku for sku, quantity in quantities.items() if units.get(sku, 0) < quantity} or set(quantities)
        return [
            FieldError(f"lines[{index}].quantity", _stock_detail(units.get(line.sku, 0)))
            for index, line in enumerate(request.lines)
            if line.sku in short
        ]

    def _quote(
        self,
        quantities: Mapping[str, int],
        skus: Mapping[str, SkuFacts],
        delivery: QuoteDelivery,
        promo_code: str | None,
    ) -> Quote:
        method = self._shop.delivery_method(delivery.method) if delivery.method else None
        country = self._shop.country(delivery.country) if delivery.country else None
        home, first = self._shop.countries[0], self._shop.delivery_methods[0]
        priced = domain.price(quantities, skus, self._shop, method or first, country or home)
        problems = list(self._line_problems(quantities, skus))
        if delivery.method and method is None:
            problems.append(QuoteProblem(None, "unknown_delivery_method", "We do not deliver that way."))
        if delivery.country and country is None:
            problems.append(QuoteProblem(None, "no_delivery_to_country", "We do not deliver to this country yet."))
        if promo_code:
            problems.append(QuoteProblem(None, "unknown_promo_code", UNKNOWN_PROMO))
        return Quote(
            lines=priced.lines,
            delivery_methods=priced.delivery_methods,
            problems=problems,
            **msgspec.structs.asdict(priced.totals),
        )

    def _line_problems(self, quantities: Mapping[str, int], skus: Mapping[str, SkuFacts]) -> Iterator[QuoteProblem]:
        units = self._catalogue.units_available(skus) if skus else {}
        for sku, quantity in quantities.items():
            available = units.get(sku, 0)
            if sku not in skus:
                yield QuoteProblem(sku, "unknown_sku", "The shop does not sell this any more.")
            elif available < quantity:
                code = "not_enough_stock" if available else "sold_out"
                yield QuoteProblem(sku, code, _stock_detail(available))


def _answer(order: OrderFacts) -> OrderFacts:
    """Return a placed order, or raise how it failed: a repeated key hears what the first request heard."""
    if order.status == "payment_failed":
        raise declined(order.decline_code)
    return order


def _fenced(order: OrderFacts | None) -> OrderFacts:
    """Return the order, or raise where another request was faster: it will finish the work."""
    if order is None:
        raise InProgress
    return order


def _stock_detail(available: int) -> str:
    """Say what is left, as /availability would: how much there is above its cap is nobody's business."""
    if available > AVAILABLE_SHOWN:
        return "There are not that many left."
    return f"Only {available} left." if available > 0 else "Sold out."
