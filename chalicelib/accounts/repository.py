"""Reads and conditional writes of accounts, the claims on their addresses, and links in mails."""

from __future__ import annotations

from typing import Any

import msgspec
from pynamodb.exceptions import DoesNotExist

from chalicelib.accounts.domain import NOBODY, AccountFacts, LinkFacts
from chalicelib.accounts.models import AccountRecord
from chalicelib.dynamo import DynamoWrite

CLAIM = "email#"
LINK = "link#"


class AccountsRepository:
    """Accounts."""

    def account(self, account_id: str) -> AccountFacts | None:
        """Return an account, or None."""
        values = self._get(account_id)
        return msgspec.convert(values, AccountFacts, strict=False) if values else None

    def account_by_email(self, email: str) -> AccountFacts | None:
        """Return the account that holds a normalised address, or None; two reads either way (ASVS 6.3.8)."""
        claim = self._get(CLAIM + email) or {}
        return self.account(claim.get("claimed_by", NOBODY))

    def add(self, account: AccountFacts) -> DynamoWrite:
        """Put a new account; refuses as `account:ID`."""
        record, fresh = _record(account), AccountRecord.account_id.does_not_exist()
        return DynamoWrite(f"account:{account.account_id}", "put", lambda t: t.save(record, condition=fresh))

    def change(self, before: AccountFacts, after: AccountFacts) -> DynamoWrite:
        """Put an account's next state, if nobody changed it since `before`; refuses as `account:ID`."""
        record = _record(msgspec.structs.replace(after, version=before.version + 1))
        fence = AccountRecord.version == before.version
        return DynamoWrite(f"account:{before.account_id}", "put", lambda t: t.save(record, condition=fence))

    def remove(self, account: AccountFacts) -> DynamoWrite:
        """Delete an account, if nobody changed it since."""
        record, fence = AccountRecord(account.account_id), AccountRecord.version == account.version
        return DynamoWrite(f"account:{account.account_id}", "delete", lambda t: t.delete(record, condition=fence))

    def claim_email(self, email: str, account_id: str) -> DynamoWrite:
        """Claim an address for an account; refuses as `email:ADDRESS` where it is taken."""
        claim = AccountRecord(CLAIM + email, claimed_by=account_id)
        fresh = AccountRecord.account_id.does_not_exist()
        return DynamoWrite(f"email:{email}", "put", lambda t: t.save(claim, condition=fresh))

    def release_email(self, email: str) -> DynamoWrite:
        """Give a claimed address up."""
        claim = AccountRecord(CLAIM + email)
        return DynamoWrite(f"email:{email}", "delete", lambda t: t.delete(claim))

    def epoch_stands(self, account_id: str, epoch: int) -> DynamoWrite:
        """Check, in somebody else's transaction, that an account's sessions were not ended meanwhile."""
        same = AccountRecord.session_epoch == epoch
        return DynamoWrite(
            f"epoch:{account_id}", "check", lambda t: t.condition_check(AccountRecord, account_id, condition=same)
        )

    def stands(self, account_id: str) -> DynamoWrite:
        """Check, in somebody else's transaction, that an account is not closed."""
        there = AccountRecord.email.exists()
        return DynamoWrite(
            f"account:{account_id}", "check", lambda t: t.condition_check(AccountRecord, account_id, condition=there)
        )

    def add_link(self, link: LinkFacts) -> DynamoWrite:
        """Remember a link in a mail; its token is kept as a hash only."""
        record = AccountRecord(
            LINK + link.token_hash,
            purpose=link.purpose,
            claimed_by=link.account_id,
            email=link.email,
            session_epoch=link.session_epoch,
            expires_at=link.expires_at,
            expires=link.expires_at,
        )
        return DynamoWrite(f"link:{link.token_hash}", "put", lambda t: t.save(record))

    def link(self, token_hash: str) -> LinkFacts | None:
        """Return a link that was not used yet, expired or not, or None."""
        values = self._get(LINK + token_hash)
        if values is None:
            return None
        return LinkFacts(
            token_hash=token_hash,
            purpose=values["purpose"],
            account_id=values["claimed_by"],
            email=values["email"],
            session_epoch=int(values["session_epoch"]),
            expires_at=values["expires_at"],
        )

    def use_link(self, link: LinkFacts) -> DynamoWrite:
        """Delete a link; refuses as `link:HASH` where it was used already."""
        record, unused = AccountRecord(LINK + link.token_hash), AccountRecord.account_id.exists()
        return DynamoWrite(f"link:{link.token_hash}", "delete", lambda t: t.delete(record, condition=unused))

    def _get(self, key: str) -> dict[str, Any] | None:
        try:
            values: dict[str, Any] = AccountRecord.get(key, consistent_read=True).attribute_values
        except DoesNotExist:
            return None
        return values


def _record(account: AccountFacts) -> AccountRecord:
    return AccountRecord(**msgspec.structs.asdict(account))
