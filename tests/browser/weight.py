"""What a page's first load transfers, as the budgets count it: bodies gzipped, pictures apart."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import contextmanager

from msgspec import Struct
from playwright.sync_api import Page, Response

MOST_JAVASCRIPT = 25_000
MOST_CSS = 8_000
MOST_REQUESTS = 15
SCRIPT, STYLES = "script", "stylesheet"


class Weight(Struct, frozen=True):
    """Gzipped bytes, and the addresses that were asked for."""

    javascript: int
    css: int
    requests: list[str]

    def excess(self) -> list[str]:
        """Say what is above its budget."""
        sums = [
            ("JavaScript", self.javascript, MOST_JAVASCRIPT, "bytes"),
            ("CSS", self.css, MOST_CSS, "bytes"),
            ("Loading", len(self.requests), MOST_REQUESTS, "requests"),
        ]
        return [f"{what} takes {much} {unit}, at most {most}" for what, much, most, unit in sums if much > most]


def weigh(page: Page, path: str) -> Weight:
    """Open a page as if for the first time and wait until it is quiet; what it was sent until then is its load."""
    page.context.new_cdp_session(page).send("Network.setCacheDisabled", {"cacheDisabled": True})
    with answers_to(page) as answers:
        page.goto(path)
        page.wait_for_load_state("networkidle")
        return Weight(
            javascript=sum(gzipped(one) for one in answers if one.request.resource_type == SCRIPT),
            css=sum(gzipped(one) for one in answers if one.request.resource_type == STYLES),
            requests=[one.url for one in answers],
        )


@contextmanager
def answers_to(page: Page) -> Iterator[list[Response]]:
    """Collect what a page is sent, pictures apart, while the block lasts."""
    answers: list[Response] = []

    def collect(answer: Response) -> None:
        if not is_picture(answer):
            answers.append(answer)

    page.on("response", collect)
    yield answers
    page.remove_listener("response", collect)


def is_picture(answer: Response) -> bool:
    """Whether it is an image; an icon is asked for as something else."""
    return answer.headers.get("content-type", "").startswith("image/")


def gzipped(answer: Response) -> int:
    assert answer.ok, f"{answer.status} {answer.url}"
    return len(gzip.compress(answer.body()))
