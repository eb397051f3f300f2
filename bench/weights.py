"""What opening a page transfers: the page and the files that its HTML names, gzipped as the distribution sends them."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from html.parser import HTMLParser

from msgspec import Struct

TEXTS = (".css", ".js", ".svg")
LINKS = ("stylesheet", "modulepreload", "icon")


class Weight(Struct, frozen=True):
    """Requests and bytes of a page: `own` is the HTML alone, which is all that comes when the rest is kept."""

    own: int
    files: dict[str, int]

    @property
    def first(self) -> int:
        """The bytes of a first visit; pictures further down are counted too, though many are never fetched."""
        return self.own + sum(self.files.values())


class Named(HTMLParser):
    """Collects the files that a page names, and the skus whose stock it will ask for."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.files: set[str] = set()
        self.skus: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag names."""
        given = {name: value or "" for name, value in attrs}
        if tag == "link" and given.get("rel") in LINKS:
            self.files.add(given["href"])
        if tag in {"img", "script"} and given.get("src", "").startswith("/"):
            self.files.add(given["src"])
        for sku in given.get("data-skus", "").split():
            if sku not in self.skus:
                self.skus.append(sku)


def weigh(html: bytes, file: Callable[[str], bytes]) -> Weight:
    """Weigh a page; `file` gives a file by its address."""
    named = Named(html.decode()).files
    return Weight(len(gzip.compress(html)), {name: _sent(name, file(name)) for name in sorted(named)})


def _sent(name: str, content: bytes) -> int:
    return len(gzip.compress(content) if name.endswith(TEXTS) else content)
