"""Chromium against the shop as `make run` opens it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from playwright.sync_api import Error as PlaywrightError

from tests.stack import Stack, running

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
MISSING = "No Chromium on PATH, and Playwright could not fetch its own: install Chromium to run the browser tests."


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A shop that all browser tests share."""
    with running(tmp_path_factory.mktemp("shop")) as shop:
        yield shop


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The Chromium on PATH, else the one that Playwright fetches."""
    on_path = next((path for name in NAMES if (path := shutil.which(name))), None)
    if on_path is None:
        subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False, capture_output=True)
    with sync_playwright() as playwright:
        try:
            chromium = playwright.chromium.launch(executable_path=on_path, args=ARGUMENTS)
        except PlaywrightError:
            if os.environ.get("CI"):
                raise
            pytest.skip(MISSING)
        yield chromium
        chromium.close()


class Watch:
    """What a page must never do: log an error, throw, or break its content security policy."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def on(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))

    def _console(self, message: ConsoleMessage) -> None:
        # A refused request is logged by Chromium itself; the pages tell the shopper what it means.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(message.text)


PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 800}


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def context(request: pytest.FixtureRequest, browser: Browser, stack: Stack) -> Iterator[BrowserContext]:
    """A new shopper, on a phone and on a desktop."""
    shopper = browser.new_context(viewport=request.param, base_url=stack.site, reduced_motion="reduce")
    shopper.set_default_timeout(10_000)
    yield shopper
    shopper.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """The shopper's page; any fault on it fails the test."""
    watch = Watch()
    opened = context.new_page()
    watch.on(opened)
    yield opened
    assert watch.faults == []


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, to be run in pages."""
    return Path("node_modules/axe-core/axe.min.js").read_text()


@pytest.fixture(params=[("light", 320), ("light", 1280), ("dark", 390), ("dark", 1280)], ids=lambda p: f"{p[0]}-{p[1]}")
def themed(request: pytest.FixtureRequest, browser: Browser, stack: Stack) -> Iterator[Page]:
    """A page in a theme and a width; whatever goes wrong on it fails the test."""
    scheme, width = request.param
    shopper = browser.new_context(
        viewport={"width": width, "height": 800}, color_scheme=scheme, base_url=stack.site, reduced_motion="reduce"
    )
    watch = Watch()
    page = shopper.new_page()
    watch.on(page)
    yield page
    shopper.close()
    assert watch.faults == []
