"""Imports of the part that no dataset records: how much, on which routes, in which months."""

from dataclasses import dataclass

import numpy as np

from components.routes.beliefs import Beliefs
from components.routes.evidence import Floats, Shipments
from components.routes.recorded import Recorded
from components.routes.units import Units

FEWEST = 0.05  # shipments that a route counts for at least, so that a gamma distribution can be drawn


@dataclass(frozen=True)
class Unseen:
    """Unseen weight as factors that the delays of a find, by month, are multiplied with.

    A route's share is `scale` × (`near` @ (`missing` × delays)); unknown routes take `novelty` of each route's, and
    `elsewhere` × (delays @ `fresh`), which is all there is where months lie far from anything recorded.
    """

    span: slice  # of the months of the grid: those near a shipment
    near: Floats  # (routes, months of the span): shipments seen about each month, nearest heaviest
    missing: Floats  # (months of the span, draws): shipments unseen for each seen about that month
    fresh: Floats  # (months, draws): shipments of routes of which nothing is known
    scale: Floats  # (routes, draws): military units of one shipment of the route, times its uncertain number
    novelty: Floats  # (routes, draws): military units of unknown routes for each seen about
    elsewhere: Floats  # (draws,): military units of one shipment of an unknown route


def unseen_of(shipments: Shipments, units: Units, use: Floats, kept: Floats, beliefs: Beliefs) -> Unseen:
    """`use` and `kept` are (routes, draws): military use of the importer; share of the links that is right."""
    p, recorded = beliefs.parameters, beliefs.recorded
    stream = beliefs.generator("unseen", shipments.link.tobytes().hex()[:4096])
    count: Floats = np.bincount(shipments.route, shipments.right, len(shipments.routes)).astype(np.float64)
    seen, span = _seen(shipments, recorded, p.smoothing_months)
    rate = np.maximum(count.sum(), FEWEST) / np.maximum(recorded.covered.sum(axis=0), 1.0)  # a month, all recorded
    missing = (1 - recorded.covered) / (recorded.reach + p.new_route_strength / rate)
    new = np.minimum(p.new_route_discount, count) / np.maximum(count, FEWEST)
    number = _gammas(stream, count * (1 - new), beliefs.draws)
    elsewhere = _typical_use(count, use, beliefs) * units.part_mean
    return Unseen(
        span,
        seen @ recorded.kinship[span, span],
        missing[span],
        missing * p.new_route_strength * _drift(stream, recorded, p.rate_drift_sd),
        number * kept * use * (units.route_mean * (1 - new))[:, None],
        new[:, None] * kept * elsewhere,
        elsewhere,
    )


def _seen(shipments: Shipments, recorded: Recorded, smoothing: float) -> tuple[Floats, slice]:
    """Shipments by route and month, each counted by the probability that its link is right; which months these are."""
    position = recorded.position(shipments.day)
    reach = int(np.ceil(smoothing))
    first = max(int(position.min(initial=0 if not len(position) else position[0])) - reach, 0)
    last = min(int(position.max(initial=0)) + reach + 1, len(recorded.months))
    cells = shipments.route * (last - first) + position - first
    size = len(shipments.routes) * (last - first)
    counts = np.bincount(cells, shipments.right, size).astype(np.float64)
    return counts.reshape(len(shipments.routes), last - first), slice(first, last)


def _drift(stream: np.random.Generator, recorded: Recorded, sd: float) -> Floats:
    """A factor of mean 1, one per draw, on the rate in months that no dataset is near."""
    factor = np.exp(sd * stream.standard_normal(recorded.reach.shape[1]) - sd**2 / 2)
    return np.where(recorded.reach > 0, 1.0, factor)


def _gammas(stream: np.random.Generator, shape: Floats, draws: int) -> Floats:
    """Draws of mean 1 for counts known as well as `shape` shipments tell."""
    known = np.maximum(shape, FEWEST)[:, None]
    return np.asarray(stream.standard_gamma(known, (len(shape), draws)) / known)


def _typical_use(count: Floats, use: Floats, beliefs: Beliefs) -> Floats:
    """Military use of an importer not seen, (draws,): as those seen with the part, and one of the prior."""
    prior = beliefs.military_use("\x1fnot seen")
    return np.asarray((count @ use + prior) / (count.sum() + 1))
