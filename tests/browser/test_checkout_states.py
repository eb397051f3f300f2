"""The checkout in every state it comes to: cards, promo codes, the bank, lost answers, other tabs, second thoughts."""

from __future__ import annotations

import re
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
import requests
from playwright.sync_api import APIResponse, Browser, Page, Request, Route, expect
from playwright.sync_api import Error as PlaywrightError

from tests.browser.accessible import assert_good
from tests.browser.conftest import PHONE
from tests.browser.test_purchase import (
    DECLINED,
    PAID,
    VISA,
    add_to_cart,
    buy_now,
    fill_in_address,
    fill_in_card,
    fill_in_guest,
    hold_purchases,
    is_post,
    pay,
    sign_up,
)
from tests.stack import Stack

NO_FUNDS = "4000 0000 0000 9995"
ASKS_THE_BANK = "4000 0025 0000 3155"
ANSWER_LOST = "4000 0000 0000 0044"
NO_ANSWER = "4000 0000 0000 0119"
NOT_A_TEST_CARD = "5555 5555 5555 4444"
SETTLING_MS = 45_000
# One size is enough where it is of no matter.
on_a_phone = pytest.mark.parametrize("context", [PHONE], indirect=True, ids=["phone"])


def at_checkout(page: Page, slug: str = "noodle-bowl") -> None:
    buy_now(page, slug)
    fill_in_guest(page)


def go_to_the_bank(page: Page) -> None:
    at_checkout(page)
    pay(page, ASKS_THE_BANK)
    page.wait_for_url("**/challenge?payment=*")
    expect(page.get_by_role("heading", name="Do you want to make this payment?")).to_be_visible()


def expect_outcome(page: Page, heading: str | re.Pattern[str]) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(heading, timeout=SETTLING_MS)


def expect_under_way(page: Page) -> None:
    expect(page.get_by_role("heading", name="A purchase is under way")).to_be_visible()
    expect(page.locator("#checkout")).to_be_hidden()


def lose_answers(page: Page, stack: Stack, *, after_serving: bool = True) -> list[APIResponse | None]:
    """Let orders be placed, and cut off every answer, until the test unroutes it."""
    lost: list[APIResponse | None] = []

    def lose(route: Route) -> None:
        if not is_post(route):
            route.continue_()
            return
        lost.append(route.fetch() if after_serving else None)
        # The page may have been left meanwhile, and with it the call.
        with suppress(PlaywrightError):
            route.abort()

    page.context.route(f"{stack.api}/orders", lose)
    return lost


def keys_of_purchases(page: Page) -> set[str]:
    """Collect the Idempotency-Keys that the context sends from now on."""
    keys: set[str] = set()

    def collect(request: Request) -> None:
        if request.method == "POST" and request.url.endswith("/orders"):
            keys.add(request.headers["idempotency-key"])

    page.context.on("request", collect)
    return keys


def attempt_is_kept(page: Page) -> bool:
    return page.evaluate("localStorage.getItem('purchase')") is not None


# --- The card form


@pytest.mark.parametrize("number", [VISA, DECLINED, NOT_A_TEST_CARD])
def test_a_card_number_never_leaves_the_page(page: Page, number: str) -> None:
    sent: list[str] = []
    page.context.on("request", lambda request: sent.append(f"{request.url} {request.post_data} {request.headers}"))
    at_checkout(page)
    pay(page, number)
    page.wait_for_timeout(1_500)
    page.reload()
    page.goto("/checkout?sku=MUG-INK&quantity=1")
    stored = page.evaluate("JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie])")
    digits = number.replace(" ", "")
    for written in (*sent, stored):
        assert digits not in re.sub(r"[\s+]|%20", "", written)
    assert any("/quotes" in written for written in sent)


def test_a_test_card_is_one_click_away(page: Page) -> None:
    at_checkout(page)
    page.get_by_role("button", name="Fill in a test card").click()
    expect(page.get_by_label("Card number")).to_have_value(VISA)
    page.get_by_role("button", name=re.compile("^Pay £")).click()
    page.wait_for_url("**/confirmation?order=*")
    expect_outcome(page, PAID)
    expect(page.get_by_text("Visa ending 4242")).to_be_visible()


def test_every_test_card_is_listed_and_fills_the_form(page: Page) -> None:
    at_checkout(page)
    page.get_by_text("Test cards", exact=True).click()
    for number in (VISA, DECLINED, NO_FUNDS, ASKS_THE_BANK, ANSWER_LOST, NO_ANSWER):
        page.get_by_role("button", name=number).click()
        expect(page.get_by_label("Card number")).to_have_value(number)
        expect(page.locator("[data-filled]")).to_contain_text(number)


def test_a_card_is_typed_with_the_keyboard_alone_and_told_what_is_wrong_with_it(page: Page) -> None:
    at_checkout(page)
    number = page.get_by_label("Card number")
    number.focus()
    page.keyboard.type("4242424242424241")
    expect(number).to_have_value("4242 4242 4242 4241")
    expect(page.locator("#card-number-error")).to_be_hidden()
    page.keyboard.press("Tab")
    expect(page.locator("#card-number-error")).to_have_text("Check the card number: a digit is wrong or missing")
    expect(number).to_have_attribute("aria-invalid", "true")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("End")
    page.keyboard.press("Backspace")
    page.keyboard.type("2")
    expect(page.locator("#card-number-error")).to_be_hidden()
    page.keyboard.press("Tab")
    page.keyboard.type("122")
    page.keyboard.type("0")
    page.keyboard.press("Tab")
    expect(page.locator("#card-expiry-error")).to_contain_text("expired")
    page.keyboard.type("12")
    # While a price is asked for, nothing can be paid, by Enter neither.
    expect(page.locator("[data-pay]")).to_be_enabled()
    page.keyboard.press("Enter")
    summary = page.locator("[data-summary]")
    expect(summary).to_be_focused()
    expect(summary.get_by_role("link")).to_have_count(2)
    expect(page).to_have_title(re.compile("^Error:"))
    summary.get_by_role("link").first.press("Enter")
    expect(page.get_by_label("Expiry date")).to_be_focused()
    expect(number).to_have_value(VISA)


@on_a_phone
def test_a_digit_in_the_middle_is_mended_where_it_stands(page: Page) -> None:
    at_checkout(page)
    number = page.get_by_label("Card number")
    number.focus()
    page.keyboard.type("4242429242424242")
    for _ in " 4242 4242":
        page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Backspace")
    page.keyboard.type("4")
    expect(number).to_have_value(VISA)


@on_a_phone
@pytest.mark.parametrize(("typed", "written"), [("1234", "12 / 34"), ("434", "04 / 34"), ("12/2034", "12 / 34")])
def test_an_expiry_date_is_understood_however_it_is_typed(page: Page, typed: str, written: str) -> None:
    at_checkout(page)
    page.get_by_label("Expiry date").press_sequentially(typed)
    expect(page.get_by_label("Expiry date")).to_have_value(written)


def test_a_real_card_is_refused_in_the_form(page: Page) -> None:
    keys = keys_of_purchases(page)
    at_checkout(page)
    pay(page, NOT_A_TEST_CARD)
    expect(page.locator("[data-summary]")).to_contain_text("takes test cards only")
    assert not keys


@pytest.mark.parametrize(("number", "told"), [(DECLINED, "The bank declined"), (NO_FUNDS, "not enough money")])
def test_a_refused_card_gives_way_to_another(page: Page, number: str, told: str) -> None:
    keys = keys_of_purchases(page)
    at_checkout(page)
    pay(page, number)
    expect(page.locator("[data-outcome]")).to_contain_text(told)
    expect(page.locator("[data-outcome]")).to_be_focused()
    expect(page.get_by_label("Card number")).to_have_value(number)
    assert not attempt_is_kept(page)
    pay(page)
    page.wait_for_url("**/confirmation?order=*")
    assert len(keys) == 2


# --- Promo codes


def try_promo(page: Page, code: str) -> None:
    page.get_by_text("Have a promo code?").click()
    page.get_by_label("Promo code").fill(code)
    page.keyboard.press("Enter")


def test_a_promo_code_takes_off_what_it_says_up_to_the_confirmation(page: Page) -> None:
    at_checkout(page, "stoneware-teapot")
    expect(page.get_by_label("Promo code")).to_be_hidden()
    try_promo(page, "welcome10")
    summary = page.locator("#order-summary")
    expect(summary).to_contain_text("WELCOME10: 10 % off")
    expect(summary.locator(".totals")).to_contain_text("−£4.80")
    expect(page.get_by_role("button", name="Remove the promo code")).to_be_focused()
    expect(page.get_by_role("button", name="Pay £47.15")).to_be_enabled()
    page.reload()
    expect(page.get_by_role("button", name="Pay £47.15")).to_be_enabled()
    pay(page)
    page.wait_for_url("**/confirmation?order=*")
    expect(page.locator(".totals")).to_contain_text("10 % off")
    expect(page.locator(".totals")).to_contain_text("−£4.80")
    page.goto("/checkout?sku=TEAPOT-SAGE&quantity=1")
    expect(page.get_by_role("button", name="Pay £51.95")).to_be_enabled()


def test_a_promo_code_is_taken_off_again_with_one_click(page: Page) -> None:
    at_checkout(page, "stoneware-teapot")
    try_promo(page, "WELCOME10")
    page.get_by_role("button", name="Remove the promo code").click()
    expect(page.get_by_role("button", name="Pay £51.95")).to_be_enabled()
    expect(page.get_by_text("Have a promo code?")).to_be_focused()


@pytest.mark.parametrize(
    ("code", "told"), [("NONSENSE", "do not know this code"), ("TEATIME", "needs an order of £40")]
)
def test_a_refused_promo_code_is_told_at_its_field_and_stops_nobody(page: Page, code: str, told: str) -> None:
    at_checkout(page, "everyday-mug")
    try_promo(page, code)
    field = page.get_by_label("Promo code")
    expect(page.locator("#promo-code-error")).to_contain_text(told)
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value(code)
    expect(page.get_by_role("button", name="Pay £17.95")).to_be_enabled()
    pay(page)
    page.wait_for_url("**/confirmation?order=*")


def test_a_refused_promo_code_is_let_go_with_one_click(page: Page) -> None:
    at_checkout(page, "everyday-mug")
    try_promo(page, "NONSENSE")
    page.get_by_role("button", name="Go on without it").click()
    expect(page.get_by_label("Promo code")).to_be_hidden()
    expect(page.locator("#promo-code")).to_have_value("")


def test_a_promo_code_that_was_typed_but_not_applied_counts_before_it_is_paid(page: Page) -> None:
    keys = keys_of_purchases(page)
    at_checkout(page, "stoneware-teapot")
    page.get_by_text("Have a promo code?").click()
    page.get_by_label("Promo code").fill("WELCOME10")
    pay(page)
    expect(page.get_by_role("heading", name="Your promo code is in the total now")).to_be_visible()
    assert not keys
    page.get_by_role("button", name="Pay £47.15").click()
    page.wait_for_url("**/confirmation?order=*")


def test_a_promo_code_used_up_meanwhile_is_told_and_the_order_goes_on_without(page: Page, stack: Stack) -> None:
    at_checkout(page, "stoneware-teapot")
    try_promo(page, "FIRST100")
    expect(page.get_by_role("button", name="Pay £42.35")).to_be_enabled()
    problem = {
        "type": "about:blank",
        "title": "The request is not valid",
        "status": 422,
        "detail": "1 field needs another look.",
        "code": "validation_failed",
        "request_id": "none",
        "errors": [{"field": "promo_code", "message": "You have used this code as often as it can be used."}],
    }
    headers = {"access-control-allow-origin": stack.site, "content-type": "application/problem+json"}
    page.route(
        f"{stack.api}/orders",
        lambda route: route.fulfill(status=422, headers=headers, json=problem) if is_post(route) else route.continue_(),
    )
    pay(page)
    expect(page.get_by_role("heading", name="The promo code does not count")).to_be_visible()
    expect(page.locator("#promo-code-error")).to_contain_text("as often as it can be used")
    page.unroute(f"{stack.api}/orders")
    page.get_by_role("button", name="Pay £51.95").click()
    page.wait_for_url("**/confirmation?order=*")


def test_a_promo_code_goes_along_from_the_cart(page: Page) -> None:
    add_to_cart(page, "stoneware-teapot")
    page.goto("/cart")
    try_promo(page, "TEATIME")
    expect(page.locator(".totals")).to_contain_text("£5 off orders from £40")
    expect(page.get_by_text("£2.00 more, and standard delivery is free.")).to_be_visible()
    page.get_by_role("link", name="Check out").click()
    expect(page.get_by_role("button", name="Pay £46.95")).to_be_enabled()
    page.goto("/cart")
    page.get_by_role("button", name="Remove the promo code").click()
    expect(page.locator(".totals")).not_to_contain_text("off")


def test_free_delivery_is_near_only_when_it_is(page: Page) -> None:
    page.goto("/checkout?sku=TEAPOT-SAGE&quantity=1")
    expect(page.get_by_text("£2.00 more, and standard delivery is free.")).to_be_visible()
    for asked in ("sku=MUG-INK&quantity=1", "sku=TEAPOT-SAGE&quantity=2"):
        page.goto(f"/checkout?{asked}")
        expect(page.locator(".totals")).to_be_visible()
        expect(page.get_by_text("delivery is free")).to_be_hidden()


# --- The bank


def test_a_payment_is_confirmed_with_the_bank(page: Page) -> None:
    add_to_cart(page, "noodle-bowl")
    page.goto("/checkout")
    fill_in_guest(page)
    pay(page, ASKS_THE_BANK)
    page.wait_for_url("**/challenge?payment=*")
    expect(page.locator(".bank")).to_contain_text("for demonstration")
    page.get_by_role("button", name="Confirm payment").click()
    page.wait_for_url("**/confirmation?order=*#key=*")
    expect_outcome(page, PAID)
    expect(page.locator("[data-cart-count]")).to_be_hidden()
    assert not attempt_is_kept(page)


def test_a_payment_refused_at_the_bank_leads_back_to_the_checkout(page: Page) -> None:
    go_to_the_bank(page)
    page.get_by_role("button", name="Refuse").click()
    page.wait_for_url("**/confirmation?order=*")
    expect_outcome(page, "The payment did not go through")
    expect(page.get_by_text("Nothing was charged")).to_be_visible()
    assert not attempt_is_kept(page)
    page.get_by_role("link", name="Go back to the checkout").click()
    page.wait_for_url("**/checkout?sku=*")
    expect(page.get_by_label("Address line 1")).to_have_value("1 Mill Lane")
    pay(page)
    page.wait_for_url("**/confirmation?order=*")
    expect_outcome(page, PAID)


def test_a_bank_asks_nothing_about_a_payment_it_does_not_know(page: Page) -> None:
    for address in ("/challenge?payment=none", "/challenge"):
        page.goto(address)
        expect_outcome(page, "We know of no such payment")


def test_a_bank_asks_once(page: Page) -> None:
    go_to_the_bank(page)
    challenge = page.url
    page.get_by_role("button", name="Confirm payment").click()
    page.wait_for_url("**/confirmation?order=*")
    confirmation = page.url
    page.goto(challenge)
    expect(page.get_by_role("heading", name="This payment waits for no answer any more")).to_be_visible()
    page.get_by_role("link", name="Go back to your order").click()
    page.wait_for_url(f"**{urlsplit(confirmation).path}?{urlsplit(confirmation).query}**")
    expect_outcome(page, PAID)


def test_a_bank_leads_back_to_this_site_only(page: Page, stack: Stack) -> None:
    go_to_the_bank(page)

    def lead_astray(route: Route) -> None:
        answered = route.fetch()
        route.fulfill(response=answered, json=answered.json() | {"return_url": "https://example.com/"})

    page.route(f"{stack.api}/sandbox/challenges/*", lead_astray)
    page.get_by_role("button", name="Confirm payment").click()
    page.wait_for_url(f"{stack.site}/")


def test_going_back_from_the_bank_offers_every_way_on(page: Page) -> None:
    go_to_the_bank(page)
    page.go_back()
    expect_under_way(page)
    page.get_by_role("button", name="Ask how it stands").click()
    expect(page.locator("[data-outcome]")).to_contain_text("Your bank still waits for you")
    page.get_by_role("link", name="Go on to your bank").click()
    page.wait_for_url("**/challenge?payment=*")
    page.get_by_role("button", name="Confirm payment").click()
    page.wait_for_url("**/confirmation?order=*")
    expect_outcome(page, PAID)


def test_going_back_after_paying_says_what_was_ordered(page: Page) -> None:
    keys = keys_of_purchases(page)
    go_to_the_bank(page)
    page.get_by_role("button", name="Confirm payment").click()
    page.wait_for_url("**/confirmation?order=*")
    expect_outcome(page, PAID)
    page.go_back()
    page.wait_for_url("**/checkout?**")
    expect(page.locator("[data-outcome]")).to_contain_text("See the order that you placed from here.")
    page.get_by_role("link", name="See the order that you placed from here.").click()
    expect_outcome(page, PAID)
    assert len(keys) == 1


def test_going_back_after_paying_from_the_cart_finds_nothing_left_to_buy(page: Page) -> None:
    add_to_cart(page, "everyday-mug")
    page.goto("/cart")
    page.get_by_role("link", name="Check out").click()
    fill_in_guest(page)
    pay(page)
    page.wait_for_url("**/confirmation?order=*")
    page.go_back()
    page.wait_for_url("**/cart")
    expect(page.get_by_text("Your cart is empty.")).to_be_visible()


# --- Unclear answers


def test_an_answer_that_the_bank_lost_ends_paid(page: Page) -> None:
    keys = keys_of_purchases(page)
    at_checkout(page)
    pay(page, ANSWER_LOST)
    page.wait_for_url("**/confirmation?order=*", timeout=SETTLING_MS)
    expect_outcome(page, PAID)
    assert len(keys) == 1
    assert not attempt_is_kept(page)


def test_a_bank_that_never_answers_is_told_truthfully_and_the_order_can_be_called_off(page: Page) -> None:
    at_checkout(page)
    pay(page, NO_ANSWER)
    page.wait_for_url("**/confirmation?order=*", timeout=SETTLING_MS)
    expect_outcome(page, "Nearly there")
    expect(page.get_by_text("the bank has not answered yet")).to_be_visible()
    page.get_by_role("button", name="Cancel this order").click()
    expect(page.get_by_text("Nothing will be charged.")).to_be_visible()
    page.get_by_role("button", name="Cancel the order").click()
    expect_outcome(page, "Order cancelled")
    expect(page.get_by_text("Nothing was charged.")).to_be_visible()
    assert not attempt_is_kept(page)


def test_a_page_reloaded_while_paying_settles_the_same_order(page: Page, stack: Stack) -> None:
    add_to_cart(page, "everyday-mug")
    page.goto("/checkout")
    fill_in_guest(page)
    keys = keys_of_purchases(page)
    lost = lose_answers(page, stack)
    fill_in_card(page)
    page.get_by_role("button", name=re.compile("^Pay £")).click()
    expect(page.get_by_role("button", name="Paying…")).to_be_visible()
    page.reload()
    expect_under_way(page)
    page.context.unroute(f"{stack.api}/orders")
    page.get_by_role("button", name="Finish it").click()
    page.wait_for_url("**/confirmation?order=*", timeout=SETTLING_MS)
    expect_outcome(page, PAID)
    expect(page.locator("[data-cart-count]")).to_be_hidden()
    assert lost
    assert len(keys) == 1


def test_a_purchase_found_declined_after_the_cart_was_emptied_promises_no_form(page: Page, stack: Stack) -> None:
    add_to_cart(page, "everyday-mug")
    page.goto("/checkout")
    fill_in_guest(page)
    lose_answers(page, stack)
    pay(page, DECLINED)
    expect(page.get_by_role("heading", name=re.compile("We do not know yet"))).to_be_visible()
    page.context.unroute(f"{stack.api}/orders")
    elsewhere = page.context.new_page()
    elsewhere.goto("/cart")
    elsewhere.get_by_role("button", name="Remove").click()
    elsewhere.close()
    page.reload()
    expect_under_way(page)
    page.get_by_role("button", name="Finish it").click()
    told = page.locator("[data-outcome]")
    expect(told).to_contain_text("The bank declined this card")
    expect(told).to_contain_text("Nothing was charged for it")
    expect(told).not_to_contain_text("below")
    expect(told.get_by_role("link", name="See everything")).to_be_visible()
    expect(page.locator("#checkout")).to_be_hidden()


def test_an_order_that_ended_elsewhere_is_bought_anew_under_a_new_key(page: Page, stack: Stack) -> None:
    keys = keys_of_purchases(page)
    go_to_the_bank(page)
    order = page.evaluate("JSON.parse(localStorage.getItem('purchase')).order")
    address = f"{stack.api}/orders/{order['id']}/cancellation"
    assert requests.post(address, headers={"X-Order-Key": order["key"]}, timeout=10).json()["status"] == "cancelled"
    page.go_back()
    expect_under_way(page)
    page.get_by_role("button", name="Ask how it stands").click()
    expect(page.get_by_role("heading", name="That order has ended")).to_be_visible()
    expect(page.get_by_text("Nothing was charged")).to_be_visible()
    pay(page)
    page.wait_for_url("**/confirmation?order=*")
    expect_outcome(page, PAID)
    assert len(keys) == 2


def test_a_purchase_is_forgotten_after_a_day(page: Page) -> None:
    go_to_the_bank(page)
    page.evaluate(
        """() => {
          const kept = JSON.parse(localStorage.getItem('purchase'));
          localStorage.setItem('purchase', JSON.stringify({ ...kept, at: kept.at - 86_400_001 }));
        }"""
    )
    page.goto("/checkout?sku=MUG-INK&quantity=1")
    expect(page.get_by_role("button", name=re.compile("^Pay £"))).to_be_enabled()
    expect(page.locator("[data-outcome]")).to_be_hidden()


@on_a_phone
@pytest.mark.parametrize("kept", ["null", "{", "[]", '"x"', '{"key": 1}', '{"key": "k", "body": {}}'])
def test_a_broken_purchase_is_none(page: Page, kept: str) -> None:
    page.goto("/404")
    page.evaluate("kept => localStorage.setItem('purchase', kept)", kept)
    page.goto("/checkout?sku=MUG-INK&quantity=1")
    expect(page.get_by_role("button", name=re.compile("^Pay £"))).to_be_enabled()


# --- Two tabs


def test_a_second_tab_sees_the_purchase_under_way_and_can_call_it_off_to_buy_anew(page: Page) -> None:
    keys = keys_of_purchases(page)
    add_to_cart(page, "everyday-mug")
    page.goto("/checkout")
    fill_in_guest(page)
    pay(page, ASKS_THE_BANK)
    page.wait_for_url("**/challenge?payment=*")
    other = page.context.new_page()
    other.goto("/checkout")
    expect_under_way(other)
    other.get_by_role("button", name="Cancel it").click()
    expect(other.get_by_role("heading", name="That order is cancelled")).to_be_visible()
    expect(other.locator("[data-outcome]")).to_contain_text("Nothing was charged.")
    expect(other.get_by_label("Address line 1")).to_have_value("1 Mill Lane")
    pay(other)
    other.wait_for_url("**/confirmation?order=*")
    expect_outcome(other, PAID)
    assert len(keys) == 2
    page.get_by_role("button", name="Confirm payment").click()
    page.wait_for_url("**/confirmation?order=*#key=*")
    expect_outcome(page, "Order cancelled")
    expect(page.get_by_text("Nothing was charged.")).to_be_visible()
    other.close()


def test_a_tab_that_waits_hears_how_the_purchase_ended_in_another(page: Page) -> None:
    add_to_cart(page, "everyday-mug")
    page.goto("/checkout")
    fill_in_guest(page)
    pay(page, ASKS_THE_BANK)
    page.wait_for_url("**/challenge?payment=*")
    other = page.context.new_page()
    other.goto("/checkout")
    expect_under_way(other)
    page.get_by_role("button", name="Confirm payment").click()
    expect_outcome(page, PAID)
    expect(other.get_by_role("heading", name="This cart was bought or emptied meanwhile")).to_be_visible()
    other.close()


def test_a_tab_that_was_open_before_does_not_pay_past_a_purchase_under_way(page: Page) -> None:
    keys = keys_of_purchases(page)
    other = page.context.new_page()
    at_checkout(other, "everyday-mug")
    go_to_the_bank(page)
    pay(other)
    expect_under_way(other)
    assert len(keys) == 1
    other.close()


def test_a_purchase_on_its_way_in_one_tab_is_not_begun_again_in_another(page: Page, stack: Stack) -> None:
    add_to_cart(page, "everyday-mug")
    page.goto("/checkout")
    fill_in_guest(page)
    held = hold_purchases(page, stack)
    pay(page)
    expect(page.get_by_role("button", name="Paying…")).to_be_visible()
    other = page.context.new_page()
    other.goto("/checkout")
    expect_under_way(other)
    held[0].continue_()
    page.wait_for_url("**/confirmation?order=*")
    expect(other.get_by_role("heading", name="This cart was bought or emptied meanwhile")).to_be_visible()
    assert len(held) == 1
    other.close()


def test_another_accounts_purchase_shows_nothing_of_it(page: Page) -> None:
    sign_up(page)
    buy_now(page, "everyday-mug")
    fill_in_address(page)
    pay(page, ASKS_THE_BANK)
    page.wait_for_url("**/challenge?payment=*")
    page.goto("/account")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile(r"/$"))
    page.evaluate("sessionStorage.clear()")
    sign_up(page)
    page.goto("/checkout?sku=MUG-INK&quantity=1")
    expect(page.get_by_role("heading", name="Another account has a purchase under way here")).to_be_visible()
    page.get_by_role("button", name="Go on with mine").click()
    expect(page.get_by_label("Address line 1")).to_have_value("")
    fill_in_address(page)
    pay(page)
    page.wait_for_url("**/confirmation?order=*")


def test_an_accounts_purchase_does_not_keep_a_guest_from_buying(page: Page) -> None:
    sign_up(page)
    buy_now(page, "everyday-mug")
    fill_in_address(page)
    pay(page, ASKS_THE_BANK)
    page.wait_for_url("**/challenge?payment=*")
    page.goto("/account")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile(r"/$"))
    page.goto("/checkout?sku=MUG-INK&quantity=1")
    expect(page.get_by_role("heading", name="An account has a purchase under way here")).to_be_visible()
    expect(page.get_by_role("link", name="Go on to your bank")).to_be_hidden()
    page.get_by_role("button", name="Go on with mine").click()
    fill_in_guest(page)
    pay(page)
    page.wait_for_url("**/confirmation?order=*")
    expect_outcome(page, PAID)


def test_a_purchase_that_never_reached_the_shop_is_forgotten_when_its_shopper_says_so(page: Page, stack: Stack) -> None:
    at_checkout(page)
    page.context.route(f"{stack.api}/orders", lambda route: route.abort())
    pay(page)
    expect(page.get_by_role("heading", name=re.compile("We do not know yet"))).to_be_visible(timeout=SETTLING_MS)
    page.context.unroute(f"{stack.api}/orders")
    expect(page.get_by_text("Should it have reached us")).to_be_visible()
    page.get_by_role("button", name="Forget it").click()
    expect(page.get_by_role("button", name=re.compile("^Pay £"))).to_be_visible()
    assert page.evaluate("localStorage.getItem('purchase')") is None


# --- Second thoughts


@pytest.mark.parametrize("member", [False, True], ids=["guest", "account"])
def test_a_paid_order_is_cancelled_and_its_money_goes_back(page: Page, member: bool) -> None:
    if member:
        sign_up(page)
        buy_now(page, "noodle-bowl")
        fill_in_address(page)
    else:
        at_checkout(page)
    pay(page)
    page.wait_for_url("**/confirmation?order=*")
    page.get_by_role("button", name="Cancel this order").click()
    expect(page.get_by_role("button", name="Cancel the order")).to_be_focused()
    page.get_by_role("button", name="Keep it").click()
    expect(page.get_by_role("button", name="Cancel this order")).to_be_focused()
    page.get_by_role("button", name="Cancel this order").click()
    expect(page.get_by_text(re.compile(r"£\d+\.\d\d goes back to your card"))).to_be_visible()
    page.get_by_role("button", name="Cancel the order").click()
    expect_outcome(page, re.compile("Cancelled"))
    expect(page.get_by_text(re.compile(r"£\d+\.\d\d (went|is going) back to your card"))).to_be_visible()
    expect(page.get_by_role("button", name="Cancel this order")).to_be_hidden()
    if member:
        page.goto("/account")
        expect(page.locator("#order-list")).to_contain_text("Refunded")


def test_an_order_that_can_no_longer_be_cancelled_says_why(page: Page, stack: Stack) -> None:
    at_checkout(page)
    pay(page)
    page.wait_for_url("**/confirmation?order=*")
    problem = {"status": 409, "code": "not_cancellable", "detail": "The parcel has left. You can send it back."}
    headers = {"access-control-allow-origin": stack.site, "content-type": "application/problem+json"}
    page.route(
        f"{stack.api}/orders/*/cancellation",
        lambda route: route.fulfill(status=409, headers=headers, json=problem) if is_post(route) else route.continue_(),
    )
    page.get_by_role("button", name="Cancel this order").click()
    page.get_by_role("button", name="Cancel the order").click()
    expect(page.get_by_text("The parcel has left.")).to_be_focused()


def test_a_guests_link_opens_the_order_anywhere(page: Page, browser: Browser, stack: Stack) -> None:
    at_checkout(page)
    pay(page)
    page.wait_for_url("**/confirmation?order=*#key=*")
    expect(page.get_by_text("Keep this page’s address")).to_be_visible()
    expect(page.get_by_role("link", name="create an account")).to_have_attribute("href", "/sign-up")
    elsewhere = browser.new_context(base_url=stack.site).new_page()
    elsewhere.goto(page.url)
    expect_outcome(elsewhere, PAID)
    elsewhere.goto("about:blank")
    elsewhere.goto(page.url.split("#", maxsplit=1)[0])
    expect(elsewhere.get_by_text("the whole link from your confirmation")).to_be_visible()
    elsewhere.context.close()


# --- How it is made


def test_every_state_is_accessible_and_fits_its_window(themed: Page) -> None:
    page = themed

    def assert_state_good() -> None:
        page.wait_for_load_state("networkidle")
        assert_good(page)

    page.goto("/challenge?payment=none")
    assert_state_good()
    buy_now(page, "stoneware-teapot")
    page.get_by_role("button", name=re.compile("^Pay £")).click()
    page.get_by_text("Test cards", exact=True).click()
    try_promo(page, "NONSENSE")
    expect(page.locator("#promo-code-error")).to_be_visible()
    assert_state_good()
    page.get_by_label("Promo code").fill("WELCOME10")
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Remove the promo code")).to_be_visible()
    fill_in_guest(page)
    pay(page, DECLINED)
    expect(page.locator("[data-outcome]")).to_be_visible()
    assert_state_good()
    pay(page, ASKS_THE_BANK)
    page.wait_for_url("**/challenge?payment=*")
    assert_state_good()
    page.go_back()
    expect_under_way(page)
    assert_state_good()
    page.go_forward()
    page.get_by_role("button", name="Confirm payment").click()
    expect_outcome(page, PAID)
    page.get_by_role("button", name="Cancel this order").click()
    assert_state_good()
    page.get_by_role("button", name="Cancel the order").click()
    expect_outcome(page, re.compile("Cancelled"))
    assert_state_good()
