"""Read vague dates into EDTF with their earliest and latest day; ambiguous input is refused, never guessed."""

import calendar
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from edtf import parse_edtf

# EDTF is ISO 8601-2:2019 as profiled by the Library of Congress (https://www.loc.gov/standards/datetime/).
EXPECTED = (
    "expected a date such as 2022, 2022-10, 2022-10-05, 5 October 2022, 05.10.2022, spring 2023, Q1 2023, about 2015, "
    "before 2022-10, after 2021, or a span such as 2022-10/2023-02"
)
# Longer than any EDTF text of two ends; keeps the parser, which takes milliseconds, away from pasted prose.
MAXIMUM_LENGTH = 80

_SPRING, _SUMMER, _AUTUMN, _WINTER = 21, 22, 23, 24
_FIRST_QUARTER, _FIRST_HALF = 33, 40
# The first months of meteorological seasons: 21-24 anywhere (read as northern), 25-28 northern, 29-32 southern.
_SEASON_MONTHS = dict(zip(range(21, 33), (3, 6, 9, 12, 3, 6, 9, 12, 9, 12, 3, 6), strict=True))
_SEASONS = {"spring": _SPRING, "summer": _SUMMER, "autumn": _AUTUMN, "fall": _AUTUMN, "winter": _WINTER}
_ORDINAL_WORDS = (("1", "1st", "first"), ("2", "2nd", "second"), ("3", "3rd", "third"), ("4", "4th", "fourth"))
_ORDINALS = {word: number for number, words in enumerate(_ORDINAL_WORDS, start=1) for word in words}
_MONTHS = {name.lower(): number for number, name in enumerate(calendar.month_name) if name}
_MONTHS |= {name.lower(): number for number, name in enumerate(calendar.month_abbr) if name} | {"sept": 9}

_DASHES = str.maketrans("‐‑‒–—−", "------")
_ISO = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
_SEASON_CODE = re.compile(r"([0-9]{4})-(2[1-9]|3[0-2])")
# One date of levels 0 to 2 without exponents. The library prints to stdout and breaks on half-known months (1985-1X).
_EDTF_YEAR = "(?:[0-9]{4}|[0-9]{3}X|[0-9]{2}XX|[0-9]XXX)"
_EDTF_DATE = re.compile(rf"[?~%]?{_EDTF_YEAR}[?~%]?(?:-[?~%]?(?:[0-9]{{2}}|XX)[?~%]?){{0,2}}")


@dataclass(frozen=True)
class VagueDate:
    """`text` is EDTF; the days are inclusive, None where it is open. A ? or ~ qualifies, but does not widen them."""

    text: str
    earliest: date | None
    latest: date | None


@lru_cache(maxsize=4096)
def read_vague_date(text: str) -> VagueDate:
    """Read EDTF or a date as people write it.

    Dots are day.month.year; slashes only when they can be read one way. "before" and "after" exclude what they name,
    "until" and "since" include it. A winter is either of the two that its year touches. Raises ValueError.
    """
    words = _tidy(text)
    if not words:
        raise ValueError(f"The date is empty: {EXPECTED}.")
    if len(words) > MAXIMUM_LENGTH:
        raise ValueError(f"The date is longer than {MAXIMUM_LENGTH} characters: {EXPECTED}.")
    try:
        found = _read_span(words) or _read_worded_span(words) or _read_single(words)
    # OverflowError: the day before the first one Python knows, or behind its last.
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text!r} is not a date: {error}; {EXPECTED}.") from None
    if found is None:
        raise ValueError(f"{text!r} is not a date: {EXPECTED}.")
    if found.earliest and found.latest and found.earliest > found.latest:
        raise ValueError(f"{text!r} ends before it begins.")
    return found


def _tidy(text: str) -> str:
    composed = unicodedata.normalize("NFKC", text).translate(_DASHES)
    return " ".join(composed.lower().split())


def _read_single(words: str) -> VagueDate | None:
    """Read one date without a beginning or an end beside it; None when it is none, ValueError when it cannot be."""
    written = words.upper()
    return _read_iso(written) or _read_season_code(written) or _read_written(words) or _read_edtf_date(written)


def _read_iso(written: str) -> VagueDate | None:
    match = _ISO.fullmatch(written)
    if match is None:
        return None
    year, month, day = (int(part) if part else None for part in match.groups())
    if month is not None and month > _MONTHS["december"] and day is None:
        return None
    return _calendar_date(year or 0, month, day)


def _calendar_date(year: int, month: int | None = None, day: int | None = None) -> VagueDate:
    if month is None:
        return VagueDate(f"{year:04}", date(year, 1, 1), date(year, 12, 31))
    if day is None:
        return VagueDate(f"{year:04}-{month:02}", date(year, month, 1), _last_of_month(year, month))
    exact = date(year, month, day)
    return VagueDate(exact.isoformat(), exact, exact)


def _last_of_month(year: int, month: int) -> date:
    first = date(year, month, 1)
    return first.replace(day=calendar.monthrange(year, month)[1])


def _read_season_code(written: str) -> VagueDate | None:
    match = _SEASON_CODE.fullmatch(written)
    return _season(int(match[1]), int(match[2])) if match else None


def _season(year: int, code: int) -> VagueDate:
    """Bound a season. One that crosses the year may be the one that ends or the one that begins then: both fit."""
    first_month = _SEASON_MONTHS[code]
    if first_month == _MONTHS["december"]:
        return VagueDate(f"{year:04}-{code}", date(year, 1, 1), _last_of_month(year + 1, 2))
    return VagueDate(f"{year:04}-{code}", date(year, first_month, 1), _last_of_month(year, first_month + 2))


def _part_of_year(year: int, code: int, months: int, ordinal: int) -> VagueDate:
    first_month = months * (ordinal - 1) + 1
    return VagueDate(
        f"{year:04}-{code + ordinal - 1}", date(year, first_month, 1), _last_of_month(year, first_month + months - 1)
    )


def _read_edtf_date(written: str) -> VagueDate | None:
    """Read qualified and unspecified dates, quarters and the like by the edtf library."""
    if not _EDTF_DATE.fullmatch(written):
        return None
    try:
        parsed = parse_edtf(written)
        return VagueDate(written, _day(parsed.lower_strict()), _day(parsed.upper_strict()))
    # The library lets errors of its parser and of plain Python through alike.
    except Exception as error:
        raise ValueError("there is no such day, month or season") from error


def _day(struct: tuple[int, ...]) -> date:
    return date(*struct[:3])


def _read_span(words: str) -> VagueDate | None:
    """Read an EDTF interval: an end is a date, ".." (open) or nothing (unknown)."""
    start, slash, end = words.upper().partition("/")
    if not slash or "/" in end or not all(map(_is_interval_end, (start, end))):
        return None
    if {start, end} <= {"", ".."}:
        raise ValueError("both ends are open")
    first, last = (_read_single(part.lower()) if part not in ("", "..") else None for part in (start, end))
    return VagueDate(
        f"{first.text if first else start}/{last.text if last else end}",
        first.earliest if first else None,
        last.latest if last else None,
    )


def _is_interval_end(part: str) -> bool:
    return part in ("", "..") or _EDTF_DATE.fullmatch(part) is not None


_Bound = Callable[[str], VagueDate]


def _before(words: str) -> VagueDate:
    named = _required(words)
    if named.earliest is None:
        raise ValueError("the date behind 'before' has no beginning")
    return _open_span(named, latest=named.earliest - timedelta(days=1))


def _after(words: str) -> VagueDate:
    named = _required(words)
    if named.latest is None:
        raise ValueError("the date behind 'after' has no end")
    return _open_span(named, earliest=named.latest + timedelta(days=1))


def _until(words: str) -> VagueDate:
    named = _required(words)
    return VagueDate(f"../{named.text}", None, named.latest)


def _since(words: str) -> VagueDate:
    named = _required(words)
    return VagueDate(f"{named.text}/..", named.earliest, None)


def _open_span(named: VagueDate, *, earliest: date | None = None, latest: date | None = None) -> VagueDate:
    """Write the neighbouring year, month or day, as precise as the date named."""
    precision = len(named.text) if _ISO.fullmatch(named.text) else len("2022-10-05")
    neighbour = (earliest or latest or date.min).isoformat()[:precision]
    return VagueDate(f"{neighbour}/.." if earliest else f"../{neighbour}", earliest, latest)


def _required(words: str) -> VagueDate:
    found = _read_single(words)
    if found is None:
        raise ValueError(f"{words!r} is not understood")
    return found


_BOUNDS: tuple[tuple[re.Pattern[str], _Bound], ...] = (
    (re.compile(r"(?:not before|since|from|not earlier than) (.+)"), _since),
    (re.compile(r"(?:not after|until|till|up to|by|no later than|not later than) (.+)"), _until),
    (re.compile(r"(?:before|earlier than|prior to) (.+)"), _before),
    (re.compile(r"(?:after|later than) (.+)"), _after),
)
_BETWEEN = re.compile(r"(?:between (?P<a>.+) and (?P<b>.+)|from (?P<c>.+) to (?P<d>.+)|(?P<e>.+?) (?:-|to) (?P<f>.+))")
_YEARS = re.compile(r"([0-9]{4})-([0-9]{4})")


def _read_worded_span(words: str) -> VagueDate | None:
    match = _BETWEEN.fullmatch(words) or _YEARS.fullmatch(words)
    if match:
        first, last = (_required(part) for part in match.groups() if part)
        return VagueDate(f"{first.text}/{last.text}", first.earliest, last.latest)
    for pattern, read in _BOUNDS:
        if match := pattern.fullmatch(words):
            return read(match[1])
    return None


def _qualified(words: str, mark: str) -> VagueDate:
    named = _required(words)
    # EDTF has no qualified season or quarter.
    if not _ISO.fullmatch(named.text) or named.text[5:6] in ("2", "3", "4"):
        raise ValueError("only a year, month or day can be qualified")
    return VagueDate(named.text + mark, named.earliest, named.latest)


def _day_month_year(first: str, second: str, year: str) -> VagueDate:
    """Read a slashed date when only one order is possible."""
    one, two = int(first), int(second)
    if one != two and max(one, two) <= _MONTHS["december"]:
        raise ValueError("day and month cannot be told apart; write 2022-10-05 or 05.10.2022")
    day, month = (one, two) if one >= two else (two, one)
    return _calendar_date(int(year), month, day)


_MONTH = rf"({'|'.join(sorted(_MONTHS, key=len, reverse=True))})\.?"
_SEASON = f"({'|'.join(_SEASONS)})"
_YEAR = "([0-9]{4})"
_NTH = f"({'|'.join(sorted(_ORDINALS, key=len, reverse=True))})"
_Reader = Callable[..., VagueDate]


def _quarter(ordinal: str, year: str) -> VagueDate:
    return _part_of_year(int(year), _FIRST_QUARTER, 3, _ORDINALS[ordinal])


def _half(ordinal: str, year: str) -> VagueDate:
    if _ORDINALS[ordinal] > 2:
        raise ValueError("a year has two halves")
    return _part_of_year(int(year), _FIRST_HALF, 6, _ORDINALS[ordinal])


# How people write dates. The library's own text_to_edtf is not used: it reads 05.03.2023 as the third of May,
# 1Q2023 as January, "late 2022" as the whole year, and "before 2022-10" as ending with that October.
_WRITTEN: tuple[tuple[re.Pattern[str], _Reader], ...] = tuple(
    (re.compile(pattern), reader)
    for pattern, reader in (
        (rf"{_SEASON}(?: of)?,? {_YEAR}", lambda name, year: _season(int(year), _SEASONS[name])),
        (rf"winter(?: of)? {_YEAR}[/-](?:[0-9]{{2}})?([0-9]{{2}})", lambda first, last: _winter(int(first), int(last))),
        (rf"{_YEAR},? {_SEASON}", lambda year, name: _season(int(year), _SEASONS[name])),
        (rf"{_MONTH}(?: of)?,?[ -]{_YEAR}", lambda month, year: _calendar_date(int(year), _MONTHS[month])),
        (rf"{_YEAR},?[ -]{_MONTH}", lambda year, month: _calendar_date(int(year), _MONTHS[month])),
        (
            rf"([0-9]{{1,2}})(?:st|nd|rd|th)?(?: of)?[ -]{_MONTH},?[ -]{_YEAR}",
            lambda day, month, year: _calendar_date(int(year), _MONTHS[month], int(day)),
        ),
        (
            rf"{_MONTH} ([0-9]{{1,2}})(?:st|nd|rd|th)?,? {_YEAR}",
            lambda month, day, year: _calendar_date(int(year), _MONTHS[month], int(day)),
        ),
        (
            rf"([0-9]{{1,2}})\.([0-9]{{1,2}})\.{_YEAR}",
            lambda day, month, year: _calendar_date(int(year), int(month), int(day)),
        ),
        (rf"([0-9]{{1,2}})[./]{_YEAR}", lambda month, year: _calendar_date(int(year), int(month))),
        (rf"([0-9]{{1,2}})/([0-9]{{1,2}})/{_YEAR}", _day_month_year),
        (rf"{_YEAR}[./]([0-9]{{2}})[./]([0-9]{{2}})", lambda y, m, d: _calendar_date(int(y), int(m), int(d))),
        (rf"q([1-4])[ /-]?{_YEAR}", _quarter),
        (rf"([1-4])q[ /-]?{_YEAR}", _quarter),
        (rf"{_YEAR}[ /-]?q([1-4])", lambda year, ordinal: _quarter(ordinal, year)),
        (rf"(?:the )?{_NTH} quarter(?: of)? {_YEAR}", _quarter),
        (rf"h([12])[ /-]?{_YEAR}", _half),
        (rf"([12])h[ /-]?{_YEAR}", _half),
        (rf"(?:the )?{_NTH} half(?: of)? {_YEAR}", _half),
        (r"(?:the )?([0-9]{3})0s", lambda decade: _calendar_decade(int(decade))),
        (r"(?:about|approximately|approx\.?|around|circa|ca\.?|c\.) ?(.+)", lambda words: _qualified(words, "~")),
        (r"(?:probably|possibly|perhaps) (.+)", lambda words: _qualified(words, "?")),
        (rf"{_YEAR} \?", lambda year: _qualified(year, "?")),
    )
)


def _winter(first_year: int, last_two_digits: int) -> VagueDate:
    if (first_year + 1) % 100 != last_two_digits:
        raise ValueError("a winter spans two years in a row")
    last_day = _last_of_month(first_year + 1, 2)
    return VagueDate(f"{first_year:04}-12/{first_year + 1:04}-02", date(first_year, 12, 1), last_day)


def _calendar_decade(decade: int) -> VagueDate:
    return VagueDate(f"{decade:03}X", date(decade * 10, 1, 1), date(decade * 10 + 9, 12, 31))


def _read_written(words: str) -> VagueDate | None:
    for pattern, reader in _WRITTEN:
        if match := pattern.fullmatch(words):
            return reader(*match.groups())
    return None
