"""Links, legs and assumptions may be corrected by hand; what is inferred is shown only."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest

from components.admin.base import AdministratorsOnly, CuratedAdmin, ReadOnly
from components.choices import LinkBasis
from components.curation.links import check_link
from components.models import (
    Coverage,
    LearnedUse,
    Learning,
    Leg,
    Link,
    LinkBuild,
    MilitaryUse,
    Route,
    RouteParameter,
    Trace,
)


class LinkForm(forms.ModelForm):  # type: ignore[type-arg]
    """Holds a link to the rules of links, as pages and API do."""

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        try:
            check_link(self.instance)
        except ValidationError as problem:
            self.add_error(None, ValidationError(problem.messages))


@admin.register(Link)
class LinkAdmin(CuratedAdmin):
    """A link that a rule found is reviewed, not written."""

    form = LinkForm
    list_display = ("part", "manufacturer", "grade", "score", "state", "shipped_on", "dataset", "is_synthetic")
    list_filter = ("state", "basis", "grade", "is_synthetic")
    list_select_related = ("part__manufacturer", "manufacturer", "dataset")
    search_fields = ("declaration_number", "found")
    raw_id_fields = ("part", "manufacturer", "source", "exporter", "importer")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        is_matched = obj is not None and obj.basis == LinkBasis.MATCHED
        return not is_matched and super().has_change_permission(request, obj)


@admin.register(Leg)
class LegAdmin(CuratedAdmin):
    list_display = ("giver", "taker", "kind", "happened", "source", "visibility", "is_synthetic")
    list_filter = ("kind", "visibility", "is_synthetic")
    list_select_related = ("source",)
    search_fields = ("giver", "taker", "goods")
    raw_id_fields = ("part", "component", "giver_company", "taker_company", "source")
    autocomplete_fields = ("giver_country", "taker_country")


@admin.register(Coverage)
class CoverageAdmin(CuratedAdmin):
    list_display = ("dataset", "share", "strength", "is_synthetic")
    list_select_related = ("dataset",)
    raw_id_fields = ("dataset", "source")


@admin.register(MilitaryUse)
class MilitaryUseAdmin(CuratedAdmin):
    list_display = ("company", "share", "strength", "is_synthetic")
    list_select_related = ("company",)
    raw_id_fields = ("company", "source")


@admin.register(RouteParameter)
class RouteParameterAdmin(AdministratorsOnly):
    list_display = ("name", "value", "unit", "source")


@admin.register(LinkBuild)
class LinkBuildAdmin(ReadOnly):
    list_display = ("dataset", "rule_version", "rows_done", "link_count", "started_at", "finished_at")
    list_select_related = ("dataset",)


@admin.register(Learning)
class LearningAdmin(ReadOnly):
    list_display = ("audience", "is_synthetic", "component_count", "learned_at")


@admin.register(LearnedUse)
class LearnedUseAdmin(ReadOnly):
    list_display = ("company", "share", "strength", "learning")
    list_select_related = ("company", "learning")


@admin.register(Trace)
class TraceAdmin(ReadOnly):
    list_display = ("pk", "audience", "component_id", "weapon_id", "part_id", "unknown", "computed_at")
    list_filter = ("audience", "is_synthetic")


@admin.register(Route)
class RouteAdmin(ReadOnly):
    list_display = ("manufacturer", "dispatch_country", "exporter", "importer", "probability", "trace_id")
    list_select_related = ("manufacturer", "exporter", "importer")
