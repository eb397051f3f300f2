"""Which gateway the shop uses, and what it needs for it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from chalicelib import bootstrap
from chalicelib.errors import NotFound
from chalicelib.keys import generate, keys
from chalicelib.payments.gateway import NotConfigured
from chalicelib.payments.sandbox import SandboxGateway
from chalicelib.payments.stripe import StripeGateway
from chalicelib.settings import settings
from tests.api.client import forget_services

Configure = Callable[..., None]

GOOD = {"secret": "sk_test_1", "webhook": "whsec_1", "publishable": "pk_test_1"}


@pytest.fixture
def configure(monkeypatch: pytest.MonkeyPatch) -> Iterator[Configure]:
    """Choose Stripe, with these keys."""

    def choose(secret: str, webhook: str, publishable: str) -> None:
        monkeypatch.setenv("PAYMENT_GATEWAY", "stripe")
        monkeypatch.setenv("STRIPE_PUBLISHABLE_KEY", publishable)
        settings.cache_clear()
        held = msgspec.structs.replace(keys(), stripe_secret_key=secret, stripe_webhook_secret=webhook)
        monkeypatch.setattr(bootstrap, "keys", lambda: held)
        forget_services()

    yield choose
    monkeypatch.undo()
    settings.cache_clear()
    forget_services()


def test_a_shop_that_was_told_nothing_plays_with_the_sandbox() -> None:
    forget_services()
    assert isinstance(bootstrap.gateway(), SandboxGateway)


def test_a_shop_that_was_told_so_uses_stripe_and_has_no_test_bank(configure: Configure) -> None:
    configure(**GOOD)
    assert isinstance(bootstrap.gateway(), StripeGateway)
    with pytest.raises(NotFound):
        bootstrap.sandbox()


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"secret": ""}, "stripe_secret_key (sk_…) in {secrets}"),
        ({"secret": "pk_test_1"}, "stripe_secret_key (sk_…) in {secrets}"),
        ({"webhook": ""}, "stripe_webhook_secret (whsec_…) in {secrets}"),
        ({"publishable": ""}, "STRIPE_PUBLISHABLE_KEY (pk_…) in the environment"),
        ({"publishable": "sk_test_1"}, "STRIPE_PUBLISHABLE_KEY (pk_…) in the environment"),
    ],
)
def test_without_a_key_stripe_is_refused_in_one_sentence_that_names_it(
    configure: Configure, wrong: dict[str, str], told: str
) -> None:
    configure(**GOOD | wrong)
    with pytest.raises(NotConfigured) as refused:
        bootstrap.gateway()
    lacks = told.format(secrets=settings().secrets_file)
    assert str(refused.value) == f"PAYMENT_GATEWAY is stripe, but it lacks {lacks}: see docs/payments.md."


def test_everything_that_is_missing_is_named_at_once(configure: Configure) -> None:
    configure(secret="", webhook="", publishable="")
    with pytest.raises(NotConfigured) as refused:
        bootstrap.gateway()
    assert str(refused.value).count(" and ") == 2


def test_make_run_stops_with_that_sentence_and_leaves_a_file_to_write_the_keys_into(tmp_path: Path) -> None:
    environment = os.environ | {"PAYMENT_GATEWAY": "stripe", "SECRETS_FILE": str(tmp_path / "secrets.json")}
    prepared = subprocess.run(
        [sys.executable, "-m", "dev.prepare"], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert prepared.returncode == 1
    assert prepared.stderr.startswith("PAYMENT_GATEWAY is stripe, but it lacks stripe_secret_key")
    assert len(prepared.stderr.splitlines()) == 1
    written = msgspec.json.decode((tmp_path / "secrets.json").read_bytes())
    assert (written["stripe_secret_key"], written["stripe_webhook_secret"]) == ("", "")


def test_keys_that_were_written_into_the_secrets_stay_there(tmp_path: Path) -> None:
    file = tmp_path / "secrets.json"
    file.write_text('{"stripe_secret_key": "sk_test_1", "stripe_webhook_secret": "whsec_1"}')
    generate(file)
    first = msgspec.json.decode(file.read_bytes())
    generate(file)
    assert (first["stripe_secret_key"], first["stripe_webhook_secret"]) == ("sk_test_1", "whsec_1")
    assert msgspec.json.decode(file.read_bytes()) == first
