"""The best that can be had of a made-up world by one who knows how it is made: its parameters, but not its state.

The observer knows every distribution and number by which `components.routes.simulation` makes worlds, the true coverage
of each dataset, how often links of each grade are right, and which routes no record shows. Inferred, from the same
records and finds, by sampling: who supplies the military; how often each route was used, when, for shipments of what
size; which links are right, which units wrong; what was not recorded. Only whether a link is right in its company is
judged by the product's own rule.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from components.routes.delays import lag_weight, shelf_weight
from components.routes.evidence import Bools, Floats, Ints, RouteKey, Shipments
from components.routes.simulation import (
    BEFORE,
    BREAK,
    CIVIL,
    CONCENTRATION,
    ERAS,
    FIRST,
    HIDDEN,
    LAST,
    LOG_UNITS,
    PART_LOG_SD,
    RATE,
    RATE_LOG_SD,
    ROUTE_LOG_SD,
    SLIPS,
    SUPPLIER,
    TURN,
    UNITS_LOG_SD,
    World,
    true_missing,
)

OLD = ERAS["old"] / (ERAS["old"] + ERAS["before"])  # of the routes from the countries of before
STATES = 400  # of what was imported of a part, drawn from what the records leave open, in each sampling
SAMPLINGS = 3  # whose mean is taken, so that chance in sampling costs the observer next to nothing
CHUNK = 50  # of them at a time
TYPICAL = RATE * np.exp(RATE_LOG_SD**2 / 2)  # the mean of the rates of parts
TRIES, PASSES = 20, 15  # of drawing what has no simple distribution; of the Gibbs sampler of sizes
DAYS = 5  # a period
MIDDLES = np.arange(FIRST, LAST + 1, DAYS) + DAYS // 2
FAR = 0.1  # by how much a day outside its time counts against a route: the nearest of the tries is taken
GRID = 96  # values of use for each importer
WARM_UP, SWEEPS, THIN = 100, 400, 4
TINY = 1e-300


@dataclass(frozen=True)
class _Part:
    """What finds of one part weigh in each state of its imports: (states, finds, routes)."""

    cases: Ints
    keys: tuple[RouteKey, ...]
    importer: Ints  # by route
    dated: Floats
    undated: Floats
    telling: Ints  # places among `cases` of those with a date code


def ideal(world: World, seed: int, states: int = STATES, samplings: int = SAMPLINGS) -> list[dict[RouteKey, float]]:
    """By case the probabilities of recorded routes: the mean of several samplings, each of states of its own."""
    drawn = [_sampled(world, states, np.random.default_rng([seed, 5, number])) for number in range(samplings)]
    return [{key: sum(one[key] for one in found) / samplings for key in found[0]} for found in zip(*drawn, strict=True)]


def _sampled(world: World, states: int, stream: np.random.Generator) -> list[dict[RouteKey, float]]:
    """Gibbs sampling of importers' use and of each part's state."""
    names = sorted(world.use)
    values = np.array([_values(stream, name in world.military) for name in names])
    parts = [_part(world, part, names, states, stream) for part in range(len(world.routes))]
    use = values.mean(axis=1)
    chosen = np.zeros(len(parts), dtype=np.int64)
    sums = [np.zeros(part.dated.shape[1:]) for part in parts]
    for sweep in range(WARM_UP + SWEEPS):
        for number, part in enumerate(parts):
            chosen[number] = _drawn_state(part, use, stream)
        use = _drawn_use(parts, chosen, use, values, stream)
        if sweep >= WARM_UP and sweep % THIN == 0:
            for number, part in enumerate(parts):
                mass = part.dated[chosen[number]] * use[part.importer]
                sums[number] += mass / np.maximum(mass.sum(axis=1, keepdims=True), TINY)
    found: list[dict[RouteKey, float]] = [{} for _ in world.cases]
    for number, part in enumerate(parts):
        seen = set(world.links[number].routes)
        shares = sums[number] / np.maximum(sums[number].sum(axis=1, keepdims=True), TINY)
        for case, share in zip(part.cases.tolist(), shares, strict=True):
            found[case] = {key: one for key, one in zip(part.keys, share.tolist(), strict=True) if key in seen}
    return found


def _values(stream: np.random.Generator, is_listed: bool) -> Floats:
    """Equally likely values of an importer's use before any find."""
    even = 400_000
    supplier = stream.beta(*SUPPLIER, even)
    if is_listed:
        return np.quantile(supplier, (np.arange(GRID) + 0.5) / GRID)
    mixed = np.where(stream.random(even) < HIDDEN, supplier, stream.beta(*CIVIL, even))
    return np.quantile(mixed, (np.arange(GRID) + 0.5) / GRID)


def _part(world: World, number: int, names: list[str], states: int, stream: np.random.Generator) -> _Part:
    keys = tuple(dict.fromkeys((*world.links[number].routes, *world.routes[number].keys)))
    cases = [(place, case) for place, case in enumerate(world.cases) if case.part == number]
    lag = np.array([lag_weight(world.lag, MIDDLES, case.find.recovered) for _, case in cases])
    shelf = np.array([shelf_weight(world.shelf, MIDDLES, case.find.made) for _, case in cases])
    weights = np.vstack([lag * shelf, lag]).reshape(-1, len(MIDDLES)).T.astype(np.float32)
    missed = np.array([true_missing(world, MIDDLES, key) for key in keys])
    found = [
        _units(world, number, keys, missed, min(CHUNK, states - first), stream) @ weights
        for first in range(0, states, CHUNK)
    ]
    mass = np.concatenate(found).transpose(0, 2, 1)
    return _Part(
        np.array([place for place, _ in cases], dtype=np.int64),
        keys,
        np.array([names.index(key.importer) for key in keys]),
        np.ascontiguousarray(mass[:, : len(cases)]),
        np.ascontiguousarray(mass[:, len(cases) :]),
        np.flatnonzero([case.find.is_telling for _, case in cases]),
    )


def _units(
    world: World,
    number: int,
    keys: tuple[RouteKey, ...],
    missed: Floats,
    states: int,
    stream: np.random.Generator,
) -> NDArray[np.float32]:
    """Units imported by state, route and period: (states, routes, periods)."""
    links = world.links[number]
    right = stream.random((states, len(links.routes)))[:, links.route] < world.right[number]
    seen = np.zeros((states, len(keys)))
    np.add.at(seen.T, links.route, right.T)
    is_used = (seen > 0) | (np.arange(len(keys)) >= len(links.routes))
    first, last = _times(keys, links, right, missed, seen, stream)
    active = (first[:, :, None] <= MIDDLES) & (last[:, :, None] > MIDDLES)
    exposed = (active * (1 - missed)).sum(axis=2) * DAYS
    rate = _rates(seen, is_used, exposed, stream)
    sizes, log_mean = _sizes(links, right, len(keys), world.settings.units_wrong, stream)
    units = _unseen(rate[:, :, None] * active * missed * DAYS, log_mean, stream)
    cell = links.route * len(MIDDLES) + (links.day - FIRST) // DAYS
    np.add.at(units.reshape(states, -1).T, cell, (right * sizes).T.astype(np.float32))
    return units


def _times(
    keys: tuple[RouteKey, ...],
    links: Shipments,
    right: Bools,
    missed: Floats,
    seen: Floats,
    stream: np.random.Generator,
) -> tuple[Ints, Ints]:
    """First and last day of each route by state: drawn as worlds draw them, chosen by the records."""
    shape = (TRIES, *seen.shape)
    earliest, latest = np.full((2, *seen.shape), np.nan)
    for route in range(len(links.routes)):
        days = np.where(right[:, links.route == route], links.day[links.route == route], np.nan)
        some = np.isfinite(days).any(axis=1)
        earliest[some, route], latest[some, route] = np.nanmin(days[some], axis=1), np.nanmax(days[some], axis=1)
    is_before = np.array([key.dispatch in BEFORE for key in keys])
    around = BREAK + stream.integers(-120, 120, shape)
    turn = TURN + stream.integers(-700, 700, shape)
    is_old = is_before & (stream.random(shape) < OLD)
    first = np.where(is_old, FIRST, np.where(is_before, turn, around))
    last = np.where(is_before, around + stream.integers(0, 90, shape), LAST - stream.integers(0, 300, shape))
    last = np.where(is_old, turn + 360, last)
    recorded = np.cumsum(np.hstack([np.zeros((len(keys), 1)), (1 - missed) * DAYS]), axis=1)
    rows = np.arange(len(keys))
    low, high = (np.clip((days - FIRST) // DAYS, 0, len(MIDDLES)) for days in (first, last))
    exposed = np.maximum(recorded[rows, high] - recorded[rows, low], 0.0)
    scale = CONCENTRATION * len(keys) / TYPICAL
    log = -(CONCENTRATION + seen) * np.log(exposed + scale)
    far = np.maximum(first - earliest, 0) + np.maximum(latest - last, 0)  # days that records lie outside of it
    log -= np.nan_to_num(far) * FAR
    chosen = (log + stream.gumbel(size=shape)).argmax(axis=0)[None]
    first, last = (np.take_along_axis(days, chosen, axis=0)[0] for days in (first, last))
    first = np.where(earliest < first, earliest, first)
    return first, np.where(latest > last - 1, latest + 1, last)


def _rates(seen: Floats, is_used: Bools, exposed: Floats, stream: np.random.Generator) -> Floats:
    """Shipments a day by state and route: gamma draws given the records, chosen by the true prior of their total."""
    count = is_used.sum(axis=1)
    scale = CONCENTRATION * count / TYPICAL
    shape = np.where(is_used, CONCENTRATION + seen, 1.0)
    drawn = stream.standard_gamma(shape, (TRIES, *shape.shape)) / (exposed + scale[:, None]) * is_used
    total = np.log(drawn.sum(axis=2) + TINY)
    far = (total - np.log(RATE)) / RATE_LOG_SD
    log = -(far**2) / 2 - CONCENTRATION * count * total + scale * np.exp(total)
    chosen = (log + stream.gumbel(size=log.shape)).argmax(axis=0)
    return np.asarray(drawn[chosen, np.arange(len(shape))])


def _sizes(
    links: Shipments, right: Bools, routes: int, wrong: float, stream: np.random.Generator
) -> tuple[Floats, Floats]:
    """Units of each link (states, links), and the mean of their logarithm by route (states, routes): by Gibbs."""
    known = np.isfinite(links.units) & (links.units > 0)
    stated = np.log(np.where(known, links.units, 1.0))
    part = np.full((len(right), 1), LOG_UNITS)
    mean = np.broadcast_to(part, (len(right), routes)).copy()
    shifts = np.log(10.0) * np.array([0, *SLIPS])
    prior = np.log([1 - wrong, *[wrong / len(SLIPS)] * len(SLIPS)])
    for _ in range(PASSES):
        centre = mean[:, links.route]
        logs = [
            p - (stated - shift - centre) ** 2 / (2 * UNITS_LOG_SD**2) for p, shift in zip(prior, shifts, strict=True)
        ]
        slip = (np.array(logs) + stream.gumbel(size=(len(shifts), *centre.shape))).argmax(axis=0)
        size = np.where(known, stated - shifts[slip], centre + UNITS_LOG_SD * stream.standard_normal(centre.shape))
        worth = (right & known).astype(np.float64)
        number, total = np.zeros((2, routes, len(right)))
        np.add.at(number, links.route, worth.T)
        np.add.at(total, links.route, (worth * size).T)
        precision = number.T / UNITS_LOG_SD**2 + 1 / ROUTE_LOG_SD**2
        middle = (total.T / UNITS_LOG_SD**2 + part / ROUTE_LOG_SD**2) / precision
        mean = middle + stream.standard_normal(mean.shape) / np.sqrt(precision)
        precise = routes / ROUTE_LOG_SD**2 + 1 / PART_LOG_SD**2
        about = (mean.sum(axis=1, keepdims=True) / ROUTE_LOG_SD**2 + LOG_UNITS / PART_LOG_SD**2) / precise
        part = about + stream.standard_normal(part.shape) / np.sqrt(precise)
    return np.exp(size), mean


def _unseen(expected: Floats, log_mean: Floats, stream: np.random.Generator) -> NDArray[np.float32]:
    """Units of shipments that nobody recorded, so many being expected: (states, routes, periods)."""
    number = stream.poisson(expected)
    units = np.zeros(number.shape, dtype=np.float32)
    filled = np.flatnonzero(number)
    place = np.repeat(np.arange(len(filled)), number.ravel()[filled])
    route = filled[place] // number.shape[2]
    size = np.ceil(stream.lognormal(log_mean.ravel()[route], UNITS_LOG_SD))
    units.ravel()[filled] = np.bincount(place, size, len(filled))
    return units


def _drawn_state(part: _Part, use: Floats, stream: np.random.Generator) -> int:
    """A state of the part's imports, as likely as its finds with date codes make it."""
    weights = use[part.importer]
    dated, undated = part.dated[:, part.telling] @ weights, part.undated[:, part.telling] @ weights
    log = (np.log(np.maximum(dated, TINY)) - np.log(np.maximum(undated, TINY))).sum(axis=1)
    likely = np.cumsum(np.exp(log - log.max()))
    return int(np.searchsorted(likely, stream.random() * likely[-1]))


def _drawn_use(parts: list[_Part], chosen: Ints, use: Floats, values: Floats, stream: np.random.Generator) -> Floats:
    """Each importer's use in turn, given all others and the states of imports."""
    count = sum(len(part.telling) for part in parts)
    dated, undated = np.zeros((len(use), count)), np.zeros((len(use), count))
    start = 0
    for number, part in enumerate(parts):
        columns = slice(start, start + len(part.telling))
        np.add.at(dated[:, columns], part.importer, part.dated[chosen[number]][part.telling].T)
        np.add.at(undated[:, columns], part.importer, part.undated[chosen[number]][part.telling].T)
        start += len(part.telling)
    use = use.copy()
    all_dated, all_undated = use @ dated, use @ undated
    for importer in range(len(use)):
        rows = np.flatnonzero(undated[importer])
        one, other = dated[importer, rows], undated[importer, rows]
        rest = np.maximum(all_dated[rows] - use[importer] * one, 0.0)
        bare = np.maximum(all_undated[rows] - use[importer] * other, 0.0)
        grid = values[importer][:, None]
        log = (np.log(rest + grid * one + TINY) - np.log(bare + grid * other + TINY)).sum(axis=1)
        likely = np.cumsum(np.exp(log - log.max()))
        use[importer] = values[importer][np.searchsorted(likely, stream.random() * likely[-1])]
        all_dated[rows], all_undated[rows] = rest + use[importer] * one, bare + use[importer] * other
    return use
