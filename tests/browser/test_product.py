"""Product, category and home pages: what they tell, what they remember, how one comes and goes."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
import requests
from playwright.sync_api import Browser, Page, Playwright, expect

from chalicelib.money import decimal
from chalicelib.shop import shop
from dev import chromium
from dev.demo.load import demo_products
from infra.headers import SPECULATION, SPECULATION_TYPE
from tests.browser.test_purchase import buy_now, fill_in_guest, pay
from tests.stack import Stack

TEAPOT = "/products/stoneware-teapot"
STATES = {"InStock", "OutOfStock"}
SEEN = "[data-seen]"
TELL_OF_MORPHS = """
const isPlate = ({ effect }) => effect.pseudoElement === '::view-transition-group(plate)';
const look = () => { document.documentElement.dataset.morphed = document.getAnimations().some(isPlate); };
addEventListener('pagereveal', ({ viewTransition }) => viewTransition?.ready.then(look, () => {}));
"""
NO_TRAILS = [
    "{",
    "7",
    "[null]",
    '[{"slug":"../x","name":"x","image":"/assets/a.svg"}]',
    '[{"slug":"x","name":"x","image":"https://evil.example/a"}]',
]
LOOKED_AT_WHAT_IS_GONE = """() => {
  const gone = { slug: 'gone', name: 'Gone', image: '/assets/images/hook.svg' };
  localStorage.setItem('seen', JSON.stringify([gone, ...JSON.parse(localStorage.getItem('seen'))]));
}"""


def told(html: str) -> dict[str, dict[str, Any]]:
    """What a page tells machines, by type."""
    [written] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html)
    return {thing["@type"]: thing for thing in json.loads(written)["@graph"]}


def look_at(page: Page, *slugs: str) -> None:
    for slug in slugs:
        page.goto(f"/products/{slug}")
        page.wait_for_function("slug => localStorage.getItem('seen')?.includes(slug)", arg=slug)


# --- What it tells


def test_every_product_tells_machines_the_prices_that_it_shows(stack: Stack) -> None:
    for product in demo_products():
        html = requests.get(f"{stack.site}/products/{product.slug}", timeout=10).text
        things = told(html)
        variants = things["ProductGroup"]["hasVariant"] if "ProductGroup" in things else [things["Product"]]
        prices = {one["sku"]: one["offers"]["price"] for one in variants}
        assert prices == {one.sku: decimal(shop().money(one.price)) for one in product.variant}
        assert f'<p class="price" data-price>£{prices[product.variant[0].sku]}</p>' in html
        assert {one["offers"]["availability"].removeprefix("https://schema.org/") for one in variants} <= STATES
        assert things["BreadcrumbList"]["itemListElement"][-1]["name"] == product.name


@pytest.mark.parametrize("path", ["/", "/categories/baking", TEAPOT])
def test_the_picture_for_other_sites_is_there_and_of_their_size(stack: Stack, path: str) -> None:
    html = requests.get(stack.site + path, timeout=10).text
    [address] = re.findall(r'<meta property="og:image" content="([^"]+)">', html)
    answer = requests.get(address, timeout=10)
    assert answer.headers["content-type"] == "image/png"
    size = [int.from_bytes(answer.content[start : start + 4], "big") for start in (16, 20)]
    assert size == [1200, 630]


def test_the_address_of_a_variant_is_canonically_the_products(page: Page, stack: Stack) -> None:
    page.goto(f"{TEAPOT}?sku=TEAPOT-INK")
    assert page.locator('link[rel="canonical"]').get_attribute("href") == stack.site + TEAPOT


@pytest.mark.parametrize("path", ["/", "/categories/baking", TEAPOT])
def test_a_page_asks_for_its_stock_once(page: Page, path: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/availability" in request.url else None)
    look_at(page, "moka-pot", "loaf-tin")
    asked.clear()
    page.goto(path)
    expect(page.locator("[data-stock]").first).not_to_be_empty()
    page.wait_for_load_state("networkidle")
    assert len(asked) == 1


# --- Buying


def test_price_stock_delivery_and_returns_stand_beside_the_buttons(page: Page) -> None:
    page.goto(TEAPOT)
    form = page.locator(".buy")
    for words in ("£48.00", "In stock", "£3.95, 3 to 5 working days.", "Within 60 days"):
        expect(form.get_by_text(words, exact=False).first).to_be_visible()
    for name in ("Add to cart", "Buy now"):
        expect(form.get_by_role("button", name=name)).to_be_in_viewport(ratio=1)


def test_the_buttons_never_cover_what_has_the_focus(page: Page) -> None:
    page.goto(TEAPOT)
    page.wait_for_load_state("networkidle")
    covered = """() => {
      const bar = document.querySelector('.to-buy'), focused = document.activeElement;
      if (!bar || bar.contains(focused) || focused === document.body) return null;
      const [a, b] = [bar.getBoundingClientRect(), focused.getBoundingClientRect()];
      return b.bottom > a.top + 1 && b.top < a.bottom - 1 && b.height < 200 ? focused.outerHTML : null;
    }"""
    last = page.locator("footer a").last
    for _ in range(80):
        page.keyboard.press("Tab")
        assert page.evaluate(covered) is None
        if last.evaluate("link => link === document.activeElement"):
            return
    pytest.fail("the keyboard never came to the end of the page")


# --- What one looked at


def test_what_was_looked_at_is_offered_again_but_not_the_present_product(page: Page) -> None:
    look_at(page, "moka-pot", "loaf-tin", "stoneware-teapot")
    seen = page.locator(SEEN).get_by_role("link")
    expect(seen).to_have_text(["Loaf tin", "Moka pot"])
    page.goto("/")
    expect(seen).to_have_text(["Stoneware teapot", "Loaf tin", "Moka pot"])
    page.goto("/cart")
    expect(seen.first).to_be_visible()


def test_a_shopper_who_looked_at_nothing_sees_no_empty_shelf(page: Page) -> None:
    page.goto(TEAPOT)
    page.wait_for_function("() => localStorage.getItem('seen')")
    expect(page.locator(SEEN)).to_be_hidden()


def test_at_most_eight_are_offered(page: Page) -> None:
    look_at(page, *[product.slug for product in demo_products()[:10]])
    expect(page.locator(SEEN).get_by_role("link")).to_have_count(8)


@pytest.mark.parametrize("kept", NO_TRAILS)
def test_what_the_browser_kept_is_checked_before_it_is_shown(page: Page, kept: str) -> None:
    page.goto("/404")
    page.evaluate("kept => localStorage.setItem('seen', kept)", kept)
    page.goto("/")
    page.wait_for_load_state("networkidle")
    expect(page.locator(SEEN)).to_be_hidden()


def test_a_product_that_is_gone_is_forgotten_where_its_link_leads(page: Page) -> None:
    look_at(page, "moka-pot")
    page.evaluate(LOOKED_AT_WHAT_IS_GONE)
    page.goto("/")
    page.locator(SEEN).get_by_role("link", name="Gone").click()
    expect(page.get_by_role("heading", name="An empty peg")).to_be_visible()
    expect(page.locator(SEEN).get_by_role("link")).to_have_text(["Moka pot"])


def test_what_was_looked_at_can_be_forgotten(page: Page) -> None:
    look_at(page, "moka-pot", "loaf-tin")
    page.get_by_role("button", name="Forget these").click()
    expect(page.locator(SEEN)).to_be_hidden()
    page.goto("/")
    page.wait_for_load_state("networkidle")
    expect(page.locator(SEEN)).to_be_hidden()


def test_what_was_looked_at_never_leaves_the_browser(page: Page) -> None:
    look_at(page, "glass-teapot")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.url} {request.post_data or ''}"))
    page.goto("/categories/baking")
    page.wait_for_load_state("networkidle")
    assert not [
        one for one in sent if "glass-teapot" in one and not one.startswith(f"{page.url.split('/cat')[0]}/assets/")
    ]


# --- Where nothing is


def test_the_page_of_what_is_not_there_helps(page: Page) -> None:
    page.goto("/products/none")
    page.get_by_label("What were you looking for?").fill("teapot")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=teapot**")
    page.go_back()
    page.get_by_role("navigation", name="Where else to look").get_by_role("link", name="Baking").click()
    expect(page.get_by_role("heading", name="Baking", level=1)).to_be_visible()


def test_an_empty_cart_shows_the_way_on(page: Page) -> None:
    look_at(page, "moka-pot")
    page.goto("/cart")
    expect(page.get_by_role("link", name="See everything")).to_be_visible()
    expect(page.locator(SEEN).get_by_role("link")).to_have_text(["Moka pot"])


# --- Coming and going


@pytest.mark.parametrize("path", ["/", "/categories/baking", TEAPOT])
def test_where_products_are_looked_at_browsers_may_fetch_them_ahead(stack: Stack, path: str) -> None:
    address = requests.get(stack.site + path, timeout=10).headers[SPECULATION].strip('"')
    answer = requests.get(stack.site + address, timeout=10)
    assert answer.headers["content-type"] == SPECULATION_TYPE
    assert [rule["where"] for rule in answer.json()["prefetch"]] == [{"href_matches": "/products/*"}]


@pytest.mark.parametrize("path", ["/checkout", "/account", "/sign-in", "/cart", "/assets/css/site.css"])
def test_nothing_is_fetched_ahead_elsewhere(stack: Stack, path: str) -> None:
    assert SPECULATION not in requests.get(stack.site + path, timeout=10).headers


def test_a_product_is_there_before_it_is_clicked(browser: Browser, stack: Stack) -> None:
    page = browser.new_context(base_url=stack.site, viewport={"width": 1280, "height": 800}).new_page()
    protocol = page.context.new_cdp_session(page)
    ready: list[str] = []
    protocol.on(
        "Preload.prefetchStatusUpdated", lambda event: ready.append(f"{event['status']} {event['prefetchUrl']}")
    )
    protocol.send("Preload.enable")
    page.goto("/categories/tea-and-coffee")
    page.wait_for_load_state("networkidle")
    page.get_by_role("link", name="Moka pot").hover()
    wanted = f"Ready {stack.site}/products/moka-pot"
    for _ in range(50):
        if wanted in ready:
            return
        page.wait_for_timeout(100)
    pytest.fail(f"not fetched ahead: {ready}")


def test_the_picture_of_a_card_grows_into_the_products(browser: Browser, stack: Stack) -> None:
    page = browser.new_context(base_url=stack.site, viewport={"width": 1280, "height": 800}).new_page()
    page.add_init_script(TELL_OF_MORPHS)
    page.goto("/categories/tea-and-coffee")
    page.wait_for_load_state("networkidle")
    # The page clicks, because Playwright's own clicking lays the next page out before it has its style sheet.
    page.evaluate("document.querySelectorAll('.card a')[1].click()")
    page.wait_for_function(
        "() => location.pathname === '/products/moka-pot' && document.documentElement.dataset.morphed"
    )
    assert page.evaluate("document.documentElement.dataset.morphed") == "true"


def test_pages_do_not_move_for_who_wants_less_motion(page: Page) -> None:
    page.add_init_script(
        "addEventListener('pagereveal', ({ viewTransition }) => { window.moves = viewTransition !== null; });"
    )
    page.goto("/categories/tea-and-coffee")
    page.get_by_role("link", name="Moka pot").click()
    page.wait_for_url("**/products/moka-pot")
    page.wait_for_function("() => 'moves' in window")
    assert page.evaluate("window.moves") is False


KEPT_PAGES = [
    "/",
    "/categories/baking",
    TEAPOT,
    "/search?q=teapot",
    "/cart",
    "/checkout?sku=TEAPOT-SAGE&quantity=1",
    "/confirmation?order=none",
    "/sign-in",
]


def test_the_browser_keeps_every_page_for_the_way_back(playwright: Playwright, stack: Stack) -> None:
    # Playwright's own Chromium keeps none.
    remembering = chromium.launch(playwright, whole=True, ignore_default_args=["--disable-back-forward-cache"])
    page = remembering.new_context(base_url=stack.site, reduced_motion="reduce").new_page()
    page.add_init_script("addEventListener('pageshow', ({ persisted }) => { window.persisted = persisted; });")
    lost = []
    for path in KEPT_PAGES:
        page.goto(path)
        page.wait_for_load_state("networkidle")
        page.evaluate("location.assign('/verify')")
        page.wait_for_url("**/verify")
        page.go_back(wait_until="commit")
        page.wait_for_function("() => 'persisted' in window")
        if not page.evaluate("window.persisted"):
            reasons = page.evaluate("performance.getEntriesByType('navigation')[0].notRestoredReasons?.reasons")
            lost.append(f"{path}: {json.dumps(reasons)}")
    remembering.close()
    assert lost == []


# --- On paper


def test_a_confirmation_is_printed_with_the_order_and_nothing_else(page: Page) -> None:
    buy_now(page, "stoneware-teapot")
    fill_in_guest(page)
    pay(page)
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    page.emulate_media(media="print", color_scheme="dark")
    for words in (shop().name, "Stoneware teapot, Sage", "£51.95", "1 Mill Lane", "Stoke-on-Trent"):
        expect(page.get_by_text(words, exact=False).locator("visible=true").first).to_be_visible()
    for screen_only in (page.get_by_role("button"), page.get_by_role("search"), page.get_by_role("navigation")):
        expect(screen_only.locator("visible=true")).to_have_count(0)
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    page.emulate_media(media="screen", color_scheme="light")


# --- Too many, and too little


def test_who_adds_more_than_are_left_is_told_at_once(page: Page) -> None:
    page.goto("/products/cast-iron-teapot")
    stock = page.locator(".buy [data-stock]")
    expect(stock).to_contain_text("Only")
    left = int(re.findall(r"\d+", stock.inner_text())[0])
    page.get_by_label("Quantity").select_option(str(left))
    page.get_by_role("button", name="Add to cart").click()
    expect(page.locator("[data-added]")).not_to_contain_text("only")
    page.get_by_role("button", name="Add to cart").click()
    expect(page.locator("[data-added]")).to_contain_text(
        f"Your cart holds {2 * left} of these, and only {left} are left."
    )


def test_without_javascript_nothing_offers_what_cannot_work(browser: Browser, stack: Stack) -> None:
    shopper = browser.new_context(java_script_enabled=False, base_url=stack.site)
    page = shopper.new_page()
    page.goto(TEAPOT)
    expect(page.get_by_role("heading", name="Stoneware teapot")).to_be_visible()
    expect(page.get_by_role("button", name="Add to cart")).to_be_hidden()
    page.goto("/search?q=pan")
    expect(page.locator(".finder")).to_be_hidden()
    shopper.close()
