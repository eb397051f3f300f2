"""AWS's limits, as known on the price table's date, and the purchases or views a second at which each is met."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from bench.actions import CART, Done, Work
from bench.estimate import ORDER, VIEWS, Assumptions, billed_ms, transferred, wait_ms
from bench.weights import Weight
from infra import gateway

LAMBDA_AT_ONCE = 1_000
API_REQUESTS = 10_000
PARTITION_WRITES = 1_000
TABLE_WRITES, TABLE_READS = 4_000, 12_000
NEW_TABLE_SHARDS = 4
SETTLE_BUCKETS = 16
# Of a purchase, on the stock of each of its skus: reserving and settling.
TRANSACTIONS = 2
SES_SANDBOX, SES_USUAL = 1, 14
SES_SANDBOX_DAY = 200
CDN_REQUESTS = 250_000
CDN_BITS = 150e9
FOLLOWERS = (("orders", "follow_orders"), ("mails", "send_mails"), ("stock", "publish_stock"))
DAY = 86_400


class Limit(Struct, frozen=True):
    """A limit, what meets it, and how many of that a second it allows."""

    name: str
    most: str
    unit: str
    a_second: float


def limits(done: Mapping[str, Done], pages: Mapping[str, Weight], given: Assumptions) -> list[Limit]:
    """Return every limit, in the order in which a request meets them."""
    buy = done["buy as a guest"]
    return [*_views(done, pages, given), *_compute(done, buy, given), *_tables(done, buy, given), *_letters(buy, given)]


def _views(done: Mapping[str, Done], pages: Mapping[str, Weight], given: Assumptions) -> list[Limit]:
    sent = {name: transferred(pages[name], given) for name in VIEWS}
    # One more: each page asks the API for stock.
    requests = sum(share * (sent[name][0] + 1) for name, share in VIEWS.items())
    bits = 8 * sum(share * sent[name][1] for name, share in VIEWS.items())
    asked = sum(share * billed_ms(done[name].asked[0], given) for name, share in VIEWS.items()) / 1000
    return [
        Limit("CloudFront, requests of a distribution", f"{CDN_REQUESTS:,}/s", "views", CDN_REQUESTS / requests),
        Limit("CloudFront, bytes of a distribution", "150 Gbit/s", "views", CDN_BITS / bits),
        Limit("API Gateway, the stage's throttle", f"{gateway.RATE:,}/s", "views", gateway.RATE),
        Limit("API Gateway, requests of an account", f"{API_REQUESTS:,}/s", "views", API_REQUESTS),
        Limit("Lambda at once, views alone", f"{LAMBDA_AT_ONCE:,}", "views", LAMBDA_AT_ONCE / asked),
    ]


def _compute(done: Mapping[str, Done], buy: Done, given: Assumptions) -> list[Limit]:
    def requests(one: Done) -> float:
        return sum(work.kind == "api" for work in one.works)

    def seconds(one: Done) -> float:
        return sum(billed_ms(work, given) for work in one.works if work.kind != "command") / 1000

    whole = sum(count * requests(done[name]) for name, count in ORDER.items())
    busy = sum(count * seconds(done[name]) for name, count in ORDER.items())
    at_once, alone = f"{LAMBDA_AT_ONCE:,}", requests(buy)
    return [
        Limit("the stage's throttle, purchases alone", f"{gateway.RATE:,}/s", "purchases", gateway.RATE / alone),
        Limit(
            "the stage's throttle, with all that leads to one", f"{gateway.RATE:,}/s", "purchases", gateway.RATE / whole
        ),
        Limit("API Gateway, with all that leads to an order", f"{API_REQUESTS:,}/s", "purchases", API_REQUESTS / whole),
        Limit("Lambda at once, with all that leads to an order", at_once, "purchases", LAMBDA_AT_ONCE / busy),
        Limit("Lambda at once, purchases alone", at_once, "purchases", LAMBDA_AT_ONCE / seconds(buy)),
    ]


def _tables(done: Mapping[str, Done], buy: Done, given: Assumptions) -> list[Limit]:
    def most(units: Mapping[str, float]) -> tuple[str, float]:
        return max(units.items(), key=lambda one: one[1])

    of_a_sku = stock_writes(buy)
    (written, writes), (read, reads) = most(buy.writes), most(buy.reads)
    settling = buy.writes["orders.unsettled"] / SETTLE_BUCKETS
    code = done["buy with a promo code"].writes["promotions"]
    partition = f"{PARTITION_WRITES:,} write units/s"
    alone = 1000 / given.transaction_ms / TRANSACTIONS
    return [
        Limit("one sku, 1 shard: its transactions begin to meet", "one at a time", "purchases", alone),
        Limit("one item: stock of one sku, 1 shard", partition, "purchases", PARTITION_WRITES / of_a_sku),
        Limit("one item: one promo code", partition, "purchases", PARTITION_WRITES / code),
        Limit("one key: a bucket of orders.unsettled", partition, "purchases", PARTITION_WRITES / settling),
        Limit(f"a new table's writes: {written}", f"{TABLE_WRITES:,} units/s", "purchases", TABLE_WRITES / writes),
        Limit(f"a new table's reads: {read}", f"{TABLE_READS:,} units/s", "purchases", TABLE_READS / reads),
    ]


def stock_writes(buy: Done) -> float:
    """Return the write units that a purchase costs the stock of one of its skus."""
    return buy.writes["stock"] / len(CART)


def _letters(buy: Done, given: Assumptions) -> list[Limit]:
    letters = sum(call.service == "ses" for work in buy.works for call in work.calls)
    return [
        *(_stream(table, name, buy, given) for table, name in FOLLOWERS),
        Limit("SES in its sandbox, a second", f"{SES_SANDBOX}/s", "purchases", SES_SANDBOX / letters),
        Limit("SES in its sandbox, a day", f"{SES_SANDBOX_DAY}/day", "purchases", SES_SANDBOX_DAY / DAY / letters),
        Limit("SES, as first granted", f"{SES_USUAL}/s", "purchases", SES_USUAL / letters),
    ]


def _stream(table: str, name: str, buy: Done, given: Assumptions) -> Limit:
    """A shard's records are followed one after the other; beyond that they wait, for hours if need be."""
    spent = sum(_following_ms(work, given) for work in buy.works if work.name == name) / 1000
    return Limit(
        f"stream of {table}: one {name} a shard", f"{NEW_TABLE_SHARDS} shards", "purchases", NEW_TABLE_SHARDS / spent
    )


def _following_ms(work: Work, given: Assumptions) -> float:
    """What a record takes; what it takes to be called at all is shared by a batch."""
    return work.cpu_ms * given.processor_ratio / given.share(work) + sum(wait_ms(call, given) for call in work.calls)
