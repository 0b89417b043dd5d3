"""Backups: equal after a round trip, consistent while people write, and nothing written where something is wrong."""

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.conf import settings as project
from django.contrib.sessions.models import Session
from django.core.files.storage import FileSystemStorage, default_storage
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.utils import ConnectionHandler
from django.test import Client
from django.utils import timezone
from PIL import Image

from components.choices import Visibility
from components.curation.deleting import delete_record
from components.curation.photos import attach_photo
from components.intake.trade.datasets import About, import_dataset
from components.intake.undo import undo_batch
from components.models import Dataset, Part, Photo, User, Weapon
from components.operation.backups.rows import LEFT_OUT, delete_rows, snapshot, tables
from tests.factories import (
    ComponentFactory,
    ControlDateFactory,
    ImportBatchFactory,
    PartFactory,
    TraceFactory,
    WeaponFactory,
)
from tests.intake.trade.test_staging import GOOD, HEADER

Rows = dict[str, list[Any]]


def picture(colour: str) -> io.BytesIO:
    """A small photo."""
    stream = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(stream, "PNG")
    return stream


def a_dataset(folder: Path, user: User, title: str = "Records") -> Dataset:
    """A dataset with a file in the lake."""
    file = folder / f"{title}.csv"
    file.write_text(f"{HEADER}\n{GOOD}\n", encoding="utf-8")
    about = About(title=title, source_title="Somebody's export", visibility=Visibility.PUBLISHED)
    import_dataset(file, about, user=user, now=timezone.now())
    return Dataset.objects.get(title=title)


def all_rows() -> Rows:
    """Every column of every row that a backup has, as the database gives it."""
    found: Rows = {}
    with connection.cursor() as cursor:
        for model in tables():
            columns = ", ".join(connection.ops.quote_name(str(field.column)) for field in model._meta.concrete_fields)
            key = connection.ops.quote_name(str(model._meta.pk.column))
            cursor.execute(f"SELECT {columns} FROM {model._meta.db_table} ORDER BY {key}")
            found[model._meta.db_table] = cursor.fetchall()
    return found


def all_files() -> dict[str, bytes]:
    """Every file of media and lake that is not hidden."""
    roots = Path(default_storage.path("")), Path(project.LAKE_ROOT)
    return {
        f"{root.name}/{path.relative_to(root)}": path.read_bytes()
        for root in roots
        for path in sorted(root.rglob("*"))
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(root).parts)
    }


def empty_place() -> None:
    """Lose everything: rows, media and lake."""
    delete_rows()
    for root in (Path(default_storage.path("")), Path(project.LAKE_ROOT)):
        for path in root.rglob("*"):
            if path.is_file():
                path.unlink()


@pytest.fixture
def world(tmp_path: Path, editor: User) -> Weapon:
    """Rows with texts, times, decimals, JSON and nothing; a deleted row; a photo, an imported file and a dataset."""
    weapon: Weapon = WeaponFactory(
        serial_number="№ 7\n«Ж»",
        notes="=1+1\t\u2028 searchable",
        recovered="2023-21",
        latitude="48.123456",
        longitude="37.500000",
    )
    ComponentFactory(weapon=weapon)
    ControlDateFactory()
    TraceFactory()
    batch = ImportBatchFactory(report={"rows": 10**17, "share": 0.1, "none": None, "notes": ["“ä”"]})
    default_storage.save(batch.stored_name, io.BytesIO(b"as uploaded"))
    attach_photo(weapon, picture("red"), name="top.png", user=editor)
    a_dataset(tmp_path, editor)
    last = PartFactory()
    delete_record(last, user=editor, why="mistaken")
    return weapon


def test_round_trip_gives_every_row_and_file_back(world: Weapon, tmp_path: Path) -> None:
    Client().force_login(User.objects.get(username="editor"))
    rows, files, folder = all_rows(), all_files(), tmp_path / "backup"
    deleted = Part.history.order_by("-history_id").first()
    assert {"media/originals", "media/imports"} <= {"/".join(name.split("/")[:2]) for name in files}
    assert any(name.endswith("shipments.parquet") for name in files)

    call_command("backup", folder, stdout=io.StringIO())
    empty_place()
    call_command("restore", folder, stdout=io.StringIO(), stderr=io.StringIO())

    again = all_rows()
    assert {table: again[table] for table in rows if again[table] != rows[table]} == {}
    assert all_files() == files
    assert folder.stat().st_mode & 0o777 == 0o700
    assert Session.objects.count() == 0, "who was signed in signs in again"
    assert PartFactory().pk > deleted.id, "the number of a deleted row, which its history has, is not given again"
    assert Weapon.objects.matching("searchable").count() == 1, "the search index is there"


def test_every_table_is_backed_up_but_those_that_are_left_out_on_purpose() -> None:
    backed_up = {model._meta.db_table for model in [*tables(), *LEFT_OUT]}
    present = set(connection.introspection.django_table_names(only_existing=False))

    assert present - backed_up == set()


def test_restore_needs_an_empty_place_or_is_told_to_replace(world: Weapon, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    call_command("backup", folder, stdout=io.StringIO())
    rows, files = all_rows(), all_files()
    added = WeaponFactory()
    default_storage.save("originals/zz/other", io.BytesIO(b"stays"))

    with pytest.raises(CommandError, match=r"The database is not empty, nothing was written: .*components_weapon"):
        call_command("restore", folder)
    assert Weapon.objects.filter(pk=added.pk).exists()
    call_command("restore", folder, "--replace", stdout=io.StringIO(), stderr=io.StringIO())

    assert all_rows() == rows
    assert all_files() == {**files, "media/originals/zz/other": b"stays"}
    delete_rows()
    with pytest.raises(CommandError, match="media and lake are not empty"):
        call_command("restore", folder)


def test_damaged_backup_is_refused_before_anything_is_written(world: Weapon, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    call_command("backup", folder, stdout=io.StringIO())
    manifest = json.loads((folder / "manifest.json").read_text())
    empty_place()
    media = next(entry["path"] for entry in manifest["files"] if entry["path"].startswith("media/originals"))
    rows = "database/components_weapon.jsonl.gz"

    def with_manifest(**changes: Any) -> Callable[[], None]:
        return lambda: (folder / "manifest.json").write_text(json.dumps({**manifest, **changes})) and None

    def altered(path: str) -> Callable[[], None]:
        content = bytearray((folder / path).read_bytes())
        content[-1] ^= 1
        return lambda: (folder / path).write_bytes(content) and None

    outside = {"path": "media/../../outside", "digest": "", "byte_count": 0}
    without_rows = [entry for entry in manifest["files"] if entry["path"] != rows]
    migrations = [*manifest["migrations"], "components.9999_later"]
    cases: list[tuple[Callable[[], None], str]] = [
        (altered(media), "originals.* is altered"),
        (altered(rows), "components_weapon.jsonl.gz is altered"),
        ((folder / media).unlink, "originals.* is missing"),
        (with_manifest(files=[*manifest["files"], outside]), "leads out of the folder"),
        (with_manifest(files=without_rows), "components_weapon.jsonl.gz is missing"),
        (with_manifest(migrations=migrations), "this version lacks components.9999_later"),
        (with_manifest(migrations=migrations[1:-1]), f"the backup lacks {migrations[0]}"),
        (with_manifest(tables=manifest["tables"][1:]), "other tables"),
        (with_manifest(version=99), "not of version 1"),
        (lambda: (folder / "manifest.json").write_text("{") and None, "cannot be read"),
        ((folder / "manifest.json").unlink, "no backup, or one that broke off"),
    ]
    kept = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    for damage, reason in cases:
        damage()
        with pytest.raises(CommandError, match=reason):
            call_command("restore", folder)
        assert (all_files(), Weapon.objects.count()) == ({}, 0), reason
        for path, content in kept.items():
            path.write_bytes(content)
    call_command("restore", folder, stdout=io.StringIO(), stderr=io.StringIO())

    assert Weapon.objects.get(pk=world.pk).serial_number == world.serial_number


def test_backup_goes_to_an_empty_folder_outside_of_what_it_copies(own_folders: Path, tmp_path: Path, db: None) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "file").touch()

    for folder, reason in (
        (tmp_path / "full", "is not empty"),
        (own_folders / "backup", "is backed up itself"),
        (tmp_path / "lake" / "x", "is backed up itself"),
    ):
        with pytest.raises(CommandError, match=reason):
            call_command("backup", folder)


def test_backup_says_which_files_were_missing_or_altered_and_is_whole_otherwise(world: Weapon, tmp_path: Path) -> None:
    photo = Photo.objects.get()
    Path(default_storage.path(photo.derivative_name("screen"))).unlink()
    Path(default_storage.path(photo.original_name)).write_bytes(b"cut")
    folder, warned = tmp_path / "backup", io.StringIO()

    with pytest.raises(CommandError, match=r"derivatives/.* is missing; media/originals/.* is altered"):
        call_command("backup", folder, stdout=io.StringIO())
    empty_place()
    call_command("restore", folder, stdout=io.StringIO(), stderr=warned)

    assert Weapon.objects.filter(pk=world.pk).exists()
    assert "is missing" in warned.getvalue()


class BusyStorage(FileSystemStorage):
    """A storage in which something happens right after the whole of it was listed for the first or second time."""

    events: ClassVar[list[Callable[[], None]]] = []

    def listdir(self, path: str) -> tuple[list[str], list[str]]:
        found = super().listdir(path)
        if not path and self.events:
            self.events.pop(0)()
        return found


def test_files_that_come_and_go_during_a_backup_are_in_it_when_its_rows_name_them(
    settings: Any, own_folders: Path, tmp_path: Path, editor: User
) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": f"{__name__}.BusyStorage", "OPTIONS": {"location": own_folders}},
    }
    weapon, dataset = WeaponFactory(), a_dataset(tmp_path, editor)
    folder = dataset.folder
    batch = dataset.import_batch

    def uploads() -> None:
        attach_photo(weapon, picture("blue"), name="late.png", user=editor)

    def undoes() -> None:
        undo_batch(batch, user=editor, now=timezone.now())
        for path in sorted((Path(project.LAKE_ROOT) / folder).glob("*")):  # what follows the commit, which no test has
            path.unlink()

    BusyStorage.events[:] = [uploads, undoes]

    call_command("backup", tmp_path / "backup", stdout=io.StringIO())

    assert BusyStorage.events == []
    files = {entry["path"] for entry in json.loads((tmp_path / "backup" / "manifest.json").read_text())["files"]}
    assert f"media/{Photo.objects.get().original_name}" in files
    assert f"lake/{folder}/shipments.parquet" in files
    assert not (Path(project.LAKE_ROOT) / folder / "shipments.parquet").exists()


@pytest.mark.django_db(transaction=True)
def test_snapshot_sees_one_moment_and_holds_nobody_up(tmp_path: Path) -> None:
    described = dict(connection.settings_dict)
    if connection.vendor == "sqlite":  # the tests' own lies in memory, where a second connection waits for the first
        described["NAME"] = str(tmp_path / "own.sqlite3")
    reader, writer = (ConnectionHandler({"default": dict(described)})["default"] for _ in range(2))
    with writer.cursor() as writing, reader.cursor() as reading:
        writing.execute("CREATE TABLE IF NOT EXISTS django_migrations (id integer)")
        writing.execute("CREATE TABLE snapshot_counts (n integer)")
        writing.execute("INSERT INTO snapshot_counts VALUES (1)")

        with snapshot(reader):
            writing.execute("INSERT INTO snapshot_counts VALUES (2)")  # in auto-commit: done when it returns
            reading.execute("SELECT count(*) FROM snapshot_counts")
            seen = reading.fetchone()
        reading.execute("SELECT count(*) FROM snapshot_counts")

        assert (seen, reading.fetchone()) == ((1,), (2,))
        writing.execute("DROP TABLE snapshot_counts")
    for each in (reader, writer):
        each.close()
