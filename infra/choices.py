"""What the one who deploys may say, by environment variables."""

from __future__ import annotations

import os
import re
from typing import Annotated, get_args

import msgspec
from msgspec import Struct

from chalicelib.fields import EMAIL
from chalicelib.version import VERSION
from infra.faults import Fault
from infra.package import Architecture, machine

GATEWAYS = ("sandbox", "stripe")
# CloudFront takes certificates from this region only.
CERTIFICATE = re.compile(r"arn:aws[\w-]*:acm:us-east-1:\d{12}:certificate/[\w-]+")
DOMAIN = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")


class Choices(Struct, frozen=True):
    """Each of them has a default."""

    domain: str = ""
    certificate: str = ""
    alarm_email: str = ""
    gateway: str = "sandbox"
    architecture: Architecture = "arm64"
    tracing: bool = False
    release: str = VERSION


def choices() -> Choices:
    """Read and check them. Raises Fault, which names the variable."""
    said = os.environ
    architecture = said.get("ARCHITECTURE") or (machine() if "AWS_ENDPOINT_URL" in said else "arm64")
    chosen = Choices(
        said.get("DOMAIN", ""),
        said.get("CERTIFICATE", ""),
        said.get("ALARM_EMAIL", ""),
        said.get("PAYMENT_GATEWAY") or "sandbox",
        _one_of("ARCHITECTURE", architecture, get_args(Architecture)),  # type: ignore[arg-type]
        said.get("TRACING", "") == "1",
        said.get("RELEASE") or VERSION,
    )
    _one_of("PAYMENT_GATEWAY", chosen.gateway, GATEWAYS)
    _check_name(chosen)
    if chosen.alarm_email:
        _check_address(chosen.alarm_email)
    return chosen


def _one_of(variable: str, value: str, known: tuple[str, ...]) -> str:
    if value not in known:
        raise Fault(f"{variable}={value} is not known: it is {' or '.join(known)}.")
    return value


def _check_name(chosen: Choices) -> None:
    if bool(chosen.domain) != bool(chosen.certificate):
        raise Fault("A domain name and its certificate go together: DOMAIN=… CERTIFICATE=arn:aws:acm:us-east-1:…")
    if chosen.domain and not DOMAIN.fullmatch(chosen.domain):
        raise Fault(f"DOMAIN={chosen.domain} is no domain name, such as shop.example.com: no https://, no path.")
    if chosen.certificate and not CERTIFICATE.fullmatch(chosen.certificate):
        raise Fault(
            f"CERTIFICATE={chosen.certificate} is no certificate for CloudFront: arn:aws:acm:us-east-1:…, made there."
        )


def _check_address(address: str) -> None:
    try:
        msgspec.convert(address, Annotated[str, EMAIL])
    except msgspec.ValidationError:
        raise Fault(f"ALARM_EMAIL={address} is no e-mail address.") from None
