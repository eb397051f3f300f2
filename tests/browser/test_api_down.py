"""The API is cut off in the middle of each flow: browsing goes on, buying says so plainly, nothing is lost."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests import factories
from tests.browser.conftest import PHONE
from tests.browser.networks import (
    Fault,
    Line,
    answer,
    be_back,
    busy,
    expect_nothing_told,
    expect_settled,
    expect_silence_told,
    garbled,
    lost,
    refused,
    silent,
)
from tests.browser.test_accounts import link_mailed, sign_in
from tests.browser.test_cart import choose
from tests.browser.test_checkout_states import (
    ASKS_THE_BANK,
    at_checkout,
    attempt_is_kept,
    expect_outcome,
    go_to_the_bank,
    try_promo,
)
from tests.browser.test_purchase import PAID, add_to_cart, fill_in_address, fill_in_card, pay, sign_up
from tests.stack import Stack

# Nothing here depends on the size.
pytestmark = pytest.mark.parametrize("context", [PHONE], indirect=True, ids=["phone"])
NO_ANSWER = [refused, lost, silent, garbled]
EVERY_FAULT = [*NO_ANSWER, busy]
PAY = re.compile("^Pay £")
PROBED_MS = 16_000
# Three tries, each as late as Retry-After and chance allow.
ALL_TRIES_MS = 20_000


def name(fault: Fault) -> str:
    return fault.__name__


@pytest.fixture
def line(context: BrowserContext, stack: Stack) -> Line:
    return Line(context, stack)


# --- Looking round


def try_again(page: Page) -> None:
    """Press the button, unless the page has just found by itself that the API is back, and taken it away."""
    page.evaluate("[...document.querySelectorAll('button')].find((one) => one.textContent === 'Try again')?.click()")


@pytest.mark.parametrize(
    ("path", "fault"),
    [
        ("/", silent),
        ("/categories/tea-and-coffee", refused),
        ("/products/stoneware-teapot", garbled),
        ("/products/stoneware-teapot", silent),
    ],
    ids=["home-silent", "category-refused", "product-garbled", "product-silent"],
)
def test_browsing_goes_on_and_stock_comes_by_itself_once_the_api_is_back(
    page: Page, line: Line, path: str, fault: Fault
) -> None:
    line.cut(fault)
    page.goto(path)
    expect_silence_told(page)
    expect(page.get_by_text("Stoneware teapot").first).to_be_visible()
    expect(page.get_by_text("£48.00").first).to_be_visible()
    expect(page.locator("[role=alert]:visible")).to_have_count(0)
    expect_settled(page)
    line.mend()
    be_back(page)
    expect_nothing_told(page)
    expect(page.locator("[data-stock=in_stock]").first).to_have_text("In stock")


def test_the_api_is_asked_now_and_then_whether_it_answers_again(page: Page, line: Line) -> None:
    page.clock.install()
    line.cut(refused)
    page.goto("/products/stoneware-teapot")
    page.clock.run_for(3_000)
    expect_silence_told(page)
    line.mend()
    page.clock.run_for(PROBED_MS)
    expect_nothing_told(page)
    assert line.count("GET", "/health") >= 1


def refuse_once() -> Fault:
    left = [refused]

    def fail(route: Route) -> None:
        (left.pop() if left else Route.continue_)(route)

    return fail


def test_a_silence_that_the_next_try_ends_is_not_worth_a_word(page: Page, line: Line) -> None:
    said: list[str] = []
    page.expose_function("hear", lambda words: said.append(words) if words else None)
    page.add_init_script(
        "addEventListener('DOMContentLoaded', () => new MutationObserver(([change]) => hear(change.target.textContent))"
        ".observe(document.querySelector('[data-offline]'), { childList: true }))"
    )
    line.cut(refuse_once(), "/availability**")
    page.goto("/products/stoneware-teapot")
    expect(page.locator("form [data-stock]")).to_have_text("In stock")
    page.wait_for_timeout(1_200)
    assert said == []


def test_things_go_into_the_cart_without_the_api(page: Page, line: Line) -> None:
    line.cut(refused)
    add_to_cart(page, "everyday-mug")
    expect(page.locator("[data-added]")).to_contain_text("1 thing in the cart")
    expect(page.locator("[data-cart-count]")).to_have_text("1")


# --- How calls are repeated


def test_a_read_is_tried_three_times_and_no_sooner_than_it_was_told(page: Page, line: Line) -> None:
    page.goto("/404")
    line.cut(busy)
    times = page.evaluate(
        """async () => {
          const tried = [];
          const real = window.fetch;
          window.fetch = (...call) => (tried.push(performance.now()), real(...call));
          const { call } = await import('/assets/js/api.js');
          await call('GET', '/products').catch(() => {});
          return tried;
        }"""
    )
    assert len(times) == 3
    assert all(later - earlier >= 1_000 for earlier, later in pairwise(times))


def test_a_read_waits_8_seconds_and_a_write_15(page: Page, line: Line) -> None:
    page.goto("/404")
    line.cut(busy)
    limits = page.evaluate(
        """async () => {
          const limits = [];
          AbortSignal.timeout = (ms) => (limits.push(ms), new AbortController().signal);
          const { call } = await import('/assets/js/api.js');
          await call('POST', '/sessions', { body: {} }).catch(() => {});
          await call('GET', '/products').catch(() => {});
          return limits;
        }"""
    )
    assert limits == [15_000, 8_000, 8_000, 8_000]


def test_a_long_wait_is_left_to_the_shopper(page: Page, line: Line) -> None:
    problem = '{"status": 429, "code": "too_many_requests"}'
    line.cut(lambda r: answer(r, 429, problem, "application/problem+json", {"retry-after": "90"}), "/sessions")
    sign_in(page, factories.email())
    expect(page.locator("[data-summary]")).to_contain_text("You can try again in 2 minutes.")
    assert line.count("POST", "/sessions") == 1


# --- The cart


@pytest.mark.parametrize("fault", [silent, busy], ids=name)
def test_a_cart_without_prices_keeps_its_lines_and_knows_no_total(page: Page, line: Line, fault: Fault) -> None:
    add_to_cart(page, "everyday-mug")
    line.cut(fault)
    page.goto("/cart")
    expect(page.get_by_text("may have changed, so there is no total")).to_be_visible()
    expect(page.get_by_text("£14.00 each, when you last looked")).to_be_visible()
    expect(page.locator(".totals")).to_be_hidden()
    expect(page.get_by_role("link", name="Check out")).to_be_hidden()
    choose(page, "Everyday mug", 3)
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    expect_settled(page)
    line.mend()
    try_again(page)
    expect(page.locator(".totals")).to_contain_text("£42.00")
    expect(page.get_by_label("Quantity of Everyday mug")).to_have_value("3")


def test_a_carts_prices_come_by_themselves_once_the_api_is_back(page: Page, line: Line) -> None:
    add_to_cart(page, "everyday-mug")
    line.cut(refused)
    page.goto("/cart")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    line.mend()
    be_back(page)
    expect(page.locator(".totals")).to_contain_text("£14.00")
    expect(page.get_by_role("link", name="Check out")).to_be_visible()


def test_slow_stock_does_not_hold_up_the_total(page: Page, line: Line) -> None:
    add_to_cart(page, "everyday-mug")
    line.cut(silent, "/availability**")
    page.goto("/cart")
    expect(page.get_by_role("link", name="Check out")).to_be_visible(timeout=1_500)


def test_a_promo_code_outlives_a_quote_that_failed(page: Page, line: Line) -> None:
    add_to_cart(page, "stoneware-teapot")
    page.goto("/cart")
    expect(page.locator(".totals")).to_be_visible()
    line.cut(refused)
    try_promo(page, "WELCOME10")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    line.mend()
    try_again(page)
    expect(page.locator(".totals")).to_contain_text("−£4.80")


# --- The checkout


@pytest.mark.parametrize("fault", [refused, garbled], ids=name)
def test_a_checkout_without_prices_keeps_what_was_typed_and_asks_for_no_money(
    page: Page, line: Line, fault: Fault
) -> None:
    line.cut(fault)
    at_checkout(page)
    expect(page.locator("#order-summary")).to_contain_text("Nothing was charged")
    expect(page.get_by_role("button", name="Pay", exact=True)).to_be_disabled()
    page.get_by_label("Express delivery").check()
    expect(page.locator("#order-summary").get_by_role("button", name="Try again")).to_be_visible()
    expect_settled(page)
    line.mend()
    try_again(page)
    expect(page.get_by_role("button", name=PAY)).to_be_enabled()
    expect(page.get_by_label("Express delivery")).to_be_checked()
    expect(page.get_by_label("Address line 1")).to_have_value("1 Mill Lane")


def test_a_checkouts_prices_come_by_themselves_once_the_api_is_back(page: Page, line: Line) -> None:
    line.cut(refused)
    at_checkout(page)
    expect(page.locator("#order-summary")).to_contain_text("Nothing was charged")
    expect_silence_told(page)
    line.mend()
    be_back(page)
    expect(page.get_by_role("button", name=PAY)).to_be_enabled()


def test_a_signed_in_shopper_can_type_his_address_while_it_cannot_be_looked_up(page: Page, line: Line) -> None:
    email = sign_up(page)
    line.cut(refused, "/sessions/refresh")
    page.goto("/checkout?sku=MUG-INK&quantity=1")
    expect(page.locator("[data-who]")).to_contain_text("You are signed in. We could not look up your details")
    page.get_by_label("Full name").fill("Augusta King")
    expect_silence_told(page)
    line.mend()
    be_back(page)
    expect(page.locator("[data-who]")).to_have_text(f"Signed in as {email}.")
    expect(page.get_by_label("Full name")).to_have_value("Augusta King")
    expect(page.get_by_label("Email address")).to_have_value(email)


def test_a_session_that_cannot_be_renewed_stops_a_payment_before_it_begins(page: Page, line: Line) -> None:
    sign_up(page)
    page.clock.install()
    page.goto("/checkout?sku=MUG-INK&quantity=1")
    expect(page.get_by_text("Signed in as")).to_be_visible()
    fill_in_address(page)
    fill_in_card(page)
    expect(page.get_by_role("button", name=PAY)).to_be_enabled()
    page.clock.set_system_time(page.evaluate("Date.now() + 3_600_000"))
    line.cut(refused, "/sessions/refresh")
    page.get_by_role("button", name=PAY).click()
    page.clock.run_for(3_000)
    expect(page.locator("[data-summary]")).to_contain_text("Nothing was charged")
    assert not attempt_is_kept(page)
    assert line.count("POST", "/orders") == 0
    line.mend()
    page.get_by_role("button", name=PAY).click()
    page.wait_for_url("**/confirmation?order=*")


@pytest.mark.parametrize("fault", EVERY_FAULT, ids=name)
def test_an_order_without_an_answer_is_finished_with_one_click_and_paid_once(
    page: Page, line: Line, fault: Fault
) -> None:
    add_to_cart(page, "noodle-bowl")
    page.goto("/checkout")
    page.get_by_label("Email address").fill(factories.email())
    page.get_by_label("Full name").fill("Ada Lovelace")
    fill_in_address(page)
    expect(page.get_by_role("button", name=PAY)).to_be_enabled()
    line.cut(fault, "/orders", "POST")
    pay(page)
    expect(page.get_by_role("heading", name=re.compile("We do not know yet"))).to_be_visible(timeout=20_000)
    expect(page.get_by_text("It is paid once at most")).to_be_visible()
    if fault is busy:
        expect(page.get_by_text("req-503")).to_be_visible()
    expect(page.locator("[data-cart-count]")).to_have_text("1")
    line.mend()
    page.get_by_role("button", name="Finish it").click()
    page.wait_for_url("**/confirmation?order=*")
    expect_outcome(page, PAID)
    expect(page.locator("[data-cart-count]")).to_be_hidden()
    assert len(line.keys("POST", "/orders")) == 4
    assert len(set(line.keys("POST", "/orders"))) == 1


# --- The bank


@pytest.mark.parametrize("fault", [garbled, silent], ids=name)
def test_a_bank_that_does_not_answer_is_asked_again(page: Page, line: Line, fault: Fault) -> None:
    at_checkout(page)
    line.cut(fault, "/sandbox/challenges/*", "GET")
    pay(page, ASKS_THE_BANK)
    expect_outcome(page, "The bank did not answer")
    line.mend()
    try_again(page)
    expect_outcome(page, "Do you want to make this payment?")


@pytest.mark.parametrize("fault", [lost, busy], ids=name)
def test_an_answer_to_the_bank_that_got_lost_is_given_again(page: Page, line: Line, fault: Fault) -> None:
    go_to_the_bank(page)
    line.cut(fault, "/sandbox/challenges/*", "POST")
    page.get_by_role("button", name="Confirm payment").click()
    expect(page.get_by_text("You can answer again: only the first answer counts.")).to_be_visible()
    expect_settled(page)
    line.mend()
    page.get_by_role("button", name="Confirm payment").click()
    page.wait_for_url("**/confirmation?order=*")
    expect_outcome(page, PAID)


# --- The order


@pytest.mark.parametrize(("fault", "again"), [(silent, "click"), (refused, "by itself")], ids=["click", "by-itself"])
def test_an_order_that_cannot_be_looked_up_says_so_and_is_shown_once_it_can(
    page: Page, line: Line, fault: Fault, again: str
) -> None:
    at_checkout(page)
    line.cut(fault, "/orders/*")
    pay(page)
    page.wait_for_url("**/confirmation?order=*")
    expect(page.get_by_role("button", name="Try again")).to_be_enabled()
    line.mend()
    if again == "click":
        try_again(page)
    else:
        expect_silence_told(page)
        be_back(page)
    expect_outcome(page, PAID)
    expect_settled(page)


def test_an_order_is_never_a_blank_page(page: Page, line: Line) -> None:
    at_checkout(page)
    line.cut(silent, "/orders/*")
    pay(page)
    page.wait_for_url("**/confirmation?order=*")
    expect(page.get_by_text("Looking it up…")).to_be_visible()
    expect(page.locator("#order")).to_have_attribute("aria-busy", "true")
    line.mend()
    expect_outcome(page, PAID)


@pytest.mark.parametrize("fault", [refused, lost], ids=name)
def test_a_cancellation_without_an_answer_is_found_out(page: Page, line: Line, fault: Fault) -> None:
    at_checkout(page)
    pay(page)
    page.wait_for_url("**/confirmation?order=*")
    expect_outcome(page, PAID)
    line.cut(fault, "/orders/**")
    page.get_by_role("button", name="Cancel this order").click()
    page.get_by_role("button", name="Cancel the order").click()
    told = page.get_by_text("we do not know yet whether your order is cancelled")
    expect(told).to_be_focused()
    expect_silence_told(page)
    line.mend()
    be_back(page)
    if fault is refused:
        page.get_by_role("button", name="Cancel this order").click()
        page.get_by_role("button", name="Cancel the order").click()
    expect_outcome(page, re.compile("Cancelled"))
    expect(told).to_be_hidden()


# --- Accounts


@pytest.mark.parametrize("fault", [refused, lost, garbled, busy], ids=name)
def test_a_sign_in_without_an_answer_keeps_what_was_typed(page: Page, line: Line, fault: Fault) -> None:
    email = sign_up(page)
    page.evaluate("localStorage.clear()")
    line.cut(fault, "/sessions")
    sign_in(page, email)
    summary = page.locator("[data-summary]")
    expect(summary).to_be_focused()
    expect(summary).to_contain_text("req-503" if fault is busy else "What you typed is kept")
    expect(summary).not_to_contain_text("tell us this: .")
    expect(page.get_by_label("Email address")).to_have_value(email)
    expect(page.get_by_label("Password", exact=False).first).to_have_value(factories.PASSWORD)
    expect_settled(page)
    line.mend()
    page.get_by_role("button", name="Sign in").last.click()
    page.wait_for_url("**/account")


def test_a_sign_up_whose_answer_got_lost_is_told_that_the_account_may_exist(page: Page, line: Line) -> None:
    page.goto("/sign-up")
    email = factories.email()
    page.get_by_label("Full name").fill("Ada Lovelace")
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password", exact=False).first.fill(factories.PASSWORD)
    line.cut(lost, "/accounts")
    page.get_by_role("button", name="Create account").click()
    expect(page.locator("[data-summary]")).to_contain_text("What you typed is kept")
    line.mend()
    page.get_by_role("button", name="Create account").click()
    expect(page.locator("[data-summary]")).to_contain_text("may have created the account")
    sign_in(page, email)
    page.wait_for_url("**/account")


@pytest.mark.parametrize(
    ("path", "fault"),
    [("/account", lost), ("/security", garbled), ("/devices", silent), ("/account", busy)],
    ids=["account-lost", "security-garbled", "devices-silent", "account-busy"],
)
def test_a_session_that_cannot_be_renewed_signs_nobody_out(page: Page, line: Line, fault: Fault, path: str) -> None:
    sign_up(page)
    line.cut(fault, "/sessions/refresh")
    page.goto(path)
    expect(page.get_by_role("button", name="Try again")).to_be_visible(timeout=ALL_TRIES_MS)
    expect(page.get_by_role("link", name="Account", exact=True).first).to_be_visible()
    expect_settled(page)
    line.mend()
    try_again(page)
    expect(page.locator("[data-content]")).to_be_visible()


def test_an_account_opens_by_itself_once_the_api_is_back(page: Page, line: Line) -> None:
    sign_up(page)
    line.cut(refused)
    page.goto("/account")
    expect(page.get_by_role("button", name="Try again").first).to_be_visible()
    expect_silence_told(page)
    line.mend()
    be_back(page)
    expect(page.get_by_role("heading", name="Hello, Ada Lovelace")).to_be_visible()
    expect(page.get_by_text("Nothing yet.")).to_be_visible()
    expect_settled(page)


def test_what_an_account_does_not_get_done_it_says(page: Page, line: Line) -> None:
    sign_up(page)
    expect(page.get_by_text("Nothing yet.")).to_be_visible()
    line.cut(refused)
    page.get_by_label("Full name").fill("Augusta King")
    page.get_by_role("button", name="Save name").click()
    expect(page.locator("[data-summary]")).to_contain_text("What you typed is kept")
    page.get_by_role("button", name="Sign out").click()
    expect(page.locator("[data-leaving]")).to_contain_text("You are still signed in.")
    expect_settled(page)
    line.mend()
    page.get_by_role("button", name="Save name").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.get_by_role("heading", name="Hello, Augusta King")).to_be_visible()


def test_a_device_that_could_not_be_signed_out_is_told(page: Page, line: Line) -> None:
    sign_up(page)
    page.goto("/devices")
    page.get_by_role("button", name="Sign out").click()
    line.cut(garbled)
    page.get_by_role("button", name="Sign out", exact=True).last.click()
    expect(page.locator("[data-said]")).to_contain_text("does not answer just now")
    expect(page.locator("[data-said]")).to_be_focused()
    expect_settled(page)


def test_a_password_change_whose_answer_got_lost_is_told_that_it_may_hold(page: Page, line: Line) -> None:
    sign_up(page)
    page.goto("/security")
    page.get_by_text("Change password").first.click()
    form = page.locator("#change-password")
    form.locator("[name=password]").fill(factories.PASSWORD)
    form.locator("[name=new_password]").fill("three new words for it")
    line.cut(lost, "/account/password")
    form.locator("button[data-pending]").click()
    expect(page.locator("[data-summary]:visible")).to_contain_text("What you typed is kept")
    line.mend()
    form.locator("button[data-pending]").click()
    expect(page.locator("[data-summary]:visible")).to_contain_text("the new one may hold already")


def test_a_new_password_whose_answer_got_lost_is_told_that_it_may_hold(page: Page, line: Line) -> None:
    email = sign_up(page)
    page.goto("/reset")
    line.cut(refused, "/password-resets")
    page.get_by_label("Email address").fill(email)
    page.get_by_role("button", name="Send me a link").click()
    expect(page.locator("[data-summary]:visible")).to_contain_text("What you typed is kept")
    line.mend()
    page.get_by_role("button", name="Send me a link").click()
    expect(page.get_by_role("heading", name="Look in your mail")).to_be_visible()
    page.goto(link_mailed(page, email, "password"))
    page.get_by_label("New password").fill("three new words for it")
    line.cut(lost, "/password-resets/confirmation")
    page.get_by_role("button", name="Save new password").click()
    expect(page.locator("[data-summary]:visible")).to_contain_text("What you typed is kept")
    line.mend()
    page.get_by_role("button", name="Save new password").click()
    page.get_by_role("link", name="see whether the new one signs you in").click()
    sign_in(page, email, "three new words for it")
    page.wait_for_url("**/account")


@pytest.mark.parametrize("fault", [refused, lost], ids=name)
def test_an_address_is_confirmed_at_the_second_try(page: Page, line: Line, fault: Fault) -> None:
    email = sign_up(page)
    link = link_mailed(page, email, "Please verify your address")
    line.cut(fault, "/email-verifications")
    page.goto(link)
    expect(page.get_by_role("heading", name="We could not confirm it yet")).to_be_visible()
    line.mend()
    try_again(page)
    expect(page.get_by_role("heading", name="That is confirmed")).to_be_visible()


def test_a_cart_that_could_not_be_shared_is_shared_once_the_api_is_back(page: Page, line: Line) -> None:
    sign_up(page)
    line.cut(refused)
    add_to_cart(page, "everyday-mug")
    expect_silence_told(page)
    line.mend()
    with page.expect_request(lambda request: request.method == "PUT" and request.url.endswith("/cart")):
        be_back(page)
