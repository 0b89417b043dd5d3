"""Free text as a matcher reads it: one byte a letter, look-alikes folded, separators dropped but remembered. Pure."""

import re
import unicodedata
from functools import cached_property

import numpy as np

from components.normalise.look_alikes import fold_look_alikes

# CP1251 holds Latin and Russian letters in one byte each, so that a text is folded and squashed by `bytes.translate`,
# some fifty times as fast as `str.translate` on Cyrillic.
_ENCODING = "cp1251"
_STRONG = '\n\r\t;:()[]{}<>"«»“”|=!?'
_JOINERS = "-/#+.,_"
_BREAK, _SPACE = 10, 32  # what separators read as; every letter and digit reads as more


def _letter(code: int) -> str:
    """The letter or digit that a byte reads as; "" for a separator."""
    try:
        written = bytes([code]).decode(_ENCODING)
    except UnicodeDecodeError:
        return ""
    folded = fold_look_alikes(written).upper() if written.isalnum() else ""
    return folded if len(folded) == 1 and folded.isalnum() else ""


def _class(codes: list[int]) -> bytes:
    return b"[" + b"".join(rb"\x%02x" % code for code in codes) + b"]"


_STRONG_CODES = set(_STRONG.encode(_ENCODING))
_LETTERS = {code: letter for code in range(256) if (letter := _letter(code))}
_READ = bytes(
    _LETTERS[code].encode(_ENCODING)[0] if code in _LETTERS else _BREAK if code in _STRONG_CODES else _SPACE
    for code in range(256)
)
_DROPPED = bytes(code for code in range(256) if code not in _LETTERS)
# A Cyrillic letter that looks like no Latin one tells a Russian word from a number typed on a Russian keyboard.
_RUSSIAN = [code for code, letter in _LETTERS.items() if not letter.isascii()]
_CYRILLIC = _class([code for code in _LETTERS if code > 127])
_WORD_BEFORE = re.compile(_CYRILLIC + rb"+\Z")
_WORD_BEHIND = re.compile(_CYRILLIC + b"+")
_IS_RUSSIAN = re.compile(_class(_RUSSIAN))
_WRITTEN_ON = re.compile(
    _class([*(code for code, letter in _LETTERS.items() if letter.isascii()), *_JOINERS.encode()]) + b"+"
)
_TOKEN_BEFORE = re.compile(rb"[^ \n]+\Z")
_LONGEST_WORD = 60  # characters looked back over for the word before a number


def squashed(text: str) -> bytes:
    """The letters and digits of a text in upper case with look-alikes folded, as the patterns of a matcher are."""
    return squashed_bytes(encoded(text))


def squashed_bytes(raw: bytes) -> bytes:
    """The same of an encoded text."""
    return raw.translate(_READ, _DROPPED)


def encoded(text: str) -> bytes:
    """The text with one byte a character; what CP1251 does not have is folded first, and else reads as a separator."""
    try:
        return text.encode(_ENCODING)
    except UnicodeEncodeError:
        plain = fold_look_alikes(unicodedata.normalize("NFKC", text))
        return plain.encode(_ENCODING, "replace")


class Reading:
    """An encoded text with the places where a number may begin and end. Offsets are those of the squashed text."""

    def __init__(self, raw: bytes):
        self.raw = raw
        self.read = raw.replace(b", ", b";;").replace(b". ", b";;").translate(_READ)

    @cached_property
    def _places(self) -> list[int]:
        """Where in the text the character at each offset stands."""
        places: list[int] = (np.frombuffer(self.read, np.uint8) > _SPACE).nonzero()[0].tolist()
        return places

    def begins(self, at: int) -> int | None:
        """Where in the text a number may begin, for an offset; None inside a token.

        Behind a Russian word without a space (микросхемаXC7Z020) a number may begin too.
        """
        place = self._places[at]
        if place == 0 or self.read[place - 1] <= _SPACE:
            return place
        if self.raw[place] > 127 or self.raw[place - 1] <= 127:
            return None
        before = _WORD_BEFORE.search(self.raw, max(0, place - _LONGEST_WORD), place)
        return place if before and _IS_RUSSIAN.search(before[0]) else None

    def finishes(self, at: int) -> tuple[int, bool]:
        """Where in the text a number ends, for an offset, and whether a token or a Russian word behind it ends it."""
        place = self._places[at - 1] + 1
        if place == len(self.read) or self.read[place] <= _SPACE:
            return place, True
        if self.raw[place - 1] > 127 or self.raw[place] <= 127:
            return place, False
        behind = _WORD_BEHIND.match(self.raw, place)
        return place, bool(behind and _IS_RUSSIAN.search(behind[0]))

    def crosses(self, first: int, last: int) -> bool:
        """Whether a strong separator (a line end, a bracket, a comma and a space) lies between two places."""
        return self.read.find(b"\n", first, last) >= 0

    def spaces(self, first: int, last: int) -> bool:
        """Whether a space lies between two places."""
        return self.raw.find(b" ", first, last) >= 0

    def tail(self, last: int) -> tuple[str, bool]:
        """What is written on behind a place without a space, squashed, and whether a joiner stands between.

        It ends at a Russian word: 100 ШТ behind a hyphen is a quantity, and so no tail.
        """
        is_apart = last == len(self.read) or self.read[last] <= _SPACE
        if is_apart and (last + 1 >= len(self.read) or self.read[last + 1] <= _SPACE):
            return "", False
        following = _WRITTEN_ON.match(self.raw, last)
        if following is None:
            return "", False
        end, written = following.end(), following[0]
        if end < len(self.raw) and self.raw[end] in _RUSSIAN:
            word = _WORD_BEFORE.search(written)
            written = written[: word.start()] if word else written
        tail = written.translate(_READ, _DROPPED)
        is_quantity = tail.isdigit() and end < len(self.raw) and self.raw[end] in _RUSSIAN
        return "" if is_quantity else tail.decode("ascii"), is_apart

    def head(self, first: int) -> str:
        """The token that is written right before a place with a hyphen or an underscore between, squashed; or ""."""
        if first < 2 or self.raw[first - 1] not in b"-_":
            return ""
        before = _TOKEN_BEFORE.search(self.read, max(0, first - _LONGEST_WORD), first - 1)
        return before[0].decode(_ENCODING) if before else ""

    def written(self, first: int, last: int) -> str:
        """The text between two places, as written."""
        return self.raw[first:last].decode(_ENCODING, "replace")
