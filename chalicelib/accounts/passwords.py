"""Passwords, hashed with Argon2id (RFC 9106) at OWASP's parameters: 19 MiB, two passes, one lane."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MEMORY_KIB = 19_456
PASSES = 2
LANES = 1

# Of a password that nobody has, at the same parameters: checking it costs what checking anybody's does.
NOBODYS_HASH = "$argon2id$v=19$m=19456,t=2,p=1$NW/GkTiZa/pGFkMUoJ/StA$zdC1OnlOFfseofOp7g1N8g7hMn83Fkq+sYq7xGehTSk"

# Written at set-up by dev/common_passwords.py, one a line, in lower case.
COMMON_PASSWORDS = Path(__file__).with_name("common_passwords.txt")


@cache
def _hasher() -> PasswordHasher:
    # Imported here: a cold start that only browses must not pay for it.
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)


@cache
def _common() -> frozenset[str]:
    return frozenset(COMMON_PASSWORDS.read_text(encoding="utf-8").split())


class Passwords:
    """Hashes and checks passwords."""

    def hash(self, password: str) -> str:
        """Return a salted hash, parameters included."""
        return _hasher().hash(password)

    def matches(self, stored: str | None, password: str) -> bool:
        """Whether a password is the one that was hashed.

        Without a stored hash the answer is False and costs the same time, so that it tells nobody which addresses
        have accounts (ASVS 6.3.8).
        """
        from argon2.exceptions import VerificationError

        try:
            right = _hasher().verify(stored or NOBODYS_HASH, password)
        except VerificationError:
            return False
        return right and stored is not None

    def common(self, password: str) -> bool:
        """Whether a password is on the list of those that anyone would try first (ASVS 6.2.4)."""
        return password.casefold() in _common()
