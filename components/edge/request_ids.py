"""Each request has an id, the same in the answer, on the page of a fault and in the log."""

import re
import uuid
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from components.operation.logs import request_id

HEADER = "X-Request-ID"
WELL_FORMED = re.compile(r"[A-Za-z0-9._-]{8,64}")


class RequestId:
    """Takes the id that a proxy gave where it is well formed (8 to 64 letters, digits, `.`, `_`, `-`), or makes one."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get(HEADER, "")
        # It is not taken away at the end: a streamed answer is made after this has returned, and may fail as well.
        request_id.set(given if WELL_FORMED.fullmatch(given) else uuid.uuid4().hex)
        response = self.get_response(request)
        response.headers[HEADER] = request_id.get()
        return response
