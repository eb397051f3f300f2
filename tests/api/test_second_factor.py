"""The second factor: turning it on, signing in with it, recovery codes, and who must have one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import jwt
import pyotp
import pytest

from chalicelib import bootstrap
from tests import factories
from tests.api.client import Answer, Api
from tests.api.mails import latest_token, outbox
from tests.api.test_sessions import Clock, clock, refresh

__all__ = ["clock"]

PASSWORD = {"password": factories.PASSWORD}


def code_of(secret: str, clock: Clock) -> str:
    return pyotp.TOTP(secret).at(clock())


def role_in(answer: Answer) -> str:
    """The role that an access token carries; its times are those of a turned clock."""
    claims = jwt.decode(answer.json["access_token"], options={"verify_signature": False})
    return str(claims["role"])


def turn_on(api: Api, clock: Clock) -> tuple[str, list[str]]:
    """Turn the second factor on; returns its secret and the recovery codes. The clock moves past the code used."""
    secret = api.post("/account/second-factor", PASSWORD).json["secret"]
    answer = api.call("PUT", "/account/second-factor", {"code": code_of(secret, clock)})
    assert answer.status == 200, answer.body
    clock.ahead += timedelta(seconds=60)
    return secret, answer.json["recovery_codes"]


def sign_in(api: Api, email: str, **more: Any) -> Answer:
    return api.post("/sessions", {"email": email, **PASSWORD, **more})


def test_an_offer_counts_only_once_a_code_confirmed_it(api: Api) -> None:
    email = api.sign_up()["email"]
    offer = api.post("/account/second-factor", PASSWORD).json
    assert offer["uri"].startswith("otpauth://totp/")
    assert offer["secret"] in offer["uri"]
    assert {len(row) for row in offer["qr"]} == {len(offer["qr"])}
    assert set("".join(offer["qr"])) == {"0", "1"}
    assert api.call("PUT", "/account/second-factor", {"code": "000000"}).code == "wrong_code"
    assert api.get("/account").json["second_factor"] is False
    assert sign_in(api, email).status == 201


def test_with_a_second_factor_the_password_alone_does_not_sign_in(api: Api, clock: Clock) -> None:
    email = api.sign_up()["email"]
    secret, _ = turn_on(api, clock)
    assert sign_in(api, email).code == "second_factor_required"
    assert sign_in(api, email, code="000000").code == "wrong_code"
    assert sign_in(api, email, code=code_of(secret, clock)).status == 201
    assert api.get("/account").json["second_factor"] is True


def test_a_wrong_password_is_told_before_any_code(api: Api, clock: Clock) -> None:
    email = api.sign_up()["email"]
    turn_on(api, clock)
    assert sign_in(api, email, password="not the password").code == "wrong_credentials"


def test_a_code_works_once(api: Api, clock: Clock) -> None:
    email = api.sign_up()["email"]
    secret, _ = turn_on(api, clock)
    code = code_of(secret, clock)
    assert sign_in(api, email, code=code).status == 201
    assert sign_in(api, email, code=code).code == "wrong_code"


@pytest.mark.parametrize(("seconds", "status"), [(-30, 201), (30, 201), (-90, 401), (90, 401)])
def test_a_clock_may_be_half_a_minute_off(api: Api, clock: Clock, seconds: int, status: int) -> None:
    email = api.sign_up()["email"]
    secret, _ = turn_on(api, clock)
    code = pyotp.TOTP(secret).at(clock() + timedelta(seconds=seconds))
    clock.ahead += timedelta(seconds=0)
    assert sign_in(api, email, code=code).status == status


def test_a_recovery_code_replaces_the_app_once(api: Api, clock: Clock) -> None:
    email = api.sign_up()["email"]
    _, codes = turn_on(api, clock)
    assert len(set(codes)) == 10
    assert sign_in(api, email, code=codes[0].upper().replace("-", " ")).status == 201
    assert sign_in(api, email, code=codes[0]).code == "wrong_code"
    assert sign_in(api, email, code=codes[1]).status == 201


def test_a_shopper_may_turn_it_off_with_the_password(api: Api, clock: Clock) -> None:
    email = api.sign_up()["email"]
    turn_on(api, clock)
    assert api.call("DELETE", "/account/second-factor", {"password": "no"}).code == "wrong_credentials"
    assert api.call("DELETE", "/account/second-factor", PASSWORD).status == 204
    assert sign_in(api, email).status == 201


@pytest.mark.parametrize("role", ["staff", "owner"])
def test_a_role_counts_only_with_a_second_factor_and_keeps_it(api: Api, clock: Clock, role: Any) -> None:
    email = api.sign_up()["email"]
    assert not bootstrap.accounts().appoint(email, role), "the address is not proven yet"
    api.post("/email-verifications", {"token": latest_token(email)})
    assert bootstrap.accounts().appoint(email, role)
    answer = sign_in(api, email)
    assert answer.json["account"]["role"] == role
    assert role_in(answer) == "shopper"
    api.token = answer.json["access_token"]
    secret, _ = turn_on(api, clock)
    answer = sign_in(api, email, code=code_of(secret, clock))
    assert role_in(answer) == role
    assert api.call("DELETE", "/account/second-factor", PASSWORD).code == "second_factor_needed"


def test_nobody_appoints_himself(api: Api) -> None:
    api.sign_up()
    assert api.call("PATCH", "/account", {"name": "Eve", "role": "owner"}).fields == ["role"]
    assert not bootstrap.accounts().appoint("nobody@example.com", "owner")


def test_turning_it_on_ends_the_sessions_that_never_proved_it(api: Api, clock: Clock) -> None:
    email = api.sign_up()["email"]
    thief = sign_in(api, email).headers["set-cookie"].split(";")[0]
    api.token = sign_in(api, email).json["access_token"]
    turn_on(api, clock)
    here = api.cookie
    assert refresh(api, thief).status == 401
    assert refresh(api, here).status == 200


def test_an_offer_from_before_a_reset_cannot_be_confirmed_after_it(api: Api, clock: Clock) -> None:
    email = api.sign_up()["email"]
    secret = api.post("/account/second-factor", PASSWORD).json["secret"]
    api.post("/password-resets", {"email": email})
    api.post("/password-resets/confirmation", {"token": latest_token(email), "password": "another fine password"})
    assert api.call("PUT", "/account/second-factor", {"code": code_of(secret, clock)}).code == "wrong_code"
    assert sign_in(api, email, password="another fine password").status == 201


def test_a_squatters_second_factor_goes_when_the_owner_proves_the_address(api: Api, clock: Clock) -> None:
    email = api.sign_up()["email"]
    turn_on(api, clock)
    api.post("/password-resets", {"email": email})
    api.post("/password-resets/confirmation", {"token": latest_token(email), "password": "another fine password"})
    assert sign_in(api, email, password="another fine password").status == 201


def test_a_proven_owners_second_factor_stays_over_a_reset(api: Api, clock: Clock) -> None:
    email = api.sign_up()["email"]
    api.post("/email-verifications", {"token": latest_token(email)})
    turn_on(api, clock)
    api.post("/password-resets", {"email": email})
    api.post("/password-resets/confirmation", {"token": latest_token(email), "password": "another fine password"})
    assert sign_in(api, email, password="another fine password").code == "second_factor_required"


def test_the_code_that_turned_it_on_does_not_sign_in(api: Api, clock: Clock) -> None:
    email = api.sign_up()["email"]
    secret = api.post("/account/second-factor", PASSWORD).json["secret"]
    code = code_of(secret, clock)
    assert api.call("PUT", "/account/second-factor", {"code": code}).status == 200
    assert sign_in(api, email, code=code).code == "wrong_code"


def test_turning_it_on_and_off_is_told_by_mail(api: Api, clock: Clock) -> None:
    email = api.sign_up()["email"]
    turn_on(api, clock)
    api.call("DELETE", "/account/second-factor", PASSWORD)
    assert [mail.template for mail in outbox(email)][1:] == ["second_factor_on", "second_factor_off"]
