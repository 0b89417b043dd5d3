"""What shipments and finds teach: how many routes are new, which importers supply the military."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from numpy.typing import NDArray

from components.routes.beliefs import Beliefs
from components.routes.evidence import Find, Floats, Ints, MilitaryUse, Shipments
from components.routes.expectation import documented, expected
from components.routes.parameters import Parameters
from components.routes.part import Part
from components.routes.posterior import drawn_weights
from components.routes.recorded import month_of, side_of
from components.routes.rightness import right_in_company

WARM_UP, THIN = 50, 10  # draws thrown away at first; sweeps for each draw: neighbouring ones are much alike
MOST_WEIGHTS = 20_000_000  # numbers of finds by way and state, 80 MB, with the date code and as many without
FEWEST_STATES = 20  # of each part, however many the finds
TINY = 1e-30  # in place of none, where a logarithm is taken
GRID = 96  # values at which an importer's use is weighed
SOUND = (
    0.9  # a probability from which a link is held to be right; with 0.5, unknown is 0.02 to 0.03 higher than in truth
)
DISCOUNT_SD, STRENGTH_LOG_SD = 0.3, 1.0  # of the priors of both
DISCOUNTS = tuple(np.arange(0.0, 0.81, 0.1).tolist())
FACTORS = 4.0 ** (np.arange(-6, 7) / 6)  # of an assumed mean delay: from a quarter of it to four times
ROUNDS = 2
MOST_FINDS = 500  # about as many are looked at to learn delays, each at thirteen means four times over
SMOOTHINGS = 2.0 ** (np.arange(-2, 7) / 2)  # of what is assumed: from half of it to eight times
SMOOTHING_LOG_SD = 0.7
STRENGTHS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)
Weights = NDArray[np.float32]


def learned_from_shipments(parts: Sequence[Shipments], beliefs: Beliefs) -> Beliefs:
    """The beliefs with what all parts' shipments teach: how many routes are new, how far a month tells, what lasts."""
    beliefs = replace(beliefs, parameters=learned_novelty(parts, beliefs.parameters))
    beliefs = learned_smoothing(parts, beliefs)
    return replace(beliefs, parameters=learned_lasting(parts, beliefs.parameters))


def learned_novelty(parts: Iterable[Shipments], parameters: Parameters) -> Parameters:
    """The parameters with the discount and strength of new routes that fit all parts' shipments best.

    The likelihood is that of partitions under a Pitman-Yor process, over links that are surely right. A weak prior
    holds both to what is assumed where few shipments tell.
    """
    counts = [_sound_counts(part, parameters) for part in parts]
    counts = [count for count in counts if count.sum() > 1]
    if not counts:
        return parameters

    def likely(pair: tuple[float, float]) -> float:
        discount, strength = pair
        far = (discount - parameters.new_route_discount) / DISCOUNT_SD
        further = np.log(strength / parameters.new_route_strength) / STRENGTH_LOG_SD
        return float(sum(_partition(count, *pair) for count in counts) - (far**2 + further**2) / 2)

    discount, strength = max(product(DISCOUNTS, STRENGTHS), key=likely)
    return replace(parameters, new_route_discount=discount, new_route_strength=strength)


def learned_smoothing(parts: Iterable[Shipments], beliefs: Beliefs) -> Beliefs:
    """The beliefs with how far a month tells of others as all parts' shipments have it.

    Each shipment is foretold, on its route and in its month, from the others of its part as unseen ones are: likelihood
    cross-validation of a kernel's width (Silverman, Density Estimation, 1986, section 3.4.4), under a log-normal prior.
    """
    sound = [part.where(right_in_company(part, beliefs.parameters) > SOUND) for part in parts]
    told = [part for part in sound if len(part) > 1]
    if not told:
        return beliefs
    widths = beliefs.parameters.smoothing_months * SMOOTHINGS
    each = [beliefs.with_parameters(smoothing_months=float(width)) for width in widths]
    likely = -0.5 * (np.log(SMOOTHINGS) / SMOOTHING_LOG_SD) ** 2
    likely += [sum(_foretold(part, other) for part in told) for other in each]
    return each[int(likely.argmax())]


def _foretold(part: Shipments, beliefs: Beliefs) -> float:
    """The logarithm of how likely each shipment is where and when it was, seeing the part's others.

    Left out is one that has no other of its route on its side of the break: no width foretells it.
    """
    p, recorded = beliefs.parameters, beliefs.recorded
    month = recorded.position(part.day)
    side = recorded.side[month]
    by_side = np.bincount(side * len(part.routes) + part.route, minlength=2 * len(part.routes)).reshape(2, -1)
    others = by_side[side, part.route] - 1
    known = others > 0
    if not known.any():
        return 0.0
    used, place = np.unique(month, return_inverse=True)
    counts = np.zeros((len(part.routes), len(used)))
    np.add.at(counts, (part.route, place), 1.0)
    near = np.maximum((counts @ recorded.kinship[np.ix_(used, used)])[part.route, place] - 1, TINY)
    rate = len(part) / max(float(recorded.covered.mean(axis=1).sum()), 1.0)
    lasting = p.route_lasting * others / np.maximum(by_side.sum(axis=1)[side] - 1, 1)
    reach = recorded.reach.mean(axis=1)[month]
    return float(np.log(((near + p.far_months * rate * lasting) / (reach + p.far_months))[known]).sum())


def learned_lasting(parts: Iterable[Shipments], parameters: Parameters) -> Parameters:
    """The parameters with how often a shipment far from all others of its part is on a route of other times.

    A Beta prior and the shipments that no other of the part is near to (`smoothing_months`), on the same side of the
    break, where it has others at all.
    """
    met = sum((_far_ones(part, parameters) for part in parts), start=np.zeros(2))
    strength = parameters.route_lasting_strength
    share = (parameters.route_lasting * strength + met[0]) / (strength + met[1])
    return replace(parameters, route_lasting=float(share))


def _far_ones(part: Shipments, parameters: Parameters) -> Floats:
    """Of the sound shipments far from the part's others: how many are on a route of those, and how many there are."""
    sound = part.where(right_in_company(part, parameters) > SOUND)
    found = np.zeros(2)
    months = month_of(sound.day)
    sides = side_of(months, parameters.break_on)
    for side in (0, 1):
        month, route = months[sides == side], sound.route[sides == side]
        order = np.argsort(month, kind="stable")
        month, route = month[order], route[order]
        gap = np.diff(month, prepend=-np.inf, append=np.inf)
        alone = np.minimum(gap[:-1], gap[1:]) >= parameters.smoothing_months
        if len(month) > 1:
            known = np.bincount(route)[route] > 1
            found += [np.sum(alone & known), np.sum(alone)]
    return found


def _sound_counts(part: Shipments, parameters: Parameters) -> Ints:
    """Shipments by route, over links that are surely right: wrong ones are mostly alone on a route, and look new."""
    right = right_in_company(part, parameters)
    sound = np.bincount(part.route[right > SOUND], minlength=len(part.routes))
    return np.asarray(sound[sound > 0])


def _partition(count: Ints, discount: float, strength: float) -> float:
    """The logarithm of the probability of these counts by route, in any order of arrival."""
    routes, total = len(count), int(count.sum())
    opened = np.log(strength + discount * np.arange(1, routes)).sum()
    arrived = np.log(strength + np.arange(1, total)).sum()
    repeats = np.cumsum(np.concatenate([[0.0], np.log(np.arange(1, count.max()) - discount)]))
    return float(opened - arrived + repeats[count - 1].sum())


def learned_delays(finds: Sequence[tuple[Find, Part]], beliefs: Beliefs) -> Beliefs:
    """The beliefs with the mean lag and the mean age of chips that all finds together speak for.

    Each find weighs its date code and documents against its recovery alone, as in `learned_use`, with all else at its
    mean. One mean at a time, in turn: the mean of its logarithm given the other, under a log-normal prior about what is
    assumed. Learned together, because each makes up for an error in the other.
    """
    told = [(find, part) for find, part in finds if find.is_telling and part.routes]
    if not told:
        return beliefs
    told = told[:: max(len(told) // MOST_FINDS, 1)]
    assumed = beliefs.parameters
    for name, log_sd in (("lag_mean_days", assumed.lag_log_sd), ("shelf_mean_days", assumed.shelf_log_sd)) * ROUNDS:
        days = getattr(assumed, name) * FACTORS
        likely = -0.5 * (np.log(FACTORS) / log_sd) ** 2
        for number, mean in enumerate(days):
            other = beliefs.with_parameters(**{name: float(mean)})
            likely[number] += sum(_told(find, replace(part, beliefs=other)) for find, part in told)
        weight = np.exp(likely - likely.max())
        beliefs = beliefs.with_parameters(**{name: float(np.exp(weight @ np.log(days) / weight.sum()))})
    return beliefs


def _told(find: Find, part: Part) -> float:
    """The logarithm of the probability of what a find tells, given its recovery."""
    telling, silent = expected(find, part).total(part), expected(find.undated(), part).total(part)
    return float(np.log(telling / silent)) if min(telling, silent) > 0 else 0.0


def learned_use(finds: Sequence[tuple[Find, Part]], beliefs: Beliefs) -> dict[str, Floats]:
    """Draws of military use by importer, (draws,) each, given all finds together.

    What tells is the date code: given its part and its weapon's recovery, a find made on a day speaks for the importers
    whose shipments fit that day, against those whose shipments fit the recovery alone. So does a document that names
    an importer in the chain of the very component, and tells more. Each part is in one of the states that its draws
    are (units, links, imports unseen), so that finds may speak for more goods than are recorded instead of for an
    importer. Gibbs sampling: the state of each part, the route of each find, an exponential variable for each
    denominator (Caron and Doucet, Journal of Computational and Graphical Statistics 21, 2012), each importer's use on
    a grid.
    """
    told = [(find, part) for find, part in finds if find.is_telling and part.routes]
    return sampled_use(Ways.of(told), beliefs) if told else {}


def sampled_use(ways: "Ways", beliefs: Beliefs) -> dict[str, Floats]:
    """The Gibbs sampler of `learned_use`."""
    priors = [beliefs.use_of(name) for name in ways.names]
    grid, stream = _Grid.of(priors), beliefs.generator("learned use")
    use = np.append([prior.mean for prior in priors], 1.0)
    kept = np.empty((len(priors), beliefs.draws))
    for draw in range(-WARM_UP, beliefs.draws):
        rows = ways.drawn(use, stream)
        for _ in range(THIN):
            found, exposed = rows.told(use, stream)
            use = np.append(grid.draw(found[:-1], exposed[:-1], stream), 1.0)
        if draw >= 0:
            kept[:, draw] = use[:-1]
    return dict(zip(ways.names, kept, strict=True))


@dataclass(frozen=True)
class Ways:
    """Weights at full military use of each way that a find can have come: a route of its part, or all unknown ones.

    In unknown ways, the last of a part, a typical use is counted; they have no importer.
    """

    names: tuple[str, ...]
    importer: tuple[Ints, ...]  # by part, of each way; behind the last name for unknown ones
    dated: tuple[Weights, ...]  # by part: (states, finds, ways)
    undated: tuple[Weights, ...]

    @classmethod
    def of(cls, finds: Sequence[tuple[Find, Part]]) -> "Ways":
        by_part: dict[object, list[tuple[Find, Part]]] = {}
        for find, part in finds:
            by_part.setdefault(_key(part), []).append((find, part))
        groups = list(by_part.values())
        routes = [group[0][1].shipments.routes for group in groups]
        names = sorted({route.importer for each in routes for route in each})
        number = {name: place for place, name in enumerate(names)}
        states = max(MOST_WEIGHTS // sum(part.routes + 1 for _, part in finds), FEWEST_STATES)
        return cls(
            tuple(names),
            tuple(np.array([*(number[route.importer] for route in each), len(names)]) for each in routes),
            tuple(_weights(group, states) for group in groups),
            tuple(_weights([(find.undated(), part) for find, part in group], states) for group in groups),
        )

    def drawn(self, use: Floats, stream: np.random.Generator) -> "_Rows":
        """The weights of all finds, each part in a state as likely as its finds make it."""
        chosen = []
        for importer, dated, undated in zip(self.importer, self.dated, self.undated, strict=True):
            by_way = use[importer].astype(np.float32)
            ratio = np.maximum(dated @ by_way, TINY) / np.maximum(undated @ by_way, TINY)
            likely = np.log(ratio.astype(np.float64)).sum(axis=1)
            chosen.append(int((likely + stream.gumbel(size=len(likely))).argmax()))
        sizes = [weights.shape[1:] for weights in self.dated]
        starts = np.cumsum([0, *(finds for finds, _ in sizes)])
        rows = [(start + np.arange(finds)).repeat(ways) for start, (finds, ways) in zip(starts, sizes, strict=False)]
        return _Rows(
            np.concatenate(rows),
            np.concatenate([np.tile(one, finds) for one, (finds, _) in zip(self.importer, sizes, strict=True)]),
            np.concatenate([each[state].ravel() for each, state in zip(self.dated, chosen, strict=True)]),
            np.concatenate([each[state].ravel() for each, state in zip(self.undated, chosen, strict=True)]),
        )


@dataclass(frozen=True)
class _Rows:
    """A row for each find and way, in the order of finds."""

    find: Ints
    importer: Ints
    dated: Weights
    undated: Weights

    def told(self, use: Floats, stream: np.random.Generator) -> tuple[Floats, Floats]:
        """By importer: the finds that chance gives it, and the weight by which finds could have been its."""
        finds, rows = int(self.find[-1]) + 1, use[self.importer]
        reach = np.append(0.0, np.cumsum(self.dated * rows))
        edge = reach[np.searchsorted(self.find, np.arange(finds + 1))]
        possible = np.diff(edge) > 0
        aimed = edge[:-1] + stream.random(finds) * np.diff(edge)
        chosen = np.searchsorted(reach, aimed[possible], side="right") - 1
        found = np.bincount(self.importer[np.minimum(chosen, len(rows) - 1)], minlength=len(use))
        exposure = np.bincount(self.find, self.undated * rows, finds)
        is_exposed = possible & (exposure > 0)
        waiting = np.divide(stream.exponential(size=finds), exposure, out=np.zeros(finds), where=is_exposed)
        exposed = np.bincount(self.importer, self.undated * waiting[self.find], len(use))
        return found.astype(np.float64), exposed.astype(np.float64)


def _key(part: Part) -> object:
    """What tells the shipments of one part from those of another."""
    return part.shipments.link.tobytes(), part.shipments.routes


def _weights(finds: Sequence[tuple[Find, Part]], states: int) -> Weights:
    """Of finds of one part in its first draws: (states, finds, ways)."""
    rows = []
    for find, part in finds:
        drawn, told = drawn_weights(find, part), documented(find, part)
        lots = np.vstack([drawn.lots * told.routes[:, None], drawn.unknown_lots * told.unknown])
        rows.append(lots[:, :states].astype(np.float32))
    return np.ascontiguousarray(np.array(rows).transpose(2, 0, 1))


@dataclass(frozen=True)
class _Grid:
    """Values of use for each importer at the quantiles of a power that evens out its prior near zero."""

    a: Floats  # of each prior
    b: Floats
    value: Floats  # (importers, GRID)
    log_value: Floats
    log_rest: Floats  # of the prior's other half

    @classmethod
    def of(cls, priors: Sequence[MilitaryUse]) -> "_Grid":
        a, b = np.array([[prior.a, prior.b] for prior in priors]).T[:, :, None]
        even = (np.arange(GRID) + 0.5) / GRID
        value = even[None, :] ** (1 / np.minimum(a, 1.0))
        log_value = np.log(even)[None, :] / np.minimum(a, 1.0)
        rest = (b - 1) * np.log1p(-value) + np.maximum(a - 1, 0.0) * log_value
        return cls(a[:, 0], b[:, 0], value, log_value, rest)

    def draw(self, found: Floats, exposed: Floats, stream: np.random.Generator) -> Floats:
        """One value per importer, from its prior times use^found times exp(-use × exposed)."""
        logs = self.log_rest + found[:, None] * self.log_value - exposed[:, None] * self.value
        edges = np.cumsum(np.exp(logs - logs.max(axis=1, keepdims=True)), axis=1)
        chosen = (edges < stream.random((len(edges), 1)) * edges[:, -1:]).sum(axis=1)
        return np.asarray(self.value[np.arange(len(edges)), np.minimum(chosen, GRID - 1)])
