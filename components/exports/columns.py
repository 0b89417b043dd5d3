"""The columns of every list: the JSON key, the CSV heading and the page heading of one value."""

from dataclasses import dataclass
from typing import Literal

from django.db import models

from components.models import (
    Assembly,
    Citation,
    CitedParty,
    Component,
    Country,
    EvidentiaryOrigin,
    HSHeading,
    Identification,
    ImportBatch,
    Manufacturer,
    ManufacturerAlias,
    Ownership,
    Part,
    PartCategory,
    PartRelation,
    Photo,
    PriorityItem,
    Source,
    Teardown,
    Weapon,
    WeaponModel,
)

Kind = Literal["integer", "text", "date", "datetime", "boolean", "number"]


@dataclass(frozen=True)
class Column:
    """One value of a row: its name everywhere, where the database has it, and what kind of value it is."""

    name: str
    path: str
    kind: Kind = "text"

    @property
    def title(self) -> str:
        """The heading on a page."""
        return HEADINGS.get(self.name) or self.name.removesuffix("_name").replace("_", " ").capitalize()


HEADINGS = {
    "id": "ID",
    "mpn": "Part number",
    "part_mpn": "Part",
    "hs_code": "HS code",
    "hs6": "HS-6",
    "eccn": "ECCN",
    "url": "URL",
    "digest": "SHA-256",
    "is_synthetic": "Synthetic",
    "manufacturer_country": "Maker's country",
}


def plain(name: str, kind: Kind = "text") -> Column:
    """A column that the table itself has under the same name."""
    return Column(name, name, kind)


def vague(name: str, path: str = "") -> tuple[Column, ...]:
    """A vague date: the EDTF text with its earliest and latest day."""
    path = path or name
    return (
        Column(name, path),
        Column(f"{name}_earliest", f"{path}_earliest", "date"),
        Column(f"{name}_latest", f"{path}_latest", "date"),
    )


ID = plain("id", "integer")
SYNTHETIC = plain("is_synthetic", "boolean")
UPDATED = plain("updated_at", "datetime")
VISIBILITY = plain("visibility")

COLUMNS: dict[type[models.Model], tuple[Column, ...]] = {
    Weapon: (
        ID,
        plain("label"),
        Column("model", "model_id", "integer"),
        Column("model_name", "model__name"),
        plain("serial_number"),
        Column("made_in", "made_in_id"),
        Column("used_by", "used_by_id"),
        *vague("recovered"),
        plain("recovered_place"),
        Column("latitude", "shown_latitude", "number"),
        Column("longitude", "shown_longitude", "number"),
        plain("notes"),
        VISIBILITY,
        SYNTHETIC,
        UPDATED,
    ),
    WeaponModel: (
        ID,
        plain("name"),
        plain("kind"),
        Column("country", "country_id"),
        plain("also_known_as"),
        plain("notes"),
        SYNTHETIC,
        UPDATED,
    ),
    Teardown: (
        ID,
        Column("weapon", "weapon_id", "integer"),
        Column("weapon_label", "weapon__label"),
        *vague("examined"),
        plain("examined_by"),
        plain("place"),
        plain("method"),
        plain("notes"),
        VISIBILITY,
        SYNTHETIC,
        UPDATED,
    ),
    Assembly: (
        ID,
        Column("weapon", "weapon_id", "integer"),
        Column("weapon_label", "weapon__label"),
        Column("parent", "parent_id", "integer"),
        plain("name"),
        plain("designation"),
        plain("function"),
        plain("notes"),
        VISIBILITY,
        SYNTHETIC,
        UPDATED,
    ),
    Component: (
        ID,
        Column("weapon", "weapon_id", "integer"),
        Column("weapon_label", "weapon__label"),
        Column("teardown", "teardown_id", "integer"),
        Column("assembly", "assembly_id", "integer"),
        plain("designator"),
        plain("quantity", "integer"),
        plain("marking"),
        plain("marking_state"),
        plain("published_name"),
        plain("function"),
        Column("identification", "current_identification", "integer"),
        Column("manufacturer", "current_maker", "integer"),
        Column("manufacturer_name", "current_maker_name"),
        Column("manufacturer_country", "current_country"),
        Column("part", "current_part", "integer"),
        Column("part_mpn", "current_mpn"),
        Column("confidence", "current_confidence"),
        *vague("made", "current_made"),
        VISIBILITY,
        SYNTHETIC,
        UPDATED,
    ),
    Identification: (
        ID,
        Column("component", "component_id", "integer"),
        Column("manufacturer", "manufacturer_id", "integer"),
        Column("manufacturer_name", "manufacturer__name"),
        Column("part", "part_id", "integer"),
        Column("part_mpn", "part__mpn"),
        plain("is_current", "boolean"),
        plain("date_code"),
        *vague("made"),
        plain("lot_code"),
        Column("package_country", "package_country_id"),
        plain("authenticity"),
        plain("confidence"),
        plain("method"),
        plain("identified_by"),
        plain("identified"),
        plain("reasons"),
        VISIBILITY,
        SYNTHETIC,
        UPDATED,
    ),
    CitedParty: (
        ID,
        Column("component", "component_id", "integer"),
        plain("name"),
        plain("role"),
        SYNTHETIC,
        UPDATED,
    ),
    Manufacturer: (
        ID,
        plain("name"),
        Column("country", "country_id"),
        Column("merged_into", "merged_into_id", "integer"),
        plain("website"),
        plain("notes"),
        SYNTHETIC,
        UPDATED,
    ),
    ManufacturerAlias: (
        ID,
        Column("manufacturer", "manufacturer_id", "integer"),
        Column("manufacturer_name", "manufacturer__name"),
        plain("name"),
        SYNTHETIC,
        UPDATED,
    ),
    Ownership: (
        ID,
        Column("owned", "owned_id", "integer"),
        Column("owned_name", "owned__name"),
        Column("owner", "owner_id", "integer"),
        Column("owner_name", "owner__name"),
        *vague("acquired"),
        *vague("ended"),
        plain("notes"),
        SYNTHETIC,
        UPDATED,
    ),
    PartCategory: (
        ID,
        plain("name"),
        Column("parent", "parent_id", "integer"),
        SYNTHETIC,
        UPDATED,
    ),
    Part: (
        ID,
        plain("mpn"),
        plain("mpn_key"),
        plain("base_key"),
        Column("manufacturer", "manufacturer_id", "integer"),
        Column("manufacturer_name", "manufacturer__name"),
        Column("category", "category_id", "integer"),
        Column("category_name", "category__name"),
        plain("description"),
        plain("hs_code"),
        plain("eccn"),
        plain("datasheet_url"),
        *vague("introduced"),
        *vague("last_sale"),
        plain("notes"),
        SYNTHETIC,
        UPDATED,
    ),
    PartRelation: (
        ID,
        Column("part", "part_id", "integer"),
        Column("part_mpn", "part__mpn"),
        plain("kind"),
        Column("other", "other_id", "integer"),
        Column("other_mpn", "other__mpn"),
        SYNTHETIC,
        UPDATED,
    ),
    Photo: (
        ID,
        Column("weapon", "weapon_id", "integer"),
        Column("assembly", "assembly_id", "integer"),
        Column("component", "component_id", "integer"),
        plain("digest"),
        plain("mime"),
        plain("width", "integer"),
        plain("height", "integer"),
        plain("byte_count", "integer"),
        plain("caption"),
        plain("credit"),
        plain("licence"),
        Column("source", "shown_source", "integer"),
        VISIBILITY,
        SYNTHETIC,
        UPDATED,
    ),
    EvidentiaryOrigin: (ID, plain("name"), plain("notes"), SYNTHETIC, UPDATED),
    Source: (
        ID,
        plain("title"),
        plain("kind"),
        plain("publisher"),
        plain("url"),
        *vague("published"),
        plain("retrieved_on", "date"),
        plain("licence"),
        Column("origin", "origin_id", "integer"),
        Column("origin_name", "origin__name"),
        plain("notes"),
        VISIBILITY,
        SYNTHETIC,
        UPDATED,
    ),
    Citation: (
        ID,
        Column("source", "source_id", "integer"),
        Column("source_title", "source__title"),
        Column("record_type", "record_type__model"),
        plain("record_id", "integer"),
        plain("field"),
        plain("published_value"),
        plain("place"),
        plain("basis"),
        plain("confidence"),
        plain("notes"),
        SYNTHETIC,
        UPDATED,
    ),
    ImportBatch: (
        ID,
        plain("format"),
        plain("file_name"),
        plain("digest"),
        plain("status"),
        plain("visibility"),
        plain("created_at", "datetime"),
        plain("committed_at", "datetime"),
        plain("undone_at", "datetime"),
    ),
    Country: (
        plain("alpha2"),
        plain("alpha3"),
        plain("name"),
        plain("name_ru"),
        plain("name_zh"),
    ),
    HSHeading: (plain("code"), Column("parent", "parent_id"), plain("description"), plain("attribution")),
    PriorityItem: (
        ID,
        plain("hs6"),
        plain("tier"),
        plain("description"),
        plain("list_version", "date"),
        plain("attribution"),
    ),
}
