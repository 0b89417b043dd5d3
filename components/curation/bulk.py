"""Writing many rows at once with their history: the only place that inserts around the ORM.

Rows go in by executemany on SQLite and COPY on PostgreSQL; their history follows as one INSERT … SELECT.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, models

from components.models.curated import Curated
from components.models.search import indexed_at_the_end

HISTORY_COLUMNS = ("history_date", "history_change_reason", "history_type", "history_user_id")


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """Ids for `count` new rows; inside a transaction, nobody else gets them."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                f"SELECT max(coalesce((SELECT seq FROM sqlite_sequence WHERE name = %s), 0), "
                f"coalesce((SELECT max(id) FROM {table}), 0))",
                [table],
            )
            first = cursor.fetchone()[0] + 1
            return list(range(first, first + count))
        cursor.execute("SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)", [table, count])
        return [row[0] for row in cursor.fetchall()]


def insert_rows(model: type[models.Model], columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """Insert tuples of database values, in the order of `columns` (column names), within a transaction."""
    table, names = model._meta.db_table, ", ".join(columns)
    with indexed_at_the_end(model), connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            ready = list(rows)  # a row that is computed by a query would wait for COPY, and COPY for it
            with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                for row in ready:
                    copy.write_row(row)
        else:
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", rows)  # type: ignore[arg-type]


def record_history(
    model: type[Curated],
    *,
    first_id: int,
    last_id: int,
    batch_id: int,
    user_id: int | None,
    now: datetime,
    why: str,
    change: str = "+",
) -> None:
    """Write the creation (or with "-" the deletion) of an import's rows between two ids into the model's history."""
    history = model.history.model
    columns = ", ".join(quoted(field) for field in model._meta.concrete_fields)
    stamps = ", ".join(HISTORY_COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {history._meta.db_table} ({columns}, {stamps}) "
            f"SELECT {columns}, %s, %s, %s, %s FROM {model._meta.db_table} "
            "WHERE id BETWEEN %s AND %s AND import_batch_id = %s",
            [connection.ops.adapt_datetimefield_value(now), why, change, user_id, first_id, last_id, batch_id],
        )


def insert_instances(rows: Sequence[Curated], *, batch_id: int, user_id: int | None) -> None:
    """Insert new rows of one model that have their ids already, with their stamps. Derived columns are computed.

    Their history is the caller's to write, by `record_history`, when all rows of the model are in.
    """
    for row in rows:
        row.import_batch_id = batch_id
        row.created_by_id = user_id
    fields = type(rows[0])._meta.concrete_fields
    insert_rows(type(rows[0]), [quoted(field) for field in fields], (_values(row, fields) for row in rows))


def quoted(field: "models.Field[Any, Any]") -> str:
    """A column's name, quoted for the database."""
    return connection.ops.quote_name(str(field.column))


def _values(row: Curated, fields: "Sequence[models.Field[Any, Any]]") -> list[Any]:
    return [field.get_db_prep_save(field.pre_save(row, add=True), connection) for field in fields]
