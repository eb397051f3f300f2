"""The static server: pages from the local bucket, assets from the working tree, headers as in the cloud."""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Mapping

import boto3
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from chalicelib.settings import settings
from dev import one_origin
from dev.mailbox import render_mailbox
from dev.ports import HOST
from infra.headers import SPECULATION_SUFFIX, SPECULATION_TYPE, browsing_headers, page_headers, special_pages

NOT_FOUND_PAGE = "404"
API_METHODS = ["DELETE", "GET", "OPTIONS", "PATCH", "POST", "PUT"]
WORKER = "static_site/worker/service-worker.js"

mimetypes.add_type(SPECULATION_TYPE, SPECULATION_SUFFIX)
s3 = boto3.client("s3", region_name=settings().region)


class PageHeaders:
    """Adds the site's response headers to everything."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._headers = {page: self._encoded(page) for page in ("", *special_pages())}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "")
        if path.startswith(one_origin.PREFIX):
            # The API sends its own.
            await self._app(scope, receive, send)
            return
        headers = [*self._headers.get(path.removeprefix("/"), self._headers[""]), *_raw(browsing_headers(path))]

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *headers]
            await send(message)

        await self._app(scope, receive, send_with_headers)

    @staticmethod
    def _encoded(page: str) -> list[tuple[bytes, bytes]]:
        return _raw(page_headers(settings().api_url, page, settings().payment_gateway))


def _raw(headers: Mapping[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]


async def page(request: Request) -> Response:
    """Serve a published page by its extensionless address, or the 404 page."""
    if request.url.hostname == HOST:
        # Another site than localhost to the browser: the API's cookies would not come along.
        return RedirectResponse(str(request.url.replace(hostname="localhost")))
    key = request.path_params["key"] or "index.html"
    found = await run_in_threadpool(read, key) if key.isprintable() else None
    if found is not None:
        return Response(found[0], headers=found[1])
    missing = await run_in_threadpool(read, NOT_FOUND_PAGE)
    body, headers = missing or (b"Not found", {"content-type": "text/plain"})
    return Response(body, status_code=404, headers=headers)


def read(key: str) -> tuple[bytes, dict[str, str]] | None:
    """Return an object and the headers that it was published with, or None."""
    try:
        found = s3.get_object(Bucket=settings().site_bucket, Key=key)
    except s3.exceptions.NoSuchKey:
        return None
    headers = {"content-type": found["ContentType"], "cache-control": found["CacheControl"], "etag": found["ETag"]}
    return found["Body"].read(), headers


async def mailbox(_: Request) -> HTMLResponse:
    """Show the mails that the shop has sent, the latest first: nothing leaves this machine."""
    return HTMLResponse(await run_in_threadpool(render_mailbox))


async def worker(_: Request) -> FileResponse:
    """Serve the service worker from the root, because it may only keep what lies beneath its own address."""
    return FileResponse(WORKER, headers={"cache-control": "no-cache"})


def working_tree() -> list[BaseRoute]:
    """Serve from the working tree what is not in the bucket: there, with ASSETS=published, is all of it."""
    assets = os.environ.get("ASSETS", "static_site/assets")
    if assets == "published":
        return []
    return [Route("/service-worker.js", worker), Mount("/assets", StaticFiles(directory=assets))]


app = Starlette(
    routes=[
        Route("/mailbox", mailbox),
        Route(one_origin.PREFIX + "{path:path}", one_origin.pass_on, methods=API_METHODS),
        *working_tree(),
        Route("/{key:path}", page),
    ],
    middleware=[Middleware(PageHeaders), Middleware(GZipMiddleware)],
)
