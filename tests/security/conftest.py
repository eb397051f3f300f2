"""The same shop on moto that the API's tests have, at a moment that does not pass."""

from datetime import UTC, datetime

import pytest

from chalicelib import bootstrap
from tests.api.conftest import api as api


@pytest.fixture(autouse=True)
def one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the shop's clock, so that no throttle's window ends in the middle of a test."""
    moment = datetime.now(UTC)
    monkeypatch.setattr(bootstrap, "now", lambda: moment)
