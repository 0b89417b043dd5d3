"""What every record's page has: its head, its citations, and what the person may do with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from django.db import models
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.generic import View

from components.choices import Visibility
from components.curation.permissions import may_delete, may_edit, may_publish
from components.exports.rows import visible_rows
from components.models import Citation, Company, Photo
from components.models.curated import Curated
from components.models.visibility import Evidence, is_insider, sees_everything
from components.web.addresses import ADDRESSES, action_address, called, list_address
from components.web.columns import SHOWN, Cells, Shown, headings, read_rows, shown_visibility
from components.web.editing import seen_or_404
from components.web.facts import Provenance

MOST_ROWS = 500  # of a list inside a record's page; the list itself has them all

MOST_BEFORE_LIST = 50  # where a link to the list of them all follows

Context = dict[str, Any]


@dataclass(frozen=True)
class Crumb:
    """A step of the way to a record."""

    label: str
    url: str = ""


class RecordPage(View):
    """One record. `read` gives what its template shows beyond the head."""

    model: ClassVar[type[Curated]]
    template_name: ClassVar[str]
    is_mono: ClassVar[bool] = False

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        row = seen_or_404(self.model, pk, request.user)
        return render(request, self.template_name, self.head(row) | self.read(row))

    def read(self, row: Any) -> Context:
        raise NotImplementedError

    def trail(self, row: Any) -> list[Crumb]:
        """The way from the list to the record."""
        return [Crumb(str(self.model._meta.verbose_name_plural).capitalize(), list_address(self.model))]

    def head(self, row: Any) -> Context:
        """The head of the page and the actions this person has."""
        return {
            "row": row,
            "kind": called(self.model),
            "title": str(row),
            "is_mono": self.is_mono,
            "trail": self.trail(row),
            "visibility": shown_visibility(type(row), row.visibility) if isinstance(row, Evidence) else "",
            "is_synthetic": row.is_synthetic,
            "actions": actions(row, self.request.user),
        }

    def provenance(self, *groups: Sequence[Curated]) -> Provenance:
        return Provenance(self.request.user, *groups)

    def list_address(self, model: type[models.Model], query: str) -> str:
        return list_address(model, query)


def actions(row: Curated, user: Any) -> Context:
    """The addresses of what this person may do with a record; those that are absent are not offered."""
    may_look_back = sees_everything(user) if isinstance(row, Company) else is_insider(user)
    offered = {"history": action_address(row, "history")} if may_look_back else {}
    if may_delete(user, row):
        offered["delete"] = action_address(row, "delete")
    if may_edit(user, row):
        offered["edit"] = action_address(row, "edit")
        if row._meta.model_name in Citation.CITABLE:
            offered["cite"] = action_address(row, "cite")
    if isinstance(row, Evidence) and may_publish(user):
        offered["visibility"] = action_address(row, "visibility")
    return offered


def table(rows: models.QuerySet[Any], *names: str, order: Sequence[str] = (), most: int = MOST_ROWS) -> Context:
    """Rows of another list as a table, by the columns that the list's page shows, or those named."""
    shown = columns(rows.model, *names)
    ordered = rows.order_by(*(order or rows.model._meta.ordering))
    cells = Cells(rows.model, shown)
    found = read_rows(ordered[:most], shown)
    return {"columns": headings(rows.model, shown), "rows": [cells.row(row) for row in found]}


def columns(model: type[models.Model], *names: str) -> tuple[Shown, ...]:
    """The columns of a list's page with these names, in that order, or all."""
    known = {column.name: column for column in SHOWN[model]}
    return tuple(known[name] for name in names) if names else SHOWN[model]


@dataclass(frozen=True)
class Picture:
    """A photo as a page shows it."""

    photo: Photo
    thumbnail: str
    url: str


def pictures(rows: models.QuerySet[Photo]) -> list[Picture]:
    """Photos with the addresses of their thumbnails."""
    return [
        Picture(photo, reverse("web:photo-file", args=[photo.pk, "thumbnail"]), photo.get_absolute_url())
        for photo in rows.order_by("pk")
    ]


def photos_of(row: models.Model, user: Any) -> list[Picture]:
    """The photos of a weapon, an assembly or a component that this person may see."""
    return pictures(visible_rows(Photo, user).filter(**{str(row._meta.model_name): row.pk}))


def add_address(model: type[Curated], parent: models.Model) -> str:
    """Where a record is added to the one it belongs to."""
    return reverse(f"web:{ADDRESSES[model].name}-add", args=[parent.pk])


def is_draft(row: Evidence) -> bool:
    return row.visibility == Visibility.DRAFT
