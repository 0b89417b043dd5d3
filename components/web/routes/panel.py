"""What the page of a record says of its likely routes in short, and why it says nothing where it does not."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse

from components.choices import LinkGrade, LinkState, StandIn
from components.exports.rows import visible_rows
from components.models import Link, Part, Route
from components.normalise.hs_codes import subheading
from components.normalise.shares import share_text
from components.summaries.routes import LikelyRoute, LikelyRoutes, Place, kept_routes
from components.web.addresses import list_address
from components.web.routes.drawing import chain, links_address
from components.web.routes.times import components_of

MOST_SHOWN = 3  # routes or countries; the full page has them all
NONE_LINKED = "Nothing can be said of its supply chains: no shipment that you may see is linked to it."
NEVER_MIXED = "Synthetic shipments say nothing of what was really found, nor the reverse."
NONE_LISTED = (
    "No route of the linked shipments is likely enough to be listed: dates or a review rule them out, or hardly any "
    "is of the part."
)


@dataclass(frozen=True)
class RouteLine:
    """A route in a row: its steps in words, its probability, and the links behind it."""

    rank: int
    steps: list[str]
    probability: float
    text: str
    interval: str
    is_confirmed: bool
    shipments: int
    confirmed: int
    first_day: Any
    last_day: Any
    links: str


def line(route: LikelyRoute) -> RouteLine:
    """A route as a row."""
    likely = route.likelihood
    return RouteLine(
        rank=route.rank,
        steps=chain(route),
        probability=round(likely.probability, 4),
        text=share_text(likely.probability),
        interval=f"{likely.low:.2f}–{likely.high:.2f}",
        is_confirmed=route.confirmed > 0,
        shipments=route.shipments,
        confirmed=route.confirmed,
        first_day=route.first_day,
        last_day=route.last_day,
        links=links_address(route),
    )


def routes_address(kind: str, pk: int) -> str:
    """The page of the likely routes of a record."""
    return reverse("web:routes-of", args=[kind.replace("_", "-"), pk])


def routes_panel(kind: str, pk: int, user: Any) -> dict[str, Any]:
    """The answers in short, with their likeliest routes; where there is none, why."""
    answers = kept_routes(kind, pk, user)
    return {
        "answers": [shortened(each) for each in answers],
        "address": routes_address(kind, pk),
        "why_not": "" if answers else why_not(kind, pk, user),
    }


def shortened(answer: LikelyRoutes) -> dict[str, Any]:
    """An answer in short: the likeliest routes of a component or part; of a sum over many, the likeliest countries."""
    is_sum = answer.kind not in {"component", "part"}
    return {
        "answer": answer,
        "standing_in": standing_in(answer),
        "places": [place_line(each, answer) for each in answer.by_dispatch[:MOST_SHOWN]] if is_sum else [],
        "lines": [] if is_sum else [line(route) for route in answer.routes[:MOST_SHOWN]],
    }


def place_line(place: Place, answer: LikelyRoutes) -> dict[str, Any]:
    """A country of dispatch as a row, with the list of the routes through it."""
    assert place.likelihood is not None
    through = {"dispatch_country": place.code} if place.code else {"dispatch_country__is_empty": "true"}
    query = urlencode({f"of_{answer.kind}": answer.pk, **through})
    likely = place.likelihood
    return {
        "name": place.name,
        "url": list_address(Route, query),
        "share": round(likely.probability, 4),
        "text": share_text(likely.probability),
        "interval": f"{likely.low:.2f}–{likely.high:.2f}",
    }


def why_none(answer: LikelyRoutes) -> str:
    """Why an answer names no route; "" where it does."""
    if answer.routes:
        return ""
    return f"{NONE_LINKED} {NEVER_MIXED}" if not answer.link_count else NONE_LISTED


def why_not(kind: str, pk: int, user: Any) -> str:
    """Why nothing is said of the routes of a record: the first of the steps towards them that is missing."""
    found = components_of(kind, pk, user)
    judged = found.filter(current_maker__isnull=False)
    if kind == "part" and not judged.exists():
        return "It was found in no weapon that you may see: there is nothing to trace."
    if not judged.exists():
        return "Nothing can be said of its supply chains: no component of it is identified, not even by its maker."
    parts = Part.objects.filter(Q(pk=pk) if kind == "part" else Q(pk__in=judged.order_by().values("current_part")))
    standing = visible_rows(Link, user).exclude(state=LinkState.REJECTED)
    makers = judged.order_by().values("current_maker")
    codes = {subheading(code) for code in parts.order_by().values_list("hs_code", flat=True).distinct()} - {""}
    linked = (Q(part__in=parts.values("pk")), Q(manufacturer__in=makers), Q(grade=LinkGrade.HS, found__in=codes))
    if not any(standing.filter(each).exists() for each in linked):  # each has an index of its own
        return NONE_LINKED
    return "Its supply chains have not been traced yet; the next run will."


def headline(answer: LikelyRoutes) -> str:
    """What an answer rests on, in words."""
    components = f"{answer.component_count:,} component{'' if answer.component_count == 1 else 's'}"
    links = f"{answer.link_count:,} linked shipment{'' if answer.link_count == 1 else 's'}"
    return f"From {links} and {components}, by rule {answer.rule_version} on {answer.computed_at:%Y-%m-%d}."


STAND_INS = {
    StandIn.MAKER: "No shipment that you may see names the part: these name its maker and no part that is known.",
    StandIn.HS: (
        "No shipment that you may see names the part or its maker: these name neither a number nor a maker that is "
        "known, and declare its HS code to six digits. The figures are those of such goods at large."
    ),
}
STAND_INS_OF_A_SUM = {
    StandIn.MAKER: "the part; some name its maker alone",
    StandIn.HS: "the part or its maker; some declare its HS code alone",
}


def standing_in(answer: LikelyRoutes) -> list[str]:
    """What to know of an answer where no shipment names the part, or the parts of some components."""
    if answer.kind in {"component", "part"}:
        return [STAND_INS[StandIn(each)] for each in answer.stand_ins]
    return [
        f"For {count:,} component{'' if count == 1 else 's'} no shipment that you may see names "
        f"{STAND_INS_OF_A_SUM[StandIn(each)]}."
        for each, count in answer.stand_ins.items()
    ]
