"""The secrets that sign tokens and name orders: in the cloud from SSM, on a laptop from a generated file."""

from __future__ import annotations

import hmac
import logging
import os
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from functools import cache
from pathlib import Path

import msgspec

from chalicelib.settings import settings

SECRET_BYTES = 32
REREAD_SECONDS = 60
SIGNS_SECONDS = 300

LOG = logging.getLogger(__name__)


class Keys(msgspec.Struct, frozen=True):
    """`signing` maps a key id to an access-token secret; `signing_id` names the one that signs.

    `orders` derives order ids and order keys and must never change; `refresh` hashes refresh tokens, `links` makes the
    tokens of links in mails: to change either ends what they stand for. `stripe_*` are Stripe's, where it is used.
    """

    signing: dict[str, str]
    signing_id: str
    orders: str
    refresh: str
    links: str
    stripe_secret_key: str = ""
    stripe_webhook_secret: str = ""

    def __repr__(self) -> str:
        return "Keys(…)"


def generate(path: Path) -> None:
    """Write keys to `path`, readable by its owner only; those that are there already stay as they are."""
    known = msgspec.json.decode(path.read_bytes()) if path.exists() else {}
    _write(path, msgspec.convert(msgspec.to_builtins(fresh()) | known, Keys))


def fresh() -> Keys:
    """Return keys that nobody has seen."""
    orders, refresh, links, signing = (secrets.token_urlsafe(SECRET_BYTES) for _ in range(4))
    return Keys(signing={"k1": signing}, signing_id="k1", orders=orders, refresh=refresh, links=links)


@cache
def keys() -> Keys:
    """Return the keys of this process, as they were when it first asked."""
    return _read()


def rotate_signing(path: Path) -> str:
    """Add a signing key to the file at `path` and let it sign; the one before still verifies.

    Access tokens live ten minutes: rotate at most that often, and nobody notices. Returns the new key's id.
    """
    before = msgspec.json.decode(path.read_bytes(), type=Keys)
    newest = f"k{1 + max(int(kid[1:]) for kid in before.signing)}"
    signing = {
        before.signing_id: before.signing[before.signing_id],
        newest: secrets.token_urlsafe(SECRET_BYTES),
    }
    _write(path, msgspec.structs.replace(before, signing=signing, signing_id=newest))
    return newest


def replace(changed: Keys) -> None:
    """Keep other keys wherever this stage keeps them; processes that run go on with those that they have read."""
    if settings().secrets_parameter:
        from chalicelib import parameters

        parameters.write(settings().secrets_parameter, msgspec.json.encode(changed).decode())
    else:
        _write(settings().secrets_file, changed)
    keys.cache_clear()


class Keyring:
    """The signing keys, read again now and then, and when a token names one unseen: keys rotate under it."""

    def __init__(self, read: Callable[[], Keys], clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._clock = clock
        self._keys = read()
        self._read_at = clock()

    def signing(self) -> tuple[str, str]:
        """Return the id and the secret of the key that signs."""
        self._read_if_older_than(SIGNS_SECONDS)
        return self._keys.signing_id, self._keys.signing[self._keys.signing_id]

    def verifying(self, kid: str) -> str | None:
        """Return the secret of a key, or None; strangers' key ids cost one reading a minute at most."""
        if kid not in self._keys.signing:
            self._read_if_older_than(REREAD_SECONDS)
        return self._keys.signing.get(kid)

    def _read_if_older_than(self, seconds: int) -> None:
        """Read again; where that fails, the keys that are known serve on, and the next try waits its time."""
        if self._clock() - self._read_at <= seconds:
            return
        self._read_at = self._clock()
        try:
            self._keys = self._read()
        except Exception:
            LOG.exception("the signing keys could not be read again")


def keyring() -> Keyring:
    """Return a keyring over wherever this stage keeps its secrets."""
    return Keyring(_read)


def _write(path: Path, keys: Keys) -> None:
    """Write the file whole or not at all, for its owner's eyes only from its first byte on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(msgspec.json.encode(keys))
    draft.replace(path)


def _read() -> Keys:
    return msgspec.json.decode(_stored(), type=Keys)


def _stored() -> bytes:
    """Return the secrets: from SSM Parameter Store where a parameter is named, else from the file."""
    if not settings().secrets_parameter:
        return settings().secrets_file.read_bytes()
    # Imported here: a browse needs no key, and a laptop's are in a file.
    from chalicelib import parameters

    return parameters.read(settings().secrets_parameter).encode()


def link_token(secret: str, purpose: str, nonce: str) -> str:
    """Return the token of a link in a mail. The nonce may be kept in clear: only holders of the secret can use it."""
    return urlsafe_b64encode(derive(secret, f"{purpose}:{nonce}")).decode().rstrip("=")


def order_key(secret: str, order_id: str) -> str:
    """Return what lets a guest's link open his order; `secret` is `Keys.orders`."""
    return derive(secret, f"key:{order_id}").hex()


def derive(secret: str, message: str) -> bytes:
    """Return HMAC-SHA-256 of a message: 32 bytes that only holders of the secret can compute."""
    return hmac.digest(secret.encode(), message.encode(), "sha256")
