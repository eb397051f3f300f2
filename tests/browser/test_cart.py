"""The cart that follows the account: from one browser to the next, and out of a browser at sign-out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, Route, expect

from tests.browser.test_accounts import leave, sign_in
from tests.browser.test_purchase import add_to_cart, fill_in_address, fill_in_guest, pay, sign_up
from tests.stack import Stack

MUG, BOWL, PIN = "everyday-mug", "noodle-bowl", "rolling-pin"
A_MOMENT_MS = 1_000
SETTLED = """() => {
  const stored = localStorage.getItem('agreed-cart') ?? '';
  if (!stored.includes('shown')) return false;
  const agreed = JSON.parse(stored).shown;
  const units = JSON.parse(localStorage.getItem('cart') ?? '[]').map(({ sku, quantity }) => [sku, quantity]);
  return JSON.stringify(agreed.sort()) === JSON.stringify(units.sort());
}"""


@contextmanager
def device(browser: Browser, stack: Stack) -> Iterator[BrowserContext]:
    context = browser.new_context(base_url=stack.site, reduced_motion="reduce")
    context.set_default_timeout(10_000)
    yield context
    context.close()


@pytest.fixture
def context(browser: Browser, stack: Stack) -> Iterator[BrowserContext]:
    """One size only: nothing here depends on it."""
    with device(browser, stack) as here:
        yield here


@pytest.fixture
def elsewhere(browser: Browser, stack: Stack) -> Iterator[Page]:
    """A page on another device of the shopper's."""
    with device(browser, stack) as there:
        yield there.new_page()


class Gate:
    """Keeps changes of carts on their way, from some pages, until it is opened."""

    def __init__(self, stack: Stack, *pages: Page) -> None:
        self.held: list[Route] = []
        self._closed = True
        for page in pages:
            page.route(f"{stack.api}/cart", self._on_request)

    def _on_request(self, route: Route) -> None:
        if self._closed and route.request.method == "PUT":
            self.held.append(route)
        else:
            route.continue_()

    def open(self) -> None:
        self._closed = False
        for route in self.held:
            route.continue_()


def arrive(page: Page, email: str) -> None:
    """Sign in, and wait until the account is open."""
    sign_in(page, email)
    page.wait_for_url("**/account")


def settle(page: Page) -> None:
    """Wait until the account has what the page's cart holds."""
    page.wait_for_function(SETTLED)


def end_session(page: Page) -> None:
    """Let the session end by itself."""
    page.wait_for_load_state("networkidle")
    page.context.clear_cookies()
    page.goto("/account")
    page.wait_for_url("**/sign-in?next=*")


def expect_cart(page: Page, *things: tuple[str, int]) -> None:
    """Open the cart and find those things in it, and nothing else."""
    page.goto("/cart")
    if not things:
        expect(page.get_by_text("Your cart is empty.")).to_be_visible()
    for name, quantity in things:
        expect(page.get_by_label(f"Quantity of {name}")).to_have_value(str(quantity))
    expect(page.locator(".lines > li")).to_have_count(len(things))


def choose(page: Page, name: str, quantity: int) -> None:
    page.get_by_label(f"Quantity of {name}").select_option(str(quantity))


def test_a_guests_cart_and_the_accounts_become_one_at_sign_in(page: Page, elsewhere: Page) -> None:
    email = sign_up(elsewhere)
    add_to_cart(elsewhere, MUG)
    add_to_cart(elsewhere, BOWL)
    elsewhere.goto("/cart")
    choose(elsewhere, "Noodle bowl", 3)
    settle(elsewhere)
    add_to_cart(page, MUG)
    add_to_cart(page, MUG)
    add_to_cart(page, PIN)
    arrive(page, email)
    merged = ("Everyday mug", 2), ("Noodle bowl", 3), ("Rolling pin", 1)
    expect(page.locator("[data-cart-count]")).to_have_text("6")
    expect_cart(page, *merged)
    expect(page.get_by_role("link", name="Check out")).to_be_visible()
    expect_cart(elsewhere, *merged)


def test_a_guests_cart_goes_into_a_new_account(page: Page, elsewhere: Page) -> None:
    add_to_cart(page, MUG)
    email = sign_up(page)
    arrive(elsewhere, email)
    expect_cart(elsewhere, ("Everyday mug", 1))


def test_signing_in_again_changes_nothing(page: Page) -> None:
    email = sign_up(page)
    add_to_cart(page, MUG)
    add_to_cart(page, MUG)
    settle(page)
    for _ in range(2):
        leave(page)
        arrive(page, email)
        expect_cart(page, ("Everyday mug", 2))
    end_session(page)
    arrive(page, email)
    expect_cart(page, ("Everyday mug", 2))


def test_additions_changes_and_removals_travel(page: Page, elsewhere: Page) -> None:
    email = sign_up(page)
    arrive(elsewhere, email)
    add_to_cart(page, MUG)
    add_to_cart(page, BOWL)
    settle(page)
    expect_cart(elsewhere, ("Everyday mug", 1), ("Noodle bowl", 1))
    choose(elsewhere, "Noodle bowl", 4)
    elsewhere.get_by_role("button", name="Remove Everyday mug").click()
    settle(elsewhere)
    expect_cart(page, ("Noodle bowl", 4))
    expect(page.locator("[data-cart-count]")).to_have_text("4")


def test_a_change_made_just_before_leaving_the_page_is_sent(page: Page, elsewhere: Page) -> None:
    email = sign_up(page)
    arrive(elsewhere, email)
    add_to_cart(page, MUG)
    settle(page)
    page.goto("/cart")
    page.wait_for_load_state("networkidle")
    choose(page, "Everyday mug", 5)
    page.goto("about:blank")
    elsewhere.wait_for_timeout(A_MOMENT_MS)
    expect_cart(elsewhere, ("Everyday mug", 5))


def test_signing_out_empties_the_browser_and_signing_in_brings_all_back(page: Page) -> None:
    email = sign_up(page)
    add_to_cart(page, MUG)
    add_to_cart(page, BOWL)
    leave(page)
    expect(page.locator("[data-cart-count]")).to_be_hidden()
    assert page.evaluate("Object.keys(localStorage)") == ["cart"]
    expect_cart(page)
    arrive(page, email)
    expect_cart(page, ("Everyday mug", 1), ("Noodle bowl", 1))


def test_the_next_person_on_this_computer_gets_a_cart_of_his_own(page: Page) -> None:
    email = sign_up(page)
    left_open = page.context.new_page()
    add_to_cart(left_open, BOWL)
    left_open.get_by_role("button", name="Add to cart").click()
    settle(left_open)
    leave(page)
    sign_up(page)
    expect_cart(page)
    settle(page)
    left_open.get_by_role("button", name="Add to cart").click()
    settle(left_open)
    expect_cart(page, ("Noodle bowl", 1))
    leave(page)
    arrive(page, email)
    expect_cart(page, ("Noodle bowl", 2))


def test_what_could_not_be_sent_stays_in_the_browser_at_sign_out(page: Page, stack: Stack) -> None:
    email = sign_up(page)
    page.route(f"{stack.api}/cart", lambda route: route.abort())
    add_to_cart(page, MUG)
    leave(page)
    expect_cart(page, ("Everyday mug", 1))
    page.unroute(f"{stack.api}/cart")
    arrive(page, email)
    expect_cart(page, ("Everyday mug", 1))
    leave(page)
    expect_cart(page)


def test_a_failed_sync_is_told_nowhere_and_made_good_on_the_next_page(
    page: Page, elsewhere: Page, stack: Stack
) -> None:
    email = sign_up(page)
    page.route(f"{stack.api}/cart", lambda route: route.fulfill(status=500, body="{}"))
    add_to_cart(page, MUG)
    expect_cart(page, ("Everyday mug", 1))
    page.wait_for_timeout(A_MOMENT_MS)
    expect(page.locator("[role=alert]:visible")).to_have_count(0)
    page.unroute(f"{stack.api}/cart")
    page.goto("/")
    settle(page)
    arrive(elsewhere, email)
    expect_cart(elsewhere, ("Everyday mug", 1))


def test_a_cart_that_cannot_be_merged_does_not_hold_up_the_sign_in(page: Page, elsewhere: Page, stack: Stack) -> None:
    email = sign_up(elsewhere)
    page.route(f"{stack.api}/cart", lambda route: None)
    add_to_cart(page, MUG)
    arrive(page, email)
    expect(page.locator("[data-cart-count]")).to_have_text("1")


def test_a_session_that_ended_by_itself_leaves_the_cart(page: Page) -> None:
    sign_up(page)
    add_to_cart(page, MUG)
    settle(page)
    end_session(page)
    expect(page.locator("[data-cart-count]")).to_have_text("1")


def test_two_devices_that_change_different_lines_at_once_lose_nothing(
    page: Page, elsewhere: Page, stack: Stack
) -> None:
    email = sign_up(page)
    for slug in (MUG, BOWL, PIN):
        add_to_cart(page, slug)
    settle(page)
    arrive(elsewhere, email)
    both = page, elsewhere
    for one in both:
        expect_cart(one, ("Everyday mug", 1), ("Noodle bowl", 1), ("Rolling pin", 1))
    gate = Gate(stack, *both)
    choose(page, "Everyday mug", 3)
    elsewhere.get_by_role("button", name="Remove Noodle bowl").click()
    for one in both:
        one.wait_for_timeout(A_MOMENT_MS)
    assert len(gate.held) == len(both)
    assert len({route.request.headers["if-match"] for route in gate.held}) == 1
    gate.open()
    for one in both:
        settle(one)
    for one in both:
        expect_cart(one, ("Everyday mug", 3), ("Rolling pin", 1))


def test_what_changes_while_a_change_is_on_its_way_is_sent_after_it(page: Page, elsewhere: Page, stack: Stack) -> None:
    email = sign_up(page)
    add_to_cart(page, MUG)
    settle(page)
    page.goto("/cart")
    gate = Gate(stack, page)
    choose(page, "Everyday mug", 2)
    page.wait_for_timeout(A_MOMENT_MS)
    choose(page, "Everyday mug", 1)
    gate.open()
    page.wait_for_timeout(A_MOMENT_MS)
    settle(page)
    arrive(elsewhere, email)
    expect_cart(elsewhere, ("Everyday mug", 1))


def test_what_is_bought_leaves_the_cart_on_every_device(page: Page, elsewhere: Page) -> None:
    email = sign_up(page)
    add_to_cart(page, MUG)
    settle(page)
    arrive(elsewhere, email)
    expect_cart(elsewhere, ("Everyday mug", 1))
    page.goto("/checkout")
    expect(page.get_by_text("Signed in as")).to_be_visible()
    fill_in_address(page)
    pay(page)
    page.wait_for_url("**/confirmation?order=*")
    settle(page)
    expect_cart(elsewhere)


def test_the_checkout_takes_over_what_changed_elsewhere_before_it_is_paid(page: Page, elsewhere: Page) -> None:
    email = sign_up(page)
    add_to_cart(page, MUG)
    settle(page)
    arrive(elsewhere, email)
    add_to_cart(elsewhere, BOWL)
    settle(elsewhere)
    page.goto("/checkout")
    expect(page.get_by_role("heading", name="Your cart has changed")).to_be_visible()
    expect(page.locator("#order-summary")).to_contain_text("Noodle bowl")


def test_buying_one_thing_now_leaves_the_cart_alone(page: Page, stack: Stack) -> None:
    sign_up(page)
    asked: list[Request] = []
    page.on("request", lambda request: asked.append(request) if request.url == f"{stack.api}/cart" else None)
    page.goto("/checkout?sku=MUG-SAGE&quantity=1")
    expect(page.get_by_role("button", name=re.compile("^Pay £"))).to_be_enabled()
    page.wait_for_load_state("networkidle")
    assert asked == []


def test_what_is_not_sold_any_more_stays_in_the_account_and_is_not_shown(
    page: Page, elsewhere: Page, stack: Stack
) -> None:
    email = sign_up(page)
    with page.expect_request(lambda request: request.url == f"{stack.api}/cart") as asked:
        add_to_cart(page, MUG)
    authorised = {"Authorization": asked.value.headers["authorization"], "If-Match": "*"}
    kept = [{"sku": "NO-LONGER-SOLD", "quantity": 2}, {"sku": "MUG-SAGE", "quantity": 1}]
    settle(page)
    page.request.put(f"{stack.api}/cart", data={"lines": kept}, headers=authorised)
    arrive(elsewhere, email)
    expect_cart(elsewhere, ("Everyday mug", 1))
    choose(elsewhere, "Everyday mug", 2)
    settle(elsewhere)
    answer = page.request.get(f"{stack.api}/cart", headers=authorised).json()
    assert sorted((line["sku"], line["quantity"]) for line in answer["lines"]) == [
        ("MUG-SAGE", 2),
        ("NO-LONGER-SOLD", 2),
    ]


@pytest.mark.parametrize("kept", ["null", "{}", "[", '{"account": 1}'])
def test_a_broken_note_of_what_was_agreed_is_none(page: Page, kept: str) -> None:
    sign_up(page)
    add_to_cart(page, MUG)
    settle(page)
    page.goto("/404")
    page.evaluate("kept => localStorage.setItem('agreed-cart', kept)", kept)
    expect_cart(page, ("Everyday mug", 1))
    settle(page)


def test_a_guest_loads_nothing_of_it_and_asks_nothing(page: Page, stack: Stack) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    add_to_cart(page, MUG)
    page.goto("/checkout")
    fill_in_guest(page)
    page.wait_for_timeout(A_MOMENT_MS)
    assert not any("cart-sync" in url or url == f"{stack.api}/cart" for url in asked)
