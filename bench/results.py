"""What a benchmark finds: figures with their spread, ratios with their aims, and what to draw."""

from __future__ import annotations

import statistics

from msgspec import Struct, field


class Skipped(Exception):
    """A benchmark cannot run here; its words say what is missing, in one sentence."""


class Refused(Exception):
    """A run cannot begin; its words say why, in one sentence."""


class Figure(Struct, frozen=True):
    """Something measured: `samples` in `unit`, at least five unless it is a count."""

    name: str
    unit: str
    samples: list[float]

    @property
    def median(self) -> float:
        """The middle of the samples."""
        return statistics.median(self.samples)


class Ratio(Struct, frozen=True):
    """Two things compared, once a round, so that what slows one slows the other: ours through the peer's.

    `most` or `least` is what is aimed at; a ratio without an aim only tells.
    """

    what: str
    rounds: list[float]
    most: float | None = None
    least: float | None = None

    @property
    def median(self) -> float:
        """The ratio of the middle round."""
        return statistics.median(self.rounds)

    @property
    def missed(self) -> bool:
        """Whether the aim is, by the middle round."""
        return self._misses(self.median)

    @property
    def verdict(self) -> str:
        """Whether the aim is met, and whether every round says so; empty where there is none."""
        if not self.aim:
            return ""
        divided = len({self._misses(one) for one in self.rounds}) > 1
        return ("missed" if self.missed else "met") + (", rounds on both sides" if divided else "")

    @property
    def aim(self) -> str:
        """The aim in words; empty where there is none."""
        if self.most is not None:
            return f"at most {self.most:g}"
        return "" if self.least is None else f"at least {self.least:g}"

    def _misses(self, value: float) -> bool:
        over = self.most is not None and value > self.most
        return over or (self.least is not None and value < self.least)


class Plot(Struct, frozen=True):
    """Curves over one axis, by name: points of x and y, in order of x."""

    name: str
    title: str
    x: str
    y: str
    curves: dict[str, list[tuple[float, float]]]
    log_x: bool = False
    log_y: bool = False


class Line(Struct, frozen=True):
    """One benchmark: what it asks, what it found, and in `notes` what must be known to read it, a sentence each."""

    name: str
    title: str
    figures: list[Figure] = field(default_factory=list)
    ratios: list[Ratio] = field(default_factory=list)
    plots: list[Plot] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
