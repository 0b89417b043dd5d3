"""Lists as files."""

import csv
import io
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest
from openpyxl import load_workbook

from components.exports.columns import COLUMNS
from components.exports.files import FORMATS, XLSX_MAX_ROWS, TooManyRows
from components.exports.rows import as_dicts, columns_of, visible_rows
from components.models import Component, User, Weapon
from tests.factories import ComponentFactory, WeaponFactory

pytestmark = pytest.mark.django_db


def written(name: str, rows: Any, columns: Any) -> bytes:
    """The file of a list."""
    return b"".join(FORMATS[name].write(rows, columns))


def test_every_format_has_the_same_columns_and_rows(editor: User) -> None:
    ComponentFactory(marking="A\nB", marking_state="read", notes="ünïcode")
    ComponentFactory(quantity=7)
    rows = visible_rows(Component, editor).order_by("pk")
    columns = columns_of(Component, ["id", "weapon_label", "marking", "quantity", "is_synthetic", "manufacturer_name"])
    expected = as_dicts(rows, columns)

    as_csv = list(csv.DictReader(io.StringIO(written("csv", rows, columns).decode("utf-8-sig"))))
    as_jsonl = [orjson.loads(line) for line in written("jsonl", rows, columns).splitlines()]
    as_parquet = pq.read_table(io.BytesIO(written("parquet", rows, columns))).to_pylist()
    sheet = load_workbook(io.BytesIO(written("xlsx", rows, columns)))["rows"]
    as_xlsx = [[cell.value for cell in row] for row in sheet.iter_rows()]

    assert as_jsonl == as_parquet == expected
    assert [[row["marking"], row["quantity"]] for row in as_csv] == [["A\nB", "1"], ["", "7"]]
    assert as_xlsx[0] == [column.name for column in columns]
    assert [row[3] for row in as_xlsx[1:]] == [1, 7]


@pytest.mark.parametrize("text", ["=1+1", "+A1", "-2", "@SUM(A1)", "\tx"])
def test_text_that_would_run_as_a_formula_is_text(editor: User, text: str) -> None:
    WeaponFactory(label=text)
    rows, columns = visible_rows(Weapon, editor), columns_of(Weapon, ["label"])

    in_csv = written("csv", rows, columns).decode("utf-8-sig").splitlines()[1]
    cell = load_workbook(io.BytesIO(written("xlsx", rows, columns)))["rows"]["A2"]

    assert in_csv.strip('"').startswith("'")
    assert cell.data_type == "s"


def test_xlsx_refuses_more_rows_than_it_can_hold(editor: User, monkeypatch: pytest.MonkeyPatch) -> None:
    WeaponFactory.create_batch(2)
    monkeypatch.setattr("components.exports.files.XLSX_MAX_ROWS", 2)

    with pytest.raises(TooManyRows, match="this list has 2"):
        written("xlsx", visible_rows(Weapon, editor), columns_of(Weapon))

    assert XLSX_MAX_ROWS == 1_048_576


def test_control_characters_do_not_spoil_a_workbook(editor: User) -> None:
    WeaponFactory(label="a\x01b")

    book = load_workbook(io.BytesIO(written("xlsx", visible_rows(Weapon, editor), columns_of(Weapon, ["label"]))))

    assert book["rows"]["A2"].value == "ab"


@pytest.mark.parametrize("model", COLUMNS)
def test_every_list_can_be_written_empty(editor: User, model: Any) -> None:
    rows, columns = visible_rows(model, editor).none(), columns_of(model)
    names = [column.name for column in columns]

    assert written("csv", rows, columns).decode("utf-8-sig").splitlines() == [",".join(names)]
    assert written("jsonl", rows, columns) == b""
    assert pq.read_table(io.BytesIO(written("parquet", rows, columns))).column_names == names
    assert [cell.value for cell in load_workbook(io.BytesIO(written("xlsx", rows, columns)))["rows"][1]] == names


def test_every_evidence_list_says_what_is_synthetic() -> None:
    without = {model.__name__ for model, columns in COLUMNS.items() if "is_synthetic" not in {c.name for c in columns}}

    assert without == {"ImportBatch", "ControlDate", "Country", "HSHeading", "PriorityItem", "RouteParameter"}


def test_visitors_see_blurred_places_and_researchers_exact_ones(researcher: User, visitor: object) -> None:
    WeaponFactory(latitude="50.450100", longitude="30.523400")
    columns = columns_of(Weapon, ["latitude", "longitude"])

    seen = [as_dicts(visible_rows(Weapon, user), columns) for user in (researcher, visitor)]

    assert seen == [[{"latitude": 50.4501, "longitude": 30.5234}], [{"latitude": 50.5, "longitude": 30.5}]]
