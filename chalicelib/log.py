"""Log lines: one JSON object each, with the request, the account and the order that they are about; never a secret.

Whatever logs, the framework and the libraries too, logs through the one handler that `configure` installs. A line has
`time`, `level`, `logger`, `message`, `cold_start`, and where they are known `request_id`, `account`, `order`,
`exception` and the facts that its writer gives in `extra={"facts": {…}}`.
"""

from __future__ import annotations

import logging
import re
import sys
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import msgspec

from chalicelib import trace

SECURITY = logging.getLogger("chalicelib.security")
# What security events say of an account that there is not.
NOBODY = "nobody"
FOR_MACHINES = {"_aws", "cold_start"}
# What others put into their errors: SES names the address that it refuses. Bounded, so that no text takes long.
UNSPEAKABLE = r"[\w.+-]{1,64}@[\w.-]{1,255}|eyJ[\w-]+\.[\w-]+\.[\w-]*"


def configure(*, readable: bool = False) -> None:
    """Write every line to stdout: as JSON, or for people to read. Replaces what the runtime has set up."""
    handler = ToStdout()
    handler.setFormatter(Readable() if readable else JsonLines())
    # What no line tells need not be found out (https://docs.python.org/3/howto/logging.html#optimization).
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("chalicelib").setLevel(logging.INFO)


def security_event(event: str, *, account: str = "", **facts: str | int) -> None:
    """Write one line about an account id. Facts are ids and codes: no secrets, names or addresses (ASVS 16.2.5)."""
    if account == NOBODY:
        facts["account"] = NOBODY
    elif account:
        trace.about(account_id=account)
    SECURITY.info("%s", event, extra={"facts": {"event": event, **facts}})


class ToStdout(logging.Handler):
    """Writes to what is stdout at that moment; runtimes and tests exchange it."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write a line, in one piece; nothing that goes wrong with it may fail a purchase."""
        try:
            line = self.format(record)
        except Exception:  # noqa: BLE001 -- what Python would tell about it quotes all that was to be logged.
            line = self.format(_unwritable(record))
        with suppress(OSError):
            sys.stdout.write(line + "\n")
            sys.stdout.flush()


class JsonLines(logging.Formatter):
    """Makes a record one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line; of what does not encode, its text."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": speakable(record.getMessage()),
            **_facts(record),
        }
        if record.exc_info:
            line["exception"] = speakable(self.formatException(record.exc_info))
        return msgspec.json.encode(line, enc_hook=str).decode()


class Readable(logging.Formatter):
    """Makes a record a line for people: the message first, then the facts."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, and under it the traceback."""
        facts = " ".join(f"{name}={fact}" for name, fact in _facts(record).items() if name not in FOR_MACHINES)
        line = f"{record.levelname:7} {speakable(record.getMessage())}  {facts}"
        return f"{line}\n{speakable(self.formatException(record.exc_info))}" if record.exc_info else line


def speakable(text: str) -> str:
    """Return a text without e-mail addresses and tokens, and such that it can be encoded."""
    text = text.encode("utf-8", "replace").decode()
    # Compiled when first needed: most containers log neither.
    return re.sub(UNSPEAKABLE, "[left out]", text) if "@" in text or "eyJ" in text else text


def _unwritable(record: logging.LogRecord) -> logging.LogRecord:
    facts = {
        "name": record.name,
        "levelno": logging.ERROR,
        "levelname": "ERROR",
        "args": (record.module, record.lineno),
    }
    return logging.makeLogRecord({**facts, "msg": "a line that %s, line %d, logs cannot be written"})


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    given: dict[str, Any] = getattr(record, "facts", {})
    return {**trace.facts(), **given}
