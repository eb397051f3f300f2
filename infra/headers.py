"""Reads the pages' response headers for whoever serves them."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

HEADERS_FILE = Path(__file__).with_name("headers.toml")
POLICY = "Content-Security-Policy"
SPECULATION = "Speculation-Rules"
# What browsers want the rules served as, and how the file is called.
SPECULATION_TYPE, SPECULATION_SUFFIX = "application/speculationrules+json", ".speculationrules"
GENERAL = {"every", "browsing"}


def page_headers(api_url: str, page: str = "", gateway: str = "sandbox") -> dict[str, str]:
    """Return the headers of every page and asset of a site whose API is at `api_url`.

    A `page` of `special_pages` has more of them, which depends on the payment `gateway`.
    """
    parts = urlsplit(api_url)
    origin = f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
    every: dict[str, str] = _rules()["every"]
    headers = {name: value.replace(" {api}", f" {origin}" if origin else "") for name, value in every.items()}
    more = _rules()[page].get(gateway, {}) if page in special_pages() else {}
    return headers | {POLICY: _widened(headers[POLICY], more)}


def special_pages() -> set[str]:
    """Return the pages whose headers may differ from the others'."""
    return set(_rules()) - GENERAL


def browsing_headers(path: str) -> dict[str, str]:
    """Return what the pages where products are looked at have beyond that; nothing for any other path."""
    browsing = _rules()["browsing"]
    shown = any(fnmatchcase(path, pattern) for pattern in browsing["pages"])
    return {SPECULATION: browsing[SPECULATION]} if shown else {}


@cache
def _rules() -> dict[str, Any]:
    return tomllib.loads(HEADERS_FILE.read_text())


def _widened(policy: str, more: Mapping[str, str]) -> str:
    """Return a policy that allows more: sources are added to those of their directive."""
    directives = dict(part.strip().partition(" ")[::2] for part in policy.split(";"))
    for name, sources in more.items():
        directives[name] = f"{directives.get(name, '')} {sources}".strip()
    return "; ".join(f"{name} {sources}" for name, sources in directives.items())
