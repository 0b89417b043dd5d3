"""Fold letters typed on the wrong keyboard layout to the Latin letter they look like; never changes stored text."""

import unicodedata

# Pairs of Unicode's confusables table (UTS #39, confusables.txt), restricted to letters of one keyboard layout.
# Left out on purpose: З (looks like 3), б (6), Ь (b) and г (r). They are real letters of Russian part numbers, nobody
# types them for a digit, and what an eye or OCR confuses belongs to the error model of `identify`, not to an exact key.
_CYRILLIC = "АВЕКМНОРСТУХІЈЅѴҮԚԜҺԌӀ"
_CYRILLIC_AS_LATIN = "ABEKMHOPCTYXIJSVYQWHGI"
_GREEK = "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ"
_GREEK_AS_LATIN = "ABEZHIKMNOPTYX"

# A small letter follows its capital (в→b, н→h), though it looks different, so that folding and changing case commute.
# The exception is the Greek mu, which the trade writes as u (μA741 = UA741, μPD78F = UPD78F).
# ™ and ℠ are dropped: NFKC would turn them into the letters TM and SM.
_BEFORE_NFKC = str.maketrans("", "", "™℠")
_TABLE = (
    str.maketrans(_CYRILLIC + _GREEK, _CYRILLIC_AS_LATIN + _GREEK_AS_LATIN)
    | str.maketrans(_CYRILLIC.lower() + _GREEK.lower(), (_CYRILLIC_AS_LATIN + _GREEK_AS_LATIN).lower())
    | {ord("μ"): "u"}
)


def fold_look_alikes(text: str) -> str:
    """Return `text` in NFKC with Cyrillic and Greek look-alikes as Latin letters; other letters stay as they are."""
    if text.isascii():  # nearly every part number: nothing to fold, and ten times as fast
        return text
    return unicodedata.normalize("NFKC", text.translate(_BEFORE_NFKC)).translate(_TABLE)
