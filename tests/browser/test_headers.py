"""ASVS 3.4 on the site itself: each page, asset, redirect and error as the static server sends it."""

from __future__ import annotations

import pytest
import requests

from infra.headers import page_headers
from tests.stack import Stack

PATHS = ["/", "/products/stoneware-teapot", "/checkout", "/sign-in", "/none", "/assets/css/site.css", "/assets/none.js"]


@pytest.mark.parametrize("path", PATHS)
def test_asvs_3_4_every_page_and_asset_carries_the_security_headers(stack: Stack, path: str) -> None:
    answer = requests.get(stack.site + path, timeout=10)
    expected = page_headers(stack.api)
    assert {name: answer.headers.get(name) for name in expected} == expected
    assert answer.status_code == (404 if "none" in path else 200)
