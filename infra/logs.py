"""Prints a stage's log lines: `make logs STAGE=prod`, `make logs STAGE=prod FIND=REQUEST-ID SINCE=60`."""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime

from infra.cloud import Cloud
from infra.faults import Fault, told
from infra.stacks import Stack

MINUTES = 10
LONGEST = len("999999")


def main() -> None:
    """Print the last minutes of every function, in order of time; FIND narrows to lines that hold some words."""
    cloud = Cloud(os.environ.get("STAGE", ""))
    minutes = os.environ.get("SINCE") or str(MINUTES)
    if not minutes.isdecimal() or len(minutes) > LONGEST:
        raise Fault(f"SINCE says how many minutes back, such as SINCE=60, and is {minutes!r}.")
    words = os.environ.get("FIND", "")
    standing = Stack(cloud)
    if not standing.status():
        raise Fault(f"There is no stage {cloud.stage} in this account and region.")
    client, since = cloud.client("logs"), int((time.time() - int(minutes) * 60) * 1000)
    lines: list[tuple[int, str, str]] = []
    for name, group in standing.log_groups().items():
        asked = {"logGroupName": group, "startTime": since} | ({"filterPattern": f'"{words}"'} if words else {})
        for page in client.get_paginator("filter_log_events").paginate(**asked):
            lines += [(event["timestamp"], name, event["message"].rstrip()) for event in page["events"]]
    if not lines:
        print(f"No line of the last {minutes} minutes" + (f" holds {words!r}." if words else "."))
    for at, name, message in sorted(lines):
        print(f"{datetime.fromtimestamp(at / 1000, UTC):%H:%M:%S} {name.removesuffix('Log'):<20} {message}")


if __name__ == "__main__":
    sys.exit(told(main))
