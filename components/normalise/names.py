"""Comparable keys of company names, their legal forms and abbreviations; display names are never replaced by a key."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from components.normalise.look_alikes import fold_look_alikes

# Legal forms as they stand at the end of a name, a word or several; forms in Cyrillic are folded like every other word.
_TRAILING_FORMS_WRITTEN = """
    inc incorporated corp corporation co company comp ltd limited ltda llc llp lp plc pte pty pvt private sdn bhd
    gmbh mbh ag kg kgaa ohg se sa sas sarl sasu srl spa nv bv bvba oy oyj ab asa as aps kk sro doo kft zrt nyrt sl slu
    tbk jsc ojsc cjsc pjsc ooo oao pao zao too tov ооо ао оао пао зао тоо тов ат пат прат
"""
# The longest first, or "spol" would stay behind when "s r.o." goes.
_TRAILING_PHRASES_WRITTEN = ("spol s ro", "sp z oo", "s ro", "sp zoo", "de cv", "a s", "and")
_TRAILING_PHRASES = tuple(tuple(phrase.split()) for phrase in _TRAILING_PHRASES_WRITTEN)
# In front of a name only forms that no Latin name begins with: "AO" and "AG" are initials too (A. O. Smith).
_LEADING_FORMS_WRITTEN = "jsc ojsc cjsc pjsc llc ooo oao pao zao pt ооо оао пао зао тоо тов пат прат"
_LEADING_CYRILLIC = ("ао", "ат")

_WORD = re.compile(r"(?:[^\W_]\.)+[^\W_]\b\.?|[^\W_]+(?:['’`][^\W_]+)*|&")
# Letters that carry no combining mark to strip.
_PLAIN_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"})
_LITTLE_WORDS = frozenset({"and", "of", "the", "for", "de"})
# A single letter abbreviates everything.
MINIMUM_ABBREVIATION_LENGTH = 2


class _Word(NamedTuple):
    key: str
    written: str
    start: int
    end: int


def name_key(name: str) -> str:
    """Return the words of `name` folded, in lower case, without accents, punctuation and legal form.

    Empty only for a name without any visible character: a name of nothing but a legal form or marks keeps them.
    """
    words = _without_forms(list(_words(name)))
    return " ".join(word.key for word in words) or name.strip().casefold()


def strip_legal_form(name: str) -> str:
    """Return `name` as written (in NFC) without the legal forms at its ends ("Vishay Intertechnology, Inc.")."""
    composed = unicodedata.normalize("NFC", name)
    words = list(_words(composed))
    kept = _without_forms(words)
    if kept == words:
        return composed.strip()
    start = kept[0].start if kept[0] != words[0] else 0
    end = kept[-1].end if kept[-1] != words[-1] else len(composed)
    return composed[start : _closing_end(composed, end)].strip()


def has_legal_form(name: str) -> bool:
    """Tell whether a legal form stands at an end of `name`, which must not be the whole name."""
    words = list(_words(name))
    return _without_forms(words) != words


def is_legal_form(text: str) -> bool:
    """Tell whether `text` is nothing but legal forms, as the "Ltd." behind a comma."""
    words = list(_words(text))
    return bool(words) and all(word.key in _TRAILING_FORMS for word in words)


def is_abbreviation_of(short: str, long: str) -> bool:
    """Tell whether `short` is made of `long`: its initials, beginnings of its words in order, or a run of whole words.

    Beginnings start at the first word, may leave out little words (of, and) and may stop early: ONSEMI of
    ON Semiconductor, BMTI of Beijing Microelectronics Technology Institute, Mayatech of Jingzhou Mayatech Technology.
    """
    short_words = name_key(short).split()
    # Legal forms lend their initials too: the C of NEC is that of Company.
    long_words = [word.key for word in _words(long)]
    squashed = "".join(short_words)
    if len(squashed) < MINIMUM_ABBREVIATION_LENGTH or len(squashed) >= len("".join(long_words)):
        return False
    return _is_run(short_words, long_words) or _is_made_of_beginnings(squashed, long_words)


def _words(name: str) -> Iterator[_Word]:
    composed = unicodedata.normalize("NFC", name)
    for match in _WORD.finditer(composed):
        if key := _word_key(match[0]):
            yield _Word(key, match[0], match.start(), match.end())


def _word_key(word: str) -> str:
    if word == "&":
        return "and"
    folded = unicodedata.normalize("NFKD", fold_look_alikes(word).casefold())
    return "".join(filter(str.isalnum, folded)).translate(_PLAIN_LETTERS)


_TRAILING_FORMS = frozenset(map(_word_key, _TRAILING_FORMS_WRITTEN.split()))
_LEADING_FORMS = frozenset(map(_word_key, _LEADING_FORMS_WRITTEN.split()))


def _without_forms(words: list[_Word]) -> list[_Word]:
    kept = words
    while len(kept) > 1 and _is_leading_form(kept[0]):
        kept = kept[1:]
    while count := _trailing_form_length(kept, is_first=len(kept) == len(words)):
        kept = kept[:-count]
    return kept


def _is_leading_form(word: _Word) -> bool:
    return word.key in _LEADING_FORMS or word.written.casefold() in _LEADING_CYRILLIC


def _trailing_form_length(words: list[_Word], *, is_first: bool) -> int:
    """Count the words of the legal form that ends `words`, 0 for none; an "and" counts once a form behind it went."""
    keys = tuple(word.key for word in words)
    for phrase in _TRAILING_PHRASES:
        if keys[-len(phrase) :] == phrase and len(keys) > len(phrase) and not (phrase == ("and",) and is_first):
            return len(phrase)
    return 1 if len(keys) > 1 and keys[-1] in _TRAILING_FORMS else 0


def _closing_end(text: str, end: int) -> int:
    """Move `end` behind a bracket that closes one opened before it: "Allystar (Shenzhen)" keeps its own."""
    closes_here = text[end : end + 1] == ")" and text[:end].count("(") > text[:end].count(")")
    return end + 1 if closes_here else end


def _is_run(short: list[str], long: list[str]) -> bool:
    return any(long[at : at + len(short)] == short for at in range(len(long) - len(short) + 1))


def _is_made_of_beginnings(squashed: str, words: list[str]) -> bool:
    """Walk the words keeping every length of `squashed` they can spell so far; plain recursion could explode."""
    spelt = {0}
    for word in words:
        further = {at + length for at in spelt for length in _shared_lengths(squashed[at:], word)}
        if len(squashed) in further:
            return True
        spelt = further | spelt if word in _LITTLE_WORDS else further
    return False


def _shared_lengths(text: str, word: str) -> list[int]:
    return [length for length in range(1, min(len(text), len(word)) + 1) if word.startswith(text[:length])]
