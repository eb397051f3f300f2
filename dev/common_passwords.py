"""Writes the list of common passwords that sign-up refuses, from the ranking that zxcvbn ships."""

from __future__ import annotations

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from chalicelib.accounts.passwords import COMMON_PASSWORDS
from chalicelib.accounts.schemas import MIN_PASSWORD


def main() -> None:
    """Write those that are long enough to be chosen at all."""
    long_enough = sorted({word.casefold() for word in FREQUENCY_LISTS["passwords"] if len(word) >= MIN_PASSWORD})
    COMMON_PASSWORDS.write_text("\n".join(long_enough) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
