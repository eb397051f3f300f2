"""AWS Signature Version 4, for the one kind of request that the shop signs itself: a POST of JSON to a service's root.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
"""

from __future__ import annotations

import hmac
from functools import lru_cache
from hashlib import sha256
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from botocore.credentials import ReadOnlyCredentials

ALGORITHM = "AWS4-HMAC-SHA256"
LAST_SCOPE = "aws4_request"


def sign(
    headers: dict[str, str], body: bytes, moment: str, scope: tuple[str, str], credentials: ReadOnlyCredentials
) -> None:
    """Add to a request's headers what proves who sends it; they are the ones that are signed, the host among them.

    `moment` is like `20260131T235959Z`, `scope` a region and a service.
    """
    headers["X-Amz-Date"] = moment
    if credentials.token:
        headers["X-Amz-Security-Token"] = credentials.token
    told = sorted((name.lower(), " ".join(value.split())) for name, value in headers.items())
    names = ";".join(name for name, _ in told)
    canonical = "".join(f"{name}:{value}\n" for name, value in told)
    request = f"POST\n/\n\n{canonical}\n{names}\n{sha256(body).hexdigest()}"
    whole = "/".join((moment[:8], *scope, LAST_SCOPE))
    to_sign = f"{ALGORITHM}\n{moment}\n{whole}\n{sha256(request.encode()).hexdigest()}"
    signature = hmac.digest(_key(credentials.secret_key, moment[:8], scope), to_sign.encode(), "sha256").hex()
    headers["Authorization"] = (
        f"{ALGORITHM} Credential={credentials.access_key}/{whole}, SignedHeaders={names}, Signature={signature}"
    )


@lru_cache(maxsize=2)
def _key(secret: str, day: str, scope: tuple[str, str]) -> bytes:
    """Return the key of a day."""
    parts = (f"AWS4{secret}".encode(), *(part.encode() for part in (day, *scope, LAST_SCOPE)))
    *_, key = accumulate(parts, lambda known, part: hmac.digest(known, part, "sha256"))
    return key
