"""Budgets of every page that a shopper sees: bytes and requests of its first load, and a layout that stands still."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Browser, Page, Route, expect

from tests.browser.conftest import PHONE
from tests.browser.test_purchase import add_to_cart, buy_now, fill_in_guest, pay, sign_up
from tests.browser.weight import weigh
from tests.stack import Stack, running

PAGES = [
    "/",
    "/categories/tea-and-coffee",
    "/products/stoneware-teapot",
    "/search?q=teapot",
    "/search?q=bicycle",
    "/cart",
    "/checkout?sku=TEAPOT-SAGE&quantity=1",
    "/sign-in",
    "/sign-up",
    "/reset",
    "/verify",
    "/404",
]
OWN_PAGES = ["/account", "/security", "/devices"]
MOST_CLS = 0.05
SHIFT = """() => new Promise((resolve) => {
  let sum = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) sum += entry.value;
  }).observe({ type: 'layout-shift', buffered: true });
  requestAnimationFrame(() => setTimeout(() => resolve(sum)));
})"""
CARDS = "[...document.querySelectorAll('.card')].map((card) => card.getBoundingClientRect().toJSON())"
ASSETS = Path("static_site")
STATIC_IMPORT = re.compile(r"^(?:import|export)\b(?:[^;']*?\bfrom)? ?'(\.[^']+)';", re.MULTILINE)
NAMED = re.compile(r"""(?:href|src)="(/assets/[^"]+)""")
PRELOADED = re.compile(r'<link rel="modulepreload" href="/(\S+)">')
# The checkout imports the card form of whichever gateway the shop has.
CARD_FORM = "assets/js/sandbox-card.js"
ENTRY = re.compile(r'<script type="module" src="/(\S+)">')


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A shop with its assets bundled, as they are deployed."""
    folder = tmp_path_factory.mktemp("built")
    with running(folder, BUILT=str(folder / "build")) as shop:
        yield shop


@pytest.fixture
def page(browser: Browser, built: Stack) -> Iterator[Page]:
    """A phone: what is sent does not depend on the window."""
    shopper = browser.new_context(viewport=PHONE, base_url=built.site, reduced_motion="reduce")
    yield shopper.new_page()
    shopper.close()


def assert_within_budgets(page: Page, path: str) -> None:
    weight = weigh(page, path)
    assert weight.excess() == [], weight
    assert page.evaluate(SHIFT) < MOST_CLS


@pytest.mark.parametrize("path", PAGES)
def test_a_page_keeps_to_its_budgets(page: Page, path: str) -> None:
    assert_within_budgets(page, path)


def test_pages_that_show_a_cart_keep_to_their_budgets(page: Page) -> None:
    add_to_cart(page, "everyday-mug")
    add_to_cart(page, "stoneware-teapot")
    assert_within_budgets(page, "/cart")
    assert_within_budgets(page, "/checkout")


def test_the_confirmation_keeps_to_its_budgets(page: Page) -> None:
    buy_now(page, "noodle-bowl")
    fill_in_guest(page)
    pay(page)
    page.wait_for_url("**/confirmation?order=*#key=*")
    address = page.url
    page.goto("about:blank")
    assert_within_budgets(page, address)


def test_what_somebody_who_is_signed_in_sees_keeps_to_its_budgets(page: Page) -> None:
    sign_up(page)
    add_to_cart(page, "everyday-mug")
    for path in [*OWN_PAGES, "/cart", "/checkout"]:
        assert_within_budgets(page, path)


@pytest.mark.parametrize("path", ["/categories/tea-and-coffee", "/products/stoneware-teapot"])
def test_stock_that_arrives_moves_nothing(page: Page, built: Stack, path: str) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route(f"{built.api}/availability?*", hold)
    with page.expect_request(f"{built.api}/availability?*"):
        page.goto(path)
    before = page.evaluate(CARDS)
    held.pop().continue_()
    expect(page.locator(".card [data-stock]").first).not_to_be_empty()
    assert page.evaluate(CARDS) == before


@pytest.mark.parametrize("path", [*PAGES, *OWN_PAGES, "/challenge", "/confirmation"])
def test_a_page_preloads_the_modules_that_it_imports(stack: Stack, path: str) -> None:
    html = requests.get(stack.site + path, timeout=10).text
    [entry] = ENTRY.findall(html)
    at_once = imported_by(entry)
    if path.startswith("/checkout"):
        at_once |= imported_by(CARD_FORM)
    assert sorted(PRELOADED.findall(html)) == sorted(at_once - {entry})


@pytest.mark.parametrize("path", [*PAGES, *OWN_PAGES, "/challenge", "/confirmation"])
def test_what_a_built_page_names_was_built(built: Stack, path: str) -> None:
    named = NAMED.findall(requests.get(built.site + path, timeout=10).text)
    assert named
    assert {name: requests.get(built.site + name, timeout=10).status_code for name in named} == dict.fromkeys(
        named, 200
    )


def imported_by(module: str) -> set[str]:
    """A module, as an address, and all that it imports before it runs."""
    found, waiting = set(), {module}
    while waiting:
        one = waiting.pop()
        found.add(one)
        file = ASSETS / one
        imports = STATIC_IMPORT.findall(file.read_text())
        waiting |= {str((file.parent / name).resolve().relative_to(ASSETS.resolve())) for name in imports} - found
    return found
