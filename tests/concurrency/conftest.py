from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.tables import create_missing
from tests.emulator import emulator


@pytest.fixture(scope="package")
def local_aws() -> Iterator[None]:
    """The local AWS with the shop's tables."""
    with emulator():
        create_missing()
        yield
