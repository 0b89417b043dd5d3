"""What became of a record: its versions, with who, when, why, and each value before and after."""

from typing import Any

from django.db import models
from django.http import Http404

from components.exports.rows import visible_rows
from components.models.curated import Curated
from components.models.visibility import sees_everything

WORDS = {"+": "added", "~": "changed", "-": "deleted"}
UNTOLD = {"id", "created_at", "updated_at"}  # they change with every version, or never
MOST_VERSIONS = 1_000

Row = dict[str, Any]


def versions_of(model: type[Curated], pk: Any, user: Any) -> models.QuerySet[Any]:
    """The versions of a record this user may see, newest first; of a deleted one for editors only. Raises Http404."""
    if not visible_rows(model, user).filter(pk=pk).exists():
        is_gone = not model._default_manager.filter(pk=pk).exists()
        if not (is_gone and sees_everything(user)):
            raise Http404
    versions: models.QuerySet[Any] = model.history.filter(id=pk).order_by("-history_date", "-history_id")
    if not versions:
        raise Http404
    return versions


def read_history(model: type[Curated], versions: models.QuerySet[Any]) -> list[Row]:
    """The versions as JSON objects, newest first; the oldest has every value as a change from nothing."""
    names = {
        field.attname: field.name
        for field in model._meta.concrete_fields
        if field.name not in UNTOLD and getattr(field, "derive", None) is None
    }
    stamps = ("history_id", "history_type", "history_date", "history_user__username", "history_change_reason")
    rows = list(versions.values(*stamps, *names)[:MOST_VERSIONS])
    older: list[Row] = [*rows[1:], {}]
    return [_version(row, before, names) for row, before in zip(rows, older, strict=False)]


def _version(row: Row, before: Row, names: dict[str, str]) -> Row:
    changes = [
        {"field": name, "before": before.get(column), "after": row[column]}
        for column, name in names.items()
        if row[column] != before.get(column)
    ]
    return {
        "version": row["history_id"],
        "what": WORDS[row["history_type"]],
        "at": row["history_date"],
        "by": row["history_user__username"],
        "why": row["history_change_reason"] or "",
        "changes": changes,
    }
