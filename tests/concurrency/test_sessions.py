"""Sessions under real concurrency: tabs that refresh at once, and a reset that races a sign-in."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier

import msgspec
import pytest

from chalicelib import bootstrap
from chalicelib.accounts.schemas import Client, SignUp
from chalicelib.accounts.service import AccountFacts, AccountsService
from chalicelib.dynamo import DynamoWrite
from chalicelib.errors import ShopError
from chalicelib.keys import keys
from chalicelib.ledger import Write
from chalicelib.sessions.domain import SessionFacts, rotated
from chalicelib.sessions.errors import SessionEnded
from chalicelib.sessions.models import SessionRecord
from chalicelib.sessions.repository import SessionsRepository
from chalicelib.sessions.schemas import SignIn
from chalicelib.sessions.service import RefreshToken, SessionsService, SignedIn
from tests import factories
from tests.api.mails import latest_token

ROUNDS = 50
NEW_PASSWORD = "another fine password"

pytestmark = pytest.mark.usefixtures("local_aws")


class RandomSuccessors(SessionsService):
    """The common way: each refresh makes a new random token, and the last to write wins."""

    def _successor(self, token: RefreshToken) -> RefreshToken:
        return RefreshToken(token.account_id, token.family_id, factories.key())

    def _rotate(self, session: SessionFacts, account: AccountFacts, token: RefreshToken) -> SessionFacts | None:
        after = rotated(session, self._hash(self._successor(token).secret), self._now())
        self._ledger.commit([self._repository.put(after)])
        return after


class CarelessAccounts(AccountsService):
    """Forgets to check, in the session's transaction, that no reset came between."""

    def epoch_stands(self, account: AccountFacts) -> Write:
        return DynamoWrite("nothing", "check", lambda _: None)


def sessions(kind: type[SessionsService] = SessionsService, accounts: AccountsService | None = None) -> SessionsService:
    built = bootstrap.sessions()
    return kind(
        SessionsRepository(), accounts or bootstrap.accounts(), bootstrap.ledger(), built._tokens, keys(), bootstrap.now
    )


def client() -> Client:
    """A client with an address of its own, so that no throttle stands in the way."""
    return Client(factories.key(), "a test")


def sign_up(email: str) -> SignedIn:
    return bootstrap.sessions().sign_up(SignUp(email, factories.PASSWORD, "Ada"), client())


def at_once(*jobs: Callable[[], SignedIn | None]) -> list[SignedIn | None]:
    """Run jobs at the same moment; one that is refused gives None."""
    start = Barrier(len(jobs))

    def run(job: Callable[[], SignedIn | None]) -> SignedIn | None:
        start.wait(timeout=30)
        try:
            return job()
        except ShopError:
            return None

    with ThreadPoolExecutor(len(jobs)) as threads:
        return list(threads.map(run, jobs))


def refresh_from_two_tabs(service: SessionsService) -> None:
    """Fifty rounds of two tabs: neither is ever signed out, and both always hold the same token."""
    token = sign_up(factories.email()).refresh_token
    for _ in range(ROUNDS):
        first, second = at_once(*[partial(service.refresh, token)] * 2)
        assert first is not None, "a tab was signed out"
        assert second is not None, "a tab was signed out"
        assert first.refresh_token == second.refresh_token, "two generations live at once"
        token = first.refresh_token


def test_two_tabs_refreshing_at_once_stay_signed_in_with_one_token() -> None:
    refresh_from_two_tabs(sessions())


def test_the_check_above_catches_random_successors() -> None:
    with pytest.raises(AssertionError):
        refresh_from_two_tabs(sessions(RandomSuccessors))


def test_an_old_token_presented_again_ends_the_family_for_everyone() -> None:
    service = sessions()
    stolen = sign_up(factories.email()).refresh_token
    newest = service.refresh(service.refresh(stolen).refresh_token).refresh_token
    at_once(lambda: service.refresh(stolen), lambda: service.refresh(newest))
    for token in (stolen, newest):
        with pytest.raises(SessionEnded):
            service.refresh(token)


def reset_while_signing_in(service: SessionsService, accounts: AccountsService) -> int:
    """Reset a password while somebody signs in with the old one; returns how many sessions that sign-in left.

    It has checked the password before the reset begins, and writes its session after: the worst moment.
    """
    email = factories.email()
    account_id = sign_up(email).session.account.id
    accounts.request_reset(email, client())
    token = latest_token(email)
    checked, resetting = Barrier(2), Barrier(2)

    class Pausing(type(service)):  # type: ignore[misc]
        def _new(self, account: AccountFacts, who: Client) -> tuple[SessionFacts, RefreshToken]:
            checked.wait(timeout=30)
            resetting.wait(timeout=30)
            made: tuple[SessionFacts, RefreshToken] = super()._new(account, who)
            return made

    slow = sessions(Pausing, accounts)

    def reset() -> None:
        checked.wait(timeout=30)
        accounts.reset_password(token, NEW_PASSWORD, client())
        resetting.wait(timeout=30)

    at_once(lambda: slow.sign_in(SignIn(email, factories.PASSWORD), client()), reset)
    of_sign_up = 1
    return len(list(SessionRecord.query(account_id))) - of_sign_up


def test_a_reset_that_races_a_sign_in_leaves_no_session_that_began_before_it() -> None:
    assert reset_while_signing_in(sessions(), bootstrap.accounts()) == 0


def test_the_check_above_catches_a_sign_in_that_does_not_look_again() -> None:
    real = bootstrap.accounts()
    careless = CarelessAccounts(**{name.removeprefix("_"): value for name, value in vars(real).items()})
    assert reset_while_signing_in(sessions(accounts=careless), careless) == 1


def test_a_reset_code_followed_by_two_at_once_works_for_one() -> None:
    email = factories.email()
    sign_up(email)
    bootstrap.accounts().request_reset(email, client())
    token = latest_token(email)
    outcomes: list[str] = []

    def reset(password: str) -> None:
        bootstrap.accounts().reset_password(token, password, client())
        outcomes.append(password)

    at_once(lambda: reset("first new password"), lambda: reset("second new password"))
    assert len(outcomes) == 1
    winner = SignIn(email, outcomes[0])
    assert msgspec.to_builtins(bootstrap.sessions().sign_in(winner, client()).session)["account"]["email"] == email
