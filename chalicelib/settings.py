"""The environment, typed. Read when first asked, so that importing a module never needs it."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

GatewayName = Literal["sandbox", "stripe"]

# Of the repository, and of the package in Lambda.
ROOT = Path(__file__).parents[1]

KITCHENS = {"local": "local", "dev": "open", "test": "open"}


class Settings(msgspec.Struct, frozen=True):
    """Where this process runs and whom it talks to.

    `secrets_parameter` names the SSM parameter that holds the keys; without one they are in `secrets_file`.
    `origin_secret` is what the distribution adds to each request, so that its word about the client is believed.
    `payment_gateway` is `sandbox` or `stripe`; `stripe_publishable_key` is for the pages, Stripe's secrets are keys.
    `sandbox_webhooks` says how badly the sandbox's webhooks come: `late`, `twice`, `shuffled`, or several of these.
    `built_assets` is the `assets.json` of a build of the assets; without one, the pages load the files as they are.
    """

    stage: str
    region: str
    site_url: str
    api_url: str
    allowed_origins: frozenset[str]
    site_bucket: str
    secrets_file: Path
    secrets_parameter: str
    origin_secret: str
    payment_gateway: GatewayName
    stripe_publishable_key: str
    sandbox_webhooks: frozenset[str]
    built_assets: Path | None

    @property
    def table_prefix(self) -> str:
        """What every table's name starts with, so that stages share an AWS account."""
        return f"open-kitchen-{self.stage}-"

    @property
    def open_kitchen(self) -> bool:
        """Whether everybody may see how the shop serves him; elsewhere only its owner may."""
        return self.kitchen != "owner"

    @property
    def kitchen(self) -> str:
        """Who may open the kitchen view: `local` and `open` mean everybody, and `local` that there is a mailbox too."""
        return KITCHENS.get(self.stage, "owner")

    @property
    def secure_cookies(self) -> bool:
        """Whether the site is served by https; a laptop's http://localhost is the one exception."""
        return self.site_url.startswith("https://")


@cache
def settings() -> Settings:
    """Read the environment once; the defaults are the laptop's."""
    stage = os.environ.get("STAGE", "local")
    site_url = os.environ.get("SITE_URL", "http://localhost:8080").rstrip("/")
    return Settings(
        stage=stage,
        region=os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION", "eu-west-2"),
        site_url=site_url,
        api_url=os.environ.get("API_URL", "http://localhost:8000").rstrip("/"),
        allowed_origins=frozenset(os.environ.get("ALLOWED_ORIGINS", site_url).split()),
        site_bucket=os.environ.get("SITE_BUCKET", f"open-kitchen-{stage}-site"),
        secrets_file=Path(os.environ.get("SECRETS_FILE", ".local/secrets.json")),
        secrets_parameter=os.environ.get("SECRETS_PARAMETER", ""),
        origin_secret=os.environ.get("ORIGIN_SECRET", ""),
        payment_gateway=_gateway(os.environ.get("PAYMENT_GATEWAY", "sandbox")),
        stripe_publishable_key=os.environ.get("STRIPE_PUBLISHABLE_KEY", ""),
        built_assets=ROOT / built if (built := os.environ.get("BUILT_ASSETS", "")) else None,
        sandbox_webhooks=frozenset(os.environ.get("SANDBOX_WEBHOOKS", "").split()),
    )


def _gateway(name: str) -> GatewayName:
    """Return the gateway's name, or stop here: a misspelt one must not quietly become the one that takes no money."""
    known: GatewayName = msgspec.convert(name, GatewayName)
    return known
