"""The rows of every table as lines of JSON, the same from either database and for either."""

import base64
import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

from allauth.usersessions.models import UserSession
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from components.curation.bulk import insert_rows, quoted
from components.models import ControlDate, Country, HSHeading, PriorityItem, RouteParameter
from components.operation.backups.manifest import BackupRefused, Table

CHUNK = 2_000
# Who was signed in is not kept: a session that was ended must not come back.
LEFT_OUT: frozenset[type[models.Model]] = frozenset({Session, UserSession})
# What `migrate` itself puts into an empty database.
MADE_BY_MIGRATE = {
    *("contenttypes.contenttype", "auth.permission"),
    *(model._meta.label_lower for model in (ControlDate, Country, HSHeading, PriorityItem, RouteParameter)),
}
WRITTEN_AS_TEXT = (
    models.DateField,  # and with it DateTimeField
    models.TimeField,
    models.DurationField,
    models.DecimalField,
    models.UUIDField,
    models.BinaryField,
)

Model = type[models.Model]


def tables() -> list[Model]:
    """Every table that is backed up, by name; the trigram indexes are made anew from the rows."""
    every = apps.get_models(include_auto_created=True)
    kept = [model for model in every if model._meta.managed and not model._meta.proxy and model not in LEFT_OUT]
    return sorted(kept, key=lambda model: model._meta.db_table)


def migrations_on_disk() -> list[str]:
    """The migrations of this version of the program, as `app.name`."""
    return sorted(f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations)


def migrations_applied() -> list[str]:
    """The migrations that the database has had."""
    return sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())


@contextmanager
def snapshot(connection: Any) -> Iterator[None]:
    """Within it, all reads of a connection see the rows of one moment, and nobody who writes waits.

    A transaction of Django's would take SQLite's write lock (`transaction_mode`), and on PostgreSQL see what others
    commit meanwhile.
    """
    if connection.in_atomic_block:
        yield
        return
    begin = "BEGIN DEFERRED" if connection.vendor == "sqlite" else "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
    with connection.cursor() as cursor:
        cursor.execute(begin)
        try:
            cursor.execute("SELECT 1 FROM django_migrations LIMIT 1")  # both take the moment with the first read
            yield
        finally:
            cursor.execute("ROLLBACK")


def write_rows(model: Model, path: Path) -> Table:
    """Write the columns of a table and its rows in the order of their keys, gzipped."""
    fields, count = _fields(model), 0
    # values_list reads the columns as the fields of the model have them, whatever the database has.
    rows = model._base_manager.order_by("pk").values_list(*(field.attname for field in fields))
    with gzip.open(path, "wt", compresslevel=3, encoding="utf-8") as stream:
        stream.write(json.dumps([field.column for field in fields]) + "\n")
        for row in rows.iterator(chunk_size=CHUNK):
            stream.write(json.dumps(row, default=_plain, ensure_ascii=False, separators=(",", ":")) + "\n")
            count += 1
    return Table(model._meta.db_table, count, _last_number(model))


def read_rows(model: Model, path: Path) -> int:
    """Insert the rows of a file into an empty table, within a transaction; how many. Raises BackupRefused."""
    count = 0
    with gzip.open(path, "rt", encoding="utf-8") as stream:
        by_column = {str(field.column): field for field in _fields(model)}
        columns = json.loads(stream.readline())
        if sorted(columns) != sorted(by_column):
            raise BackupRefused(f"The table {model._meta.db_table} has other columns in the backup.")
        fields = [by_column[column] for column in columns]
        lines = iter(stream)
        while chunk := [_stored(fields, json.loads(line)) for line in islice(lines, CHUNK)]:
            insert_rows(model, [quoted(field) for field in fields], chunk)
            count += len(chunk)
    return count


def delete_rows() -> None:
    """Empty every table, sessions too; the constraints between them are tried at the end of the transaction."""
    with connection.cursor() as cursor:
        for model in [*tables(), *LEFT_OUT]:
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(model._meta.db_table)}")


def tables_with_rows() -> list[str]:
    """The tables that hold more than `migrate` has put there; none in a database without tables."""
    present = set(connection.introspection.table_names())
    return [
        model._meta.db_table
        for model in tables()
        if model._meta.db_table in present
        and model._meta.label_lower not in MADE_BY_MIGRATE
        and model._base_manager.exists()
    ]


def count_from(model: Model, last_number: int | None) -> None:
    """Number new rows after this one: the numbers of deleted rows stand in histories and must not come again."""
    if last_number is None:
        return
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, last_number])
        else:
            key = _key(model)
            cursor.execute("SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [table, key, max(last_number, 1)])


def _last_number(model: Model) -> int | None:
    """The last number given to a row of a table; None where it numbers none, or none was given yet."""
    key = _key(model)
    if key is None:
        return None
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
            found = cursor.fetchone()
            return int(found[0]) if found and found[0] else None
        cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [table, key])
        cursor.execute(f"SELECT last_value, is_called FROM {cursor.fetchone()[0]}")
        last, is_called = cursor.fetchone()
        return int(last) if is_called else None


def _key(model: Model) -> str | None:
    key = model._meta.pk
    return str(key.column) if isinstance(key, models.AutoField | models.BigAutoField) else None


def _fields(model: Model) -> "list[models.Field[Any, Any]]":
    return [field for field in model._meta.concrete_fields if not getattr(field, "generated", False)]


def _plain(value: Any) -> Any:
    """What JSON has no form for, as `Field.to_python` reads it back."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, Decimal | UUID | timedelta):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _stored(fields: "list[models.Field[Any, Any]]", row: list[Any]) -> list[Any]:
    """A row as the database takes it. `pre_save` is not asked: it would change the time of the last change."""
    pairs = zip(fields, row, strict=True)
    return [field.get_db_prep_save(_typed(field, value), connection) for field, value in pairs]


def _typed(field: Any, value: Any) -> Any:
    """A value of JSON as its field has it in Python; texts are taken as they are, whatever the field says of them."""
    while isinstance(field, models.ForeignKey):
        field = field.target_field
    return field.to_python(value) if isinstance(field, WRITTEN_AS_TEXT) else value
