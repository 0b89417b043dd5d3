"""Saying what a component is, and choosing among rival judgements."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from components.curation.permissions import may_edit, require
from components.models import Component, Identification
from components.models.curated import stamp


def check_identification(identification: Identification) -> None:
    """Take the maker from the part; raise ValidationError where the two disagree or neither is named."""
    part, maker = identification.part, identification.manufacturer
    if part is None and maker is None:
        raise ValidationError({"manufacturer": "Name a part or at least a manufacturer."})
    if part is not None:
        if maker is not None and maker.pk != part.manufacturer_id:
            raise ValidationError(
                {"manufacturer": f"The part {part.mpn} is made by {part.manufacturer}, not by {maker}."}
            )
        identification.manufacturer = part.manufacturer


@transaction.atomic
def identify(identification: Identification, *, user: Any, is_current: bool, why: str = "") -> Identification:
    """Store a new judgement; when it is to be current, the one that was stays beside it as a rival.

    Raises PermissionDenied where the component is not the user's to edit, and as `check_identification`.
    """
    check_identification(identification)
    component = Component.objects.select_for_update().get(pk=identification.component_id)
    require(may_edit(user, component), "identify this component")
    identification.created_by = user if user.is_authenticated else None
    has_current = component.identifications.filter(is_current=True).exists()
    stamp(identification, user=user, why=why or "identified")
    identification.save()
    if is_current or not has_current:
        return make_current(identification, user=user, why=why)
    return identification


@transaction.atomic
def make_current(identification: Identification, *, user: Any, why: str = "") -> Identification:
    """Choose one of a component's identifications. Raises PermissionDenied."""
    component = Component.objects.select_for_update().get(pk=identification.component_id)
    require(may_edit(user, component), "choose the identification of this component")
    for rival in component.identifications.filter(is_current=True).exclude(pk=identification.pk):
        rival.is_current = False
        stamp(rival, user=user, why=why or "another identification was chosen")
        rival.save()
    identification.refresh_from_db()
    if not identification.is_current:
        identification.is_current = True
        stamp(identification, user=user, why=why or "chosen as current")
        identification.save()
    return identification
