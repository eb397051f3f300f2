"""Reads and conditional writes of sessions in DynamoDB."""

from __future__ import annotations

import msgspec
from pynamodb.exceptions import DoesNotExist

from chalicelib.dynamo import DynamoWrite
from chalicelib.sessions.domain import SessionFacts
from chalicelib.sessions.models import SessionRecord


class SessionsRepository:
    """Sessions."""

    def session(self, account_id: str, family_id: str) -> SessionFacts | None:
        """Return a session, read strongly, or None."""
        try:
            return _facts(SessionRecord.get(account_id, family_id, consistent_read=True))
        except DoesNotExist:
            return None

    def of_account(self, account_id: str) -> list[SessionFacts]:
        """Return an account's sessions, those that are over and not cleaned away yet among them."""
        return [_facts(record) for record in SessionRecord.query(account_id, consistent_read=True)]

    def put(self, session: SessionFacts) -> DynamoWrite:
        """Put a session."""
        record = _record(session)
        return DynamoWrite(f"session:{session.family_id}", "put", lambda t: t.save(record))

    def rotate(self, before: SessionFacts, after: SessionFacts) -> DynamoWrite:
        """Put a session's next generation, if its token is still the one seen; refuses as `session:FAMILY`."""
        record, same = _record(after), SessionRecord.token_hash == before.token_hash
        return DynamoWrite(f"session:{before.family_id}", "put", lambda t: t.save(record, condition=same))

    def end(self, account_id: str, family_id: str) -> None:
        """Remove a session; one that is gone already is no error."""
        SessionRecord(account_id, family_id).delete()


def _record(session: SessionFacts) -> SessionRecord:
    return SessionRecord(**msgspec.structs.asdict(session), expires=session.absolute_until)


def _facts(record: SessionRecord) -> SessionFacts:
    return msgspec.convert(record.attribute_values, SessionFacts, strict=False)
