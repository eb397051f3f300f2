"""Builds the services, each once a process and only when first asked.

Imports stand inside the functions on purpose: a cold start that only browses loads neither payments nor passwords.
"""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from chalicelib.keys import keys
from chalicelib.settings import settings
from chalicelib.shop import shop

if TYPE_CHECKING:
    from chalicelib.accounts.service import AccountsService
    from chalicelib.catalogue.service import CatalogueService
    from chalicelib.checkout.service import CheckoutService
    from chalicelib.ledger import Ledger
    from chalicelib.orders.service import OrdersService
    from chalicelib.payments.gateway import PaymentGateway
    from chalicelib.storefront.service import StorefrontService


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
    from chalicelib.accounts.tokens import AccessTokens

    tokens = AccessTokens(keys(), audience=settings().stage)
    return AccountsService(AccountsRepository(), ledger(), Passwords(), tokens, keys(), now)


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
