"""Links in mails: verifying an address, choosing a new password, changing the address."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto.ses.models import ses_backends

from app import send_mails
from chalicelib import bootstrap
from chalicelib.accounts.domain import RESET_LIFE
from chalicelib.accounts.models import AccountRecord
from chalicelib.accounts.passwords import Passwords
from chalicelib.accounts.schemas import Client
from chalicelib.notifications.models import MailRecord
from chalicelib.settings import settings
from chalicelib.shop import shop
from chalicelib.throttles import domain as throttles
from tests import factories
from tests.api.client import Answer, Api
from tests.api.mails import latest_token, outbox, stream_records
from tests.api.test_sessions import Clock, clock, refresh

__all__ = ["clock"]

MOTO_ACCOUNT = "123456789012"
NEW = "another fine password"


def ask_for_reset(api: Api, email: str) -> str:
    assert api.post("/password-resets", {"email": email}).status == 202
    return latest_token(email)


def reset(api: Api, token: str, password: str = NEW) -> Answer:
    return api.post("/password-resets/confirmation", {"token": token, "password": password})


def sign_in(api: Api, email: str, password: str) -> Answer:
    return api.post("/sessions", {"email": email, "password": password})


def sent() -> list[Any]:
    return list(ses_backends[MOTO_ACCOUNT][settings().region].sent_messages)


def test_signing_up_mails_a_link_that_verifies_the_address_once(api: Api) -> None:
    email = api.sign_up()["email"]
    token = latest_token(email)
    assert api.get("/account").json["email_verified"] is False
    assert api.post("/email-verifications", {"token": token}).status == 204
    assert api.get("/account").json["email_verified"] is True
    assert api.post("/email-verifications", {"token": token}).code == "link_stale"


def test_the_link_is_mailed_again_when_asked(api: Api) -> None:
    email = api.sign_up()["email"]
    first = latest_token(email)
    assert api.post("/account/verification").status == 202
    assert latest_token(email) != first
    assert api.post("/email-verifications", {"token": latest_token(email)}).status == 204


@pytest.mark.parametrize("token", ["x", "A" * 43, "é", "../..", "\x00"])
def test_a_token_that_never_was_is_stale(api: Api, token: str) -> None:
    assert api.post("/email-verifications", {"token": token}).status == 410
    assert reset(api, token).status == 410


def test_a_reset_sets_the_password_once_and_ends_every_session(api: Api) -> None:
    email = api.sign_up()["email"]
    cookie = api.cookie
    token = ask_for_reset(api, email)
    assert reset(api, token).status == 204
    assert refresh(api, cookie).status == 401
    assert sign_in(api, email, factories.PASSWORD).status == 401
    assert sign_in(api, email, NEW).status == 201
    assert reset(api, token, "a third password").code == "link_stale"
    assert sign_in(api, email, NEW).status == 201


def test_a_reset_link_lives_thirty_minutes(api: Api, clock: Clock) -> None:
    email = api.sign_up()["email"]
    token = ask_for_reset(api, email)
    clock.ahead = RESET_LIFE + timedelta(seconds=1)
    assert reset(api, token).code == "link_stale"
    assert sign_in(api, email, factories.PASSWORD).status == 201


def test_a_common_new_password_is_refused_and_the_link_stays_good(api: Api) -> None:
    email = api.sign_up()["email"]
    token = ask_for_reset(api, email)
    assert reset(api, token, "Password1").fields == ["password"]
    assert reset(api, token).status == 204


def test_a_verification_link_sets_no_password_and_the_other_way_round(api: Api) -> None:
    email = api.sign_up()["email"]
    verification = latest_token(email)
    assert reset(api, verification).status == 410
    assert api.post("/email-verifications", {"token": ask_for_reset(api, email)}).status == 410


def test_an_unknown_address_is_answered_the_same_and_gets_no_mail(api: Api) -> None:
    email = api.sign_up()["email"]
    known = api.post("/password-resets", {"email": email})
    unknown = api.post("/password-resets", {"email": factories.email()})
    assert (known.status, known.body) == (unknown.status, unknown.body) == (202, b"")
    assert outbox()[-1].to is None


def test_link_tokens_are_kept_as_hashes_only(api: Api) -> None:
    email = api.sign_up()["email"]
    token = ask_for_reset(api, email)
    everything = repr([r.attribute_values for t in (AccountRecord, MailRecord) for r in t.scan()])
    assert token not in everything


def test_an_address_changes_when_the_link_to_the_new_one_is_followed(api: Api) -> None:
    old, new = api.sign_up()["email"], factories.email()
    body = {"password": factories.PASSWORD, "email": new.upper()}
    assert api.call("PUT", "/account/email", body).status == 202
    account = api.get("/account").json
    assert (account["email"], account["pending_email"]) == (old, new)
    assert api.post("/email-verifications", {"token": latest_token(new)}).status == 204
    account = api.get("/account").json
    assert (account["email"], account["pending_email"], account["email_verified"]) == (new, None, True)
    assert sign_in(api, old, factories.PASSWORD).status == 401
    assert sign_in(api, new, factories.PASSWORD).status == 201
    assert outbox(old)[-1].template == "email_changed"
    assert api.post("/accounts", {"email": old, "password": NEW, "name": "Bob"}).status == 201


def test_an_address_that_is_taken_is_not_told_and_cannot_be_taken_over(api: Api) -> None:
    taken = api.sign_up()["email"]
    mine = api.sign_up()["email"]
    before = len(outbox(taken))
    assert api.call("PUT", "/account/email", {"password": factories.PASSWORD, "email": taken}).status == 202
    assert len(outbox(taken)) == before
    assert api.get("/account").json["email"] == mine


def test_changing_the_address_asks_for_the_password(api: Api) -> None:
    api.sign_up()
    body = {"password": "not the password", "email": factories.email()}
    assert api.call("PUT", "/account/email", body).code == "wrong_credentials"


def test_the_stream_sends_each_mail_once_as_text_and_html(api: Api) -> None:
    boto3.client("ses", region_name=settings().region).verify_email_identity(EmailAddress=shop().email)
    email = api.sign_up()["email"]
    token = latest_token(email)
    records = stream_records()
    send_mails({"Records": records}, None)
    send_mails({"Records": records}, None)
    (message,) = sent()
    assert message.destinations["ToAddresses"] == [email]
    assert message.subject == "Please verify your address"
    assert f"{settings().site_url}/verify#token={token}" in message.body
    (mail,) = outbox()
    assert not mail.values, "what the link was made from is forgotten"
    assert mail.to is None, "to whom it went, too"


def test_a_mail_to_nobody_is_not_sent(api: Api) -> None:
    api.post("/password-resets", {"email": factories.email()})
    send_mails({"Records": stream_records()}, None)
    assert sent() == []


def test_a_change_of_address_that_a_thief_began_ends_with_the_owners_reset(api: Api) -> None:
    victim, thief = api.sign_up()["email"], factories.email()
    api.call("PUT", "/account/email", {"password": factories.PASSWORD, "email": thief})
    link = latest_token(thief)
    assert outbox(victim)[-1].template == "email_change_asked"
    assert reset(api, ask_for_reset(api, victim)).status == 204
    assert api.post("/email-verifications", {"token": link}).code == "link_stale"
    api.token = sign_in(api, victim, NEW).json["access_token"]
    account = api.get("/account").json
    assert (account["email"], account["pending_email"]) == (victim, None)


def test_one_reset_ends_every_other_reset_link(api: Api) -> None:
    email = api.sign_up()["email"]
    first, second = ask_for_reset(api, email), ask_for_reset(api, email)
    assert reset(api, second).status == 204
    assert reset(api, first, "a third password").code == "link_stale"


def test_what_was_proven_by_the_old_password_does_not_win_over_a_reset(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    email = api.sign_up()["email"]
    token = ask_for_reset(api, email)
    real = Passwords.hash

    def hash_after_a_reset(self: Passwords, password: str) -> str:
        monkeypatch.setattr(Passwords, "hash", real)
        bootstrap.accounts().reset_password(token, NEW, Client("192.0.2.9", "the owner"))
        return real(self, password)

    monkeypatch.setattr(Passwords, "hash", hash_after_a_reset)
    body = {"password": factories.PASSWORD, "new_password": "the thief's password"}
    assert api.call("PUT", "/account/password", body).code == "changed_meanwhile"
    assert sign_in(api, email, NEW).status == 201


def test_nobodys_mailbox_is_flooded_and_nobody_is_told(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = datetime.now(UTC)
    monkeypatch.setattr(bootstrap, "now", lambda: moment)
    target = factories.email()
    for _ in range(3):
        api.sign_up()
        for _ in range(4):
            assert api.call("PUT", "/account/email", {"password": factories.PASSWORD, "email": target}).status == 202
    assert len(outbox(target)) == throttles.MAILS_TO.limit


def test_asking_again_mails_no_address_that_is_taken(api: Api) -> None:
    taken = api.sign_up()["email"]
    before = len(outbox(taken))
    api.sign_up()
    api.call("PUT", "/account/email", {"password": factories.PASSWORD, "email": taken})
    assert api.post("/account/verification").status == 202
    assert len(outbox(taken)) == before


def test_the_present_address_as_a_new_one_leaves_nothing_waiting(api: Api) -> None:
    email = api.sign_up()["email"]
    assert api.call("PUT", "/account/email", {"password": factories.PASSWORD, "email": email}).status == 202
    assert api.get("/account").json["pending_email"] is None


def test_a_mail_that_is_refused_for_good_holds_up_no_other(api: Api) -> None:
    refused = api.sign_up()["email"]
    send_mails({"Records": stream_records()}, None)
    assert [mail.to for mail in outbox()] == [None], "moto refuses an unverified sender"
    boto3.client("ses", region_name=settings().region).verify_email_identity(EmailAddress=shop().email)
    email = api.sign_up()["email"]
    send_mails({"Records": stream_records()}, None)
    assert [message.destinations["ToAddresses"] for message in sent()] == [[email]]
    assert refused not in repr(sent())


@pytest.mark.parametrize("address", ["ü@example.com", "<a>@b.co", "x" * 65 + "@b.co", "x@straße.de", "a..@-b.co"])
def test_an_address_that_no_mail_reaches_is_refused(api: Api, address: str) -> None:
    answer = api.post("/accounts", {"email": address, "password": factories.PASSWORD, "name": "Ada"})
    assert answer.fields == ["email"]
