"""Which column of a declaration export is which column of a shipment, in any generation of headers."""

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from components.lake.shipments import DECLARED

SAMPLE_ROWS = 30  # a header stands among the first rows, below titles and notes
FEWEST_KNOWN = 3  # recognised names that make a row a header
_NAMES = {column.name for column in DECLARED}
_CODE = re.compile(r"^\s*(G?D?\d{1,4}[A-Z]?(?:_\d+)?|ND)(?=[\s(]|$)")


@dataclass(frozen=True)
class Header:
    """The header of a table: on which row it ends (from 0), its names made unique, and the columns they stand for.

    `columns` gives for each column of a shipment the positions that hold it, the most trusted first.
    """

    last_row: int
    names: tuple[str, ...]
    columns: Mapping[str, tuple[int, ...]]

    @property
    def unused(self) -> tuple[int, ...]:
        """Positions that hold no column of a shipment, and those that only stand in for an empty one."""
        main = {positions[0] for positions in self.columns.values()}
        return tuple(n for n in range(len(self.names)) if n not in main)


@dataclass(frozen=True)
class _Known:
    column: str
    rank: int


@cache
def known_headers(path: Path) -> Mapping[str, _Known | None]:
    """Header variants (squeezed) and G codes of `declaration_columns.csv`; None for columns that have no place."""
    found: dict[str, _Known | None] = {}
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            known = _Known(row["column"], int(row["rank"])) if row["column"] else None
            for name in (row["code"], row["code"].removeprefix("G"), *row["headers"].split("|")):
                found.setdefault(_squeezed(name), known)
    found.update({_squeezed(name): _Known(name, 0) for name in _NAMES})
    found["synthetic"] = _Known("is_synthetic", 1)
    return found


def find_header(rows: Sequence[Sequence[str]], reference: Path, mapping: Mapping[str, str] | None = None) -> Header:
    """The header among the first rows: the row, alone or with the row above it, that names most known columns.

    `mapping` (our column → the header in the file) comes before what is recognised. Raises ValueError where no row is
    a header, or where a mapped header does not exist.
    """
    known = dict(known_headers(reference))
    for column, header in (mapping or {}).items():
        known[_squeezed(header)] = _Known(column, -1)
    candidates = [(n, _names(rows[n])) for n in range(len(rows))]
    candidates += [(n, _merged(rows[n - 1], rows[n])) for n in range(1, len(rows))]
    last_row, names = max(candidates, key=lambda each: (_score(each[1], known), -each[0]), default=(0, ()))
    absent = [header for header in (mapping or {}).values() if _squeezed(header) not in map(_squeezed, names)]
    if absent:
        raise ValueError(f"There is no column {absent[0]!r}; the file has: {', '.join(names)[:300]}")
    if _score(names, known) < min(FEWEST_KNOWN, max(len(mapping or {}), 1) if mapping else FEWEST_KNOWN):
        raise ValueError(
            "No row among the first is a header known here: expected columns of a Russian customs declaration (G072, "
            f"G33, G46 and so on), the names of our own columns, or a saved mapping. The file begins: {_shown(rows)}"
        )
    return Header(last_row, _unique(names), _columns(names, known))


def _columns(names: Sequence[str], known: Mapping[str, _Known | None]) -> dict[str, tuple[int, ...]]:
    ranked: dict[str, list[tuple[int, int]]] = {}
    for position, name in enumerate(names):
        found = _recognised(name, known)
        if found is not None:
            ranked.setdefault(found.column, []).append((found.rank, position))
    return {column: tuple(position for _, position in sorted(places)) for column, places in ranked.items()}


def _recognised(name: str, known: Mapping[str, _Known | None]) -> _Known | None:
    squeezed = _squeezed(name)
    if squeezed in known:
        return known[squeezed]
    code = _CODE.match(name)
    return known.get(_squeezed(code[1])) if code else None


def _score(names: Sequence[str], known: Mapping[str, _Known | None]) -> int:
    return len({found.column for name in names if (found := _recognised(name, known)) is not None})


def _merged(above: Sequence[str], below: Sequence[str]) -> tuple[str, ...]:
    """Two rows read as one: where the lower cell is empty, the upper one names the column (a cell merged downwards)."""
    width = max(len(above), len(below))
    upper = [*above, *[""] * (width - len(above))]
    lower = [*below, *[""] * (width - len(below))]
    return _names([under.strip() or over for over, under in zip(upper, lower, strict=True)])


def _names(cells: Sequence[str]) -> tuple[str, ...]:
    named = len(cells)
    while named and not cells[named - 1].strip():
        named -= 1
    return tuple(" ".join(cell.split()) for cell in cells[:named])


def _unique(names: Sequence[str]) -> tuple[str, ...]:
    """Names as written; a repeated or empty one gets its position, so that no column is lost."""
    seen: set[str] = set()
    unique = []
    for position, name in enumerate(names, start=1):
        shown = name if name and name.casefold() not in seen else f"{name or 'column'} ({position})"
        seen.add(shown.casefold())
        unique.append(shown)
    return tuple(unique)


def _squeezed(header: str) -> str:
    return "".join(letter for letter in header.casefold() if letter.isalnum())


def _shown(rows: Sequence[Sequence[str]]) -> str:
    return " | ".join(rows[0])[:200] if rows else "nothing"
