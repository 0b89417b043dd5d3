"""A list as a file: CSV, XLSX, Parquet or JSON Lines, streamed where the format allows it."""

import csv
import io
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from typing import Any

import orjson
from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from components.exports.columns import Column
from components.exports.rows import Rows, stream
from components.normalise.cells import as_text

XLSX_MAX_ROWS = 1_048_576  # Excel specifications and limits, rows on a worksheet
BLOCK_BYTES = 64 * 1024
PARQUET_ROWS = 20_000  # rows of one row group


class TooManyRows(ValueError):
    """The format cannot hold the list."""


@dataclass(frozen=True)
class FileFormat:
    """A format a list can be downloaded in."""

    name: str
    title: str
    mime: str
    write: Callable[[Rows, Sequence[Column]], Iterator[bytes]]


def csv_bytes(rows: Rows, columns: Sequence[Column]) -> Iterator[bytes]:
    """UTF-8 with a byte-order mark, so that Excel reads it; text that would run as a formula gets a leading '."""
    text = io.StringIO()
    writer = csv.writer(text)
    text.write("\ufeff")
    writer.writerow([column.name for column in columns])
    for row in stream(rows, columns):
        writer.writerow([csv_cell(value) for value in row])
        if text.tell() > BLOCK_BYTES:
            yield _drain(text)
    yield _drain(text)


def csv_cell(value: Any) -> Any:
    """A value as a CSV cell: no value is an empty cell, times are ISO 8601, formulas are made text."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    return as_text(value) if isinstance(value, str) else value


def _drain(text: io.StringIO) -> bytes:
    block = text.getvalue().encode()
    text.seek(0)
    text.truncate()
    return block


def jsonl_bytes(rows: Rows, columns: Sequence[Column]) -> Iterator[bytes]:
    """One JSON object a line, with the same keys and values as the API."""
    names = [column.name for column in columns]
    lines = (
        orjson.dumps(dict(zip(names, row, strict=True)), option=orjson.OPT_APPEND_NEWLINE | orjson.OPT_UTC_Z)
        for row in stream(rows, columns)
    )
    while block := b"".join(islice(lines, 500)):
        yield block


def xlsx_bytes(rows: Rows, columns: Sequence[Column]) -> Iterator[bytes]:
    """One worksheet. Raises TooManyRows before anything is sent; XLSX forbids control characters: they go."""
    count = rows.count()
    if count >= XLSX_MAX_ROWS:
        raise TooManyRows(f"XLSX holds {XLSX_MAX_ROWS - 1:,} rows, this list has {count:,}: take CSV or Parquet.")
    book = Workbook(write_only=True)
    sheet = book.create_sheet("rows")
    sheet.append([column.name for column in columns])
    for row in stream(rows, columns):
        sheet.append([_xlsx_cell(sheet, value) for value in row])
    return _saved(book.save)


def _xlsx_cell(sheet: Any, value: Any) -> Any:
    if isinstance(value, datetime):
        return value.replace(tzinfo=None)
    if not isinstance(value, str):
        return value
    cell = WriteOnlyCell(sheet, value=ILLEGAL_CHARACTERS_RE.sub("", value))
    cell.data_type = "s"  # otherwise a text that begins with = becomes a formula
    return cell


def parquet_bytes(rows: Rows, columns: Sequence[Column]) -> Iterator[bytes]:
    """Parquet with zstd; integers, dates and times keep their types."""
    import pyarrow as pa  # a third of a second to import: only a Parquet download pays for it
    import pyarrow.parquet as pq

    types = {
        "integer": pa.int64(),
        "text": pa.string(),
        "date": pa.date32(),
        "datetime": pa.timestamp("us", tz="UTC"),
        "boolean": pa.bool_(),
        "number": pa.float64(),
    }
    schema = pa.schema([(column.name, types[column.kind]) for column in columns])

    def save(target: Any) -> None:
        tuples = stream(rows, columns)
        with pq.ParquetWriter(target, schema, compression="zstd") as writer:
            while block := list(islice(tuples, PARQUET_ROWS)):
                arrays = [pa.array(values, type=schema.types[i]) for i, values in enumerate(zip(*block, strict=True))]
                writer.write_table(pa.Table.from_arrays(arrays, schema=schema))

    return _saved(save)


def _saved(save: Callable[[Any], None]) -> Iterator[bytes]:
    """What `save` writes into a temporary file, in blocks."""
    with tempfile.TemporaryFile() as target:
        save(target)
        target.seek(0)
        while block := target.read(BLOCK_BYTES):
            yield block


FORMATS = {
    fmt.name: fmt
    for fmt in (
        FileFormat("csv", "CSV", "text/csv; charset=utf-8", csv_bytes),
        FileFormat("xlsx", "XLSX", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx_bytes),
        FileFormat("parquet", "Parquet", "application/vnd.apache.parquet", parquet_bytes),
        FileFormat("jsonl", "JSON Lines", "application/x-ndjson", jsonl_bytes),
    )
}
