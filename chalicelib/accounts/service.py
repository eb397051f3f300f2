"""Use cases of accounts: opening them, proving who someone is, and changing what is held of him."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from msgspec.structs import replace

from chalicelib.accounts import domain, totp
from chalicelib.accounts.domain import NOBODY, LinkFacts, LinkPurpose
from chalicelib.accounts.domain import AccountFacts as AccountFacts
from chalicelib.accounts.errors import (
    ChangedMeanwhile,
    CommonPassword,
    LinkStale,
    SecondFactorNeeded,
    SecondFactorRequired,
    WrongCode,
    WrongCredentials,
    WrongPassword,
)
from chalicelib.accounts.schemas import (
    Account,
    Client,
    EmailChange,
    PasswordChange,
    RecoveryCodes,
    Role,
    SecondFactorOffer,
    Shopper,
    SignUp,
)
from chalicelib.errors import TokenInvalid
from chalicelib.keys import Keys, derive, link_token
from chalicelib.ledger import Ledger, Refused, Write
from chalicelib.log import security_event
from chalicelib.notifications.service import NotificationsService
from chalicelib.throttles import service as throttles
from chalicelib.throttles.service import ThrottlesService, TooManyAttempts

ID_BYTES = 16
NONCE_BYTES = 16
UPDATE_TRIES = 3


class Repository(Protocol):
    """What accounts need of their store; chalicelib.accounts.repository says what each does."""

    def account(self, account_id: str) -> AccountFacts | None: ...
    def account_by_email(self, email: str) -> AccountFacts | None: ...
    def add(self, account: AccountFacts) -> Write: ...
    def change(self, before: AccountFacts, after: AccountFacts) -> Write: ...
    def remove(self, account: AccountFacts) -> Write: ...
    def claim_email(self, email: str, account_id: str) -> Write: ...
    def release_email(self, email: str) -> Write: ...
    def epoch_stands(self, account_id: str, epoch: int) -> Write: ...
    def stands(self, account_id: str) -> Write: ...
    def add_link(self, link: LinkFacts) -> Write: ...
    def link(self, token_hash: str) -> LinkFacts | None: ...
    def use_link(self, link: LinkFacts) -> Write: ...


class Passwords(Protocol):
    """Hashes and checks passwords; chalicelib.accounts.passwords says how."""

    def hash(self, password: str) -> str: ...
    def matches(self, stored: str | None, password: str) -> bool: ...
    def common(self, password: str) -> bool: ...


class SecondFactor(Protocol):
    """Makes and checks time-based codes; chalicelib.accounts.totp says how."""

    def secret(self) -> str: ...
    def uri(self, secret: str, email: str, issuer: str) -> str: ...
    def qr(self, uri: str) -> list[str]: ...
    def step(self, secret: str, code: str, now: datetime, after: int) -> int | None: ...


class AccountsService:
    """Accounts as the rest of the shop sees them."""

    def __init__(
        self,
        repository: Repository,
        ledger: Ledger,
        passwords: Passwords,
        second_factor: SecondFactor,
        throttle: ThrottlesService,
        notifications: NotificationsService,
        keys: Keys,
        shop_name: str,
        now: Callable[[], datetime],
    ) -> None:
        self._repository = repository
        self._ledger = ledger
        self._passwords = passwords
        self._second_factor = second_factor
        self._throttle = throttle
        self._notifications = notifications
        self._keys = keys
        self._shop_name = shop_name
        self._now = now

    # Who someone is.

    def open(self, request: SignUp, client: Client) -> tuple[AccountFacts, list[Write]]:
        """Return a new account, and the writes that open it and mail a link to verify its address.

        They refuse as `email:ADDRESS` where the address is taken. Raises CommonPassword.
        """
        self._throttle.admit(throttles.SIGN_UP_ADDRESS, client.ip)
        account = AccountFacts(
            account_id=secrets.token_hex(ID_BYTES),
            email=domain.normalise_email(request.email),
            name=domain.tidy_name(request.name),
            password_hash=self._new_hash(request.password, "password"),
            session_epoch=0,
            created_at=self._now(),
        )
        writes = [
            self._repository.add(account),
            self._repository.claim_email(account.email, account.account_id),
            *self._mail_link("verify", account, account.email, "welcome", to=account.email),
        ]
        return account, writes

    def authenticate(self, email: str, password: str, code: str | None, client: Client) -> AccountFacts:
        """Return the account that an address, a password and, where it has one, a second factor prove.

        Every try is counted before anything is hashed. Raises TooManyAttempts, WrongCredentials (for an unknown
        address and for a wrong password alike), SecondFactorRequired and WrongCode.
        """
        email = domain.normalise_email(email)
        self._throttle.admit(throttles.SIGN_IN_ADDRESS, client.ip)
        self._throttle.admit(throttles.SIGN_IN_ACCOUNT, email, client.ip)
        account = self._repository.account_by_email(email)
        right = self._passwords.matches(account.password_hash if account else None, password)
        if account is None or not right:
            security_event("sign_in_failed", account=account.account_id if account else NOBODY)
            raise WrongCredentials
        if not account.second_factor:
            return account
        if code is None:
            raise SecondFactorRequired
        # Counted by account, whatever the address: only who knows the password can fill this bucket.
        self._throttle.admit(throttles.SECOND_FACTOR, account.account_id)
        return self._use_code(account, totp.plain(code))

    def find(self, account_id: str) -> AccountFacts | None:
        """Return an account as it is kept, or None."""
        return self._repository.account(account_id)

    def find_by_email(self, email: str) -> AccountFacts | None:
        """Return the account of an address, proven or not, or None."""
        return self._repository.account_by_email(domain.normalise_email(email))

    def epoch_stands(self, account: AccountFacts) -> Write:
        """Return a check, for another transaction, that the account's sessions were not ended meanwhile."""
        return self._repository.epoch_stands(account.account_id, account.session_epoch)

    # What its owner sees and changes.

    def stands(self, account_id: str) -> Write:
        """Return a check that an account is not closed, which its access tokens outlive; refuses as `account:ID`."""
        return self._repository.stands(account_id)

    def show(self, shopper: Shopper) -> Account:
        """Return a shopper's account; raises TokenInvalid where it is gone."""
        return shown(self._mine(shopper))

    def rename(self, shopper: Shopper, name: str) -> Account:
        """Change a shopper's name."""
        return shown(self._update(self._mine(shopper), lambda now: replace(now, name=domain.tidy_name(name))))

    def change_password(self, shopper: Shopper, request: PasswordChange) -> AccountFacts:
        """Change the password, which ends every session; raises WrongPassword and CommonPassword."""
        account = self.prove(shopper, request.password)
        fresh = self._new_hash(request.new_password, "new_password")
        notice = self._notice(account.email, "password_changed")
        changed = self._update(account, lambda now: domain.with_password(now, fresh), notice)
        security_event("password_changed", account=account.account_id)
        return changed

    def change_email(self, shopper: Shopper, request: EmailChange) -> None:
        """Mail a link to a new address, which becomes the account's when it is followed; raises WrongPassword.

        An address that has an account already gets no mail, and nobody is told; the present address is.
        """
        account = self.prove(shopper, request.password)
        email = domain.normalise_email(request.email)
        if email == account.email:
            self._update(account, lambda now: replace(now, pending_email=None))
            return
        mails = self._mail_link("verify", account, email, "new_email", to=self._unless_taken(email))
        mails += self._notice(account.email, "email_change_asked")
        self._update(account, lambda now: replace(now, pending_email=email), mails)
        security_event("email_change_asked", account=account.account_id)

    def send_verification(self, shopper: Shopper) -> None:
        """Mail the link that verifies the address, or the one that waits, again."""
        account = self._mine(shopper)
        self._throttle.admit(throttles.MAIL_REQUEST, account.account_id)
        waiting = account.pending_email
        if waiting:
            mails = self._mail_link("verify", account, waiting, "new_email", to=self._unless_taken(waiting))
        else:
            mails = self._mail_link("verify", account, account.email, "welcome", to=account.email)
        self._ledger.commit(mails)

    def verify_email(self, token: str, client: Client) -> None:
        """Take an address as proven; raises LinkStale."""
        link, account = self._open_link("verify", token, client)
        after = domain.verified(account, link.email)
        if after is None:
            raise LinkStale
        writes = [self._repository.use_link(link), self._repository.change(account, after)]
        if after.email != account.email:
            writes += [
                self._repository.claim_email(after.email, account.account_id),
                self._repository.release_email(account.email),
                *self._notice(account.email, "email_changed"),
            ]
        self._commit_link(writes)
        security_event("email_verified", account=account.account_id)

    def request_reset(self, email: str, client: Client) -> None:
        """Mail a link to choose a new password, where there is an account; the same work is done where not."""
        email = domain.normalise_email(email)
        self._throttle.admit(throttles.RESET_ADDRESS, client.ip)
        self._throttle.admit(throttles.RESET_ACCOUNT, email, client.ip)
        account = self._repository.account_by_email(email)
        self._ledger.commit(self._mail_link("reset", account, email, "reset", to=email if account else None))
        security_event("password_reset_asked", account=account.account_id if account else NOBODY)

    def reset_password(self, token: str, password: str, client: Client) -> None:
        """Set a new password by a mailed link, which ends every session; raises LinkStale and CommonPassword."""
        link, account = self._open_link("reset", token, client)
        if link.email != account.email:
            raise LinkStale
        # What was enrolled before the address was proven was not enrolled by its owner.
        trusted = account if account.email_verified else domain.without_second_factor(account)
        fresh = domain.with_password(trusted, self._new_hash(password, "password"))
        proven = domain.verified(fresh, link.email) or fresh
        self._commit_link(
            [
                self._repository.use_link(link),
                self._repository.change(account, proven),
                *self._notice(account.email, "password_changed"),
            ]
        )
        security_event("password_reset", account=account.account_id)

    def offer_second_factor(self, shopper: Shopper, password: str) -> SecondFactorOffer:
        """Return a secret for an authenticator app; it counts once a code has confirmed it. Raises WrongPassword."""
        account = self.prove(shopper, password)
        secret = self._second_factor.secret()
        self._update(account, lambda now: replace(now, pending_totp_secret=secret))
        uri = self._second_factor.uri(secret, account.email, self._shop_name)
        return SecondFactorOffer(secret, uri, self._second_factor.qr(uri))

    def confirm_second_factor(self, shopper: Shopper, code: str) -> tuple[AccountFacts, RecoveryCodes]:
        """Turn the offered second factor on, which ends every session; raises WrongCode."""
        self._throttle.admit(throttles.PASSWORD_CHECK, shopper.account_id)
        account = self._mine(shopper)
        secret = account.pending_totp_secret
        step = self._second_factor.step(secret, totp.plain(code), self._now(), 0) if secret else None
        if step is None:
            raise WrongCode
        codes = totp.recovery_codes()

        hashes = [self._recovery_hash(totp.plain(one)) for one in codes]

        def turned_on(now: AccountFacts) -> AccountFacts:
            if now.pending_totp_secret != secret:
                raise WrongCode
            return domain.with_second_factor(now, step, hashes)

        changed = self._update(account, turned_on, self._notice(account.email, "second_factor_on"))
        security_event("second_factor_on", account=account.account_id)
        return changed, RecoveryCodes(codes)

    def drop_second_factor(self, shopper: Shopper, password: str) -> None:
        """Turn the second factor off; raises WrongPassword, and SecondFactorNeeded for staff and owner."""
        account = self.prove(shopper, password)
        if account.role != "shopper":
            raise SecondFactorNeeded
        notice = self._notice(account.email, "second_factor_off")
        self._update(account, domain.without_second_factor, notice)
        security_event("second_factor_off", account=account.account_id)

    def appoint(self, email: str, role: Role) -> bool:
        """Give an account a role; False where none has proven that the address is its. For commands, not requests."""
        account = self._repository.account_by_email(domain.normalise_email(email))
        if account is None or not account.email_verified:
            return False
        self._update(account, lambda now: replace(now, role=role))
        security_event("role_given", account=account.account_id, role=role)
        return True

    def close(self, account: AccountFacts) -> list[Write]:
        """Return the writes that remove an account, free its address, and tell its owner."""
        return [
            self._repository.remove(account),
            self._repository.release_email(account.email),
            *self._notice(account.email, "account_closed"),
        ]

    def end_sessions(self, account: AccountFacts) -> AccountFacts:
        """End every session of an account in one write, whatever happens to their records."""
        return self._update(account, domain.all_sessions_ended)

    def prove(self, shopper: Shopper, password: str) -> AccountFacts:
        """Return a shopper's account if the password is right; raises WrongPassword and TooManyAttempts."""
        self._throttle.admit(throttles.PASSWORD_CHECK, shopper.account_id)
        account = self._mine(shopper)
        if not self._passwords.matches(account.password_hash, password):
            security_event("password_check_failed", account=account.account_id)
            raise WrongPassword
        return account

    def _mine(self, shopper: Shopper) -> AccountFacts:
        account = self._repository.account(shopper.account_id)
        if account is None:
            raise TokenInvalid("This account is closed.")
        return account

    def _use_code(self, account: AccountFacts, code: str) -> AccountFacts:
        after = self._with_code_used(account, code)
        if after is None:
            security_event("second_factor_failed", account=account.account_id)
            raise WrongCode
        try:
            self._ledger.commit([self._repository.change(account, after)])
        except Refused:
            # Somebody used a code, perhaps this one, at the same moment.
            raise WrongCode from None
        return replace(after, version=account.version + 1)

    def _with_code_used(self, account: AccountFacts, code: str) -> AccountFacts | None:
        """Return the account after a code was used, or None where the code is wrong."""
        hashed = self._recovery_hash(code)
        if hashed in account.recovery_hashes:
            rest = [one for one in account.recovery_hashes if one != hashed]
            return replace(account, recovery_hashes=rest)
        step = self._second_factor.step(account.totp_secret or "", code, self._now(), account.totp_step)
        return replace(account, totp_step=step) if step else None

    def _new_hash(self, password: str, field: str) -> str:
        if self._passwords.common(password):
            raise CommonPassword(field)
        return self._passwords.hash(password)

    def _unless_taken(self, email: str) -> str | None:
        return email if self._repository.account_by_email(email) is None else None

    def _recovery_hash(self, code: str) -> str:
        """Hash a code of 49 bits so that the table alone is no use to anyone who guesses (ASVS 6.5.2)."""
        return derive(self._keys.links, f"recovery:{code}").hex()

    def _update(
        self, seen: AccountFacts, change: Callable[[AccountFacts], AccountFacts], also: Sequence[Write] = ()
    ) -> AccountFacts:
        """Change an account under its fence; whoever loses it reads again and follows.

        Not past a new password, though: what was asked for, or proven, under the old one is asked for again.
        """
        for _ in range(UPDATE_TRIES):
            before = self._repository.account(seen.account_id)
            if before is None:
                raise TokenInvalid("This account is closed.")
            if before.session_epoch != seen.session_epoch:
                raise ChangedMeanwhile
            after = change(before)
            try:
                self._ledger.commit([self._repository.change(before, after), *also])
            except Refused:
                continue
            return replace(after, version=before.version + 1)
        raise ChangedMeanwhile

    def _mail_link(
        self, purpose: LinkPurpose, account: AccountFacts | None, email: str, template: str, *, to: str | None
    ) -> list[Write]:
        """Return the writes that mail a link about an address to `to`; None mails nobody at the same cost.

        An address gets a few mails in a while, whoever asks for them; what is more goes to nobody, untold.
        """
        nonce = secrets.token_urlsafe(NONCE_BYTES)
        token = link_token(self._keys.links, purpose, nonce)
        life: timedelta = domain.RESET_LIFE if purpose == "reset" else domain.VERIFICATION_LIFE
        owner, epoch = (account.account_id, account.session_epoch) if account else (NOBODY, 0)
        link = LinkFacts(_hash(token), purpose, owner, email, epoch, self._now() + life)
        try:
            self._throttle.admit(throttles.MAILS_TO, email)
        except TooManyAttempts:
            to = None
        mail = self._notifications.post(template, to, purpose=purpose, nonce=nonce)
        return [self._repository.add_link(link), mail]

    def _notice(self, email: str, template: str) -> list[Write]:
        return [self._notifications.post(template, email)]

    def _open_link(self, purpose: LinkPurpose, token: str, client: Client) -> tuple[LinkFacts, AccountFacts]:
        self._throttle.admit(throttles.LINK_ADDRESS, client.ip)
        link = self._repository.link(_hash(token))
        if link is None or link.purpose != purpose or self._now() >= link.expires_at:
            raise LinkStale
        account = self._repository.account(link.account_id)
        if account is None or account.session_epoch != link.session_epoch:
            raise LinkStale
        return link, account

    def _commit_link(self, writes: list[Write]) -> None:
        try:
            self._ledger.commit(writes)
        except Refused as refused:
            if any(subject.startswith("account:") for subject in refused.subjects):
                raise ChangedMeanwhile from None
            raise LinkStale from None


def shown(facts: AccountFacts) -> Account:
    """Return an account as its owner sees it."""
    return Account(
        id=facts.account_id,
        email=facts.email,
        email_verified=facts.email_verified,
        pending_email=facts.pending_email,
        name=facts.name,
        role=facts.role,
        second_factor=facts.second_factor,
        created_at=facts.created_at,
    )


def _hash(token: str) -> str:
    """Hash what has entropy enough of its own: tokens, not passwords or codes."""
    return hashlib.sha256(token.encode()).hexdigest()
