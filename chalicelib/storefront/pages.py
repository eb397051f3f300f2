"""The templates: Jinja2 with the shop's filters, and nothing undefined allowed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from chalicelib.money import Money
from chalicelib.settings import Settings
from chalicelib.shop import Shop

PAGES = Path(__file__).parents[2] / "static_site" / "pages"
SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$"}
MINOR_UNITS = 100


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
        self._environment.globals.update(shop=shop, api_url=settings.api_url, site_url=settings.site_url)

    def render(self, template: str, path: str, **values: Any) -> bytes:
        """Return a page as UTF-8; `path` is its own address on the site."""
        return self._environment.get_template(template).render(path=path, **values).encode()


def format_money(money: Money) -> str:
    """Write an amount as the shop's prices are written: `£48.00`."""
    major, minor = divmod(abs(money.amount), MINOR_UNITS)
    sign = "-" if money.amount < 0 else ""
    return f"{sign}{SYMBOLS.get(money.currency, money.currency + ' ')}{major:,}.{minor:02}"
