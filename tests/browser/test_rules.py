"""The storefront's rules that no other test shows; docs/storefront.md says which test shows which rule."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.test_purchase import add_to_cart, buy_now, fill_in_card, fill_in_guest
from tests.stack import Stack

FORMS = ["/sign-in", "/sign-up", "/reset", "/reset#token=none", "/checkout?sku=TEAPOT-SAGE&quantity=1"]
FIELDS = """() => [...document.querySelectorAll('main form input, main form select')]
  .filter((field) => field.checkVisibility() && !['radio', 'checkbox'].includes(field.type))
  .map((field) => ({
    id: field.id,
    type: field.type,
    label: [...field.labels].filter((label) => label.checkVisibility()).map((label) => label.innerText).join(' '),
    required: field.required,
    autocomplete: field.autocomplete,
    inputmode: field.inputMode,
    described: field.getAttribute('aria-describedby')?.match(/\\S+/g)?.every((id) => document.getElementById(id)),
  }))"""
LAST_CARDS = "document.querySelector('[data-results]').children.length"
PASTE = """(field) => {
  const event = new ClipboardEvent('paste', { clipboardData: new DataTransfer(), bubbles: true, cancelable: true });
  return field.dispatchEvent(event);
}"""
# The outline of what has the focus, and whether all of it is covered or out of sight (WCAG 2.2, 2.4.11).
FOCUSED = """() => {
  const one = document.activeElement;
  if (one === document.body) return null;
  const shown = one.matches('[type=radio]') ? one.nextElementSibling : one;
  const { left, top, width, height } = shown.getClientRects()[0];
  const points = [0.1, 0.5, 0.9].map((part) => document.elementFromPoint(left + width * part, top + height / 2));
  const outlines = [getComputedStyle(one), getComputedStyle(one, '::after'), getComputedStyle(shown)];
  return {
    what: one.outerHTML.slice(0, 80),
    outlined: outlines.some((style) => style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2),
    covered: !points.some((on) => on && (shown.contains(on) || on.contains(shown))),
  };
}"""
MOVING = """() => [...document.querySelectorAll('*')]
  .filter((one) => parseFloat(getComputedStyle(one).transitionDuration) > 0.3).map((one) => one.className)"""
BY_INTL = """([amount, currency]) =>
  new Intl.NumberFormat(document.documentElement.lang, { style: 'currency', currency }).format(amount / 100)"""


def test_rule_1_the_end_of_a_list_loads_nothing_by_itself(page: Page) -> None:
    page.goto("/search")
    more = page.get_by_role("button", name="Load more")
    expect(more).to_be_visible()
    before = page.evaluate(LAST_CARDS)
    more.scroll_into_view_if_needed()
    page.mouse.wheel(0, 10_000)
    page.wait_for_load_state("networkidle")
    assert page.evaluate(LAST_CARDS) == before
    more.click()
    expect(page.locator("[data-results] > li")).not_to_have_count(before)


def test_rule_2_the_count_of_results_is_announced(page: Page) -> None:
    page.goto("/search?q=teapot")
    expect(page.get_by_role("status").filter(has_text=re.compile(r"\d+ products?"))).to_be_visible()


@pytest.mark.parametrize("path", ["/", "/categories/tea-and-coffee", "/search?q=teapot"])
def test_rule_5_a_card_shows_picture_name_price_and_stock_and_is_one_link(page: Page, path: str) -> None:
    page.goto(path)
    card = page.locator("li.card:not(.skeleton)").first
    expect(card.locator("[data-stock]")).to_have_text(re.compile("In stock|Only|Sold out"))
    expect(card.get_by_role("img")).to_have_attribute("alt", re.compile(r"\w"))
    expect(card.locator(".price")).to_have_text(re.compile(r"£\d"))
    expect(card.get_by_role("link")).to_have_count(1)
    expect(card.get_by_role("heading").get_by_role("link")).to_have_text(re.compile(r"\w"))


def test_rule_6_what_one_must_know_stands_beside_the_buttons_that_buy(page: Page) -> None:
    page.goto("/products/stoneware-teapot")
    beside = page.locator("article.product .buy")
    expect(beside.locator("[data-stock]")).to_have_text(re.compile("In stock|Only"))
    for words in ("£48.00", "Delivery", "Returns"):
        expect(beside.get_by_text(words).first).to_be_visible()
    expect(beside.get_by_role("button", name="Add to cart")).to_be_visible()
    beside.get_by_role("button", name="Buy now").click()
    page.wait_for_url("**/checkout?sku=*&quantity=1")
    expect(page.locator("#order-summary li")).to_have_count(1)


def test_rule_7_adding_says_what_how_many_and_the_subtotal_and_keeps_the_focus(page: Page) -> None:
    page.goto("/products/everyday-mug")
    page.get_by_label("Quantity").select_option("2")
    add = page.get_by_role("button", name="Add to cart")
    add.click()
    said = page.get_by_role("status").filter(has_text=re.compile(r"Added 2 × Everyday mug, .*£\d"))
    expect(said).to_be_visible()
    expect(add).to_be_focused()


@pytest.mark.parametrize("path", ["/", "/categories/tea-and-coffee", "/products/stoneware-teapot", "/search?q=teapot"])
def test_rule_8_pictures_have_sizes_and_the_first_is_not_lazy(page: Page, path: str) -> None:
    page.goto(path)
    page.locator("main img").first.wait_for()
    pictures = page.locator("main img").all()
    assert all(picture.get_attribute(side) for picture in pictures for side in ("width", "height"))
    assert pictures[0].get_attribute("loading") != "lazy"


def test_rule_9_a_removed_line_comes_back_with_undo(page: Page) -> None:
    add_to_cart(page, "everyday-mug")
    add_to_cart(page, "noodle-bowl")
    page.goto("/cart")
    page.get_by_label("Quantity of Everyday mug").select_option("3")
    expect(page.locator("[data-cart-count]")).to_have_text("4")
    page.get_by_role("button", name="Remove Everyday mug").click()
    expect(page.locator(".lines > li")).to_have_count(1)
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_label("Quantity of Everyday mug")).to_have_value("3")


def test_rules_10_and_12_the_cart_says_all_that_it_costs_and_folds_the_promo_code_away(page: Page) -> None:
    add_to_cart(page, "everyday-mug")
    page.goto("/cart")
    summary = page.get_by_role("complementary")
    for words in ("Subtotal", "Delivery", "Total", "tax"):
        expect(summary.get_by_text(re.compile(words)).first).to_be_visible()
    expect(page.get_by_label("Promo code")).to_be_hidden()


def test_rule_13_a_price_that_changed_is_told_in_the_cart(page: Page) -> None:
    add_to_cart(page, "everyday-mug")
    page.evaluate(
        "localStorage.setItem('cart', localStorage.getItem('cart').replace(/\"amount\":\\d+/, '\"amount\":1'))"
    )
    page.goto("/cart")
    expect(page.get_by_text("The price has changed: it was £0.01.")).to_be_visible()


def test_rule_14_nobody_is_asked_for_a_billing_address(page: Page) -> None:
    buy_now(page, "everyday-mug")
    expect(page.get_by_label("Card number")).to_be_visible()
    expect(page.get_by_label("Address line 1")).to_have_count(1)
    expect(page.get_by_text(re.compile("billing", re.IGNORECASE))).to_have_count(0)


def test_rule_15_the_pay_button_names_the_amount_and_waits_in_words(page: Page, stack: Stack) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    buy_now(page, "everyday-mug")
    fill_in_guest(page)
    fill_in_card(page)
    page.route(f"{stack.api}/orders", hold)
    with page.expect_request(f"{stack.api}/orders"):
        page.get_by_role("button", name=re.compile(r"^Pay £\d+\.\d\d$")).click()
    expect(page.get_by_role("button", name="Paying…")).to_be_disabled()
    held.pop().continue_()
    page.wait_for_url("**/confirmation?order=*")


@pytest.mark.parametrize(("path", "kind"), [("/sign-in", "current-password"), ("/sign-up", "new-password")])
def test_rule_17_passwords_can_be_pasted_and_kept_by_a_manager(page: Page, path: str, kind: str) -> None:
    page.goto(path)
    password = page.locator("input[type=password]").first
    assert password.get_attribute("autocomplete") == kind
    assert password.evaluate(PASTE), "pasting is prevented"


@pytest.mark.parametrize("path", FORMS)
def test_rules_18_and_19_fields_say_what_they_are_to_people_and_browsers(page: Page, path: str) -> None:
    page.goto(path)
    page.wait_for_load_state("networkidle")
    fields = page.evaluate(FIELDS)
    assert fields
    for field in fields:
        assert ("required" if field["required"] else "optional") in field["label"], field
        assert field["autocomplete"] not in {"", "off"}, field
        assert field["type"] != "number", field
        assert field["described"] is not False, field
    email = [field for field in fields if "mail" in field["label"]]
    assert all(field["type"] == "email" for field in email)
    digits = [field for field in fields if field["autocomplete"] in {"cc-number", "cc-csc", "cc-exp", "one-time-code"}]
    assert all(field["inputmode"] == "numeric" for field in digits)


def test_rules_20_and_22_a_field_complains_once_it_is_left_and_stops_when_it_is_mended(page: Page) -> None:
    page.goto("/sign-in")
    email = page.get_by_label("Email address")
    email.press_sequentially("ada@")
    expect(email).not_to_have_attribute("aria-invalid", "true")
    email.press("Tab")
    expect(email).to_have_attribute("aria-invalid", "true")
    expect(email).to_have_accessible_description(re.compile("name@example.com"))
    expect(email).to_have_value("ada@")
    email.press_sequentially("example.com")
    expect(email).not_to_have_attribute("aria-invalid", "true")
    expect(page.locator("#email-error")).to_be_hidden()


@pytest.mark.parametrize("path", ["/", "/products/everyday-mug", "/sign-up"])
def test_rule_29_what_has_the_focus_is_seen_and_uncovered(page: Page, path: str) -> None:
    page.goto(path)
    page.wait_for_load_state("networkidle")
    for _ in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if focused is None:
            break
        assert focused["outlined"], focused
        assert not focused["covered"], focused


@pytest.mark.parametrize("path", ["/", "/products/everyday-mug", "/search?q=pan", "/cart"])
def test_rule_29_nothing_moves_for_who_asked_for_less_motion(page: Page, path: str) -> None:
    page.goto(path)
    page.wait_for_load_state("networkidle")
    assert page.evaluate(MOVING) == []
    assert page.evaluate("document.getAnimations().filter((one) => one.playState === 'running').length") == 0


def test_rule_30_money_and_dates_are_written_by_intl(page: Page) -> None:
    add_to_cart(page, "copper-saucepan")
    page.goto("/cart")
    kept = page.evaluate("JSON.parse(localStorage.getItem('cart'))[0].price")
    expect(page.locator(".lines .price")).to_have_text(page.evaluate(BY_INTL, [kept["amount"], kept["currency"]]))
