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
from components.models.intake import ImportBatch, ImportMapping, ImportRow
from components.models.provenance import Citation, EvidentiaryOrigin, Source
from components.models.reference import Country, HSHeading, PriorityItem
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
    "Dataset",
    "DatasetFile",
    "DeclaredParty",
    "EvidentiaryOrigin",
    "HSHeading",
    "Identification",
    "ImportBatch",
    "ImportMapping",
    "ImportRow",
    "Manufacturer",
    "ManufacturerAlias",
    "Ownership",
    "Part",
    "PartCategory",
    "PartRelation",
    "Photo",
    "PriorityItem",
    "Source",
    "Teardown",
    "TradeFlow",
    "User",
    "Weapon",
    "WeaponModel",
]
