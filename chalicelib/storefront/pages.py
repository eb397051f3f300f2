"""The templates: Jinja2 with the shop's filters, and nothing undefined allowed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from chalicelib.money import format_money
from chalicelib.settings import Settings
from chalicelib.shop import Shop

PAGES = Path(__file__).parents[2] / "static_site" / "pages"


class Pages:
    """Renders pages of one shop at one address."""

    def __init__(self, shop: Shop, settings: Settings, folder: Path = PAGES) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        self._environment.filters["money"] = format_money
        self._environment.globals.update(
            shop=shop,
            api_url=settings.api_url,
            site_url=settings.site_url,
            payment_gateway=settings.payment_gateway,
            stripe_publishable_key=settings.stripe_publishable_key,
        )

    def render(self, template: str, path: str, **values: Any) -> bytes:
        """Return a page as UTF-8; `path` is its own address on the site."""
        return self._environment.get_template(template).render(path=path, **values).encode()
