"""The likely supply chains of one record: `…/{id}/routes/` of components, parts, weapons, models and makers."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response

from components.api import shapes
from components.api.problems import MEDIA_TYPE, BadQuestion, Conflict
from components.api.questions import refuse_others
from components.api.records import ReferenceViewSet
from components.models import Component, Dataset, Leg, Part, Weapon
from components.routes.held import WhatIf
from components.summaries.routes import (
    LikelyRoutes,
    as_json,
    documented_legs,
    graph,
    kept_routes,
    recomputed_routes,
    weighed_shipments,
)

LONGEST_LAG = 36_500  # days
ASKABLE = (Component, Part, Weapon)  # a maker's thousands of components are not recomputed while a client waits
SIGN_IN = "Another assumption is computed for people who are signed in: sign in, or send a token."
NOTE = "An inference from the records held, not a finding: routes are likely, and may be unknown."


class LikelihoodShape(serializers.Serializer[Any]):
    """A probability with the ends of its 90 % interval."""

    probability = serializers.FloatField(min_value=0, max_value=1)
    low = serializers.FloatField(min_value=0, max_value=1)
    high = serializers.FloatField(min_value=0, max_value=1)


class PlaceShape(serializers.Serializer[Any]):
    """A country; its code is empty where none is stated."""

    code = serializers.CharField(allow_blank=True)
    name = serializers.CharField()
    likelihood = LikelihoodShape(allow_null=True)


class PartyShape(serializers.Serializer[Any]):
    """A maker or company; without an id where nobody is named."""

    id = serializers.IntegerField(allow_null=True)
    name = serializers.CharField()
    country = serializers.CharField(allow_blank=True)


class LikelyRouteShape(serializers.Serializer[Any]):
    """One likely supply chain; `links` is the address of the links behind it."""

    rank = serializers.IntegerField()
    manufacturer = PartyShape()
    origin = PlaceShape()
    dispatch = PlaceShape()
    exporter = PartyShape()
    importer = PartyShape()
    likelihood = LikelihoodShape()
    shipments = serializers.IntegerField()
    confirmed = serializers.IntegerField()
    stand_in = serializers.CharField(
        allow_blank=True, help_text="What its shipments name where none of them names the part: maker, hs."
    )
    units = serializers.FloatField(allow_null=True)
    first_day = serializers.DateField(allow_null=True)
    last_day = serializers.DateField(allow_null=True)
    links = serializers.URLField()


class LikelyRoutesShape(serializers.Serializer[Any]):
    """One answer. The probabilities of its routes, `rest` (routes too unlikely to be listed) and `unknown` sum to 1."""

    kind = serializers.CharField()
    pk = serializers.IntegerField()
    label = serializers.CharField()  # type: ignore[assignment]
    sentence = serializers.CharField()
    routes = LikelyRouteShape(many=True)
    unknown = LikelihoodShape()
    rest = serializers.FloatField()
    by_dispatch = PlaceShape(many=True)
    by_origin = PlaceShape(many=True)
    component_count = serializers.IntegerField()
    link_count = serializers.IntegerField()
    stand_ins = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="Components whose part no shipment names, by what is named in its place: maker, hs.",
    )
    excluded = serializers.ListField(child=serializers.DictField(), help_text="Shipments left out, and why.")
    rule_version = serializers.CharField()
    computed_at = serializers.DateTimeField()
    is_synthetic = serializers.BooleanField()
    assumption = serializers.CharField(allow_blank=True, help_text="Another than the held one; empty for none.")
    graph = serializers.DictField(help_text="Nodes and edges, both ends filled in.")


class RoutesShape(serializers.Serializer[Any]):
    """The answers of a record: from real rows, from synthetic ones, or both apart; none where nothing is traced."""

    note = serializers.CharField()
    answers = LikelyRoutesShape(many=True)
    shipments = serializers.ListField(
        child=serializers.DictField(), help_text="Of a component: factors of each weight."
    )


PROBLEMS: dict[Any, Any] = {
    (code, MEDIA_TYPE): OpenApiResponse(shapes.Problem, description=why)
    for code, why in (
        (400, "Malformed"),
        (401, "The token is not known, or another assumption is asked by nobody signed in"),
        (404, "No such record, or not for you"),
        (409, "The parameters of the model are not loaded"),
        (429, "Too many requests of one visitor"),
    )
}
PARAMETERS = [
    OpenApiParameter("without", {"type": "integer", "minimum": 1}, description="As if this dataset were not held."),
    OpenApiParameter(
        "lag_mean_days",
        {"type": "integer", "minimum": 1, "maximum": LONGEST_LAG},
        description="Another mean time from declaration to recovery.",
    ),
]


class RoutesViewSet(ReferenceViewSet):
    """A list whose records have likely routes."""

    @extend_schema(parameters=PARAMETERS, responses={200: RoutesShape, **PROBLEMS})
    @action(detail=True)
    def routes(self, request: Request, pk: Any) -> Response:
        """The likely supply chains of the record, or what they would be under another assumption."""
        refuse_others(request.query_params, {"without", "lag_mean_days"})
        row, kind = self.seen_row(pk), str(self.model._meta.verbose_name).replace(" ", "_")
        other = self.assumption(request)
        if other != WhatIf() and not request.user.is_authenticated:
            raise NotAuthenticated(SIGN_IN)
        if other == WhatIf():
            answers = kept_routes(kind, row.pk, request.user)
        else:
            try:
                answers = recomputed_routes(kind, row.pk, request.user, other, now=timezone.now())
            except ValueError as problem:
                raise Conflict(str(problem)) from problem
        legs = documented_legs(kind, row.pk, request.user)
        return Response(
            {
                "note": NOTE,
                "answers": [_answer(request, each, legs) for each in answers],
                "shipments": _shipments(row, request, other) if answers and kind == "component" else [],
            }
        )

    def assumption(self, request: Request) -> WhatIf:
        """What the client supposes. Raises BadQuestion."""
        question = request.query_params
        without, lag = (_whole(question, name) for name in ("without", "lag_mean_days"))
        problems: dict[str, list[str]] = {}
        if "without" in question and not Dataset.objects.visible_to(request.user).filter(pk=without or 0).exists():
            problems["without"] = ["There is no such dataset."]
        if "lag_mean_days" in question and not (lag and lag <= LONGEST_LAG):
            problems["lag_mean_days"] = [f"Expected a whole number of days from 1 to {LONGEST_LAG}."]
        if not problems and question and self.model not in ASKABLE:
            name = next(iter(question))
            problems[name] = ["Another assumption can be asked of a component, a part or a weapon."]
        if problems:
            raise BadQuestion(problems, question)
        return WhatIf(without=without, lag_mean_days=lag)


def _whole(question: Any, name: str) -> int | None:
    text = question.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def _answer(request: Request, answer: LikelyRoutes, legs: list[Leg]) -> dict[str, Any]:
    told = as_json(answer)
    told["graph"] = graph(answer, [leg for leg in legs if leg.is_synthetic == answer.is_synthetic])
    for route in told["routes"]:
        route["links"] = request.build_absolute_uri(f"/api/v1/links/?{route['links']}")
    return told


def _shipments(row: Component, request: Request, other: WhatIf) -> list[dict[str, Any]]:
    return [
        {
            "link": link.pk,
            "declared_on": each.declared_on,
            "units": round(each.units, 1),
            "link_right": round(each.right, 4),
            "military_use": round(each.military_use, 4),
            "lag": each.lag,
            "shelf": each.shelf,
            "documented": round(each.documented, 6),
            "share": round(each.share, 6),
        }
        for each, link in weighed_shipments(row, request.user, other)
    ]
