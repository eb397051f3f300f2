"""bench/results.json: every line's last result, when and where it was measured, and of which shop."""

from __future__ import annotations

import os
import platform
import statistics
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from msgspec import Struct, field

from bench.results import Line, Ratio, Refused
from chalicelib.version import VERSION

ROOT = Path(__file__).parents[1]
FILE = ROOT / "bench" / "results.json"
# By name, in the order in which they are told.
LINES = {
    "cold": "Cold start",
    "warm": "Warm request",
    "purchases": "Purchases",
    "search": "Search",
    "publishing": "Publishing",
    "storefront": "Storefront on a slow phone",
    "cost": "Cost beside an always-on minimum",
}
# What a run writes itself does not make another shop of it.
WRITTEN = ("bench/results.json", "docs/performance.md", "docs/images/performance")


class Shop(Struct, frozen=True):
    """What was measured: its version, and its commit with a plus where files have changed since; what ran it."""

    version: str = ""
    commit: str = ""
    python: str = ""
    node: str = ""


class Measured(Struct, frozen=True):
    """A line's result; `missed` says whether one of its aims is, `skipped` why the last run did without it."""

    line: Line
    at: datetime
    seconds: float
    machine: str
    missed: bool = False
    shop: Shop = Shop()
    skipped: str = ""

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "missed", any(ratio.missed for ratio in self.line.ratios))


class Results(Struct, frozen=True):
    """All lines by name."""

    lines: dict[str, Measured] = field(default_factory=dict)

    def with_line(self, measured: Measured) -> Results:
        """Return the results with one more, or a newer one."""
        known = self.lines | {measured.line.name: measured}
        return Results({name: known[name] for name in LINES if name in known})

    def without(self, name: str, why: str) -> Results:
        """Return the results of a run that has skipped a line; what was measured before stays."""
        unknown = Measured(Line(name, LINES[name]), datetime.now(UTC), 0, "")
        return self.with_line(msgspec.structs.replace(self.lines.get(name, unknown), skipped=why))


def load() -> Results:
    """Return what was measured before. Raises Refused where that cannot be read."""
    try:
        return msgspec.json.decode(FILE.read_bytes(), type=Results) if FILE.exists() else Results()
    except msgspec.MsgspecError as why:
        raise Refused(f"{FILE} cannot be read ({why}): restore it, or delete it to begin anew.") from why


def save(results: Results) -> None:
    """Write the results, all or nothing: figures and ratios with their spread, ratios with whether they were missed."""
    plain = msgspec.to_builtins(results)
    for measured in plain["lines"].values():
        for figure in measured["line"]["figures"]:
            figure.update(spread(figure["samples"]))
        for ratio in measured["line"]["ratios"]:
            ratio.update(spread(ratio["rounds"]), missed=msgspec.convert(ratio, Ratio).missed)
    unfinished = FILE.with_suffix(".unfinished")
    unfinished.write_bytes(msgspec.json.format(msgspec.json.encode(plain), indent=1) + b"\n")
    unfinished.replace(FILE)


def spread(samples: list[float]) -> dict[str, float]:
    """Return what is told of many numbers."""
    return {"median": statistics.median(samples), "min": min(samples), "max": max(samples)}


def shop() -> Shop:
    """Return what is measured here."""
    head = _said("git", "rev-parse", "--short", "HEAD")
    changed = _said("git", "status", "--porcelain", "--", ".", *(f":!{path}" for path in WRITTEN))
    commit = head + ("+" if changed else "")
    return Shop(VERSION, commit, platform.python_version(), _said("node", "--version").removeprefix("v"))


def _said(*command: str) -> str:
    """Return what a program says; nothing where it fails, or there is none."""
    try:
        return subprocess.run(command, check=True, capture_output=True, text=True, cwd=ROOT).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def machine() -> str:
    """Say where this is measured."""
    processor = next(
        (line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name")), platform.machine()
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{processor}, {os.cpu_count()} processors, {memory:.0f} GB, {platform.system()}"


def _cpuinfo() -> list[str]:
    try:
        return Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return []
