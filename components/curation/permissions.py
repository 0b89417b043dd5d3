"""What each role may write, said once for pages, API and imports."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import models

from components.choices import Role, Visibility
from components.models.visibility import Evidence, role_of

EDITING_ROLES = {Role.EDITOR, Role.ADMINISTRATOR}


def may_add(user: Any) -> bool:
    """Researchers, editors and administrators may add rows."""
    return role_of(user) != Role.VISITOR


def may_edit(user: Any, row: models.Model) -> bool:
    """Editors may edit all; researchers the catalogue, and evidence they wrote while it is a draft."""
    if role_of(user) in EDITING_ROLES:
        return True
    if role_of(user) == Role.VISITOR:
        return False
    evidence = row if isinstance(row, Evidence) else getattr(row, "component", None)
    if isinstance(evidence, Evidence):
        return evidence.visibility == Visibility.DRAFT and evidence.created_by_id == user.pk
    return True


def may_delete(user: Any, row: models.Model) -> bool:
    """Editors may delete all that nothing depends on; researchers only drafts of their own."""
    if role_of(user) in EDITING_ROLES:
        return True
    return isinstance(row, Evidence) and may_edit(user, row)


def may_publish(user: Any) -> bool:
    """Editors and administrators decide who sees a row, merge makers and undo imports."""
    return role_of(user) in EDITING_ROLES


def require(allowed: bool, what: str) -> None:
    """Raise PermissionDenied naming what was refused."""
    if not allowed:
        raise PermissionDenied(f"Your role does not allow you to {what}.")
