"""bench/results.json: every line's last result, when and where it was measured."""

from __future__ import annotations

import os
import platform
from datetime import datetime
from pathlib import Path

import msgspec
from msgspec import Struct, field

from bench.results import Line, Ratio

FILE = Path(__file__).with_name("results.json")
# In the order in which they are told.
LINES = ("cold", "warm", "purchases", "search", "publishing", "storefront", "cost")


class Measured(Struct, frozen=True):
    """A line's result; `missed` are the ratios whose aim is, in words."""

    line: Line
    at: datetime
    seconds: float
    machine: str
    missed: bool = False

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "missed", any(ratio.missed for ratio in self.line.ratios))


class Results(Struct, frozen=True):
    """All lines by name."""

    lines: dict[str, Measured] = field(default_factory=dict)

    def with_line(self, measured: Measured) -> Results:
        """Return the results with one more, or a newer one."""
        known = self.lines | {measured.line.name: measured}
        return Results({name: known[name] for name in LINES if name in known})


def load() -> Results:
    """Return what was measured before."""
    return msgspec.json.decode(FILE.read_bytes(), type=Results) if FILE.exists() else Results()


def save(results: Results) -> None:
    """Write the results, each ratio with whether it was missed."""
    plain = msgspec.to_builtins(results)
    for measured in plain["lines"].values():
        for ratio in measured["line"]["ratios"]:
            known = msgspec.convert(ratio, Ratio)
            ratio |= {"median": known.median, "missed": known.missed}
    FILE.write_bytes(msgspec.json.format(msgspec.json.encode(plain), indent=1) + b"\n")


def machine() -> str:
    """Say where this is measured."""
    processor = next(
        (line.partition(":")[2].strip() for line in _cpuinfo() if line.startswith("model name")), platform.machine()
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = f"{platform.system()}, Python {platform.python_version()}"
    return f"{processor}, {os.cpu_count()} processors, {memory:.0f} GB, {system}"


def _cpuinfo() -> list[str]:
    try:
        return Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return []
