"""OWASP ASVS 5.0, the rows that concern accounts: each test is named after its row. docs/security.md lists them."""

from __future__ import annotations

import logging
import re
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

import msgspec
import pyotp
import pytest

from app import blueprints
from chalicelib import bootstrap
from chalicelib.accounts import passwords
from chalicelib.http import cookies, guards
from chalicelib.keys import SECRET_BYTES, keys
from chalicelib.sessions.service import TOKEN_BYTES
from chalicelib.settings import Settings, settings
from chalicelib.throttles import domain as throttles
from tests import factories
from tests.api.client import Answer, Api
from tests.api.mails import latest_token
from tests.api.test_checkout import MUG
from tests.log_lines import Lines
from tests.log_lines import lines as lines

CSRF = {"X-Open-Kitchen": "1"}
ATTEMPTS_AT_HASHING = 10


def sign_in(api: Api, email: str, password: str = factories.PASSWORD, **headers: str) -> Answer:
    return api.post("/sessions", {"email": email, "password": password}, headers)


def from_ip(monkeypatch: pytest.MonkeyPatch, ip: str) -> None:
    real = guards.client
    monkeypatch.setattr(guards, "client", lambda request: msgspec.structs.replace(real(request), ip=ip))


def test_asvs_2_4_1_the_eleventh_attempt_at_an_account_is_429_before_anything_is_hashed(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    email = api.sign_up()["email"]
    hashed: list[str] = []

    def matches(_: object, stored: str | None, password: str) -> bool:
        hashed.append(password)
        return False

    monkeypatch.setattr(passwords.Passwords, "matches", matches)
    answers = [sign_in(api, email, "wrong password") for _ in range(11)]
    assert [answer.status for answer in answers] == [401] * 10 + [429]
    assert len(hashed) == ATTEMPTS_AT_HASHING
    assert 0 < int(answers[-1].headers["retry-after"]) <= 900
    assert sign_in(api, email).status == 429


def test_asvs_6_3_1_stuffing_many_accounts_from_one_address_is_stopped(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(passwords.Passwords, "matches", lambda *_: False)
    limit = throttles.SIGN_IN_ADDRESS.limit
    statuses = [sign_in(api, f"victim{n}@example.com", "123456").status for n in range(limit + 1)]
    assert statuses == [401] * limit + [429]


def test_asvs_6_3_1_a_stranger_cannot_lock_anybody_out(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    email = api.sign_up()["email"]
    with monkeypatch.context() as stranger:
        from_ip(stranger, "203.0.113.66")
        assert [sign_in(api, email, "wrong password").status for _ in range(11)][-1] == 429
    assert sign_in(api, email).status == 201


@pytest.mark.parametrize(
    ("bucket", "path", "body"),
    [
        ("SIGN_UP_ADDRESS", "/accounts", {"email": "x", "password": factories.PASSWORD, "name": "Ada"}),
        ("RESET_ACCOUNT", "/password-resets", {"email": "ada@example.com"}),
        ("RESET_ADDRESS", "/password-resets", {"email": "x"}),
        ("LINK_ADDRESS", "/email-verifications", {"token": "none"}),
        ("LINK_ADDRESS", "/password-resets/confirmation", {"token": "none", "password": factories.PASSWORD}),
    ],
)
def test_asvs_2_4_1_every_door_has_a_bucket_of_its_own(api: Api, bucket: str, path: str, body: dict[str, Any]) -> None:
    limit = getattr(throttles, bucket).limit
    fresh = body.get("email") == "x"
    statuses = [api.post(path, body | ({"email": factories.email()} if fresh else {})).status for _ in range(limit + 1)]
    assert 429 not in statuses[:limit]
    assert statuses[limit] == 429


@pytest.mark.parametrize(
    ("bucket", "method", "path", "body"),
    [
        ("PASSWORD_CHECK", "PUT", "/account/password", {"password": "wrong", "new_password": factories.PASSWORD}),
        ("PASSWORD_CHECK", "PUT", "/account/second-factor", {"code": "000000"}),
        ("MAIL_REQUEST", "POST", "/account/verification", None),
    ],
)
def test_asvs_2_4_1_inside_an_account_too_tries_are_counted(
    api: Api, bucket: str, method: str, path: str, body: dict[str, str] | None
) -> None:
    api.sign_up()
    limit = getattr(throttles, bucket).limit
    statuses = [api.call(method, path, body).status for _ in range(limit + 1)]
    assert 429 not in statuses[:limit]
    assert statuses[limit] == 429


def test_asvs_6_3_1_codes_are_counted_by_account_wherever_they_come_from(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    email = api.sign_up()["email"]
    offer = api.post("/account/second-factor", {"password": factories.PASSWORD}).json
    api.call("PUT", "/account/second-factor", {"code": pyotp.TOTP(offer["secret"]).now()})
    statuses = []
    for n in range(throttles.SECOND_FACTOR.limit + 1):
        with monkeypatch.context() as somewhere:
            from_ip(somewhere, f"198.51.100.{n}")
            body = {"email": email, "password": factories.PASSWORD, "code": "000000"}
            statuses.append(api.post("/sessions", body).status)
    assert statuses == [401] * throttles.SECOND_FACTOR.limit + [429]


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("198.51.100.7", "198.51.100.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]", "2001:db8:1:2::/64"),
        ("", ""),
    ],
)
def test_asvs_4_1_3_an_ipv6_network_is_one_client(address: str, counted_as: str) -> None:
    assert guards.network(address) == counted_as


def test_asvs_3_5_2_a_body_that_names_no_type_is_refused(api: Api) -> None:
    body = msgspec.json.encode({"email": factories.email(), "password": factories.PASSWORD})
    assert api.call("POST", "/sessions", body=body, headers={"Content-Type": ""}).status == 415


def test_asvs_3_3_1_to_4_the_refresh_cookie_is_host_secure_http_only_and_strict(
    monkeypatch: pytest.MonkeyPatch, api: Api
) -> None:
    monkeypatch.setattr(Settings, "secure_cookies", property(lambda _: True))
    api.sign_up()
    (name, morsel), *others = SimpleCookie(cookies.refresh_cookie("t", 60)["Set-Cookie"]).items()
    assert (name, others) == ("__Host-refresh", [])
    assert morsel["secure"]
    assert morsel["httponly"]
    assert (morsel["samesite"], morsel["path"], morsel["domain"]) == ("Strict", "/", "")
    assert api.cookie.startswith("__Host-refresh=")


def test_asvs_3_3_no_body_carries_a_token_but_the_access_token(api: Api) -> None:
    email = api.sign_up()["email"]
    secret = api.cookie.split(".")[-1]
    for answer in (
        sign_in(api, email),
        api.post("/sessions/refresh", headers=CSRF),
        api.get("/account"),
        api.get("/sessions"),
        api.get("/account/export"),
    ):
        assert answer.status < 300
        assert secret.encode() not in answer.body
        assert b"eyJ" not in answer.body.replace(answer.json.get("access_token", "-").encode(), b"")


def test_asvs_3_5_1_what_rests_on_the_cookie_needs_our_header(api: Api) -> None:
    api.sign_up()
    cookie_only = {"Cookie": api.cookie}
    for method, path in (("POST", "/sessions/refresh"), ("DELETE", "/sessions/current")):
        assert api.call(method, path, headers=cookie_only).code == "csrf_header_missing"


def test_asvs_3_5_3_no_get_changes_anything(api: Api) -> None:
    writes = re.compile(r"Put|Update|Delete|TransactWrite|BatchWrite")
    api.sign_up()
    for endpoint in [e for blueprint in blueprints for e in blueprint.endpoints if e.method == "GET"]:
        path = endpoint.path.replace("{slug}", "mug").replace("{order_id}", "0" * 32)
        timing = api.get(path + ("?sku=MUG" if path == "/availability" else "")).headers["server-timing"]
        assert not writes.search(timing), f"GET {path} writes: {timing}"


def test_asvs_4_1_3_the_clients_address_cannot_be_forged(api: Api) -> None:
    email = api.sign_up()["email"]
    forged = [
        sign_in(
            api,
            email,
            "wrong password",
            **{"X-Forwarded-For": f"198.51.100.{n}", "X-Viewer-Address": f"198.51.100.{n}"},
        ).status
        for n in range(11)
    ]
    assert forged[-1] == 429


def test_asvs_4_1_3_cloudfronts_word_counts_beside_its_secret_only(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    behind = msgspec.structs.replace(settings(), origin_secret="a secret that only the distribution knows")
    monkeypatch.setattr(guards, "settings", lambda: behind)
    email = api.sign_up()["email"]

    def attempts(secret: str) -> list[int]:
        return [
            sign_in(
                api,
                email,
                "wrong password",
                **{"X-Viewer-Address": f"198.51.100.{n}", "X-Origin-Secret": secret},
            ).status
            for n in range(12)
        ]

    assert attempts(behind.origin_secret) == [401] * 12
    assert attempts("guessed")[-1] == 429


@pytest.mark.parametrize("password", ["password", "PASSWORD", "Password1", "12345678", "qwertyuiop", "baseball"])
def test_asvs_6_2_4_common_passwords_are_refused(api: Api, password: str) -> None:
    answer = api.post("/accounts", {"email": factories.email(), "password": password, "name": "Ada"})
    assert (answer.status, answer.fields) == (422, ["password"])


def test_asvs_6_2_1_eight_characters_are_asked_and_7_refused(api: Api) -> None:
    def sign_up(password: str) -> int:
        return api.post("/accounts", {"email": factories.email(), "password": password, "name": "Ada"}).status

    assert sign_up("zqxjkvw") == 422
    assert sign_up("zqxjkvwp") == 201


@pytest.mark.parametrize("password", ["p" * 64, "é" * 128, "🗝️ long and strange " * 8, "p" * 256])
def test_asvs_6_2_9_long_passwords_are_taken_and_nothing_is_cut(api: Api, password: str) -> None:
    email = factories.email()
    assert api.post("/accounts", {"email": email, "password": password, "name": "Ada"}).status == 201
    assert sign_in(api, email, password[:-1]).status == 401
    assert sign_in(api, email, password).status == 201


def test_asvs_6_2_8_passwords_that_differ_after_the_72nd_byte_differ(api: Api) -> None:
    email = factories.email()
    api.post("/accounts", {"email": email, "password": "p" * 72 + "a", "name": "Ada"})
    assert sign_in(api, email, "p" * 72 + "b").status == 401


def test_asvs_6_3_8_no_account_is_told_by_status_body_headers_or_calls(api: Api) -> None:
    email = api.sign_up()["email"]
    api.sign_out_of_this_page()

    def told(answer: Answer) -> tuple[Any, ...]:
        body = answer.json | {"request_id": ""} if answer.body else None
        calls = re.sub(r"(dur|start)=[\d.]+", "", answer.headers["server-timing"])
        return answer.status, body, calls, answer.headers.keys()

    assert told(sign_in(api, email, "wrong password")) == told(sign_in(api, factories.email(), "wrong password"))
    resets = [told(api.post("/password-resets", {"email": one})) for one in (email, factories.email())]
    assert resets[0] == resets[1]


def test_asvs_7_2_3_refresh_tokens_have_128_bits_at_least_and_are_new_at_each_sign_in(api: Api) -> None:
    email = api.sign_up()["email"]
    tokens = {sign_in(api, email).headers["set-cookie"].split(";")[0].split(".")[-1] for _ in range(5)}
    assert len(tokens) == 5
    assert TOKEN_BYTES * 8 >= 128
    assert SECRET_BYTES * 8 >= 256


def test_asvs_7_4_1_signing_out_kills_the_session(api: Api) -> None:
    api.sign_up()
    cookie = api.cookie
    assert api.call("DELETE", "/sessions/current", headers=CSRF).status == 204
    assert api.post("/sessions/refresh", headers={**CSRF, "Cookie": cookie}).status == 401


def test_asvs_7_4_2_closing_the_account_kills_every_session(api: Api) -> None:
    email = api.sign_up()["email"]
    cookies_of = [sign_in(api, email).headers["set-cookie"].split(";")[0] for _ in range(2)]
    api.call("DELETE", "/account", {"password": factories.PASSWORD})
    for cookie in cookies_of:
        assert api.post("/sessions/refresh", headers={**CSRF, "Cookie": cookie}).status == 401


def test_asvs_8_2_1_every_route_of_somebody_asks_who_is_there(api: Api) -> None:
    private = [
        e for blueprint in blueprints for e in blueprint.endpoints if e.signature.shopper and not e.signature.guest
    ]
    assert len(private) >= 12
    for endpoint in private:
        path = re.sub(r"{\w+}", "x", endpoint.path)
        assert api.call(endpoint.method, path, {}).code == "sign_in_required", endpoint.path


def test_asvs_8_2_2_one_shopper_reaches_nothing_of_another(api: Api) -> None:
    api.sign_up()
    order, device = api.order({"MUG": 1}, MUG).json["id"], api.get("/sessions").json["items"][0]["id"]
    export = api.get("/account/export").json
    api.sign_up()
    assert api.get(f"/orders/{order}").status == 404
    assert api.call("DELETE", f"/sessions/{device}").status == 204
    theirs = api.get("/account/export").json
    assert theirs["orders"] == []
    assert theirs["account"]["id"] != export["account"]["id"]


def test_asvs_11_4_2_passwords_are_hashed_with_argon2id_at_owasps_parameters() -> None:
    assert passwords.Passwords().hash("x").startswith("$argon2id$v=19$m=19456,t=2,p=1$")


def test_asvs_11_5_1_no_secret_is_made_by_the_random_module() -> None:
    users = [
        file.name
        for file in Path("chalicelib").rglob("*.py")
        if re.search(r"^\s*(import|from) random", file.read_text(), re.M)
    ]
    assert users == ["backoff.py"], "only the jitter of retries is no secret"


def test_asvs_14_2_1_no_secret_is_in_an_address(api: Api) -> None:
    for blueprint in blueprints:
        for endpoint in blueprint.endpoints:
            assert "token" not in endpoint.path
            assert "password" not in str(endpoint.signature.query)
    text = Path("chalicelib/notifications/templates/reset.txt").read_text()
    assert "/reset#token=" in text, "a fragment is sent to no server"


@pytest.mark.parametrize("field", ["role", "id", "email_verified", "session_epoch", "password_hash", "created_at"])
def test_asvs_15_3_3_nothing_is_assigned_that_the_contract_does_not_name(api: Api, field: str) -> None:
    body = {"email": factories.email(), "password": factories.PASSWORD, "name": "Ada", field: "owner"}
    assert api.post("/accounts", body).fields == [field]
    api.sign_up()
    assert api.call("PATCH", "/account", {"name": "Eve", field: "owner"}).fields == [field]


def test_asvs_15_3_1_an_account_shows_minimal_fields(api: Api) -> None:
    assert api.sign_up().keys() == {
        "id",
        "email",
        "email_verified",
        "pending_email",
        "name",
        "role",
        "second_factor",
        "created_at",
    }


def test_asvs_16_2_5_no_log_line_holds_a_secret_or_an_address(
    api: Api, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    canary = "canary-password-4711"
    email = api.sign_up("canary@example.com")["email"]
    sign_in(api, email, canary)
    api.call("PUT", "/account/password", {"password": factories.PASSWORD, "new_password": canary})
    api.post("/password-resets", {"email": email})
    token = latest_token(email)
    api.post("/password-resets/confirmation", {"token": token, "password": canary + "2"})
    api.post("/sessions/refresh", headers=CSRF)
    api.post("/sessions/refresh", headers={**CSRF, "Cookie": api.cookie[:-1] + "x"})
    out, err = capfd.readouterr()
    logged = [one.getMessage() for one in caplog.records if one.name.startswith(("open-kitchen", "chalicelib"))]
    ours = "\n".join([out, err, *logged])
    secrets = [canary, email, token, api.token, api.cookie.split(".")[-1], keys().refresh, keys().orders]
    assert [secret for secret in secrets if secret in ours] == []


def test_asvs_16_3_1_security_events_are_logged_as_json_lines(api: Api, lines: Lines) -> None:
    email = api.sign_up()["email"]
    sign_in(api, email, "wrong password")
    sign_in(api, email)
    api.post("/password-resets", {"email": email})
    stale = api.cookie
    api.post("/sessions/refresh", headers=CSRF)
    api.post("/sessions/refresh", headers=CSRF)
    api.post("/sessions/refresh", headers={**CSRF, "Cookie": stale})
    told = [line for line in lines() if "event" in line]
    events = [line["event"] for line in told]
    assert events == [
        "account_opened",
        "sign_in_failed",
        "signed_in",
        "password_reset_asked",
        "refresh_token_reused",
    ]
    assert all(line["request_id"] and line["account"] for line in told)


def test_asvs_16_5_1_a_fault_in_the_database_tells_nothing(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("arn:aws:dynamodb secret detail")

    monkeypatch.setattr(type(bootstrap.accounts()), "authenticate", broken)
    answer = sign_in(api, factories.email())
    assert answer.status == 500
    assert b"dynamodb" not in answer.body
