"""Headers of every answer: what caches may keep, and which devices of the reader a page may ask for."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.cache import patch_cache_control

NEVER_SHARED = ("private", "no-store")


class PrivacyHeaders:
    """Marks what is answered to a session or a token as private, and forbids pages the devices they do not use."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", settings.PERMISSIONS_POLICY)
        kept = response.headers.get("Cache-Control", "")
        if may_be_signed_in(request, response) and not any(word in kept for word in NEVER_SHARED):
            patch_cache_control(response, private=True)
        return response


def may_be_signed_in(request: HttpRequest, response: HttpResponseBase) -> bool:
    """Whether the request or its answer carries a session or a token; asks no table."""
    cookie = settings.SESSION_COOKIE_NAME
    return cookie in request.COOKIES or cookie in response.cookies or "Authorization" in request.headers
