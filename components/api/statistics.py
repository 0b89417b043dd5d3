"""Counts by maker, country, category and weapon model, and the foreign share; every figure opens its rows."""

from typing import Any

from django.http import QueryDict
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from components.api import shapes
from components.api.problems import MEDIA_TYPE, BadQuestion
from components.api.questions import answering_rows
from components.api.renderers import JSONAlways
from components.models import Component
from components.summaries.statistics import GROUPINGS, MEASURES, Figure, foreign_share, statistics

OWN = {"measure": tuple(MEASURES), "by": tuple(GROUPINGS)}


class FigureShape(serializers.Serializer[Any]):
    """A number with its name and the address of the rows it counts."""

    label = serializers.CharField()  # type: ignore[assignment]
    value = serializers.IntegerField()
    api_url = serializers.URLField()


class StatisticsShape(serializers.Serializer[Any]):
    """The figures of one question, with what they leave out."""

    title = serializers.CharField()
    unit = serializers.CharField()
    total = FigureShape()
    unknown = FigureShape()
    figures = FigureShape(many=True)
    foreign = FigureShape()
    domestic = FigureShape()
    undecided = FigureShape()
    foreign_percent = serializers.FloatField(allow_null=True)


class StatisticsViewSet(ViewSet):
    """Statistics over the components that pass the filters of their list and that the asking person may see."""

    content_negotiation_class = JSONAlways

    @extend_schema(
        parameters=[
            OpenApiParameter("measure", str, enum=OWN["measure"], default="components"),
            OpenApiParameter("by", str, enum=OWN["by"], default="manufacturer"),
            OpenApiParameter("with_acquired", bool, description="Count a maker with the makers it owns."),
        ],
        responses={
            200: StatisticsShape,
            (400, MEDIA_TYPE): OpenApiResponse(shapes.Problem, description="Malformed"),
            (401, MEDIA_TYPE): OpenApiResponse(shapes.Problem, description="The token is not known"),
            (429, MEDIA_TYPE): OpenApiResponse(shapes.Problem, description="Too many requests of one visitor"),
        },
        operation_id="statistics",
    )
    def list(self, request: Request) -> Response:
        """Counts of components, parts or weapons; every filter of the component list may be given too."""
        question = request.query_params
        answering_rows(Component, question, request.user, beside={"measure", "by"})
        chosen = {name: question.get(name, allowed[0]) for name, allowed in OWN.items()}
        wrong = {name: value for name, value in chosen.items() if value not in OWN[name]}
        if wrong:
            raise BadQuestion({name: [f"Expected one of {', '.join(OWN[name])}."] for name in wrong}, question)
        filters = question.copy()
        for name in (*OWN, "with_acquired"):
            filters.pop(name, None)
        return Response(self._answer(request, chosen, filters))

    def _answer(self, request: Request, chosen: dict[str, str], filters: QueryDict) -> dict[str, Any]:
        with_acquired = request.query_params.get("with_acquired", "").lower() in {"true", "1"}
        counted = statistics(
            request.user,
            measure=chosen["measure"],  # type: ignore[arg-type]
            by=chosen["by"],  # type: ignore[arg-type]
            with_acquired=with_acquired,
            question=filters,
        )
        share = foreign_share(request.user, filters)

        def shown(figure: Figure) -> dict[str, Any]:
            address = request.build_absolute_uri(f"{reverse('api:components-list')}?{figure.query}")
            return {"label": figure.label, "value": figure.value, "api_url": address}

        return {
            "title": counted.title,
            "unit": counted.unit,
            "total": shown(counted.total),
            "unknown": shown(counted.unknown),
            "figures": [shown(figure) for figure in counted.figures],
            "foreign": shown(share.foreign),
            "domestic": shown(share.domestic),
            "undecided": shown(share.unknown),
            "foreign_percent": share.percent,
        }
