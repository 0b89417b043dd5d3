"""Optimistic concurrency: a change says which version of a record it was made from (RFC 9110, section 13)."""

from django.utils.http import parse_etags
from rest_framework.request import Request

from components.api.problems import PreconditionFailed, PreconditionRequired


def is_unchanged(request: Request, tag: str) -> bool:
    """Whether If-None-Match names this version, so that the client need not be sent it again."""
    known = [each.removeprefix("W/") for each in parse_etags(request.headers.get("If-None-Match", ""))]
    return tag in known or "*" in known


def require_match(request: Request, tag: str) -> None:
    """Raise PreconditionRequired without If-Match, PreconditionFailed where it does not name this version.

    Call it while the record is locked, with the tag of what is stored now.
    """
    condition = request.headers.get("If-Match")
    if condition is None:
        raise PreconditionRequired
    expected = parse_etags(condition)
    if tag not in expected and "*" not in expected:
        raise PreconditionFailed
