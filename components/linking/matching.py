"""Find the part numbers of a catalogue in the texts of shipments. Pure: texts in, hits out.

Two stages: an automaton (Aho and Corasick, Communications of the ACM 18, 1975) finds every number in the squashed text,
whatever its separators, case and look-alike letters; then each find is held against the tokens of the text, since a
squashed text also spells numbers across words that nobody wrote.
"""

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from components.linking.catalogue import ANOTHER_DEVICE, SHORTEST_NAME, Catalogue, Pattern
from components.linking.scoring import Evidence, Grade
from components.linking.texts import (
    DROPPED,
    HARD,
    SPACE,
    Reading,
    encoded,
    has_number,
    is_labelled,
    names_nobody,
    names_somebody,
    squashed,
    squashed_bytes,
)
from components.normalise.hs_codes import subheading

# What makers and distributors write behind a number to say how it is packed, not what it is.
PACKING = frozenset(
    {"TR", "T", "R", "RL", "RL7", "R7", "REEL", "REEL7", "REEL13", "NOPB", "PBF", "TRPBF", "TRP", "CT", "ND", "DKR"}
    | {"TRG4", "G4", "E4", "LF", "RG4", "TUBE", "TRAY", "BULK"}
)
# Written before or behind a number, they make it the chip of a board.
BOARDS = frozenset({"EVAL", "EVALZ", "EVB", "EVK", "EVM", "EVKIT", "DEMO", "DEV", "DEVKIT", "DK", "KIT", "BOARD"})
LONGEST_SUFFIX = 10  # of package, temperature and speed; behind it stands another word
SHORTEST_IN_PIECES = 5  # letters and digits from which a number or name may be written in pieces at all
SURE_IN_PIECES = 8  # letters and digits from which a number may be written in pieces and need no maker
SURE_ACROSS_LINES = 10  # the same for a number that the end of a line cuts
CACHED_FIELDS = 100_000
CACHED_JUDGEMENTS = 100_000


class Goods(NamedTuple):
    """What one shipment says of its goods, as declared."""

    description: str
    maker: str = ""
    brand: str = ""
    hs_code: str = ""


class Hit(NamedTuple):
    """A part, or only a maker (`part` is -1), or only an HS code (`maker` is -1 too), that a shipment names.

    `part` is the place in the catalogue; `evidence` what the shipment says of the maker; `found` the number as written,
    or the six digits of the code; `at` its place in the description; `suffix` what is written on behind it.
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
        """What stands around it may make another device of it: a letter behind a letter, or one alone (MAX232E)."""
        is_letter = not self.is_whole and self.tail[:1].isalpha()
        is_longer = is_letter and (self.pattern.key[-1].isalpha() or len(self.tail) == 1)
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
# behind its last, whether the token ends there, its index, and what is written right before and behind.
_Standing = tuple[int, int, int, bool, int, str, str]
_NOBODY: frozenset[int] = frozenset()


class Matcher:
    """Finds the parts of one catalogue. Not for several threads at once."""

    def __init__(self, catalogue: Catalogue, only: Collection[int] | None = None):
        """`only` names the parts, by their places, whose hits are wanted; ambiguity is judged by all."""
        self.catalogue = catalogue
        self.only = None if only is None else frozenset(only)
        self._find = catalogue.automaton.find_matches_as_indexes
        self._patterns = catalogue.patterns
        self._makers = [part.maker for part in catalogue.parts]
        kin = {maker: catalogue.kin_of(maker) for maker in set(self._makers)}
        self._kin = [kin[maker] for maker in self._makers]
        self.makers_of = lru_cache(CACHED_FIELDS)(self._makers_of)
        self._declared = lru_cache(CACHED_FIELDS)(self._declared_by)
        self._makers_behind = lru_cache(CACHED_FIELDS)(self._makers_by_names)
        self._judged = lru_cache(CACHED_JUDGEMENTS)(self._judge)
        self._subheading = lru_cache(CACHED_FIELDS)(subheading)

    def hits(self, goods: Goods) -> list[Hit]:
        """Every part that the shipment names, each once with its best grade; else the makers that it names.

        Where it names nothing at all, neither a number nor a maker, the HS code, if a part has it.
        """
        raw = encoded(goods.description)
        declared = self._declared(goods.maker, goods.brand)
        matches = self._find(squashed_bytes(raw), overlapping=True)
        if not matches:
            return self._vague(goods, raw, declared, _NOBODY)
        reading = Reading(raw)
        standing, named, told = self._standing(reading, matches)
        if not standing:
            return self._vague(goods, raw, declared, told)
        found = self._found(goods.description, reading, standing, declared, named)
        if self.only is not None:
            return [hit for hit in found if hit.part in self.only]
        return found or self._vague(goods, raw, declared, told)

    def _standing(
        self, reading: Reading, matches: Sequence[tuple[int, int, int]]
    ) -> tuple[list[_Standing], frozenset[int], frozenset[int]]:
        """The numbers that stand where numbers can; the makers that the text names; those whose name tells by itself.

        Every match of every text comes through here, so that the order of the tests is by cost. The matches come by
        their ends: from the last to the first, a whole number comes before those that it begins with (XC7Z020-2CLG400I,
        XC7Z020, XC7Z), and they are left out without being looked for.
        """
        raw, read, patterns = reading.raw, reading.read, self._patterns
        size = len(raw)
        standing: list[_Standing] = []
        names: list[int] = []
        weak: list[tuple[int, int]] = []
        from_offset = to_offset = -1  # of the last whole number
        for index, start, end in reversed(matches):
            if from_offset <= start and end <= to_offset:
                continue
            pattern = patterns[index]
            first = read.find(pattern.written, start)
            if first >= 0 and len(raw[:first].translate(None, DROPPED)) != start:  # another place of the same letters
                first = reading.place_of(pattern.written, start)
            is_as_written = first >= 0
            if is_as_written:
                last = first + len(pattern.written)
            elif end - start < SHORTEST_IN_PIECES:
                continue
            else:
                first, last = reading.place(start), reading.place(end - 1) + 1
            is_edge = first == 0 or read[first - 1] <= SPACE
            if not is_edge and (pattern.is_name or not reading.begins(first)):
                continue
            is_whole = last == size or read[last] <= SPACE or reading.ends(last)
            if not is_whole and pattern.is_name:
                continue
            if not is_as_written and reading.is_parted(first, last, pattern.breaks, end - start >= SURE_ACROSS_LINES):
                continue
            if pattern.makers and is_whole and is_edge:
                if pattern.is_weak:
                    weak.append((index, first))
                else:
                    names.append(index)
            if pattern.is_name:
                continue
            if pattern.is_counted and last - first > end - start and reading.is_counted(first, last):
                continue
            head = reading.head(first) if first and raw[first - 1] in b"-_" else ""
            tail = reading.tail(last) if last < size and raw[last] != SPACE and read[last] != HARD else ""
            standing.append((start - end, first, last, is_whole, index, head, tail))
            if pattern.is_exact and is_whole and is_edge and not (tail or head):
                from_offset, to_offset = start, end
        named = told = self._makers_behind(tuple(names)) if names else _NOBODY
        if weak:
            named, told = self._told(reading, named, weak)
        return standing, named, told

    def _told(
        self, reading: Reading, named: frozenset[int], weak: list[tuple[int, int]]
    ) -> tuple[frozenset[int], frozenset[int]]:
        """The makers that names in a text speak for, and those that they tell by themselves, given whole names'.

        A word of goods (DIODES) names a maker behind a label only; an abbreviation (NXP) tells nothing by itself.
        """
        told = named
        for index, first in weak:
            pattern = self._patterns[index]
            if is_labelled(reading, first):
                told |= frozenset(pattern.makers)
            elif pattern.is_plain:
                continue
            named |= frozenset(pattern.makers)
        return named, told

    def _makers_by_names(self, indexes: tuple[int, ...]) -> frozenset[int]:
        return frozenset(maker for index in indexes for maker in self._patterns[index].makers)

    def _found(
        self,
        description: str,
        reading: Reading,
        standing: list[_Standing],
        declared: frozenset[int],
        named: frozenset[int],
    ) -> list[Hit]:
        """The parts that the numbers name: the longest first; none within an exact one (7Z020 in XC7Z020)."""
        if len(standing) == 1:
            return self._named_by(description, reading, standing[0], declared, named)[0]
        exact: list[tuple[int, int]] = []
        best: dict[int, Hit] = {}
        answered: set[int] = set()
        for find in sorted(standing):
            _, first, last, _, index, _, _ = find
            if any(start <= first and last <= end for start, end in exact):
                continue
            if first in answered and not self._patterns[index].says_parts:
                continue  # a family, beside a number that begins alike
            hits, is_exact = self._named_by(description, reading, find, declared, named)
            if is_exact:
                exact.append((first, last))
            for hit in hits:
                answered.add(first)
                kept = best.get(hit.part)
                if kept is None or hit.grade.rank < kept.grade.rank:
                    best[hit.part] = hit
        return _without_siblings(best.values())

    def _named_by(
        self,
        description: str,
        reading: Reading,
        standing: _Standing,
        declared: frozenset[int],
        named: frozenset[int],
    ) -> tuple[list[Hit], bool]:
        """The parts that one number names, and whether it is the exact number of any."""
        minus_length, first, last, is_whole, index, head, tail = standing
        pattern = self._patterns[index]
        if not pattern.says_parts and not declared and not named:
            return [], False
        if pattern.is_digits and reading.is_figure(first, last):
            return [], False
        is_sure = -minus_length >= SURE_IN_PIECES or not _is_doubtful(reading, pattern, first, last)
        if pattern.sole >= 0 and is_whole and not (head or tail):  # by far the most: not worth a place in the cache
            evidence = self._evidence(pattern.sole, declared, named)
            is_specific = is_sure and pattern.is_specific
            if is_specific or evidence is Evidence.DECLARED or evidence is Evidence.NAMED:
                maker, written = self._makers[pattern.sole], description[first:last]
                return [Hit(pattern.sole, maker, Grade.EXACT, evidence, written, first, "", not is_specific)], True
        verdicts, is_exact, is_ambiguous = self._judged(index, head, tail, is_whole, is_sure, declared, named)
        written = description[first:last]
        hits = [
            Hit(part, maker, grade, evidence, written, first, tail, is_ambiguous)
            for part, maker, grade, evidence in verdicts
        ]
        return hits, is_exact

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
        verdicts: list[tuple[int, int, Grade, Evidence]] = []
        for grade, parts in _gradings(find):  # from the best: a number that names a part surely names no other vaguely
            if verdicts and verdicts[0][2] is not grade:
                break
            for number in parts:
                evidence = self._evidence(number, declared, named)
                if evidence.is_for or _needs_no_maker(find, grade, evidence):
                    verdicts.append((number, self._makers[number], grade, evidence))
        return _Judgement(tuple(verdicts), find.is_exact and find.pattern.is_exact, not find.is_specific)

    def _evidence(self, number: int, declared: frozenset[int], named: frozenset[int]) -> Evidence:
        kin = self._kin[number]
        if declared and not kin.isdisjoint(declared):
            return Evidence.DECLARED
        if named and not kin.isdisjoint(named):
            return Evidence.NAMED
        return Evidence.OTHER if declared else Evidence.NONE

    def _vague(self, goods: Goods, raw: bytes, declared: frozenset[int], told: frozenset[int]) -> list[Hit]:
        """What is said of goods that no part is named of: their makers, else no more than their HS code."""
        if self.only is not None:
            return []
        if not (declared or told):
            return self._only_code(goods, raw)
        evidence = Evidence.DECLARED if declared else Evidence.NAMED
        return [Hit(-1, maker, Grade.MAKER, evidence) for maker in sorted(declared or told)]

    def _only_code(self, goods: Goods, raw: bytes) -> list[Hit]:
        code = self._subheading(goods.hs_code) if goods.hs_code else ""
        if code not in self.catalogue.subheadings or not (names_nobody(goods.maker) and names_nobody(goods.brand)):
            return []
        if has_number(raw) or names_somebody(raw):
            return []
        return [Hit(-1, -1, Grade.HS, Evidence.NONE, code)]

    def _declared_by(self, maker: str, brand: str) -> frozenset[int]:
        return self.makers_of(maker) | self.makers_of(brand)

    def _makers_of(self, text: str) -> frozenset[int]:
        """The makers that a field for the maker or brand names; a short name or a mere word must be all of it."""
        key = squashed(text)
        if len(key) < SHORTEST_NAME:
            return self.catalogue.short_names.get(key, _NOBODY)
        reading = Reading(encoded(text))
        found: set[int] = set()
        for index, start, end in self._find(key, overlapping=True):
            pattern = self._patterns[index]
            if not pattern.makers:
                continue
            first, last = reading.place(start), reading.place(end - 1) + 1
            if pattern.is_weak and not reading.is_field(first, last):
                continue
            if reading.is_token(first, last) and not reading.is_parted(first, last, _NOBODY, True):
                found.update(pattern.makers)
        return frozenset(found)


def _gradings(find: _Find) -> Iterator[tuple[Grade, Sequence[int]]]:
    """The parts that a find may name, by grade, the surest first."""
    pattern = find.pattern
    if find.is_exact:
        yield Grade.EXACT, pattern.bare + pattern.suffixed
        yield Grade.BASE, pattern.base
    elif find.is_variant:
        # A catalogued number without a suffix of its own stands for all its packages.
        yield Grade.BASE if find.may_be_another else Grade.EXACT, pattern.bare
        yield Grade.BASE, pattern.suffixed
        yield Grade.FAMILY if find.is_another else Grade.BASE, pattern.base
    yield Grade.FAMILY, pattern.family


def _needs_no_maker(find: _Find, grade: Grade, evidence: Evidence) -> bool:
    """Whether the number says enough by itself; another maker is only outvoted by the exact number."""
    if not find.is_specific or grade is Grade.FAMILY:
        return False
    return grade is Grade.EXACT or evidence is not Evidence.OTHER


def _is_doubtful(reading: Reading, pattern: Pattern, first: int, last: int) -> bool:
    """Whether a short number is written in pieces or glued to a word."""
    return reading.is_glued(first) or (last - first > len(pattern.key) and reading.spaces(first, last))


def _without_siblings(hits: Collection[Hit]) -> list[Hit]:
    """Where a text names a part surely, it names neither the others of its family nor those of a shorter number."""
    best: dict[int, tuple[int, int]] = {}
    for hit in hits:
        told = hit.grade.rank, -len(hit.found)
        best[hit.at] = min(told, best.get(hit.at, told))
    return [hit for hit in hits if (hit.grade.rank, -len(hit.found)) == best[hit.at]]
