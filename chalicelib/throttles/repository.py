"""Counting in DynamoDB: one conditional write a try."""

from __future__ import annotations

from datetime import UTC, datetime

from pynamodb.exceptions import UpdateError

from chalicelib.dynamo import CONDITION_CHECK_FAILED
from chalicelib.throttles.models import ThrottleRecord


class ThrottlesRepository:
    """Counters."""

    def count(self, key: str, limit: int, until: int) -> bool:
        """Count a try; False, and nothing counted, where `limit` is reached. `until` is in seconds of the epoch."""
        tries, expires = ThrottleRecord.tries, datetime.fromtimestamp(until, UTC)
        try:
            ThrottleRecord(key).update(
                actions=[tries.add(1), ThrottleRecord.expires.set(expires), ThrottleRecord.stamp()],
                condition=tries.does_not_exist() | (tries < limit),
            )
        except UpdateError as error:
            if error.cause_response_code == CONDITION_CHECK_FAILED:
                return False
            raise
        return True
