"""What a page must never do: log an error, throw, break its policy, or preload what it does not use."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, ConsoleMessage, Page, WebError

TELL_OF_VIOLATIONS = """
addEventListener('securitypolicyviolation', ({ disposition, effectiveDirective, blockedURI, sourceFile }) =>
  console.error(`Policy violated (${disposition}): ${effectiveDirective} ${blockedURI} ${sourceFile}`));
"""


class Watch:
    """Collects the faults of every page of the contexts that it is set on."""

    def __init__(self) -> None:
        self.faults: list[str] = []
        self._expected: list[str] = []
        self._contexts: list[BrowserContext] = []

    def over(self, new_context: Callable[..., BrowserContext]) -> Callable[..., BrowserContext]:
        """Return a `new_context` whose contexts are watched.

        The service worker is kept out of them unless they ask for it: it hides requests from a page's routes.
        """

        def watched(**options: object) -> BrowserContext:
            context = new_context(**({"service_workers": "block"} | options))
            self._set_on(context)
            return context

        return watched

    def expect(self, *patterns: str) -> None:
        """Let a test provoke faults: each pattern must be found in one, and no other fault may come."""
        self._expected += patterns

    def verdict(self) -> list[str]:
        """Return the faults that were not expected, and the patterns that none has met."""
        unexpected = [fault for fault in self.faults if not any(re.search(one, fault) for one in self._expected)]
        missed = [one for one in self._expected if not any(re.search(one, fault) for fault in self.faults)]
        return unexpected + [f"Expected: {one}" for one in missed]

    def open_pages(self, site: str) -> list[Page]:
        """Return the site's pages that a test has left open."""
        return [page for context in self._contexts for page in context.pages if page.url.startswith(site)]

    def _set_on(self, context: BrowserContext) -> None:
        context.add_init_script(TELL_OF_VIOLATIONS)
        context.on("console", self._console)
        context.on("weberror", self._thrown)
        self._contexts.append(context)

    def _console(self, message: ConsoleMessage) -> None:
        if is_fault(message.type, message.text):
            where = message.page.url if message.page else ""
            self.faults.append(f"{where}: {message.text}")

    def _thrown(self, error: WebError) -> None:
        where = error.page.url if error.page else ""
        self.faults.append(f"{where}: {error.error}")


def is_fault(kind: str, text: str) -> bool:
    """Whether a line in the console is one. A refused request is not: Chromium logs it, the page says what it means."""
    if kind == "error":
        return "Failed to load resource" not in text
    return kind == "warning" and "preload" in text
