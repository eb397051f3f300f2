"""The stopwatch of a request."""

from __future__ import annotations

import pytest

from chalicelib import trace
from chalicelib.http.timing import server_timing


@pytest.fixture
def stopwatch() -> trace.Stopwatch:
    started = trace.start("request", timed=True)
    assert started is not None
    return started


def test_a_stage_lasts_as_long_as_what_runs_inside_it(stopwatch: trace.Stopwatch) -> None:
    with trace.Stage("logic"), trace.Stage("db", "GetItem carts"):
        pass
    outer, inner = stopwatch.stages
    assert (outer.name, inner.description) == ("logic", "GetItem carts")
    assert outer.start <= inner.start
    assert outer.start + outer.duration >= inner.start + inner.duration


def test_a_stage_that_raises_is_marked_unless_it_says_more_itself(stopwatch: trace.Stopwatch) -> None:
    def refuse() -> None:
        with trace.Stage("logic"), trace.Stage("db") as call:
            call.outcome = "refused"
            raise KeyError

    with pytest.raises(KeyError):
        refuse()
    assert [stage.outcome for stage in stopwatch.stages] == ["failed", "refused"]


def test_without_a_stopwatch_nothing_is_recorded() -> None:
    assert trace.start("request", timed=False) is None
    with trace.Stage("logic") as stage:
        pass
    assert stage.duration == 0


def test_a_new_request_does_not_go_on_with_the_stopwatch_of_the_last(stopwatch: trace.Stopwatch) -> None:
    trace.start("next", timed=False)
    with trace.Stage("logic"):
        pass
    assert stopwatch.stages == []


def test_a_decorated_function_is_a_stage(stopwatch: trace.Stopwatch) -> None:
    @trace.staged("gateway")
    def capture(amount: int) -> int:
        return amount

    assert capture(3) == 3
    assert [(stage.name, stage.description) for stage in stopwatch.stages] == [("gateway", "capture")]


def test_what_a_header_cannot_hold_is_left_out_of_it(stopwatch: trace.Stopwatch) -> None:
    with trace.Stage("db", 'a "b", c\\\r\nd €'):
        pass
    assert 'desc="a b cd "' in server_timing(stopwatch)


def test_the_header_stays_within_its_limit(stopwatch: trace.Stopwatch) -> None:
    for _ in range(500):
        with trace.Stage("db", "GetItem orders"):
            pass
    header = server_timing(stopwatch)
    assert len(header) < 8_192
    assert header.startswith("total;")
    assert header.endswith('stages left out"')
