"""Stripe on a port of this machine, as far as the shop uses it: PaymentIntents, refunds, idempotency keys, webhooks.

    with FakeStripe() as stripe:
        gateway = stripe.gateway()
        payment = gateway.create("order", Money(1795, "GBP"), key="pi-order")
        gateway.authorise(payment, "ctoken_requires_action", return_url="https://shop.example", key="auth-order")
        stripe.approve(payment.payment_id)
        for body, headers in stripe.webhooks(): ...

Over real sockets, so that whatever speaks to Stripe speaks to this. It answers as Stripe's reference says that Stripe
does; nobody has held it against Stripe itself. It is the stricter of the two: a parameter that Stripe does not know,
or another key, is refused. What is asked of it can be made to fail, by the name of the call: `create`, `confirm`,
`capture`, `cancel`, `refund`, `retrieve`, `list`, or "" for whichever comes next.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import socket
import threading
import time
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from msgspec import Struct

from chalicelib.payments.stripe import StripeGateway

SECRET_KEY = "sk_test_canary0Key0That0No0Log0May0Show"
WEBHOOK_SECRET = "whsec_canary0Secret"
# What becomes of a confirmation: a decline's code and its reason, or the bank's question.
TOKENS: dict[str, tuple[str, str] | None] = {
    "ctoken_visa": None,
    "ctoken_requires_action": None,
    "ctoken_processing": None,
    "ctoken_declined": ("card_declined", "generic_decline"),
    "ctoken_insufficient_funds": ("card_declined", "insufficient_funds"),
    "ctoken_authentication_required": ("authentication_required", "authentication_required"),
}
SMALLEST, LARGEST = 30, 99_999_999
CANCELLABLE = {"requires_payment_method", "requires_confirmation", "requires_action", "requires_capture"}
ROUTES = {
    "create": ("POST", r"/v1/payment_intents"),
    "list": ("GET", r"/v1/payment_intents"),
    "retrieve": ("GET", r"/v1/payment_intents/(\w+)"),
    "confirm": ("POST", r"/v1/payment_intents/(\w+)/confirm"),
    "capture": ("POST", r"/v1/payment_intents/(\w+)/capture"),
    "cancel": ("POST", r"/v1/payment_intents/(\w+)/cancel"),
    "refund": ("POST", r"/v1/refunds"),
}

Json = dict[str, Any]
Signed = tuple[bytes, dict[str, str]]


class Request(Struct):
    """What was asked: the call's name, the payment that it names, its parameters as they were nested, and its key."""

    call: str
    payment_id: str
    params: Json
    key: str
    headers: dict[str, str]


class Answer(Struct):
    """What is answered, and to whom: another request under its key must be the same."""

    status: int
    body: Json
    asked: tuple[str, str, Json] | None = None


class Refused(Exception):
    """An error as Stripe words it."""

    def __init__(self, status: int, type_: str, code: str | None = None, **more: Any) -> None:
        super().__init__(code)
        self.answer = Answer(status, {"error": {"type": type_, "code": code, "message": f"{type_} {code}", **more}})


class Fault(Struct):
    """What goes wrong with the next call of a name."""

    call: str
    failure: Refused | None = None
    saved: bool = False
    done: bool = False
    lost: bool = False
    seconds: float = 0.0


class Intent(Struct):
    """A PaymentIntent."""

    id: str
    amount: int
    currency: str
    metadata: Json
    status: str = "requires_payment_method"
    error: Json | None = None
    return_url: str = ""
    for_the_script: bool = False
    charge: Json | None = None

    def shown(self, expand: list[str]) -> Json:
        """As Stripe shows it; its charge by its id unless that is to be expanded."""
        redirect = {"url": f"https://hooks.stripe.com/3d/{self.id}", "return_url": self.return_url}
        action = {"type": "redirect_to_url", "redirect_to_url": redirect}
        if self.for_the_script:
            action = {"type": "use_stripe_sdk", "use_stripe_sdk": {}}
        charge = self.charge and (self.charge if "latest_charge" in expand else self.charge["id"])
        return {
            "id": self.id,
            "object": "payment_intent",
            "amount": self.amount,
            "amount_capturable": self.amount if self.status == "requires_capture" else 0,
            "amount_received": self.amount if self.status == "succeeded" else 0,
            "capture_method": "manual",
            "client_secret": f"{self.id}_secret_x",
            "currency": self.currency,
            "last_payment_error": self.error,
            "latest_charge": json.loads(json.dumps(charge)),
            "livemode": False,
            "metadata": self.metadata,
            "next_action": action if self.status == "requires_action" else None,
            "payment_method_types": ["card"],
            "status": self.status,
        }


class FakeStripe:
    """The server; it listens for as long as the block lasts."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.intents: dict[str, Intent] = {}
        self.events: list[Json] = []
        self._told = 0
        self._faults: list[Fault] = []
        self._answers: dict[str, Answer | None] = {}
        self._numbers = count(1)
        self._lock = threading.RLock()
        self._closed = threading.Event()

    def __enter__(self) -> Self:
        self._server = _Server(self)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        self._server.shutdown()
        self._server.server_close()

    def gateway(self, timeouts: tuple[float, float] = (1, 5), secret_key: str = SECRET_KEY) -> StripeGateway:
        """The shop's gateway, on this Stripe."""
        return StripeGateway(secret_key, WEBHOOK_SECRET, api_url=self.url, timeouts=timeouts)

    # --- What goes wrong --------------------------------------------------------------------------------------------

    def lose_next_answer(self, call: str = "", times: int = 1) -> None:
        """Do what is asked, then close the connection without a word."""
        self._faults += [Fault(call, lost=True) for _ in range(times)]

    def slow_next_answer(self, seconds: float, call: str = "") -> None:
        """Do what is asked, and say so too late."""
        self._faults.append(Fault(call, seconds=seconds))

    def next_failure(
        self,
        status: int,
        type_: str = "api_error",
        code: str | None = None,
        *,
        call: str = "",
        saved: bool = False,
        done: bool = False,
        **more: Any,
    ) -> None:
        """Answer an error: once, or where it is `saved`, to the key for ever. `done`: and do it all the same."""
        failure = Refused(status, type_, code, **more)
        self._faults.append(Fault(call, failure=failure, saved=saved or done, done=done))

    def forget_keys(self) -> None:
        """Let 24 hours go by: keys mean nothing any more."""
        self._answers.clear()

    # --- What others do ---------------------------------------------------------------------------------------------

    def approve(self, payment_id: str) -> None:
        """Let the shopper tell his bank that it is he, if it still asks."""
        with self._lock:
            intent = self.intents[payment_id]
            if intent.status == "requires_action":
                self._authorise(intent)

    def refuse(self, payment_id: str) -> None:
        """Let the shopper fail his bank's question, if it still asks."""
        with self._lock:
            intent = self.intents[payment_id]
            if intent.status == "requires_action":
                self._decline(intent, {"type": "card_error", "code": "payment_intent_authentication_failure"})

    def refund(self, payment_id: str, amount: int | None = None) -> None:
        """Give some or all of a payment back, as the owner does on Stripe's own pages."""
        with self._lock:
            self._refund({"payment_intent": payment_id} | ({"amount": amount} if amount else {}))

    def webhooks(self) -> list[Signed]:
        """The news since the last call: bodies, and the headers that sign them."""
        news, self._told = self.events[self._told :], len(self.events)
        return [self.signed(event) for event in news]

    def signed(self, event: Json, at: float | None = None, secret: str = WEBHOOK_SECRET) -> Signed:
        """Sign a webhook, now unless told otherwise."""
        body, signed_at = json.dumps(event).encode(), str(int(at if at is not None else time.time()))
        signature = hmac.new(secret.encode(), signed_at.encode() + b"." + body, hashlib.sha256).hexdigest()
        headers = {"Content-Type": "application/json; charset=utf-8"}
        return body, headers | {"Stripe-Signature": f"t={signed_at},v1={signature},v0=old"}

    def charged(self) -> list[int]:
        """The amounts that were taken and not given back."""
        charges = [intent.charge for intent in self.intents.values() if intent.charge]
        return [charge["amount"] - charge["amount_refunded"] for charge in charges if charge["captured"]]

    def keys(self, call: str) -> list[str]:
        """The keys that a call was made under."""
        return [request.key for request in self.requests if request.call == call]

    # --- The server -------------------------------------------------------------------------------------------------

    def answer(self, request: Request) -> tuple[Answer, bool, bool]:
        """Answer a request; whether the answer is a repeated one; whether it is lost."""
        with self._lock:
            self.requests.append(request)
            fault = self._fault(request.call)
            try:
                self._check(request)
                repeated = self._repeated(request)
                if fault.failure and not fault.saved:
                    raise fault.failure
            except Refused as refused:
                return refused.answer, False, fault.lost
            if request.key and not repeated:
                self._answers[request.key] = None
            answer = repeated or self._do(request, fault)
        # A key is in use until its answer is known.
        self._closed.wait(fault.seconds)
        with self._lock:
            if request.key:
                self._answers[request.key] = answer
                answer.asked = _asked(request)
        return answer, repeated is not None, fault.lost

    def _fault(self, call: str) -> Fault:
        fault = next((fault for fault in self._faults if fault.call in ("", call)), None)
        if fault is None:
            return Fault(call)
        self._faults.remove(fault)
        return fault

    def _check(self, request: Request) -> None:
        key = request.headers.get("authorization", "").removeprefix("Bearer ")
        if key != SECRET_KEY:
            # Stripe masks most of the key; that nothing of it is logged must not rest on this.
            raise Refused(401, "invalid_request_error", message=f"Invalid API Key provided: {key}")
        for name in request.params:
            if name not in _parameters()[request.call]:
                raise Refused(400, "invalid_request_error", "parameter_unknown", param=name)

    def _repeated(self, request: Request) -> Answer | None:
        if not request.key or request.key not in self._answers:
            return None
        known = self._answers[request.key]
        if known is None:
            raise Refused(409, "idempotency_error", "idempotency_key_in_use")
        if known.asked != _asked(request):
            raise Refused(400, "idempotency_error")
        return known

    def _do(self, request: Request, fault: Fault) -> Answer:
        try:
            body = self._perform(request) if fault.failure is None or fault.done else {}
        except Refused as refused:
            return refused.answer
        return fault.failure.answer if fault.failure else Answer(200, body)

    def _perform(self, request: Request) -> Json:
        params = request.params
        if request.call == "create":
            return self._create(params)
        if request.call == "list":
            return self._list(params)
        if request.call == "refund":
            return self._refund(params)
        intent = self._intent(request.payment_id)
        if request.call == "confirm":
            self._confirm(intent, params)
        elif request.call == "capture":
            self._capture(intent)
        elif request.call == "cancel":
            self._cancel(intent)
        return intent.shown(params.get("expand", []))

    def _intent(self, payment_id: str) -> Intent:
        if payment_id not in self.intents:
            raise Refused(404, "invalid_request_error", "resource_missing", param="intent")
        return self.intents[payment_id]

    def _create(self, params: Json) -> Json:
        amount = int(params["amount"])
        if not SMALLEST <= amount <= LARGEST:
            code = "amount_too_small" if amount < SMALLEST else "amount_too_large"
            raise Refused(400, "invalid_request_error", code, param="amount")
        intent = Intent(f"pi_{next(self._numbers)}", amount, params["currency"], params.get("metadata", {}))
        self.intents[intent.id] = intent
        self._tell("payment_intent.created", intent.shown([]))
        return intent.shown(params.get("expand", []))

    def _confirm(self, intent: Intent, params: Json) -> None:
        token, intent.return_url = params["confirmation_token"], params["return_url"]
        if token not in TOKENS:
            raise Refused(400, "invalid_request_error", "resource_missing", param="confirmation_token")
        if intent.status != "requires_payment_method":
            raise self._unexpected(intent)
        reason = TOKENS[token]
        if reason:
            error = {"type": "card_error", "code": reason[0], "decline_code": reason[1]}
            self._decline(intent, error)
            raise Refused(402, payment_intent=intent.shown([]), type_=error["type"], **_without(error, "type"))
        if token == "ctoken_requires_action":
            # A token says that Stripe's script is there, unless the request says otherwise.
            intent.for_the_script = params.get("use_stripe_sdk") != "false"
            intent.status = "requires_action"
            self._tell("payment_intent.requires_action", intent.shown([]))
        elif token == "ctoken_processing":
            intent.status = "processing"
        else:
            self._authorise(intent)

    def _authorise(self, intent: Intent) -> None:
        intent.status, intent.error, intent.charge = "requires_capture", None, self._charge(intent)
        self._tell("payment_intent.amount_capturable_updated", intent.shown([]))

    def _decline(self, intent: Intent, error: Json) -> None:
        intent.status, intent.error = "requires_payment_method", error
        intent.charge = self._charge(intent) | {"status": "failed", "paid": False}
        self._tell("payment_intent.payment_failed", intent.shown([]))

    def _charge(self, intent: Intent) -> Json:
        charge = {"id": f"ch_{next(self._numbers)}", "object": "charge", "payment_intent": intent.id}
        amounts = {"amount": intent.amount, "amount_refunded": 0, "currency": intent.currency}
        states = {"captured": False, "paid": True, "refunded": False, "status": "succeeded"}
        return charge | amounts | states | {"metadata": intent.metadata}

    def _capture(self, intent: Intent) -> None:
        if intent.status != "requires_capture" or intent.charge is None:
            raise self._unexpected(intent)
        intent.status = "succeeded"
        intent.charge["captured"] = True
        self._tell("payment_intent.succeeded", intent.shown([]))

    def _cancel(self, intent: Intent) -> None:
        if intent.status not in CANCELLABLE:
            raise self._unexpected(intent)
        if intent.status == "requires_capture" and intent.charge:
            # What was set aside and let go of is a refund to Stripe.
            intent.charge |= {"refunded": True, "amount_refunded": intent.amount}
            self._tell("charge.refunded", intent.charge)
        intent.status = "canceled"
        self._tell("payment_intent.canceled", intent.shown([]))

    def _refund(self, params: Json) -> Json:
        charge = self._intent(params["payment_intent"]).charge
        if charge is None or not charge["captured"]:
            raise Refused(400, "invalid_request_error")
        if charge["refunded"]:
            raise Refused(400, "invalid_request_error", "charge_already_refunded")
        amount = int(params.get("amount", charge["amount"] - charge["amount_refunded"]))
        charge["amount_refunded"] += amount
        charge["refunded"] = charge["amount_refunded"] == charge["amount"]
        self._tell("charge.refunded", charge)
        return {"id": f"re_{next(self._numbers)}", "object": "refund", "amount": amount, "status": "succeeded"}

    def _list(self, params: Json) -> Json:
        newest_first = list(reversed(self.intents.values()))
        if "starting_after" in params:
            newest_first = newest_first[[i.id for i in newest_first].index(params["starting_after"]) + 1 :]
        limit = int(params.get("limit", 10))
        expand = [name.removeprefix("data.") for name in params.get("expand", [])]
        page = [intent.shown(expand) for intent in newest_first[:limit]]
        return {"object": "list", "data": page, "has_more": len(newest_first) > limit, "url": "/v1/payment_intents"}

    def _unexpected(self, intent: Intent) -> Refused:
        return Refused(400, "invalid_request_error", "payment_intent_unexpected_state", payment_intent=intent.shown([]))

    def _tell(self, type_: str, about: Json) -> None:
        snapshot = json.loads(json.dumps(about))
        event = {"id": f"evt_{next(self._numbers)}", "object": "event", "type": type_, "data": {"object": snapshot}}
        self.events.append(event | {"created": int(time.time()), "livemode": False})


def _asked(request: Request) -> tuple[str, str, Json]:
    return request.call, request.payment_id, request.params


def _without(error: Json, name: str) -> Json:
    return {key: value for key, value in error.items() if key != name}


@cache
def _parameters() -> dict[str, set[str]]:
    """The parameters of each call, as Stripe's own types name them."""
    from stripe import RequestOptions, params

    types = {
        "create": params.PaymentIntentCreateParams,
        "list": params.PaymentIntentListParams,
        "retrieve": params.PaymentIntentRetrieveParams,
        "confirm": params.PaymentIntentConfirmParams,
        "capture": params.PaymentIntentCaptureParams,
        "cancel": params.PaymentIntentCancelParams,
        "refund": params.RefundCreateParams,
    }
    options = set(RequestOptions.__annotations__)
    return {call: set(type_.__annotations__) - options for call, type_ in types.items()}


def _nested(pairs: list[tuple[str, str]]) -> Json:
    """Undo Stripe's form encoding: `metadata[order_id]=1&expand[0]=x`."""
    nested: Json = {}
    for name, value in pairs:
        outer, *inner = re.findall(r"[^\[\]]+", name)
        if not inner:
            nested[outer] = value
        elif inner[0].isdigit():
            nested.setdefault(outer, []).append(value)
        else:
            nested.setdefault(outer, {})[inner[0]] = value
    return nested


class _Server(ThreadingHTTPServer):
    """Serves each connection in a thread of its own."""

    def __init__(self, stripe: FakeStripe) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.stripe = stripe


class _Handler(BaseHTTPRequestHandler):
    """Reads requests and writes answers."""

    server: _Server
    protocol_version = "HTTP/1.1"
    # Nagle's algorithm costs 40 ms an answer on a connection that is kept.
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve(urlsplit(self.path).query)

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers["Content-Length"] or 0)).decode())

    def _serve(self, parameters: str) -> None:
        request = self._request(_nested(parse_qsl(parameters)))
        if request is None:
            self._send(Refused(404, "invalid_request_error").answer)
            return
        answer, repeated, lost = self.server.stripe.answer(request)
        if lost:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)
        else:
            self._send(answer, repeated=repeated)

    def _request(self, params: Json) -> Request | None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        for call, (method, pattern) in ROUTES.items():
            found = re.fullmatch(pattern, urlsplit(self.path).path)
            if method == self.command and found:
                payment_id = found.group(1) if found.groups() else ""
                return Request(call, payment_id, params, headers.get("idempotency-key", ""), headers)
        return None

    def _send(self, answer: Answer, *, repeated: bool = False) -> None:
        payload = json.dumps(answer.body).encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.send_header("Request-Id", f"req_{len(self.server.stripe.requests)}")
        if repeated:
            self.send_header("Idempotent-Replayed", "true")
        try:
            self.end_headers()
            self.wfile.write(payload)
        except OSError:
            # Whoever asked has given up.
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Say nothing."""
