"""The questions of the trade lake: one address each, with its files."""

from typing import Any, ClassVar

from django import forms
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_view
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from components.api import shapes
from components.api.problems import MEDIA_TYPE, BadQuestion
from components.api.questions import refuse_nul
from components.api.renderers import JSONAlways
from components.exports.files import FORMATS
from components.filters.trade import ChoiceOrDefault, IdsField, LimitField, ManyField, SliceForm, YesNoField
from components.summaries.trade.asking import Lake
from components.summaries.trade.questions import QUESTIONS, Answer, Question, file_rows, named_as_left_out

SHIPMENTS_PATH = "/api/v1/trade/shipments/"
EMPTY = {"type": "string", "maxLength": 0, "description": "Not asked."}  # as a form sends it


class MarkShape(serializers.Serializer[Any]):
    """A day on which a control took effect."""

    date = serializers.CharField()
    period = serializers.CharField()
    jurisdiction = serializers.CharField()
    event = serializers.CharField()
    source = serializers.CharField()  # type: ignore[assignment]


class TradeAnswerShape(serializers.Serializer[Any]):
    """An answer: rows under the named columns; `rows` of each is the address of the shipments behind it."""

    question = serializers.CharField()
    title = serializers.CharField()
    columns = serializers.ListField(child=serializers.CharField())
    results = serializers.ListField(child=serializers.DictField())
    notes = serializers.ListField(child=serializers.CharField())
    marks = MarkShape(many=True)
    baseline = serializers.DictField(allow_null=True)
    next = serializers.URLField(allow_null=True)


class TradeViewSet(ViewSet):
    """A question over the shipments of the datasets that the asking person may see."""

    question: ClassVar[Question]
    content_negotiation_class = JSONAlways

    def list(self, request: Request) -> Response:
        """The answer. Sums leave out what a declaration does not state; `with_value` says how many state a value."""
        form = self.bound(request, frozenset())
        answer = self.question.answer(Lake(request.user), form)
        return Response(self._as_json(request, answer))

    @action(detail=False)
    def export(self, request: Request) -> HttpResponseBase:
        """The answer as a file; of shipments, all that the filters leave."""
        given = request.query_params.get("format", "")
        form = self.bound(request, frozenset({"format"}))
        if given not in FORMATS:
            raise BadQuestion({"format": [f"Expected one of {', '.join(FORMATS)}."]}, request.query_params)
        lake = Lake(request.user)
        rows, columns = file_rows(self.question, lake, form)
        name = f"trade-{self.question.name}-{timezone.now():%Y-%m-%d}{named_as_left_out(lake)}.{given}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-cache"}
        content = FORMATS[given].write(rows, columns)
        return StreamingHttpResponse(content, content_type=FORMATS[given].mime, headers=headers)

    def bound(self, request: Request, beside: frozenset[str]) -> SliceForm:
        """The checked parameters. Raises BadQuestion with every one that cannot be answered."""
        refuse_nul(request.query_params)
        form = self.question.form(request.query_params, user=request.user, beside=beside)
        problems = form.problems()
        if problems:
            raise BadQuestion(problems, request.query_params)
        return form

    def _as_json(self, request: Request, answer: Answer) -> dict[str, Any]:
        for row in answer.rows:
            if "rows" in row:
                row["rows"] = (
                    request.build_absolute_uri(f"{SHIPMENTS_PATH}?{row['rows']}") if row["rows"] is not None else None
                )
        following = None
        if answer.next:
            asked = request.query_params.copy()
            asked["after"] = answer.next
            following = request.build_absolute_uri(f"{request.path}?{asked.urlencode()}")
        names = [column.name for column in answer.columns]
        return {
            "question": self.question.name,
            "title": self.question.title,
            "columns": names,
            "results": [{name: row.get(name) for name in names} for row in answer.rows],
            "notes": answer.notes,
            "marks": answer.marks,
            "baseline": answer.baseline,
            "next": following,
        }


def parameters(form: type[SliceForm]) -> list[OpenApiParameter]:
    """The parameters of a question, from the fields of its form."""
    return [_parameter(name, each) for name, each in form.base_fields.items()]


def _parameter(name: str, each: forms.Field) -> OpenApiParameter:
    label = str(each.label or "")
    if isinstance(each, IdsField):
        items: dict[str, Any] = {"type": "integer"}
        return OpenApiParameter(name, {"type": "array", "items": items, "minItems": 1}, description=label, explode=True)
    if isinstance(each, ManyField):
        items = {"type": "string", "pattern": r"^[^\x00]*$"}
        return OpenApiParameter(name, {"type": "array", "items": items, "minItems": 1}, description=label, explode=True)
    if isinstance(each, ChoiceOrDefault):
        choices: list[tuple[str, str]] = list(each.choices)  # type: ignore[arg-type]
        values = [value for value, _ in choices]
        return OpenApiParameter(name, str, enum=values, description=label, default=each.initial or None)
    if isinstance(each, LimitField):
        schema = {"type": "integer", "minimum": 1, "maximum": each.max_value, "default": each.initial}
        return OpenApiParameter(name, schema, description=label)
    if isinstance(each, YesNoField):
        return OpenApiParameter(name, bool, description=label)
    if isinstance(each, forms.DateField):
        return OpenApiParameter(name, {"anyOf": [{"type": "string", "format": "date"}, EMPTY]}, description=label)
    return OpenApiParameter(name, {"type": "string", "pattern": r"^[^\x00]*$", "maxLength": 200}, description=label)


def view_set(question: Question) -> type[TradeViewSet]:
    """The view set of one question, described in the schema."""
    problems: dict[Any, Any] = {
        (code, MEDIA_TYPE): OpenApiResponse(shapes.Problem, description=why)
        for code, why in (
            (400, "Malformed"),
            (401, "The token is not known"),
            (429, "Too many requests of one visitor"),
        )
    }
    files: dict[Any, Any] = {(200, form.mime.split(";")[0]): OpenApiTypes.BINARY for form in FORMATS.values()}
    asked, subject = parameters(question.form), question.name.replace("-", "_")
    form_parameter = OpenApiParameter("format", str, required=True, enum=list(FORMATS))
    made = type(
        f"Trade{subject.title().replace('_', '')}ViewSet",
        (TradeViewSet,),
        {"question": question, "__doc__": question.help},
    )
    described = extend_schema_view(
        list=extend_schema(
            parameters=asked,
            responses={200: TradeAnswerShape, **problems},
            operation_id=f"trade_question_{subject}",
            description=question.help,
        ),
        export=extend_schema(
            parameters=[*asked, form_parameter],
            responses={**files, **problems},
            operation_id=f"trade_question_{subject}_export",
            description=f"{question.help} As a file.",
        ),
    )
    view: type[TradeViewSet] = described(made)
    return view


VIEW_SETS = {f"trade/{name}": view_set(question) for name, question in QUESTIONS.items()}
