"""A dataset: checked with nothing shown, committed whole, the same file twice, undone whole, killed half-way."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from components.choices import ImportStatus, Visibility
from components.intake.batches import commit_batch
from components.intake.outcomes import ImportRefused
from components.intake.trade.datasets import About, check_shipments, import_dataset, new_batch, rejects_file
from components.intake.undo import undo_batch
from components.lake.files import sweep
from components.models import Company, Dataset, DeclaredParty, ImportBatch, Source, User
from tests.intake.trade.test_staging import GOOD, HEADER

PARTIES = f"{HEADER};G022 (Наименование отправителя);G0231 (Код страны отправителя);G081 (ИНН получателя);G082"


def about(**changes: Any) -> About:
    return About(**{"title": "Records", "source_title": "Somebody's export", "visibility": "published", **changes})


def written(folder: Path, *lines: str, header: str = HEADER) -> Path:
    file = folder / "records.csv"
    file.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
    return file


def lake_files() -> list[str]:
    """Everything that lies in the lake, however hidden."""
    return sorted(path.name for path in Path(settings.LAKE_ROOT).rglob("*") if path.is_file())


def test_import_makes_a_dataset_with_its_source_and_files(tmp_path: Path, editor: User) -> None:
    file = written(tmp_path, GOOD)

    batch = import_dataset(file, about(licence="CC BY", coverage="chips"), user=editor, now=timezone.now())

    dataset = Dataset.objects.get()
    assert (dataset.title, dataset.source.title, dataset.licence) == ("Records", "Somebody's export", "CC BY")
    assert (dataset.row_count, dataset.value_usd, str(dataset.first_day)) == (1, 1234.56, "2022-03-15")
    assert [(each.name, each.row_count) for each in dataset.files.all()] == [("shipments.parquet", 1)]
    assert (batch.status, batch.report["created"], batch.report["dataset"]) == ("committed", 1, dataset.pk)
    assert dataset.history.count() == 1


def test_check_shows_nothing_and_commit_makes_the_dataset(tmp_path: Path, editor: User) -> None:
    batch = new_batch(written(tmp_path, GOOD), about(), name="records.csv", user=editor)
    report, _ = check_shipments(batch, tmp_path / "records.csv")
    batch.report, batch.status = report.as_json(), ImportStatus.CHECKED
    batch.save()
    before = Dataset.objects.count()

    commit_batch(batch, user=editor, now=timezone.now())

    assert (before, Dataset.objects.count()) == (0, 1)
    with pytest.raises(ValueError, match="committed already"):
        commit_batch(batch, user=editor, now=timezone.now())


def test_same_file_again_changes_nothing(tmp_path: Path, editor: User) -> None:
    file = written(tmp_path, GOOD)
    import_dataset(file, about(), user=editor, now=timezone.now())
    before = lake_files()

    again = import_dataset(file, about(title="Other"), user=editor, now=timezone.now())

    assert [again.report[word] for word in ("created", "matched", "changed", "rejected")] == [0, 1, 0, 0]
    assert (Dataset.objects.count(), lake_files()) == (1, before)


def test_bad_rows_refuse_the_file_and_leave_nothing(tmp_path: Path, editor: User) -> None:
    file = written(tmp_path, GOOD, GOOD.replace("15.03.2022", "never"))

    with pytest.raises(ImportRefused) as refusal:
        import_dataset(file, about(), user=editor, now=timezone.now())

    assert [(fault.line, fault.value) for fault in refusal.value.report.faults] == [(3, "never")]
    assert (Dataset.objects.count(), Source.objects.count(), ImportBatch.objects.count()) == (0, 0, 0)
    assert lake_files() == []


def test_bad_rows_may_be_left_out_and_are_kept_beside(tmp_path: Path, editor: User) -> None:
    file = written(tmp_path, GOOD, GOOD.replace("15.03.2022", "never"))

    batch = import_dataset(file, about(), user=editor, now=timezone.now(), leave_out_bad=True)

    dataset = Dataset.objects.get()
    assert (dataset.row_count, dataset.rejected_count) == (1, 1)
    kept = rejects_file(batch)
    assert kept is not None
    assert "never" in kept.read_text(encoding="utf-8")


def test_undo_drops_the_dataset_and_its_files(
    tmp_path: Path, editor: User, django_capture_on_commit_callbacks: Any
) -> None:
    batch = import_dataset(written(tmp_path, GOOD), about(), user=editor, now=timezone.now())

    with django_capture_on_commit_callbacks(execute=True):
        undo_batch(batch, user=editor, now=timezone.now())

    batch.refresh_from_db()
    assert (Dataset.objects.count(), lake_files(), batch.status) == (0, [], ImportStatus.UNDONE)
    import_dataset(tmp_path / "records.csv", about(), user=editor, now=timezone.now())
    assert Dataset.objects.count() == 1


def test_companies_are_resolved_by_tax_number_then_by_name_and_country(tmp_path: Path, editor: User) -> None:
    lines = [
        f'{GOOD};Synthetic Trading Ltd;CN;7700000001;"ООО ""Пример"""',
        f"{GOOD};SYNTHETIC TRADING LIMITED;CN;7700000001;OOO PRIMER",
        f"{GOOD};Synthetic Trading Ltd;TR;;OOO Primer",
    ]

    import_dataset(written(tmp_path, *lines, header=PARTIES), about(), user=editor, now=timezone.now())

    named = {
        (party.name, party.country_code): (party.company.name, party.resolved_by)
        for party in DeclaredParty.objects.all()
    }
    # Two exporters by country; one importer by its tax number, the third line's by nothing (its country is not stated).
    assert len({company for company, _ in named.values()} | set()) <= Company.objects.count()
    assert Company.objects.filter(tax_number="7700000001").count() == 1
    exporters = Company.objects.filter(name__istartswith="synthetic")
    assert sorted(company.country_id or "" for company in exporters) == ["CN", "TR"]


def test_dataset_is_no_wider_than_its_source(tmp_path: Path, editor: User) -> None:
    Source.objects.create(title="Somebody's export", visibility=Visibility.RESTRICTED)

    import_dataset(written(tmp_path, GOOD), about(), user=editor, now=timezone.now())

    assert Dataset.objects.get().visibility == Visibility.RESTRICTED


def test_sweep_takes_what_no_dataset_names_and_nobody_touched(tmp_path: Path) -> None:
    lake = tmp_path / "lake"
    for name in ("named", "forgotten", "fresh", ".staging/import-1"):
        (lake / name).mkdir(parents=True)
    long_ago = time.time() - 3 * 24 * 3600
    for name in ("named", "forgotten", ".staging/import-1"):
        os.utime(lake / name, (long_ago, long_ago))

    gone = sweep(lake, {"named"})

    assert sorted(gone) == ["forgotten", "import-1"]
    assert sorted(path.name for path in lake.iterdir()) == [".staging", "fresh", "named"]


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.skipif(connection.vendor != "sqlite", reason="kills a process that writes a SQLite file of its own")
def test_killed_import_leaves_nothing_visible(tmp_path: Path, migrated_file: Path) -> None:
    """A process of its own on a database of its own is killed while it writes the rows."""
    environment = os.environ | {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'killed.sqlite3'}",
        "FORENSICS_LAKE_ROOT": str(tmp_path / "killed-lake"),
    }
    manage = [sys.executable, str(settings.BASE_DIR / "manage.py")]
    shutil.copy(migrated_file, tmp_path / "killed.sqlite3")
    file = tmp_path / "records.csv"
    subprocess.run([*manage, "make_trade", "--rows", "20000", "--file", str(file)], env=environment, check=True)
    begin = [*manage, "import_trade", str(file), "--source", "Synthetic", "--visibility", "published", "--json"]

    process = subprocess.Popen(begin, env=environment, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not list((tmp_path / "killed-lake").rglob("*.parquet")) and time.monotonic() < deadline:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)

    assert process.wait() == -signal.SIGKILL, "the import ended before it could be killed"
    count = "from components.models import Company, Dataset, DatasetFile\n"
    count += "print(*(each.objects.count() for each in (Dataset, DatasetFile, Company)))"
    told = subprocess.run([*manage, "shell", "-v", "0", "-c", count], env=environment, check=True, capture_output=True)
    assert told.stdout.decode().split() == ["0", "0", "0"]
    subprocess.run(begin, env=environment, check=True, stdout=subprocess.DEVNULL)
    told = subprocess.run([*manage, "shell", "-v", "0", "-c", count], env=environment, check=True, capture_output=True)
    assert told.stdout.decode().split()[0] == "1"
