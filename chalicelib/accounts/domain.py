"""The accounts' rules: how addresses are compared, how long a session lives."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta

from msgspec import Struct

ACCESS_TOKEN_LIFE = timedelta(minutes=10)
SESSION_IDLE = timedelta(days=14)
SESSION_ABSOLUTE = timedelta(days=60)


class AccountFacts(Struct, frozen=True):
    """An account as it is kept; `session_epoch` rises to end all sessions at once."""

    account_id: str
    email: str
    name: str
    password_hash: str
    session_epoch: int
    created_at: datetime


class SessionFacts(Struct, frozen=True):
    """A signed-in device: the hash of its refresh token, and when the session ends."""

    account_id: str
    family_id: str
    token_hash: str
    session_epoch: int
    idle_until: datetime
    absolute_until: datetime

    def alive(self, now: datetime) -> bool:
        """Whether neither the idle nor the absolute end has passed."""
        return now < self.idle_until and now < self.absolute_until


def normalise_email(email: str) -> str:
    """Return the form in which addresses are compared: one account an address, however it is typed."""
    return unicodedata.normalize("NFC", email).strip().casefold()


def tidy_name(name: str) -> str:
    """Return a name without surrounding or doubled spaces."""
    return " ".join(name.split())


def new_session(account: AccountFacts, family_id: str, token_hash: str, now: datetime) -> SessionFacts:
    """Return the session that a sign-in begins."""
    return SessionFacts(
        account_id=account.account_id,
        family_id=family_id,
        token_hash=token_hash,
        session_epoch=account.session_epoch,
        idle_until=now + SESSION_IDLE,
        absolute_until=now + SESSION_ABSOLUTE,
    )
