"""Reads and conditional writes of accounts and sessions in DynamoDB."""

from __future__ import annotations

import msgspec
from pynamodb.exceptions import DoesNotExist, UpdateError

from chalicelib.accounts.domain import AccountFacts, SessionFacts
from chalicelib.accounts.models import AccountRecord, SessionRecord
from chalicelib.dynamo import DynamoWrite

CLAIM = "email#"


class AccountsRepository:
    """Accounts, the claims on their addresses, and sessions."""

    def account(self, account_id: str) -> AccountFacts | None:
        """Return an account, or None."""
        try:
            record = AccountRecord.get(account_id, consistent_read=True)
        except DoesNotExist:
            return None
        return msgspec.convert(record.attribute_values, AccountFacts, strict=False)

    def account_by_email(self, email: str) -> AccountFacts | None:
        """Return the account that holds a normalised address, or None."""
        try:
            claim = AccountRecord.get(CLAIM + email, consistent_read=True)
        except DoesNotExist:
            return None
        return self.account(claim.claimed_by)

    def add_account(self, account: AccountFacts) -> list[DynamoWrite]:
        """Put a new account and claim its address; refuses as `email:ADDRESS` where it is taken."""
        record = AccountRecord(**msgspec.structs.asdict(account))
        claim = AccountRecord(CLAIM + account.email, claimed_by=account.account_id)
        fresh = AccountRecord.account_id.does_not_exist()
        return [
            DynamoWrite(f"account:{account.account_id}", "put", lambda t: t.save(record, condition=fresh)),
            DynamoWrite(f"email:{account.email}", "put", lambda t: t.save(claim, condition=fresh)),
        ]

    def rename(self, account_id: str, name: str) -> bool:
        """Change an account's name; False where the account is gone."""
        try:
            AccountRecord(account_id).update(
                actions=[AccountRecord.name.set(name)], condition=AccountRecord.account_id.exists()
            )
        except UpdateError as error:
            if error.cause_response_code == "ConditionalCheckFailedException":
                return False
            raise
        return True

    def add_session(self, session: SessionFacts) -> list[DynamoWrite]:
        """Put a session, if no reset has ended the account's sessions meanwhile."""
        record = SessionRecord(**msgspec.structs.asdict(session), expires=session.absolute_until)
        account = AccountRecord
        same_epoch = account.session_epoch == session.session_epoch
        return [
            DynamoWrite(
                f"epoch:{session.account_id}",
                "check",
                lambda t: t.condition_check(account, session.account_id, condition=same_epoch),
            ),
            DynamoWrite(f"session:{session.family_id}", "put", lambda t: t.save(record)),
        ]

    def session(self, account_id: str, family_id: str) -> SessionFacts | None:
        """Return a session, or None."""
        try:
            record = SessionRecord.get(account_id, family_id, consistent_read=True)
        except DoesNotExist:
            return None
        return msgspec.convert(record.attribute_values, SessionFacts, strict=False)

    def end_session(self, account_id: str, family_id: str) -> None:
        """Remove a session; one that is gone already is no error."""
        SessionRecord(account_id, family_id).delete()
