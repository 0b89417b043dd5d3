"""What a part's shipments say before any find is looked at: made once per part, then asked for each component."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from components.routes.beliefs import Beliefs
from components.routes.evidence import Floats, Ints, Shipments
from components.routes.rightness import right_in_company
from components.routes.units import Units, units_of
from components.routes.unseen import Unseen, unseen_of

DRAWN = 1_024  # shipments of a part, the heaviest, that are drawn one by one; the others are drawn by route


@dataclass(frozen=True)
class Part:
    """Shipments in the order of their routes, and draws (shipments or routes by draws) that finds weigh with delays."""

    shipments: Shipments
    beliefs: Beliefs
    units: Units
    expected: Floats  # (shipments,): units times the probability that the link is right
    drawn: Ints  # indices of the shipments drawn one by one, in the order of routes
    effects: NDArray[np.float32]  # (drawn, draws): units if the link is right, else 0
    others: Floats  # (routes, draws), or (routes, 1) of ones: right links among the others, over those expected
    use: Floats  # (routes, draws): military use of the route's importer
    unseen: Unseen

    @property
    def routes(self) -> int:
        return len(self.shipments.routes)


def prepare(shipments: Shipments, beliefs: Beliefs) -> Part:
    """The arrays of a part. Raises ValueError where a shipment's dataset has no coverage among the beliefs."""
    if missing := {shipments.datasets[index] for index in np.unique(shipments.dataset)} - set(beliefs.coverage):
        raise ValueError(f"No coverage for dataset {', '.join(map(str, sorted(missing)))}.")
    ordered = _by_route(shipments)
    ordered = replace(ordered, right=right_in_company(ordered, beliefs.parameters))
    units = units_of(ordered, beliefs.parameters)
    expected = ordered.right * units.expected(ordered.route)
    drawn = _heaviest(expected)
    right = _right(ordered, beliefs, drawn)
    sizes = _sizes(ordered, units, beliefs, drawn)
    others = _others(ordered, beliefs, drawn)
    use = _use(ordered, beliefs)
    unseen = unseen_of(ordered, units, use, _kept_share(ordered, drawn, right, others), beliefs)
    return Part(ordered, beliefs, units, expected, drawn, (right * sizes).astype(np.float32), others, use, unseen)


def _by_route(shipments: Shipments) -> Shipments:
    order = np.lexsort((shipments.day, shipments.route))
    return shipments.where(order)


def _heaviest(expected: Floats) -> Ints:
    if len(expected) <= DRAWN:
        return np.arange(len(expected))
    return np.sort(np.argpartition(expected, -DRAWN)[-DRAWN:])


def _use(shipments: Shipments, beliefs: Beliefs) -> Floats:
    rows = [beliefs.military_use(route.importer) for route in shipments.routes]
    return np.array(rows).reshape(len(rows), beliefs.draws)


def _stream(shipments: Shipments, beliefs: Beliefs, what: str) -> np.random.Generator:
    return beliefs.generator(what, shipments.stream)


def _right(shipments: Shipments, beliefs: Beliefs, drawn: Ints) -> NDArray[np.bool_]:
    """Whether each drawn shipment's link is right; reviewed links (0 and 1) know no doubt."""
    right = shipments.right[drawn, None]
    with np.errstate(divide="ignore"):
        odds = np.log(right) - np.log1p(-right)
    noise = _stream(shipments, beliefs, "right").logistic(size=(len(drawn), beliefs.draws))
    return np.asarray(noise < odds + beliefs.link_shift())


def _sizes(shipments: Shipments, units: Units, beliefs: Beliefs, drawn: Ints) -> Floats:
    """Units of each drawn shipment: as stated, or from the log-normal where silent or drawn to be a slip."""
    stream = _stream(shipments, beliefs, "units")
    sizes = np.repeat(units.stated[drawn, None], beliefs.draws, axis=1)
    doubtful = np.flatnonzero(units.unusable[drawn] > 1e-3)
    shape = (len(doubtful), beliefs.draws)
    centre = units.log_mean[shipments.route[drawn[doubtful]], None]
    guesses = np.exp(centre + units.log_sd * stream.standard_normal(shape))
    is_guess = stream.random(shape) < units.unusable[drawn[doubtful], None]
    sizes[doubtful] = np.where(is_guess, guesses, sizes[doubtful])
    return sizes


def _others(shipments: Shipments, beliefs: Beliefs, drawn: Ints) -> Floats:
    """By route and draw: the right links beyond what is drawn one by one, over those expected to be.

    A binomial of the mean and variance of such a count: of thousands that are hardly likely there may be none at all.
    """
    routes = len(shipments.routes)
    if len(drawn) == len(shipments):
        return np.ones((routes, 1))
    right = shipments.right.copy()
    right[drawn] = 0.0
    mean, squares = (np.bincount(shipments.route, worth, routes) for worth in (right, right**2))
    doubtful = np.flatnonzero(squares)
    mean, squares = mean[doubtful, None], squares[doubtful, None]
    tries = np.maximum(np.rint(mean**2 / squares), np.ceil(mean)).astype(np.int64)
    stream = _stream(shipments, beliefs, "others")
    found = np.ones((routes, beliefs.draws))
    found[doubtful] = stream.binomial(tries, mean / tries, (len(doubtful), beliefs.draws)) / mean
    return found


def _kept_share(shipments: Shipments, drawn: Ints, right: NDArray[np.bool_], others: Floats) -> Floats:
    """By route and draw: the links that are right, as a share of those expected to be."""
    count = len(shipments.routes)
    expected = np.bincount(shipments.route, shipments.right, count)
    rest = expected - np.bincount(shipments.route[drawn], shipments.right[drawn], count)
    kept = by_route(right.astype(np.float64), shipments.route[drawn], count) + rest[:, None] * others
    return np.divide(kept, expected[:, None], out=np.zeros_like(kept), where=expected[:, None] > 0)


def by_route(rows: NDArray[np.floating], route: Ints, count: int) -> Floats:
    """Sums of rows (in the order of routes) by route: (count, columns)."""
    sums = np.zeros((count, rows.shape[1]))
    if len(route):
        starts = np.flatnonzero(np.diff(route, prepend=-1))
        sums[route[starts]] = np.add.reduceat(rows, starts, axis=0)
    return sums
