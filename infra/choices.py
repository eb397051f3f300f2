"""What the one who deploys may say, by environment variables. What is not said stays as it was deployed last."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Annotated, get_args

import msgspec
from msgspec import Struct

from chalicelib.fields import EMAIL
from chalicelib.settings import GatewayName
from chalicelib.version import VERSION
from infra.faults import Fault
from infra.package import Architecture, machine

# Says that something which was chosen before is chosen no more.
NONE = "none"
# CloudFront takes certificates from this region only.
CERTIFICATE = re.compile(r"arn:aws[\w-]*:acm:us-east-1:\d{12}:certificate/[\w-]+")
DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")

# By variable: the parameter or output of the stack that remembers it.
REMEMBERED = {
    "DOMAIN": "DomainName",
    "CERTIFICATE": "CertificateArn",
    "ALARM_EMAIL": "AlarmEmail",
    "MONTHLY_BUDGET": "MonthlyBudget",
    "PAYMENT_GATEWAY": "PaymentGateway",
    "STRIPE_PUBLISHABLE_KEY": "StripePublishableKey",
    "ARCHITECTURE": "Architecture",
    "TRACING": "Tracing",
}
DEFAULTS = {"MONTHLY_BUDGET": "50", "PAYMENT_GATEWAY": "sandbox", "ARCHITECTURE": "arm64", "TRACING": "0"}
ONE_OF = {
    "PAYMENT_GATEWAY": get_args(GatewayName),
    "ARCHITECTURE": get_args(Architecture),
    "TRACING": ("0", "1"),
}


class Choices(Struct, frozen=True):
    """All that can be chosen. `budget` is in US dollars a month."""

    domain: str = ""
    certificate: str = ""
    alarm_email: str = ""
    budget: str = DEFAULTS["MONTHLY_BUDGET"]
    gateway: GatewayName = "sandbox"
    stripe_key: str = ""
    architecture: Architecture = "arm64"
    tracing: bool = False
    release: str = VERSION


def choices(known: Mapping[str, str]) -> Choices:
    """Read and check them, given the stack's parameters and outputs, and tell them. Raises Fault, naming a variable."""
    before = {variable: known.get(name, "") for variable, name in REMEMBERED.items()}
    if before["CERTIFICATE"].endswith(f"/{NONE}"):
        before["CERTIFICATE"] = ""
    chosen = {variable: _chosen(variable, before[variable]) for variable in REMEMBERED}
    _check(chosen)
    for variable, value in chosen.items():
        if value or before[variable]:
            changed = f", until now {before[variable]}" if before[variable] not in {"", value} else ""
            print(f"  {variable}={value or NONE}{changed}")
    if not chosen["ALARM_EMAIL"]:
        print("  Nobody will hear of alarms: ALARM_EMAIL=… says who.")
    return Choices(
        domain=chosen["DOMAIN"],
        certificate=chosen["CERTIFICATE"],
        alarm_email=chosen["ALARM_EMAIL"],
        budget=chosen["MONTHLY_BUDGET"],
        gateway=chosen["PAYMENT_GATEWAY"],  # type: ignore[arg-type] # It is one of them.
        stripe_key=chosen["STRIPE_PUBLISHABLE_KEY"],
        architecture=chosen["ARCHITECTURE"],  # type: ignore[arg-type]
        tracing=chosen["TRACING"] == "1",
        release=os.environ.get("RELEASE") or VERSION,
    )


def _chosen(variable: str, before: str) -> str:
    default = DEFAULTS.get(variable, "")
    if variable == "ARCHITECTURE" and os.environ.get("AWS_ENDPOINT_URL"):
        # The local AWS runs functions on this machine.
        default = machine()
    said = os.environ.get(variable) or before or default
    return default if said == NONE else said


def _check(chosen: Mapping[str, str]) -> None:
    for variable, known in ONE_OF.items():
        if chosen[variable] not in known:
            raise Fault(f"{variable}={chosen[variable]} is not known: it is {' or '.join(known)}.")
    if bool(chosen["DOMAIN"]) != bool(chosen["CERTIFICATE"]):
        raise Fault("A domain name and its certificate go together: DOMAIN=… CERTIFICATE=arn:aws:acm:us-east-1:…")
    _check_form(chosen, "DOMAIN", DOMAIN, "a domain name, such as shop.example.com: no https://, no path")
    _check_form(chosen, "CERTIFICATE", CERTIFICATE, "a certificate for CloudFront: arn:aws:acm:us-east-1:…, made there")
    _check_form(chosen, "MONTHLY_BUDGET", re.compile(r"[1-9]\d{0,6}"), "an amount of US dollars, such as 50")
    _check_form(chosen, "STRIPE_PUBLISHABLE_KEY", re.compile(r"pk_\w+"), "a publishable key of Stripe's: pk_…")
    if chosen["ALARM_EMAIL"]:
        _check_address(chosen["ALARM_EMAIL"])


def _check_form(chosen: Mapping[str, str], variable: str, form: re.Pattern[str], what: str) -> None:
    if chosen[variable] and not form.fullmatch(chosen[variable]):
        raise Fault(f"{variable}={chosen[variable]} is not {what}.")


def _check_address(address: str) -> None:
    try:
        msgspec.convert(address, Annotated[str, EMAIL])
    except msgspec.ValidationError:
        raise Fault(f"ALARM_EMAIL={address} is not an e-mail address.") from None
