"""The pages of a part and of a manufacturer: where they were found, when they were made, who owns whom."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponseRedirect, QueryDict
from django.http.response import HttpResponseBase
from django.urls import reverse

from components.curation.permissions import may_add, may_edit
from components.exports.rows import visible_rows
from components.filters import filter_rows
from components.models import (
    Component,
    Identification,
    Manufacturer,
    ManufacturerAlias,
    Ownership,
    Part,
    PartRelation,
)
from components.models.catalogue import acquired_makers, merged_makers
from components.summaries.statistics import Figure, statistics
from components.web.addresses import list_address
from components.web.charts import Chart, bar_chart
from components.web.editing import seen_or_404
from components.web.records.base import (
    MOST_BEFORE_LIST,
    Context,
    Crumb,
    RecordPage,
    actions,
    add_address,
    columns,
    table,
)
from components.web.routes.panel import routes_panel

Range = tuple[str, date | None, date | None]  # the date as written, its first and its last day
RIVAL = ("component", "manufacturer_name", "part_mpn", "confidence", "method", "identified_by")
WHERE = ("published_name", "weapon_label", "marking", "confidence", "made", "quantity")
MOST_YEARS = 60  # of a timeline; a range that is longer says nothing


class PartPage(RecordPage):
    """An entry of the catalogue and everywhere it was found."""

    model = Part
    template_name = "components/part.html"
    is_mono = True

    def head(self, row: Part) -> Context:
        return super().head(row) | {"title": row.mpn, "subtitle": f"by {row.manufacturer}"}

    def trail(self, row: Part) -> list[Crumb]:
        return [*super().trail(row), Crumb(str(row.manufacturer), row.manufacturer.get_absolute_url())]

    def read(self, row: Part) -> Context:
        user = self.request.user
        question = QueryDict(f"part={row.pk}")
        found = filter_rows(visible_rows(Component, user), question, user=user).qs
        rival = visible_rows(Identification, user).filter(part=row, is_current=False)
        provenance = self.provenance([row])
        ranges = list(found.values_list("current_made", "current_made_earliest", "current_made_latest"))
        return {
            "facts": provenance.facts(
                row,
                "mpn",
                "manufacturer",
                "category",
                "description",
                ("hs_code", "HS code"),
                ("eccn", "ECCN"),
                ("datasheet_url", "Datasheet"),
                "introduced",
                "last_sale",
                "notes",
            ),
            "citations": provenance.cited(row),
            "components": table(found, *WHERE, most=MOST_BEFORE_LIST),
            "component_count": len(ranges),
            "components_address": list_address(Component, question.urlencode()),
            "weapons_chart": found_in_chart(user, question, row.is_synthetic),
            "made_chart": made_chart(ranges, question, row.is_synthetic),
            "undated_count": sum(1 for made, *_ in ranges if not made),
            "rivals": table(rival, *RIVAL),
            "likely": routes_panel("part", row.pk, user),
            "relations": self.relations(row),
            "add": {"relation": add_address(PartRelation, row)} if may_edit(user, row) else {},
        }

    def relations(self, row: Part) -> list[dict[str, Any]]:
        """How it stands to other parts, from either side."""
        both = visible_rows(PartRelation, self.request.user).select_related("part__manufacturer", "other__manufacturer")
        found = [*both.filter(part=row), *both.filter(other=row)]
        return [{"relation": each, "actions": actions(each, self.request.user)} for each in found]


def found_in_chart(user: Any, question: QueryDict, is_synthetic: bool) -> Chart:
    """In which weapon models."""
    found = statistics(user, by="weapon_model", question=question)
    return bar_chart("found-in", "Found in", found.figures, unit="components", is_synthetic=is_synthetic)


def made_chart(ranges: Iterable[Range], question: QueryDict, is_synthetic: bool) -> Chart:
    """In which years the components can have been made; one whose date is vague counts in each year it admits."""
    dated = [(earliest, latest) for made, earliest, latest in ranges if made]
    known = [day.year for pair in dated for day in pair if day is not None]
    years = range(min(known), max(known) + 1) if known else range(0)
    figures = []
    for year in years[-MOST_YEARS:]:
        first, last = date(year, 1, 1), date(year, 12, 31)
        count = sum(1 for start, end in dated if (end is None or end >= first) and (start is None or start <= last))
        query = f"{question.urlencode()}&made__from={first}&made__until={last}"
        figures.append(Figure(str(year), count, query))
    title = "When they were made"
    note = "By year; a component whose date is vague counts in every year that its date admits."
    return bar_chart(
        "made", title, figures, unit="components", kind="bar", note=note, most=MOST_YEARS, is_synthetic=is_synthetic
    )


class ManufacturerPage(RecordPage):
    """A maker under all its names, with its owners, its parts and what was found of it."""

    model = Manufacturer
    template_name = "components/manufacturer.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        maker = seen_or_404(Manufacturer, pk, request.user)
        if maker.merged_into is not None:
            return HttpResponseRedirect(maker.merged_into.get_absolute_url())
        return super().get(request, pk)

    def read(self, row: Manufacturer) -> Context:
        user = self.request.user
        aliases = list(visible_rows(ManufacturerAlias, user).filter(manufacturer__in=merged_makers([row.pk])))
        owned = visible_rows(Ownership, user).select_related("owned", "owner")
        owners, acquisitions = list(owned.filter(owned=row)), list(owned.filter(owner=row))
        merged = list(visible_rows(Manufacturer, user).filter(merged_into=row).order_by("name", "pk"))
        provenance = self.provenance([row], aliases, owners, acquisitions)
        parts = visible_rows(Part, user).filter(manufacturer__in=merged_makers([row.pk]))
        return {
            "facts": provenance.facts(row, "name", ("country", "Headquarters"), "website", "notes"),
            "citations": provenance.cited(row),
            "aliases": [(each, provenance.fact(each, "name", "", each.name), actions(each, user)) for each in aliases],
            "owners": [self.ownership(each, each.owner, provenance) for each in owners],
            "acquisitions": [self.ownership(each, each.owned, provenance) for each in acquisitions],
            "merged": merged,
            "parts": table(parts, "mpn", "category_name", "description", most=MOST_BEFORE_LIST),
            "part_count": parts.count(),
            "parts_address": list_address(Part, f"manufacturer={row.pk}"),
            "columns_of_parts": columns(Part, "mpn"),
            "add": self.additions(row),
            "likely": routes_panel("manufacturer", row.pk, user),
            **self.found(row),
        }

    def found(self, row: Manufacturer) -> Context:
        """Counts and charts, with or without the makers it acquired."""
        with_acquired = self.request.GET.get("with_acquired") == "true"
        query = f"manufacturer={row.pk}" + ("&with_acquired=true" if with_acquired else "")
        question, user = QueryDict(query), self.request.user
        components = filter_rows(visible_rows(Component, user), question, user=user).qs
        models = statistics(user, by="weapon_model", question=question)
        switch = reverse("web:manufacturer", args=[row.pk]) + ("" if with_acquired else "?with_acquired=true")
        return {
            "with_acquired": with_acquired,
            "switch": switch if len(acquired_makers([row.pk], user)) > 1 else "",
            "component_count": components.count(),
            "weapon_count": components.values("weapon").distinct().count(),
            "components_address": list_address(Component, query),
            "chart": bar_chart(
                "weapon-models", models.title, models.figures, unit="components", is_synthetic=row.is_synthetic
            ),
        }

    def ownership(self, each: Ownership, other: Manufacturer, provenance: Any) -> Context:
        """An ownership, seen from one of the two."""
        return {
            "maker": other,
            "facts": provenance.facts(each, ("acquired", "Since"), ("ended", "Until"), "notes"),
            "name": provenance.fact(each, "owner", "", other.name, url=other.get_absolute_url()),
            "actions": actions(each, self.request.user),
        }

    def additions(self, row: Manufacturer) -> dict[str, str]:
        """What may be added to a maker."""
        if not may_add(self.request.user):
            return {}
        return {
            "alias": add_address(ManufacturerAlias, row),
            "ownership": add_address(Ownership, row),
        }
