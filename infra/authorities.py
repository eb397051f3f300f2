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
    r"^# Subject: (?P<subject>.*)\n(?:#.*\n)*"
    r"(?P<certificate>-----BEGIN CERTIFICATE-----\n[^-]+-----END CERTIFICATE-----\n)",
    re.MULTILINE,
)


def gather(staged: Path) -> None:
    """Write those of botocore's bundle that are Amazon's beside the shop's code. Raises Fault where one is missing."""
    bundle = (staged / "botocore" / "cacert.pem").read_text(encoding="utf-8")
    (staged / "chalicelib" / AMAZONS.name).write_text(amazons(bundle))


def amazons(bundle: str) -> str:
    """Return Amazon's part of a bundle whose certificates each stand under a comment with the subject. Raises Fault."""
    known = {found["subject"]: found["certificate"] for found in CERTIFICATE.finditer(bundle)}
    chosen = [[one for subject, one in known.items() if subject.startswith(name)] for name in NAMES]
    if not all(chosen):
        missing = ", ".join(name.strip() for name, found in zip(NAMES, chosen, strict=True) if not found)
        raise Fault(f"botocore's cacert.pem does not name {missing}. See whether infra/authorities.py is up to date.")
    return "".join(one for found in chosen for one in found)
