"""A model's rows as this user may see them, ready to be filtered, paged and exported."""

from collections.abc import Iterator, Sequence
from typing import Any, Protocol

from django.db import models
from django.db.models import Case, Exists, F, FloatField, OuterRef, Q, TextField, Value, When
from django.db.models.functions import Cast, Round
from django.http import QueryDict

from components.choices import Role
from components.exports.columns import COLUMNS, Column
from components.models import Company, CompanyMatch, Component, DeclaredParty, Leg, Link, Photo, Weapon
from components.models.visibility import is_insider, role_of, sees_everything, visibility_filter
from components.models.weapons import BLURRED_DECIMALS

Value_ = int | float | str | bool | None
SINGLE_JOINS = frozenset({"current"})  # one identification at most is current: `identification_one_current`
CHUNK = 2_000  # rows fetched at a time when a file is streamed
# Columns that tell of a company which another dataset may hide: name, the company, what is told.
COMPANIES: dict[type[models.Model], tuple[tuple[str, str, str], ...]] = {
    Company: (("merged_into", "merged_into", "merged_into_id"),),
    DeclaredParty: (
        ("company", "company", "company_id"),
        ("company_name", "company", "company__name"),
        ("resolved_by", "company", "resolved_by"),
    ),
    Leg: (
        ("giver_company", "giver_company", "giver_company_id"),
        ("taker_company", "taker_company", "taker_company_id"),
    ),
    Link: (("exporter", "exporter", "exporter_id"), ("importer", "importer", "importer_id")),
}


_shared: dict[Role, models.QuerySet[Any]] = {}


def visible_rows(model: type[models.Model], user: Any) -> models.QuerySet[Any]:
    """Everything of a model that this user may see, with what its columns are computed from.

    The question for components takes longer to put together than many an answer, and is the same for everybody of a
    role but researchers, who also see drafts of their own: it is put together once for each role.
    """
    role = role_of(user)
    if model is not Component or role == Role.RESEARCHER:
        return _visible_rows(model, user)
    if role not in _shared:
        _shared[role] = _visible_rows(model, user)
    return _shared[role].all()


def walk_column(model: type[models.Model], question: QueryDict) -> str:
    """The column by which a list is walked in the order of its ids: the primary key, or one that is equal to it.

    With a single maker or part, the index of current identifications has its components in order already; by the
    key of the component, all of a maker's rows would be sorted for every page.
    """
    judged = [*question.getlist("manufacturer"), *question.getlist("part")]
    is_single = len(judged) == 1 and "with_acquired" not in question
    return "current_component" if model is Component and is_single else "pk"


def _visible_rows(model: type[models.Model], user: Any) -> models.QuerySet[Any]:
    rows: Any = model._default_manager.all()
    if hasattr(rows, "visible_to"):
        rows = rows.visible_to(user)
    if model is Component:
        rows = rows.with_identification(user)
    if model is Weapon:
        rows = rows.annotate(shown_latitude=_place("latitude", user), shown_longitude=_place("longitude", user))
    if model is Photo:
        seen = Q(source__isnull=False) & visibility_filter(user, "source__")
        rows = rows.annotate(shown_source=Case(When(seen, then=F("source_id")), default=Value(None)))
    for name, company, path in COMPANIES.get(model, ()):
        rows = rows.annotate(**{f"shown_{name}": _if_seen(company, path, user)})
    if model is CompanyMatch:
        rows = rows.annotate(reasons_text=Cast("reasons", TextField()))
    shown: models.QuerySet[Any] = rows
    return shown


def _if_seen(company: str, path: str, user: Any) -> Any:
    """What a row says of the company that it names, where this person may see that."""
    if sees_everything(user):
        return F(path)
    seen = Company.objects.visible_to(user).filter(pk=OuterRef(company))
    return Case(When(Exists(seen), then=F(path)), default=Value(None))


def _place(column: str, user: Any) -> Any:
    """A coordinate in degrees: exact for insiders, blurred for everybody else."""
    degrees = Cast(column, FloatField())
    return degrees if is_insider(user) else Round(degrees, precision=BLURRED_DECIMALS)


def columns_of(model: type[models.Model], names: Sequence[str] = ()) -> tuple[Column, ...]:
    """The columns of a list, or those named. Raises KeyError naming the first that does not exist."""
    if not names:
        return COLUMNS[model]
    known = {column.name: column for column in COLUMNS[model]}
    return tuple(known[name] for name in names)


def as_dicts(rows: models.QuerySet[Any], columns: Sequence[Column]) -> list[dict[str, Value_]]:
    """The rows as JSON objects, read without building model instances. Count and slice before calling this."""
    names = [column.name for column in columns]
    return [dict(zip(names, row, strict=True)) for row in rows.values_list(*(column.path for column in columns))]


class Streamed(Protocol):
    """Rows that do not come from a table: those of the lake."""

    def count(self) -> int:
        """How many there are."""
        ...

    def tuples(self, columns: Sequence[Column]) -> Iterator[tuple[Any, ...]]:
        """The rows in the order of the columns, fetched a few at a time."""
        ...


Rows = models.QuerySet[Any] | Streamed


def stream(rows: Rows, columns: Sequence[Column]) -> Iterator[tuple[Any, ...]]:
    """The rows as tuples, fetched in chunks so that memory does not grow with the table."""
    if not isinstance(rows, models.QuerySet):
        yield from rows.tuples(columns)
        return
    yield from rows.values_list(*(column.path for column in columns)).iterator(chunk_size=CHUNK)
