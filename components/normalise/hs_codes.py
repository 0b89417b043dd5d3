"""Codes of the Harmonized System as digits only; whether a code exists is for the reference data to say."""

import re

# Chapter, heading, subheading (WCO), then national lines of eight (EU CN) and ten digits (TN VED, HTS).
LENGTHS = (2, 4, 6, 8, 10)
SUBHEADING_LENGTH = 6
_SEPARATORS = re.compile(r"[\s.\-]+")


def read_hs_code(text: str) -> str:
    """Return the digits of an HS code written with or without dots, spaces and dashes ("8542.31" → "854231").

    Raises ValueError when it is anything but 2, 4, 6, 8 or 10 digits.
    """
    code = _SEPARATORS.sub("", text)
    if not (code.isascii() and code.isdigit()):
        raise ValueError(f"{text!r} is not an HS code: expected digits only, such as 854231 or 8542.31.")
    if len(code) not in LENGTHS:
        raise ValueError(f"{text!r} has {len(code)} digits: expected 2, 4, 6, 8 or 10.{_odd_length_hint(code)}")
    return code


def hs6(code: str) -> str:
    """Return the six-digit subheading of an HS code, which is the same worldwide; ValueError for a shorter code."""
    digits = read_hs_code(code)
    if len(digits) < SUBHEADING_LENGTH:
        raise ValueError(f"{code!r} is shorter than the six digits of a subheading.")
    return digits[:SUBHEADING_LENGTH]


def subheading(code: str) -> str:
    """As `hs6`, "" for what is no code or a shorter one."""
    try:
        return hs6(code)
    except ValueError:
        return ""


def _odd_length_hint(code: str) -> str:
    return " A spreadsheet may have dropped a leading zero." if len(code) + 1 in LENGTHS else ""
