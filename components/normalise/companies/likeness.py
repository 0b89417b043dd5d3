"""Judge how alike two company names are, with the reasons in words; rapidfuzz compares word with word.

Every number below was set by hand, by what a case should mean and on the pairs of companies that people judged (see
benchmarks/company_names.py). Those are 70: the numbers order the cases and are no probabilities.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz import fuzz
from rapidfuzz.distance import OSA, JaroWinkler

from components.normalise.companies.keys import MINIMUM_ABBREVIATION_LENGTH, CompanyName, read_company
from components.normalise.companies.sounds import are_one_word, sound
from components.normalise.companies.vocabulary import weight_of

# At and above it a person should look. Between 0.82 and 0.88 precision and recall on people's judgements do not
# change; below come in names that only share their first word ("X" and "X Systems").
LIKELY_SAME = 0.85

_SAME_LETTERS = 0.98
_SAME_SOUND = 0.96
_SAME_WORD_SOUND = 0.97
_OWN_ABBREVIATION = 0.9
# Below LIKELY_SAME: the same initials fit several companies.
_INITIALS = 0.8
# Words parted otherwise in the other name are compared together, but nearly all letters must agree.
_RUN_ALIKE = 0.93
# One letter of five may differ. With more words count as different, however much of them is the same.
_WORD_ALIKE = 0.8
_SHORT_WORD_LENGTH = 3

_OTHER_NUMBERS = 0.7
_MISSING_NUMBERS = 0.9
_OTHER_SHORT_WORDS = 0.9
# Firms change from one form to the other, and translations of forms are loose.
_OTHER_FORM = 0.95
# A society and a firm of one name are two bodies.
_NOT_FOR_PROFIT = 0.8
_UNSPECIFIC_KIND = "company"


@dataclass(frozen=True)
class Likeness:
    """How alike two names are, in [0, 1], and the reasons in words."""

    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class _Alignment:
    """The words of two names that answer each other, alike by a share, and those left over on either side."""

    score: float
    alike: tuple[tuple[str, str], ...]
    only_first: tuple[str, ...]
    only_second: tuple[str, ...]


def company_likeness(first: str, second: str) -> Likeness:
    """Return how alike two names of companies are; the same for both orders of the arguments.

    Legal forms, alphabets, order and the customary spellings of common words make no difference. A word weighs less
    the less it says (Electronics), differing numbers, short words and kinds of legal form lower the score. Not meant
    for people's names.
    """
    return likeness_of(read_company(first), read_company(second))


def likeness_of(first: CompanyName, second: CompanyName) -> Likeness:
    """Return how alike two names, already read, are."""
    one, other = sorted((first, second), key=lambda name: (name.key, name.words))
    if not (one.words and other.words):
        same = one.key == other.key != ""
        return Likeness(float(same), ("same marks" if same else "a name without letters or digits",))
    score, reasons = _whole_likeness(one, other) or _likeness_by_words(one, other)
    for factor, reason in _differences(one, other):
        score *= factor
        reasons = (*reasons, reason)
    return Likeness(round(score, 4), reasons)


def _whole_likeness(one: CompanyName, other: CompanyName) -> tuple[float, tuple[str, ...]] | None:
    """Return score and reasons where the names are one as wholes, else None."""
    if one.key == other.key:
        return 1.0, ("same key after removing legal forms",)
    if one.squashed == other.squashed:
        return _SAME_LETTERS, ("same letters, spaced differently",)
    if sound(one.squashed) == sound(other.squashed):
        return _SAME_SOUND, ("same name in another romanisation",)
    return None


def _likeness_by_words(one: CompanyName, other: CompanyName) -> tuple[float, tuple[str, ...]]:
    alignment = _align(one, other)
    score, reasons = alignment.score, tuple(_reasons_of(alignment))
    if score < _OWN_ABBREVIATION and (abbreviation := _own_abbreviation(one, other)):
        return _OWN_ABBREVIATION, (f"{abbreviation} is given in brackets as the short name",)
    if score < _INITIALS and (initials := _initials(one, other)):
        return _INITIALS, (f"{initials} are the initials of the other name",)
    if _short_words(alignment.only_first) and _short_words(alignment.only_second):
        left = f"{_listed(_short_words(alignment.only_first))} and {_listed(_short_words(alignment.only_second))}"
        return score * _OTHER_SHORT_WORDS, (*reasons, f"short words differ: {left}")
    return score, reasons


def _align(one: CompanyName, other: CompanyName) -> _Alignment:
    """Pair the words of two names, the most alike first, and weigh what is paired against all there is."""
    shared = set(one.words) & set(other.words)
    first = [word for word in one.words if word not in shared]
    second = [word for word in other.words if word not in shared]
    everything = sum(map(weight_of, one.words)) + sum(map(weight_of, other.words))
    paired = 2 * sum(map(weight_of, shared))
    alike: list[tuple[str, str]] = []
    for likeness, here, there in _like_words(first, second):
        if here in first and there in second:
            first.remove(here)
            second.remove(there)
            alike.append((here, there))
            paired += (weight_of(here) + weight_of(there)) * likeness
    if ratio := _ratio_of_runs(first, second):
        alike.append((" ".join(first), " ".join(second)))
        paired += (sum(map(weight_of, first)) + sum(map(weight_of, second))) * ratio
        first, second = [], []
    return _Alignment(paired / everything, tuple(alike), tuple(first), tuple(second))


def _like_words(first: list[str], second: list[str]) -> list[tuple[float, str, str]]:
    found = ((_word_likeness(here, there), here, there) for here in first for there in second)
    return sorted((pair for pair in found if pair[0]), key=lambda pair: (-pair[0], pair[1], pair[2]))


def _word_likeness(here: str, there: str) -> float:
    """Return how alike two words that differ are, 0 where not enough; short words and numbers are the same or not.

    The optimal string alignment distance (a swap of neighbours is one error) says whether they are alike; how much is
    its mean with Jaro-Winkler (Winkler 1990), which was made for misspelt names and is mild on the ends of words.
    """
    if are_one_word(here, there):
        return _SAME_WORD_SOUND
    if min(len(here), len(there)) <= _SHORT_WORD_LENGTH or _has_digit(here) or _has_digit(there):
        return 0.0
    one, other = sound(here), sound(there)
    by_edits = OSA.normalized_similarity(one, other)
    return (by_edits + JaroWinkler.similarity(one, other)) / 2 if by_edits >= _WORD_ALIKE else 0.0


def _ratio_of_runs(first: list[str], second: list[str]) -> float:
    """Return the ratio of words that are parted otherwise (Andrang Heta, Ndrangheta), 0 unless they nearly agree."""
    if len(first) == len(second) or not first or not second or any(map(_has_digit, first + second)):
        return 0.0
    ratio = fuzz.ratio(sound("".join(first)), sound("".join(second)), score_cutoff=100 * _RUN_ALIKE)
    return ratio / 100


def _reasons_of(alignment: _Alignment) -> Iterator[str]:
    yield f"words alike by weight {alignment.score:.2f}"
    for here, there in alignment.alike:
        yield f"{here} is like {there}"
    for word in (*alignment.only_first, *alignment.only_second):
        yield f"{word} stands in one name only"


def _own_abbreviation(one: CompanyName, other: CompanyName) -> str | None:
    """Return the short name one gives itself in brackets if it is the other name; "(India)" in both says nothing."""
    for short, long in ((one, other), (other, one)):
        if short.squashed in long.abbreviations:
            return short.squashed
    return None


def _initials(one: CompanyName, other: CompanyName) -> str | None:
    for short, long in ((one, other), (other, one)):
        if len(short.squashed) >= MINIMUM_ABBREVIATION_LENGTH and short.squashed in long.initials:
            return short.squashed
    return None


def _differences(one: CompanyName, other: CompanyName) -> Iterator[tuple[float, str]]:
    """Yield the factor and the words of each difference that a shared name does not outweigh."""
    if one.numbers != other.numbers:
        factor = _OTHER_NUMBERS if one.numbers and other.numbers else _MISSING_NUMBERS
        yield factor, f"numbers differ: {_listed(one.numbers)} and {_listed(other.numbers)}"
    kinds, other_kinds = one.kinds - {_UNSPECIFIC_KIND}, other.kinds - {_UNSPECIFIC_KIND}
    if kinds and other_kinds and not kinds & other_kinds:
        factor = _NOT_FOR_PROFIT if "nonprofit" in kinds | other_kinds else _OTHER_FORM
        yield factor, f"legal forms differ: {_listed(kinds)} and {_listed(other_kinds)}"


def _short_words(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in words if len(word) <= _SHORT_WORD_LENGTH and not _has_digit(word))


def _has_digit(word: str) -> bool:
    return any(map(str.isdigit, word))


def _listed(words: frozenset[str] | tuple[str, ...]) -> str:
    return ", ".join(sorted(words)) or "none"
