"""Any file of shipments as one that DuckDB reads: UTF-8 text with its header found, or Parquet."""

import codecs
import csv
import io
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb

from components.intake.readers import DELIMITERS, ReadError, check_archive, sheet_rows, tell_delimiter, tell_encoding
from components.intake.trade.headers import SAMPLE_ROWS, Header, find_header

SAMPLE_BYTES = 1024 * 1024  # enough to tell the encoding and the header
BLOCK_BYTES = 4 * 1024 * 1024
_PARQUET, _ZIP = b"PAR1", b"PK\x03\x04"


@dataclass(frozen=True)
class Prepared:
    """A table of texts. `skipped_lines` stand before the first row of a CSV; `line_offset` is added to a line of it."""

    path: Path
    kind: str  # csv, xlsx (by then a CSV) or parquet
    header: Header
    encoding: str = "utf-8"
    delimiter: str = ""
    skipped_lines: int = 0
    line_end: str = "\\n"


def prepare(file: Path, folder: Path, *, reference: Path, mapping: Mapping[str, str] | None = None) -> Prepared:
    """Make a file readable; what has to be rewritten for it goes into `folder`. Raises ReadError."""
    with file.open("rb") as stream:
        head = stream.read(SAMPLE_BYTES)
    try:
        if head.startswith(_PARQUET):
            return _parquet(file, reference, mapping)
        if head.startswith(_ZIP):
            return _workbook(file, folder, reference, mapping)
        return _text(file, head, folder, reference, mapping)
    except ValueError as problem:
        if isinstance(problem, ReadError):
            raise
        raise ReadError(1, None, str(problem)) from problem


def _parquet(file: Path, reference: Path, mapping: Mapping[str, str] | None) -> Prepared:
    try:
        described = duckdb.sql("SELECT column_name FROM (DESCRIBE FROM read_parquet(?))", params=[str(file)]).fetchall()
    except duckdb.Error as problem:
        raise ReadError(None, None, f"The file is no readable Parquet: {problem}") from problem
    return Prepared(file, "parquet", find_header([[name for (name,) in described]], reference, mapping))


def _workbook(file: Path, folder: Path, reference: Path, mapping: Mapping[str, str] | None) -> Prepared:
    """The first sheet as CSV; a workbook holds a million rows at most."""
    with file.open("rb") as stream:
        check_archive(stream)
    first = list(islice(sheet_rows(file, None), SAMPLE_ROWS))
    header = find_header([cells for _, cells in first], reference, mapping)
    above, width = first[header.last_row][0], len(header.names)
    target = folder / "sheet.csv"
    with target.open("w", encoding="utf-8", newline="") as stream:
        write = csv.writer(stream, lineterminator="\n")
        for number, cells in sheet_rows(file, None):
            if number > above:
                write.writerow([number, *cells[:width], *[""] * (width - len(cells))])
    return Prepared(target, "xlsx", header, delimiter=",")


def _text(file: Path, head: bytes, folder: Path, reference: Path, mapping: Mapping[str, str] | None) -> Prepared:
    if not head.removeprefix(codecs.BOM_UTF8).strip():
        raise ReadError(1, None, "The file is empty: expected a header and rows.")
    encoding = tell_encoding(io.BytesIO(_whole_lines(head)))
    readable = file
    if not encoding.startswith("utf-8"):
        readable = folder / "transcoded.csv"
        transcode(file, readable, encoding)
    with readable.open(encoding="utf-8", errors="replace", newline="") as stream:
        if stream.read(1) != "\ufeff":
            stream.seek(0)
        sample = list(islice(stream, 200))
    delimiter = tell_delimiter(_widest(sample))
    reader = csv.reader(iter(sample), delimiter=delimiter)
    rows, ends = [], []
    for cells in islice(_records(reader), SAMPLE_ROWS):
        rows.append(cells)
        ends.append(reader.line_num)
    header = find_header(rows, reference, mapping)
    line_end = r"\r\n" if sample[0].endswith("\r\n") else r"\n"
    return Prepared(readable, "csv", header, encoding, delimiter, ends[header.last_row], line_end)


def _widest(sample: list[str]) -> list[str]:
    """From the first line that could be a header on: titles above it have no delimiters."""
    most = max((sum(map(line.count, DELIMITERS)) for line in sample[:SAMPLE_ROWS]), default=0)
    first = next((n for n, line in enumerate(sample) if sum(map(line.count, DELIMITERS)) * 2 >= most), 0)
    return sample[first:]


def _records(reader: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error:
        return


def _whole_lines(head: bytes) -> bytes:
    """Without the piece of a line, and perhaps of a letter, at the end of the sample."""
    return head if len(head) < SAMPLE_BYTES else head[: head.rfind(b"\n") + 1] or head


def transcode(source: Path, target: Path, encoding: str) -> None:
    """Write a text file anew as UTF-8, block by block; bytes that the encoding does not know become U+FFFD."""
    with (
        source.open(encoding=encoding, errors="replace", newline="") as read,
        target.open("w", encoding="utf-8", newline="") as write,
    ):
        shutil.copyfileobj(read, write, BLOCK_BYTES)
