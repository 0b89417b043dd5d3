"""Split a company's name into words of upper-case Latin letters and digits; never changes the stored name."""

import re
import unicodedata

from anyascii import anyascii

from components.normalise.look_alikes import fold_look_alikes

# What stands between letters without parting them: Int'l, Xi'an, об'єднання.
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])['’‘`´ʼ′](?=[^\W\d_])")
# Initials with full stops and words; combining marks (Thai, Devanagari) are not \w and go with the transliteration.
_WORD = re.compile(r"(?:[^\W\d_]\.\s?)+[^\W\d_]\b\.?|[^\W_]+|&")
# ™ and № would become letters by NFKC.
_NO_LETTERS = str.maketrans("™℠®©№℗", "      ")
_LATIN_LIKE_CYRILLIC = str.maketrans("ABCEHKMOPTXY", "АВСЕНКМОРТХУ")
_CYRILLIC_LIKE_LATIN = frozenset("АВСЕНКМОРТХУІЈЅ")
# A word glued to its legal form: SiemensAG, PrimerGmbH.
_GLUED_FORM = re.compile(r"(?<=[a-zß-ÿ])(AG|SA|BV|NV|AB|LLC|JSC|GmbH|Ltd|Inc)\b")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_CYRILLIC_AND = frozenset({"И", "І"})


def clean(name: str) -> str:
    """Return `name` in NFKC and upper case, without quotes between letters and signs that NFKC makes letters of."""
    composed = unicodedata.normalize("NFKC", name.translate(_NO_LETTERS))
    return _APOSTROPHE.sub("", _GLUED_FORM.sub(r" \1", composed)).upper()


def is_unspaced(text: str) -> bool:
    """Tell whether `text` has letters of Chinese, Japanese or Korean, whose words stand without spaces."""
    return _UNSPACED.search(text) is not None


def latin_words(text: str) -> list[str]:
    """Return the words of `text`, which is `clean`, in Latin letters.

    Cyrillic comes out as BGN/PCGN romanise Russian (1947: ж zh, х kh, ц ts, щ shch, ы y, ю yu, я ya; no signs for ъ
    and ь), which is what the anyascii library does, Chinese as pinyin, Korean as Revised Romanisation, Japanese
    characters (kanji) wrongly as Chinese, Arabic without its vowels. A word of Cyrillic and Latin letters at once is
    read in the alphabet it has letters of that the other cannot imitate. Initials are joined: "A. O. Smith" gives AO.
    """
    if text.isascii():
        return _join_initials([_plain(word) for word in _WORD.findall(text)])
    is_latin_throughout = _is_latin_in_disguise(text)
    return _join_initials([_plain(_one_script(word, is_latin_throughout)) for word in _WORD.findall(text)])


def _plain(word: str) -> str:
    """Return the ASCII letters and digits of `word`; none for signs alone."""
    if word == "&" or word in _CYRILLIC_AND:
        return "AND"
    return "".join(filter(str.isalnum, anyascii(word))).upper()


def _one_script(word: str, is_latin_throughout: bool) -> str:
    cyrillic = frozenset(filter(_is_cyrillic, word))
    latin = frozenset(letter for letter in word if letter.isalpha() and letter.isascii())
    if not cyrillic or not (latin or is_latin_throughout):
        return word
    if cyrillic <= _CYRILLIC_LIKE_LATIN:
        return fold_look_alikes(word)
    return word.translate(_LATIN_LIKE_CYRILLIC)


def _is_latin_in_disguise(text: str) -> bool:
    """Tell whether every Cyrillic letter looks like a Latin one and some Latin letter is like no Cyrillic one."""
    cyrillic = frozenset(filter(_is_cyrillic, text))
    own_latin = {letter for letter in text if "A" <= letter <= "Z"} - frozenset("ABCEHKMOPTXY")
    return cyrillic <= _CYRILLIC_LIKE_LATIN and bool(own_latin)


def _is_cyrillic(letter: str) -> bool:
    return "\u0400" <= letter <= "\u052f"


def _join_initials(words: list[str]) -> list[str]:
    """Join neighbouring single letters, as the "A S" of "A/S"; leave out what has no letter or digit."""
    joined: list[str] = []
    is_open = False
    for word in filter(None, words):
        is_letter = len(word) == 1 and word.isalpha()
        if is_letter and is_open:
            joined[-1] += word
        else:
            joined.append(word)
        is_open = is_letter
    return joined
