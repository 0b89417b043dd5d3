"""Merging two makers into one and taking it back; nothing is moved, so nothing is lost.

The merged maker keeps its row, its parts and its identifications; reads follow `merged_into`.
"""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from components.curation.permissions import may_publish, require
from components.models import Manufacturer
from components.models.curated import stamp


@transaction.atomic
def merge_manufacturers(loser: Manufacturer, *, winner: Manufacturer, user: Any, why: str = "") -> Manufacturer:
    """Make `loser` lead to `winner`, and what led to `loser` too. Raises PermissionDenied, ValidationError."""
    require(may_publish(user), "merge manufacturers")
    rows = {row.pk: row for row in Manufacturer.objects.select_for_update().filter(pk__in=[loser.pk, winner.pk])}
    loser, winner = rows[loser.pk], rows[winner.pk]
    if loser.pk == winner.pk:
        raise ValidationError("A manufacturer cannot be merged into itself.")
    if winner.merged_into_id is not None:
        raise ValidationError(f"{winner} was itself merged into {winner.merged_into}: merge into that one.")
    for row in [loser, *loser.merged_from.all()]:
        row.merged_into = winner
        stamp(row, user=user, why=why or f"merged into {winner}")
        row.save()
    return winner


@transaction.atomic
def unmerge_manufacturer(loser: Manufacturer, *, user: Any, why: str = "") -> Manufacturer:
    """Let a merged maker stand on its own again. Raises PermissionDenied, ValidationError."""
    require(may_publish(user), "un-merge manufacturers")
    loser = Manufacturer.objects.select_for_update().get(pk=loser.pk)
    if loser.merged_into_id is None:
        raise ValidationError(f"{loser} is not merged into another manufacturer.")
    if Manufacturer.objects.standing().filter(name_key=loser.name_key).exists():
        raise ValidationError(f"Another manufacturer is named {loser.name}: rename one of the two first.")
    loser.merged_into = None
    stamp(loser, user=user, why=why or "un-merged")
    loser.save()
    return loser
