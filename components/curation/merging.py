"""Merging two makers, or two companies, into one and taking it back; nothing is moved, so nothing is lost.

The merged row keeps all that belongs to it; reads follow `merged_into`.
"""

from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import transaction

from components.choices import Visibility
from components.curation.permissions import may_publish, require
from components.models import Company, Manufacturer
from components.models.curated import stamp
from components.models.visibility import BREADTH

M = TypeVar("M", Manufacturer, Company)


def merge_manufacturers(loser: Manufacturer, *, winner: Manufacturer, user: Any, why: str = "") -> Manufacturer:
    """Make `loser` lead to `winner`, and what led to `loser` too. Raises PermissionDenied, ValidationError."""
    require(may_publish(user), "merge manufacturers")
    if BREADTH[Visibility(winner.visibility)] < BREADTH[Visibility(loser.visibility)]:
        raise ValidationError(
            f"{winner} is {winner.visibility} and {loser} {loser.visibility}: publish {winner} first."
        )
    return merge_rows(loser, winner=winner, user=user, why=why)


@transaction.atomic
def unmerge_manufacturer(loser: Manufacturer, *, user: Any, why: str = "") -> Manufacturer:
    """Let a merged maker stand on its own again. Raises PermissionDenied, ValidationError."""
    require(may_publish(user), "un-merge manufacturers")
    loser = Manufacturer.objects.select_for_update().get(pk=loser.pk)
    taken = Manufacturer.objects.standing().filter(name_key=loser.name_key)
    if loser.merged_into_id is not None and taken.exists():
        raise ValidationError(f"Another manufacturer is named {loser.name}: rename one of the two first.")
    return unmerge_row(loser, user=user, why=why)


@transaction.atomic
def merge_rows(loser: M, *, winner: M, user: Any, why: str) -> M:
    """Make `loser` lead to `winner`, and what led to `loser` too. Raises ValidationError."""
    rows = type(loser)._default_manager.select_for_update().filter(pk__in=[loser.pk, winner.pk])
    locked = {row.pk: row for row in rows}
    loser, winner = locked[loser.pk], locked[winner.pk]
    noun = str(loser._meta.verbose_name)
    if loser.pk == winner.pk:
        raise ValidationError(f"A {noun} cannot be merged into itself.")
    if winner.merged_into_id is not None:
        raise ValidationError(f"{winner} was itself merged into {winner.merged_into}: merge into that one.")
    for row in [loser, *loser.merged_from.all()]:
        row.merged_into = winner
        stamp(row, user=user, why=why or f"merged into {winner}")
        row.save()
    return winner


@transaction.atomic
def unmerge_row(loser: M, *, user: Any, why: str) -> M:
    """Let a merged row stand on its own again. Raises ValidationError."""
    loser = type(loser)._default_manager.select_for_update().get(pk=loser.pk)
    if loser.merged_into_id is None:
        raise ValidationError(f"{loser} is not merged into another {loser._meta.verbose_name}.")
    loser.merged_into = None
    stamp(loser, user=user, why=why or "un-merged")
    loser.save()
    return loser
