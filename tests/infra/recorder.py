"""A pytest plugin that writes down which AWS calls the shop makes, and on behalf of which of its functions.

`pytest -p tests.infra.recorder`, with RECORD_CALLS naming a folder: each process adds a file of lines such as
`APIHandler dynamodb:GetItem orders`.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from chalicelib.settings import settings
from tests.aws_calls import Make, intercepted

EVENTS = "/events.py"
EDGE = "/chalicelib/http/middleware.py"
# What a transaction's parts are called in a policy.
PARTS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}

calls: set[str] = set()


def frames() -> Iterator[FrameType]:
    frame: FrameType | None = sys._getframe(4)
    while frame:
        yield frame
        frame = frame.f_back


def caller() -> str | None:
    """Return the function whose work this is: an event's, by the outermost of its domain's functions, or the API.

    What a test does itself, inside a request too, is nobody's.
    """
    found = None
    for frame in frames():
        name = frame.f_code.co_filename
        if "/tests/" in name:
            return found
        if name.endswith(EDGE):
            return "api"
        if name.endswith(EVENTS) and "chalicelib" in name and not frame.f_code.co_name.startswith(("_", "<")):
            found = frame.f_code.co_name
    return found


def actions(service: str, operation: str, sent: dict[str, Any]) -> Iterator[str]:
    """Yield `service:Action resource` for each thing that a call needs leave for."""
    if service != "dynamodb":
        yield f"{service}:{operation} *"
        return
    for part in sent.get("TransactItems", []):
        [(kind, item)] = part.items()
        yield f"dynamodb:{PARTS[kind]} {short(item['TableName'])}"
    for table in sent.get("RequestItems", {}):
        yield f"dynamodb:{operation} {short(table)}"
    if "TableName" in sent:
        index = f"/index/{sent['IndexName']}" if "IndexName" in sent else ""
        yield f"dynamodb:{operation} {short(sent['TableName'])}{index}"


def short(table: str) -> str:
    return table.removeprefix(settings().table_prefix)


@pytest.fixture(autouse=True, scope="session")
def recorded_calls() -> Iterator[None]:
    def recorded(service: str, make: Make, operation: str, sent: dict[str, Any]) -> Any:
        if who := caller():
            calls.update(f"{who} {action}" for action in actions(service, operation, sent))
        return make(operation, sent)

    with intercepted(recorded):
        yield
    Path(os.environ["RECORD_CALLS"], f"{os.getpid()}").write_text("\n".join(sorted(calls)))
