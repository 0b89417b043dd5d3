"""Find the company names worth comparing without comparing all with all."""

import heapq
import math
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import islice

from components.normalise.companies.keys import CompanyName, read_company
from components.normalise.companies.likeness import LIKELY_SAME, Likeness, likeness_of
from components.normalise.companies.sounds import sound

_GRAM_LENGTH = 3
# Occurrences of grams looked at for one name, from the rarest gram on: it bounds the work, and the grams it leaves out
# are those of TECHNOLOGY and ELECTRONICS, which say little.
_OCCURRENCES_VISITED = 2000
# Different keys judged for one name.
_KEYS_JUDGED = 20

Found = tuple[int, Likeness]


def close_names(
    names: Sequence[str],
    *,
    against: Sequence[str] | None = None,
    at_least: float = LIKELY_SAME,
    most: int = 5,
) -> Iterator[tuple[int, int, Likeness]]:
    """Yield the pairs of names worth a look: index in `names`, index in `against`, likeness.

    Without `against` the names are compared with each other, each pair comes once, the smaller index first. For every
    name come at most `most` others, the likeliest first, by index where equally likely; names come in their order.
    Names are proposed by the 3-grams of their words that they share, weighted by rarity, as TF-IDF does (Manning,
    Raghavan, Schütze, Introduction to Information Retrieval, 2008, ch. 6), by a shared abbreviation or initials, and
    by equal keys; `company_likeness` judges. The work for one name has a bound, which not all names reach: from 2,000
    to 80,000 synthetic names the time grew as the count to the power of 1.25 (25 s for 20,000), never as its square.
    A pair that shares common grams only can be missed.
    """
    read = [read_company(name) for name in names]
    if against is None:
        yield from _close_to_each_other(read, at_least, most)
        return
    index = _Index([read_company(name) for name in against])
    for at, name in enumerate(read):
        yield from ((at, other, likeness) for other, likeness in _closest(name, index, None, at_least, most))


def _close_to_each_other(
    read: Sequence[CompanyName], at_least: float, most: int
) -> Iterator[tuple[int, int, Likeness]]:
    index = _Index(read)
    seen: set[tuple[int, int]] = set()
    for at, name in enumerate(read):
        for other, likeness in _closest(name, index, at, at_least, most):
            pair = (min(at, other), max(at, other))
            if pair not in seen:
                seen.add(pair)
                yield *pair, likeness


def _closest(name: CompanyName, index: "_Index", at: int | None, at_least: float, most: int) -> list[Found]:
    found = (
        (other, likeness_of(name, index.names[other])) for other in index.candidates(name, at, most) if other != at
    )
    good = (pair for pair in found if pair[1].score >= at_least)
    return heapq.nsmallest(most, good, key=lambda pair: (-pair[1].score, pair[0]))


class _Index:
    """Names by key; keys by the grams of their words and by what else they go by (abbreviations, initials)."""

    def __init__(self, names: Sequence[CompanyName]) -> None:
        self.names = names
        self.members: dict[str, list[int]] = defaultdict(list)
        self.handles: dict[str, dict[str, None]] = defaultdict(dict)  # keys in the order they came
        for at, name in enumerate(names):
            self.members[name.key].append(at)
            for handle in _handles(name):
                self.handles[handle][name.key] = None
        self.keys = list(self.members)
        self.grams: dict[str, list[int]] = defaultdict(list)
        self.lengths: list[float] = []
        self._fill()

    def _fill(self) -> None:
        for key_at, key in enumerate(self.keys):
            for gram in _grams(key):
                self.grams[gram].append(key_at)
        self.lengths = [math.hypot(*map(self._rarity, _grams(key))) or 1.0 for key in self.keys]

    def candidates(self, name: CompanyName, at: int | None, most: int) -> Iterator[int]:
        """Yield the indices of names to judge: of the same key those that follow `at`, then of others that are near."""
        same = self.members.get(name.key, [])
        start = 0 if at is None else bisect_right(same, at)
        yield from same[start : start + most]
        for key in self._near_keys(name):
            yield from self.members[key][:most]

    def _near_keys(self, name: CompanyName) -> Iterator[str]:
        by_handle = [
            key for handle in sorted(_handles(name)) for key in islice(self.handles.get(handle, ()), _KEYS_JUDGED)
        ]
        by_grams = (self.keys[key_at] for key_at in self._nearest_by_grams(name.key))
        yield from (key for key in dict.fromkeys([*by_handle, *by_grams]) if key != name.key)

    def _nearest_by_grams(self, key: str) -> list[int]:
        """Return the places of the keys that share most of the rare grams of `key`, the nearest first."""
        known = [gram for gram in _grams(key) if gram in self.grams]
        shared: dict[int, float] = defaultdict(float)
        left = _OCCURRENCES_VISITED
        for gram in sorted(known, key=lambda gram: (len(self.grams[gram]), gram)):
            weight = self._rarity(gram) ** 2
            for key_at in self.grams[gram][:left]:
                shared[key_at] += weight
            left -= len(self.grams[gram])
            if left <= 0:
                break
        return heapq.nsmallest(_KEYS_JUDGED + 1, shared, key=lambda near: (-shared[near] / self.lengths[near], near))

    def _rarity(self, gram: str) -> float:
        return math.log((1 + len(self.keys)) / len(self.grams[gram]))


def _grams(key: str) -> list[str]:
    """Return the different 3-grams of the words of `key`, as they sound, with their beginnings and ends."""
    padded = [f" {sound(word)} " for word in key.split()]
    grams = (word[at : at + _GRAM_LENGTH] for word in padded for at in range(max(1, len(word) - _GRAM_LENGTH + 1)))
    return list(dict.fromkeys(grams))


def _handles(name: CompanyName) -> set[str]:
    return {sound(name.squashed), *name.abbreviations, *name.initials, name.squashed}
