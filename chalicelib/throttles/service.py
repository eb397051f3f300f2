"""Use cases of throttles: letting a try pass, or saying when the next one may."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from typing import Protocol

from chalicelib.errors import ShopError
from chalicelib.keys import Keys, derive
from chalicelib.log import security_event
from chalicelib.throttles.domain import LINK_ADDRESS as LINK_ADDRESS
from chalicelib.throttles.domain import MAIL_REQUEST as MAIL_REQUEST
from chalicelib.throttles.domain import MAILS_TO as MAILS_TO
from chalicelib.throttles.domain import PASSWORD_CHECK as PASSWORD_CHECK
from chalicelib.throttles.domain import RESET_ACCOUNT as RESET_ACCOUNT
from chalicelib.throttles.domain import RESET_ADDRESS as RESET_ADDRESS
from chalicelib.throttles.domain import SECOND_FACTOR as SECOND_FACTOR
from chalicelib.throttles.domain import SIGN_IN_ACCOUNT as SIGN_IN_ACCOUNT
from chalicelib.throttles.domain import SIGN_IN_ADDRESS as SIGN_IN_ADDRESS
from chalicelib.throttles.domain import SIGN_UP_ADDRESS as SIGN_UP_ADDRESS
from chalicelib.throttles.domain import Bucket


class TooManyAttempts(ShopError):
    """A bucket is full. Retry-After says, in seconds, when its window ends (RFC 9110, 10.2.3)."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "too_many_attempts"
    title = "Too many attempts"

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Please try again in {seconds} seconds.", headers={"Retry-After": str(seconds)})


class Repository(Protocol):
    """What throttles need of their store; chalicelib.throttles.repository says what it does."""

    def count(self, key: str, limit: int, until: int) -> bool: ...


class ThrottlesService:
    """Counts tries. A bucket holds whoever tries and where from, so that no stranger can lock anyone out."""

    def __init__(self, repository: Repository, keys: Keys, now: Callable[[], datetime]) -> None:
        self._repository = repository
        self._secret = keys.refresh
        self._now = now

    def admit(self, bucket: Bucket, *subject: str) -> None:
        """Count a try of a subject, kept as a hash only; raises TooManyAttempts when its bucket is full."""
        now = self._now()
        until = bucket.window(now)
        who = derive(self._secret, "\n".join(("throttle", *subject))).hex()
        if not self._repository.count(f"{bucket.name}#{until}#{who}", bucket.limit, until):
            security_event("throttled", bucket=bucket.name)
            raise TooManyAttempts(max(1, until - int(now.timestamp())))
