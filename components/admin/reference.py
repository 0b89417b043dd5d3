"""Reference data, and what imports did: to be looked at."""

from django.contrib import admin

from components.admin.base import AdministratorsOnly, ReadOnly
from components.models import Country, HSHeading, ImportBatch, ImportMapping, ImportRow, MediaFile, PriorityItem


@admin.register(Country)
class CountryAdmin(AdministratorsOnly):
    list_display = ("alpha2", "alpha3", "name", "name_ru", "name_zh")
    search_fields = ("alpha2", "alpha3", "name", "name_ru")


@admin.register(HSHeading)
class HSHeadingAdmin(AdministratorsOnly):
    list_display = ("code", "description")
    search_fields = ("code", "description")
    raw_id_fields = ("parent",)


@admin.register(PriorityItem)
class PriorityItemAdmin(AdministratorsOnly):
    list_display = ("hs6", "tier", "list_version", "description")
    list_filter = ("tier", "list_version")
    search_fields = ("hs6", "description")


@admin.register(ImportMapping)
class ImportMappingAdmin(AdministratorsOnly):
    list_display = ("name", "format")
    list_filter = ("format",)
    search_fields = ("name",)


@admin.register(ImportBatch)
class ImportBatchAdmin(ReadOnly):
    list_display = ("file_name", "format", "status", "visibility", "created_by", "created_at")
    list_filter = ("format", "status")
    list_select_related = ("created_by",)
    search_fields = ("file_name", "digest")


@admin.register(ImportRow)
class ImportRowAdmin(ReadOnly):
    list_display = ("batch", "line", "outcome", "record_type", "record_id", "note")
    list_filter = ("outcome",)
    list_select_related = ("batch",)
    search_fields = ("batch__file_name",)


@admin.register(MediaFile)
class MediaFileAdmin(ReadOnly):
    list_display = ("name", "byte_count", "digest", "created_at")
    search_fields = ("name", "digest")
