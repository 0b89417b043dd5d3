"""Free text as a matcher reads it: one byte a letter, look-alikes folded, separators dropped but remembered. Pure."""

import re
import unicodedata

from components.normalise.look_alikes import fold_look_alikes

# CP1251 holds Latin and Russian letters in one byte each, so that a text is folded and squashed by `bytes.translate`,
# some fifty times as fast as `str.translate` on Cyrillic.
_ENCODING = "cp1251"
_HARD = ';:()[]{}<>"«»“”„|=!?'
_SOFT = "\n\r\t\v\f"
_JOINERS = "-/#+.,_"
# What separators read as; every letter and digit reads as more than a space.
HARD, SOFT, SPACE = 10, 13, 32
# Letters and digits of a word that may be anybody's part number: of one that begins with a letter (SS54), and of one
# that does not (24LC256; 12V and 50HZ are ratings).
SHORTEST_NUMBER, SHORTEST_FROM_DIGIT = 3, 5


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


_LETTERS = {code: letter for code in range(256) if (letter := _letter(code))}
_SEPARATORS = dict.fromkeys(_HARD.encode(_ENCODING), HARD) | dict.fromkeys(_SOFT.encode(_ENCODING), SOFT)
_READ = bytes(
    _LETTERS[code].encode(_ENCODING)[0] if code in _LETTERS else _SEPARATORS.get(code, SPACE) for code in range(256)
)
_FOLDED = bytes(_READ[code] if code in _LETTERS else code for code in range(256))
DROPPED = bytes(code for code in range(256) if code not in _LETTERS)
# A Cyrillic letter that looks like no Latin one tells a Russian word from a number typed on a Russian keyboard.
_RUSSIAN = [code for code, letter in _LETTERS.items() if not letter.isascii()]
_CYRILLIC = _class([code for code in _LETTERS if code > 127])
_WORD_BEFORE = re.compile(_CYRILLIC + rb"+\Z")
_WORD_BEHIND = re.compile(_CYRILLIC + b"+")
_IS_RUSSIAN = re.compile(_class(_RUSSIAN))
_WRITTEN_ON = re.compile(
    _class([*(code for code, letter in _LETTERS.items() if letter.isascii()), *_JOINERS.encode()]) + b"+"
)
_TOKEN_BEFORE = re.compile(rb"[^ \n\r]+\Z")
_LONGEST_WORD = 60  # characters looked back over for the word before a number
_SHORTEST_WORD = 4  # letters of a Russian word that a number in look-alikes may be glued to
# Behind a comma, stroke or plus: five letters and digits or more, of both kinds, are the next number of a list, and
# none of the suffixes that stand behind one (,118 /NOPB I/SN +T).
_NEXT_NUMBER = re.compile(rb"[,/+](?=[A-Z0-9-]*\d[A-Z-]*\d)(?=[0-9-]*[A-Z])[A-Z0-9-]{5}")
# What parts words: a bracket or the like, and a comma or full stop before a space.
_IS_PARTED = re.compile(_class(list(_HARD.encode(_ENCODING))) + rb"|[,.] ")
_FIELD_BEFORE = re.compile(rb"(?:\A|[/,;|()\n])[ \"'\xab]*\Z")
_FIELD_BEHIND = re.compile(rb"[ \"'\xbb]*(?:\Z|[/,;|()\n])")
_QUANTITY = re.compile(rb"[-/,. ]\d+\Z")
_COUNTED = re.compile(rb"(?:\d+(?:PCS?|EA|SHT)|X\d+)")
_UNITS = (
    "ШТУК ШТ КОМПЛ УП ЕД PCS PC EA КГ ГР Г ММ СМ М ВТ В А V W MM KG ГОДА ГОД РУБ USD EUR % КГЦ МГЦ ГЦ HZ МКФ КОМ ОМ"
)
# Behind a number of digits: a unit or a further figure of a decimal, a date, a range.
_MEASURED = re.compile(
    rb"[ \xa0]?(?:%b)(?![A-Z0-9\x80-\xff])|[.,/:x*-]\d" % _UNITS.replace(" ", "|").encode(_ENCODING).translate(_FOLDED)
)
_FIGURE_BEFORE = re.compile(rb"(?:\d[.,/:*-]|\xb9 ?)\Z")
_LAST_PIECE = re.compile(rb"[ \xa0](\d+)\Z")
_ENTITY = re.compile(rb"&(?:#\d{1,6}|#[xX][0-9a-fA-F]{1,5}|[a-zA-Z]{2,8});")
_WEAK_ENTITIES = (b"&nbsp", b"&amp;", b"&shy;", b"&#160", b"&#xA0", b"&ndas", b"&#45;", b"&mdas", b"&hyph")


_LABELS = (
    "ИЗГОТОВИТЕЛЬ|ПРОИЗВОДИТЕЛЬ|ФИРМА|ТОВАРНЫЙ ЗНАК|ТОРГОВАЯ МАРКА|МАРКА|БРЕНД|ТМ|MANUFACTURER|MFR|MFG|MAKER|BRAND"
    "|TRADEMARK|VENDOR|MADE BY|PRODUCER"
)
# What stands in the field of a maker or brand where there is none: the first is how declarations say it (declaration
# XML, G31_12); the others are assumptions of this project.
_NONE = (
    "ОТСУТСТВУЕТ|ОТСУТСТВУЮТ|НЕ УКАЗАН|НЕ УКАЗАНО|НЕ УКАЗАНА|НЕТ|НЕТ ДАННЫХ|НЕИЗВЕСТЕН|НЕИЗВЕСТНО|НЕ УСТАНОВЛЕН"
    "|НЕ ОБОЗНАЧЕН|БЕЗ ТОВАРНОГО ЗНАКА|БЕЗ МАРКИ|NONE|NO|N/A|NA|NO NAME|NO BRAND|NOT SPECIFIED|NOT STATED|UNKNOWN"
)
# A word of letters and digits, hyphens and the like within it.
_WORD = re.compile(_class([*_LETTERS]) + b"+(?:[-/.+#_]" + _class([*_LETTERS]) + b"+)*")
# What a part number that begins with a digit has and a rating (1000ВТ) has not: a digit behind a letter, or Latin.
_NO_RATING = re.compile(rb"[^\d]\d|[A-Za-z]")
_FOLDED_LABELS = rb"(?:" + _LABELS.encode(_ENCODING).translate(_FOLDED) + rb")"
_LABEL = re.compile(_FOLDED_LABELS + rb"[ \n]*\Z")
LONGEST_NONE = 3  # words of the longest of `_NONE`
_INTRODUCED = re.compile(
    rb"(?:\A|[ \n\r])" + _FOLDED_LABELS + rb"(?:[ \n]+" + _FOLDED_LABELS + rb")*[ \n]+(?=([^\n\r]*))"
)


class _Outside(dict[int, str]):
    """The one character that stands for each that CP1251 lacks, so that places in the text stay what they are."""

    def __missing__(self, code: int) -> str:
        self[code] = found = _replaced(chr(code))
        return found


def _replaced(character: str) -> str:
    if character == "，":  # no decimal comma: it stands between the items of a Chinese list
        return ";"
    plain = fold_look_alikes(unicodedata.normalize("NFKC", character))
    for candidate in (character, plain, unicodedata.normalize("NFD", plain)[:1]):
        if len(candidate) == 1 and candidate.encode(_ENCODING, "ignore"):
            return candidate
    kind = unicodedata.category(character)
    if kind == "Pd" or character == "\N{MINUS SIGN}":
        return "-"
    # A letter of another script, a mark of its own: words stand between what is written around it.
    return ";" if kind[0] in "LPC" and kind != "Cf" else " "


_OUTSIDE = _Outside()


def squashed(text: str) -> bytes:
    """The letters and digits of a text in upper case with look-alikes folded, as the patterns of a matcher are."""
    return squashed_bytes(encoded(text))


def letters_of(raw: bytes) -> bytes:
    """The letters and digits of an encoded text as they are written: as many as in the squashed one."""
    return raw.translate(None, DROPPED)


def squashed_bytes(raw: bytes) -> bytes:
    """The squashed form of an encoded text."""
    return raw.translate(_READ, DROPPED)


def encoded(text: str) -> bytes:
    """The text with one byte a character, at the same place; what CP1251 does not have is folded or a separator.

    Entities of HTML read as separators.
    """
    try:
        raw = text.encode(_ENCODING)
    except UnicodeEncodeError:
        raw = text.translate(_OUTSIDE).encode(_ENCODING, "replace")
    return _ENTITY.sub(_blank, raw) if b"&" in raw else raw


def _blank(entity: re.Match[bytes]) -> bytes:
    return (b" " if entity[0][:5] in _WEAK_ENTITIES else b";") * len(entity[0])


def shape_of(text: str) -> bytes:
    """A text as it reads, each separator by its strength, without those at its ends."""
    return encoded(text).translate(_READ).strip()


def breaks(text: str) -> frozenset[int]:
    """The offsets in the squashed text before which a hard separator stands: 1 and 2 of "A(B)C"."""
    return _breaks_of(encoded(text))


def _breaks_of(raw: bytes) -> frozenset[int]:
    return frozenset(len(squashed_bytes(raw[: parted.start()])) for parted in _IS_PARTED.finditer(raw))


class Reading:
    """An encoded text with the places where a number may begin and end.

    An offset counts the letters and digits of the text, as the squashed text does; a place counts all its characters.
    Places are looked up one by one: few are asked for, and a table of all would cost more than the search itself.
    """

    __slots__ = ("raw", "read")

    def __init__(self, raw: bytes):
        self.raw = raw
        self.read = raw.translate(_READ)  # every separator at its place

    def place(self, offset: int) -> int:
        """Where in the text the character at an offset stands."""
        place = offset
        while missing := offset - len(letters_of(self.raw[:place])):
            place += missing
        while self.read[place] <= SPACE:
            place += 1
        return place

    def place_of(self, key: bytes, offset: int) -> int:
        """Where a number at an offset stands in just this shape, as `shape_of` gives it; -1 where it does not."""
        place = self.read.find(key, offset)
        # As many letters stand before it, or it is another place of the same letters.
        while place >= 0 and (missing := offset - len(letters_of(self.raw[:place]))):
            place = self.read.find(key, place + missing) if missing > 0 else -1
        return place

    def begins(self, place: int) -> bool:
        """Whether a number may begin at a place: not inside a token.

        Behind a Russian word without a space it may (микросхемаXC7Z020), and within one that ends in look-alikes where
        what stands before is a word by itself (микросхемаХС7Z020).
        """
        raw = self.raw
        if place == 0 or self.read[place - 1] <= SPACE:
            return True
        if raw[place - 1] <= 127:
            return False
        before = _WORD_BEFORE.search(raw, max(0, place - _LONGEST_WORD), place)
        if before is None or not _IS_RUSSIAN.search(before[0]):
            return False
        return raw[place] <= 127 or len(before[0]) >= _SHORTEST_WORD

    def ends(self, place: int) -> bool:
        """Whether a token ends before a place, or a Russian word begins at it."""
        if place == len(self.read) or self.read[place] <= SPACE:
            return True
        if self.raw[place] <= 127:
            return False
        behind = _WORD_BEHIND.match(self.raw, place)
        return bool(behind and _IS_RUSSIAN.search(behind[0], 0, 1 if self.raw[place - 1] > 127 else len(behind[0])))

    def is_token(self, first: int, last: int) -> bool:
        """Whether what stands between two places is one or more whole tokens."""
        begins = first == 0 or self.read[first - 1] <= SPACE
        return begins and (last == len(self.read) or self.read[last] <= SPACE)

    def is_field(self, first: int, last: int) -> bool:
        """Whether what stands between two places is all that a field, or one of several in it (A / B, C; D), says."""
        return bool(_FIELD_BEFORE.search(self.raw, 0, first) and _FIELD_BEHIND.match(self.raw, last))

    def is_parted(self, first: int, last: int, allowed: frozenset[int], is_long: bool) -> bool:
        """Whether separators between two places part what stands there into words.

        Hard ones (a bracket, a semicolon, a comma and a space) do, but at the `allowed` offsets, where the number
        itself has them; the end of a line does unless the number is long.
        """
        between = self.raw[first:last]
        if _IS_PARTED.search(between) and not _breaks_of(between) <= allowed:
            return True
        return not is_long and b"\r" in self.read[first:last]

    def is_counted(self, first: int, last: int) -> bool:
        """Whether the last piece of what stands between two places, behind a space, counts or measures (7606 6 ШТ)."""
        piece = _LAST_PIECE.search(self.raw, first, last)
        return bool(piece and _MEASURED.match(self.raw[last : last + 8].translate(_FOLDED)))

    def spaces(self, first: int, last: int) -> bool:
        """Whether a space or the end of a line lies between two places."""
        return any(separator in self.raw[first:last] for separator in (b" ", b"\xa0", b"\n", b"\t"))

    def is_figure(self, first: int, last: int) -> bool:
        """Whether digits between two places are a quantity, a measure, or one of the figures of a date or decimal."""
        if _FIGURE_BEFORE.search(self.raw, max(0, first - 3), first):
            return True
        return bool(_MEASURED.match(self.raw[last : last + 8].translate(_FOLDED)))

    def tail(self, last: int) -> str:
        """What is written on behind a place without a space, squashed; "" for a quantity or the next number of a list.

        It ends at a Russian word: 100 ШТ behind a hyphen is a quantity, and so no tail.
        """
        read, raw = self.read, self.raw
        if last == len(read) or read[last] == HARD or raw[last] == SPACE:
            return ""
        if read[last] <= SPACE and (last + 1 == len(read) or read[last + 1] <= SPACE):
            return ""
        following = _WRITTEN_ON.match(raw, last)
        if following is None:
            return ""
        end, written = following.end(), following[0]
        is_before_russian = end < len(raw) and raw[end] in _RUSSIAN
        if is_before_russian and (word := _WORD_BEFORE.search(written)):
            written = written[: word.start()]
        if is_before_russian or _MEASURED.match(raw[end : end + 8].translate(_FOLDED)):
            written = _QUANTITY.sub(b"", written)
        written = _NEXT_NUMBER.split(written.translate(_FOLDED), maxsplit=1)[0]
        tail = written.translate(None, DROPPED)
        if read[last] <= SPACE and _COUNTED.fullmatch(tail):
            return ""
        return tail.decode("ascii")

    def head(self, first: int) -> str:
        """The token right before a place, a hyphen or underscore between, squashed; "" for none or a Russian word."""
        if first < 2 or self.raw[first - 1] not in b"-_":
            return ""
        before = _TOKEN_BEFORE.search(self.read, max(0, first - _LONGEST_WORD), first - 1)
        return before[0].decode("ascii") if before and not _IS_RUSSIAN.search(before[0]) else ""

    def is_glued(self, first: int) -> bool:
        """Whether a Russian word runs into the number, both in look-alike letters."""
        return first > 0 and self.read[first - 1] > SPACE and self.raw[first] > 127


_NAMES_NOBODY = frozenset(squashed(words) for words in _NONE.split("|")) | {b""}


def names_nobody(field: str) -> bool:
    """Whether the field of a maker or brand is empty, or says that there is none."""
    return squashed(field) in _NAMES_NOBODY


def has_number(raw: bytes) -> bool:
    """Whether a word of an encoded text may be anybody's part number: it has letters and digits, and is no rating."""
    for word in _WORD.finditer(raw):
        written = letters_of(word[0])
        if written.isdigit() or not any(map(written.__contains__, b"0123456789")):
            continue
        if not written[:1].isdigit():
            if len(written) >= SHORTEST_NUMBER:
                return True
        elif len(written) >= SHORTEST_FROM_DIGIT and _NO_RATING.search(written):
            return True
    return False


def names_somebody(raw: bytes) -> bool:
    """Whether a word that introduces a maker or brand stands in an encoded text, and a name behind it."""
    for told in _INTRODUCED.finditer(raw.translate(_READ)):
        behind = told[1].split()[:LONGEST_NONE]
        nobody = (b"".join(behind[:count]) in _NAMES_NOBODY for count in range(1, len(behind) + 1))
        if behind and not any(nobody):
            return True
    return False


def is_labelled(reading: Reading, first: int) -> bool:
    """Whether a word that introduces a maker stands right before a place (ПРОИЗВОДИТЕЛЬ: TI)."""
    return bool(_LABEL.search(reading.read, max(0, first - _LONGEST_WORD), first))
