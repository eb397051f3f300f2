"""The kinds of text that requests carry. `must_be` is how an error tells what to do."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

# `$` alone would let a line break through at the end; nothing that goes into a letter or a log may hold one.
END = r"$(?!\n)"
PRINTABLE = r"[^\x00-\x1f\x7f]"
NOT_BLANK = rf"^{PRINTABLE}*[^\s\x00-\x1f\x7f]{PRINTABLE}*{END}"

# What browsers accept in <input type=email> (HTML, 4.10.5.1.5), with a dot in the domain; ASCII, as SES asks.
LABEL = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"

EMAIL = Meta(
    pattern=rf"^[A-Za-z0-9.!#$%&'*+/=?^_`{{|}}~-]{{1,64}}@{LABEL}(?:\.{LABEL})+{END}",
    max_length=254,
    examples=["ada@example.com"],
    extra={"must_be": "an e-mail address such as ada@example.com"},
)
LINE = Meta(
    pattern=NOT_BLANK,
    max_length=120,
    extra={"must_be": "one line of 1 to 120 characters, not blank"},
)
POSTCODE = Meta(
    pattern=NOT_BLANK,
    max_length=16,
    examples=["ST1 3EJ"],
    extra={"must_be": "a postcode of 1 to 16 characters"},
)
COUNTRY = Meta(
    pattern=f"^[A-Z]{{2}}{END}",
    examples=["GB"],
    extra={"must_be": "a two-letter country code such as GB (ISO 3166)"},
)
CURRENCY = Meta(
    pattern=f"^[A-Z]{{3}}{END}",
    examples=["GBP"],
    extra={"must_be": "a three-letter currency code such as GBP (ISO 4217)"},
)

Email = Annotated[str, EMAIL]
Line = Annotated[str, LINE]
OptionalLine = Annotated[
    str, Meta(pattern=rf"^{PRINTABLE}*{END}", max_length=120, extra={"must_be": "one line of at most 120 characters"})
]
Postcode = Annotated[str, POSTCODE]
CountryCode = Annotated[str, COUNTRY]
CurrencyCode = Annotated[str, CURRENCY]
