"""The answers to faults: a problem under /api/, elsewhere a page that needs neither database nor session."""

import sys
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.views import defaults

from components.api.problems import MEDIA_TYPE, problem
from components.api.renderers import as_json
from components.operation.databases import is_away
from components.operation.logs import request_id

API = "/api/"
RETRY_SECONDS = 30  # a database that restarts is back by then
SAID = {
    HTTPStatus.INTERNAL_SERVER_ERROR: "The fault is on our side, and it was logged. Nothing was stored in part.",
    HTTPStatus.SERVICE_UNAVAILABLE: "The database does not answer at the moment. Nothing was stored. Try again soon.",
}


def server_error(request: HttpRequest, *_: Any) -> HttpResponse:
    """500, or 503 with Retry-After where the exception that is being handled says that the database is away."""
    away = is_away(sys.exc_info()[1])
    status = HTTPStatus.SERVICE_UNAVAILABLE if away else HTTPStatus.INTERNAL_SERVER_ERROR
    response = _as_problem(status) if request.path_info.startswith(API) else _as_page(status)
    if away:
        response.headers["Retry-After"] = str(RETRY_SECONDS)
    response.headers["Cache-Control"] = "no-store"
    return response


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400 for what Django refuses before a view is asked, such as an unknown host."""
    if not request.path_info.startswith(API):
        return defaults.bad_request(request, exception)
    content = problem(HTTPStatus.BAD_REQUEST, {"detail": "The request is malformed."})
    return HttpResponse(as_json(content), content_type=MEDIA_TYPE, status=HTTPStatus.BAD_REQUEST)


def _as_problem(status: HTTPStatus) -> HttpResponse:
    content = problem(status, {"detail": SAID[status]}) | {"request_id": request_id.get()}
    return HttpResponse(as_json(content), content_type=MEDIA_TYPE, status=status)


def _as_page(status: HTTPStatus) -> HttpResponse:
    page = loader.get_template(f"{status.value}.html")  # without a request, no context processor asks who is signed in
    return HttpResponse(page.render({"request_id": request_id.get()}), status=status)
