"""Answers requests over and over in one process, from a package, as a warm Lambda would: the child of the warm line.

    python -I -S -B bench/many_requests.py FOLDER TABLES.json

FOLDER is an unzipped package, and all that can be imported beside Python's own library; TABLES.json holds the items of
DynamoDB's tables. Each line of input asks for an event to be answered some times, and is answered by a line: the
processor time of one request in milliseconds, and the last answer with the calls that were made for it. What the app
itself writes to stdout, as its log lines, goes to nobody.

DynamoDB is in memory here, behind botocore's HTTP session: everything above it runs, serialising, signing and parsing,
and what stands in for the network and the database is taken off the time.
"""

from __future__ import annotations

import json
import os
import re
import sys
import time
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, sys.argv[1])

from botocore.awsrequest import AWSResponse
from botocore.httpsession import URLLib3Session

from app import app

Document = dict[str, Any]

PREFIX = f"open-kitchen-{os.environ['STAGE']}-"
LETTER = re.compile("(?<!^)(?=[A-Z])")
SET = re.compile(r"(#?\w+) = (:\w+)")
HEADERS: Any = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-RequestId": "R" * 52}
CONTEXT = SimpleNamespace(aws_request_id="many", function_name="APIHandler")


class Tables:
    """DynamoDB as far as is asked here: reads find what is there, writes always may, and counters need not add up."""

    def __init__(self, described: Mapping[str, Document]) -> None:
        self.keys = {name: table["key"] for name, table in described.items()}
        self.items = {
            name: {self.key(name, item): item for item in table["items"]} for name, table in described.items()
        }
        self.calls: list[str] = []
        self.seconds = 0.0

    def key(self, table: str, item: Document) -> tuple[str, ...]:
        """Return what names an item."""
        return tuple(next(iter(item[part].values())) for part in self.keys[table])

    def send(self, request: Any) -> AWSResponse:
        """Answer an HTTP request, and count the time that this takes."""
        began = time.process_time()
        operation = in_text(request.headers["X-Amz-Target"]).partition(".")[2]
        self.calls.append(operation)
        body = json.dumps(getattr(self, LETTER.sub("_", operation).lower())(json.loads(request.body))).encode()
        answer = AWSResponse(request.url, 200, HEADERS, SimpleNamespace(stream=lambda: iter([body])))
        self.seconds += time.process_time() - began
        return answer

    def get_item(self, asked: Document) -> Document:
        found = self.found(asked["TableName"], asked["Key"])
        return {"Item": found} if found else {}

    def batch_get_item(self, asked: Document) -> Document:
        tables = asked["RequestItems"].items()
        found = {name: [self.found(name, key) for key in wanted["Keys"]] for name, wanted in tables}
        return {
            "Responses": {name: [item for item in items if item] for name, items in found.items()},
            "UnprocessedKeys": {},
        }

    def query(self, asked: Document) -> Document:
        items = [*self.items[asked["TableName"].removeprefix(PREFIX)].values()][: asked["Limit"]]
        return {"Items": items, "Count": len(items), "ScannedCount": len(items)}

    def put_item(self, asked: Document) -> Document:
        table = asked["TableName"].removeprefix(PREFIX)
        self.items[table][self.key(table, asked["Item"])] = asked["Item"]
        return {}

    def update_item(self, asked: Document) -> Document:
        item = self.found(asked["TableName"], asked["Key"])
        names = asked["ExpressionAttributeNames"]
        for name, value in SET.findall(asked["UpdateExpression"]):
            item[names.get(name, name)] = asked["ExpressionAttributeValues"][value]
        return {"Attributes": item}

    def transact_write_items(self, asked: Document) -> Document:
        for item in asked["TransactItems"]:
            if "Put" in item:
                self.put_item(item["Put"])
        return {}

    def found(self, table: str, key: Document) -> Document:
        table = table.removeprefix(PREFIX)
        known: Document = self.items[table].get(self.key(table, key), {})
        return known


def in_text(header: str | bytes) -> str:
    """Return a header's value; botocore's clients have theirs in bytes."""
    return header.decode() if isinstance(header, bytes) else header


def with_key(event: Document, number: int) -> Document:
    """Return an event whose order is a new one."""
    key = {"Idempotency-Key": f"key-number-{number:08}"}
    many = {name: [value] for name, value in key.items()}
    both = {"headers": event["headers"] | key, "multiValueHeaders": event["multiValueHeaders"] | many}
    return event | both


def answered(tables: Tables, event: Document, first: int, times: int) -> Document:
    """Answer an event some times and return what is told of it."""
    events = [with_key(event, first + number) for number in range(times)]
    tables.seconds = 0.0
    began = time.process_time()
    for one in events:
        tables.calls.clear()
        answer = app(one, CONTEXT)
    taken = time.process_time() - began - tables.seconds
    return {"milliseconds": taken * 1000 / times, "answer": answer, "calls": tables.calls}


def main() -> None:
    """Answer line by line."""
    if "LOOK_EACH_TIME" in os.environ:
        # As where ten seconds lie between two requests.
        vars(import_module("chalicelib.search.current"))["CHECK_SECONDS"] = 0.0
    tables = Tables(json.loads(Path(sys.argv[2]).read_bytes()))
    # By setattr, because replacing a method is what a type checker rightly objects to.
    setattr(URLLib3Session, "send", lambda _, request: tables.send(request))  # noqa: B010
    # Open as long as the process lives.
    answers, sys.stdout = sys.stdout, Path(os.devnull).open("w")  # noqa: SIM115
    for line in sys.stdin:
        print(json.dumps(answered(tables, **json.loads(line))), file=answers, flush=True)


main()
