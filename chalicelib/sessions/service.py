"""Use cases of sessions: signing up and in, staying signed in, signing out, here or everywhere."""

from __future__ import annotations

import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from msgspec import Struct

from chalicelib.accounts import service as accounts_service
from chalicelib.accounts.errors import EmailTaken
from chalicelib.accounts.schemas import (
    Client,
    PasswordChange,
    RecoveryCodes,
    SecondFactorConfirmation,
    Shopper,
    SignUp,
)
from chalicelib.accounts.service import AccountFacts, AccountsService
from chalicelib.keys import Keys, derive
from chalicelib.ledger import Ledger, Refused, Write
from chalicelib.log import security_event
from chalicelib.sessions import domain
from chalicelib.sessions.domain import ACCESS_TOKEN_LIFE, SessionFacts
from chalicelib.sessions.errors import SessionEnded
from chalicelib.sessions.schemas import Device, DeviceList, Session, SignIn

ID_BYTES = 16
TOKEN_BYTES = 32
ROTATION_TRIES = 3
OUR_ID = re.compile(r"[0-9a-f]{32}")


class Repository(Protocol):
    """What sessions need of their store; chalicelib.sessions.repository says what each does."""

    def session(self, account_id: str, family_id: str) -> SessionFacts | None: ...
    def of_account(self, account_id: str) -> list[SessionFacts]: ...
    def put(self, session: SessionFacts) -> Write: ...
    def rotate(self, before: SessionFacts, after: SessionFacts) -> Write: ...
    def end(self, account_id: str, family_id: str) -> None: ...


class TokenIssuer(Protocol):
    """Signs and reads access tokens; chalicelib.sessions.tokens says how."""

    def issue(self, shopper: Shopper, now: datetime) -> str: ...
    def read(self, token: str) -> Shopper: ...


class SignedIn(Struct, frozen=True):
    """A session for the page, and the refresh token for its cookie with its life in seconds."""

    session: Session
    refresh_token: str
    max_age: int


class RefreshToken(Struct, frozen=True):
    """A refresh token: whose, which device's, and its secret."""

    account_id: str
    family_id: str
    secret: str

    def __str__(self) -> str:
        return f"{self.account_id}.{self.family_id}.{self.secret}"


class SessionsService:
    """Sessions as the rest of the shop sees them."""

    def __init__(
        self,
        repository: Repository,
        accounts: AccountsService,
        ledger: Ledger,
        tokens: TokenIssuer,
        keys: Keys,
        now: Callable[[], datetime],
    ) -> None:
        self._repository = repository
        self._accounts = accounts
        self._ledger = ledger
        self._tokens = tokens
        self._secret = keys.refresh
        self._now = now

    def sign_up(self, request: SignUp, client: Client) -> SignedIn:
        """Open an account and sign it in, both or neither; raises EmailTaken and CommonPassword."""
        account, writes = self._accounts.open(request, client)
        session, token = self._new(account, client)
        try:
            self._ledger.commit([*writes, self._repository.put(session)])
        except Refused:
            raise EmailTaken from None
        security_event("account_opened", account=account.account_id)
        return self._signed_in(account, session, token)

    def sign_in(self, request: SignIn, client: Client) -> SignedIn:
        """Begin a session; raises what AccountsService.authenticate raises."""
        account = self._accounts.authenticate(request.email, request.password, request.code, client)
        signed_in = self._begin(account, client)
        security_event("signed_in", account=account.account_id)
        return signed_in

    def change_password(self, shopper: Shopper, request: PasswordChange, client: Client) -> SignedIn:
        """Change the password, which ends every session, and begin this device's anew."""
        return self._begin_anew(self._accounts.change_password(shopper, request), shopper, client)

    def confirm_second_factor(
        self, shopper: Shopper, request: SecondFactorConfirmation, client: Client
    ) -> tuple[RecoveryCodes, SignedIn]:
        """Turn the second factor on, which ends every session, and begin this device's anew; raises WrongCode."""
        account, codes = self._accounts.confirm_second_factor(shopper, request.code)
        return codes, self._begin_anew(account, shopper, client)

    def refresh(self, presented: str | None) -> SignedIn:
        """Replace a refresh token and return a new access token; raises SessionEnded.

        The successor is derived from the token, so that whoever presents the same token at the same moment, in another
        tab or once more because an answer got lost, is given the same one.
        """
        token = _parse(presented)
        if token is None:
            raise SessionEnded
        for _ in range(ROTATION_TRIES):
            session, account = self._live(token)
            standing = session.standing(self._hash(token.secret), self._now())
            if standing == "just_replaced":
                return self._signed_in(account, session, self._successor(token))
            if standing != "current":
                self._refuse(session, standing)
            after = self._rotate(session, account, token)
            if after is not None:
                return self._signed_in(account, after, self._successor(token))
        raise SessionEnded

    def sign_out(self, presented: str | None) -> None:
        """End the session that a refresh token belongs to, be the token stale: its ids cannot be guessed."""
        token = _parse(presented)
        if token is not None and self._repository.session(token.account_id, token.family_id):
            self._repository.end(token.account_id, token.family_id)
            security_event("signed_out", account=token.account_id)

    def shopper(self, access_token: str) -> Shopper:
        """Return who an access token stands for; raises TokenExpired or TokenInvalid."""
        return self._tokens.read(access_token)

    def devices(self, shopper: Shopper) -> DeviceList:
        """Return the signed-in devices of a shopper, the latest used first."""
        live = sorted(self._live_sessions(shopper.account_id), key=lambda s: s.rotated_at, reverse=True)
        return DeviceList(
            items=[
                Device(
                    id=session.family_id,
                    name=session.device,
                    signed_in_at=session.signed_in_at,
                    last_used_at=session.rotated_at,
                    current=session.family_id == shopper.family_id,
                )
                for session in live
            ],
            next_cursor=None,
        )

    def end(self, shopper: Shopper, family_id: str) -> None:
        """Sign one of a shopper's own devices out; one that is gone already is no error."""
        self._repository.end(shopper.account_id, family_id)
        security_event("signed_out", account=shopper.account_id)

    def end_all(self, account_id: str) -> AccountFacts:
        """Sign every device of an account out, by one write; their records are cleaned away after it."""
        account = self._accounts.find(account_id)
        if account is None:
            raise SessionEnded
        ended = self._accounts.end_sessions(account)
        for session in self._repository.of_account(account_id):
            self._repository.end(account_id, session.family_id)
        security_event("signed_out_everywhere", account=account_id)
        return ended

    def _live_sessions(self, account_id: str) -> list[SessionFacts]:
        account = self._accounts.find(account_id)
        now = self._now()
        return [
            session
            for session in self._repository.of_account(account_id)
            if account is not None
            and session.session_epoch == account.session_epoch
            and session.standing(session.token_hash, now) == "current"
        ]

    def _live(self, token: RefreshToken) -> tuple[SessionFacts, AccountFacts]:
        session = self._repository.session(token.account_id, token.family_id)
        account = self._accounts.find(token.account_id) if session else None
        if session is None or account is None or session.session_epoch != account.session_epoch:
            raise SessionEnded
        return session, account

    def _rotate(self, session: SessionFacts, account: AccountFacts, token: RefreshToken) -> SessionFacts | None:
        """Replace the session's token, or return None where another request was faster."""
        after = domain.rotated(session, self._hash(self._successor(token).secret), self._now())
        try:
            self._ledger.commit([self._accounts.epoch_stands(account), self._repository.rotate(session, after)])
        except Refused:
            return None
        return after

    def _refuse(self, session: SessionFacts, standing: domain.Standing) -> None:
        """End a session whose time is over or whose token was used twice, and raise SessionEnded."""
        self._repository.end(session.account_id, session.family_id)
        if standing == "reused":
            security_event("refresh_token_reused", account=session.account_id, family=session.family_id)
        raise SessionEnded

    def _begin_anew(self, account: AccountFacts, shopper: Shopper, client: Client) -> SignedIn:
        """Begin a session in the place of one that has just ended, as a family of its own."""
        signed_in = self._begin(account, client)
        self._repository.end(shopper.account_id, shopper.family_id)
        return signed_in

    def _begin(self, account: AccountFacts, client: Client) -> SignedIn:
        session, token = self._new(account, client)
        try:
            self._ledger.commit([self._accounts.epoch_stands(account), self._repository.put(session)])
        except Refused:
            # A reset ended every session of the account between the check of the password and now.
            raise SessionEnded from None
        return self._signed_in(account, session, token)

    def _new(self, account: AccountFacts, client: Client) -> tuple[SessionFacts, RefreshToken]:
        family_id = secrets.token_hex(ID_BYTES)
        token = RefreshToken(account.account_id, family_id, secrets.token_urlsafe(TOKEN_BYTES))
        hashed, epoch = self._hash(token.secret), account.session_epoch
        return domain.begun(account.account_id, family_id, hashed, epoch, client.device, self._now()), token

    def _signed_in(self, account: AccountFacts, session: SessionFacts, token: RefreshToken) -> SignedIn:
        shopper = Shopper(account.account_id, session.family_id, account.effective_role)
        now = self._now()
        return SignedIn(
            session=Session(
                access_token=self._tokens.issue(shopper, now),
                expires_in=int(ACCESS_TOKEN_LIFE.total_seconds()),
                account=accounts_service.shown(account),
            ),
            refresh_token=str(token),
            max_age=round((session.idle_until - now).total_seconds()),
        )

    def _successor(self, token: RefreshToken) -> RefreshToken:
        secret = urlsafe_b64encode(derive(self._secret, f"next:{token}")).decode().rstrip("=")
        return RefreshToken(token.account_id, token.family_id, secret)

    def _hash(self, secret: str) -> str:
        return derive(self._secret, f"hash:{secret}").hex()


def _parse(presented: str | None) -> RefreshToken | None:
    account_id, family_id, secret, *rest = [*(presented or "").split("."), "", "", ""]
    whole = OUR_ID.fullmatch(account_id) and OUR_ID.fullmatch(family_id) and secret and not any(rest)
    return RefreshToken(account_id, family_id, secret) if whole else None
