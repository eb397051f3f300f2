"""What the one who deploys says, what stays as it was, and what cannot be."""

from __future__ import annotations

import pytest

from infra.choices import REMEMBERED, Choices, choices
from infra.faults import Fault

CERTIFICATE = "arn:aws:acm:us-east-1:123456789012:certificate/0f0f-11"


@pytest.fixture(autouse=True)
def unsaid(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in REMEMBERED:
        monkeypatch.delenv(variable, raising=False)


def say(monkeypatch: pytest.MonkeyPatch, said: dict[str, str]) -> None:
    for name, value in said.items():
        monkeypatch.setenv(name, value)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"DOMAIN": "shop.example"}, "CERTIFICATE="),
        ({"CERTIFICATE": CERTIFICATE}, "DOMAIN="),
        ({"DOMAIN": "https://shop.example/", "CERTIFICATE": CERTIFICATE}, "DOMAIN=https://shop.example/ is not"),
        ({"DOMAIN": "shop.example", "CERTIFICATE": CERTIFICATE.replace("us-east-1", "eu-west-2")}, "us-east-1"),
        ({"ALARM_EMAIL": "ada"}, "ALARM_EMAIL=ada is not"),
        ({"PAYMENT_GATEWAY": "paypal"}, "PAYMENT_GATEWAY=paypal is not known: it is sandbox or stripe"),
        ({"ARCHITECTURE": "sparc"}, "ARCHITECTURE=sparc is not known: it is arm64 or x86_64"),
        ({"TRACING": "yes"}, "TRACING=yes is not known: it is 0 or 1"),
        ({"MONTHLY_BUDGET": "-5"}, "MONTHLY_BUDGET=-5 is not an amount"),
        ({"STRIPE_PUBLISHABLE_KEY": "sk_live_1"}, "STRIPE_PUBLISHABLE_KEY=sk_live_1 is not"),
    ],
    ids=lambda said: " ".join(said) if isinstance(said, dict) else "",
)
def test_a_choice_that_cannot_be_is_told_by_its_name(
    said: dict[str, str], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    say(monkeypatch, said)
    with pytest.raises(Fault) as fault:
        choices({})
    assert words in str(fault.value)


def test_what_is_said_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"DOMAIN": "shop.example", "CERTIFICATE": CERTIFICATE, "ALARM_EMAIL": "ada@example.com", "TRACING": "1"}
    say(monkeypatch, said)
    assert choices({}) == Choices("shop.example", CERTIFICATE, "ada@example.com", tracing=True)


BEFORE = {
    "DomainName": "shop.example",
    "CertificateArn": CERTIFICATE,
    "AlarmEmail": "ada@example.com",
    "MonthlyBudget": "80",
    "PaymentGateway": "stripe",
    "StripePublishableKey": "pk_live_1",
    "Architecture": "x86_64",
    "Tracing": "1",
}


def test_what_is_not_said_stays_as_it_was() -> None:
    kept = choices(BEFORE)
    assert kept == Choices(
        "shop.example", CERTIFICATE, "ada@example.com", "80", "stripe", "pk_live_1", "x86_64", tracing=True
    )


def test_what_changes_is_told_with_what_it_was(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    say(monkeypatch, {"PAYMENT_GATEWAY": "sandbox"})
    assert choices(BEFORE).gateway == "sandbox"
    told = capsys.readouterr().out
    assert "PAYMENT_GATEWAY=sandbox, until now stripe\n" in told
    assert "DOMAIN=shop.example\n" in told


def test_none_takes_a_choice_back(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    say(monkeypatch, {"DOMAIN": "none", "CERTIFICATE": "none", "ALARM_EMAIL": "none", "PAYMENT_GATEWAY": "none"})
    chosen = choices(BEFORE)
    assert (chosen.domain, chosen.certificate, chosen.alarm_email, chosen.gateway) == ("", "", "", "sandbox")
    told = capsys.readouterr().out
    assert "DOMAIN=none, until now shop.example" in told
    assert "Nobody will hear of alarms" in told
