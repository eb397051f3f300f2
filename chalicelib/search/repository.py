"""The searches that found nothing, counted in DynamoDB."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from chalicelib.search.domain import MissedSearch
from chalicelib.search.models import MissedSearchRecord

KEPT = timedelta(days=90)


class MissedSearches:
    """One item a query; it goes when nobody has asked for that long."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def count(self, words: str) -> None:
        """Count a search."""
        now, record = self._now(), MissedSearchRecord
        record(words).update(
            actions=[record.times.add(1), record.last_at.set(now), record.expires.set(now + KEPT), record.stamp()],
        )

    def all(self) -> Iterator[MissedSearch]:
        """Yield every search, in no order."""
        for record in MissedSearchRecord.scan():
            yield MissedSearch(record.words, int(record.times), record.last_at)
