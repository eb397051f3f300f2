"""Builds the services, each once a process and only when first asked.

Imports stand inside the functions on purpose: a cold start that only browses loads neither payments nor passwords.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from chalicelib.keys import keyring, keys
from chalicelib.settings import settings
from chalicelib.shop import shop

if TYPE_CHECKING:
    from chalicelib.accounts.service import AccountsService
    from chalicelib.catalogue.service import CatalogueService
    from chalicelib.checkout.service import CheckoutService
    from chalicelib.ledger import Ledger
    from chalicelib.notifications.service import NotificationsService, Writer
    from chalicelib.orders.service import OrdersService
    from chalicelib.payments.gateway import PaymentGateway
    from chalicelib.privacy.service import PrivacyService
    from chalicelib.sessions.service import SessionsService
    from chalicelib.storefront.service import StorefrontService
    from chalicelib.throttles.service import ThrottlesService


def now() -> datetime:
    """Return the time."""
    return datetime.now(UTC)


@cache
def ledger() -> Ledger:
    """Return where transactions are committed."""
    from chalicelib.dynamo import DynamoLedger

    return DynamoLedger()


@cache
def catalogue() -> CatalogueService:
    """Return the catalogue."""
    from chalicelib.catalogue.repository import CatalogueRepository
    from chalicelib.catalogue.service import CatalogueService

    return CatalogueService(CatalogueRepository(), ledger(), shop())


@cache
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


@cache
def sessions() -> SessionsService:
    """Return the sessions."""
    from chalicelib.sessions.repository import SessionsRepository
    from chalicelib.sessions.service import SessionsService
    from chalicelib.sessions.tokens import AccessTokens

    tokens = AccessTokens(keyring(), audience=settings().stage)
    return SessionsService(SessionsRepository(), accounts(), ledger(), tokens, keys(), now)


@cache
def throttles() -> ThrottlesService:
    """Return what counts tries."""
    from chalicelib.throttles.repository import ThrottlesRepository
    from chalicelib.throttles.service import ThrottlesService

    return ThrottlesService(ThrottlesRepository(), keys(), now)


@cache
def notifications() -> NotificationsService:
    """Return what owes and sends mails; requests only owe them, so nothing that sends is loaded for them."""
    from chalicelib.notifications.repository import OutboxRepository, SesSender
    from chalicelib.notifications.service import NotificationsService

    def letters() -> Writer:
        from chalicelib.notifications.letters import Letters

        return Letters(shop().name, settings().site_url)

    sender = SesSender(shop().email)
    return NotificationsService(OutboxRepository(), lambda: sender, letters, keys(), now)


@cache
def privacy() -> PrivacyService:
    """Return what tells and forgets."""
    from chalicelib.privacy.service import PrivacyService

    return PrivacyService(accounts(), sessions(), orders(), ledger())


@cache
def orders() -> OrdersService:
    """Return the orders."""
    from chalicelib.orders.repository import OrdersRepository
    from chalicelib.orders.service import OrdersService

    return OrdersService(OrdersRepository(), keys(), now)


@cache
def gateway() -> PaymentGateway:
    """Return the payment gateway."""
    from chalicelib.payments.repository import SandboxRepository
    from chalicelib.payments.sandbox import SandboxGateway

    return SandboxGateway(SandboxRepository())


@cache
def checkout() -> CheckoutService:
    """Return the checkout."""
    from chalicelib.checkout.service import CheckoutService

    return CheckoutService(catalogue(), orders(), gateway(), ledger(), shop())


@cache
def storefront() -> StorefrontService:
    """Return what renders and publishes the pages."""
    from chalicelib.storefront.repository import SiteBucket
    from chalicelib.storefront.service import StorefrontService

    return StorefrontService(catalogue(), SiteBucket(settings().site_bucket), shop(), settings())
