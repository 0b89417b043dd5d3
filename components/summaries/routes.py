"""What is inferred of the supply chains of one subject, as page, API and files show it: likely, never a finding."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q

from components.choices import Audience, LinkGrade, LinkState, StandIn
from components.exports.rows import visible_rows
from components.models import (
    Company,
    Component,
    ControlDate,
    Country,
    Coverage,
    Identification,
    LearnedUse,
    Learning,
    Leg,
    Link,
    Manufacturer,
    MilitaryUse,
    Part,
    Route,
    RouteParameter,
    Trace,
    Weapon,
    WeaponModel,
)
from components.models.visibility import is_insider
from components.normalise.hs_codes import subheading
from components.normalise.shares import share_text
from components.routes.held import SEEN, SUBJECT_PATHS, Held, WhatIf, find_of, read_held
from components.routes.listed import OTHERS
from components.routes.part import prepare
from components.routes.reasons import Weight, weights
from components.routes.tracing import trace_one

MODELS: dict[str, Any] = {
    "component": Component,
    "part": Part,
    "weapon": Weapon,
    "weapon_model": WeaponModel,
    "manufacturer": Manufacturer,
}
NOT_STATED = "not stated"
MOST_WEIGHED = 200
HARDLY = 0.05  # of probability: what no recorded country reaches is not worth a sentence of its own
NEXT_TO_NOTHING = 0.01  # of probability: below it no country is named at all


@dataclass(frozen=True)
class Likelihood:
    """A probability with the ends of its 90 % interval."""

    probability: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{share_text(self.probability)} ({self.low:.2f}–{self.high:.2f})"


@dataclass(frozen=True)
class Place:
    """A country on a route; without a code where the declaration states none."""

    code: str
    name: str
    likelihood: Likelihood | None = None


@dataclass(frozen=True)
class Named:
    """A maker or company on a route; without an id where nobody is named."""

    id: int | None
    name: str
    country: str = ""


@dataclass(frozen=True)
class LikelyRoute:
    """One likely supply chain; `links` is the question that opens the links behind it.

    `stand_in` says what its shipments name where none of them names the part.
    """

    rank: int
    manufacturer: Named
    origin: Place
    dispatch: Place
    exporter: Named
    importer: Named
    likelihood: Likelihood
    shipments: int
    confirmed: int
    stand_in: str
    units: float | None
    first_day: date | None
    last_day: date | None
    links: str


@dataclass(frozen=True)
class LikelyRoutes:
    """The answer for one subject. Routes, `rest` and `unknown` sum to one.

    `stand_ins` counts the components whose part no shipment names, by what is named in its place (maker, hs).
    """

    kind: str
    pk: int
    label: str
    sentence: str
    routes: tuple[LikelyRoute, ...]
    unknown: Likelihood
    rest: float
    by_dispatch: tuple[Place, ...]
    by_origin: tuple[Place, ...]
    component_count: int
    link_count: int
    stand_ins: dict[str, int]
    excluded: tuple[dict[str, Any], ...]
    rule_version: str
    computed_at: datetime
    is_synthetic: bool
    assumption: str = ""


@dataclass(frozen=True)
class Assumptions:
    """What the routes rest on, each with what it rests on itself; `learned` is what finds say of its importers.

    `learning` is what finds and shipments say in place of some parameters, None where nothing was learned.
    """

    parameters: list[RouteParameter] = field(default_factory=list)
    coverages: list[Coverage] = field(default_factory=list)
    military_uses: list[MilitaryUse] = field(default_factory=list)
    learned: list[LearnedUse] = field(default_factory=list)
    learning: Learning | None = None


def kept_routes(kind: str, pk: int, user: Any) -> list[LikelyRoutes]:
    """The kept answers for a subject that this user may see: of real rows, of synthetic ones, or both; else none."""
    if not visible_rows(MODELS[kind], user).filter(pk=pk).exists():
        return []
    traces = Trace.objects.visible_to(user).filter(**{kind: pk}).order_by("is_synthetic")
    return [_told(trace, list(trace.routes.all())) for trace in traces]


def recomputed_routes(kind: str, pk: int, user: Any, other: WhatIf, *, now: datetime) -> list[LikelyRoutes]:
    """The answers under another assumption, or of what no run has come to yet; nothing is kept."""
    if not visible_rows(MODELS[kind], user).filter(pk=pk).exists():
        return []
    found = []
    for is_synthetic in (False, True):
        held = read_held(audience_of(user), is_synthetic=is_synthetic).what_if(other)
        computed = trace_one(held, kind, pk, now=now)
        if computed is not None:
            trace, routes = computed
            found.append(_told(trace, routes, assumption=_assumed(other, held)))
    return found


def audience_of(user: Any) -> str:
    """For whom routes are computed."""
    return Audience.INSIDE if is_insider(user) else Audience.PUBLIC


def weighed_shipments(component: Component, user: Any, other: WhatIf | None = None) -> list[tuple[Weight, Link]]:
    """The shipments of a component's part with the factors of their weights, the heaviest first."""
    held = read_held(audience_of(user), is_synthetic=component.is_synthetic).what_if(other or WhatIf())
    row = next(held.found(SUBJECT_PATHS["component"], component.pk), None)
    if row is None:
        return []
    part = prepare(held.shipments(row["part"], row["maker"]), held.beliefs)
    weighed = weights(find_of(row), part)[:MOST_WEIGHED]
    links = (
        Link.objects.visible_to(user).select_related("exporter", "importer").in_bulk([each.link for each in weighed])
    )
    return [(each, links[each.link]) for each in weighed if each.link in links]


def assumptions(answer: LikelyRoutes, user: Any) -> Assumptions:
    """What an answer rests on: parameters, coverage of the datasets, military use of the importers it names."""
    importers = [route.importer.id for route in answer.routes if route.importer.id]
    coverages = Coverage.objects.visible_to(user).filter(is_synthetic=answer.is_synthetic)
    learning = Learning.objects.filter(audience=audience_of(user), is_synthetic=answer.is_synthetic).first()
    learned = LearnedUse.objects.filter(learning=learning, company__in=importers).select_related("company")
    return Assumptions(
        list(RouteParameter.objects.all()),
        list(coverages.select_related("dataset", "source")),
        list(MilitaryUse.objects.visible_to(user).filter(company__in=importers).select_related("company", "source")),
        list(learned) if learning else [],
        learning,
    )


def documented_legs(kind: str, pk: int, user: Any) -> list[Leg]:
    """The documented steps of a component's or part's chains, in their order."""
    asked = Q(component=pk) if kind == "component" else Q(part=pk)
    if kind == "component":
        judged = Identification.objects.visible_to(user).current().filter(component=pk, part__isnull=False)
        asked |= Q(part__in=judged.values("part"))
    elif kind != "part":
        return []
    return list(Leg.objects.visible_to(user).filter(asked).select_related("source").order_by("position", "pk"))


def controls_between(first: date, last: date) -> list[ControlDate]:
    """The days of controls in a period."""
    return list(ControlDate.objects.filter(first_day__range=(first, last)).order_by("first_day", "pk"))


def as_json(answer: LikelyRoutes) -> dict[str, Any]:
    """The answer as the API gives it."""
    return asdict(answer)


def graph(answer: LikelyRoutes, legs: Iterable[Leg] = ()) -> dict[str, Any]:
    """Nodes and edges with both ends filled in; `is_inferred` tells what is likely from what a document states."""
    nodes: dict[str, dict[str, Any]] = {}
    edges: dict[tuple[str, str], dict[str, Any]] = {}
    subject = ("subject", f"{answer.kind}:{answer.pk}", answer.label, "")
    chains = [([*_steps(route), subject], route.likelihood.probability, route.confirmed > 0) for route in answer.routes]
    chains.append(([("unknown", "unknown", "Unknown route", ""), subject], answer.unknown.probability, False))
    for steps, probability, is_confirmed in chains:
        for source, target in pairwise([_node(nodes, *step) for step in steps]):
            edge = edges.setdefault((source, target), {"source": source, "target": target} | UNWEIGHED)
            edge["probability"] = round(edge["probability"] + probability, 6)
            edge["is_confirmed"] = edge["is_confirmed"] or is_confirmed
    documented = [_documented(nodes, leg) for leg in legs]
    return {"nodes": list(nodes.values()), "edges": [*edges.values(), *documented]}


UNWEIGHED = {"probability": 0.0, "is_inferred": True, "is_confirmed": False}


def _steps(route: LikelyRoute) -> list[tuple[str, str, str, str]]:
    """Kind, key, label and country of each step of a route."""
    maker, exporter, importer = route.manufacturer, route.exporter, route.importer
    return [
        ("maker", str(maker.id), maker.name, maker.country),
        ("origin", route.origin.code, route.origin.name, route.origin.code),
        ("dispatch", route.dispatch.code, route.dispatch.name, route.dispatch.code),
        ("exporter", str(exporter.id or ""), exporter.name, exporter.country),
        ("importer", str(importer.id or ""), importer.name, importer.country),
    ]


def _node(nodes: dict[str, dict[str, Any]], kind: str, key: str, label: str, country: str) -> str:
    identifier = f"{kind}:{key}"
    nodes.setdefault(identifier, {"id": identifier, "kind": kind, "label": label, "country": country})
    return identifier


def _documented(nodes: dict[str, dict[str, Any]], leg: Leg) -> dict[str, Any]:
    ends = ((leg.giver, leg.giver_country_id), (leg.taker, leg.taker_country_id))
    source, target = (_node(nodes, "party", name, name, country or "") for name, country in ends)
    said = {"leg": leg.pk, "kind": leg.kind, "document": str(leg.source), "place": leg.place}
    return {"source": source, "target": target, "probability": None, "is_inferred": False, **said}


def sentence(by_dispatch: Sequence[Place], unknown: Likelihood) -> str:
    """The answer in words: “Likely through Hong Kong, 0.62 (0.48–0.74); unknown 0.21.”"""
    stated = [place for place in by_dispatch if place.code and place.likelihood]
    if not stated or stated[0].likelihood is None or stated[0].likelihood.probability < NEXT_TO_NOTHING:
        return f"No recorded route is likely; unknown {share_text(unknown.probability)}."
    first = stated[0]
    likelihood = stated[0].likelihood
    if likelihood.probability < HARDLY:
        return (
            f"No recorded route is likely; unknown {share_text(unknown.probability)}. "
            f"The likeliest recorded dispatch is from {first.name}, {likelihood}."
        )
    word = "Likely" if likelihood.probability >= unknown.probability else "Perhaps"
    return f"{word} through {first.name}, {likelihood}; unknown {share_text(unknown.probability)}."


def _told(trace: Trace, routes: Sequence[Route], *, assumption: str = "") -> LikelyRoutes:
    kind = trace.subject_kind
    names = _country_names(trace, routes)
    unknown = Likelihood(trace.unknown, trace.unknown_low, trace.unknown_high)
    by_dispatch, by_origin = (_places(trace.groups.get(name, []), names) for name in ("dispatch", "origin"))
    makers, companies = _parties(routes)
    part = trace.part or (_part_of(trace) if trace.component_id else None)
    return LikelyRoutes(
        kind=kind,
        pk=getattr(trace, f"{kind}_id"),
        label=str(trace.subject),
        sentence=sentence(by_dispatch, unknown),
        routes=tuple(_route(each, part, names, makers, companies) for each in routes),
        unknown=unknown,
        rest=trace.rest,
        by_dispatch=by_dispatch,
        by_origin=by_origin,
        component_count=trace.component_count,
        link_count=trace.link_count,
        stand_ins=trace.stand_ins,
        excluded=tuple(trace.excluded),
        rule_version=trace.rule_version,
        computed_at=trace.computed_at,
        is_synthetic=trace.is_synthetic,
        assumption=assumption,
    )


def _parties(routes: Sequence[Route]) -> tuple[dict[int, Named], dict[int, Named]]:
    """Makers and companies of routes by id. Two queries."""
    makers = Manufacturer.objects.filter(pk__in={each.manufacturer_id for each in routes})
    ids = {pk for each in routes for pk in (each.exporter_id, each.importer_id) if pk}
    return (
        {each.pk: Named(each.pk, each.name, each.country_id or "") for each in makers},
        {each.pk: Named(each.pk, each.name, each.country_id or "") for each in Company.objects.filter(pk__in=ids)},
    )


def _route(
    row: Route,
    part: Part | None,
    names: Mapping[str, str],
    makers: Mapping[int, Named],
    companies: Mapping[int, Named],
) -> LikelyRoute:
    nobody = Named(None, NOT_STATED)
    return LikelyRoute(
        rank=row.rank,
        manufacturer=makers[row.manufacturer_id],
        origin=_place(row.origin_country, names),
        dispatch=_place(row.dispatch_country, names),
        exporter=companies.get(row.exporter_id or 0, nobody),
        importer=companies.get(row.importer_id or 0, nobody),
        likelihood=Likelihood(row.probability, row.low, row.high),
        shipments=row.shipment_count,
        confirmed=row.confirmed_count,
        stand_in=row.stand_in,
        units=row.units,
        first_day=row.first_day,
        last_day=row.last_day,
        links=_links_query(row, part),
    )


def _links_query(row: Route, part: Part | None) -> str:
    """The question of the list of links that shows those of a route; a link that was rejected is not behind it."""
    asked: list[tuple[str, str]] = [("state__not", LinkState.REJECTED)]
    if row.stand_in == StandIn.HS:
        asked.append(("grade", LinkGrade.HS))
        if part and (code := subheading(part.hs_code)):
            asked.append(("found", code))
    else:
        asked.append(("manufacturer", str(row.manufacturer_id)))
        if row.stand_in == StandIn.MAKER:
            asked.append(("part__is_empty", "true"))
        elif part:
            asked.append(("part", str(part.pk)))
    for name in ("exporter", "importer"):
        if getattr(row, f"{name}_id"):
            asked.append((name, str(getattr(row, f"{name}_id"))))
    for name in ("origin_country", "dispatch_country"):
        value = getattr(row, name)
        asked.append((name, value) if value else (f"{name}__is_empty", "true"))
    return urlencode(asked)


def _part_of(trace: Trace) -> Part | None:
    """The part that a component is held to be by a judgement that the trace's audience may see."""
    judged = Identification.objects.current().filter(component=trace.component_id)
    seen = judged.filter(visibility__in=SEEN[Audience(trace.audience)])
    current = seen.select_related("part").first()
    return current.part if current is not None else None


def _place(code: str, names: Mapping[str, str]) -> Place:
    return Place(code, names.get(code, code) or NOT_STATED)


def _places(groups: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> tuple[Place, ...]:
    return tuple(
        Place(
            each["country"].strip(OTHERS),
            names.get(each["country"], "") or ("less likely routes" if each["country"] == OTHERS else NOT_STATED),
            Likelihood(each["share"], each["low"], each["high"]),
        )
        for each in groups
    )


def _country_names(trace: Trace, routes: Sequence[Route]) -> dict[str, str]:
    """One query."""
    codes = {each["country"] for group in trace.groups.values() for each in group}
    codes |= {code for each in routes for code in (each.origin_country, each.dispatch_country)}
    return dict(Country.objects.filter(pk__in=codes).values_list("pk", "name"))


def _assumed(other: WhatIf, held: Held) -> str:
    """Another assumption in words; "" for none."""
    said = []
    if other.without is not None:
        said.append(f"without dataset {other.without}")
    if other.lag_mean_days is not None:
        said.append(f"with a mean lag of {other.lag_mean_days:g} days")
    return ", ".join(said)
