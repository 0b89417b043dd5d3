"""What a format is: it reads a table into typed rows, then writes those rows within an import session."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from components.choices import ImportOutcome
from components.intake.outcomes import Fault, Report, RowOutcome
from components.intake.readers import BadRow, Row, Table
from components.intake.schema import SHOWN_VALUE, Field
from components.intake.session import ImportSession


class Format(Protocol):
    """An adapter from one kind of table to the catalogue."""

    name: str
    title: str
    help: str

    @property
    def fields(self) -> tuple[Field, ...]:
        """The columns that are read."""
        ...

    def read(self, table: Table, headers: Mapping[str, str], report: Report, folder: Path | None) -> Sequence[Any]:
        """The typed rows, with faults and repeats told to the report. `folder` is where tables beside it may lie."""
        ...

    def write(self, rows: Sequence[Any], session: ImportSession) -> None:
        """Find or add what the rows say. Called inside the import's transaction, with no faults left."""
        ...


def headers_of(fields: Sequence[Field], table: Table, mapping: Mapping[str, str]) -> tuple[dict[str, str], list[Fault]]:
    """The file's header of each field: by the mapping, or under the field's own name in any case and spacing.

    Returns faults of line 1 for a mapped header that the file does not have and a required field without a column.
    """
    present = {_squeezed(column): column for column in table.columns}
    headers: dict[str, str] = {}
    faults: list[Fault] = []
    for field in fields:
        wanted = mapping.get(field.name, field.name)
        names = (wanted,) if field.name in mapping else (wanted, *field.aliases)
        found = next((present[_squeezed(name)] for name in names if _squeezed(name) in present), None)
        if found is not None:
            headers[field.name] = found
        elif field.is_required or field.name in mapping:
            faults.append(
                Fault(1, wanted, "", f"there is no such column; the file has: {', '.join(table.columns)[:SHOWN_VALUE]}")
            )
    return headers, faults


def _squeezed(header: str) -> str:
    return "".join(header.casefold().replace("_", " ").split())


def readable(table: Table, report: Report) -> Iterator[Row]:
    """The rows of a table; one that cannot be read as a row is a fault, and the next is read all the same."""
    for item in table:
        report.row_count += 1
        if isinstance(item, BadRow):
            report.reject([Fault(item.line, "", item.raw[:SHOWN_VALUE], item.reason)])
        else:
            yield item


def repeated(line: int, first_line: int, values: dict[str, str]) -> RowOutcome:
    """The outcome of a row that stands word for word on an earlier line."""
    return RowOutcome(line, ImportOutcome.REPEATED, note=f"the same as line {first_line}", values=values)
