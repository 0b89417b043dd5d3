"""What is kept of answers: the likeliest routes with the days of their shipments, and probabilities by country."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from components.choices import StandIn
from components.routes.evidence import RouteKey, Shipments, date_of
from components.routes.held import CONFIRMED_RIGHT
from components.routes.posterior import Posterior
from components.routes.sums import grouped, summed

LEAST_LISTED = 0.002  # of probability: routes below it are listed together as the rest
OTHERS = "*"
SUREST = ("", *StandIn.values)


@dataclass(frozen=True)
class Listed:
    """A route as it is kept."""

    route: RouteKey
    probability: float
    low: float
    high: float
    shipments: int | None = None
    units: float | None = None


@dataclass(frozen=True)
class Days:
    """When the shipments of a route were declared, how many there are, how many of their links are confirmed.

    `stand_in` is "" where any of them names the part, else the surest that they name in its place.
    """

    first: Any = None
    last: Any = None
    count: int = 0
    confirmed: int = 0
    stand_in: str = ""


def trimmed(answer: Posterior, most: int) -> Posterior:
    """The answer with its least likely routes put together under `OTHERS`: sums over many components stay small."""
    if len(answer.routes) <= most:
        return answer
    kept, others = answer.routes[:most], answer.routes[most:]
    first = others[0]
    together = RouteKey(first.route.maker, OTHERS, OTHERS, OTHERS, OTHERS)
    rest = type(first)(together, sum(each.probability for each in others), 0.0, 1.0, 0, 0.0)
    draws = np.vstack([answer.draws[:most], answer.draws[most:-1].sum(axis=0), answer.draws[-1:]])
    return Posterior((*kept, rest), answer.unknown, draws)


def days_of(wanted: set[RouteKey], shipments: Iterable[Shipments]) -> dict[RouteKey, Days]:
    """Of each route, what the shipments say of it; one that stands in several of them counts once."""
    found: dict[RouteKey, dict[int, tuple[int, bool]]] = {route: {} for route in wanted}
    named: dict[RouteKey, set[str]] = {route: set() for route in wanted}
    for each in shipments:
        for number, route in enumerate(each.routes):
            if route in wanted:
                own = np.flatnonzero((each.route == number) & (each.right > 0))
                confirmed = (each.right[own] == CONFIRMED_RIGHT).tolist()
                days = zip(each.day[own].tolist(), confirmed, strict=True)
                found[route] |= dict(zip(each.link[own].tolist(), days, strict=True))
                named[route] |= {each.stand_in} if len(own) else set()
    return {route: _days(list(linked.values()), named[route]) for route, linked in found.items()}


def _days(linked: Sequence[tuple[int, bool]], named: set[str]) -> Days:
    if not linked:
        return Days()
    days = [day for day, _ in linked]
    confirmed = sum(confirmed for _, confirmed in linked)
    return Days(date_of(min(days)), date_of(max(days)), len(linked), confirmed, min(named, key=SUREST.index))


GROUPED: dict[str, Callable[[RouteKey], str]] = {
    "dispatch": lambda route: route.dispatch,
    "origin": lambda route: route.origin,
}


def by_country(answer: Posterior, key: Callable[[RouteKey], str]) -> list[dict[str, Any]]:
    """A component's probabilities by country, with their intervals, unknown left out."""
    told = [
        _said(name, share.probability, share.low, share.high)
        for name, share in grouped(answer, key).items()
        if name is not None
    ]
    return sorted((each for each in told if each["share"] >= LEAST_LISTED), key=lambda each: -float(each["share"]))


def summed_by_country(answers: Sequence[Posterior], key: Callable[[RouteKey], str]) -> list[dict[str, Any]]:
    told = [_said(each.key, each.share, each.low, each.high) for each in summed(answers, key) if each.key is not None]
    return [each for each in told if each["share"] >= LEAST_LISTED]


def _said(name: Any, share: float, low: float, high: float) -> dict[str, Any]:
    return {"country": name, "share": round(share, 4), "low": round(low, 4), "high": round(high, 4)}
