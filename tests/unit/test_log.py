"""Log lines: JSON, complete, and without what nobody may read."""

from __future__ import annotations

import logging

import pytest

from chalicelib import log, trace
from tests.log_lines import Lines
from tests.log_lines import lines as lines

LOG = logging.getLogger("chalicelib.somewhere")


@pytest.fixture(autouse=True)
def a_request() -> None:
    trace.start("an-id", timed=False)


def test_a_line_tells_what_happened_where_and_in_which_request(lines: Lines) -> None:
    trace.about(order="0f" * 16, account_id="a" * 32)
    LOG.warning("something of %s", "two\nlines", extra={"facts": {"tries": 3}})
    (line,) = lines()
    assert line.pop("time").endswith("+00:00")
    assert isinstance(line.pop("cold_start"), bool)
    assert line == {
        "level": "WARNING",
        "logger": "chalicelib.somewhere",
        "message": "something of two\nlines",
        "request_id": "an-id",
        "order": "0f" * 16,
        "account": trace.mark_of("a" * 32),
        "tries": 3,
    }


def test_the_next_request_begins_without_what_the_last_was_about(lines: Lines) -> None:
    trace.about(order="0f" * 16)
    trace.start("another-id", timed=False)
    LOG.warning("on")
    (line,) = lines()
    assert line["request_id"] == "another-id"
    assert "order" not in line


def test_an_exception_is_told_with_its_traceback_in_the_same_line(lines: Lines) -> None:
    prices: dict[str, int] = {}
    try:
        prices["teapot"]
    except KeyError:
        LOG.exception("failed")
    (line,) = lines()
    assert line["exception"].startswith("Traceback")
    assert line["exception"].endswith("KeyError: 'teapot'")


@pytest.mark.parametrize(
    "secret", ["ada.lovelace+shop@mail.example.com", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"]
)
def test_an_address_or_a_token_that_others_put_into_their_errors_is_left_out(lines: Lines, secret: str) -> None:
    try:
        int(secret)
    except ValueError:
        LOG.exception("no number: %s", secret)
    (line,) = lines()
    assert "[left out]" in line["message"]
    assert secret not in str(line)


def test_what_has_no_json_is_told_as_text(lines: Lines) -> None:
    # Straight to our handler: pytest's own report of the line could not be sent from one process to another.
    facts = {"facts": {"error": ValueError("none")}}
    record = LOG.makeRecord(LOG.name, logging.WARNING, "mail.py", 7, "half a \ud83d", (), None, extra=facts)
    logging.getLogger().handlers[0].handle(record)
    (line,) = lines()
    assert (line["message"], line["error"]) == ("half a ?", "none")


def test_a_line_that_cannot_be_written_fails_nobody_and_quotes_nothing(
    lines: Lines, capsys: pytest.CaptureFixture[str]
) -> None:
    record = LOG.makeRecord(LOG.name, logging.INFO, "mail.py", 7, "%s and %s", ("canary",), None)
    logging.getLogger().handlers[0].handle(record)
    (line,) = lines()
    assert (line["level"], line["message"]) == ("ERROR", "a line that mail, line 7, logs cannot be written")
    assert capsys.readouterr().err == ""


def test_the_lines_of_libraries_are_json_too_and_only_when_they_warn(lines: Lines) -> None:
    logging.getLogger("botocore").info("chatter")
    logging.getLogger("botocore").warning("careful")
    assert [line["message"] for line in lines()] == ["careful"]


def test_an_account_has_one_mark_which_is_not_its_id() -> None:
    assert trace.mark_of("a" * 32) == trace.mark_of("a" * 32) != trace.mark_of("b" * 32)
    assert "aaaa" not in trace.mark_of("a" * 32)


def test_a_security_event_tells_the_accounts_mark_or_nobody(lines: Lines) -> None:
    log.security_event("sign_in_failed", account=log.NOBODY)
    log.security_event("signed_in", account="a" * 32, family="f1")
    nobody, somebody = lines()
    assert (nobody["event"], nobody["account"]) == ("sign_in_failed", "nobody")
    assert (somebody["account"], somebody["family"]) == (trace.mark_of("a" * 32), "f1")


def test_on_a_laptop_a_line_is_for_people_to_read(capsys: pytest.CaptureFixture[str], lines: Lines) -> None:
    log.configure(readable=True)
    LOG.info("GET /products 200", extra={"facts": {"status": 200, "_aws": {}}})
    out = capsys.readouterr().out
    assert out.startswith("INFO    GET /products 200  ")
    assert "request_id=an-id status=200" in out
    assert "_aws" not in out
    assert "cold_start" not in out
