"""What each role may write, said once for pages, API and imports."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models

from components.choices import Role, Visibility
from components.models import (
    Citation,
    CitedParty,
    Company,
    Coverage,
    EvidentiaryOrigin,
    Manufacturer,
    ManufacturerAlias,
    Ownership,
    Part,
    PartCategory,
    PartRelation,
    WeaponModel,
)
from components.models.visibility import Evidence, role_of

EDITING_ROLES = {Role.EDITOR, Role.ADMINISTRATOR}
# What researchers write together, whoever began it.
CATALOGUE = (Manufacturer, ManufacturerAlias, Ownership, PartCategory, Part, PartRelation, WeaponModel, Company)


def may_add(user: Any) -> bool:
    """Researchers, editors and administrators may add rows."""
    return role_of(user) != Role.VISITOR


def may_edit(user: Any, row: models.Model) -> bool:
    """Editors may edit all; researchers the catalogue, origins they named, and evidence they wrote while it is a draft.

    Of a row that is not stored yet this says whether it may be added. Citations, cited parties and coverages are edited
    by those who may edit the record they belong to.
    """
    if role_of(user) in EDITING_ROLES:
        return True
    if role_of(user) == Role.VISITOR:
        return False
    if isinstance(row, Citation | CitedParty | Coverage):
        record = _record_of(row)
        return record is not None and may_edit(user, record)
    if isinstance(row, CATALOGUE):
        return True
    if isinstance(row, Evidence):
        return row.visibility == Visibility.DRAFT and row.created_by_id == user.pk
    if isinstance(row, EvidentiaryOrigin):
        return bool(row.created_by_id == user.pk)
    return False


def _record_of(row: Citation | CitedParty | Coverage) -> Any:
    """The record that a row says something of; None where it is gone."""
    if isinstance(row, Citation):
        return row.record
    return row.component if isinstance(row, CitedParty) else row.dataset


def may_delete(user: Any, row: models.Model) -> bool:
    """Editors may delete all that nothing depends on; researchers only drafts of their own."""
    if role_of(user) in EDITING_ROLES:
        return True
    is_own_draft = isinstance(row, Evidence) and row.visibility == Visibility.DRAFT and row.created_by_id == user.pk
    return role_of(user) != Role.VISITOR and is_own_draft


def may_publish(user: Any) -> bool:
    """Editors and administrators decide who sees a row, merge makers and undo imports."""
    return role_of(user) in EDITING_ROLES


def require(allowed: bool, what: str) -> None:
    """Raise PermissionDenied naming what was refused."""
    if not allowed:
        raise PermissionDenied(f"Your role does not allow you to {what}.")
