"""Staying signed in: rotation, its minute of grace, reuse, devices, the ends of a session."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib import bootstrap
from chalicelib.sessions.domain import REPLACED_TOKEN_GRACE, SESSION_ABSOLUTE, SESSION_IDLE
from chalicelib.sessions.models import SessionRecord
from tests import factories
from tests.api.client import Answer, Api, forget_services

CSRF = {"X-Open-Kitchen": "1"}
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


class Clock:
    """Time, turned by the test."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    turned = Clock()
    monkeypatch.setattr(bootstrap, "now", turned)
    forget_services()
    return turned


def refresh(api: Api, cookie: str) -> Answer:
    return api.post("/sessions/refresh", headers={**CSRF, "Cookie": cookie})


def test_every_refresh_replaces_the_token(api: Api) -> None:
    api.sign_up()
    seen = {api.cookie}
    for _ in range(3):
        assert refresh(api, api.cookie).status == 200
        seen.add(api.cookie)
    assert len(seen) == 4


def test_the_token_just_replaced_gives_the_same_successor_for_a_minute(api: Api, clock: Clock) -> None:
    api.sign_up()
    first = api.cookie
    refresh(api, first)
    successor = api.cookie
    clock.ahead = REPLACED_TOKEN_GRACE - timedelta(seconds=2)
    assert refresh(api, first).status == 200
    assert api.cookie == successor
    assert refresh(api, successor).status == 200


def test_after_its_minute_the_replaced_token_ends_the_family(api: Api, clock: Clock) -> None:
    api.sign_up()
    first = api.cookie
    refresh(api, first)
    successor = api.cookie
    clock.ahead = REPLACED_TOKEN_GRACE + timedelta(seconds=1)
    assert refresh(api, first).code == "session_ended"
    assert refresh(api, successor).code == "session_ended"


def test_a_token_two_generations_old_ends_the_family_at_once(api: Api, capfd: pytest.CaptureFixture[str]) -> None:
    api.sign_up()
    first = api.cookie
    refresh(api, first)
    refresh(api, api.cookie)
    newest = api.cookie
    assert refresh(api, first).status == 401
    assert refresh(api, newest).status == 401


def test_an_idle_session_ends_and_a_used_one_lives_on(api: Api, clock: Clock) -> None:
    api.sign_up()
    for _ in range(3):
        clock.ahead += SESSION_IDLE - timedelta(days=1)
        assert refresh(api, api.cookie).status == 200
    clock.ahead += SESSION_IDLE + timedelta(seconds=1)
    assert refresh(api, api.cookie).status == 401


def test_no_session_outlives_its_absolute_end_however_used(api: Api, clock: Clock) -> None:
    api.sign_up()
    while clock.ahead < SESSION_ABSOLUTE - timedelta(days=10):
        clock.ahead += timedelta(days=10)
        answer = refresh(api, api.cookie)
        assert answer.status == 200
    max_age = int(answer.headers["set-cookie"].split("Max-Age=")[1].split(";")[0])
    assert max_age <= timedelta(days=10, seconds=1).total_seconds()
    clock.ahead = SESSION_ABSOLUTE + timedelta(seconds=1)
    assert refresh(api, api.cookie).status == 401


def test_signing_out_works_with_a_stale_cookie_too(api: Api) -> None:
    api.sign_up()
    stale = api.cookie
    refresh(api, stale)
    refresh(api, api.cookie)
    newest = api.cookie
    assert api.call("DELETE", "/sessions/current", headers={**CSRF, "Cookie": stale}).status == 204
    assert refresh(api, newest).status == 401


def test_devices_are_listed_and_one_is_signed_out(api: Api) -> None:
    email = api.sign_up()["email"]
    here = api.cookie
    credentials = {"email": email, "password": factories.PASSWORD}
    other = api.post("/sessions", credentials, {"User-Agent": FIREFOX}).headers["set-cookie"].split(";")[0]
    devices = api.get("/sessions").json["items"]
    assert [(device["name"], device["current"]) for device in devices] == [
        ("Firefox on Linux", False),
        ("A browser on a device", True),
    ]
    assert api.call("DELETE", f"/sessions/{devices[0]['id']}").status == 204
    assert refresh(api, other).status == 401
    assert refresh(api, here).status == 200


def test_nobody_signs_anothers_device_out(api: Api) -> None:
    api.sign_up()
    cookie, device = api.cookie, api.get("/sessions").json["items"][0]["id"]
    api.sign_up()
    assert api.call("DELETE", f"/sessions/{device}").status == 204
    assert refresh(api, cookie).status == 200


def test_signing_out_everywhere_ends_every_device(api: Api) -> None:
    email = api.sign_up()["email"]
    first = api.cookie
    api.post("/sessions", {"email": email, "password": factories.PASSWORD})
    second = api.cookie
    answer = api.call("DELETE", "/sessions")
    assert (answer.status, "Max-Age=0" in answer.headers["set-cookie"]) == (204, True)
    assert {refresh(api, cookie).status for cookie in (first, second)} == {401}


def test_a_changed_password_ends_every_other_session_and_keeps_this_one(api: Api) -> None:
    email = api.sign_up()["email"]
    old = {"email": email, "password": factories.PASSWORD}
    elsewhere = api.post("/sessions", old).headers["set-cookie"].split(";")[0]
    api.token = api.post("/sessions", old).json["access_token"]
    body = {"password": factories.PASSWORD, "new_password": "another fine password"}
    assert api.call("PUT", "/account/password", body).status == 204
    here = api.cookie
    assert refresh(api, elsewhere).status == 401
    assert refresh(api, here).status == 200
    assert api.post("/sessions", old).status == 401
    assert api.post("/sessions", old | {"password": "another fine password"}).status == 201


def test_changing_the_password_asks_for_the_present_one(api: Api) -> None:
    api.sign_up()
    body = {"password": "not the password", "new_password": "another fine password"}
    assert api.call("PUT", "/account/password", body).code == "wrong_credentials"


def test_a_session_of_a_closed_account_is_refused(api: Api) -> None:
    api.sign_up()
    cookie = api.cookie
    assert api.call("DELETE", "/account", {"password": factories.PASSWORD}).status == 204
    assert refresh(api, cookie).status == 401
    assert list(SessionRecord.scan()) == []
