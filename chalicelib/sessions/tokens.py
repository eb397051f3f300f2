"""Access tokens: JWTs (RFC 7519) of one algorithm, ten minutes long, each claim required and checked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import jwt

from chalicelib.accounts.schemas import Shopper
from chalicelib.errors import TokenExpired, TokenInvalid
from chalicelib.keys import Keyring
from chalicelib.sessions.domain import ACCESS_TOKEN_LIFE

ALGORITHM = "HS256"
TYPE = "at+jwt"
ISSUER = "open-kitchen"
REQUIRED = ["exp", "iat", "iss", "aud", "sub", "sid", "role"]


class AccessTokens:
    """Signs with one key, accepts all keys of the set; `audience` keeps stages apart."""

    def __init__(self, keyring: Keyring, audience: str) -> None:
        self._keyring = keyring
        self._audience = audience

    def issue(self, shopper: Shopper, now: datetime) -> str:
        """Return a token for a shopper."""
        claims = {
            "iss": ISSUER,
            "aud": self._audience,
            "sub": shopper.account_id,
            "sid": shopper.family_id,
            "role": shopper.role,
            "iat": now,
            "exp": now + ACCESS_TOKEN_LIFE,
        }
        kid, key = self._keyring.signing()
        return jwt.encode(claims, key, ALGORITHM, headers={"typ": TYPE, "kid": kid})

    def read(self, token: str) -> Shopper:
        """Return the shopper that a token stands for; raises TokenExpired or TokenInvalid."""
        try:
            claims = self._verified(token)
        except jwt.ExpiredSignatureError:
            raise TokenExpired("Refresh the session with POST /sessions/refresh, or sign in again.") from None
        except jwt.InvalidTokenError:
            raise TokenInvalid from None
        return Shopper(account_id=claims["sub"], family_id=str(claims["sid"]), role=claims["role"])

    def _verified(self, token: str) -> dict[str, Any]:
        header = jwt.get_unverified_header(token)
        key = self._keyring.verifying(str(header.get("kid")))
        if key is None or header.get("typ") != TYPE:
            raise jwt.InvalidTokenError
        return jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            audience=self._audience,
            issuer=ISSUER,
            options={"require": REQUIRED, "strict_aud": True},
        )
