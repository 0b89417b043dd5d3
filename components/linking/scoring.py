"""How sure a link is, and why, in words. Pure.

The scores are what this project assumes. When routes are computed, what people have confirmed and rejected of a grade
moves them (`components.routes.rightness`); the score of a link itself changes with the rule only.
"""

from collections.abc import Mapping
from datetime import date
from enum import Enum
from typing import NamedTuple

RULE_VERSION = "numbers-2"


class Grade(Enum):
    """What a shipment names of a part, from the surest to the vaguest."""

    EXACT = "exact"
    BASE = "base"
    FAMILY = "family"
    MAKER = "maker"
    HS = "hs"

    @property
    def rank(self) -> int:
        """0 for the surest."""
        return _RANKS[self]

    @property
    def is_vague(self) -> bool:
        """Whether it is of no part of its own."""
        return self in (Grade.MAKER, Grade.HS)


_RANKS = {grade: rank for rank, grade in enumerate(Grade)}


class Evidence(Enum):
    """What a shipment says of the maker."""

    DECLARED = "declared"
    NAMED = "named"
    NONE = "none"
    OTHER = "other"

    @property
    def is_for(self) -> bool:
        """Whether it speaks for the part's maker."""
        return self in (Evidence.DECLARED, Evidence.NAMED)


# The chance that the goods are the part (for MAKER: the maker's; for HS: any of the parts with the code), before
# anything else is looked at. Assumptions of this project, chosen before any review: the exact number with its maker is
# wrong by a misprint only; a base number is shared by every package, speed and temperature; a family by every member;
# goods of which no more than the code is told are seldom what a catalogue has.
ASSUMED: Mapping[tuple[Grade, Evidence], float] = {
    (Grade.EXACT, Evidence.DECLARED): 0.98,
    (Grade.EXACT, Evidence.NAMED): 0.95,
    (Grade.EXACT, Evidence.NONE): 0.90,
    (Grade.EXACT, Evidence.OTHER): 0.50,
    (Grade.BASE, Evidence.DECLARED): 0.45,
    (Grade.BASE, Evidence.NAMED): 0.40,
    (Grade.BASE, Evidence.NONE): 0.30,
    (Grade.FAMILY, Evidence.DECLARED): 0.06,
    (Grade.FAMILY, Evidence.NAMED): 0.05,
    (Grade.MAKER, Evidence.DECLARED): 0.95,
    (Grade.MAKER, Evidence.NAMED): 0.80,
    (Grade.HS, Evidence.NONE): 0.02,
}
# Chapters of the Harmonized System in which electronics, instruments and their machines are declared.
ELECTRONICS = frozenset({"84", "85", "87", "88", "90", "91", "93", "94", "95"})
OTHER_GOODS, OTHER_HEADING, NOT_YET_MADE, IN_PIECES = 0.3, 0.9, 0.2, 0.9


class Told(NamedTuple):
    """What a link rests on: the hit in words of the shipment, and the facts that it is held against."""

    grade: Grade
    evidence: Evidence
    number: str = ""
    found: str = ""
    suffix: str = ""
    is_ambiguous: bool = False
    maker: str = ""
    declared_maker: str = ""
    hs_code: str = ""
    part_hs_code: str = ""
    declared_on: date | None = None
    introduced: date | None = None


class Score(NamedTuple):
    """A number in [0, 1] with its reasons in words, in the order in which they were weighed."""

    score: float
    reasons: tuple[str, ...]


def score(told: Told) -> Score:
    """How sure it is that the goods are the part."""
    value, reasons = ASSUMED[told.grade, told.evidence], [_number_reason(told), _maker_reason(told)]
    for factor, reason in (_hs(told), _time(told), _pieces(told)):
        value *= factor
        if reason:
            reasons.append(reason)
    return Score(round(value, 4), tuple(filter(None, reasons)))


def _number_reason(told: Told) -> str:
    if told.grade is Grade.MAKER:
        return "no part number of the maker was found, only the maker"
    if told.grade is Grade.HS:
        return f"no number and no maker was found, only HS code {told.found}, which parts of the catalogue have"
    found = f"“{told.found}”"
    behind = f", with “{told.suffix}” written on" if told.suffix else ""
    if told.grade is Grade.EXACT:
        return f"the description names {told.number} as {found}{behind}"
    if told.grade is Grade.BASE:
        another = f"another variant than {told.number}" if told.suffix else f"not which variant: ours is {told.number}"
        return f"the description names the base number {found}{behind}: {another}"
    return f"the description names the family {found}{behind}, not {told.number}"


def _maker_reason(told: Told) -> str:
    if told.grade is Grade.HS:
        return ""
    if told.evidence is Evidence.DECLARED:
        return f"declared as made by “{told.declared_maker}”, which is {told.maker} or its owner or brand"
    if told.evidence is Evidence.NAMED:
        return f"the description names {told.maker}"
    if told.evidence is Evidence.OTHER:
        return f"declared as made by “{told.declared_maker}”, which is another maker than {told.maker}"
    return "no maker is named that the catalogue knows"


def _hs(told: Told) -> tuple[float, str]:
    code, own = told.hs_code, told.part_hs_code
    if not code or told.grade.is_vague:
        return 1.0, ""
    if own and code[:4] == own[:4]:
        return 1.0, f"HS code {code} agrees with {own} of the part"
    if code[:2] not in ELECTRONICS:
        return OTHER_GOODS, f"HS code {code} is of other goods than electronics"
    return (OTHER_HEADING, f"HS code {code} is not {own} of the part") if own else (1.0, "")


def _time(told: Told) -> tuple[float, str]:
    if told.introduced and told.declared_on and told.declared_on < told.introduced:
        return NOT_YET_MADE, f"declared on {told.declared_on}, before the part was introduced on {told.introduced}"
    return 1.0, ""


def _pieces(told: Told) -> tuple[float, str]:
    if told.is_ambiguous and not told.grade.is_vague:
        return IN_PIECES, "the number is short or several makers use it: it counts with its maker only"
    return 1.0, ""
