import datetime
import io
import json
import re
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.intake import readers
from components.intake.readers import BadRow, ReadError, Row, Table, open_table

RUSSIAN = "Контракт;Товар;Страна\n1;Микросхема XC7Z020;Китай\n2;Конденсатор;Гонконг\n"
RUSSIAN_ROWS = [
    Row(2, {"Контракт": "1", "Товар": "Микросхема XC7Z020", "Страна": "Китай"}),
    Row(3, {"Контракт": "2", "Товар": "Конденсатор", "Страна": "Гонконг"}),
]


def open_csv(content: bytes | str) -> Table:
    return open_table(io.BytesIO(content.encode() if isinstance(content, str) else content), "parts.csv")


def workbook_bytes(*rows: tuple[object, ...], sheet: str = "Parts") -> bytes:
    workbook = openpyxl.Workbook(write_only=True)
    worksheet = workbook.create_sheet(sheet)
    for row in rows:
        worksheet.append(list(row))
    target = io.BytesIO()
    workbook.save(target)
    return target.getvalue()


def open_workbook(content: bytes, sheet: str | None = None) -> Table:
    return open_table(io.BytesIO(content), "parts.xlsx", sheet=sheet)


def open_json_lines(content: bytes | str) -> Table:
    return open_table(io.BytesIO(content.encode() if isinstance(content, str) else content), "parts.jsonl")


def read_error(content: bytes | str, name: str = "parts.csv", sheet: str | None = None) -> tuple[object, ...]:
    stream = io.BytesIO(content.encode() if isinstance(content, str) else content)
    with pytest.raises(ReadError) as caught:
        open_table(stream, name, sheet=sheet)
    return caught.value.line, caught.value.column, caught.value.message


@pytest.mark.parametrize(
    ("encoding", "told"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8-sig"),
        ("utf-16", "utf-16"),
        ("cp1251", "cp1251"),
        ("koi8-r", "koi8_r"),
        ("cp866", "cp866"),
    ],
)
def test_open_table_tells_the_encoding_of_russian(encoding: str, told: str) -> None:
    table = open_csv(RUSSIAN.encode(encoding))

    assert (table.columns, table.format, table.encoding, table.delimiter, list(table)) == (
        ("Контракт", "Товар", "Страна"),
        "csv",
        told,
        ";",
        RUSSIAN_ROWS,
    )


def test_open_table_reads_utf_16_without_a_mark() -> None:
    table = open_csv("maker,part\nAMD,XC7Z020\n".encode("utf-16-le"))

    assert (table.encoding, list(table)) == ("utf-16-le", [Row(2, {"maker": "AMD", "part": "XC7Z020"})])


def test_open_table_reads_western_letters_as_cp1252() -> None:
    table = open_csv("maker,value\nWürth Elektronik,5 µF ±5 °C\n".encode("cp1252"))

    assert (table.encoding, list(table)) == ("cp1252", [Row(2, {"maker": "Würth Elektronik", "value": "5 µF ±5 °C"})])


def test_open_table_obeys_the_encoding_given() -> None:
    stream = io.BytesIO("品名,数量\n集成电路,5\n".encode("gb18030"))

    table = open_table(stream, "parts.csv", encoding="gb18030")

    assert (table.encoding, list(table)) == ("gb18030", [Row(2, {"品名": "集成电路", "数量": "5"})])


def test_open_table_refuses_an_unknown_encoding() -> None:
    with pytest.raises(ReadError, match="'nonsense' is not an encoding"):
        open_table(io.BytesIO(b"a,b\n"), "parts.csv", encoding="nonsense")


def test_bad_byte_in_utf_8_spoils_one_row_only() -> None:
    content = "maker,part\nMüller,ä\n".encode() + b"Bad\xff,x\n" + "Größe,ö\n".encode()

    table = open_csv(content)

    assert (table.encoding, list(table)) == (
        "utf-8",
        [
            Row(2, {"maker": "Müller", "part": "ä"}),
            BadRow(3, "A NUL or a byte that the file's encoding does not know.", "Bad\\xff,x"),
            Row(4, {"maker": "Größe", "part": "ö"}),
        ],
    )


def test_nul_spoils_one_row_only() -> None:
    items = list(open_csv("a,b\n1\0,2\n3,4\n"))

    assert items == [
        BadRow(2, "A NUL or a byte that the file's encoding does not know.", "1\\x00,2"),
        Row(3, {"a": "3", "b": "4"}),
    ]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_open_table_tells_the_delimiter_though_cells_hold_commas(delimiter: str) -> None:
    lines = [delimiter.join(["id", "Name, full", "x"]), delimiter.join(["1", "2,5", "b"])]

    table = open_csv("\n".join(lines))

    assert (table.delimiter, list(table)) == (delimiter, [Row(2, {"id": "1", "Name, full": "2,5", "x": "b"})])


def test_line_is_where_the_record_begins() -> None:
    items = list(open_csv('a,b\r\n"one\r\ntwo",2\r\n\r\n3,4\r\n'))

    assert items == [Row(2, {"a": "one\r\ntwo", "b": "2"}), Row(5, {"a": "3", "b": "4"})]


def test_every_bad_row_is_told() -> None:
    items = list(open_csv('a,b\n1\n1,2,3\n1,2,,\n"x"y,2\n5,6\n"open,7\n8,9\n'))

    assert items == [
        BadRow(2, "1 cells where the header has 2.", "1"),
        BadRow(3, "3 cells where the header has 2.", "1,2,3"),
        Row(4, {"a": "1", "b": "2"}),
        BadRow(5, "The quotes or the length of a cell are wrong (',' expected after '\"').", '"x"y,2'),
        Row(6, {"a": "5", "b": "6"}),
        BadRow(7, "A quote is opened and not closed properly; lines 7 to 8 are not read.", '"open,7\n8,9'),
    ]


def test_table_reads_anew_and_leaves_the_stream_open() -> None:
    stream = io.BytesIO(b"a,b\n1,2\n")
    table = open_table(stream, "parts.csv")

    first, second = list(table), list(table)

    assert (first, second, stream.closed) == ([Row(2, {"a": "1", "b": "2"})], [Row(2, {"a": "1", "b": "2"})], False)


def test_open_table_reads_a_path(tmp_path: Path) -> None:
    path = tmp_path / "parts.txt"
    path.write_text("\npart\nXC7Z020\n")

    table = open_table(path, path.name)

    assert (table.columns, list(table)) == (("part",), [Row(3, {"part": "XC7Z020"})])


def test_header_may_end_in_nameless_columns() -> None:
    table = open_csv("a,b,,\n1,2,,\n1,2,3,\n")

    assert (table.columns, list(table)) == (
        ("a", "b"),
        [Row(2, {"a": "1", "b": "2"}), BadRow(3, "4 cells where the header has 2.", "1,2,3,")],
    )


@pytest.mark.parametrize(
    ("content", "error"),
    [
        ("", (1, None, "The file is empty: expected a header and rows.")),
        ("\ufeff \n", (1, None, "The file is empty: expected a header and rows.")),
        (",,\n1,2,3\n", (1, None, "The header is missing: expected a row of column names.")),
        ("a,,c\n1,2,3\n", (1, None, "Column 2 has no name in the header.")),
        ("\nPart, part\n1,2\n", (2, "Part", "The header repeats the column 'Part'.")),
    ],
)
def test_open_table_refuses_a_broken_header(content: str, error: tuple[object, ...]) -> None:
    assert read_error(content) == error


@given(st.binary(max_size=200))
def test_open_table_raises_nothing_but_read_error(content: bytes) -> None:
    try:
        items = list(open_csv(content))
    except ReadError:
        return

    assert all(isinstance(item, Row | BadRow) for item in items)


def test_workbook_cells_become_text() -> None:
    content = workbook_bytes(
        ("part", "made", "count", "weight", "foreign", "seen"),
        ("XC7Z020", datetime.date(2022, 3, 5), 5, 1.5, True, datetime.datetime(2022, 3, 5, 14, 30)),
        (),
        (2700, None, 0, None, None, datetime.time(14, 30)),
    )

    table = open_workbook(content)

    columns = ("part", "made", "count", "weight", "foreign", "seen")
    first = ("XC7Z020", "2022-03-05", "5", "1.5", "true", "2022-03-05T14:30:00")
    assert (table.columns, table.format, list(table)) == (
        columns,
        "xlsx",
        [
            Row(2, dict(zip(columns, first, strict=True))),
            Row(4, dict(zip(columns, ("2700", "", "0", "", "", "14:30:00"), strict=True))),
        ],
    )


def test_workbook_tells_cells_beyond_the_header() -> None:
    items = list(open_workbook(workbook_bytes(("a", "b"), (1, 2, 3), (4, 5))))

    assert items == [
        BadRow(2, "Cells stand beyond the 2 columns of the header.", "1\t2\t3"),
        Row(3, {"a": "4", "b": "5"}),
    ]


def test_workbook_sheet_is_picked_by_name() -> None:
    content = workbook_bytes(("a",), (1,), sheet="Second")

    assert list(open_workbook(content, sheet="Second")) == [Row(2, {"a": "1"})]
    assert read_error(content, "parts.xlsx", sheet="Third") == (
        None,
        None,
        "There is no sheet 'Third': expected one of ['Second'].",
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "save it as plain .xlsx"),
        (b"not a workbook", "not a readable .xlsx workbook"),
        (workbook_bytes(("a",))[:2000], "not a readable .xlsx workbook"),
        (workbook_bytes(), "The sheet is empty"),
    ],
    ids=["encrypted", "text", "truncated", "empty"],
)
def test_open_table_refuses_what_is_no_workbook(content: bytes, message: str) -> None:
    assert message in str(read_error(content, "parts.xlsx")[2])


def test_open_table_refuses_an_archive_without_a_workbook() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("readme.txt", "hello")

    assert "not a readable .xlsx workbook" in str(read_error(target.getvalue(), "parts.xlsx")[2])


def test_open_table_refuses_a_workbook_that_unpacks_beyond_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readers, "MAXIMUM_UNZIPPED_BYTES", 1000)

    error = read_error(workbook_bytes(("a",), (1,)), "parts.xlsx")

    assert error == (None, None, "The workbook unpacks to more than 1,000 bytes.")


def test_open_table_refuses_a_cell_that_would_span_a_giant_sheet() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook_bytes(("a",), (1,)))) as source, zipfile.ZipFile(target, "w") as hostile:
        for member in source.infolist():
            hostile.writestr(member, re.sub(rb'r="A2"', b'r="XFD1048576"', source.read(member)))

    error = read_error(target.getvalue(), "parts.xlsx")

    assert error == (None, None, "A sheet spans more than 20,000,000 cells: remove stray cells.")


def test_check_archive_finds_a_giant_sheet_whichever_block_its_cell_is_cut_by(monkeypatch: pytest.MonkeyPatch) -> None:
    hostile = io.BytesIO()
    with zipfile.ZipFile(hostile, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", '<row><c r="A1"/></row>' * 9 + '<c r="XFD1048576"/>' + " " * 50)
    missed = []

    for size in range(40, 120):
        monkeypatch.setattr(readers, "BLOCK_BYTES", size)
        try:
            readers.check_archive(hostile)
        except ReadError:
            continue
        missed.append(size)

    assert missed == []


def test_json_lines_keep_nested_values_as_json() -> None:
    table = open_json_lines('{"part": "XC7Z020", "count": 5}\n\n{"part": null, "pins": [1, {"a": "я"}], "ok": true}\n')

    assert (table.columns, table.format, table.encoding, list(table)) == (
        ("part", "count", "pins", "ok"),
        "jsonl",
        "utf-8",
        [
            Row(1, {"part": "XC7Z020", "count": "5", "pins": "", "ok": ""}),
            Row(3, {"part": "", "count": "", "pins": '[1, {"a": "я"}]', "ok": "true"}),
        ],
    )


def test_json_lines_tell_every_bad_line() -> None:
    lines = [b'{"a": 1}', b'{"a": ', b"[1]", b'{"a": 1, "a": 2}', b'{"a": NaN}', b'{"a": "\\u0000"}', b'{"a": "\xff"}']

    items = list(open_json_lines(b"\n".join([*lines, b"[" * 100_000, b'{"a": 2}'])))

    good = [item for item in items if isinstance(item, Row)]
    bad = [(item.line, item.raw[:20]) for item in items if isinstance(item, BadRow)]
    assert good == [Row(1, {"a": "1"}), Row(9, {"a": "2"})]
    assert bad == [
        (2, '{"a":'),
        (3, "[1]"),
        (4, '{"a": 1, "a": 2}'),
        (5, '{"a": NaN}'),
        (6, '{"a": "\\u0000"}'),
        (7, '{"a": "\\xff"}'),
        (8, "[" * 20),
    ]


def test_open_table_refuses_json_without_an_object() -> None:
    assert read_error(json.dumps([1, 2]), "parts.json") == (
        1,
        None,
        "No line holds a JSON object: expected one object per line.",
    )


def test_quote_that_nobody_closes_ends_the_reading_by_name_of_its_line() -> None:
    for note in ("\n", "x" * 500 + "\n", "x" * 200):  # by lines, by characters, on one line
        table = open_csv('name,notes\na,b\nc,"' + note * (readers.MOST_LINES + 1))

        with pytest.raises(ReadError) as refusal:
            list(table)

        assert refusal.value.line == 3
        assert "line 3" in refusal.value.message
    closed = open_csv('name,notes\na,b\nc,"' + "x\n" * (readers.MOST_LINES - 1) + '"\n')
    assert [type(item) for item in closed] == [Row, Row]


def test_bad_row_is_shown_in_part() -> None:
    (bad,) = open_csv("name,notes\n" + "a," * 50_000 + "b\n")

    assert isinstance(bad, BadRow)
    assert len(bad.raw) == readers.MOST_SHOWN + 1
