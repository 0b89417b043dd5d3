"""Open CSV, XLSX and JSON Lines files as one kind of table, row by row with line numbers; never interprets a value."""

import codecs
import csv
import io
import json
import re
import sys
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from charset_normalizer import from_bytes
from python_calamine import CalamineError, CalamineWorkbook

MAXIMUM_UNZIPPED_BYTES = 512 * 1024 * 1024
# calamine lays a sheet out as a full rectangle of 24-byte cells: one cell far down and right would abort the process.
MAXIMUM_SHEET_CELLS = 20_000_000
MOST_LINES = 1_000  # of one record; a cell with more is a quote that nobody closed
MOST_SHOWN = 2_000  # characters of a bad row
BLOCK_BYTES = 1024 * 1024
SAMPLE_BYTES = 64 * 1024
SAMPLE_ROWS = 30
DELIMITERS = (",", ";", "\t", "|")
JSON_LINES_SUFFIXES = frozenset({".jsonl", ".ndjson", ".json"})
WORKBOOK_SUFFIXES = frozenset({".xlsx", ".xlsm"})

_ZIP_MAGIC = b"PK\x03\x04"
# Compound files: .xls before 2007, and every workbook locked with a password.
_OLE_MAGIC = b"\xd0\xcf\x11\xe0"
_UTF16_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
# A byte that the encoding does not know arrives as a lone surrogate ("surrogateescape").
_UNREADABLE = re.compile("[\x00\ud800-\udfff]")
_CELL_REFERENCE = re.compile(rb"""\br\s*=\s*["']([A-Za-z]{1,3})([0-9]{1,7})["']""")
# Longer than any cell reference, so that none is lost between two blocks.
_BLOCK_OVERLAP = 32


class ReadError(ValueError):
    """The table as a whole cannot be read; `line` and `column` are None where none is to blame."""

    def __init__(self, line: int | None, column: str | None, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.column = column
        self.message = message


@dataclass(frozen=True, slots=True)
class Row:
    """One record; `line` is the physical line (the sheet's row number) on which it begins."""

    line: int
    values: dict[str, str]


@dataclass(frozen=True, slots=True)
class BadRow:
    """A record that cannot be read, with its text as far as it can be shown."""

    line: int
    reason: str
    raw: str


Item = Row | BadRow


@dataclass(frozen=True)
class Table:
    """A readable table; every iteration reads the file anew. `columns` are the header as written.

    `encoding` is empty for workbooks, `delimiter` for everything but CSV.
    """

    columns: tuple[str, ...]
    format: str
    encoding: str
    delimiter: str
    read: Callable[[], Iterator[Item]]

    def __iter__(self) -> Iterator[Item]:
        return self.read()


def open_table(source: Path | BinaryIO, name: str, *, sheet: str | None = None, encoding: str | None = None) -> Table:
    """Open a file whose format its first bytes and the suffix of `name` tell; streams must be seekable.

    `sheet` picks a sheet of a workbook (the first by default); `encoding` overrules the one told for CSV.
    Raises ReadError when the file is no table; single bad rows come as BadRow instead.
    """
    with _opened(source) as stream:
        head = stream.read(SAMPLE_BYTES)
    suffix = Path(name).suffix.lower()
    if head.startswith(_OLE_MAGIC):
        raise ReadError(None, None, "This is an old .xls file or a workbook with a password: save it as plain .xlsx.")
    if head.startswith(_ZIP_MAGIC) or suffix in WORKBOOK_SUFFIXES:
        return _open_workbook(source, sheet)
    if not head.removeprefix(codecs.BOM_UTF8).strip():
        raise ReadError(1, None, "The file is empty: expected a header and rows.")
    if suffix in JSON_LINES_SUFFIXES:
        return _open_json_lines(source)
    return _open_csv(source, encoding)


@contextmanager
def _opened(source: Path | BinaryIO) -> Iterator[BinaryIO]:
    """Give the file from its beginning; a stream that was passed in stays open."""
    if isinstance(source, Path):
        with source.open("rb") as stream:
            yield stream
    else:
        source.seek(0)
        yield source


def _blocks(stream: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: stream.read(BLOCK_BYTES), b"")


def _check_columns(columns: tuple[str, ...], line: int) -> tuple[str, ...]:
    if not any(column.strip() for column in columns):
        raise ReadError(line, None, "The header is missing: expected a row of column names.")
    for number, column in enumerate(columns, start=1):
        if not column.strip():
            raise ReadError(line, None, f"Column {number} has no name in the header.")
    counts = Counter(column.strip().casefold() for column in columns)
    for column in columns:
        if counts[column.strip().casefold()] > 1:
            raise ReadError(line, column, f"The header repeats the column {column!r}.")
    return columns


def _without_empty_tail(cells: list[str]) -> tuple[str, ...]:
    """Drop the nameless columns at the end that spreadsheets write for once-used cells."""
    named = len(cells)
    while named and not cells[named - 1].strip():
        named -= 1
    return tuple(cells[:named])


def _open_csv(source: Path | BinaryIO, encoding: str | None) -> Table:
    with _opened(source) as stream:
        told = encoding or tell_encoding(stream)
        is_clean = _is_clean(stream, told)
    with _text_lines(source, told) as lines:
        delimiter = tell_delimiter(_sample(lines))
    header = _read_header(source, told, delimiter)
    columns = _check_columns(_without_empty_tail(header.cells), header.line)
    shape = _CsvShape(columns, told, delimiter, is_clean)
    return Table(columns, "csv", told, delimiter, lambda: _csv_items(source, shape))


@dataclass(frozen=True)
class _CsvShape:
    columns: tuple[str, ...]
    encoding: str
    delimiter: str
    is_clean: bool


# Not frozen: one is made for every row of a file, and freezing doubles its cost.
@dataclass(slots=True)
class _Record:
    """The cells of one CSV record, or the `error` of the csv module; its `raw` lines last until the next record."""

    line: int
    last_line: int
    cells: list[str]
    error: str
    raw: list[str]


def tell_encoding(stream: BinaryIO) -> str:
    """Tell UTF-8, UTF-16, the Cyrillic code pages and CP1252 apart.

    A byte order mark decides; then NULs in every other byte (UTF-16). Whatever decodes as UTF-8 is UTF-8, and so is
    what holds more good multi-byte characters than bad bytes: its bad rows are reported instead of turning the rest
    into nonsense. In Cyrillic words bytes above 0x7F stand side by side, in Western ones (Müller) they stand alone:
    when most have such a neighbour charset-normalizer chooses among CP1251, KOI8-R and CP866, else it is CP1252.
    """
    stream.seek(0)
    head = stream.read(SAMPLE_BYTES)
    if head.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    if head.startswith(_UTF16_MARKS):
        return "utf-16"
    if utf16 := _unmarked_utf16(head):
        return utf16
    if _is_utf8(stream):
        return "utf-8"
    good, bad, high_sample = _count_utf8(stream)
    if good >= bad:
        return "utf-8"
    return _tell_code_page(high_sample)


def _unmarked_utf16(head: bytes) -> str:
    """NULs fill one half of the bytes of Latin text and none of the other."""
    half = len(head) // 2
    even, odd = head[0 : 2 * half : 2].count(0), head[1 : 2 * half : 2].count(0)
    if half and odd > 0.4 * half and even == 0:
        return "utf-16-le"
    return "utf-16-be" if half and even > 0.4 * half and odd == 0 else ""


def _is_utf8(stream: BinaryIO) -> bool:
    stream.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for block in _blocks(stream):
            decoder.decode(block)
        decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def _has_nul(stream: BinaryIO) -> bool:
    stream.seek(0)
    return any(b"\x00" in block for block in _blocks(stream))


def _count_utf8(stream: BinaryIO) -> tuple[int, int, bytes]:
    """Count good multi-byte characters and undecodable bytes; sample the lines that hold bytes above 0x7F."""
    stream.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    good = bad = 0
    sample = b""
    for block in _blocks(stream):
        if block.isascii():
            continue
        text = decoder.decode(block)
        escaped = len(re.findall("[\udc80-\udcff]", text))
        bad += escaped
        good += len(re.findall(r"[^\x00-\x7f]", text)) - escaped
        if len(sample) < SAMPLE_BYTES:
            sample += b"\n".join(line for line in block.splitlines() if not line.isascii())[:SAMPLE_BYTES]
    return good, bad + len(decoder.getstate()[0]), sample


def _tell_code_page(sample: bytes) -> str:
    high = len(re.findall(rb"[\x80-\xff]", sample))
    beside = sum(map(len, re.findall(rb"[\x80-\xff]{2,}", sample)))
    if 2 * beside > high:
        best = from_bytes(sample, cp_isolation=["cp1251", "koi8_r", "cp866"]).best()
        return best.encoding if best else "cp1251"
    # Five bytes have no meaning in CP1252; a file that uses one is Latin-1.
    return "latin-1" if re.search(rb"[\x81\x8d\x8f\x90\x9d]", sample) else "cp1252"


def _is_clean(stream: BinaryIO, encoding: str) -> bool:
    """Tell whether no byte is undecodable or NUL, which spares looking into every cell; ReadError for broken UTF-16."""
    if encoding.startswith("utf-8"):
        return _is_utf8(stream) and not _has_nul(stream)
    stream.seek(0)
    try:
        decoder = codecs.getincrementaldecoder(encoding)(_decoding_errors(encoding))
        pieces = (decoder.decode(block) for block in _blocks(stream))
        is_clean = not any(_UNREADABLE.search(piece) is not None for piece in pieces)
        return is_clean and not _UNREADABLE.search(decoder.decode(b"", True))
    except LookupError as error:
        raise ReadError(None, None, f"{encoding!r} is not an encoding known here.") from error
    except UnicodeError as error:
        raise ReadError(None, None, f"The file is not valid {encoding}: {error}.") from error


def _decoding_errors(encoding: str) -> str:
    return "strict" if encoding.lower().replace("_", "-").startswith(("utf-16", "utf-32")) else "surrogateescape"


@contextmanager
def _text_lines(source: Path | BinaryIO, encoding: str) -> Iterator[Iterable[str]]:
    with _opened(source) as stream:
        lines = io.TextIOWrapper(stream, encoding, errors=_decoding_errors(encoding), newline="")
        try:
            yield lines
        finally:
            # Else the wrapper would close a stream that belongs to the caller.
            lines.detach()


def _sample(lines: Iterable[str]) -> list[str]:
    sample: list[str] = []
    size = 0
    for line in lines:
        sample.append(line)
        size += len(line)
        if size > SAMPLE_BYTES:
            break
    return sample


def tell_delimiter(sample: list[str]) -> str:
    """Choose the delimiter under which most records have as many cells as the header, then the one with more cells."""
    scores = {delimiter: _delimiter_score(sample, delimiter) for delimiter in DELIMITERS}
    return max(DELIMITERS, key=lambda delimiter: scores[delimiter])


def _delimiter_score(sample: list[str], delimiter: str) -> tuple[bool, float, int]:
    records = _records(iter(sample), delimiter)
    widths = [len(record.cells) for record, _ in zip(records, range(SAMPLE_ROWS), strict=False)]
    if not widths or widths[0] < 2:
        return (False, 0.0, 0)
    return (True, widths.count(widths[0]) / len(widths), widths[0])


def _read_header(source: Path | BinaryIO, encoding: str, delimiter: str) -> _Record:
    with _text_lines(source, encoding) as lines:
        for record in _records(lines, delimiter, most_lines=MOST_LINES):
            if record.error or any(map(_UNREADABLE.search, record.cells)):
                raise ReadError(record.line, None, f"The header cannot be read: {record.error or 'unreadable bytes'}.")
            return record
    raise ReadError(1, None, "The file is empty: expected a header and rows.")


def _records(lines: Iterable[str], delimiter: str, *, most_lines: int = sys.maxsize) -> Iterator[_Record]:
    """Yield the records that are not blank.

    Raises ReadError where one takes more than `most_lines`, or one cell more characters than the csv module takes.

    Strict, because the lenient reader lets a quote that is never closed swallow the rest of the file silently.
    """
    raw: list[str] = []
    reader = csv.reader(_recorded(lines, raw, most_lines), delimiter=delimiter, strict=True)
    while True:
        line = reader.line_num + 1
        raw.clear()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            if most_lines < sys.maxsize and "field larger" in str(error):
                longest = csv.field_size_limit()
                message = f"A cell that begins on line {line} has more than {longest:,} characters: close its quote."
                raise ReadError(line, None, message) from error
            yield _Record(line, reader.line_num, [], str(error), raw)
        else:
            if cells:
                yield _Record(line, reader.line_num, cells, "", raw)


def _recorded(lines: Iterable[str], raw: list[str], most_lines: int) -> Iterator[str]:
    """The lines as they are, kept in `raw`, which is emptied before each record."""
    for number, line in enumerate(lines, 1):
        raw.append(line)
        if len(raw) > most_lines:
            begun = number - most_lines
            message = f"A quote opened in the record of line {begun} is not closed within {most_lines:,} lines."
            raise ReadError(begun, None, message)
        yield line


def _csv_items(source: Path | BinaryIO, shape: _CsvShape) -> Iterator[Item]:
    columns, width, is_clean = shape.columns, len(shape.columns), shape.is_clean
    with _text_lines(source, shape.encoding) as lines:
        records = _records(lines, shape.delimiter, most_lines=MOST_LINES)
        next(records)
        for record in records:
            # The common case without a call: this loop runs once for every row of the file.
            if is_clean and len(record.cells) == width and not record.error:
                yield Row(record.line, dict(zip(columns, record.cells, strict=True)))
            elif reason := _reason_against(record, width):
                yield BadRow(record.line, reason, _shown("".join(record.raw)))
            else:
                yield Row(record.line, dict(zip(columns, record.cells, strict=False)))


def _reason_against(record: _Record, width: int) -> str:
    if record.error:
        return _csv_error(record)
    if any(map(_UNREADABLE.search, record.cells)):
        return "A NUL or a byte that the file's encoding does not know."
    if len(record.cells) < width or any(record.cells[width:]):
        return f"{len(record.cells)} cells where the header has {width}."
    return ""


def _csv_error(record: _Record) -> str:
    if record.last_line > record.line:
        return f"A quote is opened and not closed properly; lines {record.line} to {record.last_line} are not read."
    return f"The quotes or the length of a cell are wrong ({record.error})."


def _shown(raw: str) -> str:
    """Show undecodable bytes as \\xNN and NUL as \\x00, so that any database stores the text; long rows are cut."""
    if len(raw) > MOST_SHOWN:
        raw = f"{raw[:MOST_SHOWN]}…"
    shown = _UNREADABLE.sub(lambda match: f"\\x{ord(match[0]) & 0xFF:02x}", raw)
    return shown.rstrip("\r\n")


def _open_workbook(source: Path | BinaryIO, sheet: str | None) -> Table:
    with _opened(source) as stream:
        check_archive(stream)
    first_row, cells = _first_filled_row(source, sheet)
    columns = _check_columns(_without_empty_tail(cells), first_row)
    return Table(columns, "xlsx", "", "", lambda: _workbook_items(source, sheet, columns, first_row))


def check_archive(stream: BinaryIO) -> None:
    """Refuse what would exhaust the memory: the sizes the archive declares, then the extent of its sheets."""
    try:
        with zipfile.ZipFile(stream) as archive:
            if sum(member.file_size for member in archive.infolist()) > MAXIMUM_UNZIPPED_BYTES:
                raise ReadError(None, None, f"The workbook unpacks to more than {MAXIMUM_UNZIPPED_BYTES:,} bytes.")
            for member in archive.infolist():
                _check_member(archive, member)
    # RuntimeError and NotImplementedError: members that are encrypted or packed by an unknown method.
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, NotImplementedError) as error:
        raise ReadError(None, None, f"The file is not a readable .xlsx workbook: {error}.") from error


def _check_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    """Unpack once within the declared size: zipfile's checksum then shows a size that was a lie."""
    # Every member, for the workbook itself says which of them are its sheets.
    tail, columns, rows = b"", {b"A"}, {1}
    with archive.open(member) as unpacked:
        while block := unpacked.read(BLOCK_BYTES):
            references = set(_CELL_REFERENCE.findall(tail + block))
            columns.update(column.upper() for column, _ in references)
            rows.update(int(row) for _, row in references)
            tail = block[-_BLOCK_OVERLAP:]
    if max(map(_column_number, columns)) * max(rows) > MAXIMUM_SHEET_CELLS:
        raise ReadError(None, None, f"A sheet spans more than {MAXIMUM_SHEET_CELLS:,} cells: remove stray cells.")


def _column_number(letters: bytes) -> int:
    """Count columns as sheets do: A is 1, Z 26, AA 27."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number


def sheet_rows(source: Path | BinaryIO, sheet: str | None) -> Iterator[tuple[int, list[str]]]:
    """Yield the filled rows as text with their row numbers."""
    with _opened(source) as stream:
        try:
            workbook = CalamineWorkbook.from_filelike(stream)
            if sheet is not None and sheet not in workbook.sheet_names:
                raise ReadError(None, None, f"There is no sheet {sheet!r}: expected one of {workbook.sheet_names}.")
            rows = workbook.get_sheet_by_name(sheet or workbook.sheet_names[0]).iter_rows()
        except (CalamineError, IndexError) as error:
            raise ReadError(None, None, f"The file is not a readable .xlsx workbook: {error}.") from error
        for number, row in enumerate(rows, start=1):
            if any(cell != "" for cell in row):
                yield number, [_cell_text(cell) for cell in row]


def _first_filled_row(source: Path | BinaryIO, sheet: str | None) -> tuple[int, list[str]]:
    for number, cells in sheet_rows(source, sheet):
        return number, cells
    raise ReadError(1, None, "The sheet is empty: expected a header and rows.")


def _workbook_items(
    source: Path | BinaryIO, sheet: str | None, columns: tuple[str, ...], first_row: int
) -> Iterator[Item]:
    width = len(columns)
    for number, cells in sheet_rows(source, sheet):
        if number == first_row:
            continue
        if any(cells[width:]):
            yield BadRow(number, f"Cells stand beyond the {width} columns of the header.", _shown("\t".join(cells)))
        else:
            yield Row(number, dict(zip(columns, cells, strict=False)))


def _cell_text(cell: object) -> str:
    """Write a cell as text: dates in ISO 8601, whole numbers without a fraction, a midnight as its date alone."""
    match cell:
        case str():
            return cell
        case bool():
            return "true" if cell else "false"
        case float() if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        case datetime() if cell.time() == time():
            return cell.date().isoformat()
        case datetime() | date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell)
    return str(cell)


def _open_json_lines(source: Path | BinaryIO) -> Table:
    """Read the file once for its columns: every key of every object, in the order of first appearance."""
    columns: dict[str, None] = {}
    for _, parsed in _json_objects(source):
        if isinstance(parsed, dict):
            columns.update(dict.fromkeys(parsed))
    if not columns:
        raise ReadError(1, None, "No line holds a JSON object: expected one object per line.")
    names = _check_columns(tuple(columns), 1)
    return Table(names, "jsonl", "utf-8", "", lambda: _json_items(source, names))


def _json_items(source: Path | BinaryIO, columns: tuple[str, ...]) -> Iterator[Item]:
    empty = dict.fromkeys(columns, "")
    for line, parsed in _json_objects(source):
        yield parsed if isinstance(parsed, BadRow) else Row(line, empty | parsed)


def _json_objects(source: Path | BinaryIO) -> Iterator[tuple[int, dict[str, str] | BadRow]]:
    with _opened(source) as stream:
        for line, raw in enumerate(stream, start=1):
            stripped = raw.removeprefix(codecs.BOM_UTF8).strip()
            if stripped:
                yield line, _read_json_line(line, stripped)


def _read_json_line(line: int, raw: bytes) -> dict[str, str] | BadRow:
    try:
        parsed = json.loads(raw.decode("utf-8"), object_pairs_hook=_unique_pairs, parse_constant=_refuse_constant)
        if not isinstance(parsed, dict):
            raise ValueError("expected an object in braces")
        values = {key: _json_text(value) for key, value in parsed.items()}
        if any(_UNREADABLE.search(text) for pair in values.items() for text in pair):
            raise ValueError("a NUL or half a surrogate pair")
        return values
    # RecursionError: brackets nested by the thousand.
    except (ValueError, RecursionError) as error:
        shown = raw.decode("utf-8", "backslashreplace")
        return BadRow(line, f"Not a JSON object on one line: {error}.", _shown(shown))


def _unique_pairs(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is repeated")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _json_text(value: object) -> str:
    if isinstance(value, str):
        return value
    return "" if value is None else json.dumps(value, ensure_ascii=False)
