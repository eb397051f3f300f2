"""What happens around every event handler: Lambda's request id, one line about it, its metrics."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Callable
from time import perf_counter
from typing import Any

from chalice.app import BaseLambdaEvent

from chalicelib import metrics, trace

LOG = logging.getLogger(__name__)


def watched(event: BaseLambdaEvent, get_response: Callable[[Any], Any]) -> Any:
    """Chalice's middleware around streams' and schedules' handlers; what fails is told, and fails on."""
    context: Any = event.context
    trace.start(getattr(context, "aws_request_id", "") or secrets.token_hex(16), timed=False)
    began = perf_counter()
    try:
        answer = get_response(event)
    except Exception:
        LOG.exception("the event could not be handled")
        raise
    finally:
        # A batch may be about many orders, this line is about none of them.
        trace.forget()
        facts = {
            "function": getattr(context, "function_name", ""),
            "records": len(event.to_dict().get("Records", ())),
            "duration_ms": round((perf_counter() - began) * 1000, 1),
        }
        LOG.info("event", extra={"facts": facts})
        metrics.flush()
    return answer
