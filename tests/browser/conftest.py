"""Chromium against the shop as `make run` opens it."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, ViewportSize, sync_playwright

from dev import chromium
from tests.browser import accessible
from tests.browser.watch import Watch
from tests.stack import Stack, running


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A shop that all browser tests share."""
    with running(tmp_path_factory.mktemp("shop")) as shop:
        yield shop


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What starts browsers."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """A Chromium that all browser tests share."""
    try:
        shared = chromium.launch(playwright)
    except chromium.NoChromium as missing:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(missing))
    yield shared
    shared.close()


@pytest.fixture(autouse=True)
def watch(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """Watches every page that a test opens, however it opens it: any fault on one fails the test."""
    watch = Watch()
    if "browser" in request.fixturenames:
        browser: Browser = request.getfixturevalue("browser")
        monkeypatch.setattr(browser, "new_context", watch.over(browser.new_context))
    yield watch
    assert watch.verdict() == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, object, object]:
    """Check the state in which a test leaves each of its pages; a test that failed has said enough."""
    outcome = yield
    given = getattr(item, "funcargs", {})
    watch: Watch | None = given.get("watch")
    stack: Stack | None = given.get("stack")
    if watch and stack:
        for page in watch.open_pages(stack.site):
            accessible.assert_good_at_the_end(page)
    return outcome


PHONE: ViewportSize = {"width": 390, "height": 844}
DESKTOP: ViewportSize = {"width": 1280, "height": 800}


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def context(request: pytest.FixtureRequest, browser: Browser, stack: Stack) -> Iterator[BrowserContext]:
    """A new shopper, on a phone and on a desktop."""
    shopper = browser.new_context(viewport=request.param, base_url=stack.site, reduced_motion="reduce")
    shopper.set_default_timeout(10_000)
    yield shopper
    shopper.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """The shopper's page."""
    return context.new_page()


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, to be run in pages."""
    return accessible.axe()


@pytest.fixture(params=[("light", 320), ("light", 1280), ("dark", 390), ("dark", 1280)], ids=lambda p: f"{p[0]}-{p[1]}")
def themed(request: pytest.FixtureRequest, browser: Browser, stack: Stack) -> Iterator[Page]:
    """A page in a theme and a width."""
    scheme, width = request.param
    shopper = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, base_url=stack.site, reduced_motion="reduce"
    )
    yield shopper.new_page()
    shopper.close()
