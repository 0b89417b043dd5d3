"""The legal forms and common words of company names, read from the two text files beside this module."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from components.normalise.companies.spellings import clean, is_unspaced, latin_words

_FOLDER = Path(__file__).parent
# Two light words weigh as much as one that tells companies apart; a single letter is an initial as often as not.
_LIGHT = 0.5
_SINGLE_LETTER = 0.5

Meaning = TypeVar("Meaning")


class LegalForm(NamedTuple):
    """What a legal form tells: its kind (limited, stock, state...) and where in a name it may stand."""

    kind: str
    place: str


class CommonWord(NamedTuple):
    """The word a key has for its many spellings, and whether it says little (light, little) or much (full)."""

    word: str
    weight: str


@dataclass(frozen=True)
class Phrases(Generic[Meaning]):
    """Meanings by the words that spell them; `longest` is the count of words of the longest, by the first word."""

    meanings: dict[tuple[str, ...], Meaning]
    longest: dict[str, int]

    def starting(self, words: list[str], at: int) -> Iterator[tuple[int, Meaning]]:
        """Yield the length and the meaning of each phrase that starts at `words[at]`, the longest first."""
        for length in range(self.longest.get(words[at], 0), 0, -1):
            meaning = self.meanings.get(tuple(words[at : at + length]))
            if meaning is not None and at + length <= len(words):
                yield length, meaning


@dataclass(frozen=True)
class Vocabulary:
    forms: Phrases[LegalForm]
    words: Phrases[CommonWord]
    weights: dict[str, str]
    unspaced: dict[str, str]
    unspaced_pattern: re.Pattern[str]

    def space_out(self, text: str) -> str:
        """Set the known Chinese, Japanese and Korean words of `text` apart, in the Latin word that stands for them."""
        return self.unspaced_pattern.sub(lambda found: f" {self.unspaced[found[0]]} ", text)


@cache
def vocabulary() -> Vocabulary:
    """Return the vocabulary, read once."""
    forms: dict[tuple[str, ...], LegalForm] = {}
    words: dict[tuple[str, ...], CommonWord] = {}
    unspaced: dict[str, str] = {}
    for kind, place, spellings in _rows("legal_forms.txt"):
        for spelling in spellings:
            key = _phrase(spelling, _FORM_FOR_UNSPACED, unspaced)
            # The place that allows more stays when a spelling has two.
            forms[key] = LegalForm(kind, place if forms.get(key, (kind, place))[1] == place else "ends")
    for weight, word, spellings in _rows("common_words.txt"):
        for spelling in [word, *spellings]:
            words[_phrase(spelling, word, unspaced)] = CommonWord(word, weight)
    longest_first = sorted(unspaced, key=len, reverse=True)
    return Vocabulary(
        _phrases(forms),
        _phrases(words),
        {meaning.word: meaning.weight for meaning in words.values()},
        unspaced,
        re.compile("|".join(map(re.escape, longest_first))),
    )


def weight_of(word: str) -> float:
    """Return how much `word`, of a key, tells about which company it is."""
    if vocabulary().weights.get(word) == "light":
        return _LIGHT
    return _SINGLE_LETTER if len(word) == 1 else 1.0


# Stands in for every form written in characters; must be spelled in legal_forms.txt as one that may stand anywhere.
_FORM_FOR_UNSPACED = "CO LTD"


def _rows(file_name: str) -> Iterator[tuple[str, str, list[str]]]:
    for line in (_FOLDER / file_name).read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            first, second, spellings = (cell.strip() for cell in line.split("|"))
            yield first, second, [spelling.strip() for spelling in spellings.split(";")]


def _phrase(spelling: str, stands_for: str, unspaced: dict[str, str]) -> tuple[str, ...]:
    """Return the words of `spelling`; those in characters are also put into `unspaced`."""
    cleaned = clean(spelling)
    if is_unspaced(cleaned):
        unspaced[cleaned] = stands_for
    return tuple(latin_words(cleaned))


def _phrases(meanings: dict[tuple[str, ...], Meaning]) -> Phrases[Meaning]:
    longest: dict[str, int] = {}
    for words in meanings:
        longest[words[0]] = max(longest.get(words[0], 0), len(words))
    return Phrases(meanings, longest)
