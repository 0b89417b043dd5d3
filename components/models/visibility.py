"""Who may see which evidence row: `visible_to(user)` is the only door."""

from typing import Any, Self, TypeVar

from django.db import models
from django.db.models import Q

from components.choices import Role, Visibility
from components.models.curated import Curated

M = TypeVar("M", bound=models.Model, covariant=True)
BREADTH = {Visibility.DRAFT: 0, Visibility.RESTRICTED: 1, Visibility.PUBLISHED: 2}


def role_of(user: Any) -> Role:
    """The role of an account; nobody signed in, or an inactive account, is a visitor."""
    if not getattr(user, "is_authenticated", False) or not user.is_active:
        return Role.VISITOR
    return Role(user.role)


def sees_everything(user: Any) -> bool:
    """Editors and administrators see every row."""
    return role_of(user) in {Role.EDITOR, Role.ADMINISTRATOR}


def is_insider(user: Any) -> bool:
    """Researchers and above see restricted rows, exact places and original files."""
    return role_of(user) != Role.VISITOR


def viewpoint(user: Any) -> tuple[Role, int | None]:
    """What decides which rows a user sees: two people with the same viewpoint see the same.

    It is the role, but for researchers, who also see drafts of their own.
    """
    role = role_of(user)
    return role, user.pk if role == Role.RESEARCHER else None


def narrower(first: str, second: str) -> str:
    """The narrower of two visibilities."""
    return min(first, second, key=lambda value: BREADTH[Visibility(value)])


def visibility_filter(user: Any, prefix: str = "") -> Q:
    """The condition under which this user may see a row; `prefix` leads to it, such as "weapon__"."""
    if sees_everything(user):
        return Q()
    shown = Q(**{f"{prefix}visibility": Visibility.PUBLISHED})
    if is_insider(user):
        shown |= Q(**{f"{prefix}visibility": Visibility.RESTRICTED})
        shown |= Q(**{f"{prefix}visibility": Visibility.DRAFT, f"{prefix}created_by": user})
    return shown


def known_visibility(table: str) -> models.CheckConstraint:
    """The constraint every evidence table carries."""
    return models.CheckConstraint(condition=Q(visibility__in=Visibility.values), name=f"{table}_visibility_known")


class EvidenceQuerySet(models.QuerySet[M]):
    """Reads of rows that carry their own visibility."""

    def visible_to(self, user: Any) -> Self:
        """The rows this user may see."""
        return self.filter(visibility_filter(user))


class Evidence(Curated):
    """A row that not everybody may see. No row is ever wider than the row it belongs to (`curation.visibility`)."""

    visibility = models.CharField(
        max_length=10, choices=Visibility.choices, default=Visibility.DRAFT, editable=False, db_index=False
    )

    class Meta:
        abstract = True
