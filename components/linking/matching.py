"""Find the part numbers of a catalogue in the texts of shipments. Pure: texts in, hits out.

Two stages: an automaton (Aho and Corasick, Communications of the ACM 18, 1975) finds every number in the squashed text,
whatever its separators, case and look-alike letters; then each find is held against the tokens of the text, since a
squashed text also spells numbers across words that nobody wrote.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from components.linking.catalogue import Catalogue, Pattern
from components.linking.scoring import Evidence, Grade
from components.linking.texts import Reading, encoded, squashed, squashed_bytes

# What makers and distributors write behind a number to say how it is packed, not what it is.
PACKING = frozenset(
    {"TR", "T", "R", "RL", "RL7", "R7", "REEL", "REEL7", "REEL13", "NOPB", "PBF", "TRPBF", "TRP", "CT", "ND", "DKR"}
    | {"TRG4", "G4", "E4", "LF", "RG4", "TUBE", "TRAY", "BULK"}
)
LONGEST_SUFFIX = 10  # of package, temperature and speed; behind it stands another word
SHORTEST_NAME = 4  # of a maker in running text: shorter ones (TI, ST) only fill a field of their own
SURE_IN_PIECES = 8  # letters and digits from which a number may be written in pieces and need no maker
CACHED_FIELDS = 100_000


class Goods(NamedTuple):
    """What one shipment says of its goods, as declared."""

    description: str
    maker: str = ""
    brand: str = ""


class Hit(NamedTuple):
    """A part, or only a maker (`part` is -1), that a shipment names.

    `part` is the place in the catalogue; `evidence` what the shipment says of the maker; `found` the number as written,
    `at` its place in the description; `suffix` what is written on behind it.
    """

    part: int
    maker: int
    grade: Grade
    evidence: Evidence
    found: str = ""
    at: int = -1
    suffix: str = ""
    is_ambiguous: bool = False


class _Find(NamedTuple):
    """A pattern at a place of a text where a number can stand; `tail` is what is written on behind it."""

    pattern: Pattern
    first: int
    last: int
    tail: str
    is_joined: bool
    is_whole: bool
    is_specific: bool

    @property
    def is_exact(self) -> bool:
        """Nothing is written on but how it is packed."""
        return (self.is_whole or self.tail in PACKING) and (not self.tail or self.tail in PACKING)

    @property
    def is_variant(self) -> bool:
        """What is written on can be a suffix: not a further digit of the same run (LM358, LM3580), nor too long."""
        runs_on = not self.is_whole and self.tail[:1].isdigit() and self.pattern.key[-1].isdigit()
        return not runs_on and len(self.tail) <= LONGEST_SUFFIX

    @property
    def may_be_another(self) -> bool:
        """A letter written on directly behind a letter may make another device of it (ATMEGA328P, ATMEGA328PB)."""
        return not self.is_whole and self.pattern.key[-1].isalpha() and self.tail[:1].isalpha()


class Matcher:
    """Finds the parts of one catalogue. Not for several threads at once."""

    def __init__(self, catalogue: Catalogue, only: Collection[int] | None = None):
        """`only` names the parts, by their places, whose hits are wanted; ambiguity is judged by all."""
        self.catalogue = catalogue
        self.only = None if only is None else frozenset(only)
        self._find = catalogue.automaton.find_matches_as_indexes
        self._patterns = catalogue.patterns
        self._kin = [catalogue.kin_of(part.maker) for part in catalogue.parts]
        self.makers_of = lru_cache(CACHED_FIELDS)(self._makers_of)

    def hits(self, goods: Goods) -> list[Hit]:
        """Every part that the shipment names, each once with its best grade; else the makers that it names."""
        raw = encoded(goods.description)
        declared = self.makers_of(goods.maker) | self.makers_of(goods.brand)
        matches = self._find(squashed_bytes(raw), overlapping=True)
        if not matches:
            return self._only_makers(declared, ())
        reading = Reading(raw)
        standing, named = self._standing(reading, matches)
        best: dict[int, Hit] = {}
        for find in self._finds(reading, standing, bool(declared or named)):
            for hit in self._judge(reading, find, declared, named):
                kept = best.get(hit.part)
                if kept is None or hit.grade.rank < kept.grade.rank:
                    best[hit.part] = hit
        found = list(best.values()) if len(best) < 2 else _without_siblings(list(best.values()))
        if self.only is not None:
            found = [hit for hit in found if hit.part in self.only]
        return found or self._only_makers(declared, named)

    def _standing(
        self, reading: Reading, matches: Iterable[tuple[int, int, int]]
    ) -> tuple[list[tuple[int, int, bool, Pattern]], set[int]]:
        """The numbers that stand where numbers can, with their places, and the makers that the text names."""
        standing: list[tuple[int, int, bool, Pattern]] = []
        named: set[int] = set()
        for index, start, end in matches:
            first = reading.begins(start)
            if first is None:
                continue
            last, is_whole = reading.finishes(end)
            if reading.crosses(first, last):
                continue
            pattern = self._patterns[index]
            if pattern.makers and is_whole and len(pattern.key) >= SHORTEST_NAME:
                named.update(pattern.makers)
            if pattern.is_number:
                standing.append((first, last, is_whole, pattern))
        return standing, named

    def _finds(
        self, reading: Reading, standing: list[tuple[int, int, bool, Pattern]], has_makers: bool
    ) -> Iterator[_Find]:
        """The numbers as they stand, the longest first; none within an exact one (7Z020 in XC7Z020)."""
        exact: list[tuple[int, int]] = []
        for first, last, is_whole, pattern in sorted(standing, key=_by_length):
            if any(start <= first and last <= end for start, end in exact) or not (has_makers or pattern.says_parts):
                continue
            tail, is_joined = reading.tail(last)
            is_specific = pattern.is_specific and not _is_doubtful(reading, pattern, first, last)
            find = _Find(pattern, first, last, tail, is_joined, is_whole, is_specific)
            if pattern.exact and find.is_exact:
                exact.append((first, last))
            yield find

    def _judge(self, reading: Reading, find: _Find, declared: frozenset[int], named: set[int]) -> Iterator[Hit]:
        for grade, parts in _gradings(find):
            for number in parts:
                evidence = self._evidence(number, declared, named)
                if evidence.is_for or _needs_no_maker(find, grade, evidence):
                    maker, written = self.catalogue.parts[number].maker, reading.written(find.first, find.last)
                    yield Hit(number, maker, grade, evidence, written, find.first, find.tail, not find.is_specific)

    def _evidence(self, number: int, declared: frozenset[int], named: set[int]) -> Evidence:
        kin = self._kin[number]
        if declared and not kin.isdisjoint(declared):
            return Evidence.DECLARED
        if named and not kin.isdisjoint(named):
            return Evidence.NAMED
        return Evidence.OTHER if declared else Evidence.NONE

    def _only_makers(self, declared: frozenset[int], named: Collection[int]) -> list[Hit]:
        if self.only is not None:
            return []
        evidence = Evidence.DECLARED if declared else Evidence.NAMED
        return [Hit(-1, maker, Grade.MAKER, evidence) for maker in sorted(declared or named)]

    def _makers_of(self, text: str) -> frozenset[int]:
        """The makers that a field for the maker or brand names; a short name must be the whole field."""
        key = squashed(text)
        if not key:
            return frozenset()
        reading = Reading(encoded(text))
        found: set[int] = set()
        for index, start, end in self._find(key, overlapping=True):
            pattern = self._patterns[index]
            is_short = len(pattern.key) < SHORTEST_NAME
            if not pattern.makers or (is_short and len(key) != len(pattern.key)):
                continue
            first, (last, is_whole) = reading.begins(start), reading.finishes(end)
            if first is not None and is_whole and not reading.crosses(first, last):
                found.update(pattern.makers)
        return frozenset(found)


def _gradings(find: _Find) -> Iterator[tuple[Grade, Sequence[int]]]:
    """The parts that a find may name, by grade."""
    pattern = find.pattern
    if find.is_exact:
        yield Grade.EXACT, pattern.exact
    elif find.is_variant:
        # A catalogued number without a suffix of its own stands for all its packages.
        yield Grade.BASE if find.may_be_another else Grade.EXACT, pattern.bare
        yield Grade.BASE, pattern.suffixed
    if find.is_variant:
        yield Grade.BASE, pattern.base
    yield Grade.FAMILY, pattern.family


def _needs_no_maker(find: _Find, grade: Grade, evidence: Evidence) -> bool:
    """Whether the number says enough by itself; another maker is only outvoted by the exact number."""
    if not find.is_specific or grade is Grade.FAMILY:
        return False
    return grade is Grade.EXACT or evidence is not Evidence.OTHER


def _is_doubtful(reading: Reading, pattern: Pattern, first: int, last: int) -> bool:
    """Written in pieces and short, or behind another token and a hyphen (EVAL-AD9361BBCZ is a board)."""
    in_pieces = len(pattern.key) < SURE_IN_PIECES and reading.spaces(first, last)
    return in_pieces or bool(reading.head(first))


def _by_length(standing: tuple[int, int, bool, Pattern]) -> tuple[int, int]:
    first, last = standing[:2]
    return first - last, first


def _without_siblings(hits: list[Hit]) -> list[Hit]:
    """Where a shipment names a part surely, it does not name the others of its family."""
    best: dict[int, int] = {}
    for hit in hits:
        best[hit.at] = min(hit.grade.rank, best.get(hit.at, hit.grade.rank))
    return [hit for hit in hits if hit.grade.rank == best[hit.at]]
