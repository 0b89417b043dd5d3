"""Likely routes as drawings of a page: flows, arcs on a map, a timeline. Each has its figures as a table beside it."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from components.models import ControlDate, Country, Link, Route
from components.summaries.route_countries import RouteCountries
from components.summaries.routes import LikelyRoute, LikelyRoutes
from components.web.addresses import list_address
from components.web.columns import share_text
from components.web.routes.times import Times

Chart = dict[str, Any]
MOST_DRAWN = 14  # routes told apart in a drawing; the table has them all
STAGES = ("Manufacturer", "Origin", "Dispatch", "Exporter", "Importer")
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


def flow_chart(answer: LikelyRoutes, identifier: str) -> Chart:
    """Maker → origin → dispatch → exporter → importer → what was traced, with the unknown as a node of its own."""
    drawn = answer.routes[:MOST_DRAWN]
    flows: dict[tuple[str, str], float] = defaultdict(float)
    confirmed: set[tuple[str, str]] = set()
    depth: dict[str, int] = {}
    subject = f"5:{answer.label}"
    for route in drawn:
        path = [f"{stage}:{name}" for stage, name in enumerate(chain(route))] + [subject]
        depth |= {name: stage for stage, name in enumerate(path)}
        for pair in pairwise(path):
            flows[pair] += route.likelihood.probability
            if route.confirmed:
                confirmed.add(pair)
    rest = answer.rest + sum(each.likelihood.probability for each in answer.routes[MOST_DRAWN:])
    for name, share in ((LESS_LIKELY, rest), (UNKNOWN, answer.unknown.probability)):
        if share > LEAST_DRAWN:
            depth |= {f"4:{name}": 4, subject: 5}
            flows[f"4:{name}", subject] += share
    return {
        "id": identifier,
        "title": "Likely flows",
        "kind": "flow",
        "unit": UNIT,
        "categories": [*(" → ".join(chain(each)) for each in drawn), LESS_LIKELY, UNKNOWN],
        "series": [
            {
                "name": "Share",
                "values": [
                    *(round(each.likelihood.probability, 4) for each in drawn),
                    round(rest, 4),
                    round(answer.unknown.probability, 4),
                ],
            }
        ],
        "links": [*map(links_address, drawn), "", ""],
        "nodes": [
            {"name": name, "depth": stage, "is_unknown": name.partition(":")[2] in {UNKNOWN, LESS_LIKELY}}
            for name, stage in depth.items()
        ],
        "flows": [
            {
                "source": source,
                "target": target,
                "value": round(value, 4),
                "is_confirmed": (source, target) in confirmed,
            }
            for (source, target), value in flows.items()
            if value > LEAST_DRAWN
        ],
        "stages": [*STAGES, answer.kind.replace("_", " ").capitalize()],
        "note": "Pale flows are inferred; full ones rest on at least one link that a person confirmed. "
        "What no record shows is drawn as unknown.",
        "is_synthetic": answer.is_synthetic,
    }


def arc_chart(answer: LikelyRoutes, identifier: str) -> Chart | None:
    """Origin → dispatch → the importer's country as arcs; None where fewer than two countries are named."""
    shares: dict[tuple[str, str], float] = defaultdict(float)
    confirmed: set[tuple[str, str]] = set()
    for route in answer.routes:
        codes = [code for code in (route.origin.code, route.dispatch.code, route.importer.country) if code]
        for pair in pairwise(codes):
            if pair[0] != pair[1]:
                shares[pair] += route.likelihood.probability
                if route.confirmed:
                    confirmed.add(pair)
    ranked = sorted(((pair, share) for pair, share in shares.items() if share > LEAST_DRAWN), key=lambda each: -each[1])
    if not ranked:
        return None
    codes = {code for pair, _ in ranked for code in pair}
    countries = {each.pk: each for each in Country.objects.filter(pk__in=codes)}
    ranked = [(pair, share) for pair, share in ranked if all(code in countries for code in pair)]
    arcs = [
        {
            "source": countries[source].numeric,
            "target": countries[target].numeric,
            "value": round(share, 4),
            "is_confirmed": (source, target) in confirmed,
        }
        for (source, target), share in ranked
    ]
    named = [f"{countries[source].name} → {countries[target].name}" for (source, target), _ in ranked]
    return {
        "id": identifier,
        "title": "From origin through dispatch to the importer",
        "kind": "arcs",
        "unit": UNIT,
        "categories": named,
        "series": [{"name": "Share", "values": [each["value"] for each in arcs]}],
        "arcs": arcs,
        "places": {countries[code].numeric: countries[code].name for code in codes if code in countries},
        "note": "Dashed arcs are inferred; solid ones rest on at least one link that a person confirmed. "
        "Arcs join countries, not the ways that goods took.",
        "is_synthetic": answer.is_synthetic,
    }


def time_chart(answer: LikelyRoutes, times: Times, controls: Sequence[ControlDate], identifier: str) -> Chart | None:
    """When it was made, when shipments of each route were declared, when it was recovered; days of controls."""
    drawn = [each for each in answer.routes[:MOST_DRAWN] if each.first_day and each.last_day]
    spans = [
        *(_span("Made", *each, "made") for each in times.made),
        *(_route_span(each) for each in drawn),
        *(_span("Recovered", *each, "recovered") for each in times.recovered),
    ]
    if not spans:
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
            "columns": [{"label": "What"}, {"label": "From"}, {"label": "Until"}],
            "rows": [{"cells": [each["label"], each["first"], each["last"]]} for each in spans],
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
