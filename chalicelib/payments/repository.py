"""Reads and conditional writes of the sandbox's payments."""

from __future__ import annotations

from typing import cast

from pynamodb.exceptions import DoesNotExist, PutError, UpdateError

from chalicelib.dynamo import CONDITION_CHECK_FAILED
from chalicelib.money import Money
from chalicelib.payments.gateway import PaymentStatus
from chalicelib.payments.models import SandboxPaymentRecord
from chalicelib.payments.sandbox import SandboxPayment


class SandboxRepository:
    """The sandbox's payments."""

    def add(self, payment: SandboxPayment) -> None:
        """Remember a payment, unless its id is taken."""
        record = SandboxPaymentRecord(
            payment.payment_id,
            method=payment.method,
            status=payment.status,
            amount=payment.amount.amount,
            currency=payment.amount.currency,
        )
        try:
            record.save(condition=SandboxPaymentRecord.payment_id.does_not_exist())
        except PutError as error:
            if error.cause_response_code != CONDITION_CHECK_FAILED:
                raise

    def get(self, payment_id: str) -> SandboxPayment | None:
        """Return a payment, or None."""
        try:
            record = SandboxPaymentRecord.get(payment_id, consistent_read=True)
        except DoesNotExist:
            return None
        amount = Money(int(record.amount), record.currency)
        return SandboxPayment(record.payment_id, record.method, cast(PaymentStatus, record.status), amount)

    def move(self, payment_id: str, before: str, after: str) -> None:
        """Change a payment's status if it still is `before`."""
        try:
            SandboxPaymentRecord(payment_id).update(
                actions=[SandboxPaymentRecord.status.set(after)], condition=SandboxPaymentRecord.status == before
            )
        except UpdateError as error:
            if error.cause_response_code != CONDITION_CHECK_FAILED:
                raise
