"""Every curated table: what to search by, what to filter by, which links are typed and not chosen from a list."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from components.admin.base import CuratedAdmin
from components.models import (
    Assembly,
    Citation,
    CitedParty,
    Component,
    EvidentiaryOrigin,
    Identification,
    Manufacturer,
    ManufacturerAlias,
    Ownership,
    Part,
    PartCategory,
    PartRelation,
    Photo,
    Source,
    Teardown,
    Weapon,
    WeaponModel,
)


@admin.register(WeaponModel)
class WeaponModelAdmin(CuratedAdmin):
    list_display = ("name", "kind", "country", "is_synthetic")
    list_filter = ("kind", "is_synthetic")
    list_select_related = ("country",)
    search_fields = ("name", "also_known_as")
    autocomplete_fields = ("country",)


@admin.register(Weapon)
class WeaponAdmin(CuratedAdmin):
    list_display = ("label", "model", "serial_number", "recovered", "visibility", "is_synthetic")
    list_filter = ("visibility", "is_synthetic")
    list_select_related = ("model",)
    search_fields = ("label", "serial_number", "recovered_place")
    autocomplete_fields = ("model", "made_in", "used_by")


@admin.register(Teardown)
class TeardownAdmin(CuratedAdmin):
    list_display = ("weapon", "examined", "examined_by", "visibility", "is_synthetic")
    list_filter = ("visibility", "is_synthetic")
    list_select_related = ("weapon",)
    search_fields = ("examined_by", "weapon__label")
    autocomplete_fields = ("weapon",)


@admin.register(Assembly)
class AssemblyAdmin(CuratedAdmin):
    list_display = ("name", "weapon", "parent", "designation", "visibility", "is_synthetic")
    list_filter = ("visibility", "is_synthetic")
    list_select_related = ("weapon", "parent")
    search_fields = ("name", "designation", "weapon__label")
    autocomplete_fields = ("weapon", "parent")


@admin.register(Component)
class ComponentAdmin(CuratedAdmin):
    list_display = ("__str__", "weapon", "designator", "marking_state", "quantity", "visibility", "is_synthetic")
    list_filter = ("marking_state", "visibility", "is_synthetic")
    list_select_related = ("weapon",)
    search_fields = ("published_name", "marking", "designator", "weapon__label")
    raw_id_fields = ("weapon", "teardown", "assembly")


@admin.register(Identification)
class IdentificationAdmin(CuratedAdmin):
    """The maker follows from the part; which judgement is current is chosen on the component's page."""

    list_display = ("__str__", "component", "is_current", "confidence", "method", "identified_by", "visibility")
    list_filter = ("is_current", "confidence", "method", "visibility", "is_synthetic")
    list_select_related = ("component", "manufacturer", "part__manufacturer")
    search_fields = ("manufacturer__name", "part__mpn", "identified_by")
    raw_id_fields = ("component",)
    autocomplete_fields = ("manufacturer", "part", "package_country")


@admin.register(CitedParty)
class CitedPartyAdmin(CuratedAdmin):
    list_display = ("name", "role", "component", "is_synthetic")
    list_filter = ("role", "is_synthetic")
    list_select_related = ("component",)
    search_fields = ("name",)
    raw_id_fields = ("component",)


@admin.register(Manufacturer)
class ManufacturerAdmin(CuratedAdmin):
    list_display = ("name", "country", "merged_into", "is_synthetic")
    list_filter = ("is_synthetic",)
    list_select_related = ("country", "merged_into")
    search_fields = ("name", "aliases__name")
    autocomplete_fields = ("country",)


@admin.register(ManufacturerAlias)
class ManufacturerAliasAdmin(CuratedAdmin):
    list_display = ("name", "manufacturer", "is_synthetic")
    list_select_related = ("manufacturer",)
    search_fields = ("name", "manufacturer__name")
    autocomplete_fields = ("manufacturer",)


@admin.register(Ownership)
class OwnershipAdmin(CuratedAdmin):
    list_display = ("owned", "owner", "acquired", "ended", "is_synthetic")
    list_select_related = ("owned", "owner")
    search_fields = ("owned__name", "owner__name")
    autocomplete_fields = ("owned", "owner")


@admin.register(PartCategory)
class PartCategoryAdmin(CuratedAdmin):
    list_display = ("name", "parent", "is_synthetic")
    list_select_related = ("parent",)
    search_fields = ("name",)
    autocomplete_fields = ("parent",)


@admin.register(Part)
class PartAdmin(CuratedAdmin):
    list_display = ("mpn", "manufacturer", "category", "hs_code", "eccn", "is_synthetic")
    list_filter = ("is_synthetic",)
    list_select_related = ("manufacturer", "category")
    search_fields = ("mpn", "mpn_key", "manufacturer__name")
    autocomplete_fields = ("manufacturer", "category")


@admin.register(PartRelation)
class PartRelationAdmin(CuratedAdmin):
    list_display = ("part", "kind", "other", "is_synthetic")
    list_filter = ("kind",)
    list_select_related = ("part__manufacturer", "other__manufacturer")
    search_fields = ("part__mpn", "other__mpn")
    autocomplete_fields = ("part", "other")


@admin.register(Photo)
class PhotoAdmin(CuratedAdmin):
    """Photos are added on the page of what they show, where the file is examined."""

    list_display = ("__str__", "file_name", "weapon", "assembly", "component", "visibility", "is_synthetic")
    list_filter = ("visibility", "is_synthetic")
    list_select_related = ("weapon", "assembly", "component")
    search_fields = ("caption", "credit", "digest")
    raw_id_fields = ("weapon", "assembly", "component", "source")

    def has_add_permission(self, request: HttpRequest, *_: Any) -> bool:
        return False


@admin.register(EvidentiaryOrigin)
class EvidentiaryOriginAdmin(CuratedAdmin):
    list_display = ("name", "is_synthetic")
    search_fields = ("name",)


@admin.register(Source)
class SourceAdmin(CuratedAdmin):
    list_display = ("title", "kind", "publisher", "published", "visibility", "is_synthetic")
    list_filter = ("kind", "visibility", "is_synthetic")
    search_fields = ("title", "publisher", "url")
    autocomplete_fields = ("origin",)


@admin.register(Citation)
class CitationAdmin(CuratedAdmin):
    list_display = ("source", "record_type", "record_id", "field", "published_value", "basis", "confidence")
    list_filter = ("basis", "confidence", "record_type")
    list_select_related = ("source", "record_type")
    search_fields = ("source__title", "field", "published_value")
    raw_id_fields = ("source",)
