"""The facets of a list: how many of the rows that answer the question have each value, counted in the database."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Count
from django.http import QueryDict

from components.filters.sets import FILTERS, filter_rows
from components.models import (
    Assembly,
    Citation,
    CitedParty,
    Component,
    Country,
    Identification,
    ImportBatch,
    LearnedUse,
    Leg,
    Link,
    Manufacturer,
    Part,
    PartCategory,
    PartRelation,
    Route,
    Source,
    Teardown,
    Weapon,
    WeaponModel,
)
from components.models.visibility import is_insider

MOST_VALUES = 15  # shown of one facet; the rest are reached by the filter itself


@dataclass(frozen=True)
class FacetValue:
    """One value of a facet, as the filter takes it, with the number of rows that have it."""

    value: str
    label: str
    count: int
    is_active: bool


@dataclass(frozen=True)
class Facet:
    """A filter whose values can be counted."""

    name: str
    label: str
    values: list[FacetValue]


@dataclass(frozen=True)
class FacetRule:
    """Which column a filter counts, and where the names of its values are."""

    name: str
    label: str
    path: str
    label_path: str = ""
    names_of: type[models.Model] | None = None
    insiders_only: bool = False


SYNTHETIC = FacetRule("is_synthetic", "Synthetic", "is_synthetic")
VISIBILITY = FacetRule("visibility", "Visibility", "visibility", insiders_only=True)

FACETS: dict[type[models.Model], tuple[FacetRule, ...]] = {
    Component: (
        FacetRule("manufacturer", "Manufacturer", "current_maker", "current_maker_name"),
        FacetRule("manufacturer_country", "Maker's country", "current_country", names_of=Country),
        FacetRule("category", "Category", "current_category", names_of=PartCategory),
        FacetRule("weapon_model", "Weapon model", "weapon__model", "weapon__model__name"),
        FacetRule("marking_state", "Marking", "marking_state"),
        FacetRule("confidence", "Confidence", "current_confidence"),
        VISIBILITY,
        SYNTHETIC,
    ),
    Weapon: (
        FacetRule("model", "Model", "model", "model__name"),
        FacetRule("kind", "Kind", "model__kind"),
        FacetRule("made_in", "Made in", "made_in", names_of=Country),
        VISIBILITY,
        SYNTHETIC,
    ),
    WeaponModel: (
        FacetRule("kind", "Kind", "kind"),
        FacetRule("country", "Country", "country", names_of=Country),
        VISIBILITY,
        SYNTHETIC,
    ),
    Teardown: (FacetRule("examined_by", "Examined by", "examined_by"), VISIBILITY, SYNTHETIC),
    Assembly: (FacetRule("weapon", "Weapon", "weapon", "weapon__label"), VISIBILITY, SYNTHETIC),
    Part: (
        FacetRule("manufacturer", "Manufacturer", "manufacturer", "manufacturer__name"),
        FacetRule("manufacturer_country", "Maker's country", "manufacturer__country", names_of=Country),
        FacetRule("category", "Category", "category", "category__name"),
        VISIBILITY,
        SYNTHETIC,
    ),
    PartRelation: (FacetRule("kind", "Kind", "kind"),),
    Manufacturer: (FacetRule("country", "Country", "country", names_of=Country), VISIBILITY, SYNTHETIC),
    Identification: (
        FacetRule("method", "Method", "method"),
        FacetRule("confidence", "Confidence", "confidence"),
        FacetRule("authenticity", "Authenticity", "authenticity"),
        VISIBILITY,
    ),
    CitedParty: (FacetRule("role", "Role", "role"), FacetRule("name", "Name", "name")),
    Source: (
        FacetRule("kind", "Kind", "kind"),
        FacetRule("origin", "Evidentiary origin", "origin", "origin__name"),
        VISIBILITY,
        SYNTHETIC,
    ),
    Citation: (
        FacetRule("basis", "Basis", "basis"),
        FacetRule("confidence", "Confidence", "confidence"),
        FacetRule("record_type", "Record", "record_type__model"),
        FacetRule("field", "Field", "field"),
    ),
    Link: (
        FacetRule("state", "Review", "state"),
        FacetRule("grade", "The shipment names", "grade"),
        FacetRule("dispatch_country", "Dispatched from", "dispatch_country", names_of=Country),
        FacetRule("dataset", "Dataset", "dataset", "dataset__title"),
        VISIBILITY,
        SYNTHETIC,
    ),
    Route: (
        FacetRule("dispatch_country", "Dispatched from", "dispatch_country", names_of=Country),
        FacetRule("manufacturer", "Manufacturer", "manufacturer", "manufacturer__name"),
        FacetRule("is_synthetic", "Synthetic", "trace__is_synthetic"),
    ),
    LearnedUse: (FacetRule("is_synthetic", "Synthetic", "learning__is_synthetic"),),
    Leg: (
        FacetRule("kind", "What happened", "kind"),
        FacetRule("giver_country", "From", "giver_country", names_of=Country),
        FacetRule("taker_country", "To", "taker_country", names_of=Country),
        VISIBILITY,
        SYNTHETIC,
    ),
    ImportBatch: (FacetRule("format", "Format", "format"), FacetRule("status", "Status", "status")),
}


def facets(rows: models.QuerySet[Any], question: QueryDict, user: Any) -> list[Facet]:
    """The facets of the rows under a question that has no problems; one query each, and one for names where needed.

    `rows` are the visible rows before filtering. A facet counts under all filters but its own, so that a second
    value can be chosen beside the first.
    """
    rules = [rule for rule in default_rules(rows.model) if is_insider(user) or not rule.insiders_only]
    return [_facet(rule, rows, question, user) for rule in rules]


def default_rules(model: type[models.Model]) -> tuple[FacetRule, ...]:
    """The facets of a model; a model without its own shows whether rows are synthetic, where it can say so."""
    if model in FACETS:
        return FACETS[model]
    return (SYNTHETIC,) if "is_synthetic" in FILTERS[model].base_filters else ()


def _facet(rule: FacetRule, rows: models.QuerySet[Any], question: QueryDict, user: Any) -> Facet:
    others = question.copy()
    others.pop(rule.name, None)
    keys = list(dict.fromkeys([rule.path, rule.label_path or rule.path]))
    counted = (
        filter_rows(rows, others, user=user, only_asked=True)
        .qs.exclude(**{f"{rule.path}__isnull": True})
        .order_by()
        .values_list(*keys)
        .annotate(count=Count("pk"))
        .order_by("-count", *keys)[:MOST_VALUES]
    )
    found = [(row[0], row[-2], row[-1]) for row in counted]
    return Facet(rule.name, rule.label, _values(rule, rows.model, found, question.getlist(rule.name)))


def _values(
    rule: FacetRule, model: type[models.Model], found: list[tuple[Any, Any, int]], chosen: list[str]
) -> list[FacetValue]:
    label = _labels(rule, model, [value for value, _, _ in found])
    return [
        FacetValue(_as_text(value), label(value, name), count, _as_text(value) in chosen)
        for value, name, count in found
        if value != ""
    ]


def _as_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _labels(rule: FacetRule, model: type[models.Model], values: list[Any]) -> Callable[[Any, Any], str]:
    """How a value is called on a page: by the row it is the key of, by its choice, or as it is."""
    if rule.names_of is not None:
        names = rule.names_of._default_manager.in_bulk(values)
        return lambda value, _: str(names.get(value, value))
    choices = dict(getattr(FILTERS[model].base_filters[rule.name], "extra", {}).get("choices") or [])
    if rule.name == "is_synthetic":
        choices = {True: "Synthetic", False: "Not synthetic"}
    return lambda value, name: str(choices.get(value, name))
