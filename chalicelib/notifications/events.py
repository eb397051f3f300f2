"""What the outbox's stream causes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib import bootstrap, trace


def mails_owed(records: Iterable[Mapping[str, Any]]) -> None:
    """Send every mail whose record was just put; `records` are those of a DynamoDB stream."""
    for record in records:
        if record["eventName"] == "INSERT":
            mail_id: str = record["dynamodb"]["Keys"]["mail_id"]["S"]
            trace.about(mail=mail_id)
            bootstrap.notifications().deliver(mail_id)
