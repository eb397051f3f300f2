"""Reads the pages' response headers for whoever serves them."""

from __future__ import annotations

import tomllib
from pathlib import Path
from urllib.parse import urlsplit

HEADERS_FILE = Path(__file__).with_name("headers.toml")


def page_headers(api_url: str) -> dict[str, str]:
    """Return the headers of every page and asset of a site whose API is at `api_url`."""
    parts = urlsplit(api_url)
    origin = f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
    headers: dict[str, str] = tomllib.loads(HEADERS_FILE.read_text())["every"]
    return {name: value.replace(" {api}", f" {origin}" if origin else "") for name, value in headers.items()}
