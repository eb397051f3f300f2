"""The second factor: time-based codes (RFC 6238) from an authenticator app, and recovery codes."""

from __future__ import annotations

import secrets
from datetime import datetime

STEP_SECONDS = 30
STEPS_OF_GRACE = 1
RECOVERY_CODES = 10
ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"
GROUP = 5


class Totp:
    """Makes secrets, and says which time step a code belongs to."""

    def secret(self) -> str:
        """Return a new secret: 160 bits in base 32, as apps take it."""
        import pyotp

        return pyotp.random_base32()

    def uri(self, secret: str, email: str, issuer: str) -> str:
        """Return the otpauth:// URI that a QR code holds."""
        import pyotp

        return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name=issuer)

    def qr(self, uri: str) -> list[str]:
        """Return a QR code's rows, `1` for dark; without a quiet zone."""
        import segno

        return ["".join("1" if dark else "0" for dark in row) for row in segno.make(uri, error="m").matrix]

    def step(self, secret: str, code: str, now: datetime, after: int) -> int | None:
        """Return the time step of a code that is right now, or one step off, and newer than step `after`."""
        import pyotp

        present = int(now.timestamp()) // STEP_SECONDS
        totp = pyotp.TOTP(secret)
        for step in range(present - STEPS_OF_GRACE, present + STEPS_OF_GRACE + 1):
            if step > after and secrets.compare_digest(totp.at(step * STEP_SECONDS), code):
                return step
        return None


def recovery_codes() -> list[str]:
    """Return new recovery codes of 49 bits each, in two groups that are easy to copy."""
    return [f"{_letters()}-{_letters()}" for _ in range(RECOVERY_CODES)]


def plain(code: str) -> str:
    """Return a code without the spaces, hyphens and capitals that people add."""
    return "".join(code.split()).replace("-", "").lower()


def _letters() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(GROUP))
