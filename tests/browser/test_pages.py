"""Every page, in both themes, from 320 px to a desktop: accessible, unclipped, within its content security policy."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.browser.accessible import assert_good
from tests.browser.test_purchase import sign_up

PAGES = [
    "/",
    "/categories/tea-and-coffee",
    "/products/stoneware-teapot",
    "/products/butchers-block",
    "/search?q=teapot",
    "/search?q=bicycle",
    "/sign-in",
    "/sign-up",
    "/cart",
    "/checkout?sku=TEAPOT-SAGE&quantity=1",
    "/confirmation?order=none",
    "/challenge?payment=none",
    "/reset",
    "/reset#token=none",
    "/verify",
    "/verify#token=none",
    "/404",
]
OWN_PAGES = ["/account", "/security", "/devices", "/checkout?sku=TEAPOT-SAGE&quantity=1"]


def assert_page_good(page: Page, path: str) -> None:
    page.goto(path)
    page.wait_for_load_state("networkidle")
    assert_good(page)


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_accessible_and_fits_its_window(themed: Page, path: str) -> None:
    assert_page_good(themed, path)


def test_pages_of_ones_own_are_accessible_and_fit_their_window(themed: Page) -> None:
    sign_up(themed)
    for path in OWN_PAGES:
        assert_page_good(themed, path)
