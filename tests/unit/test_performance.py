"""What the benchmarks found is told as it is: missed aims, skipped lines, and a page that is made of the results."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import msgspec
import pytest

from bench import __main__ as bench
from bench import guard, plots, report, store
from bench.peers import postgres
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


@pytest.mark.parametrize(
    ("ratio", "verdict"),
    [
        (Ratio("ours", [0.1, 0.5, 0.9], most=0.5), "met, rounds on both sides"),
        (Ratio("ours", [0.5, 0.6, 0.9], least=0.7), "missed, rounds on both sides"),
        (Ratio("ours", [0.1, 0.2, 0.3], most=0.5), "met"),
        (Ratio("ours", [0.6, 0.7, 0.8], most=0.5), "missed"),
        (Ratio("ours", [0.6, 0.7, 0.8]), ""),
    ],
)
def test_a_verdict_says_whether_the_rounds_agree(ratio: Ratio, verdict: str) -> None:
    assert ratio.verdict == verdict
    assert report.verdict(ratio) == verdict.replace("missed", "**missed**")
    assert report.ratio_words(ratio).endswith(verdict.replace("missed", "MISSED"))


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
    monkeypatch.setattr(guard, "FOLDER", tmp_path / "bench")
    monkeypatch.setattr(sys, "argv", ["bench", "cold"])
    return tmp_path


Ending = Line | BaseException


def plays(monkeypatch: pytest.MonkeyPatch, *endings: Ending) -> None:
    """Let the lines that are asked for end so, in turn."""
    turns = iter(endings)

    def measure() -> Line:
        ending = next(turns)
        if isinstance(ending, BaseException):
            raise ending
        return ending

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
    assert "1 measured, 0 skipped, 0 broken, 1 aims missed" in said
    assert "missed: cold: ours through the peer's" in said
    kept = msgspec.json.decode((files / "results.json").read_bytes())["lines"]["cold"]
    assert kept["missed"] is True
    ratio = kept["line"]["ratios"][0]
    assert ratio["missed"] is True
    assert (ratio["median"], ratio["min"], ratio["max"]) == (0.6, 0.5, 0.7)
    figure = kept["line"]["figures"][0]
    assert (figure["median"], figure["min"], figure["max"]) == (2.0, 1.0, 3.0)
    assert "| at most 0.4, **missed** |" in (files / "performance.md").read_text()
    assert "ours" in (files / "plots" / "starts.svg").read_text()


def test_a_line_that_cannot_run_is_counted_and_its_former_result_stays(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    plays(monkeypatch, SLOW, Skipped("PostgreSQL is not installed."))
    bench.main()
    capsys.readouterr()
    assert bench.main() == 0
    said = capsys.readouterr().out
    assert "skipped: cold: PostgreSQL is not installed." in said
    assert "0 measured, 1 skipped, 0 broken, 0 aims missed" in said, "what was missed before is not this run's"
    known = store.load().lines["cold"]
    assert (known.line, known.skipped) == (SLOW, "PostgreSQL is not installed.")
    page = (files / "performance.md").read_text()
    assert "The last run went without this, and what stands here is older: PostgreSQL is not installed." in page
    plays(monkeypatch, SLOW)
    bench.main()
    assert "went without" not in (files / "performance.md").read_text()


def test_a_line_that_was_never_measured_says_why(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stale = files / "plots" / "starts.svg"
    stale.parent.mkdir()
    stale.touch()
    plays(monkeypatch, Skipped("PostgreSQL is not installed."))
    bench.main()
    page = (files / "performance.md").read_text()
    assert "## Cold start\n\nNot measured: PostgreSQL is not installed.\n" in page
    assert "| |" not in page.partition(report.CHANGES.read_text())[0], "no table without rows"
    assert not stale.exists()


def test_a_line_that_breaks_costs_no_other_line(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", "cold", "search", "cost"])
    plays(
        monkeypatch, SLOW, RuntimeError("initdb: no room\nmore of it"), Line("cost", "Cost", [Figure("it", "$", [1])])
    )
    assert bench.main() == 1
    said = capsys.readouterr().out
    assert "broken: search: RuntimeError: initdb: no room (all of it: " in said
    assert "2 measured, 0 skipped, 1 broken" in said
    assert list(store.load().lines) == ["cold", "search", "cost"]
    assert "## Search\n\nNot measured: it broke (RuntimeError)\n" in (files / "performance.md").read_text()
    assert "more of it" in (files / "bench" / "search.log").read_text()


def test_a_run_that_is_stopped_keeps_what_it_measured(
    files: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", "cold", "search", "cost"])
    plays(monkeypatch, SLOW, KeyboardInterrupt())
    assert bench.main() == 130
    assert capsys.readouterr().err.strip() == "Stopped: the lines that were measured are kept."
    assert list(store.load().lines) == ["cold"]


def test_an_error_while_cleaning_up_does_not_go_on_with_the_next_line(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["bench", "cold", "search"])
    hidden = RuntimeError("the server is gone")
    hidden.__context__ = KeyboardInterrupt()
    plays(monkeypatch, hidden, SLOW)
    assert bench.main() == 130


def test_a_second_run_is_told_that_one_is_under_way(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with guard.alone():
        assert bench.main() == 2
    assert "Another run of the benchmarks is under way" in capsys.readouterr().err
    assert not (files / "results.json").exists()


STOPPED = """
import pathlib, sys, time, types
from bench import __main__ as bench, guard

def measure():
    try:
        print("at it", flush=True)
        time.sleep(60)
    finally:
        print("tidied up", flush=True)

guard.FOLDER = pathlib.Path(sys.argv.pop())
bench.import_module = lambda _: types.SimpleNamespace(measure=measure)
sys.exit(bench.main())
"""


def test_a_run_that_is_terminated_tidies_up(tmp_path: Path) -> None:
    command = [sys.executable, "-c", STOPPED, "cold", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        while "at it" not in run.stdout.readline():
            assert run.poll() is None
        run.terminate()
        assert "tidied up" in run.stdout.read()
    assert run.returncode == 128 + signal.SIGTERM


def test_results_that_cannot_be_read_are_told_in_a_sentence(files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store.FILE.write_text('{"lines": {')
    assert bench.main() == 2
    said = capsys.readouterr().err
    assert "results.json cannot be read" in said
    assert len(said.splitlines()) == 1


@pytest.mark.parametrize("words", [["cost", "cold", "cost"], ["cost,cold"], ["cost,", "cold"]])
def test_each_line_is_measured_once(words: list[str]) -> None:
    assert bench.asked(words) == ["cost", "cold"]


def test_all_lines_are_measured_where_none_is_named() -> None:
    assert bench.asked([]) == list(store.LINES)


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


def test_titles_are_those_of_the_lines() -> None:
    assert all(one.line.title == store.LINES[name] for name, one in store.load().lines.items())


def test_results_name_the_shop_that_was_measured(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = store.Shop("1.2.3", "abc1234+", "3.11.7", "20.1.0")
    monkeypatch.setattr(bench, "shop", lambda: here)
    plays(monkeypatch, SLOW)
    bench.main()
    assert store.load().lines["cold"].shop == here
    page = (files / "performance.md").read_text()
    assert "; Open Kitchen 1.2.3 at commit abc1234+, Python 3.11.7, Node 20.1.0, peer 1.2.\n" in page


def test_a_shop_is_known_by_its_commit_and_whether_it_was_changed_since(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(store, "ROOT", tmp_path)
    assert store.shop().commit == "", "there is no git"
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    subprocess.run([*git, "commit", "--quiet", "--allow-empty", "--message=first"], check=True)
    commit = store.shop().commit
    assert len(commit) >= 7
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "results.json").touch()
    assert store.shop().commit == commit, "what a run writes is no change"
    (tmp_path / "app.py").touch()
    assert store.shop().commit == f"{commit}+"


def test_single_values_are_not_called_medians() -> None:
    assert report.middle([[1], [2]]) == "value"
    assert report.middle([[1], [2, 3]]) == "median, or the value"
    assert report.middle([[1, 2], [2, 3]]) == "median"


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        (Figure("a month", "$", [2]), "a month: 2 $"),
        (Figure("MRR", "", [1, 1]), "MRR: 1 (1 to 1)"),
        (Figure("p50", "ms", [1, 2, 3]), "p50: 2 ms (1 to 3)"),
    ],
)
def test_figures_are_printed_without_gaps(figure: Figure, words: str) -> None:
    assert report.figure_words(figure) == words


@pytest.mark.parametrize(
    ("least", "most", "marks"),
    [
        (0, 128, [0, 50, 100, 150]),
        (0, 98, [0, 20, 40, 60, 80, 100]),
        (5, 95, [0, 20, 40, 60, 80, 100]),
        (0, 0.7, [0, 0.2, 0.4, 0.6, 0.8]),
        (0, 0, [0]),
    ],
)
def test_axes_have_round_numbers(least: float, most: float, marks: list[float]) -> None:
    assert plots.round_numbers(least, most) == pytest.approx(marks)


def test_programs_of_the_newest_postgresql_come_first() -> None:
    folders = [Path(f"/usr/lib/postgresql/{version}/bin") for version in ("9.6", "15", "10")]
    assert [folder.parent.name for folder in postgres.newest_first(folders)] == ["15", "10", "9.6"]


def test_an_installation_that_fails_skips_the_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "INSTALLED", tmp_path / "postgres")
    monkeypatch.setattr(subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 1))
    with pytest.raises(Skipped, match="could not be installed"):
        postgres._driver()


def test_a_postgresql_without_its_extensions_skips_the_line() -> None:
    connection = SimpleNamespace(execute=lambda _: SimpleNamespace(fetchall=lambda: [("fuzzystrmatch",)]))
    with pytest.raises(Skipped, match="without pg_trgm: "):
        postgres._check(connection)


def test_a_postgresql_that_does_not_come_up_is_stopped_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[str] = []

    def run(_: object, *command: object) -> None:
        ran.append(str(command[-1]))
        if "initdb" in str(command[0]):
            Path(str(command[-1])).mkdir()
        else:
            raise RuntimeError(f"pg_ctl: cannot {command[-1]}")

    monkeypatch.setattr(postgres, "_programs", lambda: Path("/usr/lib/postgresql/15/bin"))
    monkeypatch.setattr(postgres, "_user", lambda: None)
    monkeypatch.setattr(postgres, "_driver", lambda: None)
    monkeypatch.setattr(postgres, "_run", run)
    with pytest.raises(RuntimeError, match="cannot start"), postgres.server():
        pass
    assert ran[1:] == ["start", "stop"]


def test_the_secrets_of_a_run_go_with_it() -> None:
    script = "import os, tests.conftest; file = os.environ['SECRETS_FILE']; print(file, os.path.exists(file))"
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    file, there = done.stdout.split()
    assert there == "True"
    assert not Path(file).parent.exists()


@pytest.mark.parametrize(
    ("least", "most", "marks"),
    [
        (0.3, 4, [0.2, 0.5, 1, 2, 5]),
        (1, 10, [1, 2, 5, 10]),
        (0.6, 60, [0.5, 1, 2, 5, 10, 20, 50, 100]),
        (1, 1, [1]),
    ],
)
def test_an_axis_of_magnitudes_has_the_numbers_that_one_counts_in(
    least: float, most: float, marks: list[float]
) -> None:
    assert plots.decades(least, most) == pytest.approx(marks)


def test_every_name_in_a_legend_has_room() -> None:
    for one in store.load().lines.values():
        for plot in one.line.plots:
            width = sum(2 * plots.SWATCH + len(name) * plots.LETTER for name in plot.curves)
            assert plots.LEGEND_LEFT + width <= plots.WIDTH, plot.name
