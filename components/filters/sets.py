"""The FilterSet of every list, keyed by model."""

from collections.abc import Sequence
from typing import Any

import django_filters as df
from django.db import models
from django.db.models import Exists, OuterRef

from components.choices import (
    Authenticity,
    CitationBasis,
    Confidence,
    DatasetKind,
    Flow,
    IdentificationMethod,
    ImportStatus,
    LegKind,
    LinkBasis,
    LinkGrade,
    LinkState,
    MakerEvidence,
    MarkingState,
    MatchState,
    PartRelationKind,
    PartyRole,
    SourceKind,
    StandIn,
    Visibility,
    WeaponKind,
)
from components.filters.base import (
    AnyOfFilter,
    EmptyFilter,
    RecordFilterSet,
    choice,
    day,
    decimal,
    link,
    moment,
    number,
    text,
    vague_date,
)
from components.models import (
    Assembly,
    Citation,
    CitedParty,
    Company,
    CompanyMatch,
    Component,
    ControlDate,
    Country,
    Coverage,
    Dataset,
    DeclaredParty,
    EvidentiaryOrigin,
    HSHeading,
    Identification,
    ImportBatch,
    LearnedUse,
    Leg,
    Link,
    Manufacturer,
    ManufacturerAlias,
    MilitaryUse,
    Ownership,
    Part,
    PartCategory,
    PartRelation,
    Photo,
    PriorityItem,
    Route,
    RouteParameter,
    Source,
    Teardown,
    TradeFlow,
    Weapon,
    WeaponModel,
)
from components.models.catalogue import acquired_makers, category_and_below, merged_makers
from components.models.provenance import citable_types

MOST_KEYS = 500  # of parts that are read before the rows of them
Groups = dict[str, df.Filter]
SHOWN: Groups = {"is_synthetic": df.BooleanFilter("is_synthetic"), **moment("updated_at")}
EVIDENCE: Groups = {**choice("visibility", Visibility.choices), **SHOWN}


def _matching(rows: Any, _name: str, value: str) -> Any:
    return rows.matching(value)


def search() -> Groups:
    """The full-text search of a list."""
    return {"q": df.CharFilter(method=_matching, label="Search")}


class _MakerFilter(AnyOfFilter):
    """Rows of any of the given makers and those merged into them; `with_acquired` adds the makers they own."""

    def filter(self, qs: models.QuerySet[Any], value: Any) -> models.QuerySet[Any]:
        chosen = [row.pk for row in value]
        if chosen and self.parent.form.cleaned_data.get("with_acquired"):
            chosen = acquired_makers(chosen, self.parent.user)
        return self.narrow(qs, self.keys(chosen))

    def keys(self, chosen: list[Any]) -> list[Any]:
        return merged_makers(chosen) if chosen else []


def maker(path: str, name: str, country_path: str) -> Groups:
    """Filters by manufacturer, with or without the makers it acquired."""
    everyone = Manufacturer.objects.all()
    return {
        "with_acquired": df.BooleanFilter(method=lambda rows, name, value: rows, label="with the makers it acquired"),
        "manufacturer": _MakerFilter(path, queryset=everyone),
        "manufacturer__not": _MakerFilter(path, queryset=everyone, exclude=True),
        "manufacturer__is_empty": EmptyFilter(path),
        "manufacturer_name__contains": df.CharFilter(name, "icontains"),
        **{f"manufacturer_country{k}": v for k, v in _country(country_path).items()},
    }


def _country(path: str) -> Groups:
    everyone = Country.objects.all()
    return {
        "": AnyOfFilter(path, queryset=everyone),
        "__not": AnyOfFilter(path, queryset=everyone, exclude=True),
        "__is_empty": EmptyFilter(path),
    }


def country(name: str) -> Groups:
    """Filters by country, as ISO alpha-2 codes."""
    return {f"{name}{suffix}": each for suffix, each in _country(name).items()}


class _CategoryFilter(AnyOfFilter):
    """Rows of any of the given categories or of a category below them."""

    def keys(self, chosen: list[Any]) -> list[Any]:
        return category_and_below(chosen) if chosen else []


def category(path: str) -> Groups:
    """Filters by part category, with what is below it."""
    return {
        "category": _CategoryFilter(path, queryset=PartCategory.objects.all()),
        "category__is_empty": EmptyFilter(path),
    }


def _is_foreign(rows: Any, _name: str, value: bool) -> Any:
    return rows.foreign(value)


def _is_identified(rows: Any, _name: str, value: bool) -> Any:
    return rows.filter(current_identification__isnull=not value)


def _numbered_like(path: str) -> Any:
    """Rows of parts with such a number. The parts are read first: a database that is given a few keys uses its index
    of them, and reads all rows where it is given a question."""

    def narrow(rows: Any, _name: str, value: str) -> Any:
        parts = Part.objects.numbered_like(value)
        keys = list(parts.order_by().values_list("pk", flat=True)[: MOST_KEYS + 1])
        return rows.filter(**{f"{path}__in": keys if len(keys) <= MOST_KEYS else parts})

    return narrow


def _own_number(rows: Any, _name: str, value: str) -> Any:
    return rows.numbered_like(value)


class _PhotoFilter(df.BooleanFilter):
    """Rows with, or without, a photo that this user may see."""

    def filter(self, qs: models.QuerySet[Any], value: bool | None) -> models.QuerySet[Any]:
        if value is None:
            return qs
        shown = Photo.objects.visible_to(self.parent.user).filter(**{str(self.field_name): OuterRef("pk")})
        return qs.filter(Exists(shown) if value else ~Exists(shown))


class _CitedSourceFilter(AnyOfFilter):
    """Rows with a citation of any of the given sources."""

    def narrow(self, rows: models.QuerySet[Any], keys: Sequence[Any]) -> models.QuerySet[Any]:
        if not keys:
            return rows
        record_types = {model: kind for kind, model in citable_types().items()}
        cited = Citation.objects.filter(source__in=keys, record_type=record_types[rows.model])
        return rows.filter(pk__in=cited.values("record_id"))


class _NamedByFilter(AnyOfFilter):
    """Companies that any of the given datasets names, each once however many names it has there."""

    def narrow(self, rows: models.QuerySet[Any], keys: Any) -> models.QuerySet[Any]:
        if not keys:
            return rows
        return rows.filter(pk__in=DeclaredParty.objects.filter(dataset__in=keys).values("company"))


def sourced() -> Groups:
    """Filters by the sources that are cited for a row."""
    return {"source": _CitedSourceFilter(queryset=Source.objects.all())}


def filter_set(model: type[models.Model], *groups: Groups, page: tuple[str, ...] = ()) -> type[RecordFilterSet]:
    """A FilterSet class of a model from groups of filters; `page` names those its page shows."""
    declared: dict[str, Any] = {name: each for group in groups for name, each in group.items()}
    meta = type("Meta", (), {"model": model, "fields": []})
    return type(f"{model.__name__}Filters", (RecordFilterSet,), {**declared, "Meta": meta, "PAGE_FILTERS": page})


FILTERS: dict[type[models.Model], type[RecordFilterSet]] = {
    Weapon: filter_set(
        Weapon,
        search(),
        link("model", WeaponModel),
        choice("kind", WeaponKind.choices, "model__kind"),
        text("label"),
        text("serial_number"),
        text("recovered_place"),
        country("made_in"),
        country("used_by"),
        vague_date("recovered"),
        {"has_photo": _PhotoFilter("weapon")},
        sourced(),
        EVIDENCE,
        page=(
            "q",
            "recovered__from",
            "recovered__until",
            "recovered__surely_from",
            "recovered__surely_until",
            "has_photo",
        ),
    ),
    WeaponModel: filter_set(
        WeaponModel,
        search(),
        text("name"),
        choice("kind", WeaponKind.choices),
        country("country"),
        EVIDENCE,
        page=("q",),
    ),
    Teardown: filter_set(
        Teardown,
        search(),
        link("weapon", Weapon),
        text("examined_by"),
        text("place"),
        vague_date("examined"),
        sourced(),
        EVIDENCE,
        page=("q", "examined__from", "examined__until", "examined__surely_from", "examined__surely_until"),
    ),
    Assembly: filter_set(
        Assembly,
        search(),
        link("weapon", Weapon),
        link("parent", Assembly),
        text("name"),
        text("designation"),
        text("function"),
        {"has_photo": _PhotoFilter("assembly")},
        sourced(),
        EVIDENCE,
        page=("q",),
    ),
    Component: filter_set(
        Component,
        search(),
        link("weapon", Weapon),
        link("weapon_model", WeaponModel, "weapon__model"),
        link("teardown", Teardown),
        link("assembly", Assembly),
        maker("current_manufacturer", "current_maker_name", "current_country"),
        link("part", Part, "current_part"),
        {"part_number": df.CharFilter(method=_numbered_like("current_part"), label="Part number")},
        category("current_category"),
        text("designator"),
        text("marking"),
        text("published_name"),
        text("function"),
        number("quantity"),
        choice("marking_state", MarkingState.choices),
        choice("confidence", Confidence.choices, "current_confidence"),
        choice("authenticity", Authenticity.choices, "current_authenticity"),
        choice("method", IdentificationMethod.choices, "current_method"),
        vague_date("made", "current_made"),
        {
            "is_foreign": df.BooleanFilter(method=_is_foreign, label="Foreign"),
            "is_identified": df.BooleanFilter(method=_is_identified, label="Identified"),
            "has_photo": _PhotoFilter("component"),
        },
        sourced(),
        EVIDENCE,
        page=(
            "q",
            "part_number",
            "made__from",
            "made__until",
            "made__surely_from",
            "made__surely_until",
            "is_foreign",
            "is_identified",
            "has_photo",
            "with_acquired",
        ),
    ),
    Identification: filter_set(
        Identification,
        link("component", Component),
        maker("manufacturer", "manufacturer__name", "manufacturer__country"),
        link("part", Part),
        {"is_current": df.BooleanFilter("is_current")},
        text("date_code"),
        text("lot_code"),
        vague_date("made"),
        country("package_country"),
        choice("authenticity", Authenticity.choices),
        choice("confidence", Confidence.choices),
        choice("method", IdentificationMethod.choices),
        text("identified_by"),
        sourced(),
        EVIDENCE,
        page=("manufacturer_name__contains", "date_code__contains"),
    ),
    CitedParty: filter_set(
        CitedParty, link("component", Component), text("name"), choice("role", PartyRole.choices), sourced(), SHOWN
    ),
    Manufacturer: filter_set(
        Manufacturer,
        search(),
        text("name"),
        country("country"),
        link("merged_into", Manufacturer),
        sourced(),
        EVIDENCE,
        page=("q",),
    ),
    ManufacturerAlias: filter_set(ManufacturerAlias, link("manufacturer", Manufacturer), text("name"), SHOWN),
    Ownership: filter_set(
        Ownership, link("owned", Manufacturer), link("owner", Manufacturer), vague_date("acquired"), sourced(), SHOWN
    ),
    PartCategory: filter_set(PartCategory, text("name"), link("parent", PartCategory), SHOWN),
    Part: filter_set(
        Part,
        search(),
        {"part_number": df.CharFilter(method=_own_number, label="Part number")},
        maker("manufacturer", "manufacturer__name", "manufacturer__country"),
        category("category"),
        text("mpn"),
        text("hs_code"),
        text("eccn"),
        vague_date("introduced"),
        vague_date("last_sale"),
        sourced(),
        EVIDENCE,
        page=("part_number", "q", "with_acquired"),
    ),
    PartRelation: filter_set(
        PartRelation, link("part", Part), link("other", Part), choice("kind", PartRelationKind.choices), SHOWN
    ),
    Photo: filter_set(
        Photo,
        link("weapon", Weapon),
        link("assembly", Assembly),
        link("component", Component),
        text("digest"),
        text("caption"),
        text("credit"),
        text("licence"),
        number("width"),
        number("height"),
        EVIDENCE,
    ),
    EvidentiaryOrigin: filter_set(EvidentiaryOrigin, text("name"), SHOWN),
    Source: filter_set(
        Source,
        search(),
        choice("kind", SourceKind.choices),
        text("title"),
        text("publisher"),
        text("url"),
        text("licence"),
        link("origin", EvidentiaryOrigin),
        vague_date("published"),
        EVIDENCE,
        page=("q", "published__from", "published__until", "published__surely_from", "published__surely_until"),
    ),
    Citation: filter_set(
        Citation,
        link("source", Source),
        text("record_type", "record_type__model"),
        number("record_id"),
        text("field"),
        text("published_value"),
        text("place"),
        choice("basis", CitationBasis.choices),
        choice("confidence", Confidence.choices),
        SHOWN,
        page=("place__contains",),
    ),
    ImportBatch: filter_set(
        ImportBatch,
        text("format"),
        text("file_name"),
        text("digest"),
        choice("status", ImportStatus.choices),
        moment("created_at"),
        page=("file_name__contains",),
    ),
    Country: filter_set(Country, text("alpha2"), text("alpha3"), text("name")),
    HSHeading: filter_set(HSHeading, text("code"), text("description")),
    PriorityItem: filter_set(PriorityItem, text("hs6"), text("tier"), text("description")),
    Dataset: filter_set(
        Dataset,
        text("title"),
        choice("kind", DatasetKind.choices),
        link("source", Source),
        text("licence"),
        text("digest"),
        EVIDENCE,
        page=("title__contains",),
    ),
    Company: filter_set(
        Company,
        search(),
        text("name"),
        country("country"),
        text("tax_number"),
        link("merged_into", Company, shown="shown_merged_into"),
        {"dataset": _NamedByFilter(queryset=Dataset.objects.all())},
        SHOWN,
        page=("q", "tax_number"),
    ),
    DeclaredParty: filter_set(
        DeclaredParty,
        link("dataset", Dataset),
        link("company", Company, shown="shown_company"),
        text("name"),
        text("tax_number"),
        number("exports"),
        number("imports"),
        page=("name__contains", "tax_number"),
    ),
    CompanyMatch: filter_set(
        CompanyMatch, link("first", Company), link("second", Company), choice("state", MatchState.choices)
    ),
    TradeFlow: filter_set(
        TradeFlow,
        link("dataset", Dataset),
        text("period"),
        country("reporter"),
        country("partner"),
        text("reporter_declared"),
        text("partner_declared"),
        choice("flow", Flow.choices),
        text("hs_code"),
        page=("period__startswith", "hs_code__startswith", "reporter_declared__contains", "partner_declared__contains"),
    ),
    Link: filter_set(
        Link,
        link("part", Part),
        {"part_number": df.CharFilter(method=_numbered_like("part"), label="Part number")},
        maker("manufacturer", "manufacturer__name", "manufacturer__country"),
        link("dataset", Dataset),
        number("row_number"),
        link("source", Source),
        link("exporter", Company, shown="shown_exporter"),
        link("importer", Company, shown="shown_importer"),
        choice("state", LinkState.choices),
        choice("basis", LinkBasis.choices),
        choice("grade", LinkGrade.choices),
        choice("evidence", MakerEvidence.choices),
        text("found"),
        decimal("score"),
        day("shipped_on"),
        text("dispatch_country"),
        text("origin_country"),
        text("hs_code"),
        text("declaration_number"),
        text("description"),
        text("exporter_name"),
        text("importer_name"),
        EVIDENCE,
        page=("part_number", "shipped_on__from", "shipped_on__until", "description__contains"),
    ),
    Route: filter_set(
        Route,
        link("of_component", Component, "trace__component"),
        link("of_part", Part, "trace__part"),
        link("of_weapon", Weapon, "trace__weapon"),
        link("of_weapon_model", WeaponModel, "trace__weapon_model"),
        link("of_manufacturer", Manufacturer, "trace__manufacturer"),
        maker("manufacturer", "manufacturer__name", "manufacturer__country"),
        link("exporter", Company),
        link("importer", Company),
        text("dispatch_country"),
        text("origin_country"),
        number("rank"),
        decimal("probability"),
        decimal("unknown", "trace__unknown"),
        choice("stand_in", StandIn.choices),
        {"is_synthetic": df.BooleanFilter("trace__is_synthetic")},
        page=("dispatch_country", "origin_country", "probability__gte"),
    ),
    Leg: filter_set(
        Leg,
        search(),
        link("part", Part),
        link("component", Component),
        link("source", Source),
        choice("kind", LegKind.choices),
        text("giver"),
        text("taker"),
        link("giver_company", Company, shown="shown_giver_company"),
        link("taker_company", Company, shown="shown_taker_company"),
        country("giver_country"),
        country("taker_country"),
        vague_date("happened"),
        EVIDENCE,
        page=("q", "happened__from", "happened__until", "happened__surely_from", "happened__surely_until"),
    ),
    Coverage: filter_set(Coverage, link("dataset", Dataset), decimal("share"), SHOWN),
    MilitaryUse: filter_set(MilitaryUse, link("company", Company), decimal("share"), SHOWN),
    LearnedUse: filter_set(
        LearnedUse,
        link("company", Company),
        decimal("share"),
        {"is_synthetic": df.BooleanFilter("learning__is_synthetic")},
        page=("share__gte",),
    ),
    RouteParameter: filter_set(
        RouteParameter,
        text("name"),
        text("source"),
        page=("name__contains",),
    ),
    ControlDate: filter_set(ControlDate, text("date"), text("jurisdiction"), text("event")),
}


def filter_rows(rows: models.QuerySet[Any], question: Any, *, user: Any, only_asked: bool = False) -> RecordFilterSet:
    """The bound FilterSet of a list: ask it for `problems()` first, then for `.qs`.

    Without a form to show, take `only_asked`: the same answer from the filters that the question names alone.
    """
    return FILTERS[rows.model](question, queryset=rows, user=user, only_asked=only_asked)
