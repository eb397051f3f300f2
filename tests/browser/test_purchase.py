"""What the shop is for, done by a shopper in a browser."""

from __future__ import annotations

import re

import requests
from playwright.sync_api import APIResponse, Page, Route, expect

from tests import factories
from tests.stack import Stack

MOST_TABS = 5
PAID = re.compile("thank you", re.IGNORECASE)


def fill_in_address(page: Page) -> None:
    page.get_by_label("Address line 1").fill("1 Mill Lane")
    page.get_by_label("Town or city").fill("Stoke-on-Trent")
    page.get_by_label("Postcode").fill("ST1 3EJ")


def fill_in_guest(page: Page) -> None:
    page.get_by_label("Email address").fill(factories.email())
    page.get_by_label("Full name").fill("Ada Lovelace")
    fill_in_address(page)


def sign_up(page: Page) -> str:
    email = factories.email()
    page.goto("/sign-up")
    page.get_by_label("Full name").fill("Ada Lovelace")
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password", exact=False).first.fill(factories.PASSWORD)
    page.get_by_role("button", name="Create account").click()
    page.wait_for_url("**/account")
    return email


def buy_now(page: Page, slug: str) -> None:
    page.goto(f"/products/{slug}")
    page.get_by_role("button", name="Buy now").click()
    page.wait_for_url("**/checkout?**")


def pay(page: Page) -> None:
    page.get_by_role("button", name=re.compile("^Pay £")).click()


def test_from_search_to_sign_up_to_a_bought_teapot(page: Page) -> None:
    page.goto("/")
    page.get_by_role("searchbox", name="Search").first.fill("teapot")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=teapot")
    page.get_by_role("link", name="Stoneware teapot").click()
    page.wait_for_url("**/products/stoneware-teapot")
    teapot = page.url

    sign_up(page)
    page.goto(teapot)
    expect(page.locator("form [data-stock]")).to_have_text(re.compile("In stock|Only"))
    page.get_by_role("button", name="Buy now").click()
    page.wait_for_url("**/checkout?**")
    expect(page.get_by_text("Signed in as")).to_be_visible()
    fill_in_address(page)
    pay(page)

    page.wait_for_url("**/confirmation?order=*")
    expect(page.get_by_role("heading", level=1)).to_have_text(PAID)
    expect(page.get_by_text("Stoneware teapot, Sage")).to_be_visible()
    expect(page.get_by_text("£51.95").first).to_be_visible()
    number = page.get_by_text(re.compile(r"HL-\w{4}-\w{4}")).first.inner_text()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text(PAID)

    page.goto("/account")
    order = re.search(r"HL-\w{4}-\w{4}", number)
    assert order is not None
    expect(page.get_by_text(order.group()).first).to_be_visible()


def test_a_guest_buys_from_the_cart_after_a_declined_card(page: Page) -> None:
    page.goto("/products/everyday-mug")
    page.get_by_label("Quantity").select_option("2")
    page.get_by_role("button", name="Add to cart").click()
    expect(page.locator("[data-added]")).to_contain_text("Everyday mug")
    expect(page.get_by_role("button", name="Add to cart")).to_be_focused()
    expect(page.locator("[data-cart-count]")).to_have_text("2")
    page.goto("/cart")
    page.get_by_role("link", name="Check out").click()
    page.wait_for_url("**/checkout")
    fill_in_guest(page)
    page.get_by_label("Declined card").check()
    pay(page)
    expect(page.get_by_role("heading", name="The bank declined this card")).to_be_visible()
    page.get_by_label("Visa ending 4242").check()
    pay(page)
    page.wait_for_url("**/confirmation?order=*#key=*")
    expect(page.get_by_role("heading", level=1)).to_have_text(PAID)
    page.reload()
    expect(page.get_by_text("Everyday mug").first).to_be_visible()
    expect(page.locator("[data-cart-count]")).to_be_hidden()


def test_a_double_click_on_pay_makes_one_order(page: Page) -> None:
    sign_up(page)
    buy_now(page, "noodle-bowl")
    fill_in_address(page)
    placed = []
    page.on("request", lambda r: placed.append(r) if r.method == "POST" and r.url.endswith("/orders") else None)
    page.get_by_role("button", name=re.compile("^Pay £")).dblclick()
    page.wait_for_url("**/confirmation?order=*")
    assert len({request.headers["idempotency-key"] for request in placed}) == 1


def test_an_answer_lost_after_paying_is_asked_for_again_and_paid_once(page: Page, stack: Stack) -> None:
    sign_up(page)
    buy_now(page, "rolling-pin")
    fill_in_address(page)
    lost: list[APIResponse] = []

    def lose(route: Route) -> None:
        if route.request.method != "POST" or len(lost) >= 3:
            route.continue_()
            return
        lost.append(route.fetch())
        route.abort()

    page.route(f"{stack.api}/orders", lose)
    pay(page)
    expect(page.get_by_role("heading", name=re.compile("We do not know yet"))).to_be_visible()
    page.reload()
    page.get_by_role("button", name="Ask again").click()
    page.wait_for_url("**/confirmation?order=*")
    page.goto("/account")
    expect(page.get_by_text(re.compile(r"HL-\w{4}-\w{4}"))).to_have_count(1)


def test_a_sold_out_product_says_so_and_cannot_be_bought(page: Page) -> None:
    page.goto("/products/butchers-block")
    expect(page.locator("form [data-stock]")).to_have_text("Sold out")
    expect(page.get_by_role("button", name="Sold out")).to_be_disabled()
    expect(page.get_by_role("button", name="Buy now")).to_be_hidden()


def test_a_variant_changes_picture_stock_and_price(page: Page) -> None:
    page.goto("/products/everyday-mug")
    before = page.locator("[data-picture]").get_attribute("src")
    page.get_by_role("radio", name=re.compile("^Mustard")).check(force=True)
    expect(page.locator("form [data-stock]")).to_have_text("Sold out")
    assert page.locator("[data-picture]").get_attribute("src") != before
    page.get_by_role("radio", name=re.compile("^Ink")).check(force=True)
    expect(page.get_by_role("button", name="Add to cart")).to_be_enabled()


def test_browsing_survives_a_dead_api(page: Page, stack: Stack) -> None:
    page.route(f"{stack.api}/**", lambda route: route.abort())
    page.goto("/categories/tea-and-coffee")
    page.get_by_role("link", name="Stoneware teapot").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Stoneware teapot")
    expect(page.get_by_text("£48.00").first).to_be_visible()


def test_signing_out_leaves_nobody_signed_in(page: Page) -> None:
    sign_up(page)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    page.goto("/account")
    page.wait_for_url("**/sign-in?next=*")


def test_a_wrong_password_is_told_in_a_summary_that_has_the_focus(page: Page) -> None:
    page.goto("/sign-in")
    page.get_by_label("Email address").fill("nobody@example.com")
    page.get_by_label("Password", exact=False).first.fill("not the password")
    page.get_by_role("button", name="Sign in").last.click()
    summary = page.locator("[data-summary]")
    expect(summary).to_be_focused()
    expect(page).to_have_title(re.compile("^Error:"))


def test_an_empty_form_names_its_fields_and_keeps_what_was_typed(page: Page) -> None:
    page.goto("/sign-up")
    page.get_by_label("Full name").fill("Ada")
    page.get_by_role("button", name="Create account").click()
    summary = page.locator("[data-summary]")
    expect(summary.get_by_role("link")).to_have_count(2)
    summary.get_by_role("link").first.click()
    expect(page.get_by_label("Email address")).to_be_focused()
    expect(page.get_by_label("Full name")).to_have_value("Ada")


def test_a_missing_page_is_a_404_in_the_look(page: Page, stack: Stack) -> None:
    response = page.goto("/products/no-such-thing")
    assert response is not None
    assert response.status == 404
    expect(page.get_by_role("link", name="Cart").first).to_be_visible()
    page.goto("about:blank")


def test_the_whole_purchase_works_with_the_keyboard_alone(page: Page) -> None:
    page.goto("/products/storage-jar")
    page.get_by_role("button", name="Buy now").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/checkout?**")
    page.get_by_label("Email address").focus()
    for typed in ("ada@example.com", "Ada Lovelace", None, "1 Mill Lane", "", "Stoke-on-Trent", "ST1 3EJ"):
        if typed:
            page.keyboard.type(typed)
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Express delivery")).to_be_checked()
    pay_button = page.get_by_role("button", name="Pay £13.95")
    expect(pay_button).to_be_enabled()
    for _ in range(MOST_TABS):
        if pay_button.evaluate("button => button === document.activeElement"):
            break
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_url("**/confirmation?order=*")


def test_the_site_sends_127_0_0_1_to_localhost(stack: Stack) -> None:
    answer = requests.get(f"{stack.site.replace('localhost', '127.0.0.1')}/cart?x=1", allow_redirects=False, timeout=10)
    assert (answer.status_code, answer.headers["location"]) == (307, f"{stack.site}/cart?x=1")
