"""Use cases of payments that are no gateway's own: remembering which news was acted on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from chalicelib.ledger import Write
from chalicelib.payments.gateway import PaymentEvent


class Repository(Protocol):
    """What events need of their store; chalicelib.payments.repository says what each does."""

    def add(self, event: PaymentEvent, at: datetime) -> Write: ...


class PaymentEvents:
    """What gateways have told."""

    def __init__(self, repository: Repository, now: Callable[[], datetime]) -> None:
        self._repository = repository
        self._now = now

    def acted_on(self, event: PaymentEvent) -> Write:
        """Return the write that goes with whatever an event causes; an event that was acted on before refuses."""
        return self._repository.add(event, self._now())
