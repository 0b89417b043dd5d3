"""What may be sent: JSON, strictly; uploads are parsed where they are taken."""

from typing import Any

import orjson
from django.conf import settings
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser


class BodyTooLarge(APIException):
    """The body is longer than the server reads into memory."""

    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is too large."
    default_code = "too_large"


class StrictJSONParser(BaseParser):
    """One JSON object in UTF-8. NaN, lone surrogates and repeated byte-order marks are not JSON and are refused."""

    media_type = "application/json"

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> dict[str, Any]:
        body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise BodyTooLarge
        try:
            content = orjson.loads(body)
        except orjson.JSONDecodeError as problem:
            raise ParseError(f"The body is not JSON: {problem}") from problem
        if not isinstance(content, dict):
            raise ParseError("The body must be one JSON object.")
        return content
