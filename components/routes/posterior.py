"""How likely each route brought a component, and how likely a route that is not recorded: a pure calculation."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from components.routes.evidence import Find, Floats, Ints, RouteKey
from components.routes.expectation import delays, documented
from components.routes.part import Part, by_route
from components.routes.unseen import BLOCK

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
    weight = delays(find, part.shipments.day, part)
    possible = (weight > 0) & (part.expected > 0)
    probability, draws = _shares(find, part)
    counts = np.bincount(part.shipments.route[possible], minlength=part.routes)
    units = np.bincount(part.shipments.route[possible], part.expected[possible], part.routes).astype(np.float64)
    return _ranked(part.shipments.routes, probability, draws, counts, units)


@dataclass(frozen=True)
class Drawn:
    """Weights of one find by draw: of each route (routes, draws) if all its goods were for weapons, of unknown routes.

    `smooth` has what is unseen at its expectation, `lots` has it shipment by shipment, as chance would have it.
    """

    smooth: Floats
    lots: Floats
    unknown_smooth: Floats
    unknown_lots: Floats


def drawn_weights(find: Find, part: Part) -> Drawn:
    """The weights of a find in every draw, by its dates alone: what documents say comes on top (`documented`)."""
    unseen, draws = part.unseen, part.beliefs.draws
    monthly = delays(find, part.beliefs.recorded.days, part).reshape(-1, 3).mean(axis=1)
    seen = _seen(part, delays(find, part.shipments.day, part))
    near = unseen.near @ (unseen.missing * monthly[unseen.span, None])
    gone_on = unseen.scale * unseen.gone_on(monthly, unseen.far)
    smooth = seen + unseen.scale * near + gone_on
    lots = smooth if unseen.lots is None else seen + _lots(unseen.lots, monthly[unseen.span], draws) + gone_on
    unknown = np.sum(unseen.novelty * near, axis=0) + unseen.elsewhere * (monthly @ unseen.fresh)
    return Drawn(smooth, lots, unknown, monthly @ unseen.new_lots)


def _shares(find: Find, part: Part) -> tuple[Floats, Floats]:
    """Probabilities, (routes + 1,), and draws of them, (routes + 1, draws); unknown last.

    A find is itself evidence of what was imported, so that its probabilities take what is unseen at its expectation;
    the draws, which are summed over components, add how unevenly whole shipments fall. Documents speak of this find
    and not of a draw: they weigh its probabilities, not the probabilities in each draw alone.
    """
    drawn = drawn_weights(find, part)
    probability = _normalised(np.vstack([drawn.smooth * part.use, drawn.unknown_smooth])).mean(axis=1)
    draws = _normalised(np.vstack([drawn.lots * part.use, drawn.unknown_lots]))
    if find.parties:
        told = documented(find, part)
        factors = np.append(told.routes, told.unknown)[:, None]
        probability = _normalised(probability[:, None] * factors)[:, 0]
        draws = _normalised(draws * factors)
    return probability, _centred(draws, probability)


def _lots(lots: NDArray[np.float32], monthly: Floats, draws: int) -> Floats:
    """Unseen units by route and draw, weighed by the delays of each block of months."""
    blocks = monthly.reshape(-1, BLOCK).mean(axis=1).astype(np.float32)
    reached = np.flatnonzero(blocks)
    now = slice(reached[0], reached[-1] + 1) if len(reached) else slice(0, 0)
    return np.asarray(blocks[now] @ lots[now], dtype=np.float64).reshape(lots.shape[1] // draws, draws)


def _centred(draws: Floats, probability: Floats) -> Floats:
    """Draws drawn towards a mean: rows scaled, columns kept at sum 1."""
    for _ in range(2):
        mean = draws.mean(axis=1)
        scale = np.divide(probability, mean, out=np.zeros_like(mean), where=mean > 0)
        draws = _normalised(draws * scale[:, None])
    return draws


def _seen(part: Part, weight: Floats) -> Floats:
    """Units by route and draw, each shipment weighed."""
    shipments, drawn = part.shipments, part.drawn
    now = drawn[weight[drawn] > 0]
    rows = part.effects[weight[drawn] > 0] * weight[now, None]
    total = by_route(rows, shipments.route[now], part.routes)
    if len(drawn) < len(shipments):
        rest = weight * part.expected
        rest[drawn] = 0.0
        total += np.bincount(shipments.route, rest, part.routes)[:, None] * part.others
    return total


def _normalised(masses: Floats) -> Floats:
    """Columns of sum 1; a column without any weight says unknown."""
    total: Floats = masses.sum(axis=0)
    shares: Floats = np.divide(masses, total, out=np.zeros_like(masses), where=total > 0)
    shares[-1, total <= 0] = 1.0
    return shares


def _ranked(routes: tuple[RouteKey, ...], probability: Floats, draws: Floats, counts: Ints, units: Floats) -> Posterior:
    kept = [index for index in np.argsort(-probability[:-1], kind="stable").tolist() if probability[index] > 0]
    chosen = draws[[*kept, len(routes)]]
    low, high = np.sort(chosen, axis=1)[:, _ends(chosen.shape[1])].T.tolist()
    shares = [_share(float(probability[i]), low[n], high[n]) for n, i in enumerate([*kept, len(routes)])]
    ranked = tuple(
        RouteShare(routes[i], share.probability, share.low, share.high, int(counts[i]), float(units[i]))
        for i, share in zip(kept, shares[:-1], strict=True)
    )
    return Posterior(ranked, shares[-1], chosen.astype(np.float32))


def share_of(probability: float, draws: NDArray[np.floating]) -> Share:
    """A probability with the interval of its draws."""
    low, high = np.sort(draws)[_ends(len(draws))].tolist()
    return _share(probability, low, high)


def _share(probability: float, low: float, high: float) -> Share:
    """The interval reaches to the probability itself, which is beyond its ends where draws are very skewed."""
    return Share(probability, min(low, probability), max(high, probability))


def _ends(draws: int) -> list[int]:
    """Where in sorted draws the ends of the interval stand."""
    return [int(LOW * draws), min(int(np.ceil(HIGH * draws)), draws - 1)]
