"""Deleting a record by hand: what was only inferred with it goes first."""

from typing import Any

from django.db import transaction
from django.db.models import Q

from components.curation.inferences import forget_deleted
from components.curation.links import drop_proposals
from components.models import Manufacturer, Part
from components.models.curated import Curated, stamp


@transaction.atomic
def delete_record(row: Curated, *, user: Any, why: str) -> None:
    """Delete a row and what is part of it. Raises ProtectedError where other records depend on it.

    Links that a rule proposed of a part or maker are no such records: they go with it. Whoever calls says who may.
    """
    if isinstance(row, Part):
        drop_proposals(Q(part=row.pk))
    if isinstance(row, Manufacturer):
        drop_proposals(Q(manufacturer=row.pk, part=None))
    forget_deleted(row)
    stamp(row, user=user, why=why or "deleted")
    row.delete()
