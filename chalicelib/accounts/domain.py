"""The accounts' rules: how addresses are compared, what a link is good for, who may do what."""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from chalicelib.accounts.schemas import Role

RESET_LIFE = timedelta(minutes=30)
VERIFICATION_LIFE = timedelta(days=3)
NOBODY = "nobody"

LinkPurpose = Literal["reset", "verify"]


class AccountFacts(Struct, frozen=True):
    """An account as it is kept. `session_epoch` rises to end all sessions at once; `version` is the fence.

    `totp_step` is the latest time step whose code was used: none works twice (RFC 6238, 5.2).
    """

    account_id: str
    email: str
    name: str
    password_hash: str
    session_epoch: int
    created_at: datetime
    version: int = 1
    role: Role = "shopper"
    email_verified: bool = False
    pending_email: str | None = None
    totp_secret: str | None = None
    pending_totp_secret: str | None = None
    totp_step: int = 0
    recovery_hashes: list[str] = []

    @property
    def second_factor(self) -> bool:
        """Whether signing in asks for a code."""
        return self.totp_secret is not None

    @property
    def effective_role(self) -> Role:
        """The role that a session has: staff and owner only with a second factor (ASVS 6.3.3)."""
        return self.role if self.second_factor else "shopper"


class LinkFacts(Struct, frozen=True):
    """A link in a mail: the hash of its token, what it is good for, and for which address.

    It stands as long as the `session_epoch` of its account: a new password voids what was asked for under the old one.
    """

    token_hash: str
    purpose: LinkPurpose
    account_id: str
    email: str
    session_epoch: int
    expires_at: datetime


def normalise_email(email: str) -> str:
    """Return the form in which addresses are compared: one account an address, however it is typed."""
    return unicodedata.normalize("NFC", email).strip().casefold()


def tidy_name(name: str) -> str:
    """Return a name without surrounding or doubled spaces."""
    return " ".join(name.split())


def with_password(account: AccountFacts, password_hash: str) -> AccountFacts:
    """Return the account under a new password: its sessions, its links and whatever was begun under the old one end."""
    return replace(
        all_sessions_ended(account), password_hash=password_hash, pending_email=None, pending_totp_secret=None
    )


def all_sessions_ended(account: AccountFacts) -> AccountFacts:
    """Return the account with every session, and every link in a mail, void."""
    return replace(account, session_epoch=account.session_epoch + 1)


def with_second_factor(account: AccountFacts, step: int, recovery_hashes: list[str]) -> AccountFacts:
    """Return the account with the offered second factor on; sessions that never proved one end."""
    return replace(
        all_sessions_ended(account),
        totp_secret=account.pending_totp_secret,
        pending_totp_secret=None,
        totp_step=step,
        recovery_hashes=recovery_hashes,
    )


def without_second_factor(account: AccountFacts) -> AccountFacts:
    """Return the account signing in with its password alone."""
    return replace(account, totp_secret=None, pending_totp_secret=None, recovery_hashes=[])


def verified(account: AccountFacts, email: str) -> AccountFacts | None:
    """Return the account with an address proven: its own, or the one that waits; None for any other."""
    if email == account.email:
        waiting = None if account.pending_email == email else account.pending_email
        return replace(account, email_verified=True, pending_email=waiting)
    if email == account.pending_email:
        return replace(account, email=email, email_verified=True, pending_email=None)
    return None
