"""Who may see which evidence row: `visible_to(user)` is the only door."""

from typing import Any, Self, TypeVar

from django.apps import apps
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Exists, OuterRef, Q

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


class Catalogued(Evidence):
    """A row of the catalogue: seen by those for whom it was published, and by all who see something that uses it.

    What is typed into a draft is so seen with the draft, and by nobody else before it.
    """

    class Meta:
        abstract = True

    @classmethod
    def used_for(cls, user: Any) -> Q:
        """The condition under which something that this user may see uses a row."""
        raise NotImplementedError


def _cited_by(user: Any, model: type[models.Model]) -> Q:
    """The condition under which this user cited a source for a row, as an import of a list does."""
    if not is_insider(user):
        return Q(pk__in=[])
    citations: Any = apps.get_model("components", "Citation")  # defined after this
    record_type = ContentType.objects.get_for_model(model)
    return Q(Exists(citations.objects.filter(created_by=user, record_type=record_type, record_id=OuterRef("pk"))))


class CatalogueQuerySet(EvidenceQuerySet[M]):
    """Reads of rows of the catalogue."""

    def visible_to(self, user: Any) -> Self:
        """The rows this user may see."""
        return self if sees_everything(user) else self.filter(not_hidden(self.model, user, "pk"))

    def hidden_from(self, user: Any) -> Self:
        """The rows this user may not see: of those that are not published, found by an index, what nothing uses."""
        if sees_everything(user):
            return self.none()
        others = self.filter(visibility__in=[Visibility.DRAFT, Visibility.RESTRICTED])
        uses = self.model.used_for(user) | _cited_by(user, self.model)  # type: ignore[attr-defined]
        return others.exclude(visibility_filter(user)).exclude(uses)


def not_hidden(model: type[models.Model], user: Any, path: str) -> Q:
    """The condition under which `path` leads to no row of the catalogue that this user may not see.

    Nearly all rows are published: asking for the few others that are hidden is an anti-join, whatever is asked beside.
    """
    rows: Any = model._default_manager
    return ~Q(Exists(rows.hidden_from(user).filter(pk=OuterRef(path))))
