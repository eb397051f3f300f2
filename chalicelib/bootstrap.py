"""Builds the services, each once a process and only when first asked.

Imports stand inside the functions on purpose: a cold start that only browses loads neither payments nor passwords.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from chalicelib.keys import derive, keyring, keys
from chalicelib.once import once
from chalicelib.settings import settings
from chalicelib.shop import shop

if TYPE_CHECKING:
    from chalicelib.accounts.service import AccountsService
    from chalicelib.cart.service import CartService
    from chalicelib.catalogue.service import CatalogueService
    from chalicelib.checkout.service import CheckoutService
    from chalicelib.ledger import Ledger
    from chalicelib.notifications.service import NotificationsService, Writer
    from chalicelib.orders.lifecycle import OrderLifecycle
    from chalicelib.orders.service import OrdersService
    from chalicelib.payments.gateway import PaymentGateway
    from chalicelib.payments.sandbox import SandboxGateway
    from chalicelib.privacy.service import PrivacyService
    from chalicelib.promotions.service import PromotionsService
    from chalicelib.search.current import Source
    from chalicelib.search.repository import MissedSearches
    from chalicelib.search.service import SearchService
    from chalicelib.sessions.service import SessionsService
    from chalicelib.storefront.service import StorefrontService
    from chalicelib.throttles.service import ThrottlesService


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


@once
def ledger() -> Ledger:
    """Return where transactions are committed."""
    from chalicelib.dynamo import DynamoLedger

    return DynamoLedger()


@once
def catalogue() -> CatalogueService:
    """Return the catalogue."""
    from chalicelib.catalogue.repository import CatalogueRepository
    from chalicelib.catalogue.service import CatalogueService

    return CatalogueService(CatalogueRepository(), ledger(), shop())


@once
def snapshots() -> Source:
    """Return where search finds its snapshots."""
    from chalicelib.search.source import SiteSource

    return SiteSource(settings().site_url)


@once
def search() -> SearchService:
    """Return what finds products. What counts the searches that find nothing is loaded when there is one."""
    from chalicelib.search.current import CurrentSnapshot
    from chalicelib.search.service import SearchService

    return SearchService(CurrentSnapshot(snapshots()), missed_searches, shop())


@once
def missed_searches() -> MissedSearches:
    """Return the searches that found nothing."""
    from chalicelib.search.repository import MissedSearches

    return MissedSearches(now)


@once
def promotions() -> PromotionsService:
    """Return the promo codes."""
    from chalicelib.promotions.repository import PromotionsRepository
    from chalicelib.promotions.service import PromotionsService

    return PromotionsService(PromotionsRepository(), now)


@once
def accounts() -> AccountsService:
    """Return the accounts."""
    from chalicelib.accounts.passwords import Passwords
    from chalicelib.accounts.repository import AccountsRepository
    from chalicelib.accounts.service import AccountsService
    from chalicelib.accounts.totp import Totp

    return AccountsService(
        AccountsRepository(),
        ledger(),
        Passwords(),
        Totp(),
        throttles(),
        notifications(),
        keys(),
        shop().name,
        now,
    )


@once
def sessions() -> SessionsService:
    """Return the sessions."""
    from chalicelib.sessions.repository import SessionsRepository
    from chalicelib.sessions.service import SessionsService
    from chalicelib.sessions.tokens import AccessTokens

    tokens = AccessTokens(keyring(), audience=settings().stage)
    return SessionsService(SessionsRepository(), accounts(), ledger(), tokens, keys(), now)


@once
def cart() -> CartService:
    """Return the carts of accounts."""
    from chalicelib.cart.repository import CartRepository
    from chalicelib.cart.service import CartService

    return CartService(CartRepository(), accounts(), ledger())


@once
def throttles() -> ThrottlesService:
    """Return what counts tries."""
    from chalicelib.throttles.repository import ThrottlesRepository
    from chalicelib.throttles.service import ThrottlesService

    return ThrottlesService(ThrottlesRepository(), keys(), now)


@once
def notifications() -> NotificationsService:
    """Return what owes and sends mails; requests only owe them, so nothing that sends is loaded for them."""
    from chalicelib.notifications.repository import OutboxRepository, SesSender
    from chalicelib.notifications.service import NotificationsService

    def letters() -> Writer:
        from chalicelib.notifications.letters import Letters

        return Letters(shop().name, settings().site_url)

    sender = SesSender(shop().email)
    return NotificationsService(OutboxRepository(), lambda: sender, letters, keys(), now)


@once
def privacy() -> PrivacyService:
    """Return what tells and forgets."""
    from chalicelib.privacy.service import PrivacyService

    return PrivacyService(accounts(), sessions(), orders(), cart(), ledger())


@once
def lifecycle() -> OrderLifecycle:
    """Return what changes orders."""
    from chalicelib.orders.lifecycle import OrderLifecycle
    from chalicelib.orders.repository import OrdersRepository

    return OrderLifecycle(OrdersRepository(), keys(), now)


@once
def orders() -> OrdersService:
    """Return the orders."""
    from chalicelib.orders.repository import OrdersRepository
    from chalicelib.orders.service import OrdersService

    return OrdersService(OrdersRepository(), lifecycle(), accounts(), notifications(), ledger(), throttles(), keys())


@once
def sandbox() -> SandboxGateway:
    """Return the sandbox gateway; where the shop uses another, there is none."""
    from chalicelib.errors import NotFound
    from chalicelib.payments.repository import SandboxRepository
    from chalicelib.payments.sandbox import SandboxGateway

    if settings().payment_gateway != "sandbox":
        raise NotFound
    secret = derive(keys().orders, "sandbox").hex()
    return SandboxGateway(SandboxRepository(), secret, settings().site_url, now)


@once
def gateway() -> PaymentGateway:
    """Return the payment gateway. Raises NotConfigured."""
    if settings().payment_gateway == "sandbox":
        return sandbox()
    from chalicelib.payments.stripe import StripeGateway, require_keys

    require_keys(keys(), settings())
    return StripeGateway(keys().stripe_secret_key, keys().stripe_webhook_secret)


@once
def checkout() -> CheckoutService:
    """Return the checkout."""
    from chalicelib.checkout.pricing import Pricing
    from chalicelib.checkout.service import CheckoutService
    from chalicelib.checkout.settlement import Settlement
    from chalicelib.payments.repository import EventsRepository
    from chalicelib.payments.service import PaymentEvents

    parts = (catalogue(), promotions(), gateway())
    pricing = Pricing(*parts, ledger(), shop())
    settlement = Settlement(lifecycle(), *parts, notifications(), ledger(), shop(), settings().site_url)
    events = PaymentEvents(EventsRepository(), now)
    return CheckoutService(pricing, settlement, lifecycle(), *parts, accounts(), events, ledger(), shop())


@once
def storefront() -> StorefrontService:
    """Return what renders and publishes the pages."""
    from functools import partial

    from chalicelib.search.building import build
    from chalicelib.storefront.pages import Pages
    from chalicelib.storefront.repository import PublishingRepository, SiteBucket
    from chalicelib.storefront.service import StorefrontService

    bucket, pages = SiteBucket(settings().site_bucket), Pages(shop(), settings())
    return StorefrontService(catalogue(), bucket, PublishingRepository(), partial(build, shop=shop()), shop(), pages)
