"""Amazon's certificate authorities, for which a cold start need not read everybody's."""

from __future__ import annotations

import re
from pathlib import Path

from chalicelib.trust import AMAZONS
from infra.faults import Fault

# https://www.amazontrust.com/repository/
NAMES = (
    "CN=Amazon Root CA 1 ",
    "CN=Amazon Root CA 2 ",
    "CN=Amazon Root CA 3 ",
    "CN=Amazon Root CA 4 ",
    "CN=Starfield Services Root Certificate Authority - G2 ",
)
CERTIFICATE = re.compile(
    r"^# Subject: (.*)\n(?:#.*\n)*(-----BEGIN CERTIFICATE-----\n[^-]+-----END CERTIFICATE-----\n)",
    re.MULTILINE,
)


def gather(staged: Path) -> None:
    """Write those of botocore's bundle that are Amazon's beside the shop's code. Raises Fault where one is missing."""
    bundle = (staged / "botocore" / "cacert.pem").read_text(encoding="utf-8")
    (staged / "chalicelib" / AMAZONS.name).write_text(amazons(bundle))


def amazons(bundle: str) -> str:
    """Return Amazon's part of a bundle whose certificates each stand under a comment with the subject. Raises Fault."""
    found = CERTIFICATE.findall(bundle)
    chosen = {name: certificate for subject, certificate in found for name in NAMES if subject.startswith(name)}
    if missing := ", ".join(name.strip() for name in NAMES if name not in chosen):
        raise Fault(f"botocore's cacert.pem does not name {missing}. See whether infra/authorities.py is up to date.")
    return "".join(chosen.values())
