"""Making a backup while people work.

Files, then rows, then files again. A photo's file is written before its row and a dataset's files go after its row has
gone, so each row of the moment names files that were there at that moment. Those that are deleted later were copied in
the first round; those that are newer than the first round are copied in the second.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection

from components.lake.files import digest_of
from components.operation.backups.files import copy_new, lake_names, media_names, named_by_rows, waiting_names
from components.operation.backups.manifest import DATABASE, LAKE, MEDIA, BackupRefused, Entry, Manifest, Table, rows_of
from components.operation.backups.rows import (
    Model,
    migrations_applied,
    migrations_on_disk,
    snapshot,
    tables,
    write_rows,
)


def make_backup(folder: Path, *, now: datetime) -> Manifest:
    """Write a backup into a folder, which is made for this account alone, or is empty; its manifest.

    Raises BackupRefused where the folder is not empty or lies inside what is backed up, or migrations are missing.
    """
    _require_place(folder)
    if migrations_applied() != migrations_on_disk():
        raise BackupRefused("The database has other migrations than this version of the program: run migrate first.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    files: dict[str, Entry] = {}
    _copy_files(folder, files)
    with snapshot(connection):
        kept = [_copy_table(folder, files, model) for model in tables()]
        named = list(named_by_rows())
        waiting = list(waiting_names())
    _copy_files(folder, files)
    copy_new(folder, iter(waiting), LAKE, files)
    manifest = Manifest(
        made_at=now.isoformat(),
        vendor=connection.vendor,
        migrations=migrations_on_disk(),
        tables=kept,
        files=sorted(files.values(), key=lambda entry: entry.path),
        faults=sorted(set(_faults(named, files))),
    )
    manifest.write(folder)
    return manifest


def _require_place(folder: Path) -> None:
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise BackupRefused(f"{folder} is not empty.")
    for root in _roots():
        if folder.resolve().is_relative_to(root.resolve()):
            raise BackupRefused(f"{folder} lies in {root}, which is backed up itself.")


def _roots() -> Iterator[Path]:
    yield Path(settings.LAKE_ROOT)
    try:
        yield Path(default_storage.path(""))
    except NotImplementedError:  # no folder of this machine
        return


def _copy_files(folder: Path, files: dict[str, Entry]) -> None:
    copy_new(folder, media_names(), MEDIA, files)
    copy_new(folder, lake_names(), LAKE, files)


def _copy_table(folder: Path, files: dict[str, Entry], model: Model) -> Table:
    path = rows_of(model._meta.db_table)
    (folder / DATABASE).mkdir(exist_ok=True)
    table = write_rows(model, folder / path)
    files[path] = Entry(path, digest_of(folder / path), (folder / path).stat().st_size)
    return table


def _faults(named: list[tuple[str, str]], files: dict[str, Entry]) -> Iterator[str]:
    """What the rows name and the storage does not have, or not as it was stored."""
    for path, digest in named:
        entry = files.get(path)
        if entry is None:
            yield f"{path} is missing"
        elif digest and entry.digest != digest:
            yield f"{path} is altered"
