"""The line between a browser and the API, as bad as a test wants it."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, Request, Route, expect

from tests.stack import Stack

Fault = Callable[[Route], None]

# The pages wait 8 s and 15 s for an answer that never comes; here it is 0.5 s and 0.9 s.
IMPATIENT = "impatient"
IMPATIENCE = """
const timeout = AbortSignal.timeout;
AbortSignal.timeout = (ms) => timeout.call(AbortSignal, document.cookie.includes('impatient') ? ms / 16 : ms);
"""
RETRY_AFTER_SECONDS = 1


def refused(route: Route) -> None:
    """The request does not leave."""
    route.abort("connectionrefused")


def lost(route: Route) -> None:
    """The request is served, its answer never arrives."""
    if route.request.method != "OPTIONS":
        route.fetch()
    route.abort("connectionreset")


def silent(route: Route) -> None:
    """Nothing comes back; the page gives up by itself."""


def garbled(route: Route) -> None:
    """A proxy answers in the API's place, in its own language."""
    answer(route, 502, "<h1>Bad gateway</h1>", "text/html")


def busy(route: Route) -> None:
    """The API is overrun, and says when to come back."""
    problem = '{"status": 503, "code": "unavailable", "detail": "Too much is going on.", "request_id": "req-503"}'
    answer(route, 503, problem, "application/problem+json", {"retry-after": str(RETRY_AFTER_SECONDS)})


def answer(route: Route, status: int, body: str, kind: str, headers: dict[str, str] | None = None) -> None:
    """Answer in the API's place, as far as the browser's rules for other origins go."""
    allowed = {
        "access-control-allow-origin": route.request.headers.get("origin", "*"),
        "access-control-allow-credentials": "true",
        "access-control-expose-headers": "Retry-After",
    }
    route.fulfill(status=status, body=body, content_type=kind, headers=allowed | (headers or {}))


class Line:
    """Cuts the API off from a context's pages, call by call, and mends it."""

    def __init__(self, context: BrowserContext, stack: Stack) -> None:
        self.calls: list[Request] = []
        self._context = context
        self._site = stack.site
        self._api = stack.api
        self._cuts: list[str] = []
        context.add_init_script(IMPATIENCE)
        context.on("request", self._on_request)

    def cut(self, fault: Fault, path: str = "/**", method: str | None = None) -> None:
        """Let calls fail from now on: all, or those of a path and a method."""

        def fail(route: Route) -> None:
            if method in {None, route.request.method}:
                fault(route)
            else:
                route.fallback()

        if fault is silent:
            self._context.add_cookies([{"name": IMPATIENT, "value": "1", "url": self._site}])
        self._context.route(self._api + path, fail)
        self._cuts.append(self._api + path)

    def mend(self) -> None:
        """Let every call through again."""
        self._context.clear_cookies(name=IMPATIENT)
        while self._cuts:
            self._context.unroute(self._cuts.pop())

    def count(self, method: str, path: str) -> int:
        """How often a path has been called."""
        return len(self.keys(method, path))

    def keys(self, method: str, path: str) -> list[str]:
        """The Idempotency-Keys of the calls of a path, in their order."""
        calls = [one for one in self.calls if one.method == method and one.url.partition("?")[0] == self._api + path]
        return [one.headers.get("idempotency-key", "") for one in calls]

    def _on_request(self, request: Request) -> None:
        if request.url.startswith(self._api):
            self.calls.append(request)


def expect_silence_told(page: Page) -> None:
    expect(page.locator("[data-offline]")).to_contain_text("does not answer just now")


def expect_nothing_told(page: Page) -> None:
    expect(page.locator("[data-offline]")).to_be_empty()


def be_back(page: Page) -> None:
    """Have the browser find that it is online again, as it does when the radio comes back."""
    page.evaluate("dispatchEvent(new Event('online'))")


def expect_settled(page: Page) -> None:
    """Nothing on the page waits, and no button is dead."""
    expect(page.locator("[aria-busy=true]:visible")).to_have_count(0)
    expect(page.locator("main button:disabled:visible:not([data-pay])")).to_have_count(0)
