"""The API on moto: in one thread, because moto oversells under several."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from moto import mock_aws

from chalicelib import bootstrap
from chalicelib.once import once
from infra.tables import create_missing
from tests import factories
from tests.api.client import Api, forget_services
from tests.snapshots import ShelfSource

UNITS = 12


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """A shop with a teapot in two colours, a mug, a knife, and a block that is sold out."""
    with mock_aws():
        forget_services()
        create_missing()
        source = ShelfSource(lambda: bootstrap.catalogue().inventory().listings)
        monkeypatch.setattr(bootstrap, "snapshots", once(lambda: source))
        add = bootstrap.catalogue().add_product
        add(factories.product("teapot", featured=True), {"TEAPOT-SAGE": UNITS, "TEAPOT-INK": 3})
        add(factories.single("mug", 1400, category="bowls-and-tableware"), {"MUG": UNITS})
        add(factories.single("knife", 7200, category="knives-and-boards"), {"KNIFE": UNITS})
        add(factories.single("block", 23500, category="knives-and-boards"), {"BLOCK": 0})
        yield Api()
