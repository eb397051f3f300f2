"""Security events as JSON lines: what happened, to which account, in which request; never a secret or an address."""

from __future__ import annotations

import logging
import sys

import msgspec

from chalicelib import trace

LOG = logging.getLogger("open-kitchen.security")
LOG.setLevel(logging.INFO)
# A handler of its own: each line is JSON and nothing else, whatever Chalice does with its log.
LOG.propagate = False
LOG.addHandler(logging.StreamHandler(sys.stdout))


def security_event(event: str, **facts: str | int) -> None:
    """Write one line. Facts are ids and codes: no passwords, tokens, names or e-mail addresses (ASVS 16.2.5)."""
    line = {"event": event, "request_id": trace.request_id(), **facts}
    LOG.info("%s", msgspec.json.encode(line).decode())
