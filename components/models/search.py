"""Trigram indexes for substring search, on SQLite (FTS5) and PostgreSQL (pg_trgm), kept by the database itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Self, TypeVar

from django.apps import apps
from django.db import connections, models, router, transaction
from django.db.models import Q
from django.db.models.expressions import RawSQL

from components.models.search_text import folded

M = TypeVar("M", bound=models.Model, covariant=True)
LAST_CHARACTER = "\U0010ffff"
TRIGRAM = 3  # characters; a shorter word cannot use a trigram index


def fts_table(model: type[models.Model]) -> str:
    """The name of the FTS5 table beside a model's table."""
    return f"{model._meta.db_table}_fts"


def indexed_columns(model: type[models.Model]) -> tuple[str, ...]:
    """The columns a model asks to have indexed by trigrams; none for most models."""
    columns: tuple[str, ...] = getattr(model, "TRIGRAM_COLUMNS", ())
    return columns


def escape_like(text: str) -> str:
    """Text with LIKE's wildcards made literal under `ESCAPE '\\'`."""
    return text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_")


def containing(queryset: models.QuerySet[M], column: str, words: list[str]) -> models.QuerySet[M]:
    """Rows of which `column` contains every word as a substring; words must be folded as the column is."""
    long_words = [word for word in words if len(word) >= TRIGRAM]
    vendor = connections[queryset.db].vendor
    if vendor == "sqlite" and long_words:
        table = fts_table(queryset.model)
        match = " AND ".join(f'{column} : "{word.replace(chr(34), chr(34) * 2)}"' for word in long_words)
        queryset = queryset.filter(pk__in=RawSQL(f"SELECT rowid FROM {table} WHERE {table} MATCH %s", [match]))
        words = [word for word in words if len(word) < TRIGRAM]
    for word in words:
        queryset = queryset.filter(Q(**{f"{column}__like": f"%{escape_like(word)}%"}))
    return queryset


def beginning(queryset: models.QuerySet[M], column: str, prefix: str) -> models.QuerySet[M]:
    """Rows of which `column` begins with the prefix, through the column's index on either database."""
    if connections[queryset.db].vendor == "sqlite":  # its LIKE with ESCAPE cannot use an index, a range can
        return queryset.filter(**{f"{column}__gte": prefix, f"{column}__lt": prefix + LAST_CHARACTER})
    return queryset.filter(**{f"{column}__startswith": prefix})


class SearchQuerySet(models.QuerySet[M]):
    """Reads of models that keep a `search_text`."""

    def matching(self, text: str) -> Self:
        """Rows that hold every word of the text, whatever its case or look-alike letters; no words, no rows."""
        words = folded(text).split()
        if not words:
            return self.none()
        return containing(self, "search_text", words)  # type: ignore[return-value]


@models.CharField.register_lookup
@models.TextField.register_lookup
class Like(models.Lookup):
    """`column LIKE pattern`, for folded columns: Django's `contains` cannot use pg_trgm's index."""

    lookup_name = "like"
    prepare_rhs = False

    def as_sql(self, compiler: Any, connection: Any) -> tuple[str, tuple[Any, ...]]:
        column, column_params = self.process_lhs(compiler, connection)
        escape = r" ESCAPE '\'" if connection.vendor == "sqlite" else ""
        return f"{column} LIKE %s{escape}", (*column_params, self.rhs)


def ensure_search_indexes(*, using: str = "default", **_: Any) -> None:
    """Create whatever trigram index is missing; run after every migration."""
    connection = connections[using]
    with connection.cursor() as cursor:
        present = set(connection.introspection.table_names(cursor))
        if connection.vendor == "postgresql":
            cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
        for model in apps.get_app_config("components").get_models():
            if indexed_columns(model) and model._meta.db_table in present:
                for statement in _statements(connection.vendor, model):
                    cursor.execute(statement)


@contextmanager
def indexed_at_the_end(model: type[models.Model]) -> Iterator[None]:
    """Within it, rows inserted into a SQLite table are put into its trigram index in one statement at the end.

    Six times as fast as the trigger, row by row, for a hundred thousand rows (benchmarks/parts_import.py). Use it
    inside a transaction: nobody else can then write while the trigger is away, and a failure puts it back.
    """
    connection = connections[router.db_for_write(model)]
    if connection.vendor != "sqlite" or not indexed_columns(model):
        yield
        return
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("indexed_at_the_end needs a transaction")
    table, fts, names = model._meta.db_table, fts_table(model), ", ".join(indexed_columns(model))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT coalesce(max(id), 0) FROM {table}")
        before = cursor.fetchone()[0]
        cursor.execute(f"DROP TRIGGER {fts}_insert")
        yield
        cursor.execute(f"INSERT INTO {fts}(rowid, {names}) SELECT id, {names} FROM {table} WHERE id > %s", [before])
        cursor.execute(_insert_trigger(model))


def _statements(vendor: str, model: type[models.Model]) -> list[str]:
    return _sqlite_statements(model) if vendor == "sqlite" else _postgresql_statements(model)


def _postgresql_statements(model: type[models.Model]) -> list[str]:
    table = model._meta.db_table
    return [
        f"CREATE INDEX IF NOT EXISTS {table}_{column}_trgm ON {table} USING gin ({column} gin_trgm_ops)"
        for column in indexed_columns(model)
    ]


def _sqlite_statements(model: type[models.Model]) -> list[str]:
    """An external-content FTS5 table and the triggers that keep it; content that is there already is indexed once."""
    table, fts, columns = model._meta.db_table, fts_table(model), indexed_columns(model)
    names = ", ".join(columns)
    new = ", ".join(f"new.{column}" for column in columns)
    old = ", ".join(f"old.{column}" for column in columns)
    forget = f"INSERT INTO {fts}({fts}, rowid, {names}) VALUES ('delete', old.id, {old});"
    learn = f"INSERT INTO {fts}(rowid, {names}) VALUES (new.id, {new});"
    return [
        f"CREATE VIRTUAL TABLE IF NOT EXISTS {fts} USING fts5"
        f"({names}, content='{table}', content_rowid='id', tokenize='trigram', detail=full)",
        _insert_trigger(model),
        f"CREATE TRIGGER IF NOT EXISTS {fts}_delete AFTER DELETE ON {table} BEGIN {forget} END",
        f"CREATE TRIGGER IF NOT EXISTS {fts}_update AFTER UPDATE OF {names} ON {table} BEGIN {forget} {learn} END",
    ]


def _insert_trigger(model: type[models.Model]) -> str:
    table, fts, columns = model._meta.db_table, fts_table(model), indexed_columns(model)
    new = ", ".join(f"new.{column}" for column in columns)
    learn = f"INSERT INTO {fts}(rowid, {', '.join(columns)}) VALUES (new.id, {new});"
    return f"CREATE TRIGGER IF NOT EXISTS {fts}_insert AFTER INSERT ON {table} BEGIN {learn} END"
