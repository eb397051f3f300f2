"""How whole numbers are kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pynamodb.attributes import NumberAttribute

from chalicelib.attributes import WholeNumber


@given(st.integers())
def test_a_whole_number_is_kept_and_read_as_pynamodb_does(number: int) -> None:
    kept = WholeNumber().serialize(number)
    assert kept == NumberAttribute().serialize(number)  # type: ignore[no-untyped-call]
    assert WholeNumber().deserialize(kept) == number


def test_a_fraction_is_refused() -> None:
    with pytest.raises(ValueError, match="format code 'd'"):
        WholeNumber().serialize(1.5)  # type: ignore[arg-type]
