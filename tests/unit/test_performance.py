"""What the benchmarks found is told as it is: missed aims, skipped lines, and a page that is made of the results."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from bench import __main__ as bench
from bench import plots, report, store
from bench.results import Figure, Line, Plot, Ratio, Skipped
from bench.rounds import interleaved, ratios
from bench.store import Measured, Results

NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("ratio", "missed"),
    [
        (Ratio("ours", [0.1, 0.5, 0.9], most=0.5), False),
        (Ratio("ours", [0.1, 0.51, 0.52], most=0.5), True),
        (Ratio("ours", [0.7, 0.7, 0.8], least=0.7), False),
        (Ratio("ours", [0.5, 0.6, 0.9], least=0.7), True),
        (Ratio("ours", [9]), False),
    ],
)
def test_an_aim_is_missed_by_the_middle_round(ratio: Ratio, *, missed: bool) -> None:
    assert ratio.missed is missed


def test_what_is_compared_takes_turns_to_be_first() -> None:
    asked: list[str] = []

    def ask(name: str) -> float:
        asked.append(name)
        return float(len(asked))

    taken = interleaved({name: partial(ask, name) for name in ("a", "b")}, 2)
    assert asked == ["a", "b", "b", "a"]
    assert taken == {"a": [1.0, 4.0], "b": [2.0, 3.0]}
    assert ratios(taken["a"], taken["b"]) == [0.5, 4 / 3]


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a run of the benchmarks writes."""
    monkeypatch.setattr(store, "FILE", tmp_path / "results.json")
    monkeypatch.setattr(report, "PAGE", tmp_path / "performance.md")
    monkeypatch.setattr(plots, "FOLDER", tmp_path / "plots")
    monkeypatch.setattr(sys, "argv", ["bench", "cold"])
    return tmp_path


def plays(monkeypatch: pytest.MonkeyPatch, line: Line | Skipped) -> None:
    def measure() -> Line:
        if isinstance(line, Skipped):
            raise line
        return line

    monkeypatch.setattr(bench, "import_module", lambda _: SimpleNamespace(measure=measure))


SLOW = Line(
    "cold",
    "Cold starts",
    figures=[Figure("ours", "ms", [1.0, 2.0, 3.0])],
    ratios=[Ratio("ours through the peer's", [0.5, 0.6, 0.7], most=0.4)],
    plots=[Plot("starts", "Starts", "runs", "ms", {"ours": [(1, 2.0), (10, 3.0)]}, log_x=True)],
    notes=["A note."],
    versions={"peer": "1.2"},
)


def test_a_missed_aim_is_told_everywhere(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plays(monkeypatch, SLOW)
    assert bench.main() == 0
    said = capsys.readouterr().out
    assert "ours through the peer's: 0.6 (0.5 to 0.7), at most 0.4   MISSED" in said
    assert "1 measured, 0 skipped, 1 aims missed" in said
    kept = msgspec.json.decode((files / "results.json").read_bytes())["lines"]["cold"]
    assert kept["missed"] is True
    assert kept["line"]["ratios"][0]["missed"] is True
    assert "| at most 0.4, **missed** |" in (files / "performance.md").read_text()
    assert "ours" in (files / "plots" / "starts.svg").read_text()


def test_a_line_that_cannot_run_is_counted_and_its_former_result_stays(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plays(monkeypatch, SLOW)
    bench.main()
    plays(monkeypatch, Skipped("PostgreSQL is not installed."))
    capsys.readouterr()
    assert bench.main() == 0
    said = capsys.readouterr().out
    assert "skipped: PostgreSQL is not installed." in said
    assert "0 measured, 1 skipped" in said
    assert store.load().lines["cold"].line == SLOW


def test_a_line_that_was_never_measured_says_why(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plays(monkeypatch, Skipped("PostgreSQL is not installed."))
    bench.main()
    assert "Not measured: PostgreSQL is not installed." in (files / "performance.md").read_text()


def test_a_line_that_there_is_not_is_told(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", "warmth"])
    assert bench.main() == 2
    assert "ONLY=warmth is not known: it is one of cold, " in capsys.readouterr().err
    assert not (files / "results.json").exists()


def test_the_page_is_made_of_the_results() -> None:
    assert report.page(store.load()) == Path("docs/performance.md").read_text(), "python -m bench writes it"


def test_results_that_come_later_keep_their_place() -> None:
    late = Measured(Line("cost", "Cost"), NOW, 1.0, "here")
    early = Measured(Line("cold", "Cold"), NOW, 1.0, "here")
    assert list(Results().with_line(late).with_line(early).lines) == ["cold", "cost"]
