"""Use cases of notifications: owing a mail, and sending it."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from chalicelib.keys import Keys, link_token, order_key
from chalicelib.ledger import Write
from chalicelib.log import security_event
from chalicelib.notifications.domain import Letter, MailFacts, Undeliverable

ID_BYTES = 16


class Outbox(Protocol):
    """Where mails are owed; chalicelib.notifications.repository says what each does."""

    def add(self, mail: MailFacts) -> Write: ...
    def mail(self, mail_id: str) -> MailFacts | None: ...
    def mark_sent(self, mail_id: str, at: datetime) -> None: ...


class Sender(Protocol):
    """What takes letters away; raises Undeliverable for one that it refuses for good."""

    def send(self, letter: Letter) -> None: ...


class Writer(Protocol):
    """What makes letters of templates."""

    def write(self, template: str, to: str, values: dict[str, str]) -> Letter: ...


class NotificationsService:
    """Mails. One that is owed is written down together with its cause, so that it is never lost."""

    def __init__(
        self,
        outbox: Outbox,
        sender: Callable[[], Sender],
        writer: Callable[[], Writer],
        keys: Keys,
        now: Callable[[], datetime],
    ) -> None:
        self._outbox = outbox
        self._sender = sender
        self._writer = writer
        self._keys = keys
        self._now = now

    def post(self, template: str, to: str | None, *, mail_id: str = "", **values: str) -> Write:
        """Return the write that owes a mail to an address; to None, it costs the same and nobody gets it.

        Under a `mail_id` of its own a mail is owed once: the write refuses as `mail:ID` where it is owed already.
        """
        return self._outbox.add(MailFacts(mail_id or secrets.token_hex(ID_BYTES), template, values, self._now(), to))

    def deliver(self, mail_id: str) -> None:
        """Send a mail that is owed. Twice only if a crash falls between sending it and marking it sent."""
        mail = self._outbox.mail(mail_id)
        if mail is None or mail.sent_at is not None:
            return
        if mail.to is not None:
            self._send(mail_id, self._writer().write(mail.template, mail.to, self._values(mail)))
        self._outbox.mark_sent(mail_id, self._now())

    def _send(self, mail_id: str, letter: Letter) -> None:
        try:
            self._sender().send(letter)
        except Undeliverable:
            # Trying again would not help, and would hold up every mail behind it.
            security_event("mail_refused", mail=mail_id)

    def _values(self, mail: MailFacts) -> dict[str, str]:
        """Return what the template needs; the secret part of a link is made only here."""
        values = mail.values
        if "nonce" in values:
            return values | {"token": link_token(self._keys.links, values["purpose"], values["nonce"])}
        if "guest_order" in values:
            order_id = values["guest_order"]
            return values | {"order": f"{order_id}#key={order_key(self._keys.orders, order_id)}"}
        return values
