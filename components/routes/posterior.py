"""How likely each route brought a component, and how likely a route that is not recorded: a pure calculation."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from components.routes.delays import lag_weight, shelf_weight
from components.routes.evidence import Bools, Find, Floats, Ints, RouteKey, Shipments, date_of, day_number
from components.routes.part import Part, by_route

Reason = tuple[Bools, Callable[[date], str]]
LOW, HIGH = 0.05, 0.95  # the ends of an interval that holds 90 %


@dataclass(frozen=True)
class RouteShare:
    """A route's probability with the ends of its 90 % interval; the shipments that could have brought the component.

    Without any a route can still be likely: it was in use within months, and not all that it brought is recorded.
    """

    route: RouteKey
    probability: float
    low: float
    high: float
    shipments: int
    units: float  # expected, of those shipments


@dataclass(frozen=True)
class Share:
    """A probability with the ends of its 90 % interval."""

    probability: float
    low: float
    high: float


@dataclass(frozen=True)
class Excluded:
    """A shipment that cannot have brought the component, and why in words."""

    link: int
    reason: str


@dataclass(frozen=True)
class Posterior:
    """The answer for one component: routes by falling probability, and the route not recorded; together they make 1.

    `draws` is (routes + 1, draws): each column a way things may be, of sum 1; rows in the order of `routes`, unknown
    last. Column n is the same state of importers, datasets and links for every component.
    """

    routes: tuple[RouteShare, ...]
    unknown: Share
    draws: NDArray[np.float32]


def posterior(find: Find, part: Part) -> Posterior:
    """The routes of a find among those of its part's shipments; a route that cannot have brought it is left out."""
    weight = _delays(find, part.shipments.day, part)
    possible = (weight > 0) & (part.expected > 0)
    masses = _masses(find, part, weight * possible)
    shares = _normalised(masses)
    counts = np.bincount(part.shipments.route[possible], minlength=part.routes)
    units = np.bincount(part.shipments.route[possible], part.expected[possible], part.routes).astype(np.float64)
    return _ranked(part.shipments.routes, shares, counts, units)


def excluded(find: Find, shipments: Shipments) -> tuple[Excluded, ...]:
    """The shipments that the dates or a review rule out, each with its reason, in the order of the columns."""
    rejected: Reason = (shipments.right == 0, lambda _: "the link was rejected")
    found: dict[int, Excluded] = {}
    for ruled_out, say in (rejected, *_by_dates(find, shipments.day)):
        for index in np.flatnonzero(ruled_out):
            link = int(shipments.link[index])
            found.setdefault(int(index), Excluded(link, say(date_of(shipments.day[index]))))
    return tuple(found[index] for index in sorted(found))


def _by_dates(find: Find, day: Ints) -> list[Reason]:
    reasons: list[Reason] = []
    if find.made:
        made = min(first for first, _ in find.made)
        reasons.append(
            (day < day_number(made), lambda on: f"declared {on}, before the earliest day of manufacture {made}")
        )
    if (recovered := find.recovered[1]) is not None:
        reasons.append(
            (day > day_number(recovered), lambda on: f"declared {on}, after the last day of recovery {recovered}")
        )
    return reasons


def _delays(find: Find, day: Ints, part: Part) -> Floats:
    """For goods declared on each day, the probability of the find's dates."""
    beliefs = part.beliefs
    return lag_weight(beliefs.lag, day, find.recovered) * shelf_weight(beliefs.shelf, day, find.made)


def _masses(find: Find, part: Part, weight: Floats) -> Floats:
    """Weights, (routes + 1, draws): what is seen and unseen of each route, then what is unseen of unknown routes."""
    unseen = part.unseen
    monthly = _delays(find, part.beliefs.recorded.days, part).reshape(-1, 3).mean(axis=1)
    near = unseen.near @ (unseen.missing * monthly[unseen.span, None])
    routes = _seen(part, weight) * part.use + unseen.scale * near
    unknown = np.sum(unseen.novelty * near, axis=0) + unseen.elsewhere * (monthly @ unseen.fresh)
    return np.vstack([routes, unknown])


def _seen(part: Part, weight: Floats) -> Floats:
    """Units by route and draw, each shipment weighed."""
    shipments, drawn = part.shipments, part.drawn
    now = drawn[weight[drawn] > 0]
    rows = part.effects[weight[drawn] > 0] * weight[now, None]
    total = by_route(rows, shipments.route[now], part.routes)
    if len(drawn) < len(shipments):
        rest = weight * part.expected
        rest[drawn] = 0.0
        total += np.bincount(shipments.route, rest, part.routes)[:, None]
    return total


def _normalised(masses: Floats) -> Floats:
    """Columns of sum 1; a column without any weight says unknown."""
    total = masses.sum(axis=0)
    shares = np.divide(masses, total, out=np.zeros_like(masses), where=total > 0)
    shares[-1, total <= 0] = 1.0
    return shares


def _ranked(routes: tuple[RouteKey, ...], shares: Floats, counts: Ints, units: Floats) -> Posterior:
    probability = shares.mean(axis=1)
    low, high = np.sort(shares, axis=1)[:, _ends(shares.shape[1])].T
    kept = [index for index in np.argsort(-probability[:-1], kind="stable") if probability[index] > 0]
    ranked = tuple(
        RouteShare(routes[i], float(probability[i]), float(low[i]), float(high[i]), int(counts[i]), float(units[i]))
        for i in kept
    )
    unknown = Share(float(probability[-1]), float(low[-1]), float(high[-1]))
    return Posterior(ranked, unknown, shares[[*kept, len(routes)]].astype(np.float32))


def _ends(draws: int) -> list[int]:
    """Where in sorted draws the ends of the interval stand."""
    return [int(LOW * draws), min(int(np.ceil(HIGH * draws)), draws - 1)]
