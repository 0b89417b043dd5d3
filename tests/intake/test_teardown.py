"""The teardown sheet."""

import csv
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

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
