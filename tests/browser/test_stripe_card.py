"""Stripe's card form in Chromium, under the checkout's own headers; js.stripe.com is played here, for it is not ours.

What stands in for Stripe's script does what such a script does: it fetches more of itself, makes a frame, and calls
home. Whether the real one does more than that, only the real one can tell.
"""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Route
from playwright.sync_api import Error as PlaywrightError

from infra.headers import page_headers
from tests.browser.watch import Watch

SITE = "https://shop.example"
PAGE = """<!doctype html><title>Checkout</title><meta name="stripe-key" content="pk_test_1"><div data-card></div>"""
SCRIPT = """
globalThis.seen = [];
globalThis.more = new Promise((resolve) => {
  const script = document.createElement('script');
  script.src = 'https://js.stripe.com/endive/more.js';
  script.onload = resolve;
  document.head.append(script);
});
globalThis.Stripe = (key) => {
  seen.push({ key });
  const elements = {
    create: (type, options) => {
      seen.push({ type, ...options });
      const on = {};
      return {
        once: (event, handler) => (on[event] = handler),
        mount: async (container) => {
          const frame = Object.assign(document.createElement('iframe'), { src: 'https://js.stripe.com/frame.html' });
          const drawn = new Promise((resolve) => (frame.onload = resolve));
          container.append(frame);
          await Promise.all([drawn, more, fetch('https://api.stripe.com/v1/elements')]);
          if (globalThis.trouble === 'load') on.loaderror({ error: { message: 'Not today.' } });
          else on.ready();
        },
      };
    },
    update: (options) => seen.push({ updated: options }),
    submit: async () =>
      globalThis.trouble === 'submit' ? { error: { message: 'Your card number is incomplete.' } } : {},
  };
  return {
    elements: (options) => (seen.push(options), elements),
    createConfirmationToken: async (given) =>
      globalThis.trouble === 'token' || given.elements !== elements
        ? { error: { message: 'Your card was declined.' } }
        : { confirmationToken: { id: 'ctoken_1' } },
  };
};
"""
STRIPES = {
    "https://js.stripe.com/endive/stripe.js": ("text/javascript", SCRIPT),
    "https://js.stripe.com/endive/more.js": ("text/javascript", "globalThis.rest = true;"),
    "https://js.stripe.com/frame.html": ("text/html", "<!doctype html><title>Card</title>"),
    "https://api.stripe.com/v1/elements": ("application/json", "{}"),
}
MOUNT = """async (amount) => {
  const { mountCard } = await import('/assets/js/stripe-card.js');
  globalThis.card = await mountCard(document.querySelector('[data-card]'), amount);
  return card.label;
}"""
TOKEN = "() => card.token().catch((error) => `${error.name}: ${error.message}`)"
TOTAL = {"amount": 1795, "currency": "GBP"}


class Checkout:
    """A page with the checkout's headers, on a network of our own."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.headers = page_headers("https://api.shop.example", "checkout", "stripe")
        page.route("**/*", self._answer)

    def open(self, trouble: str = "") -> None:
        self.page.goto(f"{SITE}/checkout")
        self.page.evaluate("(trouble) => { globalThis.trouble = trouble }", trouble)

    def mount(self, amount: dict[str, Any] | None = None) -> Any:
        return self.page.evaluate(MOUNT, amount or TOTAL)

    def seen(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.page.evaluate("seen")
        return found

    def _answer(self, route: Route) -> None:
        url = route.request.url
        if url in STRIPES:
            type_, body = STRIPES[url]
            route.fulfill(content_type=type_, body=body, headers={"Access-Control-Allow-Origin": SITE})
        elif url == f"{SITE}/checkout":
            route.fulfill(content_type="text/html", body=PAGE, headers=self.headers)
        elif url.startswith(f"{SITE}/assets/"):
            file = Path("static_site") / urlsplit(url).path.lstrip("/")
            route.fulfill(content_type=mimetypes.guess_type(file)[0], body=file.read_bytes())
        else:
            route.abort()


@pytest.fixture
def checkout(browser: Browser) -> Iterator[Checkout]:
    shopper = browser.new_context()
    yield Checkout(shopper.new_page())
    shopper.close()


def test_a_card_becomes_a_token_and_nothing_breaks_the_policy(checkout: Checkout) -> None:
    checkout.open()
    assert checkout.mount() == "Card"
    assert checkout.page.evaluate(TOKEN) == "ctoken_1"
    checkout.page.evaluate("card.update({ amount: 3195, currency: 'GBP' })")
    never = dict.fromkeys(("applePay", "googlePay", "link"), "never")
    assert checkout.seen() == [
        {"key": "pk_test_1"},
        {
            "amount": 1795,
            "currency": "gbp",
            "mode": "payment",
            "captureMethod": "manual",
            "allowedPaymentMethodTypes": ["card"],
            "locale": "auto",
            "appearance": {"theme": "stripe"},
        },
        {"type": "payment", "wallets": never},
        {"updated": {"amount": 3195, "currency": "gbp"}},
    ]
    assert checkout.page.evaluate("rest") is True


@pytest.mark.parametrize(
    ("trouble", "words"),
    [("submit", "Error: Your card number is incomplete."), ("token", "Error: Your card was declined.")],
)
def test_what_is_wrong_with_a_card_is_said_in_stripes_words(checkout: Checkout, trouble: str, words: str) -> None:
    checkout.open(trouble)
    checkout.mount()
    assert checkout.page.evaluate(TOKEN) == words


def test_a_form_that_does_not_load_is_said(checkout: Checkout) -> None:
    checkout.open("load")
    with pytest.raises(PlaywrightError, match="Not today"):
        checkout.mount()


def test_a_script_that_does_not_load_is_said(checkout: Checkout) -> None:
    checkout.page.route("https://js.stripe.com/**", lambda route: route.abort())
    checkout.open()
    with pytest.raises(PlaywrightError, match="The card form did not load"):
        checkout.mount()


def test_where_the_total_is_not_known_yet_the_form_waits_for_it(checkout: Checkout) -> None:
    checkout.open()
    checkout.mount({"amount": 0, "currency": ""})
    assert checkout.page.evaluate(TOKEN).startswith("Error: The card could not be checked")
    checkout.page.evaluate("(total) => card.update(total)", TOTAL)
    assert checkout.page.evaluate(TOKEN) == "ctoken_1"


def test_an_order_that_costs_nothing_still_shows_the_form(checkout: Checkout) -> None:
    checkout.open()
    checkout.mount({"amount": 0, "currency": "GBP"})
    assert checkout.seen()[1]["amount"] == 100


@pytest.mark.parametrize(
    "broken",
    [
        "Object.assign(document.createElement('script'), { src: 'https://evil.example/x.js' })",
        "Object.assign(document.createElement('script'), { src: 'https://js.stripe.com.evil.example/x.js' })",
        "Object.assign(document.createElement('script'), { src: 'http://js.stripe.com/x.js' })",
        "Object.assign(document.createElement('script'), { text: 'alert(1)' })",
        "document.body.innerHTML = '<img src=x onerror=alert(1)>'",
        "trustedTypes.createPolicy('another', {})",
    ],
)
def test_nothing_else_gets_past_trusted_types(checkout: Checkout, watch: Watch, broken: str) -> None:
    watch.expect("(?i)trusted")
    checkout.open()
    checkout.mount()
    outcome = f"() => {{ try {{ {broken}; return 'let in'; }} catch (error) {{ return error.name; }} }}"
    assert checkout.page.evaluate(outcome) == "TypeError"


def test_under_the_other_pages_headers_stripe_gets_nowhere(checkout: Checkout, watch: Watch) -> None:
    watch.expect("(?i)trusted")
    checkout.headers = page_headers("https://api.shop.example")
    checkout.open()
    with pytest.raises(PlaywrightError):
        checkout.mount()
