"""Reading the outbox as the people would to whom its mails go."""

from __future__ import annotations

from typing import Any

from chalicelib.keys import keys, link_token
from chalicelib.notifications.models import MailRecord


def outbox(to: str | None = None) -> list[MailRecord]:
    """Return the mails that are owed, to one address if one is given, the oldest first."""
    mails = sorted(MailRecord.scan(), key=lambda mail: mail.created_at)
    return [mail for mail in mails if to is None or mail.to == to]


def latest_token(to: str) -> str:
    """Return the token in the latest link that was mailed to an address."""
    values = next(mail.values for mail in reversed(outbox(to)) if "nonce" in mail.values)
    return link_token(keys().links, values["purpose"], values["nonce"])


def stream_records() -> list[dict[str, Any]]:
    """Return what the outbox's stream would say of every mail in it."""
    return [{"eventName": "INSERT", "dynamodb": {"Keys": {"mail_id": {"S": mail.mail_id}}}} for mail in outbox()]
