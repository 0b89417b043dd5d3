"""What shipments and finds teach: how many routes are new, which importers supply the military."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from components.routes.beliefs import Beliefs
from components.routes.evidence import Find, Floats, Ints, MilitaryUse, Shipments
from components.routes.expectation import expected
from components.routes.parameters import Parameters
from components.routes.part import Part
from components.routes.posterior import drawn_weights
from components.routes.recorded import month_of, side_of
from components.routes.rightness import right_in_company

WARM_UP, THIN = 50, 10  # draws thrown away at first; sweeps for each draw: neighbouring ones are much alike
STEP = 1.0  # of the logarithm by which use and factors are scaled against each other
RELATIVE_VARIANCE = (0.001, 20.0)  # of a route's weight; above, it is as good as unknown, and worse to sample
GRID = 96  # values at which an importer's use is weighed
SOUND = (
    0.9  # a probability from which a link is held to be right; with 0.5, unknown is 0.02 to 0.03 higher than in truth
)
DISCOUNT_SD, STRENGTH_LOG_SD = 0.3, 1.0  # of the priors of both
DISCOUNTS = tuple(np.arange(0.0, 0.81, 0.1).tolist())
FACTORS = 4.0 ** (np.arange(-6, 7) / 6)  # of an assumed mean delay: from a quarter of it to four times
ROUNDS = 2
MOST_FINDS = 500  # about as many are looked at to learn delays, each at thirteen means four times over
STRENGTHS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)


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
    an importer in the chain of the very component, and tells more. Gibbs sampling: the route of each find, an
    exponential variable for each denominator (Caron and Doucet, Journal of Computational and Graphical Statistics 21,
    2012), each importer's use on a grid, and for each route of each part a gamma factor on its weight. The factor
    stands for what is not known of units, links and imports unseen, and is as wide as their draws make the weight, so
    that finds on a route may speak for more goods than are recorded instead of for its importer.
    """
    told = [(find, part) for find, part in finds if find.is_telling and part.routes]
    return sampled_use(Ways.of(told), beliefs) if told else {}


def sampled_use(ways: "Ways", beliefs: Beliefs) -> dict[str, Floats]:
    """The Gibbs sampler of `learned_use`."""
    priors = [beliefs.use_of(name) for name in ways.names]
    grid, stream = _Grid.of(priors), beliefs.generator("learned use")
    state = np.append([prior.mean for prior in priors], 1.0), np.ones(len(ways.importer))
    kept = np.empty((len(priors), beliefs.draws))
    for _ in range(WARM_UP * THIN):
        state = _swept(*state, ways, grid, stream)
    for draw in range(beliefs.draws):
        for _ in range(THIN):
            state = _swept(*state, ways, grid, stream)
        kept[:, draw] = state[0][:-1]
    return dict(zip(ways.names, kept, strict=True))


def _swept(
    use: Floats, factor: Floats, ways: "Ways", grid: "_Grid", stream: np.random.Generator
) -> tuple[Floats, Floats]:
    """Uses of importers, the last that of none, and factors of ways: each drawn once given the others."""
    found, exposed = ways.draw(use[ways.importer] * factor, stream)
    drawn = grid.draw(ways.by_importer(found), ways.by_importer(exposed * factor), stream)
    use = np.append(drawn, 1.0)
    factor = stream.standard_gamma(ways.shape + found) / (ways.shape + exposed * use[ways.importer])
    scale = np.append(_scales(drawn, factor, ways, grid, stream), 1.0)
    return use * scale, factor / scale[ways.importer]


def _scales(use: Floats, factor: Floats, ways: "Ways", grid: "_Grid", stream: np.random.Generator) -> Floats:
    """By importer a number to multiply its use by and divide its factors by, which changes no weight: by Metropolis.

    Draws of use given factors, and of factors given use, hardly move along what only their product tells.
    """
    log = STEP * stream.standard_normal(len(use))
    scale = np.exp(log)
    is_possible = use * scale < 1
    shape, weighed = ways.by_importer(ways.shape), ways.by_importer(ways.shape * factor)
    rest = np.log1p(-np.where(is_possible, use * scale, 0.0)) - np.log1p(-use)
    likelier = (grid.a - shape) * log + (grid.b - 1) * rest - (1 / scale - 1) * weighed
    is_taken = is_possible & (np.log(stream.random(len(use))) < likelier)
    return np.where(is_taken, scale, 1.0)


@dataclass(frozen=True)
class Ways:
    """Weights of finds at full military use, end to end: a row for each way that a find can have come.

    A way is a route of a part; or all its unknown ones, in which a typical use is counted, and which have no importer.
    """

    names: tuple[str, ...]
    find: Ints  # of each row
    way: Ints
    dated: Floats
    undated: Floats
    importer: Ints  # of each way; behind the last name for unknown routes
    shape: Floats  # of the gamma distribution of each way's factor

    @classmethod
    def of(cls, finds: Sequence[tuple[Find, Part]]) -> "Ways":
        parts = {_key(part): part for _, part in finds}
        names = sorted({route.importer for part in parts.values() for route in part.shipments.routes})
        number = {name: place for place, name in enumerate(names)}
        start: dict[object, int] = {}
        importer: list[int] = []
        for key, part in parts.items():
            start[key] = len(importer)
            importer += [*(number[route.importer] for route in part.shipments.routes), len(names)]
        ways = [start[_key(part)] + np.arange(part.routes + 1) for _, part in finds]
        return cls(
            tuple(names),
            np.repeat(np.arange(len(finds)), [len(way) for way in ways]),
            np.concatenate(ways),
            np.concatenate([_mean_weights(*each) for each in finds]),
            np.concatenate([_mean_weights(find.undated(), part) for find, part in finds]),
            np.array(importer),
            1 / np.clip(_relative_variance(finds, ways, len(importer)), *RELATIVE_VARIANCE),
        )

    def draw(self, weight: Floats, stream: np.random.Generator) -> tuple[Floats, Floats]:
        """By way: the finds that chance gives it, and the weight by which finds could have been its."""
        finds, rows = int(self.find[-1]) + 1, weight[self.way]
        reach = np.append(0.0, np.cumsum(self.dated * rows))
        edge = reach[np.searchsorted(self.find, np.arange(finds + 1))]
        possible = np.diff(edge) > 0
        aimed = edge[:-1] + stream.random(finds) * np.diff(edge)
        chosen = np.searchsorted(reach, aimed[possible], side="right") - 1
        found = np.bincount(self.way[np.minimum(chosen, len(rows) - 1)], minlength=len(weight))
        exposure = np.bincount(self.find, self.undated * rows, finds)
        is_exposed = possible & (exposure > 0)
        waiting = np.divide(stream.exponential(size=finds), exposure, out=np.zeros(finds), where=is_exposed)
        exposed = np.bincount(self.way, self.undated * waiting[self.find], len(weight))
        return found.astype(np.float64), exposed.astype(np.float64)

    def by_importer(self, ways: Floats) -> Floats:
        """Sums by importer; unknown routes have none."""
        return np.asarray(np.bincount(self.importer, ways, len(self.names) + 1)[:-1], dtype=np.float64)


def _key(part: Part) -> object:
    """What tells the shipments of one part from those of another."""
    return part.shipments.link.tobytes(), part.shipments.routes


def _relative_variance(finds: Sequence[tuple[Find, Part]], ways: Sequence[Ints], count: int) -> Floats:
    """Of the undated weight of each way over its draws, heavy finds counting most; 1 where there is no weight."""
    spread, mean = np.zeros(count), np.zeros(count)
    for way, (find, part) in zip(ways, finds, strict=True):
        drawn = drawn_weights(find.undated(), part)
        lots = np.vstack([drawn.lots, drawn.unknown_lots])
        average = lots.mean(axis=1)
        spread[way] += np.divide(lots.var(axis=1), average, out=np.zeros(len(way)), where=average > 0)
        mean[way] += average
    return np.asarray(np.divide(spread, mean, out=np.ones(count), where=mean > 0))


def _mean_weights(find: Find, part: Part) -> Floats:
    weights = expected(find, part)
    return np.append(weights.routes(part), weights.unknown)


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
