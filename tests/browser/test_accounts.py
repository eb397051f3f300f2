"""Accounts as their owners use them: links from the mailbox, a new password, a second step, devices, leaving."""

from __future__ import annotations

import re

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from dev.waiting import until
from tests import factories
from tests.browser.test_purchase import buy_now, fill_in_address, pay, sign_up
from tests.stack import Stack

NEW_PASSWORD = "another fine password"


def link_mailed(page: Page, to: str, subject: str) -> str:
    """Return the address that the latest mail of a subject leads to, as the mailbox shows it."""
    found: list[str] = []

    def arrived() -> bool:
        page.goto("/mailbox")
        mail = page.locator("article").filter(has_text=to).filter(has_text=subject)
        if mail.count():
            found.append(mail.first.get_by_role("link").inner_text())
        return bool(found)

    until(arrived, f"the mail {subject!r}")
    return found[0]


def sign_in(page: Page, email: str, password: str = factories.PASSWORD) -> None:
    page.goto("/sign-in")
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password", exact=False).first.fill(password)
    page.locator("main").get_by_role("button", name="Sign in").click()


def leave(page: Page) -> None:
    """Sign out, and wait until the shop agrees."""
    page.goto("/account")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile(r"/$"))
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()


def expect_heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1, name=text)).to_be_visible()


def test_the_link_in_the_mail_verifies_the_address_once(page: Page) -> None:
    email = sign_up(page)
    link = link_mailed(page, email, "Please verify your address")
    page.goto(link)
    expect_heading(page, "That is confirmed")
    assert "token" not in page.url, "the token leaves the address bar"
    leave(page)
    page.goto(link)
    expect_heading(page, "This link no longer works")


def test_a_forgotten_password_is_replaced_by_a_mailed_link(page: Page) -> None:
    email = sign_up(page)
    leave(page)
    page.goto("/sign-in")
    page.get_by_role("link", name="Forgotten your password?").click()
    page.get_by_label("Email address").fill(email)
    page.get_by_role("button", name="Send me a link").click()
    expect_heading(page, "Look in your mail")
    link = link_mailed(page, email, "Choose a new password")
    page.goto(link)
    page.get_by_label("New password").fill("password")
    page.get_by_role("button", name="Save new password").click()
    expect(page.locator("[data-summary]:visible")).to_contain_text("among the first")
    page.get_by_label("New password").fill(NEW_PASSWORD)
    page.get_by_role("button", name="Save new password").click()
    expect_heading(page, "That is your new password")
    sign_in(page, email)
    expect(page.locator("[data-summary]:visible")).to_be_visible()
    sign_in(page, email, NEW_PASSWORD)
    page.wait_for_url("**/account")
    page.goto(link)
    page.get_by_label("New password").fill("a third fine password")
    page.get_by_role("button", name="Save new password").click()
    expect(page.get_by_text("That link has been used already")).to_be_visible()


def test_an_unknown_address_reads_the_same(page: Page) -> None:
    page.goto("/reset")
    page.get_by_label("Email address").fill(factories.email())
    page.get_by_role("button", name="Send me a link").click()
    expect_heading(page, "Look in your mail")


def test_a_second_step_is_set_up_and_asked_for_at_sign_in(page: Page) -> None:
    email = sign_up(page)
    page.goto("/security")
    section = page.locator("[data-second-factor]")
    section.get_by_text("Set it up").click()
    section.locator("#begin-password").fill(factories.PASSWORD)
    section.get_by_role("button", name="Go on").click()
    uri = section.locator("a[href^='otpauth://']").get_attribute("href")
    assert uri is not None
    totp = pyotp.parse_uri(uri)
    assert isinstance(totp, pyotp.TOTP)
    expect(section.locator("svg").first).to_be_visible()
    section.get_by_label("Code from the app").fill(totp.now())
    section.get_by_role("button", name="Turn it on").click()
    expect(section.get_by_text(re.compile(r"[2-9a-z]{5}-[2-9a-z]{5}")).first).to_be_visible()
    codes = re.findall(r"[2-9a-z]{5}-[2-9a-z]{5}", section.inner_text())
    assert len(codes) == 10
    leave(page)
    sign_in(page, email)
    code = page.get_by_label(re.compile("^Code"))
    expect(code).to_be_focused()
    code.fill(codes[0])
    page.locator("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/account")


def test_another_device_is_signed_out_from_here(page: Page, browser: Browser, stack: Stack) -> None:
    email = sign_up(page)
    elsewhere = browser.new_context(base_url=stack.site).new_page()
    sign_in(elsewhere, email)
    elsewhere.wait_for_url("**/account")
    page.goto("/devices")
    devices = page.locator("[data-list] li")
    expect(devices).to_have_count(2)
    other = devices.filter(has_not_text="This device").first
    other.locator("[data-ask]").click()
    page.locator("[data-yes]").click()
    expect(devices).to_have_count(1)
    elsewhere.goto("/account")
    elsewhere.wait_for_url("**/sign-in?next=*")
    elsewhere.context.close()


def test_a_session_that_ended_brings_the_shopper_back_with_cart_and_form_intact(page: Page) -> None:
    email = sign_up(page)
    page.goto("/products/everyday-mug")
    page.get_by_role("button", name="Add to cart").click()
    page.goto("/checkout")
    expect(page.get_by_text("Signed in as")).to_be_visible()
    fill_in_address(page)
    page.context.clear_cookies()
    page.reload()
    expect(page.get_by_label("Address line 1")).to_have_value("1 Mill Lane")
    expect(page.get_by_role("heading", name="You have been signed out")).to_be_visible()
    page.get_by_role("link", name="Sign in again").click()
    page.wait_for_url("**/sign-in?next=*")
    page.get_by_label("Email address").fill(email)
    page.get_by_label("Password", exact=False).first.fill(factories.PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/checkout")
    expect(page.get_by_label("Address line 1")).to_have_value("1 Mill Lane")
    expect(page.locator("[data-cart-count]")).to_have_text("1")
    pay(page)
    page.wait_for_url("**/confirmation?order=*")


def test_an_account_is_taken_along_and_closed(page: Page) -> None:
    email = sign_up(page)
    buy_now(page, "balloon-whisk")
    fill_in_address(page)
    pay(page)
    page.wait_for_url("**/confirmation?order=*")
    page.goto("/security")
    with page.expect_download() as download:
        page.get_by_role("button", name=re.compile("Download")).click()
    assert email in download.value.path().read_text()
    page.get_by_text("Delete my account").click()
    page.locator("#delete-password").fill(factories.PASSWORD)
    page.get_by_role("button", name="Delete it for good").click()
    expect(page.get_by_role("link", name="Sign in").first).to_be_visible()
    sign_in(page, email)
    expect(page.locator("[data-summary]:visible")).to_be_visible()


@pytest.mark.parametrize("path", ["/account", "/security", "/devices"])
def test_pages_of_ones_own_ask_strangers_to_sign_in(page: Page, path: str) -> None:
    page.goto(path)
    page.wait_for_url(f"**/sign-in?next=*{path[1:]}")
