"""The outbox in DynamoDB, and SES, which takes the mails away."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec
from pynamodb.exceptions import DoesNotExist

from chalicelib.dynamo import DynamoWrite
from chalicelib.notifications.domain import KEPT, Letter, MailFacts, Undeliverable
from chalicelib.notifications.models import MailRecord

if TYPE_CHECKING:
    from mypy_boto3_ses.client import SESClient

CHARSET = "UTF-8"
REFUSED = {"MessageRejected", "InvalidParameterValue"}


class OutboxRepository:
    """Mails that are owed."""

    def add(self, mail: MailFacts) -> DynamoWrite:
        """Owe a mail, once; refuses as `mail:ID` where it is owed already."""
        record = MailRecord(**msgspec.structs.asdict(mail), expires=mail.created_at + KEPT)
        unowed = MailRecord.mail_id.does_not_exist()
        return DynamoWrite(f"mail:{mail.mail_id}", "put", lambda t: t.save(record, condition=unowed))

    def mail(self, mail_id: str) -> MailFacts | None:
        """Return a mail, or None."""
        try:
            record = MailRecord.get(mail_id, consistent_read=True)
        except DoesNotExist:
            return None
        return msgspec.convert(record.attribute_values, MailFacts, strict=False)

    def mark_sent(self, mail_id: str, at: datetime) -> None:
        """Remember that a mail was sent, and forget to whom and what it was made from."""
        forget = [MailRecord.values.set({}), MailRecord.to.remove()]
        MailRecord(mail_id).update(actions=[MailRecord.sent_at.set(at), *forget])


class SesSender:
    """Sends letters through SES."""

    def __init__(self, sender: str) -> None:
        self._sender = sender

    def send(self, letter: Letter) -> None:
        """Send a letter; raises Undeliverable where SES refuses it, and what SES raises otherwise."""
        try:
            self._put(letter)
        except self._ses.exceptions.ClientError as error:
            if error.response["Error"].get("Code") in REFUSED:
                raise Undeliverable from error
            raise

    def _put(self, letter: Letter) -> None:
        self._ses.send_email(
            Source=self._sender,
            Destination={"ToAddresses": [letter.to]},
            Message={
                "Subject": {"Data": letter.subject, "Charset": CHARSET},
                "Body": {
                    "Text": {"Data": letter.text, "Charset": CHARSET},
                    "Html": {"Data": letter.html, "Charset": CHARSET},
                },
            },
        )

    @cached_property
    def _ses(self) -> SESClient:
        # Imported here: only the stream's handler sends mails.
        from chalicelib import aws

        ses: SESClient = aws.client("ses", read_seconds=5, tries=2)
        return ses
