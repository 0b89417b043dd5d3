"""Find the part numbers of a catalogue in the texts of shipments. Pure: texts in, hits out.

Two stages: an automaton (Aho and Corasick, Communications of the ACM 18, 1975) finds every number in the squashed text,
whatever its separators, case and look-alike letters; then each find is held against the tokens of the text, since a
squashed text also spells numbers across words that nobody wrote.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from components.linking.catalogue import ANOTHER_DEVICE, SHORTEST_NAME, SHORTEST_TOLD_NAME, Catalogue, Pattern
from components.linking.scoring import Evidence, Grade
from components.linking.texts import Reading, encoded, is_labelled, letters_of, squashed, squashed_bytes

# What makers and distributors write behind a number to say how it is packed, not what it is.
PACKING = frozenset(
    {"TR", "T", "R", "RL", "RL7", "R7", "REEL", "REEL7", "REEL13", "NOPB", "PBF", "TRPBF", "TRP", "CT", "ND", "DKR"}
    | {"TRG4", "G4", "E4", "LF", "RG4", "TUBE", "TRAY", "BULK"}
)
# Written before or behind a number, they make it the chip of a board.
BOARDS = frozenset({"EVAL", "EVALZ", "EVB", "EVK", "EVM", "EVKIT", "DEMO", "DEV", "DEVKIT", "DK", "KIT", "BOARD"})
LONGEST_SUFFIX = 10  # of package, temperature and speed; behind it stands another word
SURE_IN_PIECES = 8  # letters and digits from which a number may be written in pieces and need no maker
SURE_ACROSS_LINES = 10  # the same for a number that the end of a line cuts
CACHED_FIELDS = 100_000
CACHED_JUDGEMENTS = 100_000


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
    """A pattern where a number can stand, and what is written before and behind.

    `head` stands before a hyphen; `tail` directly behind, or behind a hyphen or the like where `is_whole`; `is_sure`
    says that number and shape leave no doubt.
    """

    pattern: Pattern
    head: str
    tail: str
    is_whole: bool
    is_sure: bool

    @property
    def is_exact(self) -> bool:
        """Nothing is written on but how it is packed."""
        return (self.tail in PACKING or (self.is_whole and not self.tail)) and self.head not in BOARDS

    @property
    def is_specific(self) -> bool:
        """Whether the number needs no maker: nor stands behind another token (EVAL-AD9361BBCZ), but that of a shop."""
        return self.is_sure and self.pattern.is_specific and (not self.head or self.head.isdigit())

    @property
    def is_variant(self) -> bool:
        """What is written on can be a suffix: not a further digit of the same run (LM358, LM3580), nor too long."""
        runs_on = not self.is_whole and self.tail[:1].isdigit() and self.pattern.key[-1].isdigit()
        return not runs_on and len(self.tail) <= LONGEST_SUFFIX

    @property
    def may_be_another(self) -> bool:
        """A letter written on directly behind a letter may make another device of it (ATMEGA328P, ATMEGA328PB)."""
        is_longer = not self.is_whole and self.pattern.key[-1].isalpha() and self.tail[:1].isalpha()
        return is_longer or self.is_another or self.tail in BOARDS or self.head in BOARDS

    @property
    def is_another(self) -> bool:
        """What stands behind a hyphen is the name of another device (ESP32-WROVER)."""
        return self.is_whole and bool(ANOTHER_DEVICE.match(self.tail))


class _Judgement(NamedTuple):
    """The parts, makers, grades and evidence that a find comes to, wherever it stands."""

    verdicts: tuple[tuple[int, int, Grade, Evidence], ...]
    is_exact: bool
    is_ambiguous: bool


# Where a pattern stands in a text, so that the longest sorts first: its length below zero, its first place, the place
# behind its last, whether the token ends there, its index.
_Standing = tuple[int, int, int, bool, int]
_NOBODY: frozenset[int] = frozenset()


class Matcher:
    """Finds the parts of one catalogue. Not for several threads at once."""

    def __init__(self, catalogue: Catalogue, only: Collection[int] | None = None):
        """`only` names the parts, by their places, whose hits are wanted; ambiguity is judged by all."""
        self.catalogue = catalogue
        self.only = None if only is None else frozenset(only)
        self._find = catalogue.automaton.find_matches_as_indexes
        self._patterns = patterns = catalogue.patterns
        self._is_name = [not p.says_parts and not p.family for p in patterns]
        self._kin = [catalogue.kin_of(part.maker) for part in catalogue.parts]
        self.makers_of = lru_cache(CACHED_FIELDS)(self._makers_of)
        self._declared = lru_cache(CACHED_FIELDS)(self._declared_by)
        self._judged = lru_cache(CACHED_JUDGEMENTS)(self._judge)

    def hits(self, goods: Goods) -> list[Hit]:
        """Every part that the shipment names, each once with its best grade; else the makers that it names."""
        raw = encoded(goods.description)
        declared = self._declared(goods.maker, goods.brand)
        matches = self._find(squashed_bytes(raw), overlapping=True)
        if not matches:
            return self._only_makers(declared, _NOBODY)
        reading = Reading(raw)
        standing, named, told = self._standing(reading, matches)
        if not standing:
            return self._only_makers(declared, told)
        found = self._found(goods.description, reading, standing, declared, named)
        if self.only is not None:
            return [hit for hit in found if hit.part in self.only]
        return found or self._only_makers(declared, told)

    def _standing(
        self, reading: Reading, matches: Sequence[tuple[int, int, int]]
    ) -> tuple[list[_Standing], frozenset[int], frozenset[int]]:
        """The numbers that stand where numbers can; the makers that the text names; those whose name tells by itself.

        Every match of every text comes through here, most of them inside a token: the order of the tests is by cost.
        """
        edges, borders, is_name, patterns = reading.edges, reading.borders, self._is_name, self._patterns
        standing: list[_Standing] = []
        names: list[tuple[int, int]] = []
        letters = b""
        known = -1
        for index, start, end in matches:
            is_edge = start in edges
            if is_name[index]:
                if not is_edge or end not in edges:
                    continue
            elif not is_edge:  # inside a token, unless a Russian word stands before
                letters = letters or letters_of(reading.raw)
                if letters[start - 1] <= 127 or not reading.begins(reading.place(start)):
                    continue
            if start != known:  # numbers that begin alike mostly follow one another
                token = bisect_right(borders, start) - 1
                known, first, token_end = start, reading.token_place(token) + start - borders[token], borders[token + 1]
            pattern = patterns[index]
            if end <= token_end:
                last = first + end - start
            else:
                last = reading.place(end - 1) + 1
                if reading.is_parted(first, last, pattern.breaks, end - start >= SURE_ACROSS_LINES):
                    continue
            is_whole = end in edges or reading.ends(last)
            if pattern.makers and is_whole and is_edge:
                names.append((index, first))
            if not is_name[index]:
                standing.append((start - end, first, last, is_whole, index))
        return standing, *(self._told(reading, names) if names else (_NOBODY, _NOBODY))

    def _told(self, reading: Reading, names: list[tuple[int, int]]) -> tuple[frozenset[int], frozenset[int]]:
        """The makers that names in a text speak for, and those that they tell by themselves.

        A word of goods (DIODES) names a maker behind a label only; an abbreviation (NXP) tells nothing by itself.
        """
        named: set[int] = set()
        told: set[int] = set()
        for index, first in names:
            pattern = self._patterns[index]
            is_weak = pattern.is_plain or len(pattern.key) < SHORTEST_TOLD_NAME
            if not is_weak or is_labelled(reading, first):
                told.update(pattern.makers)
            elif pattern.is_plain:
                continue
            named.update(pattern.makers)
        return frozenset(named), frozenset(told)

    def _found(
        self,
        description: str,
        reading: Reading,
        standing: list[_Standing],
        declared: frozenset[int],
        named: frozenset[int],
    ) -> list[Hit]:
        """The parts that the numbers name: the longest first; none within an exact one (7Z020 in XC7Z020)."""
        if len(standing) > 1:
            standing.sort()
        exact: list[tuple[int, int]] = []
        best: dict[int, Hit] = {}
        answered: set[int] = set()
        for _, first, last, is_whole, index in standing:
            if exact and any(start <= first and last <= end for start, end in exact):
                continue
            pattern = self._patterns[index]
            # A family says nothing without its maker, nor beside a number that begins alike.
            if not pattern.says_parts and (first in answered or not (declared or named)):
                continue
            if pattern.is_digits and reading.is_figure(first, last):
                continue
            tail, is_sure = reading.tail(last), not _is_doubtful(reading, pattern, first, last)
            judgement = self._judged(index, reading.head(first), tail, is_whole, is_sure, declared, named)
            if judgement.is_exact:
                exact.append((first, last))
            if not judgement.verdicts:
                continue
            answered.add(first)
            written = description[first:last]
            for part, maker, grade, evidence in judgement.verdicts:
                kept = best.get(part)
                if kept is None or grade.rank < kept.grade.rank:
                    best[part] = Hit(part, maker, grade, evidence, written, first, tail, judgement.is_ambiguous)
        return list(best.values()) if len(best) < 2 else _without_siblings(best.values())

    def _judge(
        self,
        index: int,
        head: str,
        tail: str,
        is_whole: bool,
        is_sure: bool,
        declared: frozenset[int],
        named: frozenset[int],
    ) -> _Judgement:
        """The parts that a find names, given the makers; cached, for the same number recurs with the same makers."""
        find = _Find(self._patterns[index], head, tail, is_whole, is_sure)
        verdicts = []
        for grade, parts in _gradings(find):
            for number in parts:
                evidence = self._evidence(number, declared, named)
                if evidence.is_for or _needs_no_maker(find, grade, evidence):
                    verdicts.append((number, self.catalogue.parts[number].maker, grade, evidence))
        return _Judgement(tuple(verdicts), find.is_exact and bool(find.pattern.exact), not find.is_specific)

    def _evidence(self, number: int, declared: frozenset[int], named: frozenset[int]) -> Evidence:
        kin = self._kin[number]
        if declared and not kin.isdisjoint(declared):
            return Evidence.DECLARED
        if named and not kin.isdisjoint(named):
            return Evidence.NAMED
        return Evidence.OTHER if declared else Evidence.NONE

    def _only_makers(self, declared: frozenset[int], told: frozenset[int]) -> list[Hit]:
        if self.only is not None or not (declared or told):
            return []
        evidence = Evidence.DECLARED if declared else Evidence.NAMED
        return [Hit(-1, maker, Grade.MAKER, evidence) for maker in sorted(declared or told)]

    def _declared_by(self, maker: str, brand: str) -> frozenset[int]:
        return self.makers_of(maker) | self.makers_of(brand)

    def _makers_of(self, text: str) -> frozenset[int]:
        """The makers that a field for the maker or brand names; a short name or a mere word must be the whole field."""
        key = squashed(text)
        if len(key) < SHORTEST_NAME:
            return self.catalogue.short_names.get(key, _NOBODY)
        reading = Reading(encoded(text))
        found: set[int] = set()
        for index, start, end in self._find(key, overlapping=True):
            pattern = self._patterns[index]
            is_weak = len(pattern.key) < SHORTEST_TOLD_NAME or pattern.is_plain
            if not pattern.makers or (is_weak and len(key) != len(pattern.key)):
                continue
            if start not in reading.edges or end not in reading.edges:
                continue
            if not reading.is_parted(reading.place(start), reading.place(end - 1) + 1, _NOBODY, True):
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
        yield Grade.FAMILY if find.is_another else Grade.BASE, pattern.base
    yield Grade.FAMILY, pattern.family


def _needs_no_maker(find: _Find, grade: Grade, evidence: Evidence) -> bool:
    """Whether the number says enough by itself; another maker is only outvoted by the exact number."""
    if not find.is_specific or grade is Grade.FAMILY:
        return False
    return grade is Grade.EXACT or evidence is not Evidence.OTHER


def _is_doubtful(reading: Reading, pattern: Pattern, first: int, last: int) -> bool:
    """Whether a short number is written in pieces or glued to a word."""
    if len(pattern.key) >= SURE_IN_PIECES:
        return False
    return reading.is_glued(first) or (last - first > len(pattern.key) and reading.spaces(first, last))


def _without_siblings(hits: Collection[Hit]) -> list[Hit]:
    """Where a text names a part surely, it names neither the others of its family nor those of a shorter number."""
    best: dict[int, tuple[int, int]] = {}
    for hit in hits:
        told = hit.grade.rank, -len(hit.found)
        best[hit.at] = min(told, best.get(hit.at, told))
    return [hit for hit in hits if (hit.grade.rank, -len(hit.found)) == best[hit.at]]
