"""Imports of the part that no dataset records: how much, on which routes, in which months."""

from dataclasses import dataclass

import numpy as np

from components.routes.beliefs import Beliefs
from components.routes.evidence import Bools, Floats, Ints, Shipments, day_number
from components.routes.units import Units

BEFORE_MONTHS, AFTER_MONTHS = 240, 12  # of the grid around the first and last month that is covered or has a shipment
FEWEST = 0.05  # shipments that a route counts for at least, so that a gamma distribution can be drawn


@dataclass(frozen=True)
class Unseen:
    """Unseen weight as factors that a find's delays by month are multiplied with.

    A route's share is `scale` × (`near` @ (`missing` × delays)); unknown routes take `novelty` of each route's share,
    and `elsewhere` × `fresh` @ delays, where months lie far from anything recorded.
    """

    months: Ints  # months since 1970-01
    near: Floats  # (routes, months): shipments seen about each month, nearest heaviest
    missing: Floats  # (months, draws): shipments unseen for each seen about that month
    fresh: Floats  # (months, draws): shipments of routes of which nothing is known
    scale: Floats  # (routes, draws): military units of one shipment of the route, times its uncertain number
    novelty: Floats  # (routes, draws): military units of unknown routes for each seen about
    elsewhere: Floats  # (draws,): military units of one shipment of an unknown route

    @property
    def days(self) -> Ints:
        """Three days of each month, (months × 3,), at which delays are averaged."""
        starts = self.months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
        return np.asarray(starts[:, None] + np.array([4, 14, 24])).ravel()


def unseen_of(shipments: Shipments, units: Units, use: Floats, kept: Floats, beliefs: Beliefs) -> Unseen:
    """`use` and `kept` are (routes, draws): military use of the importer; share of the links that is right."""
    p = beliefs.parameters
    months = _grid(shipments, beliefs)
    covered = _covered(months, beliefs)
    triangle = _triangle(months, p.smoothing_months, _month_of_break(beliefs))
    count: Floats = np.bincount(shipments.route, shipments.right, len(shipments.routes)).astype(np.float64)
    seen = _seen(shipments, months)
    rate = np.maximum(count.sum(), FEWEST) / np.maximum(covered.sum(axis=0), 1.0)  # a month, were all of it recorded
    reach = triangle @ covered + p.new_route_strength / rate
    stream = beliefs.generator("unseen", shipments.link.tobytes().hex()[:4096])
    drift = _drift(stream, triangle @ covered > 0, p.rate_drift_sd)
    fresh = (1 - covered) * p.new_route_strength / reach * drift
    new = np.minimum(p.new_route_discount, count) / np.maximum(count, FEWEST)
    number = _gammas(stream, count * (1 - new), beliefs.draws)
    typical = _typical_use(count, use, beliefs)
    return Unseen(
        months,
        seen @ triangle,
        (1 - covered) / reach,
        fresh,
        number * kept * use * (units.route_mean * (1 - new))[:, None],
        new[:, None] * kept * typical * units.part_mean,
        typical * units.part_mean,
    )


def _grid(shipments: Shipments, beliefs: Beliefs) -> Ints:
    days = [day_number(day) for held in beliefs.coverage.values() for day in (held.first_day, held.last_day)]
    months = _month(np.array([*days, *shipments.day[:1], *shipments.day.tolist()] or [0], dtype=np.int64))
    return np.arange(months.min() - BEFORE_MONTHS, months.max() + AFTER_MONTHS + 1)


def _month(days: Ints) -> Ints:
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def _month_of_break(beliefs: Beliefs) -> int | None:
    day = beliefs.parameters.break_on
    return None if day is None else int(_month(np.array([day_number(day)]))[0])


def _covered(months: Ints, beliefs: Beliefs) -> Floats:
    """The share of imports that some dataset records, (months, draws); datasets miss independently of one another."""
    missed = np.ones((len(months), beliefs.draws))
    for dataset, held in beliefs.coverage.items():
        first, last = _month(np.array([day_number(held.first_day), day_number(held.last_day)]))
        missed[(months >= first) & (months <= last)] *= 1 - beliefs.covered(dataset)
    return 1 - missed


def _triangle(months: Ints, width: float, broken: int | None) -> Floats:
    """How much a month says of another: 1 for itself, falling to 0 at `width`, and 0 across the break."""
    weight = np.maximum(1 - np.abs(months[:, None] - months[None, :]) / width, 0.0)
    if broken is not None:
        later = months > broken
        weight[later[:, None] != later[None, :]] = 0.0
    return np.asarray(weight)


def _seen(shipments: Shipments, months: Ints) -> Floats:
    """Shipments by route and month, each counted by the probability that its link is right."""
    cells = shipments.route * len(months) + (_month(shipments.day) - months[0])
    size = len(shipments.routes) * len(months)
    return np.bincount(cells, shipments.right, size).astype(np.float64).reshape(len(shipments.routes), len(months))


def _drift(stream: np.random.Generator, near: Bools, sd: float) -> Floats:
    """A factor of mean 1, one per draw, on the rate in months that no dataset is near."""
    draws = near.shape[1]
    factor = np.exp(sd * stream.standard_normal(draws) - sd**2 / 2)
    return np.where(near, 1.0, factor)


def _gammas(stream: np.random.Generator, shape: Floats, draws: int) -> Floats:
    """Draws of mean 1 for counts known as well as `shape` shipments tell."""
    known = np.maximum(shape, FEWEST)[:, None]
    return np.asarray(stream.standard_gamma(known, (len(shape), draws)) / known)


def _typical_use(count: Floats, use: Floats, beliefs: Beliefs) -> Floats:
    """Military use of an importer not seen, (draws,): as those seen with the part, and one of the prior."""
    prior = beliefs.military_use("\x1fnot seen")
    return np.asarray((count @ use + prior) / (count.sum() + 1))
