"""Restoring a backup: everything is tried before anything is written, files before the rows that name them."""

from pathlib import Path

from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection, transaction

from components.models.statements import forget_statements
from components.operation.backups.files import media_or_lake_has_files, put_back
from components.operation.backups.manifest import LAKE, MEDIA, BackupRefused, Manifest, rows_of
from components.operation.backups.rows import (
    count_from,
    delete_rows,
    migrations_applied,
    migrations_on_disk,
    read_rows,
    tables,
    tables_with_rows,
)


def restore_backup(folder: Path, *, replace: bool = False) -> Manifest:
    """Put the rows and files of a backup into the database, media and lake of the settings; its manifest.

    With `replace`, all rows that are there are deleted, and files of the same name written anew; other files stay.
    Raises BackupRefused where the backup is damaged, of other migrations, or the place is not empty: then nothing was
    written. Rows come in one transaction: all or none.
    """
    manifest = Manifest.read(folder)
    manifest.verify(folder)
    _require_migrations(manifest)
    if not replace:
        _require_empty()
    if migrations_applied() != migrations_on_disk():
        call_command("migrate", verbosity=0, interactive=False)
    for part in (MEDIA, LAKE):
        for name, entry in manifest.below(part):
            put_back(folder, name, entry, part)
    with transaction.atomic():
        _put_rows_back(folder, manifest)
    ContentType.objects.clear_cache()
    forget_statements()
    return manifest


def _require_migrations(manifest: Manifest) -> None:
    here, there = set(migrations_on_disk()), set(manifest.migrations)
    differing = [f"this version lacks {name}" for name in sorted(there - here)]
    differing += [f"the backup lacks {name}" for name in sorted(here - there)]
    if differing:
        raise BackupRefused(
            "The backup is of another version of the program, nothing was written. Restore it with the version that "
            f"made it, then upgrade: {', '.join(differing)}."
        )
    if {model._meta.db_table for model in tables()} != {table.name for table in manifest.tables}:
        raise BackupRefused("The backup has other tables than this version of the program, nothing was written.")
    strange = sorted(set(migrations_applied()) - here)
    if strange:
        raise BackupRefused(f"The database is of another version of the program: it has {', '.join(strange)}.")


def _require_empty() -> None:
    filled = tables_with_rows()
    if filled:
        raise BackupRefused(f"The database is not empty, nothing was written: there are rows in {', '.join(filled)}.")
    if media_or_lake_has_files():
        raise BackupRefused("The folders of media and lake are not empty, nothing was written.")


def _put_rows_back(folder: Path, manifest: Manifest) -> None:
    models = {model._meta.db_table: model for model in tables()}
    delete_rows()
    for table in manifest.tables:
        count = read_rows(models[table.name], folder / rows_of(table.name))
        if count != table.row_count:
            raise BackupRefused(f"The table {table.name} has {count} rows for {table.row_count}.")
        count_from(models[table.name], table.last_number)
    connection.check_constraints()
