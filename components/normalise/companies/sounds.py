"""Fold what romanisations of one word differ in; a folded word is for comparing only and says nothing to a person."""

import re
from functools import lru_cache

# What the customary romanisations of Russian (BGN/PCGN 1947, ICAO Doc 9303, ISO 9, the Library of Congress) and of the
# trade write for one letter: щ, х, ц, ф, кс, е, й. German ue and oe stand for ü and ö, which lose their dots.
_FOLDS = (
    ("SHCH", "SCH"),
    ("KH", "H"),
    ("TZ", "TS"),
    ("PH", "F"),
    ("X", "KS"),
    ("CK", "K"),
    ("W", "V"),
    ("YE", "E"),
    ("UE", "U"),
    ("OE", "O"),
    ("Y", "I"),
)
# Adjectives of places and the places: Муромский завод, Murom Plant.
_ADJECTIVE = re.compile(r"(?<=.{4})SK(?:IY|II|IJ|Y|I|AYA|AIA|OE|OYE|OIE|OGO|OY)$")
_HARD_C = re.compile(r"C(?=[AOUKLRTMNS]|$)")
_DOUBLED = re.compile(r"([A-Z])\1+")


# Common words come again and again; 65,536 words are some 8 MB.
@lru_cache(maxsize=65536)
def sound(word: str) -> str:
    """Return `word`, in upper-case Latin letters, as far as its romanisations agree."""
    folded = _ADJECTIVE.sub("", word)
    for written, heard in _FOLDS:
        folded = folded.replace(written, heard)
    return _DOUBLED.sub(r"\1", _HARD_C.sub("K", folded))


def are_one_word(first: str, second: str) -> bool:
    """Tell whether two words can be romanisations of one; ц is TS in a word and mostly C in an abbreviation."""
    return sound(first) == sound(second) or first.replace("TS", "C") == second.replace("TS", "C")
