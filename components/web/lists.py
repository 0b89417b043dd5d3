"""The page of a list: the same rows, filters and columns as the API and the files, with facets beside them."""

from dataclasses import dataclass
from typing import Any

import django_filters as df
from django import forms
from django.core.paginator import Page, Paginator
from django.db import models
from django.forms.utils import ErrorDict
from django.http import HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.views.generic import View

from components.curation.permissions import may_add
from components.exports.columns import COLUMNS
from components.exports.files import FORMATS, TooManyRows
from components.exports.rows import visible_rows
from components.filters import facets, filter_rows
from components.filters.base import RecordFilterSet
from components.models.curated import Curated
from components.web.addresses import ADDRESSES, called_many
from components.web.columns import SHOWN, Cells, headings, read_rows
from components.web.forms.base import FORMS

PAGE_SIZE = 50
# What the filters that a page shows are called; the others are shown as they are named in the address.
LABELS = {
    "q": "Words",
    "part_number": "Part number",
    "recovered__from": "Perhaps recovered on or after",
    "recovered__until": "Perhaps recovered on or before",
    "recovered__surely_from": "Surely recovered on or after",
    "recovered__surely_until": "Surely recovered on or before",
    "examined__from": "Perhaps examined on or after",
    "examined__until": "Perhaps examined on or before",
    "examined__surely_from": "Surely examined on or after",
    "examined__surely_until": "Surely examined on or before",
    "made__from": "Perhaps made on or after",
    "made__until": "Perhaps made on or before",
    "made__surely_from": "Surely made on or after",
    "made__surely_until": "Surely made on or before",
    "published__from": "Perhaps published on or after",
    "published__until": "Perhaps published on or before",
    "published__surely_from": "Surely published on or after",
    "published__surely_until": "Surely published on or before",
    "has_photo": "Has a photo",
    "is_foreign": "Foreign to the weapon",
    "is_identified": "Identified",
    "with_acquired": "Count makers with those they acquired",
    "file_name__contains": "File name",
    "name__contains": "Name contains",
    "title__contains": "Title contains",
    "period__startswith": "Period begins with",
    "hs_code__startswith": "HS code begins with",
    "reporter_declared__contains": "Reporter contains",
    "partner_declared__contains": "Partner contains",
    "manufacturer_name__contains": "Manufacturer, as published",
    "date_code__contains": "Date code contains",
    "place__contains": "Place in the source contains",
    "shipped_on__from": "Shipped on or after",
    "shipped_on__until": "Shipped on or before",
    "happened__from": "Perhaps happened on or after",
    "happened__until": "Perhaps happened on or before",
    "happened__surely_from": "Surely happened on or after",
    "happened__surely_until": "Surely happened on or before",
    "description__contains": "Description contains",
    "probability__gte": "Probability of at least",
    "share__gte": "Share of at least",
    "dispatch_country": "Country of dispatch (two letters)",
    "origin_country": "Country of origin (two letters)",
    "of_component": "Of the component",
    "of_part": "Of the part",
    "of_weapon": "Of the weapon",
    "of_weapon_model": "Of the weapon model",
    "of_manufacturer": "Of the manufacturer",
}
ANY = ("", "Any")
SURELY = "__surely_"  # of vague dates: filters that are folded below the others


class KeysFirst(Paginator):  # type: ignore[type-arg]
    """Pages of which the keys are read first: what else a row shows would cost joins for each row passed by."""

    def page(self, number: Any) -> Page[Any]:
        page = super().page(number)
        if page.number > 1:
            rows: Any = self.object_list
            keys = list(page.object_list.values_list("pk", flat=True))  # type: ignore[attr-defined]
            page.object_list = rows.filter(pk__in=keys)
        return page


@dataclass(frozen=True)
class Chip:
    """A filter of the address, in words, with the address without it."""

    label: str
    text: str
    url: str


def ask(model: type[models.Model], request: HttpRequest) -> tuple[RecordFilterSet, ErrorDict]:
    """The bound filters of a list and what is wrong with the question."""
    filters = filter_rows(visible_rows(model, request.user), request.GET, user=request.user)
    _dress(filters)  # before the form is asked for its errors: it then keeps the labels it has
    problems = filters.problems()
    for name in sorted(set(request.GET) & RecordFilterSet.NOT_FILTERS - {"page"}):
        problems[name] = filters.form.error_class(["This page does not take the parameter."])
    return filters, problems


def _dress(filters: RecordFilterSet) -> None:
    """Give the fields of the page's form their words and the browser's own pickers."""
    for name in filters.PAGE_FILTERS:
        field = filters.form.fields[name]
        field.label = LABELS.get(name, name.replace("_", " ").capitalize())
        if isinstance(field, forms.NullBooleanField):
            field.widget.choices = [ANY, ("true", "Yes"), ("false", "No")]
        elif isinstance(filters.filters[name], df.DateFilter):
            field.widget.input_type = "date"


def without(question: QueryDict, name: str, value: str = "") -> str:
    """The query string without a filter, or without one of its values; always the first page."""
    rest = question.copy()
    rest.pop("page", None)
    kept = [each for each in rest.pop(name, []) if value and each != value]
    rest.setlist(name, kept)
    return f"?{rest.urlencode()}"


def together_with(question: QueryDict, name: str, value: str) -> str:
    """The query string with one more value of a filter; always the first page."""
    more = question.copy()
    more.pop("page", None)
    more.appendlist(name, value)
    return f"?{more.urlencode()}"


class ListPage(View):
    """One list. Bad filters are answered with their errors and status 400, never with rows that look like an answer."""

    model: type[Any] = Curated
    template_name = "components/list.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        filters, problems = ask(self.model, request)
        context = self.frame(filters, problems)
        if problems:
            return render(request, self.template_name, context, status=400)
        page = KeysFirst(filters.qs.order_by(*self.model._meta.ordering), PAGE_SIZE).get_page(request.GET.get("page"))
        return render(request, self.template_name, context | self.table(page) | self.beside(filters))

    def frame(self, filters: RecordFilterSet, problems: ErrorDict) -> dict[str, Any]:
        """What the page shows whether or not the question can be answered."""
        return {
            "title": called_many(self.model).capitalize(),
            "noun": called_many(self.model),
            "filter": filters,
            "fields": [filters.form[name] for name in filters.PAGE_FILTERS if SURELY not in name],
            "sure_fields": [filters.form[name] for name in filters.PAGE_FILTERS if SURELY in name],
            "sure_asked": any(SURELY in name for name in self.request.GET),
            "kept": [
                (name, value)
                for name, values in self.request.GET.lists()
                if name not in {*filters.PAGE_FILTERS, "page"} and name not in problems
                for value in values
            ],
            "problems": problems,
            "add_address": self.add_address(),
        }

    def add_address(self) -> str:
        """Where a record is added, for those who may and where it can be added by itself."""
        form = FORMS.get(self.model) if issubclass(self.model, Curated) else None
        if form is None or form.PARENT or not may_add(self.request.user):
            return ""
        try:
            return reverse(f"web:{ADDRESSES[self.model].name}-add")
        except NoReverseMatch:  # datasets and companies come with imports
            return ""

    def table(self, page: Page[Any]) -> dict[str, Any]:
        """The rows of one page."""
        shown = SHOWN[self.model]
        cells = Cells(self.model, shown)
        rows = [cells.row(row) for row in read_rows(page.object_list, shown)]  # type: ignore[arg-type]
        return {"page_obj": page, "columns": headings(self.model, shown), "rows": rows}

    def beside(self, filters: RecordFilterSet) -> dict[str, Any]:
        """Facets, the filters in force, and the files."""
        question, user = self.request.GET, self.request.user
        counted = facets(visible_rows(self.model, user), question, user)
        chips = self.chips(filters)
        return {
            "facets": [
                {
                    "name": facet.name,
                    "label": facet.label,
                    "values": [
                        {
                            "label": value.label,
                            "count": value.count,
                            "is_active": value.is_active,
                            "url": (without if value.is_active else together_with)(question, facet.name, value.value),
                        }
                        for value in facet.values
                    ],
                }
                for facet in counted
            ],
            "chips": chips,
            "active_count": len(chips),
            "files": self.files(),
        }

    def chips(self, filters: RecordFilterSet) -> list[Chip]:
        """Every filter in force, with its values by name."""
        question = self.request.GET
        return [
            Chip(self.filter_label(name), _value_name(filters, name, value), without(question, name, value))
            for name, values in question.lists()
            if name in filters.filters
            for value in values
            if value
        ]

    def filter_label(self, name: str) -> str:
        """What a filter is called where it is in force."""
        subject, _, lookup = name.partition("__")
        words = {"": "", "not": " is not", "is_empty": " is missing", "contains": " contains"}
        return LABELS.get(name) or subject.replace("_", " ").capitalize() + words.get(lookup, f" {lookup}")

    def files(self) -> list[dict[str, str]]:
        """The files of the rows under the filters."""
        question = self.request.GET.copy()
        question.pop("page", None)
        query = f"?{question.urlencode()}" if question else ""
        name = f"web:{ADDRESSES[self.model].name}-export"
        return [{"title": form.title, "url": reverse(name, args=[form.name]) + query} for form in FORMATS.values()]


def _value_name(filters: RecordFilterSet, name: str, value: str) -> str:
    """A value of a filter as a page calls it: by the record it is the key of, or by its choice."""
    chosen = filters.form.cleaned_data.get(name)
    if isinstance(filters.filters[name], df.ModelMultipleChoiceFilter):
        return next((str(row) for row in chosen or () if str(row.pk) == value), value)
    choices = dict(getattr(filters.filters[name], "extra", {}).get("choices") or [])
    return str(choices.get(value, {"true": "Yes", "false": "No"}.get(value, value)))


class ExportPage(View):
    """All rows of a list under its filters, as a file: the same rows and columns as the API's."""

    model: type[Any] = Curated

    def get(self, request: HttpRequest, file_format: str) -> HttpResponseBase:
        filters, problems = ask(self.model, request)
        if problems:
            return self.refuse(request, dict(problems))
        form = FORMATS[file_format]
        try:
            content = form.write(filters.qs.order_by("pk"), COLUMNS[self.model])
        except TooManyRows as refusal:
            return self.refuse(request, {form.title: [str(refusal)]})
        name = f"{ADDRESSES[self.model].folder}-{timezone.now():%Y-%m-%d}.{form.name}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-cache"}
        return StreamingHttpResponse(content, content_type=form.mime, headers=headers)

    def refuse(self, request: HttpRequest, problems: dict[str, Any]) -> HttpResponse:
        """The page that says why there is no file."""
        return render(request, "400.html", {"problems": problems}, status=400)


LISTED = tuple(SHOWN)
