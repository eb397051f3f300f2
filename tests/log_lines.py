"""The log as CloudWatch gets it: each line of stdout, which must be JSON and nothing else."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from chalicelib import log, metrics

Line = dict[str, Any]
Lines = Callable[[], list[Line]]

BASE = {"time", "level", "logger", "message", "cold_start"}
UNITS = {"Count", "Milliseconds", "None"}


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Lines]:
    """Log as a Lambda does; each call returns the lines since the last."""
    root, ours = logging.getLogger(), logging.getLogger("chalicelib")
    before = root.level, ours.level
    monkeypatch.setattr(root, "handlers", [])
    metrics.flush()
    log.configure()
    yield lambda: [decoded(line) for line in capsys.readouterr().out.splitlines()]
    root.setLevel(before[0])
    ours.setLevel(before[1])


def decoded(text: str) -> Line:
    line: Line = msgspec.json.decode(text)
    assert line.keys() >= BASE
    if "_aws" in line:
        assert_embedded(line)
    return line


def assert_embedded(line: Line) -> None:
    """The embedded metric format: what a directive names stands beside it, metrics as numbers, dimensions as text."""
    assert line["_aws"].keys() == {"Timestamp", "CloudWatchMetrics"}
    assert isinstance(line["_aws"]["Timestamp"], int)
    assert line["_aws"]["CloudWatchMetrics"]
    for directive in line["_aws"]["CloudWatchMetrics"]:
        assert directive.keys() == {"Namespace", "Dimensions", "Metrics"}
        assert directive["Namespace"] == "OpenKitchen"
        assert all(0 < len(dimensions) <= 30 for dimensions in directive["Dimensions"])
        assert all(line[name] and isinstance(line[name], str) for names in directive["Dimensions"] for name in names)
        assert 0 < len(directive["Metrics"]) <= 100
        assert all(isinstance(line[metric["Name"]], int | float) for metric in directive["Metrics"])
        assert all(metric["Unit"] in UNITS for metric in directive["Metrics"])


def counted(found: list[Line]) -> dict[str, float]:
    """What the metrics of some lines say, by name."""
    directives = [(line, one) for line in found if "_aws" in line for one in line["_aws"]["CloudWatchMetrics"]]
    told: dict[str, float] = {}
    for line, directive in directives:
        for metric in directive["Metrics"]:
            told[metric["Name"]] = told.get(metric["Name"], 0) + line[metric["Name"]]
    return told
