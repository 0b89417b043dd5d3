"""How many pages one person may open in a time: visitors by their address, people signed in by their account."""

from collections.abc import Callable
from math import ceil
from typing import Any

from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework.throttling import SimpleRateThrottle

TIMES_FOR_MEMBERS = 10  # whoever is signed in is known, and works in many tabs
NEVER = ("/api/", "/healthz", "/readyz")  # the API counts for itself; a monitor must always be answered
IMAGES = {"photo-file"}  # a page of photos is one page


class PageThrottle(SimpleRateThrottle):
    """Pages at the rate of the setting `FORENSICS_VISITOR_RATE`, ten times that for people who are signed in."""

    cache = caches["visits"]
    scope = "visitor"
    num_requests: int

    def get_cache_key(self, request: Any, view: Any) -> str:
        """Of an account or an address; apart from the requests of the API."""
        if request.user.is_authenticated:
            self.num_requests *= TIMES_FOR_MEMBERS
            return f"throttle_pages_of_account_{request.user.pk}"
        return f"throttle_pages_of_address_{self.get_ident(request)}"


class PageThrottling:
    """Answers 429 in words, with the seconds to wait in `Retry-After`."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: Any) -> HttpResponse | None:
        """The refusal, or None where the page may be opened."""
        name = request.resolver_match.url_name if request.resolver_match else ""
        if request.path.startswith(NEVER) or name in IMAGES:
            return None
        throttle = PageThrottle()
        if throttle.allow_request(request, None):  # type: ignore[arg-type]
            return None
        seconds = ceil(throttle.wait() or 1)
        minutes = ceil(seconds / 60)
        response = render(request, "too_many_pages.html", {"minutes": minutes}, status=429)
        response["Retry-After"] = str(seconds)
        return response
