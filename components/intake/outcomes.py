"""What became of the rows of a file, and the report that says so."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from components.choices import ImportOutcome

SHOWN = 200  # characters of a value that a report repeats
LISTED_FAULTS = 10_000  # listed one by one in a report; all are counted


@dataclass(frozen=True)
class Fault:
    """One thing wrong with one cell: where it is, what stands there, what was expected."""

    line: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class RowOutcome:
    """What became of one row: which record it is now, and a word about it where one is due."""

    line: int
    outcome: ImportOutcome
    record_type: str = ""
    record_id: int | None = None
    note: str = ""
    values: dict[str, str] = field(default_factory=dict)


class ImportRefused(ValueError):
    """The file cannot be imported as it is; `report` lists every fault, and nothing was written."""

    def __init__(self, report: "Report"):
        super().__init__(f"{report.rejected} of {report.row_count} rows cannot be imported; nothing was written.")
        self.report = report


@dataclass
class Report:
    """What an import did, or would do: rows by outcome, records by table, every fault, every repeat explained."""

    format: str
    file_name: str
    digest: str = ""
    row_count: int = 0
    rows: Counter[str] = field(default_factory=Counter)
    records: dict[str, Counter[str]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    fault_count: int = 0
    notes: list[str] = field(default_factory=list)
    unused_columns: list[str] = field(default_factory=list)
    not_taken: list[Fault] = field(default_factory=list)
    not_taken_count: int = 0
    is_written: bool = False

    @property
    def rejected(self) -> int:
        """How many rows have at least one fault."""
        return self.rows[ImportOutcome.REJECTED]

    def reject(self, faults: Iterable[Fault]) -> None:
        """Count a bad row and list its faults."""
        self.rows[ImportOutcome.REJECTED] += 1
        for fault in faults:
            self.fault_count += 1
            if len(self.faults) < LISTED_FAULTS:
                self.faults.append(fault)

    def leave(self, line: int, column: str, value: str, reason: str) -> None:
        """List a value of a good row that the import does not write, with the reason."""
        self.not_taken_count += 1
        if len(self.not_taken) < LISTED_FAULTS:
            self.not_taken.append(Fault(line, column, value[:SHOWN], reason))

    def count_record(self, table: str, outcome: ImportOutcome, number: int = 1) -> None:
        """Count records of a table by what was done to them."""
        self.records.setdefault(table, Counter())[outcome] += number

    def as_json(self) -> dict[str, Any]:
        """The report as the command, the API and the page give it."""
        return {
            "format": self.format,
            "file": self.file_name,
            "digest": self.digest,
            "is_written": self.is_written,
            "rows": self.row_count,
            **{outcome.value: self.rows[outcome] for outcome in ImportOutcome},
            "records": {table: dict(counts) for table, counts in sorted(self.records.items())},
            "fault_count": self.fault_count,
            "faults": [vars(fault) for fault in self.faults],
            "notes": self.notes,
            "unused_columns": self.unused_columns,
            "not_taken_count": self.not_taken_count,
            "not_taken": [vars(value) for value in self.not_taken],
        }
