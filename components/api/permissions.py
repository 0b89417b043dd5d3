"""Who may ask at all; what may be done to one record is said by `components.curation.permissions`."""

from typing import Any

from django.core.exceptions import PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from components.curation.permissions import may_add
from components.models import ApiToken
from components.models.visibility import is_insider


def require_writable_token(request: Request) -> None:
    """Raise PermissionDenied where something is to change and the token is for reading only."""
    token = request.auth
    if request.method not in SAFE_METHODS and isinstance(token, ApiToken) and token.is_read_only:
        raise PermissionDenied("This token is for reading only.")


class ByRole(BasePermission):
    """Reading is open to everybody, who then see what is theirs to see; writing needs a role that may add."""

    message = "Your role does not allow you to change anything."

    def has_permission(self, request: Request, view: Any) -> bool:
        require_writable_token(request)
        return request.method in SAFE_METHODS or may_add(request.user)


class Insiders(ByRole):
    """Researchers and above, for reading too."""

    message = "Only researchers, editors and administrators may read this."

    def has_permission(self, request: Request, view: Any) -> bool:
        return super().has_permission(request, view) and is_insider(request.user)


class SignedIn(BasePermission):
    """Any account, for what is its own."""

    def has_permission(self, request: Request, view: Any) -> bool:
        require_writable_token(request)
        return bool(request.user and request.user.is_authenticated)
