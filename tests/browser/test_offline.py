"""No connection at all: the catalogue that was looked at can be looked at again, and says of when it is."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect

from tests.browser.conftest import PHONE
from tests.browser.networks import refused, silent
from tests.browser.test_purchase import add_to_cart
from tests.browser.watch import Watch
from tests.stack import Stack

WORKER = Path("static_site/worker/service-worker.js")
MOST_BYTES = 1_700
READY = "navigator.serviceWorker.ready.then(() => navigator.serviceWorker.controller !== null)"
KEPT = """async () => {
  const stores = await Promise.all((await caches.keys()).map((name) => caches.open(name)));
  return (await Promise.all(stores.map((store) => store.keys()))).flat().map(({ url }) => url);
}"""
AS_OF = re.compile(r"This page is as of \d\d:\d\d\.")


@pytest.fixture
def context(browser: Browser, stack: Stack) -> Iterator[BrowserContext]:
    """A shopper on a phone whose browser may keep the catalogue."""
    shopper = browser.new_context(viewport=PHONE, base_url=stack.site, reduced_motion="reduce", service_workers="allow")
    shopper.set_default_timeout(15_000)
    yield shopper
    shopper.close()


def visit(page: Page, *paths: str) -> None:
    """Look at pages, the worker at work, until all that they have is there."""
    for path in paths:
        page.goto(path)
        page.wait_for_function(READY)
        page.wait_for_load_state("networkidle")


def kept(page: Page) -> set[str]:
    """The paths of what is kept."""
    found: list[str] = page.evaluate(KEPT)
    return {re.sub(r"^https?://[^/]+|\?.*", "", address) for address in found}


def until_kept(page: Page, path: str) -> None:
    page.wait_for_function("path => caches.match(path).then(Boolean)", arg=path)


def banner(page: Page) -> Locator:
    return page.locator("[data-offline]")


def test_what_was_looked_at_can_be_looked_at_offline_and_says_of_when_it_is(page: Page) -> None:
    visit(page, "/products/stoneware-teapot", "/categories/tea-and-coffee", "/")
    page.context.set_offline(True)
    for path, heading in {
        "/": "",
        "/categories/tea-and-coffee": "Tea & coffee",
        "/products/stoneware-teapot?sku=TEAPOT-SAGE": "Stoneware teapot",
    }.items():
        page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_contain_text(heading)
        expect(banner(page)).to_have_text(AS_OF)
        expect(banner(page)).to_contain_text("You are offline")
    expect(page.get_by_text("£48.00").first).to_be_visible()
    assert page.evaluate("document.querySelector('[data-picture]').naturalWidth") > 0
    assert page.evaluate("getComputedStyle(document.querySelector('.btn')).minHeight") == "50px"


def test_the_first_page_that_was_looked_at_is_kept_too(page: Page) -> None:
    visit(page, "/products/noodle-bowl")
    until_kept(page, "/products/noodle-bowl")
    until_kept(page, "/assets/css/site.css")
    page.context.set_offline(True)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Noodle bowl")
    expect(banner(page)).to_have_text(AS_OF)


def test_a_search_is_kept_with_what_it_found(page: Page) -> None:
    visit(page, "/", "/search?q=teapot")
    expect(page.get_by_role("link", name="Stoneware teapot")).to_be_visible()
    page.context.set_offline(True)
    page.reload()
    expect(page.get_by_role("link", name="Stoneware teapot")).to_be_visible()
    expect(banner(page)).to_have_text(AS_OF)


def test_a_page_that_was_not_looked_at_says_what_is_the_matter_and_comes_by_itself(page: Page) -> None:
    visit(page, "/products/noodle-bowl", "/")
    page.context.set_offline(True)
    page.goto("/products/stoneware-teapot")
    expect(page.get_by_role("heading", level=1)).to_have_text("No connection")
    expect(page.get_by_role("link", name="Noodle bowl")).to_be_visible()
    expect(banner(page)).not_to_contain_text("as of")
    with page.expect_navigation():
        page.get_by_role("link", name="Try again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("No connection")
    expect(page.get_by_role("link", name="Noodle bowl")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_role("heading", level=1)).to_have_text("Stoneware teapot", timeout=15_000)
    expect(banner(page)).to_be_empty()


@pytest.mark.parametrize("path", ["/cart", "/checkout", "/account", "/confirmation?order=none"])
def test_what_must_not_be_old_is_never_kept(page: Page, path: str) -> None:
    visit(page, "/")
    add_to_cart(page, "everyday-mug")
    visit(page, path)
    page.context.set_offline(True)
    page.goto(path)
    expect(page.get_by_role("heading", level=1)).to_have_text("No connection")
    expect(page.get_by_text("your cart waits in this browser")).to_be_visible()
    if path != "/checkout":
        expect(page.locator("[data-cart-count]")).to_have_text("1")
    allowed = re.compile(r"^/(assets/.*|products/.*|products|categories/.*|categories|search|offline|)$")
    assert [one for one in kept(page) if not allowed.match(one)] == []


def test_things_go_into_the_cart_offline_and_are_there_afterwards(page: Page) -> None:
    visit(page, "/", "/products/everyday-mug")
    page.context.set_offline(True)
    page.reload()
    page.get_by_role("button", name="Add to cart").click()
    expect(page.locator("[data-added]")).to_contain_text("1 thing in the cart")
    page.goto("/cart")
    page.context.set_offline(False)
    expect(page.get_by_label("Quantity of Everyday mug")).to_have_value("1")
    expect(page.get_by_role("link", name="Check out")).to_be_visible()


def test_a_page_that_takes_too_long_is_shown_as_it_was(page: Page, stack: Stack) -> None:
    visit(page, "/", "/products/everyday-mug")
    page.context.route(f"{stack.site}/products/*", silent)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Everyday mug")
    expect(banner(page)).to_contain_text("Reload it to see it as of now.")
    page.context.unroute(f"{stack.site}/products/*")
    page.reload()
    expect(banner(page)).to_be_empty()


def test_going_offline_and_back_is_told(page: Page) -> None:
    visit(page, "/")
    page.context.set_offline(True)
    expect(banner(page)).to_contain_text("You are offline. You can look round")
    expect(banner(page)).to_have_role("status")
    page.context.set_offline(False)
    expect(banner(page)).to_be_empty()


def test_the_banner_covers_nothing_that_has_the_focus(page: Page) -> None:
    visit(page, "/")
    page.context.set_offline(True)
    links = page.locator("footer a")
    for index in range(links.count()):
        links.nth(index).focus()
        box, above = links.nth(index).bounding_box(), banner(page).bounding_box()
        assert box is not None
        assert above is not None
        assert box["y"] + box["height"] <= above["y"] + 1 or box["y"] >= above["y"] + above["height"] - 1


def test_the_checkout_does_not_load_the_worker(page: Page) -> None:
    page.goto("/checkout?sku=MUG-INK&quantity=1")
    expect(page.get_by_role("button", name=re.compile("^Pay £"))).to_be_enabled()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("navigator.serviceWorker.getRegistrations().then((all) => all.length)") == 0


def test_what_is_kept_is_bounded_and_an_earlier_versions_goes(page: Page) -> None:
    page.goto("/404")
    page.evaluate("caches.open('pages-0').then((cache) => cache.put('/old', new Response('')))")
    visit(page, "/")
    page.wait_for_function("caches.keys().then((names) => !names.includes('pages-0'))")
    page.evaluate(
        """async () => {
          const cache = await caches.open('pages-1');
          for (let page = 0; page < 80; page += 1) await cache.put(`/products/made-up-${page}`, new Response(''));
        }"""
    )
    visit(page, "/products/noodle-bowl")
    page.wait_for_function("caches.open('pages-1').then((cache) => cache.keys()).then((all) => all.length === 60)")
    until_kept(page, "/products/noodle-bowl")


def test_the_worker_takes_itself_out_where_it_is_told_to(page: Page, stack: Stack) -> None:
    visit(page, "/")
    until_kept(page, "/")
    without = WORKER.read_text().replace("const KEEPING = true", "const KEEPING = false")

    def replace(route: Route) -> None:
        route.fulfill(body=without, content_type="text/javascript")

    page.context.route(f"{stack.site}/service-worker.js", replace)
    page.evaluate("navigator.serviceWorker.getRegistration().then((one) => one.update())")
    page.wait_for_function("navigator.serviceWorker.getRegistrations().then((all) => all.length === 0)")
    page.wait_for_function("caches.keys().then((names) => names.length === 0)")


def test_no_other_script_can_become_the_worker(page: Page, watch: Watch) -> None:
    watch.expect("require-trusted-types-for", "requires 'TrustedScriptURL'")
    page.goto("/404")
    refusal = page.evaluate("navigator.serviceWorker.register('/assets/js/api.js').catch((error) => error.name)")
    assert refusal == "TypeError"


def test_the_worker_is_small() -> None:
    code = re.sub(r"/\*\*.*?\*/|^\s*//[^\n]*", "", WORKER.read_text(), flags=re.DOTALL | re.MULTILINE)
    assert len(gzip.compress(code.encode())) <= MOST_BYTES


def test_an_api_that_is_down_is_not_taken_for_being_offline(page: Page, stack: Stack) -> None:
    visit(page, "/")
    page.context.route(f"{stack.api}/**", refused)
    page.goto("/products/everyday-mug")
    expect(banner(page)).to_have_text(
        "The shop’s server does not answer just now. You can go on looking round; buying will be back."
    )
