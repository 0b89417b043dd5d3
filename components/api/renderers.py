"""Answers as JSON; there is no other representation but the files of an export."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import orjson
from django.utils.functional import Promise
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request

# Seconds of UTC end in Z, as RFC 3339 writes them and the JSON Lines export does.
OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NON_STR_KEYS


def as_json(content: Any) -> bytes:
    """UTF-8 JSON. Times end in Z; a decimal is a text with all its digits, a coordinate is a number."""
    return orjson.dumps(content, default=_plain, option=OPTIONS)


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal | Promise):
        return str(value)
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, list | set | frozenset):
        return list(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


class JSONRenderer(BaseRenderer):
    """`application/json`, or whatever media type the answer names, such as `application/problem+json`."""

    media_type = "application/json"
    format = "json"
    charset = None
    render_style = "binary"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> bytes:
        return b"" if data is None else as_json(data)


class JSONAlways(DefaultContentNegotiation):
    """JSON whatever `Accept` says (RFC 9110, section 12.5.1, allows it); `?format=` is for exports alone."""

    def select_renderer(self, request: Request, renderers: Any, format_suffix: str | None = None) -> tuple[Any, str]:
        return renderers[0], renderers[0].media_type
