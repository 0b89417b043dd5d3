"""Comparable keys of part numbers; the number as read is never changed and a key alone never identifies a part."""

import re
import unicodedata

from components.normalise.look_alikes import fold_look_alikes

# Below this a base number says too little to be looked for: "M5" of M5-1-4, "TEC2" of TEC2-1223WI.
MINIMUM_BASE_LENGTH = 5

# Of a family: XC7Z, STM32F, MSP430F; shorter ones (ADS, MAX) say the maker at most.
MINIMUM_FAMILY_LENGTH = 4

_REEL_SUFFIX = re.compile(r"[/#+ -](?:NOPB|TRPBF|PBF|T&R|TR|REEL(?:7|13)?|RL7?|R7|CT|T)$")
# A full stop is a decimal point more often than a separator (RPM5.0-6.0).
_SEPARATORS = re.compile(r"[^\w.]+|_+")


def part_key(text: str) -> str:
    """Return the upper-case letters and digits of `text` with look-alikes folded; "" when it holds none.

    Letters that look like no Latin one are kept, so that Russian numbers have a key too (РП15-50).
    """
    if text.isascii():
        return "".join(filter(str.isalnum, text.upper()))
    folded = fold_look_alikes(fold_look_alikes(text).upper())
    return unicodedata.normalize("NFKC", "".join(filter(str.isalnum, folded)))


def base_number(mpn: str) -> str:
    """Guess the key of the number without package, temperature and reel suffix (XC7Z020-2CLG400I → XC7Z020).

    A reel suffix behind a separator goes first; then the number ends at the first separator behind a token of both
    letters and digits (ADSP-BF534-4A → ADSPBF534). A suffix written without a separator stays. The guess is never
    shorter than five characters unless the whole key is.
    """
    tokens = [part_key(token) for token in _SEPARATORS.split(_without_reel_suffix(mpn))]
    base = ""
    for token in tokens:
        base += token
        if len(base) >= MINIMUM_BASE_LENGTH and _is_mixed(token):
            return base
    return part_key(base)


# What libraries of symbols write behind an underscore: the package that they drew (LD1117S12TR_SOT223).
_DRAWN_PACKAGE = re.compile(
    r"(?:_(?:SOT|TO|SC|SO|DPAK|D2PAK|[HTVSLUWPM]*(?:SOIC|SOP|QFN|QFP|DIP|BGA|DFN|SON|LGA|LCC))-?\d*\w*)+$"
)
# x or xx at the end of a number in capitals stands for whatever is ordered (STM32F439IGTx).
_ANY_ENDING = re.compile(r"([^a-z]*[A-Z0-9])x+")


def unpacked_number(mpn: str) -> str:
    """Return the key of the number without what says how it is packed on a reel (ADXL345BCCZ-RL7 → ADXL345BCCZ)."""
    return part_key(_DRAWN_PACKAGE.sub("", _without_reel_suffix(mpn)))


def open_number(mpn: str) -> str:
    """Return the key before an x that stands for any ending (STM32F439IGTx → STM32F439IGT); "" for none."""
    match = _ANY_ENDING.fullmatch(mpn)
    return part_key(match[1]) if match else ""


_LAST_DIGITS = re.compile(r"(.*\d\d)\D*\d?\D*")
_FAMILY = re.compile(r"(.*[^\W\d_])\d{2,}")


def core_number(base: str) -> str:
    """Guess the base number without letters written on directly (ADS1115IDGST → ADS1115): up to its last two digits.

    The whole base where that would leave fewer than five characters, or none but digits.
    """
    match = _LAST_DIGITS.fullmatch(base)
    core = match[1] if match else base
    return core if len(core) >= MINIMUM_BASE_LENGTH and _is_mixed(core) else base


def family_number(core: str) -> str:
    """Guess the family of a core number: what stands before its last run of digits (XC7Z020 → XC7Z); "" for none."""
    match = _FAMILY.fullmatch(core)
    family = match[1] if match else ""
    return family if len(family) >= MINIMUM_FAMILY_LENGTH and _is_mixed(family) else ""


def _without_reel_suffix(mpn: str) -> str:
    number = fold_look_alikes(mpn).upper().strip()
    while (shorter := _REEL_SUFFIX.sub("", number)) != number and part_key(shorter):
        number = shorter
    return number


def _is_mixed(token: str) -> bool:
    return any(map(str.isalpha, token)) and any(map(str.isdigit, token))
