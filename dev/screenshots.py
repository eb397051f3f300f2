"""Takes a picture of every page in its main states, on a phone and a desktop, light and dark.

    make screenshots

Opens a shop of its own, walks through it as shoppers do, and writes the folder `screenshots`, with a contact sheet in
its `index.html`. A walk is a shopper who is new to the shop; each `yield` names the state that the page is in, and is
a picture. So a new state is a line in a walk.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from jinja2 import Environment
from playwright.sync_api import Browser, Page, ViewportSize, expect, sync_playwright
from playwright.sync_api import Error as PlaywrightError

import tests.conftest  # noqa: F401 -- a stage of its own, credentials of nobody.
from dev import chromium
from tests.browser.test_purchase import (
    DECLINED,
    add_to_cart,
    buy_now,
    fill_in_address,
    fill_in_card,
    fill_in_guest,
    pay,
    sign_up,
)
from tests.stack import Stack, running

FOLDER = Path("screenshots")
WINDOWS: dict[str, ViewportSize] = {"phone": {"width": 390, "height": 844}, "desktop": {"width": 1280, "height": 800}}
THEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
ASKS_THE_BANK = "4000 0025 0000 3155"
PATIENCE_MS = 15_000
QUIET_MS = 3_000
DOCKED = "#kitchen"

Walk = Callable[[Page], Iterator[str]]


def browsing(page: Page) -> Iterator[str]:
    """Looks round."""
    page.goto("/")
    yield "home"
    page.goto("/categories/tea-and-coffee")
    yield "category"
    page.goto("/products/stoneware-teapot")
    yield "product"
    page.get_by_role("button", name="Add to cart").click()
    yield "product-added"
    page.goto("/products/butchers-block")
    yield "product-sold-out"
    page.goto("/products/everyday-mug")
    yield "product-with-recently-seen"
    page.goto("/no-such-page")
    yield "not-found"


def searching(page: Page) -> Iterator[str]:
    """Looks for something."""
    page.goto("/search?q=pan")
    yield "search-results"
    page.goto("/search?q=pan&category=pots-and-pans")
    yield "search-filtered"
    page.goto("/search?q=tepot")
    yield "search-typo"
    page.goto("/search?q=bicycle")
    yield "search-nothing"
    page.goto("/")
    box = page.locator("#header-q")
    box.focus()
    box.press_sequentially("te", delay=50)
    page.get_by_role("option").first.wait_for()
    yield "search-suggestions"


def filling_a_cart(page: Page) -> Iterator[str]:
    """Puts things aside."""
    page.goto("/cart")
    yield "cart-empty"
    add_to_cart(page, "stoneware-teapot")
    add_to_cart(page, "everyday-mug")
    page.goto("/cart")
    page.get_by_role("link", name="Check out").wait_for()
    yield "cart-full"
    page.get_by_role("button", name=re.compile("Remove")).first.click()
    yield "cart-removed"


def buying(page: Page) -> Iterator[str]:
    """Buys as a guest, and thinks better of it."""
    buy_now(page, "stoneware-teapot")
    yield "checkout-empty"
    page.get_by_role("button", name=re.compile("^Pay £")).click()
    yield "checkout-errors"
    fill_in_guest(page)
    fill_in_card(page)
    yield "checkout-filled"
    pay(page, DECLINED)
    page.get_by_role("heading", name="The bank declined this card").wait_for()
    yield "checkout-declined"
    pay(page)
    page.wait_for_url("**/confirmation?order=*")
    page.get_by_role("heading", level=1, name=re.compile("thank you", re.IGNORECASE)).wait_for()
    yield "confirmation-paid"
    page.get_by_role("button", name="Cancel this order").click()
    page.get_by_role("button", name="Cancel the order").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(re.compile("Cancelled"))
    yield "confirmation-refunded"
    page.goto("/mailbox")
    yield "mailbox"


def asked_by_the_bank(page: Page) -> Iterator[str]:
    """Pays with a card whose bank wants to know more."""
    buy_now(page, "noodle-bowl")
    fill_in_guest(page)
    pay(page, ASKS_THE_BANK)
    page.wait_for_url("**/challenge?payment=*")
    yield "bank"


def signing_in(page: Page) -> Iterator[str]:
    """Has an account, and cannot get in."""
    page.goto("/sign-in")
    yield "sign-in"
    page.get_by_label("Email address").fill("nobody@example.com")
    page.get_by_label("Password", exact=False).first.fill("not the password")
    page.locator("main").get_by_role("button", name="Sign in").click()
    expect(page.locator("[data-summary]")).to_be_focused()
    yield "sign-in-errors"
    page.goto("/sign-up")
    yield "sign-up"
    page.get_by_role("button", name="Create account").click()
    yield "sign-up-errors"
    page.goto("/reset")
    yield "reset"
    page.goto("about:blank")
    page.goto("/reset#token=none")
    yield "reset-new-password"
    page.goto("/verify#token=none")
    yield "verify-failed"


def at_home(page: Page) -> Iterator[str]:
    """Is signed in."""
    sign_up(page)
    yield "account-empty"
    buy_now(page, "cherry-ladle")
    fill_in_address(page)
    yield "checkout-signed-in"
    pay(page)
    page.wait_for_url("**/confirmation?order=*")
    page.goto("/account")
    page.get_by_text(re.compile(r"HL-\w{4}-\w{4}")).first.wait_for()
    yield "account-with-an-order"
    page.goto("/security")
    yield "security"
    page.goto("/devices")
    yield "devices"


def watching_the_kitchen(page: Page) -> Iterator[str]:
    """Wants to see how it is made."""
    page.goto("/products/stoneware-teapot")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("?")
    page.locator("#kitchen").wait_for()
    yield "kitchen-open"
    page.locator("#kitchen .talk summary").first.click()
    yield "kitchen-conversation"
    page.locator("#kitchen").get_by_role("button", name="Follow an order").first.click()
    yield "kitchen-tour"


def without_the_api(page: Page) -> Iterator[str]:
    """Comes while nothing answers but the pages."""
    add_to_cart(page, "stoneware-teapot")
    api = page.locator("meta[name=api-url]").get_attribute("content")
    page.route(f"{api}/**", lambda route: route.abort())
    page.goto("/categories/tea-and-coffee")
    yield "api-down-category"
    page.goto("/search?q=pan")
    page.get_by_role("button", name="Try again").first.wait_for()
    yield "api-down-search"
    page.goto("/cart")
    page.get_by_role("button", name="Try again").first.wait_for()
    yield "api-down-cart"


def without_a_network(page: Page) -> Iterator[str]:
    """Loses the connection in the middle of the shop."""
    page.goto("/")
    page.wait_for_function("navigator.serviceWorker.controller ?? navigator.serviceWorker.ready")
    page.reload()
    page.wait_for_load_state("networkidle")
    page.context.set_offline(True)
    yield "offline"
    page.goto("/products/balloon-whisk")
    yield "offline-unknown-page"


WALKS: list[Walk] = [
    browsing,
    searching,
    filling_a_cart,
    buying,
    asked_by_the_bank,
    signing_in,
    at_home,
    watching_the_kitchen,
    without_the_api,
    without_a_network,
]

SHEET = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True).from_string("""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Screenshots</title>
<style>
  body { font: 15px/1.4 system-ui, sans-serif; margin: 2rem; background: #777; color: #fff }
  section { display: flex; gap: 1rem; align-items: start }
  img { display: block; max-height: 44rem; max-width: 100% }
</style>
{% for name in names %}
<h2 id="{{ name }}">{{ name }}</h2>
<section>
{% for view in views %}
{% set picture = name ~ "-" ~ view %}
<a href="{{ picture }}.png"><img src="{{ picture }}.png" alt="{{ picture }}" loading="lazy"></a>
{% endfor %}
</section>
{% endfor %}
""")


def main() -> None:
    """Take all pictures; leaves with 1 if a walk did not come to its end, with 2 if there is no Chromium."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    try:
        names, lost = walk_all()
    except chromium.NoChromium as missing:
        print(missing, file=sys.stderr)
        sys.exit(2)
    views = [f"{window}-{theme}" for window in WINDOWS for theme in THEMES]
    (FOLDER / "index.html").write_text(SHEET.render(names=names, views=views))
    print("\n".join([*lost, f"{len(names)} states, {len(names) * len(views)} pictures: {FOLDER}/index.html"]))
    sys.exit(1 if lost else 0)


def walk_all() -> tuple[list[str], list[str]]:
    """Go every walk in every window; returns the states that were seen, and which walks broke off where."""
    names: dict[str, None] = {}
    lost = []
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as shop, sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        for walk in WALKS:
            for window in WINDOWS:
                try:
                    names |= dict.fromkeys(go(walk, browser, shop, window))
                except (PlaywrightError, AssertionError) as error:
                    lost.append(f"{walk.__name__} ({window}) broke off: {error}")
        browser.close()
    return list(names), lost


def go(walk: Walk, browser: Browser, shop: Stack, window: str) -> Iterator[str]:
    """Walk as a new shopper; yields each state once its pictures are taken."""
    # The service worker asks for itself what the walks keep from pages.
    worker: Literal["allow", "block"] = "allow" if walk is without_a_network else "block"
    context = browser.new_context(
        viewport=WINDOWS[window], base_url=shop.site, reduced_motion="reduce", service_workers=worker
    )
    context.set_default_timeout(PATIENCE_MS)
    try:
        page = context.new_page()
        for name in walk(page):
            take(page, f"{name}-{window}")
            yield name
    finally:
        context.close()


def take(page: Page, name: str) -> None:
    """Take a quiet page in both themes: the whole of it, unless something is docked to the window."""
    page.wait_for_load_state("networkidle", timeout=QUIET_MS)
    window = page.viewport_size or WINDOWS["phone"]
    if not page.locator(DOCKED).count():
        # Not by Playwright's `full_page`, which neither loads lazy pictures nor lets what is sticky come to rest.
        height = max(window["height"], page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": window["width"], "height": height})
        page.wait_for_load_state("networkidle", timeout=QUIET_MS)
        page.wait_for_function("[...document.images].every((image) => image.complete)")
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        page.screenshot(path=FOLDER / f"{name}-{theme}.png", animations="disabled")
    page.emulate_media(color_scheme=THEMES[0])
    page.set_viewport_size(window)


if __name__ == "__main__":
    main()
