"""Putting a record back to what it was at a moment of its history."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction

from components.choices import Visibility
from components.curation.fit import require_fit
from components.curation.identification import check_identification
from components.curation.links import check_link
from components.curation.permissions import may_edit, require
from components.models import Dataset, Identification, Link
from components.models.curated import Curated, stamp
from components.models.visibility import Evidence

# Rules of their own decide these; putting back must not go round them.
KEPT = {"id", "visibility", "is_current", "merged_into", "created_by", "created_at", "updated_at", "import_batch"}
KEPT |= {"state", "reviewed_by", "reviewed_at", "review_note", "review_value"}


def fields_put_back(model: type[models.Model]) -> list[str]:
    """The fields that putting back restores."""
    return [field.name for field in model._meta.concrete_fields if field.name not in KEPT]


@transaction.atomic
def put_back(version: Any, *, user: Any, why: str = "") -> Curated:
    """Restore the record's values of one history entry; a deleted record comes back, evidence as a draft.

    `version` is a row of the model's history. Raises PermissionDenied, and ValidationError where the
    values no longer fit, such as a parent that is gone.
    """
    model = version.instance_type
    row = model._default_manager.select_for_update().filter(pk=version.id).first()
    reason = why or f"put back to {version.history_date:%Y-%m-%d %H:%M} UTC"
    if row is None:
        _require_return(model)
        row = version.instance
        if isinstance(row, Evidence):
            row.visibility = Visibility.DRAFT
        if hasattr(row, "is_current"):
            row.is_current = False
    else:
        if isinstance(row, Link):
            check_link(row)
        for name in fields_put_back(model):
            setattr(row, model._meta.get_field(name).attname, getattr(version, model._meta.get_field(name).attname))
    require(may_edit(user, row), "put this record back")
    _require_fit(row)
    stamp(row, user=user, why=reason)
    row.save()
    restored: Curated = row
    return restored


def _require_return(model: type[models.Model]) -> None:
    """A dataset would come back without its rows, which went with it."""
    if model is Dataset:
        raise ValidationError("The rows of this dataset were deleted with it: import its file again.")


def _require_fit(row: Curated) -> None:
    """Old values must stand up to today's rules; a parent may have moved, or be seen by fewer people than then."""
    try:
        require_fit(row)
        if isinstance(row, Identification):
            check_identification(row)
    except ValidationError as problem:
        raise ValidationError(["It cannot be put back: " + "; ".join(problem.messages)]) from problem
