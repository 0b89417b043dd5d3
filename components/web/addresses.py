"""The address of every list and record that has pages, and the words they are called by."""

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.urls import reverse

from components.models import (
    Assembly,
    Citation,
    CitedParty,
    Company,
    CompanyMatch,
    Component,
    Coverage,
    Dataset,
    DeclaredParty,
    EvidentiaryOrigin,
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
    Route,
    RouteParameter,
    Source,
    Teardown,
    TradeFlow,
    Weapon,
    WeaponModel,
)
from components.models.curated import Curated


@dataclass(frozen=True)
class Address:
    """How a model is named in addresses: `folder` begins its paths, `name` its URL names."""

    folder: str
    name: str


ADDRESSES: dict[type[models.Model], Address] = {
    Weapon: Address("weapons", "weapon"),
    WeaponModel: Address("weapon-models", "weapon-model"),
    Teardown: Address("teardowns", "teardown"),
    Assembly: Address("assemblies", "assembly"),
    Component: Address("components", "component"),
    Identification: Address("identifications", "identification"),
    CitedParty: Address("cited-parties", "cited-party"),
    Manufacturer: Address("manufacturers", "manufacturer"),
    ManufacturerAlias: Address("manufacturer-aliases", "manufacturer-alias"),
    Ownership: Address("ownerships", "ownership"),
    Part: Address("parts", "part"),
    PartCategory: Address("part-categories", "part-category"),
    PartRelation: Address("part-relations", "part-relation"),
    Photo: Address("photos", "photo"),
    Source: Address("sources", "source"),
    EvidentiaryOrigin: Address("origins", "origin"),
    Citation: Address("citations", "citation"),
    ImportBatch: Address("imports", "import"),
    Dataset: Address("datasets", "dataset"),
    Company: Address("companies", "company"),
    DeclaredParty: Address("declared-parties", "declared-party"),
    CompanyMatch: Address("company-matches", "company-match"),
    TradeFlow: Address("trade-flows", "trade-flow"),
    Link: Address("links", "link"),
    Route: Address("routes", "route"),
    Leg: Address("legs", "leg"),
    Coverage: Address("coverages", "coverage"),
    MilitaryUse: Address("military-uses", "military-use"),
    LearnedUse: Address("learned-uses", "learned-use"),
    RouteParameter: Address("route-parameters", "route-parameter"),
}
# Records without a list or page of their own: the list in which they are seen, and its filter by such a record.
SEEN_IN: dict[type[models.Model], tuple[type[models.Model], str]] = {
    PartCategory: (Part, "category"),
    EvidentiaryOrigin: (Source, "origin"),
}
# Records without a page of their own: the relation to the record on whose page they are seen.
SEEN_WITH: dict[type[models.Model], str] = {ManufacturerAlias: "manufacturer", PartRelation: "part"}
BY_FOLDER: dict[str, type[Curated]] = {
    address.folder: model for model, address in ADDRESSES.items() if issubclass(model, Curated)
}


def list_address(model: type[models.Model], query: str = "") -> str:
    """The path of a model's list, under a question; of a model without one, the list in which its records are seen."""
    model, _ = SEEN_IN.get(model, (model, ""))
    path = reverse(f"web:{ADDRESSES[model].name}-list")
    return f"{path}?{query}" if query else path


def action_address(row: models.Model, action: str) -> str:
    """The path of something that can be done with a record: edit, delete, history, visibility."""
    return reverse(f"web:{ADDRESSES[type(row)].name}-{action}", args=[row.pk])


def record_address(row: Any) -> str:
    """The path of the page on which a record is shown; "" for one that has none."""
    if type(row) in SEEN_IN:
        model, relation = SEEN_IN[type(row)]
        return list_address(model, f"{relation}={row.pk}")
    if type(row) in SEEN_WITH:
        return record_address(getattr(row, SEEN_WITH[type(row)]))
    address = getattr(row, "get_absolute_url", None)
    return str(address()) if address is not None else ""


def called(model: type[models.Model]) -> str:
    """What one record of the model is called, as a heading."""
    name = str(model._meta.verbose_name)
    return name[0].upper() + name[1:]


def called_many(model: type[models.Model]) -> str:
    """What several records of the model are called, within a sentence."""
    return str(model._meta.verbose_name_plural)
