"""The templates: Jinja2 with the shop's filters, and nothing undefined allowed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from chalicelib.money import decimal, format_money
from chalicelib.settings import Settings
from chalicelib.shop import Shop
from chalicelib.storefront.structured_data import StructuredData

PAGES = Path(__file__).parents[2] / "static_site" / "pages"
DRAWINGS = "/assets/images/"


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
        assets = Assets(settings.built_assets)
        self._environment.filters |= {"money": format_money, "decimal": decimal}
        self._environment.policies["json.dumps_kwargs"] = {"ensure_ascii": False}
        self._environment.globals.update(
            shop=shop,
            share_image=share_image,
            asset=assets.address,
            preloads=assets.preloads,
            structured_data=StructuredData(shop, settings.site_url, share_image),
            api_url=settings.api_url,
            kitchen=settings.kitchen,
            site_url=settings.site_url,
            payment_gateway=settings.payment_gateway,
            stripe_publishable_key=settings.stripe_publishable_key,
        )

    def render(self, template: str, path: str, edition: int, **values: Any) -> bytes:
        """Return a page as UTF-8; `path` is its own address on the site, `edition` the number it is published under."""
        return self._environment.get_template(template).render(path=path, edition=edition, **values).encode()


class BuiltAssets(msgspec.Struct, frozen=True):
    """An `assets.json`: what files are called once their content is part of their names, and what modules import."""

    names: dict[str, str] = {}
    preloads: dict[str, list[str]] = {}


class Assets:
    """Where style sheets and modules are: as they are written, or those of a build."""

    def __init__(self, built: Path | None) -> None:
        self._built = msgspec.json.decode(built.read_bytes(), type=BuiltAssets) if built else BuiltAssets()

    def address(self, name: str) -> str:
        """Return the address of a file by its name below the assets' folder."""
        return f"/assets/{self._built.names.get(name, name)}"

    def preloads(self, entry: str, modules: list[str]) -> list[str]:
        """Return what a page's module imports: as the build says, or else the `modules` that the page names."""
        if self._built.preloads:
            return self._built.preloads[entry]
        return [f"{'' if name.startswith('vendor/') else 'js/'}{name}.js" for name in modules]


def share_image(image: str) -> str:
    """Return the address of a picture as other sites take it: drawings they do not, so these have a PNG each."""
    name = image.removeprefix(DRAWINGS)
    return f"{DRAWINGS}share/{name.removesuffix('.svg')}.png" if name.endswith(".svg") else image
