"""What a phone waits for and is sent on home, product and checkout; and the same two pages rendered in the browser.

Lighthouse opens every page in turn, once a round: mobile, a slow phone on slow 4G, simulated. Our pages are served as
built for the cloud; the peer, `bench/peers/client_rendered`, is published into the same shop.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from subprocess import PIPE
from typing import Any

import msgspec
from msgspec import Struct
from playwright.sync_api import sync_playwright

import tests.conftest  # noqa: F401 -- a stage of its own, credentials of nobody.
from bench.peers import client_rendered
from bench.results import Figure, Line, Ratio, Skipped
from bench.rounds import interleaved, ratios
from dev import chromium
from tests.stack import running

ROUNDS = 5
STOP_SECONDS = 20
PUBLISHED = Path("bench/peers/published.toml")
PAGES = {"home": "/", "product": "/products/stoneware-teapot", "checkout": "/checkout?sku=TEAPOT-SAGE&quantity=1"}
LIGHTHOUSE, LOADS = Path("node_modules/lighthouse"), "bench/loads.mjs"
AUDITS = "largest-contentful-paint,network-requests"
COMPARED = ("home", "product")
LABELS = {"react": "rendered in the browser by React", "preact": "rendered in the browser by Preact"}


class Load(Struct, frozen=True):
    """What a page was found to take: milliseconds to its largest paint, KB on the wire and of scripts, requests."""

    lcp_ms: float
    kilobytes: float
    scripts: float
    requests: int


Report = dict[str, Any]
Loads = Mapping[str, list[Load]]


def measure() -> Line:
    """Open a shop, publish the peer into it, and measure page after page."""
    browser = executable()
    client_rendered.build()
    reports = measure_reports(browser)
    loads = {name: [load(report) for report in taken] for name, taken in reports.items()}
    return Line(
        name="storefront",
        title="Storefront on a slow phone",
        figures=figures(loads),
        ratios=compared(loads),
        notes=notes(),
        versions=versions(reports["home, ours"][0]) | client_rendered.versions(),
    )


def executable() -> str:
    """Return Chromium's path. Raises Skipped where it or Lighthouse is missing."""
    if not LIGHTHOUSE.exists():
        raise Skipped("Lighthouse is missing: run `make setup`.")
    with sync_playwright() as playwright:
        try:
            return chromium.executable(playwright)
        except chromium.NoChromium as missing:
            raise Skipped(str(missing)) from missing


def measure_reports(browser: str) -> dict[str, list[Report]]:
    """Return Lighthouse's reports on every page, round by round."""
    reports: dict[str, list[Report]] = defaultdict(list)

    def take(name: str, url: str) -> float:
        reports[name].append(report_on(url))
        return load(reports[name][-1]).lcp_ms

    with tempfile.TemporaryDirectory() as folder, running(Path(folder), BUILT=f"{folder}/build") as shop:
        client_rendered.publish(shop, Path(folder) / "build/assets", [PAGES[page] for page in COMPARED])
        with lighthouse(browser) as report_on:
            interleaved({name: partial(take, name, shop.site + path) for name, path in paths().items()}, ROUNDS)
    return reports


@contextmanager
def lighthouse(browser: str) -> Iterator[Callable[[str], Report]]:
    """Run a browser that Lighthouse steers; yields what returns its report on an address."""
    process = subprocess.Popen(["node", LOADS, browser, AUDITS], stdin=PIPE, stdout=PIPE, text=True)  # noqa: S607 -- whichever node is meant here.
    assert process.stdin is not None
    assert process.stdout is not None
    ask, answer = process.stdin, process.stdout

    def report_on(url: str) -> Report:
        ask.write(f"{url}\n")
        ask.flush()
        line = answer.readline()
        if not line:
            raise RuntimeError(f"Lighthouse stopped at {url}")
        return msgspec.json.decode(line, type=Report)

    try:
        yield report_on
    finally:
        ask.close()
        process.wait(timeout=STOP_SECONDS)


def paths() -> dict[str, str]:
    """Return the path of every page that is measured, by its name."""
    found = {f"{page}, ours": path for page, path in PAGES.items()}
    for library, label in LABELS.items():
        found |= {f"{page}, {label}": f"/{library}{PAGES[page]}".rstrip("/") for page in COMPARED}
    return found


def load(report: Report) -> Load:
    """Return what Lighthouse reports of a page."""
    audits = report["audits"]
    requests = audits["network-requests"]["details"]["items"]
    sent = [(one["transferSize"] / 1000, one.get("resourceType")) for one in requests]
    return Load(
        lcp_ms=audits["largest-contentful-paint"]["numericValue"],
        kilobytes=sum(size for size, _ in sent),
        scripts=sum(size for size, kind in sent if kind == "Script"),
        requests=len(requests),
    )


def figures(loads: Loads) -> list[Figure]:
    """Return the figures of every page."""
    told: list[tuple[str, str, Callable[[Load], float]]] = [
        ("largest paint", "ms", lambda one: one.lcp_ms),
        ("transferred", "KB", lambda one: one.kilobytes),
        ("of it scripts", "KB", lambda one: one.scripts),
        ("requests", "", lambda one: one.requests),
    ]
    return [
        Figure(f"{name}: {what}", unit, [of(one) for one in taken])
        for name, taken in loads.items()
        for what, unit, of in told
    ]


def compared(loads: Loads) -> list[Ratio]:
    """Return ours / the peer's, page by page."""
    told: list[tuple[str, Callable[[Load], float]]] = [
        ("largest paint", lambda one: one.lcp_ms),
        ("bytes", lambda one: one.kilobytes),
        ("requests", lambda one: one.requests),
    ]
    return [
        Ratio(
            f"{page}, {what}: ours / {label}",
            ratios([of(one) for one in loads[f"{page}, ours"]], [of(one) for one in loads[f"{page}, {label}"]]),
        )
        for page in COMPARED
        for label in LABELS.values()
        for what, of in told
    ]


class Published(Struct, frozen=True):
    """What a project tells of its storefront's speed, where, and when; `figure` is empty where it tells none."""

    project: str
    says: str
    source: str
    date: str
    figure: str = ""


def published() -> list[Published]:
    """Return what other projects have published."""
    return msgspec.toml.decode(PUBLISHED.read_bytes(), type=dict[str, list[Published]])["published"]


def notes() -> list[str]:
    """Return what must be known to read the numbers."""
    return [
        (
            f"Lighthouse's mobile preset (a slow phone on slow 4G, simulated), {ROUNDS} rounds, every page once a "
            "round in an order that turns. Bytes are what crosses the wire: heads, and pictures on and near the first "
            "screen, included."
        ),
        (
            "The peer shows the same home and product page, drawn in the browser from the API's JSON with the same "
            "style sheets, by React and by Preact: minified, preloaded, home's picture too, and asking for its data "
            "before the library has come. It has no router, and leaves out sessions, cart synchronisation, bad "
            "connections and the kitchen view, for which our scripts are ready. Server, headers and compression are "
            "the same: `bench/peers/client_rendered/README.md`. What our service worker fetches after the load is "
            "not counted."
        ),
        (
            "Site and API answer from this machine: the API costs the peer round trips of the simulated network, and "
            "next to none of the time that a function and a database take. They speak HTTP/1.1, where each further "
            "file costs more than over the HTTP/2 and 3 of the cloud."
        ),
        (
            "The largest paint is the picture at home and on the product's page, the heading at the checkout. Preact's "
            "pages are about as heavy as ours, which do more. What is left is the wait for code, and on the product's "
            "page for data; the peer's home is drawn before its data come."
        ),
        (
            "What one would pick for speed are statically generated pages (Next.js): they load as ours do, and their "
            "script besides; not measured."
        ),
        "No aims: nobody has set one for a page that is drawn in the browser.",
        *(f"{one.project}: {one.says} ({one.source}, {one.date})." for one in published()),
    ]


def versions(report: Report) -> dict[str, str]:
    """Return the versions of what measured."""
    browser = re.search(r"Chrome/([\d.]+)", report["environment"]["hostUserAgent"])
    return {"Lighthouse": report["lighthouseVersion"], "Chromium": browser[1] if browser else "unknown"}
