"""Use cases of the checkout: quotes, placing orders, and what brings placed orders to their end."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import msgspec

from chalicelib import metrics, trace
from chalicelib.accounts.schemas import Shopper
from chalicelib.accounts.service import AccountsService
from chalicelib.catalogue.service import CatalogueService
from chalicelib.checkout import domain
from chalicelib.checkout.domain import Priced
from chalicelib.checkout.errors import (
    GatewayUnavailable,
    InProgress,
    KeyReused,
    OrderEnded,
    OutOfStock,
    PriceChanged,
    WebhookRefused,
    declined,
)
from chalicelib.checkout.pricing import Offer, Pricing
from chalicelib.checkout.schemas import OrderRequest, Quote, QuoteDelivery, QuoteRequest
from chalicelib.checkout.settlement import Settlement
from chalicelib.errors import FieldError, TokenInvalid, Unavailable, ValidationFailed
from chalicelib.ledger import Ledger, Refused, Write
from chalicelib.money import Money
from chalicelib.orders.lifecycle import OrderLifecycle
from chalicelib.orders.schemas import OrderDelivery, OrderLine, OrderPayment
from chalicelib.orders.service import OrderFacts, Redeemed
from chalicelib.payments.gateway import BadSignature, OutcomeUnknown, PaymentGateway
from chalicelib.payments.service import PaymentEvents
from chalicelib.promotions.service import PromotionsService
from chalicelib.shop import Shop

LOG = logging.getLogger(__name__)

RESERVE_TRIES = 4
# DynamoDB takes 100 writes in a transaction; these are for order, account, event, promotion and its two counters.
OTHER_WRITES = 6
MOST_TAKES = 100 - OTHER_WRITES


class CheckoutService:
    """Prices carts and places orders. The steps of `place` are those of docs/checkout.md."""

    def __init__(
        self,
        pricing: Pricing,
        settlement: Settlement,
        orders: OrderLifecycle,
        catalogue: CatalogueService,
        promotions: PromotionsService,
        gateway: PaymentGateway,
        accounts: AccountsService,
        events: PaymentEvents,
        ledger: Ledger,
        shop: Shop,
    ) -> None:
        self._pricing = pricing
        self._settlement = settlement
        self._orders = orders
        self._catalogue = catalogue
        self._promotions = promotions
        self._gateway = gateway
        self._accounts = accounts
        self._events = events
        self._ledger = ledger
        self._shop = shop

    def quote(self, request: QuoteRequest) -> Quote:
        """Price a cart and name every problem with it; nothing is reserved."""
        return self._pricing.quote(request, request.delivery or QuoteDelivery())

    def place(self, request: OrderRequest, idempotency_key: str, shopper: Shopper | None) -> OrderFacts:
        """Place an order, or repeat the answer that its key has had.

        The order returned is paid, or still pending where the shopper must act or the gateway's answer is unknown.
        Raises ValidationFailed, PriceChanged, OutOfStock, PaymentDeclined, OrderEnded, InProgress and KeyReused.
        """
        order_id, fingerprint = self._orders.id_for(idempotency_key), domain.fingerprint(request)
        trace.about(order=order_id)
        order = self._orders.find(order_id)
        if order is None:
            reserved = self._reserve(order_id, fingerprint, request, shopper)
            if reserved is not None:
                return _answer(self._settlement.pay(reserved, request.payment.method))
            order = self._orders.find(order_id)
        if order is None:
            raise InProgress
        return _answer(self._replay(order, fingerprint, request, shopper))

    def cancel(self, order: OrderFacts) -> OrderFacts:
        """Call an order off until it is shipped; what could not be finished yet, the sweeper finishes."""
        return self._settlement.cancel(order)

    def hear(self, body: bytes, headers: Mapping[str, str]) -> None:
        """Act on a webhook. Raises WebhookRefused, and GatewayUnavailable so that the gateway tells again."""
        try:
            event = self._gateway.event(body, headers)
            if event is None:
                return
            # What it says is not believed but looked up: news may be late, doubled or out of order.
            order = self._orders.find(self._gateway.lookup(event.payment_id).order_id)
            if order is None:
                LOG.warning("news of payment %s, which belongs to no order here", event.payment_id)
                return
            trace.about(order=order.order_id)
            self._settlement.follow(order, event.payment_id, self._events.acted_on(event))
        except BadSignature:
            raise WebhookRefused from None
        except OutcomeUnknown:
            raise GatewayUnavailable from None

    def sweep(self) -> int:
        """Finish every order whose time is up; returns how many must wait for the next round."""
        return sum(not self._finished(order_id) for order_id in self._orders.due())

    def _finished(self, order_id: str) -> bool:
        trace.about(order=order_id)
        try:
            order = self._orders.find(order_id)
            if order is not None and self._orders.is_due(order):
                self._settlement.sweep(order)
                metrics.count("Swept")
        except (OutcomeUnknown, Unavailable, InProgress):
            return False
        except Exception:
            # One order that cannot be finished must not keep the others waiting.
            LOG.exception("order %s could not be finished", order_id)
            metrics.count("SweepFailures")
            return False
        return True

    def _replay(
        self, order: OrderFacts, fingerprint: str, request: OrderRequest, shopper: Shopper | None
    ) -> OrderFacts:
        """Repeat a final answer, or resume an order whose request has died."""
        theirs = order.guest or (shopper is not None and shopper.account_id == order.account_id)
        if order.fingerprint != fingerprint or not theirs:
            raise KeyReused
        if order.status != "pending_payment":
            return order
        leased = self._orders.lease(order)
        if leased is None:
            raise InProgress
        return self._settlement.pay(leased, request.payment.method)

    def _reserve(
        self, order_id: str, fingerprint: str, request: OrderRequest, shopper: Shopper | None
    ) -> OrderFacts | None:
        """Set the stock aside and write the order, in one transaction; None where the order exists already."""
        offer = self._pricing.look_up(request)
        priced = self._pricing.price(request, offer)
        if priced.totals.total != Money(request.expected_total.amount, request.expected_total.currency):
            delivery = QuoteDelivery(request.delivery.method, request.delivery.address.country)
            raise PriceChanged(self._pricing.quote(request, delivery))
        customers = self._customers(request, shopper)
        order = self._new_order(order_id, fingerprint, request, shopper, priced, offer, customers)
        takes = self._catalogue.guess(offer.quantities)
        standing = [self._accounts.stands(shopper.account_id)] if shopper else []
        for _ in range(RESERVE_TRIES):
            order = msgspec.structs.replace(order, stock=takes)
            put = self._orders.add(order)
            redemption = self._promotions.redeem(offer.promotion, customers) if offer.promotion else []
            try:
                self._ledger.commit([put, *standing, *self._catalogue.hold(takes), *redemption])
            except Refused as refused:
                # The order outranks the rest: its own first request may have taken the last unit.
                if put.subject in refused.subjects:
                    return None
                self._raise_unless_stock(offer, refused, standing, redemption)
            else:
                return order
            takes, short = self._catalogue.split(offer.quantities)
            if short:
                raise OutOfStock(self._pricing.stock_errors(request, short))
            if len(takes) > MOST_TAKES:
                raise Unavailable("The stock of these lines lies in too many places. Nothing was ordered: order fewer.")
        raise Unavailable("Very many people are buying this right now. Nothing was ordered or charged: try again.")

    def _raise_unless_stock(
        self, offer: Offer, refused: Refused, standing: list[Write], redemption: list[Write]
    ) -> None:
        """Tell that the account was closed, or that the promo code was used up or changed since it was priced."""
        if refused.subjects & {write.subject for write in standing}:
            raise TokenInvalid("This account is closed.")
        if offer.promotion is None or not refused.subjects & {write.subject for write in redemption}:
            return
        theirs = self._promotions.used_up_by_customer(offer.promotion, refused.subjects)
        detail = theirs.detail if theirs else "This code can no longer be used. Look at the new total."
        raise ValidationFailed(errors=[FieldError("promo_code", detail)])

    def _customers(self, request: OrderRequest, shopper: Shopper | None) -> list[str]:
        """Return everybody that the shopper is, for what each customer may use only so often."""
        account = [f"account:{shopper.account_id}"] if shopper else []
        return [*account, f"address:{self._orders.mark_of(request.contact.email)}"]

    def _new_order(
        self,
        order_id: str,
        fingerprint: str,
        request: OrderRequest,
        shopper: Shopper | None,
        priced: Priced,
        offer: Offer,
        customers: list[str],
    ) -> OrderFacts:
        method = self._shop.delivery_method(request.delivery.method)
        label = self._pricing.payment_label(request.payment.method)
        assert method is not None, "checked when the order was priced"
        assert label is not None, "checked when the order was priced"
        promotion = offer.promotion
        return self._orders.new(
            order_id,
            shopper=shopper,
            fingerprint=fingerprint,
            contact=request.contact,
            lines=[OrderLine(**msgspec.structs.asdict(line)) for line in priced.lines],
            totals=priced.totals,
            delivery=OrderDelivery(method.method, method.name, request.delivery.address),
            payment=OrderPayment("pending" if priced.totals.total.amount else "not_needed", label),
            redeemed=Redeemed(promotion.code, self._promotions.counted(promotion, customers)) if promotion else None,
        )


def _answer(order: OrderFacts) -> OrderFacts:
    """Return a placed order, or raise how it failed: a repeated key hears what the first request heard."""
    if order.outcome == "payment_failed":
        raise declined(order.payment.decline_code)
    if order.outcome in {"expired", "cancelled"}:
        raise OrderEnded(order.outcome)
    return order
