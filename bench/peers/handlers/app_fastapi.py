"""The shop on FastAPI, Mangum, pydantic and PynamoDB."""

from __future__ import annotations

from typing import Annotated, Any

import checkout
import rules
from contract import Order, OrderRequest, Page, Product, ProductList, Quote, QuoteRequest
from fastapi import FastAPI, Header, Query, Request, Response
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import JSONResponse
from mangum import Mangum
from records import Records
from rules import Document, Problem

SECURITY = [(name.lower().encode(), value.encode()) for name, value in rules.SECURITY_HEADERS.items()]


class SecurityHeaders:
    """Adds to every answer what tells browsers to be careful, in the cheapest way there is: as ASGI middleware."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        async def sending(message: Any) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *SECURITY]
            await send(message)

        await self._inner(scope, receive, sending)


store = Records()
# No documentation to make, no telemetry to send.
api = FastAPI(
    openapi_url=None, docs_url=None, redoc_url=None, telemetry={"tracing": False, "metrics": False, "logs": False}
)
api.add_middleware(CORSMiddleware, allow_origins=[rules.ORIGIN], allow_credentials=True, expose_headers=rules.EXPOSED)
api.add_middleware(SecurityHeaders)


# `async`, though nothing waits: a Lambda answers one request at a time, and threads would cost more.
@api.get("/products/{slug}", response_model=Product)
async def show_product(slug: str, response: Response) -> Document:
    """Show a product with its variants."""
    found = store.product(slug)
    if found is None:
        raise Problem(404, "not_found")
    response.headers["Cache-Control"] = rules.PUBLIC
    return rules.product_page(found)


@api.get("/products", response_model=ProductList)
async def list_products(response: Response, page: Annotated[Page, Query()]) -> Document:
    """List products, a page at a time."""
    head, items = store.listing(page.limit, page.cursor)
    response.headers["Cache-Control"] = rules.PUBLIC
    return rules.product_list(head, items, page.limit)


@api.post("/quotes", response_model=Quote)
async def quote(body: QuoteRequest, response: Response) -> Document:
    """Price a cart."""
    asked = body.model_dump()
    quantities = rules.merged(asked["lines"])
    found, available = store.skus(list(quantities)), store.available(list(quantities))
    response.headers["Cache-Control"] = rules.NO_STORE
    return rules.quote(quantities, found, available, asked["delivery"])


@api.post("/orders", status_code=201, response_model=Order)
async def place_order(
    body: OrderRequest, response: Response, idempotency_key: Annotated[str, Header(min_length=16, max_length=255)]
) -> Document:
    """Place an order."""
    response.headers["Cache-Control"] = rules.NO_STORE
    return checkout.place(store, body.model_dump(exclude_unset=True), idempotency_key)


@api.exception_handler(Problem)
async def tell(_: Request, problem: Problem) -> JSONResponse:
    """Answer with a problem."""
    return JSONResponse(problem.document, problem.status, headers={"Cache-Control": rules.NO_STORE})


app = Mangum(api, lifespan="off")
