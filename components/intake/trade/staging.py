"""A prepared table, checked and typed, as the Parquet files of a dataset to be; and every bad row with its reasons."""

import csv
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from components.intake.outcomes import LISTED_FAULTS, Fault
from components.intake.readers import ReadError
from components.intake.trade.expressions import EXPECTED, Typing, countries_table
from components.intake.trade.places import lines_of
from components.intake.trade.preparing import Prepared
from components.lake.engine import LakeSettings, open_duckdb
from components.lake.shipments import SHIPMENT_COLUMNS
from components.normalise.cells import as_text
from components.storage import written_whole

PART_NAME = "shipments.parquet"
REJECTS_NAME = "rejects.csv"
PARQUET = "FORMAT parquet, COMPRESSION zstd"
SHOWN_VALUE = 200
REFRESH_SECONDS = 1.0


@dataclass(frozen=True)
class Progress:
    """How far an import is: share in [0, 1], rows so far (estimated from the share of the bytes), seconds."""

    share: float
    rows: int
    seconds: float

    @property
    def rate(self) -> float:
        """Rows per second so far."""
        return self.rows / self.seconds if self.seconds else 0.0

    @property
    def seconds_left(self) -> float | None:
        """None until there is something to reckon from."""
        return self.seconds * (1 - self.share) / self.share if self.share > 0.01 else None


@dataclass
class Staged:
    """What a file holds: rows by outcome, the files made of the good ones, the first faults and the period."""

    file: Path | None = None
    rejects: Path | None = None
    row_count: int = 0
    accepted: int = 0
    rejected: int = 0
    repeated_headers: int = 0
    repeated_lines: int = 0
    synthetic: int = 0
    fault_count: int = 0
    faults: list[Fault] = field(default_factory=list)
    reasons: Counter[str] = field(default_factory=Counter)
    first_day: Any = None
    last_day: Any = None
    value_usd: float | None = None
    without_value: int = 0
    unresolved_countries: dict[str, int] = field(default_factory=dict)


def stage(
    prepared: Prepared,
    folder: Path,
    *,
    lake: LakeSettings,
    countries: Mapping[str, str],
    is_synthetic: bool = False,
    told: Callable[[Progress], None] | None = None,
) -> Staged:
    """Check and type every row; write the good ones to `folder`, and the bad ones with their reasons to a CSV there.

    `countries` gives the alpha-2 code of every known code and name in upper case. Memory stays within the lake's limit,
    whatever the size of the file.
    """
    with open_duckdb(lake) as connection:
        countries_table(connection, countries)
        typing = Typing(prepared, is_synthetic=is_synthetic)
        first = folder / "typed.parquet"
        with _telling(connection, prepared.path, told):
            _copy(connection, typing.sql(), first)
        staged = _counted(connection, first, prepared)
        _write_rejects(connection, first, prepared, folder, staged)
        if staged.rejected or staged.repeated_headers:
            _keep_good(connection, first, folder / PART_NAME)
            first.unlink()
        else:
            first.rename(folder / PART_NAME)
        staged.file = folder / PART_NAME
        _describe(connection, staged)
    return staged


def _copy(connection: duckdb.DuckDBPyConnection, rows: str, target: Path) -> None:
    """Write a query's rows as Parquet. Raises ReadError where the file is no table from beginning to end."""
    try:
        with written_whole(target) as part:
            connection.execute(f"COPY ({rows}) TO '{_quoted(part)}' ({PARQUET})")
    except duckdb.InvalidInputException as problem:
        reason = str(problem).splitlines()[0].removeprefix("Invalid Input Error: ")
        raise ReadError(None, None, f"The file cannot be read as one table: {reason}") from problem


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


@contextmanager
def _telling(
    connection: duckdb.DuckDBPyConnection, source: Path, told: Callable[[Progress], None] | None
) -> Iterator[None]:
    """Report progress from a thread of its own while one statement runs."""
    if told is None:
        yield
        return
    connection.execute("SET enable_progress_bar = true")
    connection.execute("SET enable_progress_bar_print = false")
    over, begun, lines = threading.Event(), time.monotonic(), estimated_rows(source)

    def report() -> None:
        while not over.wait(REFRESH_SECONDS):
            share = max(0.0, min(1.0, connection.query_progress() / 100))
            told(Progress(share, int(share * lines), time.monotonic() - begun))

    teller = threading.Thread(target=report, daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()
    told(Progress(1.0, lines, time.monotonic() - begun))


def estimated_rows(source: Path) -> int:
    """How many lines a file has, from the length of the lines in its first megabyte."""
    with source.open("rb") as stream:
        head = stream.read(1024 * 1024)
    return round(source.stat().st_size / max(len(head), 1) * head.count(b"\n"))


def _counted(connection: duckdb.DuckDBPyConnection, first: Path, prepared: Prepared) -> Staged:
    typed = f"read_parquet('{_quoted(first)}')"
    rows, bad, headers = connection.execute(
        f"SELECT count(*), count(*) FILTER (faults > 0), count(*) FILTER (faults < 0) FROM {typed}"
    ).fetchall()[0]
    broken = 0
    if prepared.kind == "csv":
        broken = connection.execute("SELECT count(DISTINCT line_byte_position) FROM reject_errors").fetchall()[0][0]
    return Staged(
        row_count=rows + broken, accepted=rows - bad - headers, rejected=bad + broken, repeated_headers=headers
    )


def _keep_good(connection: duckdb.DuckDBPyConnection, first: Path, target: Path) -> None:
    rows = f"SELECT * EXCLUDE (faults, raw) FROM read_parquet('{_quoted(first)}') WHERE faults = 0"
    _copy(connection, rows, target)


def _describe(connection: duckdb.DuckDBPyConnection, staged: Staged) -> None:
    assert staged.file is not None
    rows = f"read_parquet('{_quoted(staged.file)}')"
    staged.first_day, staged.last_day, staged.value_usd, staged.without_value, staged.synthetic = connection.execute(
        f"""SELECT min(declared_on), max(declared_on), sum(value_usd), count(*) FILTER (value_usd IS NULL),
        count(*) FILTER (is_synthetic) FROM {rows}"""
    ).fetchall()[0]
    # A declaration line that stands more than once is kept each time: only a person can say which of them is right.
    staged.repeated_lines = connection.execute(
        f"""SELECT coalesce(sum(n - 1), 0)::BIGINT FROM (SELECT count(*) AS n FROM {rows}
        WHERE declaration_number <> '' GROUP BY declaration_number, item_number HAVING n > 1)"""
    ).fetchall()[0][0]
    names = [column.name for column in SHIPMENT_COLUMNS if column.name.endswith("_country_declared")]
    unresolved = " UNION ALL ".join(
        f"SELECT {name} AS declared FROM {rows} WHERE {name} <> '' AND {name.removesuffix('_declared')} = ''"
        for name in names
    )
    found = connection.execute(
        f"SELECT declared, count(*) AS n FROM ({unresolved}) GROUP BY 1 ORDER BY n DESC, 1 LIMIT 50"
    ).fetchall()
    staged.unresolved_countries = dict(found)


def _write_rejects(
    connection: duckdb.DuckDBPyConnection, first: Path, prepared: Prepared, folder: Path, staged: Staged
) -> None:
    """Every fault of every bad row: line, column, value, reason and the whole row as it stood."""
    if not staged.rejected:
        return
    staged.rejects = folder / REJECTS_NAME
    with written_whole(staged.rejects) as part, part.open("w", encoding="utf-8", newline="") as stream:
        write = csv.writer(stream)
        write.writerow(["line", "column", "value", "reason", "row"])
        for fault, raw in _faults(connection, first, prepared):
            staged.fault_count += 1
            staged.reasons[fault.reason] += 1
            if len(staged.faults) < LISTED_FAULTS:
                staged.faults.append(fault)
            write.writerow([fault.line, fault.column, as_text(fault.value), fault.reason, as_text(raw)])


def _faults(connection: duckdb.DuckDBPyConnection, first: Path, prepared: Prepared) -> Iterator[tuple[Fault, str]]:
    """In the order of the file: rows that are no rows, then values that cannot be read, each by its line."""
    broken = _broken(connection) if prepared.kind == "csv" else {}
    place = "line" if prepared.kind == "xlsx" else "file_row_number + 1"
    bad = connection.execute(
        f"""SELECT {place} AS place, faults, raw FROM read_parquet('{_quoted(first)}', file_row_number = true)
        WHERE faults > 0 ORDER BY place"""
    ).fetchall()
    lines = _lines(prepared, [row for row, _, _ in bad], sorted(broken))
    found = [(lines.broken[place], each) for place, each in broken.items()]
    found += [(lines.accepted[row], (faults, raw)) for row, faults, raw in bad]
    for line, each in sorted(found, key=lambda pair: pair[0]):
        if isinstance(each[0], str):
            yield Fault(line, "", each[1][:SHOWN_VALUE], each[0]), each[1]
        else:
            yield from _value_faults(line, each[0], each[1], prepared)


def _value_faults(line: int, faults: int, raw: str, prepared: Prepared) -> Iterator[tuple[Fault, str]]:
    values = json.loads(raw)
    for bit, (column, expected) in enumerate(EXPECTED.items()):
        if faults >> bit & 1:
            positions = prepared.header.columns.get(column, ())
            shown = next((values[f"c{n}"] for n in positions if values.get(f"c{n}")), "")
            name = prepared.header.names[positions[0]] if positions else column
            cells = [values.get(f"c{n}") or "" for n in range(len(prepared.header.names))]
            yield Fault(line, name, shown[:SHOWN_VALUE], expected), json.dumps(cells, ensure_ascii=False)


def _broken(connection: duckdb.DuckDBPyConnection) -> dict[int, tuple[str, str]]:
    """Rows that could not be split into cells, by the byte on which they begin: the reason, and the row as it stood."""
    found = connection.execute(
        """SELECT line_byte_position - 1, any_value(error_type), any_value(error_message), any_value(csv_line)
        FROM reject_errors GROUP BY 1 ORDER BY 1"""
    ).fetchall()
    return {place: (_broken_reason(kind, message), (line or "").rstrip("\r\n")) for place, kind, message, line in found}


def _broken_reason(kind: str, message: str) -> str:
    words = {
        "MISSING COLUMNS": "the row has fewer cells than the header",
        "TOO MANY COLUMNS": "the row has more cells than the header",
        "UNQUOTED VALUE": "a quote is opened and not closed properly",
        "INVALID ENCODING": "a byte that the file's encoding does not know",
        "LINE SIZE OVER MAXIMUM": "the row is longer than two megabytes",
    }
    return words.get(str(kind), " ".join(str(message).split())[:SHOWN_VALUE])


def _lines(prepared: Prepared, accepted: list[int], broken: list[int]) -> Any:
    if prepared.kind == "csv":
        return lines_of(prepared.path, accepted, broken, skipped_lines=prepared.skipped_lines)
    return lines_of(None, accepted, broken, skipped_lines=prepared.skipped_lines)
