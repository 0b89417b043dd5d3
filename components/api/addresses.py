"""The address of every list and record, and the model behind it."""

from typing import Any

from django.db import models
from django.http import QueryDict
from django.urls import reverse
from rest_framework.request import Request

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

ADDRESSES: dict[type[models.Model], str] = {
    Weapon: "weapons",
    WeaponModel: "weapon-models",
    Teardown: "teardowns",
    Assembly: "assemblies",
    Component: "components",
    Identification: "identifications",
    CitedParty: "cited-parties",
    Manufacturer: "manufacturers",
    ManufacturerAlias: "manufacturer-aliases",
    Ownership: "ownerships",
    PartCategory: "part-categories",
    Part: "parts",
    PartRelation: "part-relations",
    Photo: "photos",
    EvidentiaryOrigin: "origins",
    Source: "sources",
    Citation: "citations",
    ImportBatch: "imports",
    Country: "countries",
    HSHeading: "hs-headings",
    PriorityItem: "priority-items",
    Dataset: "datasets",
    Company: "companies",
    DeclaredParty: "declared-parties",
    CompanyMatch: "company-matches",
    TradeFlow: "trade-flows",
    ControlDate: "control-dates",
    Link: "links",
    Route: "routes",
    Leg: "legs",
    Coverage: "coverages",
    MilitaryUse: "military-uses",
    LearnedUse: "learned-uses",
    RouteParameter: "route-parameters",
}


def record_url(request: Request, model: type[models.Model], pk: Any) -> str:
    """The absolute address of one record."""
    return request.build_absolute_uri(reverse(f"api:{ADDRESSES[model]}-detail", args=[pk]))


def list_url(request: Request, model: type[models.Model], /, **filters: Any) -> str:
    """The absolute address of a list under filters."""
    question = QueryDict(mutable=True)
    question.update({name: str(value) for name, value in filters.items()})
    address = reverse(f"api:{ADDRESSES[model]}-list")
    return request.build_absolute_uri(f"{address}?{question.urlencode()}" if filters else address)


def page_url(record: models.Model) -> str | None:
    """The path of the page that shows a record; None for records without one."""
    address = getattr(record, "get_absolute_url", None)
    return None if address is None else str(address())
