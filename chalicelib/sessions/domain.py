"""A session's life: how long it lasts, how its refresh token is replaced, and what a stale one means."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

ACCESS_TOKEN_LIFE = timedelta(minutes=10)
SESSION_IDLE = timedelta(days=14)
SESSION_ABSOLUTE = timedelta(days=60)
REPLACED_TOKEN_GRACE = timedelta(seconds=60)

Standing = Literal["current", "just_replaced", "reused", "over"]


class SessionFacts(Struct, frozen=True):
    """A signed-in device: hashes of its refresh token and of the one before, and when the session ends."""

    account_id: str
    family_id: str
    token_hash: str
    session_epoch: int
    device: str
    signed_in_at: datetime
    rotated_at: datetime
    idle_until: datetime
    absolute_until: datetime
    previous_hash: str | None = None

    def standing(self, token_hash: str, now: datetime) -> Standing:
        """Say what a presented token is to this session.

        The one just replaced still counts for a minute: two tabs refresh at once, answers get lost. Anything older
        was stolen from somebody, and nobody can tell from whom.
        """
        if now >= self.idle_until or now >= self.absolute_until:
            return "over"
        if token_hash == self.token_hash:
            return "current"
        if token_hash == self.previous_hash and now - self.rotated_at <= REPLACED_TOKEN_GRACE:
            return "just_replaced"
        return "reused"


def begun(account_id: str, family_id: str, token_hash: str, epoch: int, device: str, now: datetime) -> SessionFacts:
    """Return the session that a sign-in begins."""
    return SessionFacts(
        account_id=account_id,
        family_id=family_id,
        token_hash=token_hash,
        session_epoch=epoch,
        device=device,
        signed_in_at=now,
        rotated_at=now,
        idle_until=now + SESSION_IDLE,
        absolute_until=now + SESSION_ABSOLUTE,
    )


def rotated(session: SessionFacts, successor_hash: str, now: datetime) -> SessionFacts:
    """Return the session with its token replaced."""
    return replace(
        session,
        token_hash=successor_hash,
        previous_hash=session.token_hash,
        rotated_at=now,
        idle_until=min(now + SESSION_IDLE, session.absolute_until),
    )
