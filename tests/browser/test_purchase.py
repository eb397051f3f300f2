"""What the shop is for, done by a shopper in a browser."""

from __future__ import annotations

import re

import pytest
import requests
from playwright.sync_api import APIResponse, Page, Route, expect

from tests import factories
from tests.stack import Stack

MOST_TABS = 8
A_MOMENT_MS = 500
VISA = "4242 4242 4242 4242"
DECLINED = "4000 0000 0000 0002"
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


def fill_in_card(page: Page, number: str = VISA) -> None:
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry date").fill("12 / 44")
    page.get_by_label("Security code").fill("123")


def pay(page: Page, card: str = VISA) -> None:
    fill_in_card(page, card)
    page.get_by_role("button", name=re.compile("^Pay £")).click()


def test_from_search_to_sign_up_to_a_bought_teapot(page: Page) -> None:
    page.goto("/")
    page.get_by_role("combobox", name="Search the shop").fill("teapot")
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
    pay(page, DECLINED)
    expect(page.get_by_role("heading", name="The bank declined this card")).to_be_visible()
    expect(page.locator("[data-outcome]")).to_contain_class("bad")
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
    fill_in_card(page)
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
    expect(page.get_by_role("heading", name="A purchase is under way")).to_be_visible()
    page.get_by_role("button", name="Finish it").click()
    page.wait_for_url("**/confirmation?order=*")
    page.goto("/account")
    expect(page.get_by_text(re.compile(r"HL-\w{4}-\w{4}"))).to_have_count(1)


def test_a_payment_without_a_clear_answer_is_asked_for_again_under_the_same_key(page: Page, stack: Stack) -> None:
    buy_now(page, "pepper-mill")
    fill_in_guest(page)
    keys: list[str] = []

    def answer_late(route: Route) -> None:
        if route.request.method == "POST":
            keys.append(route.request.headers["idempotency-key"])
        if len(keys) > 1:
            route.continue_()
            return
        placed = route.fetch()
        route.fulfill(status=202, response=placed, json=placed.json() | {"status": "pending_payment"})

    page.route(f"{stack.api}/orders", answer_late)
    pay(page)
    page.wait_for_url("**/confirmation?order=*")
    assert len(keys) == 2
    assert len(set(keys)) == 1


def test_what_was_typed_at_the_checkout_survives_a_reload(page: Page) -> None:
    buy_now(page, "rolling-pin")
    fill_in_guest(page)
    page.reload()
    expect(page.get_by_label("Address line 1")).to_have_value("1 Mill Lane")
    expect(page.get_by_label("Full name")).to_have_value("Ada Lovelace")


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
    number = page.get_by_label("Card number")
    for _ in range(MOST_TABS):
        if number.evaluate("field => field === document.activeElement"):
            break
        page.keyboard.press("Tab")
    for typed in ("4242424242424242", "1244", "123"):
        page.keyboard.type(typed)
        page.keyboard.press("Tab")
    pay_button = page.get_by_role("button", name="Pay £13.95")
    expect(pay_button).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/confirmation?order=*")


def test_the_site_sends_127_0_0_1_to_localhost(stack: Stack) -> None:
    answer = requests.get(f"{stack.site.replace('localhost', '127.0.0.1')}/cart?x=1", allow_redirects=False, timeout=10)
    assert (answer.status_code, answer.headers["location"]) == (307, f"{stack.site}/cart?x=1")


def add_to_cart(page: Page, slug: str) -> None:
    page.goto(f"/products/{slug}")
    page.get_by_role("button", name="Add to cart").click()
    expect(page.locator("[data-added]")).to_contain_text("Added")


def keep_as_cart(page: Page, kept: str) -> None:
    page.goto("/404")
    page.evaluate("kept => localStorage.setItem('cart', kept)", kept)


def hold_purchases(page: Page, stack: Stack) -> list[Route]:
    """Keep orders on their way, in every tab, until the test lets them go on."""
    held: list[Route] = []
    page.context.route(f"{stack.api}/orders", lambda route: held.append(route) if is_post(route) else route.continue_())
    return held


def is_post(route: Route) -> bool:
    return route.request.method == "POST"


def fits(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_a_cart_bought_in_one_tab_cannot_be_bought_in_another(page: Page) -> None:
    add_to_cart(page, "everyday-mug")
    other = page.context.new_page()
    for tab in (page, other):
        tab.goto("/checkout")
        fill_in_guest(tab)
        expect(tab.get_by_role("button", name=re.compile("^Pay £"))).to_be_enabled()
    pay(page)
    page.wait_for_url("**/confirmation?order=*")
    expect(other.get_by_role("heading", name="This cart was bought or emptied meanwhile")).to_be_visible()
    expect(other.locator("#checkout")).to_be_hidden()
    expect(other.get_by_role("link", name="See everything")).to_be_visible()


def test_two_tabs_that_pay_at_once_buy_a_cart_once(page: Page, stack: Stack) -> None:
    add_to_cart(page, "everyday-mug")
    other = page.context.new_page()
    held = hold_purchases(page, stack)
    for tab in (page, other):
        tab.goto("/checkout")
        fill_in_guest(tab)
    for tab in (page, other):
        pay(tab)
        expect(tab.get_by_role("button", name="Paying…")).to_be_visible()
    other.wait_for_timeout(A_MOMENT_MS)
    assert len(held) == 1
    held[0].continue_()
    page.wait_for_url("**/confirmation?order=*")
    expect(other.get_by_role("heading", name="This cart was bought or emptied meanwhile")).to_be_visible()
    assert len(held) == 1


def test_a_cart_changed_in_another_tab_is_shown_before_it_is_paid(page: Page) -> None:
    add_to_cart(page, "everyday-mug")
    page.goto("/checkout")
    fill_in_guest(page)
    before = page.get_by_role("button", name=re.compile("^Pay £")).inner_text()
    other = page.context.new_page()
    add_to_cart(other, "noodle-bowl")
    expect(page.get_by_role("heading", name="Your cart has changed")).to_be_visible()
    expect(page.locator("#order-summary")).to_contain_text("Noodle bowl")
    expect(page.get_by_role("button", name=re.compile("^Pay £"))).not_to_have_text(before)
    pay(page)
    page.wait_for_url("**/confirmation?order=*")
    expect(page.locator(".lines")).to_contain_text("Noodle bowl")


def test_what_is_added_while_paying_stays_in_the_cart(page: Page, stack: Stack) -> None:
    add_to_cart(page, "everyday-mug")
    other = page.context.new_page()
    page.goto("/checkout")
    fill_in_guest(page)
    held = hold_purchases(page, stack)
    pay(page)
    expect(page.get_by_role("button", name="Paying…")).to_be_visible()
    add_to_cart(other, "everyday-mug")
    expect(other.locator("[data-cart-count]")).to_have_text("2")
    held[0].continue_()
    page.wait_for_url("**/confirmation?order=*")
    expect(page.locator("[data-cart-count]")).to_have_text("1")


@pytest.mark.parametrize("asked", ["sku=WOK-34&quantity=3", "sku=BLOCK-40"])
def test_buying_what_is_not_there_leads_back_to_the_product(page: Page, asked: str) -> None:
    page.goto(f"/checkout?{asked}")
    expect(page.get_by_role("button", name=re.compile("^Pay"))).to_be_disabled()
    page.get_by_role("link", name="Choose again on its page").click()
    page.wait_for_url(f"**/products/*?{asked.split('&', maxsplit=1)[0]}")
    expect(page.locator("form [data-stock]")).to_have_text(re.compile("Only 1 left|Sold out"))


@pytest.mark.parametrize(("asked", "bought"), [("1.5", 1), ("abc", 1), ("-5", 1), ("99999", 10)])
def test_an_odd_quantity_in_the_address_becomes_a_whole_one(page: Page, asked: str, bought: int) -> None:
    page.goto(f"/checkout?sku=MUG-INK&quantity={asked}")
    expect(page.locator("#order-summary")).to_contain_text(f"{bought} × £")
    expect(page.get_by_role("button", name=re.compile("^Pay £"))).to_be_enabled()


def test_an_unknown_sku_is_told_without_a_price(page: Page) -> None:
    page.goto("/checkout?sku=NO-SUCH-THING")
    expect(page.get_by_role("heading", name="The shop does not sell this any more.")).to_be_visible()
    expect(page.locator("#checkout")).to_be_hidden()
    expect(page.locator("[data-outcome]")).not_to_be_focused()


@pytest.mark.parametrize("kept", ["null", '"x"', "123", "[{}]", '{"a": 1}', "[null]", '[{"sku": "MUG-INK"}]', "{"])
def test_a_broken_cart_is_an_empty_one(page: Page, kept: str) -> None:
    keep_as_cart(page, kept)
    page.goto("/cart")
    expect(page.get_by_text("Your cart is empty.")).to_be_visible()
    add_to_cart(page, "everyday-mug")
    expect(page.locator("[data-cart-count]")).to_have_text("1")
    page.goto("/cart")
    expect(page.get_by_role("link", name="Check out")).to_be_visible()


def test_the_carts_quantities_end_where_the_stock_does(page: Page) -> None:
    page.goto("/products/flat-bottomed-wok?sku=WOK-34")
    expect(page.locator("form [data-stock]")).to_have_text("Only 1 left")
    page.get_by_role("button", name="Add to cart").click()
    page.goto("/cart")
    expect(page.get_by_role("link", name="Check out")).to_be_visible()
    options = page.get_by_label("Quantity of").locator("option")
    expect(options.nth(0)).to_be_enabled()
    expect(options.nth(1)).to_be_disabled()


def test_long_words_do_not_widen_a_page(page: Page) -> None:
    page.goto(f"/search?q={'w' * 300}")
    expect(page.locator("[data-found]")).to_have_text("0 products")
    assert fits(page)
    buy_now(page, "noodle-bowl")
    fill_in_guest(page)
    page.get_by_label("Full name").fill("N" * 98)
    page.get_by_label("Address line 1").fill("A" * 120)
    pay(page)
    page.wait_for_url("**/confirmation?order=*")
    expect(page.locator("address")).to_contain_text("A" * 120)
    assert fits(page)


def test_text_twice_as_large_fits(page: Page) -> None:
    add_to_cart(page, "noodle-bowl")
    for path in ("/", "/categories/baking", "/products/everyday-mug", "/search?q=pan", "/cart", "/checkout"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert fits(page), path


def test_a_guests_order_without_its_key_says_how_it_opens(page: Page) -> None:
    page.goto("/confirmation?order=none")
    expect(page.get_by_text("the whole link from your confirmation")).to_be_visible()


def test_a_product_above_the_threshold_says_free_delivery(page: Page) -> None:
    page.goto("/products/copper-saucepan")
    expect(page.locator(".terms")).to_contain_text("Free delivery")
    page.goto("/products/everyday-mug")
    expect(page.get_by_text("Free delivery,")).to_be_hidden()
    expect(page.locator(".terms")).to_contain_text("£3.95")
