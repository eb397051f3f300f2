"""Measures the pages as a phone sees them, and fails where one misses its score or its budget.

    make lighthouse

Opens a shop of its own, puts two things into the cart and runs Lighthouse (mobile: a slow phone on slow 4G,
simulated) three times a page. Scores and times are medians of the three; bytes and requests are counted once,
because they are always the same.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from msgspec import Struct
from playwright.sync_api import Page, sync_playwright

import tests.conftest  # noqa: F401 -- a stage of its own, credentials of nobody.
from dev import chromium
from tests.browser.weight import Weight, weigh
from tests.emulator import free_port
from tests.stack import running

RUNS = 3
TRIES = 3
LONGEST_LCP_MS = 1_300
MOST_CLS = 0.05
PERFECT = 100
CATEGORIES = {"performance": "perf.", "accessibility": "access.", "best-practices": "practices", "seo": "SEO"}
COLUMNS = [*CATEGORIES.values(), "LCP", "CLS", "JS", "CSS", "requests"]
IN_THE_CART = ["stoneware-teapot", "everyday-mug"]
LIGHTHOUSE = "node_modules/.bin/lighthouse"


class Target(Struct, frozen=True):
    """A page to be measured. One that search engines must not index cannot reach 100 in SEO, and need not."""

    name: str
    path: str
    indexable: bool = False


TARGETS = [
    Target("home", "/", indexable=True),
    Target("product", "/products/stoneware-teapot", indexable=True),
    Target("search", "/search?q=teapot"),
    Target("cart", "/cart"),
    Target("checkout", "/checkout"),
    Target("sign-in", "/sign-in"),
]


class Measured(Struct, frozen=True):
    """What a page was found to be: scores of 100 by category, times in ms, and Lighthouse's own reports."""

    target: Target
    weight: Weight
    reports: list[dict[str, Any]]

    def score(self, category: str) -> int:
        return round(self._median(lambda report: report["categories"][category]["score"] * PERFECT))

    @property
    def lcp(self) -> float:
        return self._median(lambda report: report["audits"]["largest-contentful-paint"]["numericValue"])

    @property
    def cls(self) -> float:
        return self._median(lambda report: report["audits"]["cumulative-layout-shift"]["numericValue"])

    def misses(self) -> list[str]:
        """Say where the page misses its scores and budgets."""
        wanted = [name for name in CATEGORIES if name != "seo" or self.target.indexable]
        found = [
            f"{name} scores {self.score(name)}: {self._causes(name)}" for name in wanted if self.score(name) < PERFECT
        ]
        if self.lcp > LONGEST_LCP_MS:
            found.append(f"the largest paint takes {self.lcp:.0f} ms, at most {LONGEST_LCP_MS}")
        if self.cls >= MOST_CLS:
            found.append(f"the layout shifts by {self.cls:.3f}, less than {MOST_CLS}")
        return found + self.weight.excess()

    def cells(self) -> Iterator[str]:
        """Return its line of the table."""
        for name in CATEGORIES:
            yield str(self.score(name)) if name != "seo" or self.target.indexable else "-"
        yield f"{self.lcp / 1000:.2f} s"
        yield f"{self.cls:.3f}"
        yield f"{self.weight.javascript / 1000:.1f} KB"
        yield f"{self.weight.css / 1000:.1f} KB"
        yield str(len(self.weight.requests))

    def _median(self, value: Callable[[dict[str, Any]], float]) -> float:
        return median(value(report) for report in self.reports)

    def _causes(self, category: str) -> str:
        """Name the audits that took points away."""
        report = self.reports[-1]
        weighed = [one["id"] for one in report["categories"][category]["auditRefs"] if one["weight"]]
        return ", ".join(name for name in weighed if (report["audits"][name]["score"] or 0) < 1)


def main() -> None:
    """Measure every page into a table; leaves with 1 if one misses, with 2 if there is no Chromium."""
    try:
        measured = measure_all()
    except chromium.NoChromium as missing:
        print(missing, file=sys.stderr)
        sys.exit(2)
    misses = [f"{one.target.name}: {miss}" for one in measured for miss in one.misses()]
    print("\n".join(["", *misses]) if misses else "\nEvery page keeps to its scores and budgets.")
    sys.exit(1 if misses else 0)


def measure_all() -> list[Measured]:
    """Open a shop and a browser, fill the cart, and measure page after page."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running(Path(folder), BUILT=f"{folder}/build") as shop,
        phone(shop.site) as (page, port),
    ):
        fill_cart(page)
        weights = [weigh(page, target.path) for target in TARGETS]
        page.goto("about:blank")
        print_row("", COLUMNS)
        measured = []
        for target, weight in zip(TARGETS, weights, strict=True):
            reports = [report(shop.site + target.path, port) for _ in range(RUNS)]
            measured.append(Measured(target, weight, reports))
            print_row(target.name, measured[-1].cells())
        return measured


@contextmanager
def phone(site: str) -> Iterator[tuple[Page, int]]:
    """Run a browser whose storage Lighthouse shares; yields a page in it and the port where it is steered."""
    port = free_port()
    with tempfile.TemporaryDirectory() as profile, sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile,
            executable_path=chromium.executable(playwright),
            args=[*chromium.ARGUMENTS, f"--remote-debugging-port={port}"],
            base_url=site,
            viewport={"width": 412, "height": 823},
            service_workers="block",
        )
        yield context.pages[0], port
        context.close()


def fill_cart(page: Page) -> None:
    """Put some things into the cart; Lighthouse leaves local storage as it is."""
    for slug in IN_THE_CART:
        page.goto(f"/products/{slug}")
        page.get_by_role("button", name="Add to cart").click()
        page.locator("[data-added]", has_text="Added").wait_for()


def report(url: str, port: int) -> dict[str, Any]:
    """Return Lighthouse's report on a page; what Chromium failed to record is recorded again."""
    categories = ",".join(CATEGORIES)
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        command = [LIGHTHOUSE, url, f"--port={port}", f"--only-categories={categories}", "--quiet"]
        command += ["--output=json", f"--output-path={file.name}"]
        for _ in range(TRIES):
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            found: dict[str, Any] = json.loads(Path(file.name).read_text() or "{}")
            if done.returncode == 0 and "runtimeError" not in found:
                return found
    raise RuntimeError(f"Lighthouse could not measure {url}\n{done.stderr}")


def print_row(name: str, cells: Iterable[str]) -> None:
    """Print a line of the table."""
    print(f"{name:10}" + "".join(f"{cell:>10}" for cell in cells))


if __name__ == "__main__":
    main()
