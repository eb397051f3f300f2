"""Keys, letters, devices and throttles, each by itself."""

from __future__ import annotations

import stat
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from chalicelib import keys as keys_module
from chalicelib.http.guards import device_name
from chalicelib.keys import Keyring, Keys, generate, keys, rotate_signing
from chalicelib.notifications.letters import TEMPLATES, Letters
from chalicelib.sessions.domain import REPLACED_TOKEN_GRACE, begun, rotated
from chalicelib.throttles.domain import Bucket
from chalicelib.throttles.service import ThrottlesService, TooManyAttempts
from tests import factories
from tests.memory import MemoryThrottles


def read(path: Path) -> Keys:
    return msgspec.json.decode(path.read_bytes(), type=Keys)


def test_keys_are_generated_once_for_their_owners_eyes(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "secrets.json"
    generate(path)
    first = read(path)
    generate(path)
    assert read(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_keys_that_a_newer_version_needs_are_added_to_those_that_are_there(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    generate(path)
    older = msgspec.json.decode(path.read_bytes())
    del older["links"]
    path.write_bytes(msgspec.json.encode(older))
    generate(path)
    assert read(path).orders == older["orders"]
    assert read(path).links


def test_keys_show_nothing_when_printed() -> None:
    assert keys().orders not in repr(keys())


def test_a_rotated_key_signs_and_the_one_before_still_verifies(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    generate(path)
    assert rotate_signing(path) == "k2"
    assert rotate_signing(path) == "k3"
    rotated_keys = read(path)
    assert rotated_keys.signing_id == "k3"
    assert set(rotated_keys.signing) == {"k2", "k3"}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_running_process_learns_of_a_rotated_key_once_a_minute(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    generate(path)
    clock, readings = [0.0], []

    def reading() -> Keys:
        readings.append(1)
        return read(path)

    ring = Keyring(reading, lambda: clock[0])
    rotate_signing(path)
    assert ring.verifying("k2") is None
    clock[0] = 61
    assert ring.verifying("k2") is not None
    assert ring.signing()[0] == "k2"
    for _ in range(100):
        assert ring.verifying("forged") is None
    assert len(readings) == 2


def test_while_the_store_of_keys_is_away_those_that_are_known_serve_on() -> None:
    clock, readings = [0.0], [0]

    def away() -> Keys:
        readings[0] += 1
        if readings[0] > 1:
            raise OSError
        return keys()

    ring = Keyring(away, lambda: clock[0])
    clock[0] = 301
    for _ in range(5):
        assert ring.signing()[0] == keys().signing_id
        assert ring.verifying("forged") is None
    assert readings == [2]


def test_a_process_that_only_signs_learns_of_a_rotated_key_too(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    generate(path)
    clock = [0.0]
    ring = Keyring(lambda: read(path), lambda: clock[0])
    rotate_signing(path)
    assert ring.signing()[0] == "k1"
    clock[0] = 301
    assert ring.signing()[0] == "k2"


def test_keys_come_from_ssm_where_a_parameter_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    import boto3
    from moto import mock_aws

    from chalicelib import settings as settings_module

    with mock_aws():
        ssm = boto3.client("ssm", region_name="eu-west-2")
        ssm.put_parameter(Name="/shop/keys", Value=msgspec.json.encode(keys()).decode(), Type="SecureString")
        named = msgspec.structs.replace(settings_module.settings(), secrets_parameter="/shop/keys", secrets_file=Path())
        monkeypatch.setattr(keys_module, "settings", lambda: named)
        assert keys_module.keyring().signing() == (keys().signing_id, keys().signing[keys().signing_id])


ABOUT_AN_ORDER = {
    "order": "0123#key=456",
    "number": "HL-7K3D-9Q2M",
    "lines": "1 × Teapot: £48.00",
    "discount": "10 % off: -£4.80",
    "delivery": "Standard delivery: £3.95",
    "total": "£51.95",
    "city": "Stoke-on-Trent",
}
LINKED = {"welcome", "new_email", "reset"}


@pytest.mark.parametrize("template", sorted(file.stem for file in TEMPLATES.glob("*.txt")))
def test_every_letter_reads_well_as_text_and_as_html(template: str) -> None:
    values = {"token": "T0KEN", "purpose": "verify", "nonce": "n"} if template in LINKED else ABOUT_AN_ORDER
    letter = Letters("Hearth & Ladle", "https://shop.example").write(template, "ada@example.com", values)
    assert letter.subject
    assert "\n" not in letter.subject
    assert "Hearth & Ladle" in letter.text
    assert "Hearth &amp; Ladle" in letter.html
    assert ("#token=T0KEN" in letter.text) == (template in LINKED)
    assert letter.text.count("https://") == letter.html.count("href=")
    assert "nonce" not in letter.text


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("", "A browser on a device"),
        ("curl/8.5.0", "A browser on a device"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1", "Safari on iPhone"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 15) Version/19.0 Safari/605.1.15", "Safari on macOS"),
    ],
)
def test_a_device_is_named_as_people_would(user_agent: str, name: str) -> None:
    assert device_name(user_agent) == name


def test_a_session_knows_its_tokens() -> None:
    now = factories.NOW
    first = begun("a", "f", "one", 0, "Firefox on Linux", now)
    second = rotated(first, "two", now)
    assert first.standing("one", now) == "current"
    assert second.standing("two", now) == "current"
    assert second.standing("one", now + REPLACED_TOKEN_GRACE) == "just_replaced"
    assert second.standing("one", now + REPLACED_TOKEN_GRACE + timedelta(seconds=1)) == "reused"
    assert second.standing("none of ours", now) == "reused"
    assert second.standing("two", second.idle_until) == "over"
    assert rotated(second, "three", second.absolute_until - timedelta(days=1)).idle_until == second.absolute_until


def test_a_full_bucket_says_when_its_window_ends_and_empties_then() -> None:
    now = [factories.NOW]
    service = ThrottlesService(MemoryThrottles(), keys(), lambda: now[0])
    bucket = Bucket("test", 3, 60)
    now[0] += timedelta(seconds=20)
    for _ in range(3):
        service.admit(bucket, "ada", "192.0.2.1")
    with pytest.raises(TooManyAttempts) as full:
        service.admit(bucket, "ada", "192.0.2.1")
    assert full.value.headers == {"Retry-After": "40"}
    service.admit(bucket, "ada", "192.0.2.2")
    service.admit(bucket, "bob", "192.0.2.1")
    now[0] += timedelta(seconds=40)
    service.admit(bucket, "ada", "192.0.2.1")


def test_throttles_keep_nobodys_address() -> None:
    store = MemoryThrottles()
    ThrottlesService(store, keys(), lambda: factories.NOW).admit(Bucket("test", 3, 60), "grace@example.com")
    assert "grace" not in repr(store.tries)  # no letter g in a hexadecimal digest
