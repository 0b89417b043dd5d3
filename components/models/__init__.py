"""The tables of the product and the reads of them; no rule that writes lives here."""

from components.models.accounts import ApiToken, User
from components.models.catalogue import (
    Manufacturer,
    ManufacturerAlias,
    Ownership,
    Part,
    PartCategory,
    PartRelation,
)
from components.models.evidence import Photo
from components.models.intake import ImportBatch, ImportMapping, ImportRow, MediaFile
from components.models.provenance import Citation, EvidentiaryOrigin, Source
from components.models.reference import Country, HSHeading, PriorityItem
from components.models.tracing import (
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
from components.models.trade import (
    Company,
    CompanyMatch,
    ControlDate,
    Dataset,
    DatasetFile,
    DeclaredParty,
    TradeFlow,
)
from components.models.weapons import (
    Assembly,
    CitedParty,
    Component,
    Identification,
    Teardown,
    Weapon,
    WeaponModel,
)

__all__ = [
    "ApiToken",
    "Assembly",
    "Citation",
    "CitedParty",
    "Company",
    "CompanyMatch",
    "Component",
    "ControlDate",
    "Country",
    "Coverage",
    "Dataset",
    "DatasetFile",
    "DeclaredParty",
    "EvidentiaryOrigin",
    "HSHeading",
    "Identification",
    "ImportBatch",
    "ImportMapping",
    "ImportRow",
    "LearnedUse",
    "Learning",
    "Leg",
    "Link",
    "LinkBuild",
    "Manufacturer",
    "ManufacturerAlias",
    "MediaFile",
    "MilitaryUse",
    "Ownership",
    "Part",
    "PartCategory",
    "PartRelation",
    "Photo",
    "PriorityItem",
    "Route",
    "RouteParameter",
    "Source",
    "Teardown",
    "Trace",
    "TradeFlow",
    "User",
    "Weapon",
    "WeaponModel",
]
