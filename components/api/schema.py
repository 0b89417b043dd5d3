"""The OpenAPI schema: what each operation takes and answers, read from the same tables the operations run on."""

from typing import Any

import django_filters as df
from django.db import models
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework.permissions import SAFE_METHODS

from components.api import commands, shapes
from components.api.fields import degrees_pattern
from components.api.pages import MOST_PER_PAGE, PAGE_SIZE
from components.api.permissions import Insiders, SignedIn
from components.api.photos import PhotoUpload
from components.api.problems import MEDIA_TYPE
from components.api.questions import orderings
from components.api.tokens import NewToken
from components.api.writing import SERIALIZERS
from components.curation.stored_files import ORIGINAL
from components.exports.columns import COLUMNS
from components.exports.files import FORMATS
from components.filters import FILTERS
from components.filters.base import GREATEST, AnyOfFilter, WholeNumberFilter
from components.models import Company
from components.models.evidence import SIZES

QUERY, PATH, HEADER = OpenApiParameter.QUERY, OpenApiParameter.PATH, OpenApiParameter.HEADER
EMPTY = {"type": "string", "maxLength": 0, "description": "Not asked."}  # as a form sends it
NO_NUL = r"^[^\x00]*$"
WHY = {400: "Malformed or refused", 401: "Not signed in, or the token is not known", 403: "Not allowed"}
WHY |= {404: "No such record, or not for you", 409: "Other records stand in the way", 412: "Changed since read"}
WHY |= {413: "Too large", 415: "Another type of body is expected", 428: "If-Match is missing"}
WHY |= {429: "Too many requests of one visitor"}
IMAGES = ("image/jpeg", "image/png", "image/webp", "image/tiff")

BODIES = {
    "visibility": commands.NewVisibility,
    "put_back": commands.PutBack,
    "merge": commands.Merge,
    "unmerge": commands.Reason,
    "make_current": commands.Reason,
    "confirm": commands.Reason,
    "reject": commands.Reason,
    "review": commands.Review,
}
LISTS = {"list", "facets", "export"}
CHANGES = {"update", "partial_update", "destroy"}
RECORDS = {"retrieve", "create", "update", "partial_update", *BODIES}


class TokenScheme(OpenApiAuthenticationExtension):
    """Tokens in the schema."""

    target_class = "components.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "A token of one's own, from /api/v1/tokens/."}


class DegreesSchema(OpenApiSerializerFieldExtension):
    """Coordinates in the schema: a number, or a text as other programs write decimals."""

    target_class = "components.api.fields.Degrees"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> dict[str, Any]:
        least, most = self.target.min_value, self.target.max_value
        number = {"type": "number", "minimum": least, "maximum": most}
        return {"anyOf": [number, {"type": "string", "pattern": degrees_pattern(most)}]}


class Schema(AutoSchema):
    """Describes one operation by its view set's model and action."""

    @property
    def action(self) -> str:
        return str(getattr(self.view, "action", ""))

    @property
    def model(self) -> type[models.Model] | None:
        return getattr(self.view, "model", None)

    def _is_list_view(self, serializer: Any = None) -> bool:
        """Lists answer an object with the page; nothing here answers a bare array."""
        return False

    def get_operation_id(self) -> str:
        subject = self.path.removeprefix("/api/v1/").split("/")[0].replace("-", "_")
        return f"{subject}_{self.action}" if self.action else "root"

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix("/api/v1/").split("/")[0] or "root"]

    def get_auth(self) -> list[dict[str, list[str]]]:
        """Reading needs no account, except for what is one's own and for histories."""
        is_closed = any(isinstance(each, (Insiders, SignedIn)) for each in self.view.get_permissions())
        is_open = self.method in SAFE_METHODS and not is_closed
        return [*super().get_auth(), *([{}] if is_open else [])]

    def get_override_parameters(self) -> list[OpenApiParameter]:
        parameters = [] if "{id}" not in self.path else [self._key()]
        if self.model is not None and self.action in LISTS:
            parameters += filter_parameters(self.model) + list_parameters(self.model, self.action)
        if self.action == "retrieve" and self.model is not None:
            parameters += [fields_parameter(self.model), _header("If-None-Match", "Answers 304 where nothing changed.")]
        if self.action == "file":
            parameters.append(OpenApiParameter("size", str, QUERY, enum=[*SIZES, ORIGINAL], default="screen"))
        if self.action in CHANGES and self.model is not None:
            parameters.append(_header("If-Match", "The ETag of the record as it was read.", required=True))
        if self.method not in SAFE_METHODS and self.model is not None:
            parameters.append(_header("X-Change-Reason", "Why, for the history; percent-encoded UTF-8."))
        return parameters + self._response_headers()

    def _key(self) -> OpenApiParameter:
        pattern = f"^{getattr(self.view, 'lookup_value_regex', '[0-9]+')}$"
        is_number = self.model is None or not isinstance(self.model._meta.pk, models.CharField)
        schema = {"type": "integer", "minimum": 0, "maximum": 10**18 - 1} if is_number else None
        return OpenApiParameter("id", schema or {"type": "string", "pattern": pattern}, PATH)

    def _response_headers(self) -> list[OpenApiParameter]:
        if self.action not in RECORDS or self.model is None:
            return []
        tag = OpenApiParameter(
            "ETag", str, HEADER, response=[200, 201], description="The version of the record, for If-Match."
        )
        where = OpenApiParameter("Location", str, HEADER, response=[201], description="The new record.")
        return [tag, where] if self.action == "create" else [tag]

    def get_request_serializer(self) -> Any:
        if self.method in SAFE_METHODS or self.action == "destroy":
            return None
        if self.model is None:
            return NewToken
        if self.action in BODIES:
            is_of_companies = self.action == "merge" and self.model is Company
            return commands.MergeCompany if is_of_companies else BODIES[self.action]
        is_upload = self.action == "create" and self.path.endswith("/photos/")
        return PhotoUpload if is_upload else SERIALIZERS[self.model]  # type: ignore[index]

    def get_response_serializers(self) -> dict[Any, Any]:
        return {**self._success(), **{(code, MEDIA_TYPE): self._problem(code) for code in self._problem_codes()}}

    def _problem(self, code: int) -> OpenApiResponse:
        return OpenApiResponse(shapes.Problem, description=WHY[code])

    def _success(self) -> dict[Any, Any]:
        if self.model is None:
            return _TOKEN_ANSWERS.get(self.action, {200: OpenApiTypes.OBJECT})
        if self.action == "export":
            return {(200, form.mime.split(";")[0]): OpenApiTypes.BINARY for form in FORMATS.values()}
        if self.action == "file":
            return {(200, mime): OpenApiTypes.BINARY for mime in IMAGES}
        if self.action == "destroy":
            return {204: OpenApiResponse(description="Deleted")}
        plain = {"list": shapes.page_shape(self.model), "facets": shapes.Facets, "history": shapes.History}
        if self.action in plain:
            return {200: plain[self.action]}
        return self._record_answers(shapes.detail_shape(self.model))

    def _record_answers(self, detail: Any) -> dict[Any, Any]:
        if self.action == "create":
            there = {200: OpenApiResponse(detail, description="It was there")}
            return {201: detail} | (there if self.path.endswith("/photos/") else {})
        if self.action == "retrieve":
            return {200: detail, 304: OpenApiResponse(description="Not changed")}
        return {200: detail}

    def _problem_codes(self) -> list[int]:
        codes = {401, 429}
        if self.action in LISTS | {"retrieve", "file", "history"}:
            codes.add(400)
        if "{id}" in self.path or self.action == "list":
            codes.add(404)
        if self.action in {"history", "file"}:
            codes.add(403)
        if self.method not in SAFE_METHODS:
            codes |= {403} if self.action == "destroy" else {400, 403, 413, 415}
        if self.method not in SAFE_METHODS and self.model is not None:
            codes.add(409)
        if self.action in CHANGES and self.model is not None:
            codes |= {412, 428}
        return sorted(codes)


_TOKEN_ANSWERS: dict[str, dict[Any, Any]] = {
    "list": {200: shapes.Tokens},
    "create": {201: shapes.IssuedToken},
    "destroy": {204: OpenApiResponse(description="Deleted")},
}


def _header(name: str, description: str, *, required: bool = False) -> OpenApiParameter:
    return OpenApiParameter(name, str, HEADER, description=description, required=required)


def fields_parameter(model: type[models.Model]) -> OpenApiParameter:
    """`fields` of a detail."""
    return _names("fields", list(shapes.detail_shape(model)().fields), "Only these keys, with commas, in this order.")


def _names(name: str, names: list[str], description: str) -> OpenApiParameter:
    items = {"type": "string", "enum": names}
    schema = {"type": "array", "items": items, "minItems": 1}
    return OpenApiParameter(name, schema, QUERY, description=description, style="form", explode=False)


def list_parameters(model: type[models.Model], action: str) -> list[OpenApiParameter]:
    """The parameters of a list that are not filters."""
    if action == "facets":
        return []
    ways = [f"{sign}{name}" for name in orderings(model) for sign in ("", "-")]
    columns = [column.name for column in COLUMNS[model]]
    shared = [
        _names("fields", columns, "Only these columns, with commas, in this order."),
        OpenApiParameter("ordering", str, QUERY, enum=ways, description="By id where it is not given."),
    ]
    if action == "export":
        return [*shared, OpenApiParameter("format", str, QUERY, required=True, enum=list(FORMATS))]
    size = {"type": "integer", "minimum": 1, "maximum": MOST_PER_PAGE, "default": PAGE_SIZE}
    cursor = "Walk by cursor: empty to begin, then follow `next`. Goes with neither `page` nor `ordering`."
    return [
        *shared,
        OpenApiParameter("page", {"type": "integer", "minimum": 1, "maximum": 999_999_999}, QUERY),
        OpenApiParameter("page_size", size, QUERY),
        OpenApiParameter("cursor", str, QUERY, description=cursor),
    ]


def filter_parameters(model: type[models.Model]) -> list[OpenApiParameter]:
    """Every filter of a list, with the type of its values."""
    filters: Any = FILTERS[model]
    return [_filter_parameter(name, each) for name, each in filters.base_filters.items()]


def _filter_parameter(name: str, each: df.Filter) -> OpenApiParameter:
    schema = filter_schema(each)
    is_list = schema.get("type") == "array"
    style = {"style": "form", "explode": not isinstance(each, df.BaseCSVFilter)} if is_list else {}
    return OpenApiParameter(name, schema, QUERY, description=str(each.label or ""), **style)


def filter_schema(each: df.Filter) -> dict[str, Any]:
    """The JSON schema of a filter's values."""
    if isinstance(each, df.BaseRangeFilter):
        return {"type": "array", "items": _scalar(each), "minItems": 2, "maxItems": 2}
    if isinstance(each, df.BaseInFilter):
        return {"type": "array", "items": _scalar(each), "minItems": 1}
    if isinstance(each, AnyOfFilter):
        is_text = isinstance(each.extra["queryset"].model._meta.pk, models.CharField)
        items = {"type": "string", "pattern": NO_NUL} if is_text else {"type": "integer"}
        return {"type": "array", "items": items, "minItems": 1}
    if isinstance(each, df.MultipleChoiceFilter):
        values = [value for value, _ in each.extra["choices"]]
        return {"type": "array", "items": {"type": "string", "enum": values}, "minItems": 1}
    scalar = _scalar(each)
    return scalar if "pattern" in scalar else {"anyOf": [scalar, EMPTY]}


def _scalar(each: df.Filter) -> dict[str, Any]:
    if isinstance(each, df.BooleanFilter):
        return {"type": "boolean"}
    if isinstance(each, WholeNumberFilter):
        return {"type": "integer", "minimum": -GREATEST, "maximum": GREATEST}
    if isinstance(each, df.IsoDateTimeFilter):
        return {"type": "string", "format": "date-time"}
    if isinstance(each, df.DateFilter):
        return {"type": "string", "format": "date"}
    return {"type": "string", "pattern": NO_NUL}
