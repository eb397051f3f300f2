"""From what was measured to what AWS bills: assumptions, amounts of priced things, and the mixes of a shop's life."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

import msgspec
from msgspec import Struct, field

from bench.actions import GATEWAY, Done, Work
from bench.metering import Call
from bench.weights import Weight
from chalicelib import metrics
from infra import alarms, functions

CONFIG = Path(".chalice/config.json")
GB = 1e9
MONTH_HOURS = 730
Amounts = dict[str, float]


class Assumptions(Struct, frozen=True):
    """What cannot be measured here. Milliseconds are waits inside one region, and processor time is this machine's.

    `vcpu_mb` is the memory at which a Lambda function has one whole processor; below it has its share. `gateway_ms` is
    a call to a payment gateway over the internet. `pages_kept` is the share of page views that find everything but the
    page in the browser's cache, `cdn_hits` that of requests that the distribution answers without asking the bucket.
    A metric is counted once, though each value of its dimensions is one more.
    """

    memory_mb: int = 512
    memory_of: dict[str, int] = field(default_factory=dict)
    architecture: str = "arm"
    vcpu_mb: int = 1769
    processor_ratio: float = 1.0
    read_ms: float = 4
    write_ms: float = 6
    transaction_ms: float = 12
    s3_ms: float = 30
    s3_at_once: int = 16
    ses_ms: float = 60
    gateway_ms: float = 400
    invocation_ms: float = 2
    cold_share: float = 0.01
    cold_ms: float = 1200
    platform_log_bytes: int = 350
    access_log_bytes: int = 300
    pages_kept: float = 0.75
    cdn_hits: float = 0.9
    alarms: int = 10
    metrics: int = len(get_args(metrics.Name))
    dashboards: int = 1
    parameters: int = 1

    def memory(self, work: Work) -> int:
        """The megabytes of the function that does some work."""
        return self.memory_of.get(work.name, self.memory_mb)

    def share(self, work: Work) -> float:
        """The part of a processor that the function has."""
        return min(1, self.memory(work) / self.vcpu_mb)

    def told(self) -> list[str]:
        """Return them as lines."""
        return [f"{name} = {value}" for name, value in msgspec.structs.asdict(self).items()]


def assumptions(architecture: str = "arm") -> Assumptions:
    """Return the assumptions, with what the configuration and the template say."""
    configured = msgspec.json.decode(CONFIG.read_bytes())
    watched = alarms.resources("prod").values()
    return Assumptions(
        memory_mb=configured["lambda_memory_size"],
        memory_of=functions.MEMORY_MB,
        architecture=architecture,
        alarms=sum(_alarm_metrics(one) for one in watched),
        metrics=len(get_args(metrics.Name)) + sum(one["Type"] == "AWS::Logs::MetricFilter" for one in watched),
        dashboards=sum(one["Type"] == "AWS::CloudWatch::Dashboard" for one in watched),
    )


def _alarm_metrics(resource: Mapping[str, Any]) -> int:
    """An alarm costs as much as the metrics that it looks at."""
    if resource["Type"] != "AWS::CloudWatch::Alarm":
        return 0
    return sum("MetricStat" in one for one in resource["Properties"].get("Metrics", ())) or 1


def wait_ms(call: Call, given: Assumptions) -> float:
    """Return how long a call is waited for."""
    if call.service == "dynamodb":
        if GATEWAY in call.tables:
            return given.gateway_ms
        if call.operation == "TransactWriteItems":
            return given.transaction_ms
        return given.write_ms if call.writes else given.read_ms
    return given.ses_ms if call.service == "ses" else given.s3_ms / given.s3_at_once


def billed_ms(work: Work, given: Assumptions) -> float:
    """Return the milliseconds that Lambda bills, a cold start's share in it."""
    warm = work.cpu_ms * given.processor_ratio / given.share(work) + given.invocation_ms
    warm += sum(wait_ms(call, given) for call in work.calls)
    return math.ceil(warm) + given.cold_share * given.cold_ms


def added(*parts: Mapping[str, float]) -> Amounts:
    """Return the sum of amounts, thing by thing."""
    used: Amounts = {}
    for thing, amount in (one for part in parts for one in part.items()):
        used[thing] = used.get(thing, 0) + amount
    return used


def scaled(part: Mapping[str, float], times: float) -> Amounts:
    """Return so many times the amounts."""
    return {thing: amount * times for thing, amount in part.items()}


def mixed(parts: Mapping[str, float], of: Mapping[str, Amounts], times: float = 1) -> Amounts:
    """Return the amounts of a mix: so many of each."""
    return added(*(scaled(of[name], count * times) for name, count in parts.items()))


def amounts(done: Done, given: Assumptions) -> Amounts:
    """Return what an action uses of everything that has a price."""
    return added(*(_used(work, given) for work in done.works))


def _used(work: Work, given: Assumptions) -> Amounts:
    calls = added(*map(_asked, work.calls))
    if work.kind == "command":
        # It runs on the owner's own machine.
        return calls
    function = {
        "lambda_requests": 1.0,
        f"lambda_gb_seconds_{given.architecture}": billed_ms(work, given) / 1000 * given.memory(work) / 1024,
        "log_gb": (work.log_bytes + given.platform_log_bytes) / GB,
    }
    if work.kind == "event":
        return added(calls, function)
    edge = {
        "api_requests": 1,
        "cdn_requests": 1,
        # The one that tells the API who asks.
        "cdn_functions": 1,
        "cdn_gb": work.answer_bytes / GB,
        "log_gb": given.access_log_bytes / GB,
    }
    return added(calls, function, edge)


def _asked(call: Call) -> Amounts:
    """Return what a call to AWS uses; the payment gateway has prices of its own."""
    if call.service == "ses":
        return {"letters": 1}
    if call.service == "s3":
        return {"s3_writes" if call.operation in {"PutObject", "ListObjectsV2"} else "s3_reads": 1}
    if GATEWAY in call.tables:
        return {}
    return {"write_units": sum(call.writes.values()), "read_units": sum(call.reads.values())}


def page(weight: Weight, given: Assumptions) -> Amounts:
    """Return what the files of a page view use: everything on a first visit, the page alone where the rest is kept."""
    requests, size = transferred(weight, given)
    return {"cdn_requests": requests, "cdn_gb": size / GB, "s3_reads": requests * (1 - given.cdn_hits)}


def transferred(weight: Weight, given: Assumptions) -> tuple[float, float]:
    """Return the requests and the bytes of a page view, first visits and later ones together."""
    first = 1 - given.pages_kept
    return 1 + first * len(weight.files), weight.own + first * (weight.first - weight.own)


# What leads to an order: 40 pages, 10 searches with two suggestions each, three quotes; three in ten sign in.
ORDER = {
    "open the home page": 6,
    "open a category": 14,
    "open a product": 20,
    "search": 10,
    "suggestions": 20,
    "quote": 3,
    "sign up": 0.05,
    "sign in": 0.3,
    "refresh": 0.3,
    "sync the cart": 0.6,
    "buy as a guest": 0.7,
    "buy signed in": 0.3,
    "look at an order": 1.5,
    "cancel an order": 0.02,
}
VIEWS = {"open the home page": 0.15, "open a category": 0.35, "open a product": 0.5}


class Stored(Struct, frozen=True):
    """Bytes that lie there: in the tables with their indexes, and in the bucket."""

    tables: int
    bucket: int


def idle_month(tick: Done, check: Done, stored: Stored, given: Assumptions) -> Amounts:
    """Return what a month uses while nobody shops: ticks each minute, a nightly check, and whatever is kept."""
    ticks, nights = MONTH_HOURS * 60, MONTH_HOURS / 24
    used = added(scaled(amounts(tick, given), ticks), scaled(amounts(check, given), nights))
    kept = {
        "schedule_ticks": ticks + nights,
        "table_gb_months": stored.tables / GB,
        "point_in_time_gb_months": stored.tables / GB,
        "s3_gb_months": stored.bucket / GB,
        "log_gb_months": used["log_gb"],
        "alarms": given.alarms,
        "metrics": given.metrics,
        "dashboards": given.dashboards,
        "parameters": given.parameters,
        "key_requests": given.cold_share * ticks,
    }
    return added(used, kept)
