"""Search beside PostgreSQL's full text with pg_trgm: how quick both are, and whether they find what is meant."""

from __future__ import annotations

import gzip
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Sequence
from importlib.metadata import version
from itertools import chain
from pathlib import Path
from typing import Any

from msgspec import Struct, field

from bench import catalogues, rounds
from bench.peers.postgres import server
from bench.peers.postgres_search import PostgresSearch
from bench.results import Figure, Line, Plot, Ratio
from bench.search import FIRST, SEED, SIZES_AND_LIMITS, Forgetful, mix, telling, with_slip
from chalicelib.catalogue.schemas import Listing
from chalicelib.search.building import build
from chalicelib.search.schemas import ProductQuery
from chalicelib.search.service import SearchService
from chalicelib.search.snapshot import Snapshot
from chalicelib.shop import shop

ROUNDS = 5
OF_A_KIND = {2_500: 30, 50_000: 12}
KNOWN_ITEMS = 120
MEGABYTE = 1e6
MOST_TIME, LEAST_QUALITY = 0.5, 1.0
OURS, THEIRS, SPARED = "the shop", "PostgreSQL", "PostgreSQL spared the facets"
SHOWN = (OURS, THEIRS)
VERSUS = "shop / PostgreSQL"

Ask = Callable[[ProductQuery], list[str]]


class Catalogue(Struct):
    """A catalogue that can be searched in several ways, by name, and what was measured of it."""

    listings: Sequence[Listing]
    ways: dict[str, Ask]
    times: dict[str, list[float]] = field(default_factory=dict)
    p50: dict[str, list[float]] = field(default_factory=dict)
    p95: dict[str, list[float]] = field(default_factory=dict)
    mean: dict[str, list[float]] = field(default_factory=dict)
    reciprocal: dict[str, list[float]] = field(default_factory=dict)
    slipped: dict[str, list[float]] = field(default_factory=dict)
    recall: dict[str, list[float]] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Its products."""
        return len(self.listings)


def measure() -> Line:
    """Build, ask, compare."""
    found = Line("search", "Search")
    with server() as connection, tempfile.TemporaryDirectory() as folder:
        for size, _ in SIZES_AND_LIMITS:
            listings = catalogues.made_up(size, SEED)
            ours, theirs = built(found, listings, connection, Path(folder))
            spared = PostgresSearch(connection, facets=False).sharing(theirs)
            catalogue = Catalogue(listings, {OURS: ours, THEIRS: asking(theirs), SPARED: asking(spared)})
            measure_speed(catalogue)
            measure_quality(catalogue)
            tell(found, catalogue)
        found.plots.append(times_by_share(catalogue))
        (postgres,) = connection.execute("SHOW server_version").fetchone()
    found.notes.extend(
        [
            (
                "A list is a page of 24, how many there are altogether, and how many each further choice would leave; "
                "both answer the same mix of nine kinds of queries, in turn, each as often: whole lists, words, "
                "beginnings, slips, filters, nonsense. Milliseconds are those that pass for whoever asks, from "
                "Python."
            ),
            (
                "PostgreSQL is on a unix socket with everything in memory, its statements prepared, its facets "
                "numbers in an array; it counts facets within what was found, while the shop leaves a facet's own "
                "choices out of its counts. Spared the facets, it does not count them at all."
            ),
            (
                "Known items are products of the made-up catalogue, looked for by the two or three rarest words of "
                "their name; a slip is a letter too many, too few, wrong or swapped. Recall is being among the first "
                f"{FIRST}; MRR, the mean reciprocal rank, is 1 where each is the first, 0.5 where each is the second."
            ),
        ]
    )
    found.versions.update({"PostgreSQL": postgres, "apsw": version("apsw")})
    return found


def built(found: Line, listings: Sequence[Listing], connection: Any, folder: Path) -> tuple[Ask, PostgresSearch]:
    """Build a catalogue both ways, and say how long it took and how large it is."""
    theirs, size = PostgresSearch(connection), f"{len(listings):,} products"
    file = folder / f"{len(listings)}.sqlite"
    measures = {
        OURS: lambda: timed(lambda: build(listings, file, shop())),
        THEIRS: lambda: timed(lambda: theirs.build(listings)),
    }
    taken = rounds.interleaved(measures, ROUNDS)
    found.figures.extend(Figure(f"{size}: built, {name}", "s", taken[name]) for name in SHOWN)
    content = file.read_bytes()
    found.figures.append(Figure(f"{size}: the snapshot", "MB", [len(content) / MEGABYTE]))
    zipped = len(gzip.compress(content, 6, mtime=0))
    found.figures.append(Figure(f"{size}: the snapshot, gzipped", "MB", [zipped / MEGABYTE]))
    found.figures.append(Figure(f"{size}: PostgreSQL's tables", "MB", [theirs.size() / MEGABYTE]))
    snapshot = Snapshot(file)
    service = SearchService(lambda: snapshot, Forgetful, shop())
    return lambda query: [item.slug for item in service.search(query).items], theirs


def asking(engine: PostgresSearch) -> Ask:
    """Return what asks PostgreSQL."""
    return lambda query: engine.search(query).slugs


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that pass."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def measure_speed(catalogue: Catalogue) -> None:
    """Ask all ways the same, a round of a new mix each time."""
    for number in range(ROUNDS):
        kinds = mix(catalogue.listings, random.Random(SEED + number))
        queries = list(chain.from_iterable(asked[: OF_A_KIND[catalogue.size]] for asked in kinds.values()))
        random.Random(number).shuffle(queries)
        taken = asked_in_turn(catalogue, queries)
        for name, times in taken.items():
            catalogue.times.setdefault(name, []).extend(times)
            catalogue.p50.setdefault(name, []).append(statistics.median(times))
            catalogue.p95.setdefault(name, []).append(statistics.quantiles(times, n=20)[-1])
            catalogue.mean.setdefault(name, []).append(statistics.mean(times))


def asked_in_turn(catalogue: Catalogue, queries: Sequence[ProductQuery]) -> dict[str, list[float]]:
    """Return by way the milliseconds of each query, every way asked before the next query."""
    taken: dict[str, list[float]] = {name: [] for name in catalogue.ways}
    for number, query in enumerate(queries):
        names = list(catalogue.ways)
        for name in names[number % len(names) :] + names[: number % len(names)]:
            taken[name].append(timed(lambda name=name, query=query: catalogue.ways[name](query)) * 1000)  # type: ignore[misc]
    return taken


def measure_quality(catalogue: Catalogue) -> None:
    """Look for known items, spelt well and not; a round of new ones each time."""
    rarity = Counter(word for listing in catalogue.listings for word in set(listing.product.name.lower().split()))
    for number in range(ROUNDS):
        chance = random.Random(SEED + number)
        wanted = [chance.choice(catalogue.listings).product for _ in range(KNOWN_ITEMS)]
        well = [(product.slug, telling(product.name, rarity, chance)) for product in wanted]
        badly = [(slug, with_slip(words, chance)) for slug, words in well]
        for name in SHOWN:
            catalogue.reciprocal.setdefault(name, []).append(mean_reciprocal(ranks(catalogue.ways[name], well)))
            found = ranks(catalogue.ways[name], badly)
            catalogue.slipped.setdefault(name, []).append(mean_reciprocal(found))
            catalogue.recall.setdefault(name, []).append(sum(0 < rank <= FIRST for rank in found) / len(found))


def ranks(ask: Ask, wanted: Sequence[tuple[str, str]]) -> list[int]:
    """Return at which place each product is found, 0 where it is not on the first page."""
    pages = [(slug, ask(ProductQuery(q=words))) for slug, words in wanted]
    return [page.index(slug) + 1 if slug in page else 0 for slug, page in pages]


def mean_reciprocal(found: Sequence[int]) -> float:
    """Return the mean reciprocal rank."""
    return statistics.mean(1 / rank if rank else 0.0 for rank in found)


def tell(found: Line, catalogue: Catalogue) -> None:
    """Add a catalogue's figures and ratios."""
    size = f"{catalogue.size:,} products"
    for name in catalogue.ways:
        found.figures.append(Figure(f"{size}: p50, {name}", "ms", catalogue.p50[name]))
        found.figures.append(Figure(f"{size}: p95, {name}", "ms", catalogue.p95[name]))
        found.figures.append(Figure(f"{size}: mean, {name}", "ms", catalogue.mean[name]))
    for what, times in (("p50", catalogue.p50), ("p95", catalogue.p95), ("mean", catalogue.mean)):
        found.ratios.append(Ratio(f"{size}: {what}: {VERSUS}", rounds.ratios(times[OURS], times[THEIRS]), MOST_TIME))
        spared = rounds.ratios(times[OURS], times[SPARED])
        found.ratios.append(Ratio(f"{size}: {what}: shop / {SPARED}", spared))
    qualities = {
        "MRR": catalogue.reciprocal,
        "MRR with a slip": catalogue.slipped,
        f"recall among {FIRST} with a slip": catalogue.recall,
    }
    for what, samples in qualities.items():
        found.figures.extend(Figure(f"{size}: {what}, {name}", "", samples[name]) for name in SHOWN)
        compared = rounds.ratios(samples[OURS], samples[THEIRS])
        found.ratios.append(Ratio(f"{size}: {what}: {VERSUS}", compared, least=LEAST_QUALITY))


def times_by_share(catalogue: Catalogue) -> Plot:
    """Draw how quick the quickest so many in a hundred are: the queries of all rounds, sorted by time."""
    steps = range(5, 100, 5)
    return Plot(
        "search",
        f"Milliseconds of a query, {catalogue.size:,} products",
        "of a hundred queries, so many are answered within",
        "ms",
        {name: list(zip(steps, statistics.quantiles(catalogue.times[name], n=20), strict=True)) for name in SHOWN},
        log_y=True,
    )
