"""Read a company's name into the words that tell it apart, and join them to a comparison key."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache

from components.normalise.companies.spellings import clean, latin_words
from components.normalise.companies.vocabulary import LegalForm, vocabulary, weight_of
from components.normalise.names import is_abbreviation_of

_BRACKETED = re.compile(r"[(\[]([^()\[\]]*)[)\]]")
# 61st, 2nd, 10th; 1-й and 2-ой come as "1 Y" and stay apart.
_ORDINAL = re.compile(r"(\d+)(?:ST|ND|RD|TH|YY|OY|Y)")
_DIGITS = re.compile(r"\d+")
# Two letters, in brackets or as a name, are more often a country than the initials of a company.
MINIMUM_ABBREVIATION_LENGTH = 3


@dataclass(frozen=True)
class CompanyName:
    """A name as read: `words` without legal forms, common words in one spelling; `kinds` of its legal forms.

    `spelled` are the words before common words were unified, whose initials an abbreviation is made of; `abbreviations`
    those the name itself gives in brackets.
    """

    words: tuple[str, ...]
    spelled: tuple[str, ...]
    kinds: frozenset[str]
    numbers: frozenset[str]
    abbreviations: frozenset[str]
    key: str

    @cached_property
    def squashed(self) -> str:
        """The words in their order without spaces."""
        return "".join(self.words)

    @cached_property
    def initials(self) -> frozenset[str]:
        """The initials as spelled and after unifying common words, where there are enough."""
        both = ("".join(word[0] for word in words) for words in (self.spelled, self.words))
        return frozenset(initials for initials in both if len(initials) >= MINIMUM_ABBREVIATION_LENGTH)


# An import asks for the key of each name when it resolves it and again when it stores it; 65,536 keys are some 15 MB.
@lru_cache(maxsize=65_536)
def company_key(name: str) -> str:
    """Return the key by which `name` is compared: words in upper-case Latin letters, sorted, without legal forms.

    Equal keys mean names that differ in alphabet, legal form, order, punctuation or the customary spelling of common
    words (Завод, Zavod, Plant) only: a strong hint of one company, no proof. Empty only for a name without any
    visible character: a name of nothing but legal forms keeps them, one of nothing but marks keeps those.
    """
    return read_company(name).key


# The callers compare one name with many; 4,096 readings are some 4 MB.
@lru_cache(maxsize=4096)
def read_company(name: str) -> CompanyName:
    """Read `name` into its words, kinds of legal form, numbers and abbreviations in brackets."""
    text = vocabulary().space_out(clean(name))
    text, abbreviations = _without_own_abbreviations(text)
    everything = latin_words(text)
    spelled, kinds = _without_forms(everything)
    spelled = spelled or everything
    words = list(dict.fromkeys(_unified(spelled) or spelled))
    key = " ".join(sorted(words)) or " ".join(name.split()).upper()
    numbers = frozenset(digits.lstrip("0") for word in words for digits in _DIGITS.findall(word))
    return CompanyName(tuple(words), tuple(spelled), kinds, numbers, abbreviations, key)


def _without_own_abbreviations(text: str) -> tuple[str, frozenset[str]]:
    """Return `text` without the brackets that repeat the name in short, and the abbreviations found in brackets.

    "Акционерное общество «Пример» (АО «Пример»)" says nothing new in brackets; "Primer (Hong Kong) Limited" does.
    """
    inners = _BRACKETED.findall(text)
    if not inners:
        return text, frozenset()
    outer, _ = _without_forms(latin_words(_BRACKETED.sub(" ", text)))
    abbreviations = set()
    for inner in inners:
        core, kinds = _without_forms(latin_words(inner))
        short = "".join(core)
        is_short_name = kinds or len(core) == 1
        if (
            is_short_name
            and len(short) >= MINIMUM_ABBREVIATION_LENGTH
            and not vocabulary().words.meanings.get(tuple(core))
        ):
            abbreviations.add("".join(_unified(core)))
        if core and outer and (kinds or _repeats(core, outer)):
            text = text.replace(inner, " ", 1)
    return text, frozenset(abbreviations)


def _repeats(core: list[str], outer: list[str]) -> bool:
    if set(_unified(core)) <= set(_unified(outer)):
        return True
    return any(is_abbreviation_of("".join(core), " ".join(words)) for words in (outer, _unified(outer)))


def _without_forms(words: list[str]) -> tuple[list[str], frozenset[str]]:
    """Return `words` without legal forms, and the kinds of those; unmistakable ones go even where nothing is left."""
    kept, kinds = _without_unmistakable_forms(words)
    while (form := _form_at_start(kept)) and _tells_apart(kept[form[0] :]):
        kept, kinds = kept[form[0] :], kinds | {form[1]}
    while (form := _form_at_end(kept)) and _tells_apart(kept[: -form[0]]):
        kept, kinds = kept[: -form[0]], kinds | {form[1]}
    return kept, frozenset(kinds)


def _tells_apart(words: list[str]) -> bool:
    """Tell whether more than common words is left: PT is a form in PT Primer but the name in PT Electronics."""
    return any(weight_of(word) == 1 for word in _unified(words))


def _without_unmistakable_forms(words: list[str]) -> tuple[list[str], set[str]]:
    kept: list[str] = []
    kinds: set[str] = set()
    at = 0
    while at < len(words):
        length, form = next(_forms(words, at, "any"), (1, None))
        if form is None:
            kept.append(words[at])
        else:
            kinds.add(form.kind)
        at += length
    return kept, kinds


def _form_at_start(words: list[str]) -> tuple[int, str] | None:
    found = next(_forms(words, 0, "start", "ends"), None) if words else None
    return (found[0], found[1].kind) if found else None


def _form_at_end(words: list[str]) -> tuple[int, str] | None:
    """Return the length and kind of the longest form that ends `words`."""
    for at in range(len(words)):
        for length, form in _forms(words, at, "end", "ends"):
            if at + length == len(words):
                return length, form.kind
    return None


def _forms(words: list[str], at: int, *places: str) -> Iterator[tuple[int, LegalForm]]:
    return (found for found in vocabulary().forms.starting(words, at) if found[1].place in places)


def _unified(words: list[str]) -> list[str]:
    """Return `words` with common words in one spelling, ordinals as numbers, and little words left out."""
    unified: list[str] = []
    at = 0
    while at < len(words):
        length, common = next(vocabulary().words.starting(words, at), (1, None))
        if common is None:
            ordinal = _ORDINAL.fullmatch(words[at])
            unified.append(ordinal[1] if ordinal else words[at])
        elif common.weight != "little":
            unified.append(common.word)
        at += length
    return unified
