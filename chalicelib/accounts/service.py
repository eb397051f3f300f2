"""Use cases of accounts: sign up, sign in, stay signed in, sign out."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from chalicelib.accounts import domain
from chalicelib.accounts.domain import ACCESS_TOKEN_LIFE, SESSION_IDLE, AccountFacts, SessionFacts
from chalicelib.accounts.errors import EmailTaken, SessionEnded, WrongCredentials
from chalicelib.accounts.schemas import Account, Session, Shopper, SignIn, SignUp
from chalicelib.errors import FieldError, TokenInvalid
from chalicelib.keys import Keys, derive
from chalicelib.ledger import Ledger, Refused, Write

ID_BYTES = 16
TOKEN_BYTES = 32


class Repository(Protocol):
    """What accounts need of their store; chalicelib.accounts.repository says what each does."""

    def account(self, account_id: str) -> AccountFacts | None: ...
    def account_by_email(self, email: str) -> AccountFacts | None: ...
    def add_account(self, account: AccountFacts) -> Sequence[Write]: ...
    def rename(self, account_id: str, name: str) -> bool: ...
    def add_session(self, session: SessionFacts) -> Sequence[Write]: ...
    def session(self, account_id: str, family_id: str) -> SessionFacts | None: ...
    def end_session(self, account_id: str, family_id: str) -> None: ...


class PasswordHasher(Protocol):
    """Hashes and checks passwords."""

    def hash(self, password: str) -> str: ...
    def matches(self, stored: str | None, password: str) -> bool: ...


class TokenIssuer(Protocol):
    """Signs and reads access tokens."""

    def issue(self, shopper: Shopper, now: datetime) -> str: ...
    def read(self, token: str) -> Shopper: ...


class SignedIn(Struct, frozen=True):
    """A session for the page, and the refresh token for its cookie with its life in seconds."""

    session: Session
    refresh_token: str
    max_age: int = int(SESSION_IDLE.total_seconds())


class AccountsService:
    """Accounts as the rest of the shop sees them."""

    def __init__(
        self,
        repository: Repository,
        ledger: Ledger,
        passwords: PasswordHasher,
        tokens: TokenIssuer,
        keys: Keys,
        now: Callable[[], datetime],
    ) -> None:
        self._repository = repository
        self._ledger = ledger
        self._passwords = passwords
        self._tokens = tokens
        self._keys = keys
        self._now = now

    def sign_up(self, request: SignUp) -> SignedIn:
        """Open an account and sign it in; raises EmailTaken."""
        account = AccountFacts(
            account_id=secrets.token_hex(ID_BYTES),
            email=domain.normalise_email(request.email),
            name=domain.tidy_name(request.name),
            password_hash=self._passwords.hash(request.password),
            session_epoch=0,
            created_at=self._now(),
        )
        try:
            self._ledger.commit(self._repository.add_account(account))
        except Refused:
            taken = FieldError("email", "This address has an account already. Sign in instead.")
            raise EmailTaken("Sign in with this address, or use another one.", errors=[taken]) from None
        return self._begin_session(account)

    def sign_in(self, request: SignIn) -> SignedIn:
        """Begin a session; raises WrongCredentials for an unknown address and for a wrong password alike."""
        account = self._repository.account_by_email(domain.normalise_email(request.email))
        right = self._passwords.matches(account.password_hash if account else None, request.password)
        if account is None or not right:
            raise WrongCredentials("Check the e-mail address and the password, and try again.")
        return self._begin_session(account)

    def refresh(self, token: str | None) -> SignedIn:
        """Return a new access token for a live session; raises SessionEnded."""
        session = self._session_of(token)
        if token is None or session is None or not session.alive(self._now()):
            raise SessionEnded("The session has ended. Sign in again.")
        account = self._repository.account(session.account_id)
        if account is None or account.session_epoch != session.session_epoch:
            raise SessionEnded("The session has ended. Sign in again.")
        return self._signed_in(account, session.family_id, token)

    def sign_out(self, token: str | None) -> None:
        """End the session of a refresh token, if it has one."""
        session = self._session_of(token)
        if session is not None:
            self._repository.end_session(session.account_id, session.family_id)

    def shopper(self, access_token: str) -> Shopper:
        """Return who an access token stands for; raises TokenExpired or TokenInvalid."""
        return self._tokens.read(access_token)

    def account(self, shopper: Shopper) -> Account:
        """Return a shopper's account; raises TokenInvalid where it is gone."""
        facts = self._repository.account(shopper.account_id)
        if facts is None:
            raise TokenInvalid("This account is closed.")
        return _shown(facts)

    def rename(self, shopper: Shopper, name: str) -> Account:
        """Change a shopper's name; raises TokenInvalid where the account is gone."""
        if not self._repository.rename(shopper.account_id, domain.tidy_name(name)):
            raise TokenInvalid("This account is closed.")
        return self.account(shopper)

    def _begin_session(self, account: AccountFacts) -> SignedIn:
        family_id, secret = secrets.token_hex(ID_BYTES), secrets.token_urlsafe(TOKEN_BYTES)
        session = domain.new_session(account, family_id, self._hash(secret), self._now())
        try:
            self._ledger.commit(self._repository.add_session(session))
        except Refused:
            raise WrongCredentials("The password was changed meanwhile. Try again.") from None
        return self._signed_in(account, family_id, f"{account.account_id}.{family_id}.{secret}")

    def _signed_in(self, account: AccountFacts, family_id: str, refresh_token: str) -> SignedIn:
        shopper = Shopper(account.account_id, family_id)
        session = Session(
            access_token=self._tokens.issue(shopper, self._now()),
            expires_in=int(ACCESS_TOKEN_LIFE.total_seconds()),
            account=_shown(account),
        )
        return SignedIn(session, refresh_token)

    def _session_of(self, token: str | None) -> SessionFacts | None:
        """Return the session whose current refresh token this is, alive or not."""
        account_id, family_id, secret = [*(token or "").split("."), "", "", ""][:3]
        ours = len(account_id) == len(family_id) == 2 * ID_BYTES
        session = self._repository.session(account_id, family_id) if ours else None
        if session is None or not hmac.compare_digest(session.token_hash, self._hash(secret)):
            return None
        return session

    def _hash(self, secret: str) -> str:
        return derive(self._keys.refresh, secret).hex()


def _shown(facts: AccountFacts) -> Account:
    return Account(id=facts.account_id, email=facts.email, name=facts.name, created_at=facts.created_at)
