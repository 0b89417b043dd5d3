"""A file of customs declarations: every generation of headers, every kind of fault with its line, nothing lost."""

import csv
import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pytest
from openpyxl import Workbook

from components.intake.readers import ReadError
from components.intake.trade.headers import find_header
from components.intake.trade.preparing import prepare
from components.intake.trade.staging import Staged, stage
from components.lake.engine import LakeSettings

REFERENCE = Path(__file__).resolve().parents[3] / "fixtures" / "reference" / "declaration_columns.csv"
COUNTRIES = {"CN": "CN", "CHN": "CN", "КИТАЙ": "CN", "TR": "TR", "RU": "RU", "HK": "HK"}
HEADER = (
    "ND (Номер декларации);G32 (Номер товара по ГТД);G072 (Дата регистрации);G011 (Направление перемещения);"
    "G15A (Код страны отправления);G31_1 (Наименование и характеристики товаров);G33 (Код товара по ТН ВЭД);"
    "G38 (Вес нетто, кг);G46 (Статистическая стоимость, USD.);Примечание"
)
GOOD = "1;1;15.03.2022;ИМ;CN;чип;8542319010;0,5;1 234,56;п"


def staged(folder: Path, text: str, encoding: str = "utf-8", **options: Any) -> Staged:
    """A text as a file, staged."""
    file = folder / "records.csv"
    file.write_bytes(text.encode(encoding))
    return staged_file(folder, file, **options)


def staged_file(folder: Path, file: Path, **options: Any) -> Staged:
    target = folder / "staged"
    target.mkdir(exist_ok=True)
    prepared = prepare(file, target, reference=REFERENCE, mapping=options.pop("mapping", None))
    return stage(prepared, target, lake=LakeSettings(folder), countries=COUNTRIES, **options)


def rows(found: Staged, columns: str) -> list[tuple[Any, ...]]:
    """The columns of the staged rows in the order of the file."""
    assert found.file is not None
    sql = f"SELECT {columns} FROM read_parquet('{found.file}', file_row_number = true) ORDER BY file_row_number"
    return duckdb.sql(sql).fetchall()


def test_row_is_typed_and_what_has_no_column_is_kept(tmp_path: Path) -> None:
    found = staged(tmp_path, f"{HEADER}\n{GOOD}\n")

    columns = "declaration_number, declared_on, direction, dispatch_country, hs_code, hs6, net_kg, value_usd, other"
    assert rows(found, columns) == [
        ("1", date(2022, 3, 15), "import", "CN", "8542319010", "854231", 0.5, 1234.56, '{"Примечание":"п"}')
    ]
    assert (found.row_count, found.accepted, found.rejected, found.rejects) == (1, 1, 0, None)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_encodings_and_line_ends_give_the_same_rows(tmp_path: Path, encoding: str, line_end: str) -> None:
    found = staged(tmp_path, line_end.join([HEADER, GOOD, ""]), encoding)

    assert rows(found, "description, value_usd") == [("чип", 1234.56)]


def test_every_fault_is_told_with_line_column_value_and_reason(tmp_path: Path) -> None:
    lines = [
        "Выгрузка",
        HEADER,
        '1;1;15.03.2022;ИМ;CN;"ok, ""quoted""',
        'second line";8542319010;0,5;1 234,56;п',
        "2;1;31.02.2022;ИМ;CN;bad date;8542319010;0,5;1;",
        "3;1;15.03.2022;ИМ;CN;bad code;854231901;0,5;1;",
        "4;1;15.03.2022;XX;CN;bad direction;8542319010;0,5;1;",
        HEADER,
        "5;1;15.03.2022;ИМ;CN;two faults;8542319010;-0,5;abc;",
        "6;1;15.03.2022;ИМ;CN;few",
        "7;1;15.03.2022;ИМ;CN;many;8542319010;0,5;1;;x;y",
        "8;1;15.03.2022;ИМ;CN;two signs;8542319010;0,5;1.234,5;",
        "9;1;15.03.2099;ИМ;CN;in future;8542319010;0,5;1;",
        '10;1;15.03.2022;ИМ;CN;"unclosed;8542319010;0,5;1;',
        "",
    ]

    found = staged(tmp_path, "\n".join(lines))

    told = [(fault.line, fault.column.partition(" ")[0], fault.value[:12]) for fault in found.faults]
    assert told == [
        (5, "G072", "31.02.2022"),
        (6, "G33", "854231901"),
        (7, "G011", "XX"),
        (9, "G38", "-0,5"),
        (9, "G46", "abc"),
        (10, "", "6;1;15.03.20"),
        (11, "", "7;1;15.03.20"),
        (12, "G46", "1.234,5"),
        (13, "G072", "15.03.2099"),
        (14, "", "10;1;15.03.2"),
    ]
    assert (found.row_count, found.accepted, found.rejected, found.repeated_headers) == (11, 1, 9, 1)
    assert [fault.reason for fault in found.faults[:2]] == [
        "expected a day from 1990 until today, such as 15.03.2022 or 2022-03-15",
        "expected an HS code of 4, 6, 8 or 10 digits, such as 8542319010",
    ]
    assert rows(found, "description") == [('ok, "quoted"\nsecond line',)]


def test_rejects_file_has_every_fault_with_the_whole_row(tmp_path: Path) -> None:
    found = staged(tmp_path, f"{HEADER}\n2;1;x;ИМ;CN;bad;8542319010;0,5;1;п\n{GOOD}\n")

    assert found.rejects is not None
    with found.rejects.open(encoding="utf-8", newline="") as stream:
        (told,) = csv.DictReader(stream)
    assert (told["line"], told["value"]) == ("2", "x")
    assert json.loads(told["row"]) == ["2", "1", "x", "ИМ", "CN", "bad", "8542319010", "0,5", "1", "п"]


def test_all_faults_are_counted_and_the_first_ten_thousand_listed(tmp_path: Path) -> None:
    bad = "2;1;x;ИМ;CN;bad;8542319010;0,5;1;п\n" * 10_050

    found = staged(tmp_path, f"{HEADER}\n{bad}{GOOD}\n")

    assert (found.fault_count, len(found.faults), found.accepted) == (10_050, 10_000, 1)
    assert found.rejects is not None
    assert len(found.rejects.read_text(encoding="utf-8").splitlines()) == 10_051


@pytest.mark.parametrize("count", [10, 30_000])
def test_rows_stay_in_the_order_of_the_file(tmp_path: Path, count: int) -> None:
    lines = [GOOD.replace("1;1;", f"{n};1;", 1) for n in range(count)]

    found = staged(tmp_path, "\n".join([HEADER, *lines, ""]))

    assert [int(number) for (number,) in rows(found, "declaration_number")] == list(range(count))


def test_line_of_a_fault_far_down_is_exact(tmp_path: Path) -> None:
    """Quoted line ends before it shift the lines, not the rows."""
    lines = [GOOD.replace("чип", '"чи\nп"') for _ in range(5_000)]
    lines.append(GOOD.replace("15.03.2022", "never"))

    found = staged(tmp_path, "\n".join([HEADER, *lines, ""]))

    assert [(fault.line, fault.value) for fault in found.faults] == [(10_002, "never")]


def test_country_that_is_none_is_kept_as_declared(tmp_path: Path) -> None:
    lines = [GOOD, GOOD.replace(";CN;", ";Китай;"), GOOD.replace(";CN;", ";ЕВРОСОЮЗ;")]

    found = staged(tmp_path, "\n".join([HEADER, *lines, ""]))

    assert rows(found, "dispatch_country, dispatch_country_declared") == [("CN", ""), ("CN", "Китай"), ("", "ЕВРОСОЮЗ")]
    assert found.unresolved_countries == {"ЕВРОСОЮЗ": 1}


def test_workbook_gives_the_rows_and_the_lines_of_its_sheet(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Выгрузка"])
    sheet.append(HEADER.split(";"))
    sheet.append(GOOD.split(";"))
    sheet.append([])
    sheet.append(GOOD.replace("15.03.2022", "never").split(";"))
    book.save(tmp_path / "records.xlsx")

    found = staged_file(tmp_path, tmp_path / "records.xlsx")

    assert rows(found, "declared_on, value_usd") == [(date(2022, 3, 15), 1234.56)]
    assert [(fault.line, fault.value) for fault in found.faults] == [(5, "never")]


def test_parquet_is_read_under_our_own_names(tmp_path: Path) -> None:
    first = staged(tmp_path, f"{HEADER}\n{GOOD}\n")
    assert first.file is not None
    again = tmp_path / "again"
    again.mkdir()

    found = staged_file(again, first.file)

    columns = "declared_on, hs_code, dispatch_country, value_usd, description"
    assert rows(found, columns) == rows(first, columns)


def test_mapping_reads_any_other_table(tmp_path: Path) -> None:
    mapping = {"declared_on": "Date", "hs_code": "Code", "value_usd": "USD"}

    found = staged(tmp_path, "Date,Code,USD,Note\n2022-03-15,8542.31,7.5,x\n", mapping=mapping)

    assert rows(found, "declared_on, hs6, value_usd, other") == [(date(2022, 3, 15), "854231", 7.5, '{"Note":"x"}')]


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "%PDF-1.4\n", "\x00\x01\x02"])
def test_what_is_no_table_of_declarations_is_refused_in_words(tmp_path: Path, text: str) -> None:
    with pytest.raises(ReadError) as refusal:
        staged(tmp_path, text)

    assert "expected" in str(refusal.value)


def test_header_is_found_in_any_generation_merged_and_repeated() -> None:
    g_codes = find_header([["G072 (Дата регистрации)", "G33 (Код товара по ТН ВЭД)", "G46"]], REFERENCE)
    numbers = find_header([["072 Дата ДТ", "33 Код товара по ТН ВЭД РФ", "46 Статистическая стоимость"]], REFERENCE)
    merged = find_header(
        [["G072", "G33", "Стоимость", ""], ["", "", "G46", "G46"], ["15.03.2022", "8542", "1", "2"]], REFERENCE
    )

    named = {"declared_on": (0,), "hs_code": (1,), "value_usd": (2,)}
    assert (g_codes.columns, numbers.columns) == (named, named)
    assert merged.columns == named | {"value_usd": (2, 3)}
    assert (merged.last_row, merged.names, merged.unused) == (1, ("G072", "G33", "G46", "G46 (4)"), (3,))


def test_less_trusted_column_stands_in_for_an_empty_one(tmp_path: Path) -> None:
    header = "G072;G33;G46;G34 (Код страны происхождения);G16 (Страна происхождения)"

    found = staged(tmp_path, f"{header}\n15.03.2022;8542;1;TR;КИТАЙ\n15.03.2022;8542;1;;КИТАЙ\n")

    assert rows(found, "origin_country, other") == [
        ("TR", '{"G16 (Страна происхождения)":"КИТАЙ"}'),
        ("CN", '{"G16 (Страна происхождения)":"КИТАЙ"}'),
    ]


def test_rejects_file_runs_nothing_in_a_spreadsheet(tmp_path: Path) -> None:
    found = staged(tmp_path, "\n".join([HEADER, GOOD.replace("15.03.2022", "=1+1"), ""]))

    assert found.rejects is not None
    with found.rejects.open(encoding="utf-8", newline="") as stream:
        (fault,) = csv.DictReader(stream)
    assert fault["value"] == "'=1+1"
