"""Search: the box that suggests, and the page whose address is its state."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests.browser.accessible import assert_good
from tests.stack import Stack

PRODUCTS = re.compile(r"^\d+ products?$")
SEARCHES = "**/products?**"
SUGGESTIONS = "**/suggestions?**"


@pytest.fixture
def desktop(browser: Browser, stack: Stack) -> Iterator[Page]:
    """A shopper with room, for what does not depend on it."""
    shopper = browser.new_context(
        viewport={"width": 1280, "height": 800}, base_url=stack.site, reduced_motion="reduce", service_workers="block"
    )
    shopper.set_default_timeout(10_000)
    yield shopper.new_page()
    shopper.close()


def box(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Search the shop")


def options(page: Page) -> Locator:
    return page.get_by_role("listbox", name="Suggestions").get_by_role("option")


def active_option(page: Page) -> str | None:
    name: str | None = box(page).evaluate(
        "input => document.getElementById(input.getAttribute('aria-activedescendant'))?.textContent"
    )
    return name


def type_tea(page: Page, path: str = "/sign-in") -> None:
    page.goto(path)
    box(page).press_sequentially("tea")
    # Not those of "te", which come first where typing is slow.
    expect(options(page).last).to_have_text("Search for “tea”")
    expect(options(page).last).to_be_visible()


def open_search(page: Page, address: str = "/search") -> None:
    page.goto(address)
    settled(page)


def settled(page: Page) -> None:
    """Wait until the results are those of the address."""
    expect(page.locator("[data-results]")).not_to_have_attribute("aria-busy", "true")


def names(page: Page) -> list[str]:
    return page.locator("[data-results] [data-name]").all_inner_texts()


def total(page: Page) -> int:
    return int(page.locator("[data-found]").inner_text().split()[0])


def asked(page: Page) -> dict[str, list[str]]:
    return parse_qs(urlsplit(page.url).query)


def filters(page: Page) -> Locator:
    """The filters, unfolded where they are folded."""
    form = page.get_by_role("form", name="Filters")
    fold = form.locator("[data-fold]")
    if fold.get_attribute("open") is None:
        fold.locator("> summary").click()
    return form


def choice(page: Page, label: str) -> Locator:
    name = re.compile(rf"^{label}\b")
    form = filters(page)
    return form.get_by_role("checkbox", name=name).or_(form.get_by_role("radio", name=name))


def choose(page: Page, label: str) -> None:
    choice(page, label).click()
    settled(page)


def chips(page: Page) -> list[str]:
    return page.locator("[data-chosen] [data-label]").all_inner_texts()


def hold(page: Page, pattern: str | re.Pattern[str]) -> list[Route]:
    """Keep requests waiting, in a list."""
    held: list[Route] = []

    def keep(route: Route) -> None:
        held.append(route)

    page.route(pattern, keep)
    return held


# --- The box


def test_typing_suggests_products_and_shelves_and_says_how_many(page: Page) -> None:
    type_tea(page)
    expect(box(page)).to_have_attribute("aria-expanded", "true")
    teapot = options(page).filter(has_text="Stoneware teapot")
    expect(teapot).to_contain_text("£48.00")
    expect(teapot.locator("img")).to_be_visible()
    expect(options(page).filter(has_text="Tea & coffee")).to_contain_text("Shelf")
    expect(options(page).last).to_have_text("Search for “tea”")
    count = options(page).count() - 1
    expect(page.locator("form.search [role=status]")).to_have_text(f"{count} suggestions")
    assert_good(page)


def test_the_arrow_keys_go_through_the_suggestions_and_the_box_in_a_circle(desktop: Page) -> None:
    type_tea(desktop)
    assert active_option(desktop) is None
    desktop.keyboard.press("ArrowDown")
    first = options(desktop).first
    expect(first).to_have_attribute("aria-selected", "true")
    assert active_option(desktop) == first.text_content()
    desktop.keyboard.press("ArrowUp")
    assert active_option(desktop) is None
    desktop.keyboard.press("ArrowUp")
    assert active_option(desktop) == "Search for “tea”"
    desktop.keyboard.press("Home")
    assert active_option(desktop) is None
    expect(box(desktop)).to_be_focused()
    expect(box(desktop)).to_have_value("tea")


def test_enter_follows_the_suggestion_that_the_keys_have_reached(desktop: Page) -> None:
    type_tea(desktop)
    desktop.keyboard.press("ArrowDown")
    address = options(desktop).first.get_attribute("href")
    desktop.keyboard.press("Enter")
    desktop.wait_for_url(f"**{address}")


def test_enter_searches_for_what_is_typed_where_no_suggestion_is_reached(desktop: Page) -> None:
    type_tea(desktop)
    desktop.keyboard.press("Enter")
    desktop.wait_for_url("**/search?q=tea")


def test_escape_closes_the_suggestions_first_and_empties_the_box_next(desktop: Page) -> None:
    type_tea(desktop)
    desktop.keyboard.press("Escape")
    expect(options(desktop)).to_have_count(0)
    expect(box(desktop)).to_have_attribute("aria-expanded", "false")
    expect(box(desktop)).to_have_value("tea")
    desktop.keyboard.press("ArrowDown")
    expect(options(desktop).first).to_be_visible()
    desktop.keyboard.press("Escape")
    desktop.keyboard.press("Escape")
    expect(box(desktop)).to_have_value("")


def test_tab_leaves_the_box_and_takes_nothing(desktop: Page) -> None:
    type_tea(desktop)
    desktop.keyboard.press("ArrowDown")
    desktop.keyboard.press("Tab")
    expect(options(desktop)).to_have_count(0)
    expect(desktop.get_by_role("button", name="Search", exact=True)).to_be_focused()
    assert desktop.url.endswith("/sign-in")


def test_a_suggestion_can_be_pressed(page: Page) -> None:
    type_tea(page)
    options(page).filter(has_text="Tea & coffee").click()
    page.wait_for_url("**/categories/tea-and-coffee")


def test_what_an_open_page_suggested_is_gone_when_one_comes_back(desktop: Page) -> None:
    type_tea(desktop)
    options(desktop).first.click()
    desktop.wait_for_url("**/products/*")
    desktop.go_back()
    desktop.wait_for_url("**/sign-in")
    expect(options(desktop)).to_have_count(0)


def test_suggestions_are_asked_for_at_a_pause_and_abandoned_when_overtaken(desktop: Page) -> None:
    desktop.clock.install()
    desktop.goto("/sign-in")
    box(desktop).focus()
    expect(box(desktop)).to_have_attribute("aria-autocomplete", "list")
    held = hold(desktop, re.compile(r"q=teap$"))
    desktop.clock.pause_at(desktop.evaluate("Date.now()") + 1_000)
    with desktop.expect_request(SUGGESTIONS) as first:
        box(desktop).press_sequentially("teap")
        desktop.clock.run_for(120)
    assert first.value.url.endswith("q=teap")
    with desktop.expect_event("requestfailed", lambda request: request.url == first.value.url):
        box(desktop).press_sequentially("o")
    with desktop.expect_request(SUGGESTIONS) as second:
        desktop.clock.run_for(120)
    assert second.value.url.endswith("q=teapo")
    assert len(held) == 1
    desktop.clock.resume()
    expect(options(desktop).last).to_have_text("Search for “teapo”")


def test_without_the_api_the_box_searches_and_says_nothing(desktop: Page) -> None:
    desktop.route(SUGGESTIONS, lambda route: route.abort())
    desktop.goto("/sign-in")
    with desktop.expect_event("requestfailed"):
        box(desktop).press_sequentially("tea")
    expect(box(desktop)).to_have_attribute("aria-expanded", "false")
    desktop.keyboard.press("Enter")
    desktop.wait_for_url("**/search?q=tea")


def test_a_page_loads_nothing_of_the_suggestions_before_the_box_is_used(desktop: Page) -> None:
    loaded: list[str] = []
    desktop.on("request", lambda request: loaded.append(urlsplit(request.url).path))
    desktop.goto("/", wait_until="networkidle")
    assert not [path for path in loaded if "suggest" in path]
    with desktop.expect_request("**/suggest.css"):
        box(desktop).focus()
    assert "/assets/js/suggest.js" in loaded


# --- Filters, and the address


def test_filters_narrow_the_list_and_stand_in_the_address(page: Page) -> None:
    open_search(page)
    everything = total(page)
    choose(page, "Stoneware")
    stoneware = total(page)
    assert 0 < stoneware < everything
    choose(page, "Tea & coffee")
    choose(page, "£25 to £49.99")
    choose(page, "In stock")
    assert 0 < total(page) < stoneware
    assert asked(page) == {
        "category": ["tea-and-coffee"],
        "attribute": ["Material:Stoneware"],
        "min_price": ["2500"],
        "max_price": ["4999"],
        "availability": ["in_stock"],
    }
    assert chips(page) == ["Tea & coffee", "£25 to £49.99", "Stoneware", "In stock"]
    expect(page.get_by_role("heading", level=1)).to_have_text("Tea & coffee")


def test_a_choice_says_how_many_products_it_leaves(desktop: Page) -> None:
    open_search(desktop, "/search?q=teapot")
    label = choice(desktop, "Stoneware").locator("xpath=..").inner_text()
    choose(desktop, "Stoneware")
    assert total(desktop) == int(label.split()[-1])


def test_two_values_of_one_attribute_widen_the_list(desktop: Page) -> None:
    open_search(desktop, "/search?attribute=Material:Stoneware")
    stoneware = total(desktop)
    choose(desktop, "Glass")
    assert total(desktop) > stoneware
    assert asked(desktop)["attribute"] == ["Material:Stoneware", "Material:Glass"]


def test_a_filter_chosen_by_key_keeps_the_keyboard(desktop: Page) -> None:
    open_search(desktop)
    stoneware = choice(desktop, "Stoneware")
    stoneware.focus()
    desktop.keyboard.press("Space")
    expect(desktop.locator("[data-label]")).to_have_text("Stoneware")
    settled(desktop)
    expect(stoneware).to_be_focused()
    expect(stoneware).to_be_checked()


def test_a_reload_and_back_and_forward_restore_every_choice(desktop: Page) -> None:
    open_search(desktop)
    choose(desktop, "Stoneware")
    choose(desktop, "Tea & coffee")
    both, address = names(desktop), desktop.url
    desktop.reload()
    settled(desktop)
    assert (names(desktop), desktop.url) == (both, address)
    expect(choice(desktop, "Stoneware")).to_be_checked()

    desktop.go_back()
    expect(desktop.locator("[data-label]")).to_have_text(["Stoneware"])
    settled(desktop)
    assert names(desktop) != both
    expect(choice(desktop, "All shelves")).to_be_checked()
    desktop.go_forward()
    expect(desktop.locator("[data-label]")).to_have_text(["Tea & coffee", "Stoneware"])
    settled(desktop)
    assert names(desktop) == both


@pytest.mark.parametrize("address", ["/search", "/search?q=teapot", "/search?q=tea&category=tea-and-coffee&pages=2"])
def test_a_search_is_asked_for_once_before_the_modules_have_come(desktop: Page, address: str) -> None:
    held: list[Route] = []
    asked: list[str] = []
    desktop.on("request", lambda request: asked.append(request.url))

    def hold(route: Route) -> None:
        held.append(route)

    desktop.route("**/pages/search.js", hold)
    with desktop.expect_response(SEARCHES):
        desktop.goto(address, wait_until="commit")
    assert held
    held.pop().continue_()
    expect(desktop.locator("[data-found]")).to_have_text(PRODUCTS)
    assert len([url for url in asked if "/products?" in url]) == 1


def test_sorting_keeps_the_filters_and_the_filters_keep_the_sorting(desktop: Page) -> None:
    open_search(desktop, "/search?attribute=Material:Stoneware")
    featured = names(desktop)
    desktop.get_by_role("navigation", name="Sort").get_by_role("link", name="Lowest price").click()
    desktop.wait_for_url("**sort=price_asc")
    settled(desktop)
    assert sorted(names(desktop)) == sorted(featured)
    assert names(desktop) != featured
    choose(desktop, "In stock")
    assert asked(desktop)["sort"] == ["price_asc"]
    expect(desktop.locator("[data-sort][aria-current]")).to_have_text("Lowest price")


def test_a_categorys_sort_links_lead_to_the_search_page(desktop: Page) -> None:
    desktop.goto("/categories/baking")
    desktop.get_by_role("link", name="Highest price").click()
    desktop.wait_for_url("**/search?category=baking&sort=price_desc")
    settled(desktop)
    expect(desktop.get_by_role("heading", level=1)).to_have_text("Baking")


def test_back_from_a_product_finds_the_pages_open_and_the_scroll_where_it_was(page: Page) -> None:
    open_search(page)
    shown = len(names(page))
    page.get_by_role("button", name="Load more").click()
    expect(page).to_have_url(re.compile("pages=2"))
    everything = names(page)
    assert len(everything) == total(page) > shown
    expect(page.locator("[data-results] a").nth(shown)).to_be_focused()
    page.locator("[data-results] a").nth(shown + 4).scroll_into_view_if_needed()
    scrolled = page.evaluate("scrollY")
    page.locator("[data-results] a").nth(shown + 4).click()
    page.wait_for_url("**/products/*")
    page.go_back()
    settled(page)
    assert names(page) == everything
    page.wait_for_function("before => Math.abs(scrollY - before) < 5", arg=scrolled)


def test_back_within_the_page_restores_the_scroll(desktop: Page) -> None:
    open_search(desktop)
    desktop.evaluate("scrollTo(0, 900)")
    choose(desktop, "Stoneware")
    assert desktop.evaluate("scrollY") < 500, "the first results are out of sight"
    desktop.go_back()
    expect(desktop.locator("[data-chosen]")).to_be_hidden()
    settled(desktop)
    desktop.wait_for_function("Math.abs(scrollY - 900) < 5")


def test_an_address_is_cleared_of_what_the_shop_does_not_have(desktop: Page) -> None:
    open_search(
        desktop,
        "/search?q=pan&category=bicycles&sort=loudest&min_price=-1&max_price=x&attribute=red&availability=no&pages=0&x=1",
    )
    desktop.wait_for_url("**/search?q=pan")
    expect(desktop.locator("[data-found]")).to_have_text(PRODUCTS)
    expect(desktop.locator("[data-sort][aria-current]")).to_have_text("Best match")
    open_search(desktop, "/search?sort=featured")
    desktop.wait_for_url("**/search")
    expect(desktop.locator("[data-sort][aria-current]")).to_have_text("Our order")


def test_prices_of_ones_own_are_a_filter_too(desktop: Page) -> None:
    open_search(desktop, "/search?min_price=3000&max_price=6000")
    assert chips(desktop) == ["£30 to £60"]
    everything = total(desktop)
    choose(desktop, "Stoneware")
    assert asked(desktop)["min_price"] == ["3000"]
    assert 0 < total(desktop) < everything
    choose(desktop, "Any price")
    assert "min_price" not in asked(desktop)


def test_chips_take_their_filter_away_and_the_keyboard_goes_to_the_next(desktop: Page) -> None:
    open_search(desktop, "/search?q=teapot&attribute=Material:Stoneware&attribute=Colour:Sage&max_price=9999")
    assert chips(desktop) == ["Under £100", "Stoneware", "Sage"]
    desktop.get_by_role("link", name="Remove the filter Material: Stoneware").press("Enter")
    expect(desktop.locator("[data-label]")).to_have_text(["Under £100", "Sage"])
    expect(desktop.get_by_role("link", name="Remove the filter Colour: Sage")).to_be_focused()
    desktop.get_by_role("link", name="Clear all").click()
    desktop.wait_for_url("**/search?q=teapot")
    expect(desktop.locator("[data-chosen]")).to_be_hidden()


def test_on_a_phone_the_filters_fold_away_and_count_what_is_chosen(page: Page) -> None:
    open_search(page, "/search?q=teapot&attribute=Material:Stoneware&max_price=9999")
    fold = page.locator("[data-fold] > summary")
    if page.viewport_size and page.viewport_size["width"] > 900:
        expect(fold).to_be_hidden()
        expect(page.get_by_role("radio", name="All shelves")).to_be_visible()
        return
    expect(fold).to_have_text("Filters (2)")
    expect(page.get_by_role("radio", name="All shelves")).to_be_hidden()
    fold.click()
    choose(page, "In stock")
    assert_good(page)
    page.get_by_role("button", name=re.compile(r"^Show \d+ product")).click()
    expect(page.get_by_role("radio", name="All shelves")).to_be_hidden()
    expect(page.locator("[data-status]")).to_be_focused()


def test_a_long_list_of_choices_is_folded_and_what_is_chosen_is_not(desktop: Page) -> None:
    open_search(desktop)
    material = desktop.get_by_role("group", name="Material")
    shown = material.get_by_role("checkbox").count()
    desktop.get_by_role("button", name="Show all choices of Material").click()
    assert material.get_by_role("checkbox").count() > shown
    expect(material.get_by_role("checkbox").nth(shown)).to_be_focused()


# --- Slow, superseded, broken


def test_a_search_that_another_overtakes_is_abandoned(desktop: Page) -> None:
    open_search(desktop)
    held = hold(desktop, re.compile("Stoneware(?!.*Glass)"))
    stoneware = choice(desktop, "Stoneware")
    with desktop.expect_event("requestfailed", lambda request: "Glass" not in request.url):
        stoneware.click()
        choice(desktop, "Glass").click()
    expect(desktop.locator("[data-label]")).to_have_text(["Stoneware", "Glass"])
    settled(desktop)
    assert len(held) == 1
    assert total(desktop) == len(names(desktop)) > 0


def test_results_that_are_long_in_coming_are_held_a_place(desktop: Page) -> None:
    desktop.clock.install()
    open_search(desktop)
    held = hold(desktop, SEARCHES)
    desktop.clock.pause_at(desktop.evaluate("Date.now()") + 1_000)
    results = desktop.locator("[data-results]")
    with desktop.expect_request(SEARCHES):
        choice(desktop, "Stoneware").click()
    expect(results).to_have_attribute("aria-busy", "true")
    expect(results.locator(".skeleton")).to_have_count(0)
    desktop.clock.run_for(300)
    expect(results.locator(".skeleton")).to_have_count(8)
    desktop.clock.resume()
    held[0].continue_()
    settled(desktop)
    expect(results.locator(".skeleton")).to_have_count(0)


def test_without_the_api_the_page_says_so_keeps_the_choices_and_goes_on_when_asked(page: Page) -> None:
    page.route(SEARCHES, lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
    page.goto("/search?q=teapot&attribute=Material:Stoneware")
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("The shop does not answer just now.")
    settled(page)
    expect(alert.get_by_role("link", name="Baking")).to_have_attribute("href", "/categories/baking")
    assert chips(page) == ["Stoneware"]
    expect(page.locator(".skeleton")).to_have_count(0)
    assert_good(page)
    page.unroute(SEARCHES)
    alert.get_by_role("button", name="Try again").click()
    expect(page.locator("[data-found]")).to_have_text(PRODUCTS)
    expect(alert).to_be_hidden()


def test_more_that_does_not_come_can_be_tried_again(desktop: Page) -> None:
    open_search(desktop)
    shown = names(desktop)
    desktop.route(SEARCHES, lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
    desktop.get_by_role("button", name="Load more").click()
    expect(desktop.get_by_role("alert")).to_contain_text("The shop does not answer just now.")
    assert names(desktop) == shown
    desktop.unroute(SEARCHES)
    desktop.get_by_role("button", name="Try again").click()
    expect(desktop).to_have_url(re.compile("pages=2"))
    assert len(names(desktop)) == total(desktop)


# --- Nothing, or something else


def test_a_repaired_search_says_what_was_typed_and_what_is_shown(desktop: Page) -> None:
    open_search(desktop, "/search?q=tepot")
    expect(desktop.locator("[data-status]")).to_have_text(
        re.compile(r"Nothing for “tepot”\. Showing “teapot”: \d+ products")
    )
    expect(box(desktop)).to_have_value("tepot")
    choose(desktop, "Stoneware")
    assert asked(desktop) == {"q": ["tepot"], "attribute": ["Material:Stoneware"]}
    expect(desktop.locator("[data-status]")).to_contain_text("Showing “teapot”")


def test_where_nothing_is_found_the_shelves_and_some_products_are_offered(desktop: Page) -> None:
    open_search(desktop, "/search?q=bicycle")
    expect(desktop.locator("[data-found]")).to_have_text("0 products")
    nothing = desktop.get_by_role("region", name="Nothing in the shop fits “bicycle”.")
    expect(nothing.get_by_role("link", name="Tea & coffee")).to_be_visible()
    expect(nothing.locator(".card a")).to_have_count(3)
    expect(desktop.get_by_role("form", name="Filters")).to_be_hidden()


def test_where_filters_are_in_the_way_it_is_said_which(desktop: Page) -> None:
    open_search(desktop, "/search?q=teapot&attribute=Material:Stoneware&max_price=2499")
    expect(desktop.get_by_role("heading", name="Nothing fits “teapot” with those filters.")).to_be_visible()
    ways = desktop.locator("[data-ways] a")
    expect(ways).to_have_text(
        [re.compile(r"Without “Under £25”: \d+ products?"), re.compile(r"Without any filter: \d+ products")]
    )
    offered = int(ways.first.inner_text().split()[-2])
    ways.first.click()
    expect(desktop.locator("[data-found]")).to_have_text(PRODUCTS)
    settled(desktop)
    assert total(desktop) == offered
    expect(desktop.get_by_role("heading", level=1)).to_be_focused()


def test_the_search_page_is_accessible_in_both_themes(themed: Page) -> None:
    for query in ("q=teapot&attribute=Material:Stoneware&max_price=9999", "q=tepot", "q=teapot&max_price=1"):
        open_search(themed, f"/search?{query}")
        expect(themed.locator(".card:not(.skeleton)").first).to_be_visible()
        assert_good(themed)
    box(themed).fill("tea")
    expect(options(themed).first).to_be_visible()
    themed.keyboard.press("ArrowDown")
    assert_good(themed)
