"""What watches the other browser tests sees what it is there for: each fault, provoked."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.browser.accessible import assert_good
from tests.browser.watch import Watch, is_fault
from tests.stack import Stack

SCRIPT = "try { document.createElement('script').src = 'https://evil.example/x.js' } catch {}"
MARKUP = "try { document.body.innerHTML = '<b>x</b>' } catch {}"
INLINE = "document.body.setAttribute('style', 'color: red')"
CALL = "void fetch('https://evil.example/').catch(() => {})"
REJECTED = "setTimeout(() => Promise.reject(new Error('nobody cares')))"
LOGGED = "console.error('something is wrong')"
UNUSED = "<{site}/assets/js/none.js> was preloaded using link preload but not used within a few seconds"


@pytest.fixture
def page(browser: Browser, stack: Stack) -> Iterator[Page]:
    shopper = browser.new_context(base_url=stack.site)
    yield shopper.new_page()
    shopper.close()


@pytest.mark.parametrize(
    ("fault", "patterns"),
    [
        (SCRIPT, [r"Policy violated \(enforce\): require-trusted-types-for", "(?i)trusted"]),
        (MARKUP, [r"Policy violated \(enforce\): require-trusted-types-for", "(?i)trusted"]),
        (INLINE, [r"Policy violated \(enforce\): style-src-attr inline", "inline style"]),
        (CALL, [r"Policy violated \(enforce\): connect-src https://evil.example/", "(?i)content security policy"]),
        (REJECTED, ["nobody cares"]),
        (LOGGED, ["something is wrong"]),
    ],
    ids=["a script", "markup", "an inline style", "a call", "a rejection", "an error in the console"],
)
def test_a_fault_is_seen(page: Page, watch: Watch, fault: str, patterns: list[str]) -> None:
    page.goto("/404")
    watch.expect(*patterns)
    page.evaluate(fault)


def test_a_policy_that_is_only_reported_counts_too(page: Page, watch: Watch, stack: Stack) -> None:
    def answer(route: Route) -> None:
        found = route.fetch()
        headers = {"Content-Security-Policy-Report-Only": "style-src 'none'"}
        route.fulfill(response=found, headers=found.headers | headers)

    page.route(f"{stack.site}/404", answer)
    watch.expect(r"Policy violated \(report\): style-src-elem")
    page.goto("/404")


def test_a_fault_in_another_tab_is_seen(page: Page, watch: Watch) -> None:
    other = page.context.new_page()
    other.goto("/404")
    watch.expect("something is wrong")
    other.evaluate(LOGGED)


def test_a_fault_that_nobody_expects_and_one_that_does_not_come_fail_a_test() -> None:
    watch = Watch()
    watch.faults.append("something is wrong")
    assert watch.verdict() == ["something is wrong"]
    watch.expect("something")
    assert watch.verdict() == []
    watch.expect("else")
    assert watch.verdict() == ["Expected: else"]


def test_an_unused_preload_is_a_fault_and_a_refused_request_is_none() -> None:
    assert is_fault("warning", UNUSED)
    assert not is_fault("error", "Failed to load resource: the server responded with a status of 402")


@pytest.mark.parametrize(
    ("flaw", "words"),
    [
        ("document.querySelector('h1').style.color = '#eee'", "color-contrast"),
        ("document.querySelector('main').append(document.createElement('button'))", "button-name"),
        ("document.querySelector('main').style.width = '200vw'", "scrolls sideways"),
    ],
    ids=["contrast", "a button without a name", "width"],
)
def test_a_flaw_in_a_state_is_seen(page: Page, flaw: str, words: str) -> None:
    page.goto("/404")
    page.evaluate(flaw)
    with pytest.raises(AssertionError, match=words):
        assert_good(page)
    page.goto("about:blank")
