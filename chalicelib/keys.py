"""The secrets that sign tokens and name orders, read from a file that `make run` generates."""

from __future__ import annotations

import hmac
import os
import secrets
from functools import cache
from pathlib import Path

import msgspec

from chalicelib.settings import settings

SECRET_BYTES = 32


class Keys(msgspec.Struct, frozen=True):
    """`signing` maps a key id to an access-token secret; `signing_id` names the one that signs.

    `orders` derives order ids and order keys and must never change; `refresh` hashes refresh tokens.
    """

    signing: dict[str, str]
    signing_id: str
    orders: str
    refresh: str

    def __repr__(self) -> str:
        return "Keys(…)"


def generate(path: Path) -> None:
    """Write a new set of keys to `path`, readable by its owner only; an existing file is left alone."""
    fresh = [secrets.token_urlsafe(SECRET_BYTES) for _ in range(3)]
    keys = Keys(signing={"k1": fresh[0]}, signing_id="k1", orders=fresh[1], refresh=fresh[2])
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    with os.fdopen(handle, "wb") as file:
        file.write(msgspec.json.encode(keys))


@cache
def keys() -> Keys:
    """Return the keys of this process."""
    return msgspec.json.decode(settings().secrets_file.read_bytes(), type=Keys)


def derive(secret: str, message: str) -> bytes:
    """Return HMAC-SHA-256 of a message: 32 bytes that only holders of the secret can compute."""
    return hmac.digest(secret.encode(), message.encode(), "sha256")
