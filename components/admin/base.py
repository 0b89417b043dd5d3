"""What every admin shares: administrators only, every change with who and why in the history."""

from typing import Any

from django.contrib import admin
from django.db import models
from django.http import HttpRequest
from simple_history.admin import SimpleHistoryAdmin

from components.choices import Role
from components.models.curated import Curated, stamp
from components.models.visibility import role_of

WHY = "changed in the administration"


class AdministratorsOnly(admin.ModelAdmin):  # type: ignore[type-arg]
    """Whoever is no administrator sees nothing here, whatever else the account may do."""

    list_per_page = 50
    show_full_result_count = False

    def _is_allowed(self, request: HttpRequest) -> bool:
        return role_of(request.user) == Role.ADMINISTRATOR

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._is_allowed(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_allowed(request)

    def has_add_permission(self, request: HttpRequest, *_: Any) -> bool:
        return self._is_allowed(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_allowed(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._is_allowed(request)


class ReadOnly(AdministratorsOnly):
    """Rows that only a command or an import writes."""

    def has_add_permission(self, request: HttpRequest, *_: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class CuratedAdmin(AdministratorsOnly, SimpleHistoryAdmin):
    """A curated table. What rules decide (visibility, keys, who is merged into whom) is shown and not changed here."""

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        fixed = [field.name for field in self.model._meta.concrete_fields if not field.editable and field.name != "id"]
        return (*fixed, *super().get_readonly_fields(request, obj))

    def save_model(self, request: HttpRequest, obj: Curated, form: Any, change: bool) -> None:
        """Stamped with the person; a new row also names its author."""
        if not change:
            obj.created_by = request.user  # type: ignore[assignment]
        stamp(obj, user=request.user, why=WHY if change else "added in the administration")
        super().save_model(request, obj, form, change)

    def delete_model(self, request: HttpRequest, obj: Curated) -> None:
        stamp(obj, user=request.user, why="deleted in the administration")
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet[Any]) -> None:
        """One by one, so that each leaves its history with who and why."""
        for row in queryset:
            self.delete_model(request, row)
