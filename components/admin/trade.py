"""Datasets, companies and trade statistics: what a person says of them may be changed, their rows never."""

from django.contrib import admin

from components.admin.base import AdministratorsOnly, CuratedAdmin, ReadOnly
from components.models import Company, CompanyMatch, ControlDate, Dataset, DatasetFile, DeclaredParty, TradeFlow


@admin.register(Dataset)
class DatasetAdmin(CuratedAdmin):
    list_display = ("title", "kind", "source", "row_count", "visibility", "is_synthetic")
    list_filter = ("kind", "visibility", "is_synthetic")
    list_select_related = ("source",)
    search_fields = ("title", "digest")
    raw_id_fields = ("source",)


@admin.register(Company)
class CompanyAdmin(CuratedAdmin):
    list_display = ("name", "country", "tax_number", "merged_into", "is_synthetic")
    list_filter = ("is_synthetic",)
    list_select_related = ("country", "merged_into")
    search_fields = ("name", "tax_number")
    autocomplete_fields = ("country",)


@admin.register(DatasetFile)
class DatasetFileAdmin(ReadOnly):
    list_display = ("dataset", "name", "row_count", "byte_count", "digest")
    list_select_related = ("dataset",)


@admin.register(DeclaredParty)
class DeclaredPartyAdmin(ReadOnly):
    list_display = ("name", "country_code", "tax_number", "company", "dataset", "resolved_by")
    list_select_related = ("company", "dataset")
    search_fields = ("name", "tax_number")


@admin.register(CompanyMatch)
class CompanyMatchAdmin(ReadOnly):
    list_display = ("first", "second", "score", "state", "reviewed_by", "reviewed_at")
    list_filter = ("state",)
    list_select_related = ("first", "second", "reviewed_by")


@admin.register(TradeFlow)
class TradeFlowAdmin(ReadOnly):
    list_display = ("period", "reporter_declared", "flow", "partner_declared", "hs_code", "value_usd", "dataset")
    list_filter = ("flow",)
    list_select_related = ("dataset",)
    search_fields = ("hs_code", "period")


@admin.register(ControlDate)
class ControlDateAdmin(AdministratorsOnly):
    list_display = ("date", "jurisdiction", "event")
    list_filter = ("jurisdiction",)
    search_fields = ("event",)
