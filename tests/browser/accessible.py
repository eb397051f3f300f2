"""Whether a page is accessible and fits its window, in the state in which it stands."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from playwright.sync_api import Page

NARROWEST = 320
WIDE = 600
THEMES = ("light", "dark")
AXE = Path("node_modules/axe-core/axe.min.js")
FITS = "document.documentElement.scrollWidth <= innerWidth"
# Targets of 24 px are asked of WCAG 2.2 (2.5.8); axe leaves that out unless told.
# A colour on its way to another theme's is neither.
SETTLE = "document.getAnimations().filter((one) => one instanceof CSSTransition).forEach((one) => one.finish())"
VIOLATIONS = """async () => {
  const found = await axe.run(document, { resultTypes: ['violations'], rules: { 'target-size': { enabled: true } } });
  return found.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target}`));
}"""


@cache
def axe() -> str:
    """The source of axe-core, to be run in pages."""
    return AXE.read_text()


def violations(page: Page) -> list[str]:
    """Run axe on a page as it is; returns rules and the elements that break them."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(axe())
    page.evaluate(SETTLE)
    found: list[str] = page.evaluate(VIOLATIONS)
    return found


def assert_good(page: Page) -> None:
    """Check a page in its window and its theme."""
    assert page.evaluate(FITS), f"{page.url} scrolls sideways"
    found = violations(page)
    assert not found, f"{page.url}: {found}"


def assert_good_at_the_end(page: Page) -> None:
    """Check the state in which a test leaves a page: in a wide window as it is, on a phone dark and at its narrowest.

    Most tests run in both windows; to check both ways in both would take the suite minutes.
    """
    page.wait_for_load_state()
    if page.viewport_size and page.viewport_size["width"] < WIDE:
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size({"width": NARROWEST, "height": 800})
    assert_good(page)
