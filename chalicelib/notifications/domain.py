"""A mail, from the moment that it is owed."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct

KEPT = timedelta(days=7)


class Undeliverable(Exception):
    """The mail service refuses a letter for good."""


class MailFacts(Struct, frozen=True):
    """A mail that is owed, or was sent at `sent_at`. Without `to` nobody gets it.

    `values` are what its template needs; a link's token is not among them, only the nonce that it is made from.
    """

    mail_id: str
    template: str
    values: dict[str, str]
    created_at: datetime
    to: str | None = None
    sent_at: datetime | None = None


class Letter(Struct, frozen=True):
    """A mail as it is read."""

    to: str
    subject: str
    text: str
    html: str
