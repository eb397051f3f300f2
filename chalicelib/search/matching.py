"""From words to products: what matches a query, in which order of closeness, and how a misspelt query was meant."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from heapq import heappop, heappush
from itertools import pairwise
from math import log

from msgspec import Struct

from chalicelib.search import domain
from chalicelib.search.snapshot import Index, Snapshot

MOST_GUESSES_A_WORD = 8
MOST_GUESSES = 40
MOST_PATHS = 400

Synonyms = Mapping[str, Sequence[str]]
Parts = Callable[[Sequence[str], Synonyms], Iterable[str]]


class Tier(Struct, frozen=True):
    """What finds and ranks the products that match a query so closely: an FTS5 expression on an index."""

    index: Index
    expression: str


class Match(Struct, frozen=True):
    """The products that match a query, as a set, and what tells how closely."""

    members: int
    readings: Sequence[Sequence[str]]
    widest: Tier
    synonyms: Synonyms

    def tiers(self) -> Iterator[Tier]:
        """Yield tiers, the closest first: in the name or anywhere, as whole words or as beginnings.

        A product is of the first that finds it; what finds more than the members tells nothing of the others.
        """
        yield Tier("names", _query(self.readings, _finished, {}))
        yield Tier("names", _query(self.readings, _all_unfinished, {}))
        yield Tier("texts", _query(self.readings, _finished, self.synonyms))
        yield self.widest


def matching(snapshot: Snapshot, words: Sequence[str], synonyms: Synonyms) -> Match:
    """Return what matches all words. The last one may be unfinished; where so nothing matches, every word may."""
    readings = _readings(snapshot, words)
    match = _matching(snapshot, readings, _last_unfinished, synonyms)
    return match if match.members else _matching(snapshot, readings, _all_unfinished, synonyms)


def _matching(snapshot: Snapshot, readings: Sequence[Sequence[str]], parts: Parts, synonyms: Synonyms) -> Match:
    expression = _query(readings, parts, synonyms)
    return Match(snapshot.matching(expression), readings, Tier("texts", expression), synonyms)


def _readings(snapshot: Snapshot, words: Sequence[str]) -> list[Sequence[str]]:
    """Return the ways to read a query: as it stands, and with two words as one that the catalogue has (`tea pot`)."""
    if len(words) == 1:
        return [words]
    known = snapshot.frequencies([one + other for one, other in pairwise(words)])
    joined = [
        [*words[:at], one + other, *words[at + 2 :]]
        for at, (one, other) in enumerate(pairwise(words))
        if one + other in known
    ]
    return [words, *joined]


def repaired(snapshot: Snapshot, words: Sequence[str]) -> list[str] | None:
    """Return the words that were probably meant, the fewest slips away and found together; None where none are."""
    # Of a word after one that nothing can be made of, nobody asks.
    guesses = cache(partial(_guesses, snapshot, words))
    tried = 0
    for path in _cheapest_paths(guesses, len(words)):
        if path == list(words):
            continue
        if snapshot.any_matching(_all(_all_unfinished(path, {}))):
            return path
        tried += 1
        if tried == MOST_GUESSES:
            break
    return None


class _Guess(Struct, frozen=True, order=True):
    """How the query may go on from a word: at a cost, by some words, which stand for so many of the query's."""

    slips: int
    rarity: float
    words: tuple[str, ...]
    span: int = 1


def _guesses(snapshot: Snapshot, words: Sequence[str], at: int) -> list[_Guess]:
    """Return how the word at a place may have been meant, the most probable first."""
    word = words[at]
    found = [_Guess(slips, -log(products), (near,)) for near, slips, products in _near(snapshot, word)]
    found += [_Guess(1, -log(products), pair) for pair, products in _split(snapshot, word)]
    found = sorted(found)[:MOST_GUESSES_A_WORD]
    if at + 1 < len(words):
        joined = word + words[at + 1]
        found += [_Guess(1, -log(n), (joined,), 2) for n in snapshot.frequencies([joined]).values()]
    known = snapshot.begins_a_word(word) or snapshot.frequencies(domain.forms(word))
    return ([_Guess(0, 0.0, (word,))] if known else []) + found


def _near(snapshot: Snapshot, word: str) -> Iterator[tuple[str, int, int]]:
    """Yield the words of the catalogue that are few slips away, how many, and in how many products each is."""
    allowed = domain.tolerance(word)
    if not allowed:
        return
    letters = set(word)
    for near, products in snapshot.sharing(sorted(domain.stubs(word))):
        # Each letter that only one has is a slip, and these are the quicker to count.
        if near == word or abs(len(near) - len(word)) > allowed or len(letters.difference(near)) > allowed:
            continue
        slips = domain.slips(word, near)
        if slips <= allowed:
            yield near, slips, products


def _split(snapshot: Snapshot, word: str) -> Iterator[tuple[tuple[str, str], int]]:
    """Yield the pairs of words that a word may be, and in how many products the rarer one is."""
    pairs = list(domain.halves(word))
    if not pairs:
        return
    known = snapshot.frequencies(sorted({part for pair in pairs for part in pair}))
    for left, right in pairs:
        if left in known and right in known:
            yield (left, right), min(known[left], known[right])


def _cheapest_paths(guesses: Callable[[int], Sequence[_Guess]], length: int) -> Iterator[list[str]]:
    """Yield the ways through a query, fewest slips first, commoner words before rarer ones."""
    heap: list[tuple[int, float, int, tuple[str, ...]]] = [(0, 0.0, 0, ())]
    for _ in range(MOST_PATHS):
        if not heap:
            return
        slips, rarity, at, words = heappop(heap)
        if at == length:
            yield list(words)
            continue
        for guess in guesses(at):
            step = (slips + guess.slips, rarity + guess.rarity, at + guess.span, words + guess.words)
            heappush(heap, step)


def _query(readings: Iterable[Sequence[str]], parts: Parts, synonyms: Synonyms) -> str:
    """Return the FTS5 expression that finds what has all the words of one of the readings."""
    return " OR ".join(f"({_all(parts(words, synonyms))})" for words in readings)


def _finished(words: Sequence[str], synonyms: Synonyms) -> Iterable[str]:
    return (_whole(word, synonyms) for word in words)


def _all_unfinished(words: Sequence[str], synonyms: Synonyms) -> Iterable[str]:
    return (_beginning(word, synonyms) for word in words)


def _last_unfinished(words: Sequence[str], synonyms: Synonyms) -> Iterable[str]:
    yield from _finished(words[:-1], synonyms)
    yield _beginning(words[-1], synonyms)


def _all(expressions: Iterable[str]) -> str:
    return " AND ".join(f"({expression})" for expression in expressions)


def _whole(word: str, synonyms: Synonyms) -> str:
    return " OR ".join([*(f'"{form}"' for form in domain.forms(word)), *_synonyms(word, synonyms)])


def _beginning(word: str, synonyms: Synonyms) -> str:
    others = (f'"{form}"' for form in domain.forms(word) if not form.startswith(word))
    return " OR ".join([f'"{word}" *', *others, *_synonyms(word, synonyms)])


def _synonyms(word: str, synonyms: Synonyms) -> Iterator[str]:
    """Yield what the shop calls a word or its singular otherwise."""
    for form in domain.forms(word):
        for phrase in synonyms.get(form, ()):
            yield "(" + _all(_whole(part, {}) for part in domain.words(phrase)) + ")"
