"""Likely routes as drawings of a page: flows, arcs on a map, a timeline. Each has its figures as a table beside it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from components.models import ControlDate, Country, Link, Route
from components.normalise.shares import share_text
from components.summaries.route_countries import RouteCountries
from components.summaries.routes import LikelyRoute, LikelyRoutes
from components.web.addresses import list_address
from components.web.routes.times import Times

Chart = dict[str, Any]
MOST_AT_A_STAGE = 7  # names; the others are drawn together
MOST_DRAWN = 14  # routes told apart in a drawing; the table has them all
STAGES = ("Manufacturer", "Origin", "Dispatch", "Exporter", "Importer")
OTHERS = ("manufacturers", "countries", "countries", "exporters", "importers")
UNKNOWN, LESS_LIKELY = "Unknown route", "Less likely routes"
UNIT = "probability"
LEAST_DRAWN = 0.0005


def chain(route: LikelyRoute) -> list[str]:
    """The steps of a route in words, in the order of `STAGES`."""
    places = (route.manufacturer.name, route.origin.name, route.dispatch.name)
    return [*places, route.exporter.name, route.importer.name]


def links_address(route: LikelyRoute) -> str:
    """The list of the links behind a route."""
    return list_address(Link, route.links)


def flow_chart(answer: LikelyRoutes, identifier: str) -> Chart | None:
    """Maker → origin → dispatch → exporter → importer → what was traced, with the unknown as a node of its own."""
    if not answer.routes:
        return None
    flows: dict[tuple[str, str], float] = defaultdict(float)
    confirmed: set[tuple[str, str]] = set()
    named, subject = Stages(answer.routes), f"{len(STAGES)}:{answer.label}"
    for route in answer.routes:
        for pair in pairwise([*named.path(route), subject]):
            flows[pair] += route.likelihood.probability
            if route.confirmed:
                confirmed.add(pair)
    last = len(STAGES) - 1
    for name, share in ((LESS_LIKELY, answer.rest), (UNKNOWN, answer.unknown.probability)):
        if share > LEAST_DRAWN:
            flows[f"{last}:{name}", subject] += share
    nodes = dict.fromkeys(name for pair in flows for name in pair)
    stages = [*STAGES, answer.kind.replace("_", " ")]
    routes = answer.routes[:MOST_DRAWN]
    return {
        "id": identifier,
        "title": f"Likely flows: {' → '.join(stages).lower()}",
        "kind": "flow",
        "unit": UNIT,
        "categories": [*(" → ".join(chain(each)) for each in routes), UNKNOWN],
        "series": [
            {
                "name": "Share",
                "values": [
                    *(_rounded(each.likelihood.probability) for each in routes),
                    _rounded(answer.unknown.probability),
                ],
            }
        ],
        "links": [*map(links_address, routes), ""],
        "nodes": [
            {"name": name, "depth": int(name[0]), "is_unknown": name[2:] in {UNKNOWN, LESS_LIKELY}} for name in nodes
        ],
        "flows": [
            {"source": pair[0], "target": pair[1], "value": _rounded(value), "is_confirmed": pair in confirmed}
            for pair, value in flows.items()
            if value > LEAST_DRAWN
        ],
        "note": "Pale flows are inferred alone; full ones rest on at least one link that a person confirmed. "
        "What no record shows is drawn grey, as unknown.",
        "is_synthetic": answer.is_synthetic,
    }


class Stages:
    """The likeliest names of each stage of some routes; the others of a stage are drawn together."""

    def __init__(self, routes: Sequence[LikelyRoute]):
        weight: list[dict[str, float]] = [defaultdict(float) for _ in STAGES]
        for route in routes:
            for stage, name in enumerate(chain(route)):
                weight[stage][name] += route.likelihood.probability
        self.kept = [kept_names(each) for each in weight]
        self.others = [len(each) - len(kept) for each, kept in zip(weight, self.kept, strict=True)]

    def path(self, route: LikelyRoute) -> list[str]:
        """The nodes that a route passes, each with its stage before its name."""
        return [f"{stage}:{self._name(stage, name)}" for stage, name in enumerate(chain(route))]

    def _name(self, stage: int, name: str) -> str:
        if name in self.kept[stage]:
            return name
        return f"{self.others[stage]} other {OTHERS[stage]}"


def kept_names(weight: dict[str, float]) -> set[str]:
    """The likeliest names of a stage; a single other one is not worth a node that hides its name."""
    ranked = sorted(weight, key=lambda name: -weight[name])
    return set(ranked if len(ranked) <= MOST_AT_A_STAGE + 1 else ranked[:MOST_AT_A_STAGE])


def _rounded(share: float) -> float:
    return round(share, 4)


def arc_chart(answer: LikelyRoutes, identifier: str) -> Chart | None:
    """Origin → dispatch → the importer's country as arcs; None where no two countries are named."""
    shares, confirmed = _arc_shares(answer)
    countries = {each.pk: each for each in Country.objects.filter(pk__in={code for pair in shares for code in pair})}
    known = [pair for pair in shares if shares[pair] > LEAST_DRAWN and countries.keys() >= set(pair)]
    ranked = sorted(known, key=lambda pair: -shares[pair])
    if not ranked:
        return None
    return {
        "id": identifier,
        "title": "From origin through dispatch to the importer",
        "kind": "arcs",
        "unit": UNIT,
        "categories": [" → ".join(countries[code].name for code in pair) for pair in ranked],
        "series": [{"name": "Share", "values": [_rounded(shares[pair]) for pair in ranked]}],
        "arcs": [
            {
                "source": countries[pair[0]].numeric,
                "target": countries[pair[1]].numeric,
                "value": _rounded(shares[pair]),
                "is_confirmed": pair in confirmed,
            }
            for pair in ranked
        ],
        "places": {each.numeric: each.name for each in countries.values()},
        "note": "Dashed arcs are inferred alone; solid ones rest on at least one link that a person confirmed. "
        "Arcs join countries, not the ways that goods took.",
        "is_synthetic": answer.is_synthetic,
    }


def _arc_shares(answer: LikelyRoutes) -> tuple[dict[tuple[str, str], float], set[tuple[str, str]]]:
    """The probability of each pair of countries that follow one another, and the pairs with confirmed links."""
    shares: dict[tuple[str, str], float] = defaultdict(float)
    confirmed: set[tuple[str, str]] = set()
    for route in answer.routes:
        codes = [code for code in (route.origin.code, route.dispatch.code, route.importer.country) if code]
        for pair in pairwise(codes):
            if pair[0] == pair[1]:
                continue
            shares[pair] += route.likelihood.probability
            if route.confirmed:
                confirmed.add(pair)
    return shares, confirmed


def time_chart(answer: LikelyRoutes, times: Times, controls: Sequence[ControlDate], identifier: str) -> Chart | None:
    """When it was made, when shipments of each route were declared, when it was recovered; days of controls."""
    drawn = [each for each in answer.routes[:MOST_DRAWN] if each.first_day and each.last_day]
    spans = [
        *(_span("Made", *each, "made") for each in times.made),
        *(_route_span(each) for each in drawn),
        *(_span("Recovered", *each, "recovered") for each in times.recovered),
    ]
    if not drawn:
        return None
    return {
        "id": identifier,
        "title": "When",
        "kind": "timeline",
        "categories": [each["label"] for each in spans],
        "series": [],
        "spans": spans,
        "marks": [{"day": each.first_day.isoformat(), "text": str(each)} for each in controls],
        "figures": {
            "columns": ["What", "From", "Until"],
            "rows": [[each["label"], each["first"], each["last"]] for each in spans],
        },
        "note": "Bars of routes span the days of their shipments. Dotted lines are days of export controls and "
        "sanctions, listed below.",
        "is_synthetic": answer.is_synthetic,
    }


def _span(label: str, first: date, last: date, kind: str) -> dict[str, Any]:
    return {"label": label, "first": first.isoformat(), "last": last.isoformat(), "kind": kind}


def _route_span(route: LikelyRoute) -> dict[str, Any]:
    assert route.first_day is not None
    assert route.last_day is not None
    kind = "confirmed" if route.confirmed else "inferred"
    label = f"{route.rank}. {route.dispatch.name}, {route.exporter.name}"
    return _span(label, route.first_day, route.last_day, kind) | {"share": share_text(route.likelihood.probability)}


def country_bars(found: RouteCountries, identifier: str, most: int = 20) -> Chart:
    """Expected components by country of dispatch; each bar opens its routes."""
    shown = found.countries[:most]
    left_out = f"The {len(shown)} largest of {len(found.countries)}." if len(found.countries) > len(shown) else ""
    return {
        "id": identifier,
        "title": "Expected components by country of dispatch",
        "kind": "hbar",
        "unit": "components, expected",
        "categories": [each.name for each in shown],
        "series": [{"name": "Expected", "values": [round(each.expected, 2) for each in shown]}],
        "links": [list_address(Route, each.query) for each in shown],
        "note": left_out,
        "is_synthetic": found.is_synthetic,
    }


def country_map(found: RouteCountries, identifier: str) -> Chart:
    """The same on a map."""
    shown = [each for each in found.countries if each.numeric]
    return {
        "id": identifier,
        "title": "Countries of dispatch",
        "kind": "map",
        "unit": "components, expected",
        "categories": [each.name for each in shown],
        "series": [{"name": "Expected", "values": [round(each.expected, 2) for each in shown]}],
        "links": [list_address(Route, each.query) for each in shown],
        "codes": [each.numeric for each in shown],
        "note": "Small countries and territories, such as Hong Kong, are drawn as dots.",
        "is_synthetic": found.is_synthetic,
    }
