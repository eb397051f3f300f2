"""Whom TLS trusts: Amazon's own authorities vouch for AWS. To read all that a machine trusts takes 20 ms, these 1."""

from __future__ import annotations

from pathlib import Path

# Beside the code in the package for Lambda, of which infra/authorities.py makes it; not on a laptop.
AMAZONS = Path(__file__).with_name("amazon.pem")


def amazons() -> str | None:
    """Return the file of Amazon's authorities, if there is one. Where they do not vouch, all others are to be asked."""
    return str(AMAZONS) if AMAZONS.exists() else None
