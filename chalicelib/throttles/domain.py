"""Buckets: how many tries in how long. Windows are fixed, so that a counter is one item and one write."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct


class Bucket(Struct, frozen=True):
    """At most `limit` tries in each window of `seconds`."""

    name: str
    limit: int
    seconds: int

    def window(self, now: datetime) -> int:
        """Return the second at which the present window ends."""
        begun = int(now.timestamp()) // self.seconds
        return (begun + 1) * self.seconds


QUARTER_HOUR = 15 * 60
MINUTE = 60

SIGN_IN_ACCOUNT = Bucket("sign-in-account", 10, QUARTER_HOUR)
SIGN_IN_ADDRESS = Bucket("sign-in-address", 300, MINUTE)
SIGN_UP_ADDRESS = Bucket("sign-up-address", 60, MINUTE)
RESET_ACCOUNT = Bucket("reset-account", 5, QUARTER_HOUR)
RESET_ADDRESS = Bucket("reset-address", 60, MINUTE)
PASSWORD_CHECK = Bucket("password-check", 10, QUARTER_HOUR)
MAIL_REQUEST = Bucket("mail-request", 5, QUARTER_HOUR)
MAILS_TO = Bucket("mails-to", 5, QUARTER_HOUR)
SECOND_FACTOR = Bucket("second-factor", 10, QUARTER_HOUR)
LINK_ADDRESS = Bucket("link-address", 60, MINUTE)
