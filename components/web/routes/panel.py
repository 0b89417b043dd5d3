"""What the page of a record says of its likely routes in short, and why it says nothing where it does not."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from components.choices import LinkState
from components.exports.rows import visible_rows
from components.models import Link
from components.summaries.routes import LikelyRoute, LikelyRoutes, kept_routes
from components.web.columns import share_text
from components.web.routes.drawing import chain, links_address
from components.web.routes.times import components_of

MOST_SHOWN = 3  # routes; the full page has them all


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
        "answers": [{"answer": each, "lines": [line(route) for route in each.routes[:MOST_SHOWN]]} for each in answers],
        "address": routes_address(kind, pk),
        "why_not": "" if answers else why_not(kind, pk, user),
    }


def why_not(kind: str, pk: int, user: Any) -> str:
    """Why nothing is said of the routes of a record: the first of the steps towards them that is missing."""
    found = components_of(kind, pk, user)
    judged = found.filter(current_maker__isnull=False)
    if kind != "part" and not judged.exists():
        return "Nothing can be said of its supply chains: no component of it is identified, not even by its maker."
    parts = [pk] if kind == "part" else judged.order_by().values("current_part")
    standing = visible_rows(Link, user).exclude(state=LinkState.REJECTED)
    makers = judged.order_by().values("current_maker")
    is_linked = standing.filter(part__in=parts).exists() or standing.filter(manufacturer__in=makers).exists()
    if not is_linked:
        return "Nothing can be said of its supply chains: no shipment that you may see is linked to it."
    return "Its supply chains have not been traced yet; the next run will."


def headline(answer: LikelyRoutes) -> str:
    """What an answer rests on, in words."""
    components = f"{answer.component_count:,} component{'' if answer.component_count == 1 else 's'}"
    links = f"{answer.link_count:,} linked shipment{'' if answer.link_count == 1 else 's'}"
    return f"From {links} and {components}, by rule {answer.rule_version} on {answer.computed_at:%Y-%m-%d}."
