"""One record with what belongs to it: every nested row comes from the list it would be shown in, for the same eyes."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.http import Http404
from rest_framework.request import Request

from components.api.addresses import ADDRESSES, list_url, page_url, record_url
from components.api.renderers import as_json
from components.exports.columns import COLUMNS, Column
from components.exports.rows import as_dicts, visible_rows
from components.models import (
    Assembly,
    Citation,
    CitedParty,
    Company,
    Component,
    Coverage,
    Dataset,
    DeclaredParty,
    EvidentiaryOrigin,
    Identification,
    ImportBatch,
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
    Source,
    Teardown,
    TradeFlow,
    Weapon,
    WeaponModel,
)
from components.models.curated import Curated
from components.models.visibility import is_insider

MOST_NESTED = 100  # rows of one collection inside a record; the rest are read from its list
MOST_LEVELS = 50  # of assemblies inside one another; more is a fault of the data

Row = dict[str, Any]


@dataclass(frozen=True)
class Collection:
    """Rows of another list that belong to a record: how many there are, where to read them, the first if embedded.

    `link` is the column of those rows that leads to the record, and the filter of their list.
    """

    name: str
    model: type[models.Model]
    link: str
    path: str = ""
    is_embedded: bool = False
    order: tuple[str, ...] = ("pk",)


def embedded(name: str, model: type[models.Model], link: str, *order: str) -> Collection:
    """A collection that is short as a rule, with its first rows inside the record."""
    return Collection(name, model, link, is_embedded=True, order=(*order, "pk"))


def linked(name: str, model: type[models.Model], link: str, path: str = "") -> Collection:
    """A collection that may be long, as a count and an address."""
    return Collection(name, model, link, path)


# What a detail shows of the record itself beyond the columns of its list.
FURTHER_COLUMNS: dict[type[models.Model], tuple[Column, ...]] = {
    Component: (Column("notes", "notes"),),
    Identification: (
        Column("identified_earliest", "identified_earliest", "date"),
        Column("identified_latest", "identified_latest", "date"),
    ),
}
CREATED = Column("created_at", "created_at", "datetime")
AUTHOR = Column("created_by", "created_by__username")

COLLECTIONS: dict[type[models.Model], tuple[Collection, ...]] = {
    Weapon: (
        embedded("teardowns", Teardown, "weapon", "examined_earliest"),
        embedded("assemblies", Assembly, "weapon", "name"),
        embedded("photos", Photo, "weapon"),
        linked("components", Component, "weapon"),
        linked("routes", Route, "of_weapon", "trace__weapon"),
    ),
    WeaponModel: (
        linked("routes", Route, "of_weapon_model", "trace__weapon_model"),
        linked("weapons", Weapon, "model"),
        linked("components", Component, "weapon_model", "weapon__model"),
    ),
    Teardown: (linked("components", Component, "teardown"),),
    Assembly: (
        embedded("children", Assembly, "parent", "name"),
        embedded("photos", Photo, "assembly"),
        linked("components", Component, "assembly"),
    ),
    Component: (
        embedded("identifications", Identification, "component", "-is_current"),
        embedded("parties", CitedParty, "component", "role", "name"),
        embedded("photos", Photo, "component"),
        linked("routes", Route, "of_component", "trace__component"),
        embedded("legs", Leg, "component", "position"),
    ),
    Manufacturer: (
        embedded("aliases", ManufacturerAlias, "manufacturer", "name"),
        embedded("owners", Ownership, "owned", "acquired_earliest"),
        embedded("acquisitions", Ownership, "owner", "acquired_earliest"),
        embedded("merged_from", Manufacturer, "merged_into", "name"),
        linked("parts", Part, "manufacturer"),
        linked("routes", Route, "of_manufacturer", "trace__manufacturer"),
        linked("components", Component, "manufacturer", "current_maker"),
    ),
    PartCategory: (embedded("children", PartCategory, "parent", "name"), linked("parts", Part, "category")),
    Part: (
        embedded("relations", PartRelation, "part", "kind"),
        embedded("relations_from", PartRelation, "other", "kind"),
        linked("links", Link, "part"),
        linked("routes", Route, "of_part", "trace__part"),
        embedded("legs", Leg, "part", "position"),
        linked("identifications", Identification, "part"),
        linked("components", Component, "part", "current_part"),
    ),
    EvidentiaryOrigin: (linked("sources", Source, "origin"),),
    Source: (linked("citations", Citation, "source"), linked("datasets", Dataset, "source")),
    Dataset: (
        linked("parties", DeclaredParty, "dataset"),
        linked("flows", TradeFlow, "dataset"),
        linked("links", Link, "dataset"),
        embedded("coverages", Coverage, "dataset"),
    ),
    Company: (
        embedded("merged_from", Company, "merged_into", "name"),
        linked("declared", DeclaredParty, "company"),
        linked("links_as_exporter", Link, "exporter"),
        linked("links_as_importer", Link, "importer"),
        embedded("military_uses", MilitaryUse, "company"),
    ),
}


def detail_columns(model: type[models.Model]) -> tuple[Column, ...]:
    """The columns of the record itself that its detail shows."""
    further = FURTHER_COLUMNS.get(model, ())
    return COLUMNS[model] + further + ((CREATED, AUTHOR) if issubclass(model, Curated) else ())


def relations(model: type[models.Model]) -> list[str]:
    """The columns that name one record of another list."""
    named = {field.name: field for field in model._meta.concrete_fields if field.related_model in ADDRESSES}
    return [column.name for column in detail_columns(model) if column.name in named]


def is_citable(model: type[models.Model]) -> bool:
    """Whether citations may support rows of this model."""
    return model._meta.model_name in Citation.CITABLE


class Detail:
    """Reads one record for the person who asks; raises Http404 for what that person may not see."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.user = request.user

    def read(self, model: type[models.Model], pk: Any) -> Row:
        """The record with its relations, collections and citations, as JSON values."""
        try:
            found = as_dicts(visible_rows(model, self.user).filter(pk=pk), detail_columns(model))
        except (TypeError, ValueError) as problem:
            raise Http404 from problem
        if not found:
            raise Http404
        record = found[0]
        if "created_by" in record and not is_insider(self.user):
            record["created_by"] = None
        return record | self._surroundings(model, pk, record) | self._addresses(model, pk)

    def _addresses(self, model: type[models.Model], pk: Any) -> Row:
        page = page_url(model._default_manager.get(pk=pk))
        html_url = None if page is None else self.request.build_absolute_uri(page)
        return {"api_url": record_url(self.request, model, pk), "html_url": html_url}

    def _surroundings(self, model: type[models.Model], pk: Any, record: Row) -> Row:
        around: Row = {"related": {name: self._related(model, name, record[name]) for name in relations(model)}}
        for collection in COLLECTIONS.get(model, ()):
            around |= self._collected(collection, pk)
        if is_citable(model):
            around |= self._cited(model, pk)
        return around | self._particulars(model, pk, record)

    def _related(self, model: type[models.Model], name: str, key: Any) -> Row | None:
        target = model._meta.get_field(name).related_model
        row = None if key is None else visible_rows(target, self.user).filter(pk=key).first()  # type: ignore[arg-type]
        return None if row is None else self._named(row)

    def _named(self, row: models.Model) -> Row:
        return {"id": row.pk, "label": str(row), "api_url": record_url(self.request, type(row), row.pk)}

    def _collected(self, collection: Collection, pk: Any) -> Row:
        name, model = collection.name, collection.model
        rows = visible_rows(model, self.user).filter(**{collection.path or collection.link: pk})
        address = list_url(self.request, model, **{collection.link: pk})
        if not collection.is_embedded:
            return {f"{name}_count": rows.count(), f"{name}_url": address}
        shown = as_dicts(rows.order_by(*collection.order)[:MOST_NESTED], COLUMNS[model])
        return {name: self._enriched(model, shown), f"{name}_url": address}

    def _enriched(self, model: type[models.Model], rows: list[Row]) -> list[Row]:
        """Nested identifications with their citations, nested photos with their files."""
        if model is Identification:
            cited = self._citations(model, [row["id"] for row in rows])
            return [row | {"citations": [each for each in cited if each["record_id"] == row["id"]]} for row in rows]
        if model is Photo:
            return [row | {"files": photo_files(self.request, row["id"])} for row in rows]
        return rows

    def _citations(self, model: type[models.Model], keys: Sequence[int]) -> list[Row]:
        record_type = ContentType.objects.get_for_model(model)
        rows = visible_rows(Citation, self.user).filter(record_type=record_type, record_id__in=keys)
        return as_dicts(rows.order_by("field", "pk")[:MOST_NESTED], COLUMNS[Citation])

    def _cited(self, model: type[models.Model], pk: int) -> Row:
        filters = {"record_type": model._meta.model_name, "record_id": pk}
        return {"citations": self._citations(model, [pk]), "citations_url": list_url(self.request, Citation, **filters)}

    def _particulars(self, model: type[models.Model], pk: Any, record: Row) -> Row:
        """What only this model's detail has."""
        if model is Component:
            return {"assembly_path": self._path(record["assembly"])}
        if model is Assembly:
            return {"assembly_path": self._path(record["parent"])}
        if model is Photo:
            return {"files": photo_files(self.request, pk), "original": self._original(pk)}
        if model is Citation:
            return {"record": self._record(record)}
        if model is ImportBatch:
            return {"report": ImportBatch.objects.values_list("report", flat=True).get(pk=pk)}
        return {}

    def _path(self, key: int | None) -> list[Row]:
        """The assemblies from the outermost to the given one."""
        path: list[Row] = []
        while key is not None and len(path) < MOST_LEVELS:
            row = visible_rows(Assembly, self.user).filter(pk=key).first()
            if row is None:
                break
            path.insert(0, self._named(row))
            key = row.parent_id
        return path

    def _record(self, citation: Row) -> Row | None:
        """The record a citation supports; None where it was deleted."""
        model = ContentType.objects.get_by_natural_key("components", citation["record_type"]).model_class()
        if model is None:
            return None
        row = visible_rows(model, self.user).filter(pk=citation["record_id"]).first()
        return None if row is None else self._named(row)

    def _original(self, pk: int) -> Row | None:
        """What the camera wrote: for insiders only, since it may say where and by whom the photo was taken."""
        if not is_insider(self.user):
            return None
        names = ("file_name", "taken_at", "camera", "latitude", "longitude", "exif")
        return dict(Photo.objects.values(*names).get(pk=pk))


def photo_files(request: Request, pk: int) -> dict[str, str | None]:
    """The addresses of a photo's files; of the original for insiders only."""
    address = f"{record_url(request, Photo, pk)}file/"
    return {
        "thumbnail": f"{address}?size=thumbnail",
        "screen": f"{address}?size=screen",
        "original": f"{address}?size=original" if is_insider(request.user) else None,
    }


def etag(record: Row) -> str:
    """The strong entity tag of a detail, with its quotes: 128 bits of a SHA-256 of all that it says."""
    return f'"{hashlib.sha256(as_json(record)).hexdigest()[:32]}"'
