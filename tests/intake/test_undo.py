"""Undoing imports."""

import csv
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from components.intake.batches import run_import
from components.intake.undo import IMPORTED, CannotUndo, undo_batch
from components.models import Component, Manufacturer, User, Weapon
from components.models.curated import stamp
from tests.factories import IdentificationFactory, ManufacturerFactory

SAMPLES = Path(__file__).resolve().parents[2] / "fixtures" / "samples"
NOW = datetime(2026, 11, 22, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def test_undo_takes_every_row_back_and_history_tells_it(editor: User) -> None:
    kept = ManufacturerFactory(name="Kept")
    batch = run_import("war-sanctions", SAMPLES / "war_sanctions_like.csv", user=editor, now=NOW)

    undone = undo_batch(batch, user=editor, now=NOW)

    assert undone.status == "undone"
    assert {model.__name__: model.objects.count() for model in IMPORTED if model.objects.exists()} == {
        "Manufacturer": 1
    }
    assert Manufacturer.objects.get() == kept
    assert sorted(Component.history.values_list("history_type", flat=True)) == ["+"] * 11 + ["-"] * 11
    assert list(Component.objects.matching("syn")) == []


def test_undo_leaves_the_file_ready_to_be_imported_again(editor: User) -> None:
    batch = run_import("war-sanctions", SAMPLES / "war_sanctions_like.csv", user=editor, now=NOW)
    undo_batch(batch, user=editor, now=NOW)

    report = run_import("war-sanctions", SAMPLES / "war_sanctions_like.csv", user=editor, now=NOW).report

    assert (report["created"], report["matched"]) == (11, 0)


def test_undo_puts_back_what_the_import_changed(editor: User, tmp_path: Path) -> None:
    with (SAMPLES / "teardown.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    run_import("teardown", SAMPLES / "teardown.csv", user=editor, now=NOW)
    serial = Weapon.objects.get(label=rows[0]["weapon"]).serial_number
    for row in rows:
        row["serial_number"] = "CHANGED" if row["weapon"] == rows[0]["weapon"] else row["serial_number"]
    path = tmp_path / "again.csv"
    with path.open("w", encoding="utf-8", newline="") as lines:
        table = csv.DictWriter(lines, rows[0].keys())
        table.writeheader()
        table.writerows(rows)
    batch = run_import("teardown", path, user=editor, now=NOW)
    changed = Weapon.objects.get(label=rows[0]["weapon"]).serial_number

    undo_batch(batch, user=editor, now=NOW)

    assert (changed, Weapon.objects.get(label=rows[0]["weapon"]).serial_number) == ("CHANGED", serial)


def test_undo_refuses_when_a_row_was_edited_since(editor: User) -> None:
    batch = run_import("war-sanctions", SAMPLES / "war_sanctions_like.csv", user=editor, now=NOW)
    component = Component.objects.earliest("pk")
    component.notes = "seen again"
    stamp(component, user=editor, why="")
    component.save()

    with pytest.raises(CannotUndo, match=f"component {component.pk} was edited since"):
        undo_batch(batch, user=editor, now=NOW)

    assert Component.objects.count() == 11


def test_undo_keeps_a_later_edit_of_a_row_that_the_import_changed(editor: User, tmp_path: Path) -> None:
    """The clock of the import is ahead of the one by which people write."""
    path = tmp_path / "sheet.csv"
    header = "weapon,examined_by,published_name,component_key,function"
    path.write_text(f"{header}\nDrone,Institute,Chip,C1,amplifier\n", encoding="utf-8")
    run_import("teardown", path, user=editor, now=NOW)
    path.write_text(f"{header}\nDrone,Institute,Chip,C1,mixer\n", encoding="utf-8")
    batch = run_import("teardown", path, user=editor, now=timezone.now() + timedelta(hours=1))
    component = Component.objects.get()
    component.notes = "seen again"
    stamp(component, user=editor, why="")
    component.save()

    with pytest.raises(CannotUndo, match=f"component {component.pk} was edited since"):
        undo_batch(batch, user=editor, now=NOW)

    component.refresh_from_db()
    assert (component.function, component.notes) == ("mixer", "seen again")


def test_undo_refuses_when_somebody_built_on_a_row(editor: User) -> None:
    batch = run_import("war-sanctions", SAMPLES / "war_sanctions_like.csv", user=editor, now=NOW)
    IdentificationFactory(component=Component.objects.earliest("pk"), is_current=False)

    with pytest.raises(CannotUndo, match=r"identification .* added since belongs to component"):
        undo_batch(batch, user=editor, now=NOW)


def test_undo_is_for_editors(researcher: User) -> None:
    batch = run_import("war-sanctions", SAMPLES / "war_sanctions_like.csv", user=researcher, now=NOW)

    with pytest.raises(PermissionDenied):
        undo_batch(batch, user=researcher, now=NOW)
