"""The row schema of a format: how each cell is read, and what is said when it cannot be."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import urlsplit

from django.db.models import TextChoices

from components.intake.outcomes import Fault
from components.models.curated import LONGEST_TEXT
from components.normalise.countries import CountryTable
from components.normalise.dates import read_vague_date
from components.normalise.hs_codes import read_hs_code
from components.normalise.part_numbers import part_key

CellReader = Callable[[str], Any]
SHOWN_VALUE = 200  # characters of a bad value that a report repeats
YES = {"yes", "true", "1", "y"}
NO = {"no", "false", "0", "n", ""}


@dataclass(frozen=True)
class Field:
    """One column of a format: its header, how a cell is read, and the words of its documentation."""

    name: str
    read: CellReader
    help: str = ""
    example: str = ""
    is_required: bool = False
    aliases: tuple[str, ...] = ()


def text(max_length: int = LONGEST_TEXT) -> CellReader:
    """Any text, at most `max_length` characters long; NUL characters are refused, as no database can hold them."""

    def read(cell: str) -> str:
        if "\x00" in cell:
            raise ValueError("holds a NUL character; expected text")
        if len(cell) > max_length:
            raise ValueError(f"has {len(cell)} characters; expected at most {max_length:,}")
        return cell

    return read


def one_of(choices: type[TextChoices], default: str = "") -> CellReader:
    """A value of a closed list, or its label, in any case; empty gives the default."""
    known = {value.lower(): value for value in choices.values} | {
        str(label).lower(): value for value, label in choices.choices
    }

    def read(cell: str) -> str:
        if not cell:
            return default
        if cell.lower() not in known:
            raise ValueError(f"is not known; expected one of: {', '.join(choices.values)}")
        return known[cell.lower()]

    return read


def vague_date(cell: str) -> str:
    """A date as vague as it is known, as canonical EDTF."""
    return read_vague_date(cell).text if cell else ""


def whole_number(minimum: int, maximum: int, default: int) -> CellReader:
    """A whole number between two bounds; empty gives the default."""

    def read(cell: str) -> int:
        if not cell:
            return default
        if not re.fullmatch(r"[+-]?[0-9]{1,12}", cell) or not minimum <= int(cell) <= maximum:
            raise ValueError(f"is not a whole number from {minimum} to {maximum:,}")
        return int(cell)

    return read


def degrees(limit: int) -> CellReader:
    """Decimal degrees between -limit and +limit, with a point or a comma; empty is None."""

    def read(cell: str) -> Decimal | None:
        if not cell:
            return None
        try:
            value = round(Decimal(cell.replace(",", ".")), 6)
        except InvalidOperation:
            raise ValueError(f"is not a number; expected decimal degrees from -{limit} to {limit}") from None
        if not -limit <= value <= limit:
            raise ValueError(f"is not on earth; expected decimal degrees from -{limit} to {limit}")
        return value

    return read


def web_address(cell: str) -> str:
    """An http or https address, or nothing."""
    if not cell:
        return ""
    parts = urlsplit(cell)
    if parts.scheme not in {"http", "https"} or not parts.netloc or " " in cell or len(cell) > 500:
        raise ValueError("is not a web address; expected http://… or https://… of at most 500 characters")
    return cell


def yes_or_no(cell: str) -> bool:
    """yes or no; empty is no."""
    if cell.lower() in YES:
        return True
    if cell.lower() in NO:
        return False
    raise ValueError("is neither yes nor no")


def part_number(cell: str) -> str:
    """A part number: at least one letter or digit, at most 120 characters."""
    if cell and not part_key(cell):
        raise ValueError("has no letter or digit; expected a part number")
    return str(text(120)(cell))


def hs_code(cell: str) -> str:
    """An HS code of 4, 6, 8 or 10 digits."""
    code = read_hs_code(cell) if cell else ""
    if len(code) == 2:
        raise ValueError("is a chapter; expected an HS code of 4, 6, 8 or 10 digits")
    return code


def eccn(cell: str) -> str:
    """An export control classification number, such as 3A001.a.7 or EAR99."""
    code = cell.strip()
    head, dot, tail = code.partition(".")
    code = head.upper() + dot + tail.lower()
    if code and not re.fullmatch(r"EAR99|[0-9][A-E][0-9]{3}(\.[a-z0-9.]+)?", code):
        raise ValueError("is not an ECCN; expected a form such as 3A001.a.7, 3A991 or EAR99")
    return code


def country(table: CountryTable) -> CellReader:
    """A country by ISO code or name, as alpha-2; empty or unknown is None."""
    return lambda cell: table.read(cell) or None


class CellsReader:
    """Reads the cells of rows that share a header; what an empty cell gives is worked out once.

    `headers` names the file's column of each field; a field without one is read as an empty cell.
    """

    def __init__(self, fields: Iterable[Field], headers: Mapping[str, str]):
        self._empty = {field.name: field.read("") for field in fields if not field.is_required}
        self._present = [(field, headers[field.name]) for field in fields if field.name in headers]

    def read(self, line: int, cells: Mapping[str, str]) -> tuple[dict[str, Any], list[Fault]]:
        """The typed values of a row by field name, and every fault in it."""
        values = self._empty.copy()
        faults: list[Fault] = []
        for field, header in self._present:
            cell = cells[header].strip()
            if not cell:
                if field.is_required:
                    faults.append(Fault(line, header, "", f"is empty; expected {field.help or 'a value'}"))
                continue
            try:
                values[field.name] = field.read(cell)
            except ValueError as problem:
                faults.append(Fault(line, header, cell[:SHOWN_VALUE], str(problem)))
        return values, faults
