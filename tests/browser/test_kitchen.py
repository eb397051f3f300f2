"""The kitchen view: what it remembers and what it never does, what it shows, and the tour that follows an order."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, Page, Route, expect

from tests import factories
from tests.browser.accessible import assert_good
from tests.browser.conftest import PHONE
from tests.browser.test_purchase import DECLINED, VISA, buy_now, fill_in_address, fill_in_guest, pay, sign_up
from tests.stack import Stack

SCRIPTS = Path("static_site/assets/js")
MOST_BYTES = 3 * 1024
TEAPOT = "/products/stoneware-teapot"
MASK = "•••"
BUY_UNTIL_REFUSED = """async (order) => {
  const { call } = await import('/assets/js/api.js');
  const { method, address } = order.delivery;
  const wanted = { lines: order.lines, delivery: { method, country: address.country } };
  const quote = await call('POST', '/quotes', { body: wanted });
  const body = { ...order, expected_total: quote.total };
  try {
    for (;;) await call('POST', '/orders', { body, key: crypto.randomUUID() });
  } catch {
    // Sold out.
  }
}"""


def kept(page: Page) -> list[dict[str, Any]]:
    """Return what the tab has stored, which it does when a page is left."""
    page.goto("/404")
    talks: list[dict[str, Any]] = json.loads(page.evaluate("sessionStorage.getItem('kitchen') ?? '{}'"))["talks"]
    return talks


def settled(page: Page, path: str) -> None:
    page.goto(path)
    page.wait_for_load_state("networkidle")


def open_kitchen(page: Page) -> Locator:
    page.get_by_role("button", name="Kitchen view").click()
    kitchen = page.get_by_role("complementary", name="Kitchen view")
    expect(kitchen.get_by_role("heading", name="Kitchen view")).to_be_focused()
    return kitchen


def conversation(kitchen: Locator, path: str) -> Locator:
    """Open a conversation, and return it."""
    talk = kitchen.locator("[data-groups] .talk").filter(has=kitchen.page.locator(".asked", has_text=path)).first
    talk.locator("summary").first.click()
    expect(talk.get_by_role("heading", name="What the page did")).to_be_visible()
    return talk


def step(talk: Locator, title: str) -> Locator:
    return talk.locator(".steps > li").filter(has=talk.page.get_by_role("heading", name=title))


def fail_once(page: Page, path: str, status: int) -> None:
    """Let the first request to a path be refused as busy, and the others through."""
    problem = {"code": "unavailable", "detail": "Busy.", "title": "Unavailable", "status": status, "request_id": "r-1"}
    tries: list[str] = []

    def serve(route: Route) -> None:
        if route.request.method == "OPTIONS" or tries:
            route.continue_()
            return
        tries.append(route.request.method)
        origin = {"Access-Control-Allow-Origin": route.request.headers["origin"]}
        exposed = {"Access-Control-Expose-Headers": "Retry-After, X-Request-Id", "X-Request-Id": "r-1"}
        route.fulfill(status=status, json=problem, headers=origin | exposed | {"Retry-After": "0"})

    page.route(path, serve)


# --- Remembering


def test_conversations_are_remembered_over_pages_with_the_click_that_began_them(page: Page) -> None:
    settled(page, TEAPOT)
    page.get_by_role("button", name="Buy now").click()
    page.wait_for_url("**/checkout?**")
    page.wait_for_load_state("networkidle")
    stock, quote = [talk for talk in kept(page) if talk["path"].startswith(("/availability", "/quotes"))]
    assert (stock["method"], stock["page"], stock["cause"]["type"]) == ("GET", TEAPOT, "load")
    assert (quote["method"], quote["page"], quote["cause"]["after"]["name"]) == ("POST", "/checkout", "Buy now")
    assert quote["tries"][0]["status"] == 200
    assert "total;dur=" in quote["tries"][0]["headers"]["server-timing"]
    assert quote["tries"][0]["network"]["responseStart"] > 0
    assert "Showed what one line costs, and put the total on the button" in [one["words"] for one in quote["notes"]]


def test_nothing_secret_is_ever_kept_or_shown(page: Page) -> None:
    secrets: set[str] = set()

    def learn(headers: dict[str, str]) -> None:
        secrets.update(value for name, value in headers.items() if name in ("authorization", "cookie", "x-order-key"))

    page.on("request", lambda request: learn(request.headers))
    email = sign_up(page)
    buy_now(page, "everyday-mug")
    fill_in_address(page)
    pay(page)
    page.wait_for_url("**/confirmation?**")
    page.wait_for_load_state("networkidle")
    assert secrets
    open_kitchen(page)
    for summary in page.locator("#kitchen .talk > summary").all():
        summary.click()
    shown = page.evaluate("document.querySelector('#kitchen').textContent")
    stored = json.dumps(kept(page), ensure_ascii=False)
    never = [
        factories.PASSWORD,
        email,
        VISA,
        VISA.replace(" ", ""),
        "1 Mill Lane",
        "ST1 3EJ",
        "Ada Lovelace",
        "12 / 44",
    ]
    never += [secret.removeprefix("Bearer ") for secret in secrets]
    for words in (stored, shown):
        assert [secret for secret in never if secret in words] == []
        assert "eyJ" not in words
        assert MASK in words


def test_an_order_key_of_a_guest_is_not_kept(page: Page) -> None:
    buy_now(page, "noodle-bowl")
    fill_in_guest(page)
    pay(page)
    page.wait_for_url("**/confirmation?**#key=*")
    page.wait_for_load_state("networkidle")
    key = page.url.partition("#key=")[2]
    assert key not in json.dumps(kept(page))


def test_thirty_conversations_are_kept_and_a_long_body_is_cut(page: Page) -> None:
    settled(page, "/")
    page.route(
        "**/availability?sku=long",
        lambda route: route.fulfill(
            body="x" * 20_000, headers={"Access-Control-Allow-Origin": route.request.headers["origin"]}
        ),
    )
    page.evaluate("""async () => {
        const { call } = await import('/assets/js/api.js');
        for (let n = 0; n < 33; n += 1) await call('GET', `/availability?sku=S${n}`);
        await call('GET', '/availability?sku=long').catch(() => {});
    }""")
    talks = kept(page)
    assert len(talks) == 30
    text = talks[-1]["tries"][0]["text"]
    assert len(text) < 6_100
    assert text.endswith("… 14000 more characters")


def close_kitchen(page: Page) -> None:
    """Let the pages that this one goes on to be as production publishes them."""
    page.add_init_script("""document.addEventListener('readystatechange', () => {
        if (document.readyState !== 'interactive') return;
        document.querySelector('meta[name="kitchen"]').content = 'owner';
        for (const button of document.querySelectorAll('[data-kitchen]')) button.hidden = true;
    })""")


def test_where_it_is_off_nothing_is_recorded_and_nothing_opens(page: Page) -> None:
    settled(page, "/")
    assert kept(page)
    close_kitchen(page)
    settled(page, TEAPOT)
    assert page.evaluate("sessionStorage.getItem('kitchen')") is None
    expect(page.get_by_role("button", name="Kitchen view")).to_be_hidden()
    page.keyboard.press("?")
    page.reload()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("sessionStorage.getItem('kitchen')") is None
    expect(page.locator("#kitchen")).to_have_count(0)


def test_in_production_the_owners_calls_carry_his_token_and_he_sees_the_kitchen(page: Page) -> None:
    sign_up(page)
    page.add_init_script("localStorage.setItem('owner', localStorage.getItem('signed-in'))")
    close_kitchen(page)
    # A refresh by one who is no owner any more takes the hint away, so the answer says that he is.
    page.route("**/sessions/refresh", answer_as_owner)
    with page.expect_request("**/availability?*") as asked:
        settled(page, TEAPOT)
    assert asked.value.headers["authorization"].startswith("Bearer ")
    kitchen = open_kitchen(page)
    conversation(kitchen, "/availability")


def answer_as_owner(route: Route) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, body=answer.text().replace('"role":"shopper"', '"role":"owner"'))


def test_until_it_is_opened_it_costs_no_request_of_its_own_and_less_than_3_kb(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    settled(page, TEAPOT)
    assert not [url for url in asked if "kitchen" in url]
    recorder = (SCRIPTS / "recorder.js").read_text()
    opener = (SCRIPTS / "shell.js").read_text().partition("// --- The kitchen view")[2]
    assert opener
    without_comments = re.sub(r"/\*\*.*?\*/", "", recorder + opener, flags=re.DOTALL)
    assert len(gzip.compress(without_comments.encode())) < MOST_BYTES


def test_the_banks_page_between_two_of_the_shops_forgets_nothing(page: Page) -> None:
    settled(page, TEAPOT)
    settled(page, "/challenge")
    assert "/availability" in [talk["path"].partition("?")[0] for talk in kept(page)]


def test_with_large_text_on_a_phone_its_title_keeps_its_words_and_its_list_can_be_reached(page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    settled(page, TEAPOT)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    kitchen = open_kitchen(page)
    lines = "title => title.getBoundingClientRect().height / parseFloat(getComputedStyle(title).lineHeight)"
    assert kitchen.get_by_role("heading", name="Kitchen view").evaluate(lines) < 2.5
    conversation(kitchen, "/availability")


# --- Opening and closing


def test_the_key_opens_it_and_escape_closes_it_and_gives_the_keyboard_back(page: Page) -> None:
    settled(page, "/")
    link = page.get_by_role("link", name="See everything")
    link.focus()
    page.keyboard.press("?")
    expect(page.locator("#kitchen h2")).to_be_focused()
    page.keyboard.press("Escape")
    expect(page.locator("#kitchen")).to_have_count(0)
    expect(link).to_be_focused()


def test_a_question_mark_that_is_typed_is_a_question_mark(page: Page) -> None:
    settled(page, "/cart")
    box = page.get_by_role("searchbox").or_(page.get_by_role("combobox")).first
    box.press("?")
    expect(box).to_have_value("?")
    expect(page.locator("#kitchen")).to_have_count(0)


def test_the_key_can_be_turned_off_and_stays_off(page: Page) -> None:
    settled(page, "/cart")
    kitchen = open_kitchen(page)
    kitchen.get_by_text("Options").click()
    kitchen.get_by_label("The key ? opens this").uncheck()
    page.keyboard.press("Escape")
    page.reload()
    page.wait_for_load_state("networkidle")
    page.get_by_role("link", name="Skip to the content").focus()
    page.keyboard.press("?")
    page.get_by_role("button", name="Kitchen view").click()
    expect(page.locator("#kitchen")).to_have_count(1)
    expect(page.get_by_label("The key ? opens this")).not_to_be_checked()


def test_it_stays_open_over_pages_and_leaves_the_keyboard_to_them(page: Page) -> None:
    settled(page, "/")
    open_kitchen(page)
    settled(page, TEAPOT)
    expect(page.locator("#kitchen h2")).to_be_visible()
    expect(page.locator("#kitchen h2")).not_to_be_focused()
    page.get_by_role("button", name="Close the kitchen view").click()
    settled(page, "/")
    expect(page.locator("#kitchen")).to_have_count(0)


def test_it_covers_nothing_that_cannot_be_scrolled_to(page: Page) -> None:
    settled(page, "/checkout?sku=TEAPOT-SAGE&quantity=1")
    kitchen = open_kitchen(page)
    button = page.locator("[data-pay]")
    button.scroll_into_view_if_needed()
    page.evaluate("document.querySelector('[data-pay]').scrollIntoView({ block: 'center' })")
    top, pay_button = kitchen.bounding_box(), button.bounding_box()
    assert top is not None
    assert pay_button is not None
    assert pay_button["y"] + pay_button["height"] <= top["y"]
    page.evaluate("scrollTo(0, document.body.scrollHeight)")
    footer = page.locator("footer.site").bounding_box()
    assert footer is not None
    assert footer["y"] + footer["height"] <= top["y"] + 1


def test_it_can_be_made_higher_by_the_keyboard_and_remembers_that(page: Page) -> None:
    settled(page, "/")
    open_kitchen(page)
    handle = page.get_by_role("separator", name="Height of the kitchen view")
    before = int(handle.get_attribute("aria-valuenow") or 0)
    handle.press("ArrowUp")
    expect(handle).to_have_attribute("aria-valuenow", str(before + 5))
    settled(page, "/cart")
    expect(handle).to_have_attribute("aria-valuenow", str(before + 5))


# --- What it shows


def test_a_conversation_is_read_by_keyboard_alone_in_six_steps(page: Page) -> None:
    settled(page, TEAPOT)
    page.keyboard.press("?")
    expect(page.locator("#kitchen h2")).to_be_focused()
    talk = page.locator("[data-groups] .talk").first
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.parentElement.matches('[data-groups] .talk')"):
            break
    page.keyboard.press("Enter")
    expect(talk.locator("h4")).to_have_text(
        [
            re.compile(words)
            for words in (
                "1 What you did",
                "2 The page asks",
                "3 The backend understands",
                "4 Logic and database",
                "5 The answer",
                "6 What the page did",
            )
        ]
    )
    expect(step(talk, "Logic and database")).to_contain_text(re.compile(r"BatchGetItem on stock, \d+ items"))
    expect(step(talk, "Logic and database")).to_contain_text("Fetches several items by their keys")
    expect(step(talk, "The answer")).to_contain_text("x-request-id")
    expect(step(talk, "The answer")).to_contain_text(re.compile(r"log has its line.* FIND=[\w-]{8}"))
    expect(step(talk, "What the page did")).to_contain_text("Showed how much is left of")
    assert talk.locator("svg:not([aria-hidden])").count() == 0


def test_each_stage_of_an_order_is_shown_with_its_calls_to_database_and_gateway(page: Page) -> None:
    sign_up(page)
    buy_now(page, "serving-bowl")
    fill_in_address(page)
    pay(page)
    page.wait_for_url("**/confirmation?**")
    page.wait_for_load_state("networkidle")
    talk = conversation(open_kitchen(page), "/orders")
    order = page.locator("[data-groups] .talk").filter(has_text=re.compile(r"POST\s*/orders"))
    if talk.text_content() != order.text_content():
        order.locator("summary").first.click()
    logic = step(order, "Logic and database")
    expect(logic).to_contain_text("TransactWriteItems on accounts, orders, stock, 3 items")
    for call in ("create", "authorise", "capture"):
        expect(logic).to_contain_text(f"Payment gateway: {call}")
    expect(logic).to_contain_text("All or nothing")
    expect(step(order, "The page asks")).to_contain_text(re.compile(r"Idempotency-Key\s*[0-9a-f]{8}…"))
    expect(step(order, "The answer")).to_contain_text("201")


def test_a_retry_shows_each_try_and_the_pause_between_them(page: Page) -> None:
    fail_once(page, "**/availability?*", 503)
    settled(page, TEAPOT)
    expect(page.locator(".buy [data-stock]")).to_have_text(re.compile("In stock|Only"))
    kitchen = open_kitchen(page)
    talk = conversation(kitchen, "/availability")
    expect(talk.locator(".status").first).to_have_text(re.compile(r"200\s+try 2"))
    expect(step(talk, "The page asks")).to_contain_text("Wait, then try again (try 2)")
    expect(step(talk, "The answer")).to_contain_text("Try 1: 503. Too busy right now.")


def test_no_answer_at_all_is_shown_as_such(page: Page) -> None:
    page.route("**/availability?*", lambda route: route.abort())
    settled(page, TEAPOT)
    kitchen = open_kitchen(page)
    expect(kitchen.locator(".status").first).to_contain_text("try 3")
    talk = conversation(kitchen, "/availability")
    expect(step(talk, "The answer")).to_contain_text("None: no connection.")
    expect(step(talk, "The backend understands")).to_contain_text("Nobody knows whether the request arrived.")


def test_a_declined_card_shows_what_was_undone(page: Page) -> None:
    sign_up(page)
    buy_now(page, "muffin-tin")
    fill_in_address(page)
    pay(page, DECLINED)
    expect(page.get_by_role("heading", name="The bank declined this card")).to_be_visible()
    talk = conversation(open_kitchen(page), "/orders")
    expect(talk.locator(".status").first).to_have_text("402")
    expect(step(talk, "The answer")).to_contain_text("Payment required: the bank did not give the money.")
    expect(step(talk, "What the page did")).to_contain_text("Said what is wrong, and kept all that was typed")


def test_a_refused_write_shows_as_refused(page: Page) -> None:
    settled(page, "/")
    page.evaluate(BUY_UNTIL_REFUSED, factories.order_body({"SCALES-5KG": 10}, 1))
    kitchen = open_kitchen(page)
    refused = kitchen.locator("[data-groups] .talk").filter(has=page.locator(".status", has_text="409"))
    refused.locator("summary").first.click()
    expect(step(refused, "Logic and database")).to_contain_text("refused")
    expect(step(refused, "Logic and database")).to_contain_text("This is how the last unit is sold only once.")
    expect(step(refused, "The answer")).to_contain_text("out_of_stock")


def test_a_request_is_copied_as_a_curl_command_that_runs(page: Page) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    settled(page, TEAPOT)
    talk = conversation(open_kitchen(page), "/availability")
    talk.get_by_role("button", name="Copy as curl").click()
    expect(page.locator("#kitchen .said")).to_contain_text("in the clipboard")
    command = page.evaluate("navigator.clipboard.readText()")
    ran = subprocess.run(["sh", "-c", f"{command} -s"], capture_output=True, timeout=20, check=True)
    assert {one["sku"] for one in json.loads(ran.stdout)["items"]} >= {"TEAPOT-SAGE"}
    talk.get_by_role("button", name="Copy request id").click()
    expect(page.locator("#kitchen .said")).to_contain_text("The request id")
    assert page.evaluate("navigator.clipboard.readText()") in talk.inner_text()


def test_a_curl_command_holds_variables_for_secrets_and_quotes_for_the_shell(page: Page) -> None:
    settled(page, "/")
    command = page.evaluate("""async () => {
        const { curlOf } = await import('/assets/js/kitchen/curl.js');
        const secret = { Authorization: '•••', 'X-Order-Key': '•••' };
        const headers = { ...secret, 'Idempotency-Key': '12345678…', 'If-Match': '"1"' };
        const talk = { method: 'POST', path: "/x?q=it's", headers, cookie: true, body: `{"a":"$HOME 'b'"}` };
        return curlOf(talk, 'http://api');
    }""")
    words = command.replace("curl ", "printf '%s\\n' ", 1)
    ran = subprocess.run(
        ["sh", "-c", f"uuidgen() {{ echo a-key; }}; TOKEN=t; ORDER_KEY=k; COOKIE=c; {words}"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ran.stdout.splitlines() == [
        *("-X", "POST", "http://api/x?q=it's"),
        *("-H", "Authorization: Bearer t", "-H", "X-Order-Key: k", "-H", "Idempotency-Key: a-key"),
        *("-H", 'If-Match: "1"', "-b", "c", "--data-raw", """{"a":"$HOME 'b'"}"""),
    ]


def test_what_is_listed_can_be_narrowed_and_forgotten(page: Page) -> None:
    settled(page, TEAPOT)
    settled(page, "/checkout?sku=TEAPOT-SAGE&quantity=1")
    kitchen = open_kitchen(page)
    expect(kitchen.locator(".asked").filter(has_text="GET")).not_to_have_count(0)
    kitchen.get_by_text("Options").click()
    kitchen.get_by_label("Only changes").check()
    expect(kitchen.locator(".asked").filter(has_text="GET")).to_have_count(0)
    kitchen.get_by_label("Path holds").fill("nothing like this")
    expect(kitchen.get_by_text("No conversation fits")).to_be_visible()
    kitchen.get_by_label("Path holds").fill("")
    kitchen.get_by_role("button", name="Forget these conversations").click()
    expect(kitchen.get_by_text("No conversation fits")).to_be_visible()
    kitchen.get_by_label("Only changes").uncheck()
    expect(kitchen.get_by_text("Nothing has been said yet.")).to_be_visible()


def test_a_new_conversation_leaves_the_keyboard_and_what_is_open_where_they_are(page: Page) -> None:
    settled(page, TEAPOT)
    kitchen = open_kitchen(page)
    talk = conversation(kitchen, "/availability")
    talk.locator("summary").first.focus()
    page.evaluate("import('/assets/js/api.js').then(({ call }) => call('GET', '/availability?sku=MUG'))")
    page.evaluate("document.querySelector('main').click()")
    expect(kitchen.locator("[data-groups] .talk")).to_have_count(2)
    expect(talk.locator("summary").first).to_be_focused()
    expect(talk).to_have_attribute("open", "")


# --- Looks


def test_panel_and_tour_are_accessible_in_both_themes_and_every_width(themed: Page) -> None:
    settled(themed, "/checkout?sku=TEAPOT-SAGE&quantity=1")
    kitchen = open_kitchen(themed)
    kitchen.get_by_text("Options").click()
    conversation(kitchen, "/quotes")
    scroll = kitchen.locator(".scroll")
    assert scroll.evaluate("(element) => element.scrollWidth <= element.clientWidth"), "the panel scrolls sideways"
    assert_good(themed)
    kitchen.get_by_role("button", name="Follow an order").click()
    expect(kitchen.get_by_role("heading", name="Say who you are")).to_be_visible()
    assert_good(themed)


# --- The tour


def titled(kitchen: Locator, name: str) -> Locator:
    return kitchen.get_by_role("heading", name=name, exact=True)


def test_the_tour_follows_an_order_from_sign_up_to_the_confirmation(page: Page) -> None:
    settled(page, "/")
    page.get_by_role("button", name="Follow an order").click()
    kitchen = page.locator("#kitchen")
    go_on = kitchen.get_by_role("button", name="Go on", exact=True)
    where = kitchen.get_by_role("button", name="Show me where")
    expect(titled(kitchen, "Say who you are")).to_be_visible()
    where.click()
    expect(page.locator("[data-account]")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/sign-in*")
    expect(titled(kitchen, "Say who you are")).to_be_visible()
    sign_up(page)
    expect(titled(kitchen, "Say who you are: done")).to_be_visible()
    expect(kitchen.locator(".tour .asked")).to_have_text(re.compile("POST /accounts"))
    go_on.click()
    expect(titled(kitchen, "Choose something")).to_be_focused()
    page.goto("/categories/tea-and-coffee")
    expect(page.locator(".card.kitchen-here")).to_have_count(1)
    where.click()
    page.keyboard.press("Enter")
    page.wait_for_url("**/products/*")
    expect(titled(kitchen, "Choose something: done")).to_be_visible()
    go_on.click()
    where.click()
    expect(page.locator("[data-buy]")).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/checkout?**")
    expect(titled(kitchen, "Buy it now: done")).to_be_visible()
    go_on.click()
    fill_in_address(page)
    pay(page, DECLINED)
    expect(kitchen.get_by_text("Not yet.")).to_be_visible()
    pay(page)
    page.wait_for_url("**/confirmation?**")
    expect(titled(kitchen, "Pay for it: done")).to_be_visible()
    expect(kitchen.locator(".happened")).to_contain_text("the payment gateway was asked 3 times")
    go_on.click()
    expect(titled(kitchen, "See it confirmed: done")).to_be_visible()
    go_on.click()
    expect(titled(kitchen, "That was an order")).to_be_visible()
    expect(kitchen.get_by_role("link", name="this machine’s mailbox")).to_have_attribute("href", "/mailbox")
    kitchen.get_by_role("button", name="Look round the kitchen").click()
    expect(kitchen.locator(".tour")).to_have_count(0)
    expect(kitchen.get_by_role("heading", name="Kitchen view")).to_be_focused()


def test_a_guest_takes_the_tour_too_and_may_leave_it_and_come_back(page: Page) -> None:
    settled(page, TEAPOT)
    kitchen = open_kitchen(page)
    kitchen.get_by_role("button", name="Follow an order").click()
    kitchen.get_by_role("button", name="Go on as a guest").click()
    expect(kitchen.get_by_role("heading", name="Choose something: done")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".kitchen-here")).to_have_count(0)
    settled(page, "/")
    kitchen = open_kitchen(page)
    expect(kitchen.get_by_text("step 2 of 5")).to_be_visible()
    kitchen.get_by_role("button", name="Leave the tour").click()
    expect(kitchen.locator(".tour")).to_have_count(0)


def test_each_step_of_the_tour_is_announced_and_fits_320_px(browser: Browser, stack: Stack) -> None:
    narrow = browser.new_context(viewport={"width": 320, "height": PHONE["height"]}, base_url=stack.site)
    page = narrow.new_page()
    settled(page, "/")
    page.get_by_role("button", name="Follow an order").click()
    expect(page.get_by_role("status").filter(has_text="Say who you are")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    narrow.close()
