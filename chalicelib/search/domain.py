"""Search's rules: what a word is, which words are forms of one another or misspellings, price bands; pure."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import combinations, pairwise

from msgspec import Struct

APOSTROPHES = dict.fromkeys(map(ord, "'’"))
MOST_WORDS = 12
# A word is compared by its beginning only, so that the table of misspellings stays small.
STUB_LETTERS = 7
SHORTEST_REPAIRED = 3
SHORTEST_REPAIRED_TWICE = 7
SHORTEST_PART = 3
SHORTEST_INFLECTED = 3


def words(text: str) -> list[str]:
    """Split text into the words that search compares: lower case, no accents, `Chef’s` as `chefs`."""
    # Twice, for what is decomposed may have capitals, and what has none may be decomposed.
    folded = unicodedata.normalize("NFKD", text).casefold()
    plain = unicodedata.normalize("NFKD", folded).translate(APOSTROPHES)
    return "".join(c if c.isalnum() else " " for c in plain if not unicodedata.combining(c)).split()


def query_words(query: str, ignored: frozenset[str]) -> list[str]:
    """Return the words that a product must match: each once, the first twelve, and without those that say nothing.

    The last one stays whatever it is, for it may not be finished.
    """
    asked = list(dict.fromkeys(words(query)))[:MOST_WORDS]
    return [word for word in asked[:-1] if word not in ignored] + asked[-1:]


def begins_all(starts: Iterable[str], whole: Sequence[str]) -> bool:
    """Whether each of some words, as far as it is typed, begins one of others."""
    return all(any(word.startswith(start) for word in whole) for start in starts)


# A query asks for its words' forms several times.
@lru_cache(MOST_WORDS)
def forms(word: str) -> tuple[str, ...]:
    """Return a word, and what may be its singular and its plural; some of them are no words at all."""
    found = [word]
    if len(word) > SHORTEST_INFLECTED:
        for plural, singulars in (("ies", ("y",)), ("ves", ("f", "fe")), ("es", ("",)), ("s", ("",))):
            if word.endswith(plural):
                found += [word.removesuffix(plural) + singular for singular in singulars]
    if len(word) >= SHORTEST_INFLECTED and not word.endswith("s"):
        found.append(word + "s")
    if word.endswith(("s", "x", "z", "ch", "sh", "o")):
        found.append(word + "es")
    if word.endswith("y"):
        found.append(word[:-1] + "ies")
    if word.endswith(("f", "fe")):
        found.append(word.removesuffix("e").removesuffix("f") + "ves")
    return tuple(dict.fromkeys(form for form in found if len(form) > 1 or form == word))


def tolerance(word: str) -> int:
    """Return how many slips a word of this length is forgiven."""
    if len(word) < SHORTEST_REPAIRED:
        return 0
    return 1 if len(word) < SHORTEST_REPAIRED_TWICE else 2


def stubs(word: str) -> set[str]:
    """Return what is left of a word's beginning when as many letters as it is forgiven are left out.

    Two words that are few slips apart have a stub in common: to find the one by the other is a look into an index.
    """
    stem = word[:STUB_LETTERS]
    kept = range(max(1, len(stem) - tolerance(word)), len(stem) + 1)
    return {"".join(letters) for count in kept for letters in combinations(stem, count)}


def slips(one: str, other: str) -> int:
    """Count the letters to insert, delete, replace or swap with a neighbour between two words."""
    while one and other and one[0] == other[0]:
        one, other = one[1:], other[1:]
    while one and other and one[-1] == other[-1]:
        one, other = one[:-1], other[:-1]
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, start=1):
        above, row, earlier = row, [i], before
        for j, b in enumerate(other, start=1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, earlier[j - 2] + 1)
            row.append(cost)
        before = above
    return row[-1]


def halves(word: str) -> Iterator[tuple[str, str]]:
    """Yield the ways to read a word as two that lack their space."""
    for at in range(SHORTEST_PART, len(word) - SHORTEST_PART + 1):
        yield word[:at], word[at:]


def bands(bounds: Sequence[int]) -> list[tuple[int, int | None]]:
    """Return the price bands between bounds, each its lowest and its highest price; the last one has no highest."""
    if not bounds:
        return []
    edges = [0, *bounds]
    return [(low, high - 1) for low, high in pairwise(edges)] + [(edges[-1], None)]


def band_value(low: int | None, high: int | None) -> str:
    """Write a price band as facets and addresses do: `2500-4999`, `10000-`."""
    return f"{low or 0}-{'' if high is None else high}"


class MissedSearch(Struct, frozen=True):
    """Words that were looked for in vain, how many times, and when last."""

    words: str
    times: int
    last_at: datetime


class Allowance:
    """Lets something happen at most so many times in each window of some seconds."""

    def __init__(self, times: int, seconds: float, clock: Callable[[], float]) -> None:
        self._times = times
        self._seconds = seconds
        self._clock = clock
        self._window = -1
        self._taken = 0

    def take(self) -> bool:
        """Count a time, or say that there have been enough."""
        window = int(self._clock() // self._seconds)
        if window != self._window:
            self._window, self._taken = window, 0
        self._taken += 1
        return self._taken <= self._times
