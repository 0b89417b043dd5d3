"""Errors as problem details (RFC 9457): what is wrong, and for each field or parameter why."""

from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, SuspiciousOperation
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db import IntegrityError
from django.db.models import ProtectedError, RestrictedError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError, ValidationError
from rest_framework.response import Response
from rest_framework.views import exception_handler

from components.api.renderers import as_json
from components.curation.stored_files import FileAltered
from components.deadlines import TOO_LONG, is_out_of_time
from components.exports.files import TooManyRows
from components.photos import PhotoRefused
from components.storage import DISK_FULL, is_full

MEDIA_TYPE = "application/problem+json"
Errors = list[dict[str, Any]]


class Conflict(APIException):
    """The state of the records does not admit the change."""

    status_code = status.HTTP_409_CONFLICT
    default_detail = "The records as they are do not admit this."
    default_code = "conflict"


class PreconditionFailed(APIException):
    """Somebody changed the record since it was read."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_detail = "The record was changed since you read it: read it again and repeat the change."
    default_code = "precondition_failed"


class PreconditionRequired(APIException):
    """The change does not say which version of the record it was made from."""

    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_detail = "Send If-Match with the ETag of the record as you read it."
    default_code = "precondition_required"


class InsufficientStorage(APIException):
    """There is no room left for what was sent (RFC 4918, section 11.5)."""

    status_code = status.HTTP_507_INSUFFICIENT_STORAGE
    default_detail = DISK_FULL
    default_code = "insufficient_storage"


class Altered(APIException):
    """A stored file is not what was uploaded."""

    default_code = "altered"


class TookTooLong(APIException):
    """The database was stopped at the time limit of a query."""

    status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    default_detail = TOO_LONG
    default_code = "took_too_long"


class BadQuestion(ValidationError):
    """Parameters of the query string that cannot be answered: their messages, with the values as they were sent."""

    def __init__(self, messages: Mapping[str, list[str]], question: Any) -> None:
        super().__init__({name: list(reasons) for name, reasons in messages.items()})
        self.values = {name: ",".join(question.getlist(name)) for name in messages if name in question}


def problem_response(exception: Exception, context: dict[str, Any]) -> Response | None:
    """The answer to an exception; None, and so a server error, for those that no client can cause."""
    response = exception_handler(_as_api_exception(exception), context)
    if response is not None:
        response.data = problem(response.status_code, response.data, getattr(exception, "values", {}))
        response.content_type = MEDIA_TYPE
    return response


def problem(status_code: int, content: Any, values: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The members of problem details from what Django REST framework would have answered."""
    title = HTTPStatus(status_code).phrase
    errors = [] if _is_plain(content) else list(_errors(content, values or {}))
    detail = str(content["detail"]) if _is_plain(content) else "; ".join(_sentence(error) for error in errors)
    return {"type": "about:blank", "title": title, "status": status_code, "detail": detail, "errors": errors}


@csrf_exempt
def not_found(request: HttpRequest, **_: Any) -> HttpResponse:
    """The answer under an address of the API that does not exist."""
    content = problem(HTTPStatus.NOT_FOUND, {"detail": "There is nothing under this address."})
    return HttpResponse(as_json(content), content_type=MEDIA_TYPE, status=HTTPStatus.NOT_FOUND)


def _is_plain(content: Any) -> bool:
    return isinstance(content, dict) and set(content) == {"detail"} and not isinstance(content["detail"], list)


def _sentence(error: dict[str, Any]) -> str:
    return f"{error['field']}: {error['reason']}" if error["field"] else error["reason"]


def _errors(content: Any, values: Mapping[str, str], field: str = "") -> Iterator[dict[str, Any]]:
    """Each reason with the field it is about; reasons about the whole have an empty field."""
    if isinstance(content, Mapping):
        for name, inner in content.items():
            yield from _errors(inner, values, _joined(field, str(name)))
    elif isinstance(content, list | tuple):
        for inner in content:
            yield from _errors(inner, values, field)
    else:
        error = {"field": field, "reason": str(content)}
        yield error | {"value": values[field]} if field in values else error


def _joined(field: str, name: str) -> str:
    if name in {NON_FIELD_ERRORS, "non_field_errors"}:
        return field
    return f"{field}.{name}" if field else name


def _as_api_exception(exception: Exception) -> Exception:
    if isinstance(exception, DjangoValidationError):
        whole = not hasattr(exception, "error_dict")
        return ValidationError({NON_FIELD_ERRORS: exception.messages} if whole else exception.message_dict)
    if isinstance(exception, ProtectedError | RestrictedError):
        return Conflict("Other records depend on this one: delete or change those first.")
    if isinstance(exception, IntegrityError):
        return Conflict("Another record stands in the way: read the records again and repeat the change.")
    if is_out_of_time(exception):
        return TookTooLong()
    if isinstance(exception, PhotoRefused):
        return ValidationError({"file": [str(exception)]})
    if isinstance(exception, TooManyRows):
        return ValidationError({"format": [str(exception)]})
    if isinstance(exception, FileAltered):
        return Altered(str(exception))
    if is_full(exception):
        return InsufficientStorage()
    if isinstance(exception, SuspiciousOperation):
        return ParseError("The request is malformed.")
    return exception
