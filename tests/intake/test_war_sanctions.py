"""The War & Sanctions component table, small and made up, then the collected one where it is at hand."""

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from components.choices import CitationBasis, Visibility
from components.intake.batches import check_file, run_import
from components.intake.outcomes import ImportRefused
from components.models import (
    Citation,
    CitedParty,
    Component,
    Identification,
    ImportRow,
    Manufacturer,
    Ownership,
    Source,
    User,
    Weapon,
)
from components.models.catalogue import acquired_makers
from components.models.curated import stamp
from components.summaries.statistics import statistics

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "fixtures" / "samples" / "war_sanctions_like.csv"
COLLECTED = ROOT.parent / "shared" / "data" / "gur" / "components.csv"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def changed_copy(path: Path, tmp_path: Path, component_id: str, **values: str) -> Path:
    """The sample with other values in every row of one component."""
    with path.open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    for row in rows:
        if row["component_id"] == component_id:
            row.update(values)
    copy = tmp_path / path.name
    with copy.open("w", encoding="utf-8", newline="") as lines:
        table = csv.DictWriter(lines, rows[0].keys())
        table.writeheader()
        table.writerows(rows)
    return copy


def outcomes(report: dict[str, object]) -> tuple[object, ...]:
    """Created, matched, changed, repeated, rejected."""
    return tuple(report[name] for name in ("created", "matched", "changed", "repeated", "rejected"))


def test_researcher_cites_nothing_for_components_of_others(editor: User, researcher: User, tmp_path: Path) -> None:
    run_import("war-sanctions", SAMPLE, user=editor, now=NOW, visibility=Visibility.PUBLISHED)
    component = Component.objects.exclude(published_name="").order_by("pk").first()
    assert component is not None
    key = component.external_key.rpartition(":")[2]
    counts = (Citation.objects.count(), Identification.objects.count())

    copy = changed_copy(SAMPLE, tmp_path, key, name_marking="Something else")
    with pytest.raises(ImportRefused) as refusal:
        run_import("war-sanctions", copy, user=researcher, now=NOW)

    assert [fault.reason for fault in refusal.value.report.faults] == [f"You may not change component {component.pk}."]
    assert (Citation.objects.count(), Identification.objects.count()) == counts


def test_sample_twice_changes_nothing_the_second_time(editor: User) -> None:
    first = run_import("war-sanctions", SAMPLE, user=editor, now=NOW).report
    counts = (Component.objects.count(), Citation.objects.count(), Component.history.count())

    second = run_import("war-sanctions", SAMPLE, user=editor, now=NOW).report

    assert outcomes(first) == (11, 0, 0, 3, 0)
    assert outcomes(second) == (0, 11, 0, 3, 0)
    assert (Component.objects.count(), Citation.objects.count(), Component.history.count()) == counts


def test_check_writes_nothing(editor: User) -> None:
    report = check_file("war-sanctions", SAMPLE, name=SAMPLE.name, user=editor, now=NOW).as_json()

    assert outcomes(report) == (11, 0, 0, 3, 0)
    assert (Component.objects.count(), Manufacturer.objects.count(), Source.objects.count()) == (0, 0, 0)


def test_every_row_of_the_file_is_kept_as_published(editor: User) -> None:
    batch = run_import("war-sanctions", SAMPLE, user=editor, now=NOW)

    with SAMPLE.open(encoding="utf-8", newline="") as lines:
        written = list(csv.DictReader(lines))
    assert [row.values for row in ImportRow.objects.filter(batch=batch).order_by("line")] == written


def test_parties_behind_the_maker_are_kept_and_are_no_part_of_its_name(editor: User) -> None:
    run_import("war-sanctions", SAMPLE, user=editor, now=NOW)

    assert not Manufacturer.objects.filter(name__iregex="supplier|importer").exists()
    assert CitedParty.objects.count() == 4
    assert Citation.objects.of(*CitedParty.objects.all()).count() == 4


def test_guessed_columns_are_derived_citations_and_no_identification(editor: User) -> None:
    run_import("war-sanctions", SAMPLE, user=editor, now=NOW)

    guessed = Citation.objects.filter(field="part_number")
    assert guessed.exists()
    assert {citation.basis for citation in guessed} == {CitationBasis.DERIVED}
    assert not Identification.objects.exclude(part=None).exists()


def test_synthetic_table_marks_every_row_synthetic(editor: User) -> None:
    run_import("war-sanctions", SAMPLE, user=editor, now=NOW)

    for model in (Weapon, Component, Identification, Manufacturer, Source, Citation, CitedParty, Ownership):
        assert not model.objects.filter(is_synthetic=False).exists(), model


def test_a_persons_correction_survives_what_is_published_anew(editor: User, tmp_path: Path) -> None:
    run_import("war-sanctions", SAMPLE, user=editor, now=NOW)
    component = Component.objects.get(external_key="war-sanctions:syn-1")
    component.published_name = "corrected by hand"
    stamp(component, user=editor, why="misread")
    component.save()

    path = changed_copy(SAMPLE, tmp_path, "syn-1", name_marking="SYN-NEW 1")
    report = run_import("war-sanctions", path, user=editor, now=NOW).report

    component.refresh_from_db()
    assert component.published_name == "corrected by hand"
    assert report["changed"] == 1
    rivals = Citation.objects.of(component).filter(field="published_name").values_list("published_value", flat=True)
    assert "SYN-NEW 1" in rivals


def test_a_maker_published_anew_rivals_the_earlier_one(editor: User, tmp_path: Path) -> None:
    run_import("war-sanctions", SAMPLE, user=editor, now=NOW)

    path = changed_copy(SAMPLE, tmp_path, "syn-1", manufacturer="Synthetic Maker Z Inc.")
    run_import("war-sanctions", path, user=editor, now=NOW)

    component = Component.objects.get(external_key="war-sanctions:syn-1")
    assert [(each.manufacturer.name, each.is_current) for each in component.identifications.order_by("pk")] == [
        ("Synthetic Maker A Inc.", False),
        ("Synthetic Maker Z Inc.", True),
    ]


def test_the_same_id_with_other_values_is_refused(editor: User, tmp_path: Path) -> None:
    text = SAMPLE.read_text(encoding="utf-8")
    lines = text.splitlines()
    path = tmp_path / "table.csv"
    path.write_text("\n".join([*lines, lines[1].replace("2138", "2139")]), encoding="utf-8")

    with pytest.raises(ImportRefused) as refused:
        run_import("war-sanctions", path, user=editor, now=NOW)

    fault = refused.value.report.faults[0]
    assert (fault.line, fault.column, fault.value, fault.reason) == (
        len(lines) + 1,
        "component_id",
        "syn-1",
        "stands on line 2 with other values",
    )
    assert Component.objects.count() == 0


@pytest.mark.slow
@pytest.mark.skipif(not COLLECTED.is_file(), reason="the collected table is not beside this checkout")
def test_collected_table_gives_its_known_counts_and_a_second_run_changes_nothing(editor: User) -> None:
    first = run_import("war-sanctions", COLLECTED, user=editor, now=NOW, visibility=Visibility.RESTRICTED).report
    second = run_import("war-sanctions", COLLECTED, user=editor, now=NOW, visibility=Visibility.RESTRICTED).report

    assert outcomes(first) == (5_806, 0, 0, 2_520, 0)
    assert outcomes(second) == (0, 5_806, 0, 2_520, 0)
    assert (Component.objects.count(), Weapon.objects.count()) == (5_806, 195)
    texas = Manufacturer.objects.get(name="Texas Instruments")
    current = Identification.objects.current()
    # 784 rows name it alone, two more with a supplier behind it; 883 with National, Burr-Brown and Unitrode.
    assert current.filter(manufacturer=texas).count() == 786
    assert current.filter(manufacturer__in=acquired_makers([texas.pk], editor)).count() == 883
    figures = {figure.label: figure.value for figure in statistics(editor, by="country").figures}
    assert figures["United States"] == 3_950
    with_acquired = statistics(editor, by="manufacturer", with_acquired=True)
    assert {figure.label: figure.value for figure in with_acquired.figures}["Texas Instruments"] == 883
    assert CitedParty.objects.values("component").distinct().count() == 26
    assert "is the maker of 784 components" in " ".join(first["notes"])


@pytest.mark.slow
@pytest.mark.skipif(not COLLECTED.is_file(), reason="the collected table is not beside this checkout")
def test_look_alike_letters_are_folded_in_the_key_and_kept_in_the_text(editor: User) -> None:
    run_import("war-sanctions", COLLECTED, user=editor, now=NOW)

    names = Component.objects.matching("max233aewp").values_list("published_name", flat=True)

    assert "Interface chip (multi-channel driver/receiver) МАХ233АЕWP" in names
