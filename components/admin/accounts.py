"""Accounts and their tokens."""

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import Group
from django.http import HttpRequest

from components.admin.base import AdministratorsOnly
from components.models import ApiToken, User

# Shown to their owners alone, on the pages of the account.
admin.site.unregister([Group, EmailAddress, Authenticator, UserSession])


@admin.register(User)
class AccountAdmin(AdministratorsOnly, UserAdmin):  # type: ignore[type-arg]
    """Accounts with their role. An administrator needs “staff status” beside the role to reach these pages."""

    list_display = ("username", "role", "email", "is_active", "is_staff", "last_login")
    list_filter = ("role", "is_active")
    filter_horizontal = ()
    fieldsets = (
        (None, {"fields": ("username", "password", "role")}),
        ("Person", {"fields": ("first_name", "last_name", "email")}),
        ("Account", {"fields": ("is_active", "is_staff", "last_login", "date_joined", "password_set_at")}),
    )
    add_fieldsets = ((None, {"classes": ("wide",), "fields": ("username", "role", "password1", "password2")}),)
    readonly_fields = ("last_login", "date_joined", "password_set_at")

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        """Whoever had the account's address before must not be sent its links any more."""
        super().save_model(request, obj, form, change)
        EmailAddress.objects.filter(user=obj).exclude(email__iexact=obj.email).delete()


@admin.register(ApiToken)
class ApiTokenAdmin(AdministratorsOnly):
    """Tokens can be seen and ended here; they are made by their owners, who alone see the secret."""

    list_display = ("name", "user", "is_read_only", "created_at", "expires_at")
    list_filter = ("is_read_only",)
    list_select_related = ("user",)
    search_fields = ("name", "user__username")

    def has_add_permission(self, request: HttpRequest, *_: Any) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
