"""Imports of the part that no dataset records: how much, on which routes, in which months.

Routes are taken to be met as in a Pitman-Yor process (Pitman and Yor, Annals of Probability 25, 1997): of n shipments
on k routes, the next is on a new one with probability (strength + k × discount) / (n + strength).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from components.routes.beliefs import Beliefs
from components.routes.evidence import Floats, Ints, Shipments
from components.routes.recorded import Recorded
from components.routes.units import Units

BLOCK = 3  # months that lots are drawn for together
MOST_LOTS = 4_000_000  # numbers, 16 MB
FEWEST = 0.05  # shipments that a route counts for at least, so that a gamma distribution can be drawn


@dataclass(frozen=True)
class Unseen:
    """Unseen weight as factors that the delays of a find, by month, are multiplied with.

    A route's share is `scale` × (`near` @ (`missing` × delays)); unknown routes take `novelty` of each route's, and
    `elsewhere` × (delays @ `fresh`) where months lie far from anything recorded. Some of what came in those months was
    on the routes of other times: `scale` × (`lasting` @ (delays @ `far`)), by side of the break.
    """

    span: slice  # of the months of the grid: those near a shipment
    near: Floats  # (routes, months of the span): shipments seen about each month, nearest heaviest
    missing: Floats  # (months of the span, draws): shipments unseen for each seen about that month
    fresh: Floats  # (months, draws): shipments of routes of which nothing is known
    far: Floats  # (months, draws): shipments far from anything recorded
    side: Ints  # (months,): of the break
    lasting: Floats  # (routes, 2): the share of what is far that is on each route, by side of the break
    scale: Floats  # (routes, draws): units of one shipment of the route, times its uncertain number
    novelty: Floats  # (routes, draws): military units of unknown routes for each seen about
    elsewhere: Floats  # (draws,): military units of one shipment of an unknown route
    lots: NDArray[np.float32] | None  # (blocks of the span, routes × draws): units unseen, shipment by shipment
    new_lots: Floats  # (months, draws): the same of unknown routes
    mean_missing: Floats  # (months of the span,): the means of the above, with importers' goods all for weapons
    mean_fresh: Floats
    mean_far: Floats
    mean_scale: Floats
    mean_novelty: Floats
    mean_elsewhere: float

    def gone_on(self, monthly: Floats, far: Floats) -> Floats:
        """Of each route, the shipments of far months (months, …), delays weighed: (routes, …)."""
        by_side = np.stack([(monthly * (self.side == side)) @ far for side in (0, 1)])
        return np.asarray(self.lasting @ by_side)


def unseen_of(shipments: Shipments, units: Units, use: Floats, kept: Floats, beliefs: Beliefs) -> Unseen:
    """`use` and `kept` are (routes, draws): military use of the importer; share of the links that is right."""
    p, recorded = beliefs.parameters, beliefs.recorded
    stream = beliefs.generator("unseen", shipments.stream)
    count: Floats = np.bincount(shipments.route, shipments.right, len(shipments.routes)).astype(np.float64)
    seen, span = _seen(shipments, recorded, p.smoothing_months)
    total = max(float(count.sum()), FEWEST)
    rate = total / np.maximum(recorded.covered.sum(axis=0), 1.0)  # a month, were all of it recorded
    missing = (1 - recorded.covered) / (recorded.reach + p.far_months)
    new = np.minimum(p.new_route_discount, count) / np.maximum(count, FEWEST)
    number = _gammas(stream, count * (1 - new), beliefs.draws) * _sizes(stream, units, beliefs.draws)
    elsewhere = _typical_use(count, use, beliefs) * units.part_mean
    novelty = new + p.new_route_strength / total
    far = missing * p.far_months * rate * _drift(stream, recorded, p.rate_drift_sd)
    lasting = p.route_lasting * _shares_by_side(shipments, recorded)
    fresh = far * (1 - lasting.sum(axis=0))[recorded.side, None]
    near = seen @ recorded.kinship[span, span]
    spread = float(np.expm1(units.log_sd**2))
    fresh_all = fresh.copy()
    fresh_all[span] += missing[span] * np.einsum("rm,r->m", near, novelty)[:, None]
    return Unseen(
        span,
        near,
        missing[span],
        fresh,
        far,
        recorded.side,
        lasting,
        number * kept * (units.route_mean * (1 - new))[:, None],
        novelty[:, None] * kept * elsewhere,
        elsewhere,
        _lots(stream, near, number * kept * (1 - new)[:, None], missing[span], units.route_mean, spread),
        _compound(stream, fresh_all, spread) * elsewhere,
        missing[span].mean(axis=1),
        fresh.mean(axis=1),
        far.mean(axis=1),
        units.route_mean * (1 - new),
        novelty * elsewhere.mean(),
        float(elsewhere.mean()),
    )


def _seen(shipments: Shipments, recorded: Recorded, smoothing: float) -> tuple[Floats, slice]:
    """Shipments by route and month, each counted by the probability that its link is right; which months these are."""
    position, months = recorded.position(shipments.day), len(recorded.months)
    reach = int(np.ceil(smoothing))
    first = max(int(position.min(initial=months)) - reach, 0)
    last = min(int(position.max(initial=0)) + reach + 1, months)
    first = max(last - -(-max(last - first, BLOCK) // BLOCK) * BLOCK, 0)
    last = first + (last - first) // BLOCK * BLOCK
    width = last - first
    cells = shipments.route * width + np.minimum(position - first, width - 1)
    counts = np.bincount(cells, shipments.right, len(shipments.routes) * width).astype(np.float64)
    return counts.reshape(len(shipments.routes), width), slice(first, last)


def _shares_by_side(shipments: Shipments, recorded: Recorded) -> Floats:
    """The share of each route of the part's shipments before the break and after it, (routes, 2); 0 without any."""
    side = recorded.side[recorded.position(shipments.day)]
    cells = np.bincount(shipments.route * 2 + side, shipments.right, len(shipments.routes) * 2)
    count = cells.astype(np.float64).reshape(-1, 2)
    total = count.sum(axis=0)
    return np.asarray(np.divide(count, total, out=np.zeros_like(count), where=total > 0))


def _drift(stream: np.random.Generator, recorded: Recorded, sd: float) -> Floats:
    """A factor of mean 1, one per draw, on the rate in months that no dataset is near."""
    factor = np.exp(sd * stream.standard_normal(recorded.reach.shape[1]) - sd**2 / 2)
    return np.where(recorded.reach > 0, 1.0, factor)


def _gammas(stream: np.random.Generator, shape: Floats, draws: int) -> Floats:
    """Draws of mean 1 for counts known as well as `shape` shipments tell."""
    known = np.maximum(shape, FEWEST)[:, None]
    return np.asarray(stream.standard_gamma(known, (len(shape), draws)) / known)


def _sizes(stream: np.random.Generator, units: Units, draws: int) -> Floats:
    """Factors of mean 1 by route and draw: a route's mean units are known from few shipments."""
    sd = units.log_mean_sd[:, None]
    return np.asarray(np.exp(sd * stream.standard_normal((len(sd), draws)) - sd**2 / 2))


def _typical_use(count: Floats, use: Floats, beliefs: Beliefs) -> Floats:
    """Military use of an importer not seen, (draws,): as those seen with the part, and one of the prior."""
    prior = beliefs.military_use("\x1fnot seen")
    return np.asarray((count @ use + prior) / (count.sum() + 1))


def _lots(
    stream: np.random.Generator, near: Floats, number: Floats, missing: Floats, mean: Floats, spread: float
) -> NDArray[np.float32] | None:
    """Units unseen by month, route and draw, as whole shipments; None where so many that chance averages out."""
    size = near.size * missing.shape[1]
    if size > MOST_LOTS:
        return None
    about = (near.T[:, :, None] * missing[:, None, :]).reshape(len(missing) // BLOCK, BLOCK, *number.shape)
    about = about.sum(axis=1)
    lots = _compound(stream, about * number, spread) * mean[None, :, None]
    return lots.reshape(len(lots), number.size).astype(np.float32)


def _compound(stream: np.random.Generator, expected: Floats, spread: float) -> Floats:
    """Sums over a Poisson number of shipments, of mean 1 and variance `spread` each, as gamma variables."""
    number = stream.poisson(expected)
    some = number > 0
    sums = np.zeros(expected.shape)
    sums[some] = stream.standard_gamma(number[some] / spread) * spread
    return sums
