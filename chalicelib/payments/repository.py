"""What gateways have told us, and the sandbox's payments, in DynamoDB."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import cast

from pynamodb.exceptions import DoesNotExist, PutError, UpdateError

from chalicelib.dynamo import CONDITION_CHECK_FAILED, DynamoWrite
from chalicelib.money import Money
from chalicelib.payments.gateway import PaymentEvent, PaymentStatus
from chalicelib.payments.models import PaymentEventRecord, SandboxPaymentRecord
from chalicelib.payments.sandbox import SandboxPayment

# Longer than any gateway goes on repeating itself.
EVENTS_KEPT = timedelta(days=40)


class EventsRepository:
    """News that was acted on."""

    def add(self, event: PaymentEvent, at: datetime) -> DynamoWrite:
        """Remember that an event was acted on; refuses as `event:ID` what was remembered before."""
        record = PaymentEventRecord(event.event_id, payment_id=event.payment_id, expires=at + EVENTS_KEPT)
        unseen = PaymentEventRecord.event_id.does_not_exist()
        return DynamoWrite(f"event:{event.event_id}", "put", lambda t: t.save(record, condition=unseen))


class SandboxRepository:
    """The sandbox's payments."""

    def add(self, payment: SandboxPayment) -> SandboxPayment:
        """Remember a payment unless its id is taken; returns the one that has the id."""
        record = SandboxPaymentRecord(
            payment.payment_id,
            order_id=payment.order_id,
            status=payment.status,
            amount=payment.amount.amount,
            currency=payment.amount.currency,
        )
        try:
            record.save(condition=SandboxPaymentRecord.payment_id.does_not_exist())
        except PutError as error:
            if error.cause_response_code != CONDITION_CHECK_FAILED:
                raise
            return self.get(payment.payment_id) or payment
        return payment

    def get(self, payment_id: str) -> SandboxPayment | None:
        """Return a payment, or None."""
        try:
            return _facts(SandboxPaymentRecord.get(payment_id, consistent_read=True))
        except DoesNotExist:
            return None

    def move(
        self, payment_id: str, before: tuple[PaymentStatus, ...], after: PaymentStatus, **facts: str
    ) -> SandboxPayment | None:
        """Change a payment's status, and facts that come with it, if it is one of `before`; None where it is not."""
        record = SandboxPaymentRecord(payment_id)
        changes = [getattr(SandboxPaymentRecord, name).set(value) for name, value in facts.items()]
        try:
            record.update(
                actions=[SandboxPaymentRecord.status.set(after), *changes],
                condition=SandboxPaymentRecord.status.is_in(*before),
            )
        except UpdateError as error:
            if error.cause_response_code != CONDITION_CHECK_FAILED:
                raise
            return None
        return _facts(record)

    def all(self) -> Iterator[SandboxPayment]:
        """Yield every payment."""
        return (_facts(record) for record in SandboxPaymentRecord.scan(consistent_read=True))


def _facts(record: SandboxPaymentRecord) -> SandboxPayment:
    return SandboxPayment(
        payment_id=record.payment_id,
        order_id=record.order_id,
        status=cast(PaymentStatus, record.status),
        amount=Money(int(record.amount), record.currency),
        method=record.method,
        return_url=record.return_url,
    )
