"""Parts lists."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from components.intake.batches import run_import
from components.intake.outcomes import ImportRefused
from components.models import Citation, Manufacturer, Part, Source, User
from tests.factories import ManufacturerFactory, PartFactory, SourceFactory

NOW = datetime(2026, 11, 22, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def a_list(tmp_path: Path, *rows: str, header: str = "part_number,manufacturer,description,category") -> Path:
    """A parts list of these rows."""
    path = tmp_path / "parts.csv"
    path.write_text("\n".join([header, *rows]), encoding="utf-8")
    return path


def test_parts_are_added_with_history_citations_and_search(editor: User, tmp_path: Path) -> None:
    path = a_list(tmp_path, "SYN7Z020-2CLG400I,Synthetic Maker,SoC FPGA,ic/fpga", "LM358,Synthetic Maker,Op amp,")

    batch = run_import("parts", path, user=editor, now=NOW)

    part = Part.objects.get(mpn="SYN7Z020-2CLG400I")
    assert (part.mpn_key, part.base_key, str(part.category), part.import_batch) == (
        "SYN7Z0202CLG400I",
        "SYN7Z020",
        "fpga",
        batch,
    )
    assert [(version.history_type, version.history_user) for version in part.history.all()] == [("+", editor)]
    assert Citation.objects.of(part).get().place == "parts.csv, line 2"
    assert Citation.history.count() == Citation.objects.count()
    assert list(Part.objects.numbered_like("7z020 2clg")) == [part]
    assert list(Part.objects.matching("soc fpga")) == [part]


def test_parts_added_one_by_one_after_a_bulk_import_are_still_found(editor: User, tmp_path: Path) -> None:
    run_import("parts", a_list(tmp_path, "AAA111,Synthetic Maker,,"), user=editor, now=NOW)

    part = Part.objects.create(manufacturer=Manufacturer.objects.get(), mpn="BBB222")

    assert list(Part.objects.numbered_like("bb22")) == [part]


def test_two_makers_may_share_a_number(editor: User, tmp_path: Path) -> None:
    run_import("parts", a_list(tmp_path, "LM358,Synthetic A,,", "LM358,Synthetic B,,"), user=editor, now=NOW)

    assert Part.objects.filter(mpn="LM358").count() == 2


def test_blanks_of_a_source_are_filled_only_by_those_who_may_edit_it(
    editor: User, researcher: User, colleague: User, tmp_path: Path
) -> None:
    published = SourceFactory(title="Open report")
    draft = SourceFactory(title="Own draft", visibility="draft", created_by=researcher)
    header = "part_number,manufacturer,source_title,licence"

    filled = {}
    for person in (colleague, researcher, editor):
        rows = [f"{person.username}{source.pk},Synthetic Maker,{source.title},CC BY" for source in (published, draft)]
        run_import("parts", a_list(tmp_path, *rows, header=header), user=person, now=NOW)
        filled[person.username] = set(Source.objects.filter(licence="CC BY").values_list("title", flat=True))

    assert filled == {
        "colleague": set(),
        "researcher": {"Own draft"},
        "editor": {"Own draft", "Open report"},
    }


def test_the_same_list_twice_cites_nothing_twice(editor: User, tmp_path: Path) -> None:
    path = a_list(tmp_path, "AAA111,Synthetic A,Diode,", "AAA111,Synthetic A,Rectifier,")
    run_import("parts", path, user=editor, now=NOW)
    before = Citation.objects.count()

    report = run_import("parts", path, user=editor, now=NOW).report

    assert (report["created"], report["matched"], report["changed"], Citation.objects.count()) == (0, 2, 0, before)


def test_a_rival_statement_in_the_same_list_is_cited_and_the_shown_value_stays(editor: User, tmp_path: Path) -> None:
    path = a_list(tmp_path, "AAA111,Synthetic A,Diode,", "AAA111,Synthetic A,Rectifier,")

    run_import("parts", path, user=editor, now=NOW)

    part = Part.objects.get()
    said = Citation.objects.of(part).filter(field="description").values_list("published_value", flat=True)
    assert (part.description, list(said)) == ("Diode", ["Rectifier"])


def test_bad_rows_are_all_listed_and_nothing_is_written(editor: User, tmp_path: Path) -> None:
    header = "part_number,manufacturer,hs_code,eccn,introduced"
    path = a_list(
        tmp_path, ",Synthetic A,,,", "--,A,,,", "X1,,,,", "X2,A,85,,", "X3,A,,XYZ,", "X4,A,,,soon", header=header
    )

    with pytest.raises(ImportRefused) as refused:
        run_import("parts", path, user=editor, now=NOW)

    assert [(fault.line, fault.column, fault.value) for fault in refused.value.report.faults] == [
        (2, "part_number", ""),
        (3, "part_number", "--"),
        (4, "manufacturer", ""),
        (5, "hs_code", "85"),
        (6, "eccn", "XYZ"),
        (7, "introduced", "soon"),
    ]
    assert (Part.objects.count(), Manufacturer.objects.count()) == (0, 0)


@pytest.mark.parametrize("is_stored", [True, False])
def test_a_list_finds_one_part_in_all_its_spellings(editor: User, tmp_path: Path, is_stored: bool) -> None:
    spellings = ["SYN7Z020 2CLG400I", "syn7z0202clg400i", "SYN7Z020-2CLG400I"]
    if is_stored:
        PartFactory(manufacturer=ManufacturerFactory(name="Synthetic Maker"), mpn=spellings[-1])

    run_import("parts", a_list(tmp_path, *(f"{each},Synthetic Maker,," for each in spellings)), user=editor, now=NOW)

    part = Part.objects.get()
    assert part.mpn == spellings[-1 if is_stored else 0]
    cited = Citation.objects.of(part).filter(field="").values_list("published_value", flat=True)
    assert sorted(cited) == sorted(spellings)
