"""What the sandbox gateway's stream causes: its webhooks. They can be made as unreliable as real ones are."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.request import Request, urlopen

from chalicelib import bootstrap, trace
from chalicelib.settings import settings

TIMEOUT_SECONDS = 15
LATE_SECONDS = 5
# A payment that came into being is no news to the shop, which created it, or restored it.
NO_NEWS = "INSERT"


def sandbox_changed(records: Iterable[Mapping[str, Any]]) -> None:
    """Tell the shop of each change of a sandbox payment; one that it does not take is told again by the stream."""
    changes = [record["dynamodb"] for record in records if record["eventName"] != NO_NEWS]
    images = [change["NewImage"] for change in changes if "NewImage" in change]
    news = [(image["payment_id"]["S"], image["status"]["S"]) for image in images]
    how = settings().sandbox_webhooks
    if "late" in how:
        time.sleep(LATE_SECONDS)
    if "shuffled" in how:
        news.reverse()
    for payment_id, status in news * (2 if "twice" in how else 1):
        trace.about(payment=payment_id)
        _send(payment_id, status)


def _send(payment_id: str, status: str) -> None:
    body, headers = bootstrap.sandbox().notice(payment_id, status)
    request = Request(f"{settings().api_url}/payments/webhook", body, headers)  # noqa: S310 -- our own API.
    with urlopen(request, timeout=TIMEOUT_SECONDS):  # noqa: S310
        pass
