"""Passes the site's /api on to the API, for pages and API on one origin, as in the cloud."""

from __future__ import annotations

import os

import urllib3
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from dev.ports import HOST, port

PREFIX = "/api/"
TIMEOUT_SECONDS = 30
# Of one connection, not of the message.
HOP_BY_HOP = frozenset({"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"})

pool = urllib3.PoolManager(maxsize=32)


async def pass_on(request: Request) -> Response:
    """Answer as the API does."""
    path = request.scope["raw_path"].decode().removeprefix(PREFIX.rstrip("/"))
    query = f"?{request.url.query}" if request.url.query else ""
    origin = os.environ.get("API_ORIGIN") or f"http://{HOST}:{port('API_PORT')}"
    url = f"{origin}{path}{query}"
    headers = {name: value for name, value in request.headers.items() if name not in HOP_BY_HOP}
    body = await request.body()
    answer = await run_in_threadpool(
        lambda: pool.request(
            request.method,
            url,
            body=body or None,
            headers=headers,
            retries=False,
            redirect=False,
            timeout=TIMEOUT_SECONDS,
        )
    )
    response = Response(answer.data, answer.status)
    response.raw_headers += [
        (name.lower().encode(), value.encode())
        for name, value in answer.headers.iteritems()
        if name.lower() not in HOP_BY_HOP
    ]
    return response
