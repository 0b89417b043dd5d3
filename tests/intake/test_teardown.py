"""The teardown sheet."""

import csv
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from components.choices import Visibility
from components.intake.batches import run_import
from components.intake.formats import FORMATS
from components.intake.outcomes import ImportRefused
from components.intake.templates import teardown_template
from components.models import Assembly, Citation, Component, Identification, Source, Teardown, User, Weapon

SAMPLES = Path(__file__).resolve().parents[2] / "fixtures" / "samples"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
pytestmark = pytest.mark.django_db
ROW = {
    "weapon": "Synthetic drone 1",
    "weapon_key": "W1",
    "recovered": "2022-10",
    "examined_by": "Synthetic institute",
    "examined": "2022-11-03",
    "assembly": "Flight controller > Main board",
    "component_key": "C1",
    "designator": "U12",
    "marking": "SYN7Z020\n2CLG400I",
    "manufacturer": "Synthetic Maker",
    "part_number": "SYN7Z020-2CLG400I",
    "made": "2021-03",
    "is_synthetic": "yes",
}


def a_sheet(tmp_path: Path, *rows: dict[str, str]) -> Path:
    """A sheet of these rows."""
    path = tmp_path / "sheet.csv"
    with path.open("w", encoding="utf-8", newline="") as lines:
        table = csv.DictWriter(lines, list({name: None for row in rows for name in row}))
        table.writeheader()
        table.writerows(rows)
    return path


def test_researcher_identifies_no_component_of_others(editor: User, researcher: User, tmp_path: Path) -> None:
    run_import("teardown", a_sheet(tmp_path, ROW), user=editor, now=NOW, visibility=Visibility.PUBLISHED)
    other = a_sheet(tmp_path, ROW | {"manufacturer": "Another Maker", "part_number": "OTHER-1"})

    with pytest.raises(ImportRefused) as refusal:
        run_import("teardown", other, user=researcher, now=NOW)

    component = Component.objects.get()
    assert [fault.reason for fault in refusal.value.report.faults] == [f"You may not change component {component.pk}."]
    assert [str(each.manufacturer) for each in Identification.objects.all()] == ["Synthetic Maker"]


def test_a_row_becomes_weapon_teardown_boards_component_and_identification(editor: User, tmp_path: Path) -> None:
    run_import("teardown", a_sheet(tmp_path, ROW), user=editor, now=NOW, visibility=Visibility.RESTRICTED)

    component = Component.objects.get()
    identification = Identification.objects.get()
    assert (component.weapon.label, component.weapon.recovered_latest.isoformat()) == (
        "Synthetic drone 1",
        "2022-10-31",
    )
    assert (str(component.assembly), str(component.assembly.parent)) == ("Main board", "Flight controller")
    assert (component.teardown.examined_by, component.marking_state) == ("Synthetic institute", "read")
    assert (identification.part.mpn, identification.is_current, identification.made) == (
        "SYN7Z020-2CLG400I",
        True,
        "2021-03",
    )
    rows = [*Weapon.objects.all(), *Teardown.objects.all(), *Assembly.objects.all(), component, identification]
    assert {row.visibility for row in rows} == {"restricted"}
    assert all(Citation.objects.of(row).exists() for row in rows)
    assert Source.objects.get().title == "Teardown record of Synthetic institute"


def test_the_same_sheet_twice_changes_nothing(editor: User, tmp_path: Path) -> None:
    path = a_sheet(tmp_path, ROW, {**ROW, "component_key": "", "designator": "U13"})
    run_import("teardown", path, user=editor, now=NOW)

    report = run_import("teardown", path, user=editor, now=NOW).report

    assert (report["created"], report["matched"], report["changed"], report["records"]) == (0, 2, 0, {})


def test_a_changed_cell_changes_the_row_and_is_cited(editor: User, tmp_path: Path) -> None:
    run_import("teardown", a_sheet(tmp_path, ROW), user=editor, now=NOW)

    report = run_import("teardown", a_sheet(tmp_path, {**ROW, "designator": "U14"}), user=editor, now=NOW).report

    component = Component.objects.get()
    cited = Citation.objects.of(component).filter(field="designator").order_by("pk")
    assert (report["changed"], component.designator) == (1, "U14")
    assert [citation.published_value for citation in cited] == ["U12", "U14"]


def test_a_corrected_date_of_manufacture_is_not_taken_for_known(editor: User, tmp_path: Path) -> None:
    run_import("teardown", a_sheet(tmp_path, ROW), user=editor, now=NOW)

    report = run_import("teardown", a_sheet(tmp_path, {**ROW, "made": "2021-04"}), user=editor, now=NOW).report

    assert "2021-04" in set(Identification.objects.values_list("made", flat=True))
    assert (report["matched"], report["changed"]) == (0, 1)


def test_an_import_adds_only_drafts_below_a_draft_weapon(editor: User, tmp_path: Path) -> None:
    run_import("teardown", a_sheet(tmp_path, ROW), user=editor, now=NOW, visibility=Visibility.DRAFT)

    second = {**ROW, "component_key": "C2", "designator": "U15"}
    run_import("teardown", a_sheet(tmp_path, second), user=editor, now=NOW, visibility=Visibility.PUBLISHED)

    assert set(Component.objects.values_list("visibility", flat=True)) == {"draft"}


def test_a_researcher_may_not_change_a_published_row_by_import(researcher: User, editor: User, tmp_path: Path) -> None:
    run_import("teardown", a_sheet(tmp_path, ROW), user=editor, now=NOW, visibility=Visibility.PUBLISHED)

    with pytest.raises(ImportRefused) as refused:
        run_import("teardown", a_sheet(tmp_path, {**ROW, "designator": "U99"}), user=researcher, now=NOW)

    assert "may not change" in refused.value.report.faults[0].reason
    assert Component.objects.get().designator == "U12"


def test_forty_bad_rows_are_all_shown_and_nothing_is_written(editor: User) -> None:
    with pytest.raises(ImportRefused) as refused:
        run_import("teardown", SAMPLES / "teardown_faulty.csv", user=editor, now=NOW)

    report = refused.value.report
    assert report.rejected == 40
    assert len({fault.line for fault in report.faults}) == 40
    assert all(fault.line and fault.reason for fault in report.faults)
    assert (Weapon.objects.count(), Component.objects.count()) == (0, 0)


def test_a_marking_that_was_read_is_not_cleared_by_a_later_sheet(editor: User, tmp_path: Path) -> None:
    run_import("teardown", a_sheet(tmp_path, ROW), user=editor, now=NOW)

    removed = {**ROW, "marking": "", "marking_state": "removed"}
    with pytest.raises(ImportRefused) as refused:
        run_import("teardown", a_sheet(tmp_path, removed), user=editor, now=NOW)

    assert "stored with a marking that was read" in refused.value.report.faults[0].reason
    assert Component.objects.get().marking == "SYN7Z020\n2CLG400I"


def test_the_template_has_every_column_and_is_imported_as_it_is(editor: User, tmp_path: Path) -> None:
    book = load_workbook(BytesIO(teardown_template()))
    sheet = book["components"]
    headers = [cell.value for cell in sheet[1]]
    sheet.append([ROW.get(header, "") for header in headers])
    path = tmp_path / "filled.xlsx"
    book.save(path)

    report = run_import("teardown", path, user=editor, now=NOW).report

    assert headers == [field.name for field in FORMATS["teardown"].fields]
    assert (report["created"], report["unused_columns"]) == (1, [])


FULL_ROW = {
    **ROW,
    "weapon_model": "Synthetic model",
    "quantity": "3",
    "lot_code": "L1",
    "confidence": "probable",
    "place": "page 1",
    "function": "FPGA",
}


def not_taken(report: dict[str, Any]) -> list[tuple[str, str]]:
    """The columns and values that the report lists as not taken."""
    return [(each["column"], each["value"]) for each in report["not_taken"]]


def test_an_empty_cell_changes_nothing(editor: User, tmp_path: Path) -> None:
    unread = {**FULL_ROW, "component_key": "C2", "marking": "", "marking_state": "illegible"}
    run_import("teardown", a_sheet(tmp_path, FULL_ROW, unread), user=editor, now=NOW)
    keys = ("weapon", "weapon_key", "component_key", "examined_by", "examined")
    emptied = [{name: row[name] if name in keys else "" for name in FULL_ROW} for row in (FULL_ROW, unread)]

    report = run_import("teardown", a_sheet(tmp_path, *emptied), user=editor, now=NOW).report

    assert (report["matched"], report["changed"], not_taken(report)) == (2, 0, [])
    stored = Component.objects.order_by("external_key").values_list("quantity", "marking_state", "function")
    assert list(stored) == [(3, "read", "FPGA"), (3, "illegible", "FPGA")]


@pytest.mark.parametrize(
    ("column", "value", "field"),
    [
        ("weapon_model", "Synthetic other model", "weapon__model__name"),
        ("lot_code", "L2", "identifications__lot_code"),
        ("confidence", "confirmed", "identifications__confidence"),
        ("quantity", "4", "quantity"),
        ("examination_place", "Workshop 2", "teardown__place"),
    ],
)
def test_a_correction_changes_what_it_corrects(
    editor: User, tmp_path: Path, column: str, value: str, field: str
) -> None:
    run_import("teardown", a_sheet(tmp_path, FULL_ROW), user=editor, now=NOW)
    path = a_sheet(tmp_path, {**FULL_ROW, column: value})

    report = run_import("teardown", path, user=editor, now=NOW).report
    again = run_import("teardown", path, user=editor, now=NOW).report

    assert [str(each) for each in Component.objects.values_list(field, flat=True)] == [value]
    assert (report["changed"], report["created"], not_taken(report)) == (1, 0, [])
    assert (again["changed"], again["matched"], again["records"]) == (0, 1, {})


@pytest.mark.parametrize(("column", "value"), [("made", "2020-05"), ("manufacturer", "Another Synthetic Maker")])
def test_a_correction_of_who_or_when_becomes_a_rival(editor: User, tmp_path: Path, column: str, value: str) -> None:
    run_import("teardown", a_sheet(tmp_path, FULL_ROW), user=editor, now=NOW)

    report = run_import("teardown", a_sheet(tmp_path, {**FULL_ROW, column: value}), user=editor, now=NOW).report

    assert report["changed"] == 1
    assert sorted(Identification.objects.values_list("is_current", flat=True)) == [False, True]


def test_what_a_sheet_cannot_correct_is_listed_as_not_taken(editor: User, tmp_path: Path) -> None:
    run_import("teardown", a_sheet(tmp_path, FULL_ROW), user=editor, now=NOW)
    corrected = {**FULL_ROW, "place": "page 2", "weapon_kind": "radar"}
    other_line = {**FULL_ROW, "component_key": "C2", "weapon_model": "Synthetic other model"}

    report = run_import("teardown", a_sheet(tmp_path, corrected, other_line), user=editor, now=NOW).report

    assert sorted(not_taken(report)) == [
        ("place", "page 2"),
        ("weapon_kind", "radar"),
        ("weapon_model", "Synthetic other model"),
    ]
    assert Weapon.objects.get().model.name == "Synthetic model"


def test_lines_that_contradict_one_another_change_a_weapon_once(editor: User, tmp_path: Path) -> None:
    path = a_sheet(tmp_path, {**ROW, "serial_number": "A"}, {**ROW, "component_key": "C2", "serial_number": "B"})
    run_import("teardown", path, user=editor, now=NOW)

    report = run_import("teardown", path, user=editor, now=NOW).report

    assert (report["changed"], Weapon.objects.get().serial_number) == (0, "A")
    assert not_taken(report) == [("serial_number", "B")]


def test_a_later_line_completes_a_weapon_that_the_sheet_adds(editor: User, tmp_path: Path) -> None:
    path = a_sheet(tmp_path, {**ROW, "serial_number": ""}, {**ROW, "component_key": "C2", "serial_number": "B"})

    report = run_import("teardown", path, user=editor, now=NOW).report

    assert (report["created"], Weapon.objects.get().serial_number) == (2, "B")


def test_blanks_of_a_source_of_others_stay_blank(researcher: User, colleague: User, tmp_path: Path) -> None:
    sources = {
        person: Source.objects.create(title=f"Report of {person}", created_by=person, visibility=Visibility.DRAFT)
        for person in (researcher, colleague)
    }
    said = {"source_publisher": "Press", "source_origin": "Field team"}
    rows = [{**ROW, "component_key": str(each), "source_title": each.title, **said} for each in sources.values()]

    report = run_import("teardown", a_sheet(tmp_path, *rows), user=researcher, now=NOW).report

    for source in sources.values():
        source.refresh_from_db()
    assert [source.publisher for source in sources.values()] == ["Press", ""]
    assert sources[colleague].origin is None
    assert not_taken(report) == [("source publisher", "Press"), ("source origin", "Field team")]
