from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest

from chalicelib import bootstrap
from chalicelib.http import cookies
from chalicelib.keys import keys
from chalicelib.sessions.domain import SESSION_ABSOLUTE
from tests import factories
from tests.api.client import Answer, Api, forget_services

CSRF = {"X-Open-Kitchen": "1"}


def sign_in(api: Api, email: str, password: str = factories.PASSWORD) -> Answer:
    return api.post("/sessions", {"email": email, "password": password})


def test_signing_up_signs_in(api: Api) -> None:
    email = factories.email()
    answer = api.post("/accounts", {"email": email, "password": factories.PASSWORD, "name": "  Ada   Lovelace "})
    assert answer.status == 201
    assert answer.json["expires_in"] == 600
    assert answer.json["account"]["email"] == email
    assert answer.json["account"]["name"] == "Ada Lovelace"
    api.token = answer.json["access_token"]
    assert api.get("/account").json == answer.json["account"]


def test_one_address_has_one_account_however_it_is_typed(api: Api) -> None:
    email = api.sign_up()["email"]
    answer = api.post("/accounts", {"email": email.upper(), "password": factories.PASSWORD, "name": "Ada"})
    assert (answer.status, answer.code, answer.fields) == (409, "email_taken", ["email"])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"password": "short77"}, "password"),
        ({"password": "x" * 257}, "password"),
        ({"email": "nobody"}, "email"),
        ({"email": 1}, "email"),
        ({"name": "   "}, "name"),
        ({"name": "Ada\r\nBcc: all@example.com"}, "name"),
        ({"name": "Ada\n"}, "name"),
        ({"role": "owner"}, "role"),
    ],
)
def test_a_bad_field_of_a_sign_up_is_named(api: Api, changes: dict[str, Any], field: str) -> None:
    body = {"email": factories.email(), "password": factories.PASSWORD, "name": "Ada"} | changes
    answer = api.post("/accounts", body)
    assert (answer.status, answer.fields) == (422, [field])


def test_long_passwords_are_not_cut(api: Api) -> None:
    email, password = factories.email(), "p" * 73
    api.post("/accounts", {"email": email, "password": password + "a", "name": "Ada"})
    assert sign_in(api, email, password + "b").status == 401
    assert sign_in(api, email, password + "a").status == 201


def test_signing_in_gives_a_session(api: Api) -> None:
    email = api.sign_up()["email"]
    answer = sign_in(api, email.upper())
    assert answer.status == 201
    assert answer.json["account"]["email"] == email


def test_an_unknown_address_and_a_wrong_password_answer_the_same(api: Api) -> None:
    email = api.sign_up()["email"]
    api.sign_out_of_this_page()
    wrong, unknown = sign_in(api, email, "not the password"), sign_in(api, factories.email())
    assert wrong.status == unknown.status == 401
    hidden = {"request_id": ""}
    assert wrong.json | hidden == unknown.json | hidden
    assert wrong.code == "wrong_credentials"


def test_the_refresh_cookie_is_out_of_reach_of_scripts_and_other_sites(api: Api) -> None:
    api.sign_up()
    cookie = sign_in(api, api.get("/account").json["email"]).headers["set-cookie"]
    name, *flags = [part.strip() for part in cookie.split(";")]
    assert name.startswith("refresh=")
    assert {"HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=1209600"} == set(flags)


def test_on_https_the_cookie_is_bound_to_the_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.settings.Settings.secure_cookies", True)
    cookie = cookies.refresh_cookie("token", 60)["Set-Cookie"]
    assert cookie.startswith("__Host-refresh=token;")
    assert cookie.endswith("; Secure")


def test_no_secret_but_the_access_token_is_in_a_body(api: Api) -> None:
    answer = api.post("/accounts", {"email": factories.email(), "password": factories.PASSWORD, "name": "Ada"})
    refresh_token = answer.headers["set-cookie"].split("=", 1)[1].split(";")[0]
    assert refresh_token.encode() not in answer.body
    assert b"argon2" not in answer.body
    assert factories.PASSWORD.encode() not in answer.body


def test_the_cookie_renews_the_access_token(api: Api) -> None:
    account = api.sign_up()
    api.sign_out_of_this_page()
    answer = api.post("/sessions/refresh", headers=CSRF)
    assert (answer.status, answer.json["account"]) == (200, account)
    api.token = answer.json["access_token"]
    assert api.get("/account").status == 200


@pytest.mark.parametrize(("method", "path"), [("POST", "/sessions/refresh"), ("DELETE", "/sessions/current")])
def test_calls_that_rest_on_the_cookie_need_our_header(api: Api, method: str, path: str) -> None:
    api.sign_up()
    for headers in ({}, {"X-Open-Kitchen": "0"}):
        answer = api.call(method, path, headers=headers)
        assert (answer.status, answer.code) == (400, "csrf_header_missing")


@pytest.mark.parametrize("before", ['prefs={"a":1}; ', "theme; ", "x=a b; ", "a[b]=1; ", "refresh2=x;"])
def test_odd_cookies_of_other_servers_on_localhost_do_no_harm(api: Api, before: str) -> None:
    api.sign_up()
    assert api.post("/sessions/refresh", headers={**CSRF, "Cookie": before + api.cookie}).status == 200


@pytest.mark.parametrize(
    "cookie",
    [
        "",
        "refresh=",
        "refresh=a.b.c",
        "refresh=..",
        "refresh=x",
        "other=1",
        "refresh=\x00",
        "refresh=" + "a" * 3000 + ".b.c",
    ],
)
def test_a_cookie_that_is_no_session_of_ours_is_refused(api: Api, cookie: str) -> None:
    answer = api.post("/sessions/refresh", headers={**CSRF, "Cookie": cookie})
    assert (answer.status, answer.code) == (401, "session_ended")


def test_another_secret_does_not_open_a_session(api: Api) -> None:
    api.sign_up()
    forged = api.cookie[:-4] + ("AAAA" if not api.cookie.endswith("AAAA") else "BBBB")
    assert api.post("/sessions/refresh", headers={**CSRF, "Cookie": forged}).status == 401


def test_signing_out_ends_the_session_and_clears_the_cookie(api: Api) -> None:
    api.sign_up()
    cookie = api.cookie
    answer = api.call("DELETE", "/sessions/current", headers=CSRF)
    assert answer.status == 204
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert api.post("/sessions/refresh", headers={**CSRF, "Cookie": cookie}).status == 401


def test_signing_out_twice_or_without_a_session_is_204_too(api: Api) -> None:
    for _ in range(2):
        assert api.call("DELETE", "/sessions/current", headers=CSRF).status == 204


def test_a_session_ends_with_time(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    api.sign_up()
    later = datetime.now(UTC) + SESSION_ABSOLUTE + timedelta(seconds=1)
    forget_services()
    monkeypatch.setattr(bootstrap, "now", lambda: later)
    assert api.post("/sessions/refresh", headers=CSRF).status == 401


def test_an_account_is_renamed(api: Api) -> None:
    api.sign_up()
    assert api.call("PATCH", "/account", {"name": "Countess"}).json["name"] == "Countess"
    assert api.get("/account").json["name"] == "Countess"
    assert api.call("PATCH", "/account", {"email": "x@example.com"}).fields == ["name", "email"]


@pytest.mark.parametrize(("method", "path"), [("GET", "/account"), ("PATCH", "/account"), ("GET", "/orders")])
def test_what_is_somebodys_asks_who_is_there(api: Api, method: str, path: str) -> None:
    answer = api.call(method, path)
    assert (answer.status, answer.code) == (401, "sign_in_required")
    assert answer.headers["www-authenticate"].startswith("Bearer")


def claims(**changes: Any) -> dict[str, Any]:
    now = datetime.now(UTC)
    valid = {
        "iss": "open-kitchen",
        "aud": "test",
        "sub": "a",
        "sid": "s",
        "role": "shopper",
        "iat": now,
        "exp": now + timedelta(minutes=5),
    }
    return {name: value for name, value in (valid | changes).items() if value is not None}


def signed(payload: dict[str, Any], secret: str = "", algorithm: str = "HS256", **header: Any) -> str:
    head = {"typ": "at+jwt", "kid": keys().signing_id} | header
    return jwt.encode(payload, secret or keys().signing[keys().signing_id], algorithm, headers=head)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "nonsense",
        "a.b.c",
        signed(claims(), secret="another secret that is long enough to sign"),
        signed(claims(), secret="", algorithm="HS512"),
        signed(claims(), typ="JWT"),
        signed(claims(), kid="k9"),
        signed(claims(iss="elsewhere")),
        signed(claims(aud="prod")),
        signed(claims(aud=["test"])),
        signed(claims(exp=None)),
        signed(claims(sub=None)),
        signed(claims(sid=None)),
        signed(claims(role=None)),
        signed(claims(iat=None)),
        signed(claims(iat=datetime.now(UTC) + timedelta(hours=1))),
        jwt.encode(claims(), "", "none", headers={"typ": "at+jwt", "kid": "k1"}),
    ],
)
def test_a_token_that_is_not_ours_is_refused(api: Api, token: str) -> None:
    answer = api.get("/account", {"Authorization": f"Bearer {token}"})
    assert (answer.status, answer.code) == (401, "token_invalid")


def test_an_expired_token_is_told_from_a_bad_one(api: Api) -> None:
    token = signed(claims(exp=datetime.now(UTC) - timedelta(seconds=1)))
    answer = api.get("/account", {"Authorization": f"Bearer {token}"})
    assert (answer.status, answer.code) == (401, "token_expired")


def test_a_good_token_of_no_account_is_refused(api: Api) -> None:
    answer = api.get("/account", {"Authorization": f"Bearer {signed(claims())}"})
    assert (answer.status, answer.code) == (401, "token_invalid")


def test_another_scheme_than_bearer_is_refused(api: Api) -> None:
    assert api.get("/account", {"Authorization": "Basic YTpi"}).status == 401


def test_a_bad_token_never_makes_a_guest(api: Api) -> None:
    api.token = "expired or forged"
    assert api.order({"MUG": 1}, 1795).status == 401
