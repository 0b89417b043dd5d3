"""A made-up world with known routes, and the incomplete, noisy records of it, to judge the posterior by.

Everything follows from a seed. Nothing here is data about anybody.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from components.routes.beliefs import Beliefs
from components.routes.delays import LONGEST_DAYS, Delay, lag_of, lag_weight, shelf_of, shelf_weight
from components.routes.evidence import (
    Bools,
    Coverage,
    Find,
    Floats,
    Ints,
    MilitaryUse,
    RouteKey,
    Shipments,
    Window,
    date_of,
    day_number,
)
from components.routes.parameters import Parameters
from components.routes.rightness import learned_rightness, right_in_company
from components.routes.units import units_of

FIRST, LAST = day_number(date(2008, 1, 1)), day_number(date(2024, 12, 31))
BREAK = day_number(date(2022, 2, 24))
WAR_LAST = day_number(date(2024, 12, 31))
BEFORE, AFTER = ("DE", "US", "TW", "NL"), ("CN", "HK", "TR", "AE")  # countries of dispatch
GRADE_SHARES = {"exact": 0.70, "base": 0.15, "family": 0.10, "maker": 0.05}
RIGHT = {"exact": 0.97, "base": 0.85, "family": 0.5, "maker": 0.15}
SUPPLIER, CIVIL = (1.8, 1.2), (0.3, 2.7)  # Beta distributions of true military use
LISTED, HIDDEN = 0.25, 0.1  # of the importers; of the others, those who supply the military and are not listed
TURN = day_number(date(2016, 1, 1))  # about when old routes ended and others began
ERAS = {"old": 0.2, "before": 0.4, "after": 0.4}
RATE, RATE_LOG_SD, CONCENTRATION = 3 / 30, 0.8, 0.7  # shipments of a part a day; how evenly routes share them
LOG_UNITS, PART_LOG_SD, ROUTE_LOG_SD, UNITS_LOG_SD = 5.0, 1.0, 0.5, 1.2  # of shipments' sizes
SLIPS = (-3, -2, -1, 1, 2, 3)  # powers of ten by which units are wrong
MAIN, SECOND = 1, 2  # ids of datasets
MAIN_FIRST = day_number(date(2018, 1, 1))
SECOND_SPAN = (date(2022, 1, 1), date(2023, 12, 31))


@dataclass(frozen=True)
class Settings:
    """What the world is like, and how its records are spoilt."""

    makers: int = 6
    parts: int = 10  # of each maker
    importers: int = 80
    exporters: int = 60
    components: int = 1_300
    missing: float = 0.5
    missing_by_country: bool = False  # the same on average, but half the countries miss more and half less
    looked_up: int = 40  # shipments by which the coverage was estimated
    reviewed: float = 0.05  # of the links
    units_missing: float = 0.10
    units_wrong: float = 0.03
    shared_lots: float = 0.0  # of the components: come from the same shipment as the one before of the same part
    documented: float = 0.0  # of the components: a document names the importer, as often rightly as is believed


@dataclass(frozen=True)
class TrueRoutes:
    """The routes of one part: keys, shipments a day, first and last day, mean of the logarithm of units."""

    keys: tuple[RouteKey, ...]
    rate: Floats
    first: Ints
    last: Ints
    log_units: Floats


@dataclass(frozen=True)
class TrueShipments:
    """All imports of one part, recorded or not."""

    day: Ints
    units: Floats
    route: Ints
    dataset: Ints  # the id of the dataset that records it; 0 for none
    first_link: int


@dataclass(frozen=True)
class Case:
    """A component with what is seen of it and the route it truly came by."""

    part: int
    maker: int
    find: Find
    route: RouteKey


@dataclass(frozen=True)
class World:
    """The truth, and the records as a researcher would hold them."""

    truth: Parameters
    use: Mapping[str, float]
    routes: tuple[TrueRoutes, ...]
    imports: tuple[TrueShipments, ...]
    links: tuple[Shipments, ...]  # by part, with p from grade and reviews
    grades: tuple[tuple[str, ...], ...]
    cases: tuple[Case, ...]
    coverage: Mapping[int, Coverage]
    military: Mapping[str, MilitaryUse]
    missing: Mapping[str, float]  # by country of dispatch, in the main dataset
    settings: Settings

    @cached_property
    def lag(self) -> Delay:
        return lag_of(self.truth)

    @cached_property
    def shelf(self) -> Delay:
        return shelf_of(self.truth)

    @cached_property
    def right(self) -> tuple[Floats, ...]:
        """By part: how likely each link is right, for one who knows how often links of each grade are."""
        return tuple(_true_rightness(self, part) for part in range(len(self.links)))

    def beliefs(self, parameters: Parameters, *, seed: int = 0, draws: int = 400) -> Beliefs:
        """What a researcher believes before any component is asked for."""
        return Beliefs(parameters, self.coverage, self.military, seed=seed, draws=draws)


def make_world(settings: Settings, truth: Parameters, seed: int) -> World:
    """A world drawn from `truth`; the researcher's probabilities of links are learned from the reviewed ones."""
    stream = np.random.default_rng([seed, 4])
    listed, use = _importers(stream, settings)
    routes = tuple(
        _routes(stream, settings, part // settings.parts) for part in range(settings.makers * settings.parts)
    )
    missing = _missing(stream, settings)
    imports = _imports(stream, settings, routes, missing)
    links, grades = _links(stream, settings, routes, imports, truth)
    cases = tuple(_cases(stream, settings, truth, routes, imports, use))
    coverage = _coverage(stream, settings)
    military = dict.fromkeys(listed, truth.listed_use)
    return World(truth, use, routes, imports, links, grades, cases, coverage, military, missing, settings)


def _importers(stream: np.random.Generator, settings: Settings) -> tuple[frozenset[str], dict[str, float]]:
    """Which importers are listed, and the true share of each one's goods that ends in weapons.

    A tenth of those not listed supply the military as much as listed ones do: nobody knows of them.
    """
    kinds = stream.choice(
        ["listed", "hidden", "other"],
        settings.importers,
        p=[LISTED, (1 - LISTED) * HIDDEN, (1 - LISTED) * (1 - HIDDEN)],
    )
    names = [f"importer {number}" for number in range(settings.importers)]
    priors = [CIVIL if kind == "other" else SUPPLIER for kind in kinds]
    use = {name: float(stream.beta(*prior)) for name, prior in zip(names, priors, strict=True)}
    return frozenset(name for name, kind in zip(names, kinds, strict=True) if kind == "listed"), use


def _routes(stream: np.random.Generator, settings: Settings, maker: int) -> TrueRoutes:
    """Rival routes of a part; those from the countries of before end about the break, the others begin there."""
    count = int(stream.integers(3, 13))
    era = stream.choice(list(ERAS), count, p=list(ERAS.values()))
    is_before = era != "after"
    origin = str(stream.choice(["TW", "MY", "CN", "US"]))
    keys = tuple(_key(stream, settings, maker, origin, bool(before)) for before in is_before)
    around = BREAK + stream.integers(-120, 120, count)
    turn = TURN + stream.integers(-700, 700, count)
    first = np.where(era == "old", FIRST, np.where(is_before, turn, around))
    end = np.where(is_before, around + stream.integers(0, 90, count), LAST - stream.integers(0, 300, count))
    last = np.where(era == "old", turn + 360, end)
    total = RATE * stream.lognormal(0.0, RATE_LOG_SD)
    rate = total * stream.dirichlet(np.full(count, CONCENTRATION))
    log_units = stream.normal(LOG_UNITS, PART_LOG_SD) + stream.normal(0, ROUTE_LOG_SD, count)
    return TrueRoutes(keys, rate, first, last, log_units)


def _key(stream: np.random.Generator, settings: Settings, maker: int, origin: str, before: bool) -> RouteKey:
    """Each exporter has one country of dispatch."""
    number = int(stream.integers(settings.exporters // 2))
    countries = BEFORE if before else AFTER
    exporter = f"exporter {number if before else number + settings.exporters // 2}"
    importer = f"importer {int(settings.importers * stream.random() ** 1.5)}"
    return RouteKey(maker, origin, countries[number % 4], exporter, importer)


def _missing(stream: np.random.Generator, settings: Settings) -> dict[str, float]:
    """The share of shipments that the main dataset misses, by country of dispatch."""
    if not settings.missing_by_country:
        return dict.fromkeys(BEFORE + AFTER, settings.missing)
    spread = min(settings.missing, 1 - settings.missing) * 0.8
    return {
        country: settings.missing + spread * (1 if place % 2 else -1)
        for countries in (BEFORE, AFTER)
        for place, country in enumerate(stream.permutation(countries).tolist())
    }


def _coverage(stream: np.random.Generator, settings: Settings) -> dict[int, Coverage]:
    """Coverage as estimated from shipments that were looked up one by one."""
    spans = {MAIN: (date_of(MAIN_FIRST), date(2024, 12, 31), 1 - settings.missing)}
    spans[SECOND] = (*SECOND_SPAN, 0.3 * (1 - settings.missing))
    found = {key: int(stream.binomial(settings.looked_up, share)) for key, (_, _, share) in spans.items()}
    return {
        key: Coverage((found[key] + 0.5) / (settings.looked_up + 1), settings.looked_up + 1, first, last)
        for key, (first, last, _) in spans.items()
    }


def _imports(
    stream: np.random.Generator, settings: Settings, routes: tuple[TrueRoutes, ...], missing: Mapping[str, float]
) -> tuple[TrueShipments, ...]:
    made, first_link = [], 0
    for part in routes:
        one = _imports_of(stream, settings, part, missing, first_link)
        first_link += len(one.day)
        made.append(one)
    return tuple(made)


def _imports_of(
    stream: np.random.Generator, settings: Settings, part: TrueRoutes, missing: Mapping[str, float], first_link: int
) -> TrueShipments:
    spans = np.maximum(part.last - part.first, 1)
    route = np.repeat(np.arange(len(part.keys)), stream.poisson(part.rate * spans))
    day = part.first[route] + (stream.random(len(route)) * spans[route]).astype(np.int64)
    units = np.ceil(stream.lognormal(part.log_units[route], UNITS_LOG_SD))
    dispatch = [part.keys[index].dispatch for index in route]
    return TrueShipments(day, units, route, _recorded(stream, settings, day, dispatch, missing), first_link)


def _recorded(
    stream: np.random.Generator, settings: Settings, day: Ints, dispatch: list[str], missing: Mapping[str, float]
) -> Ints:
    """The dataset that holds each shipment; one that both hold is kept once, as of the main one."""
    main = stream.random(len(day)) >= np.array([missing[country] for country in dispatch])
    second = stream.random(len(day)) < 0.3 * (1 - settings.missing)
    in_main = day >= MAIN_FIRST
    in_second = (day >= day_number(SECOND_SPAN[0])) & (day <= day_number(SECOND_SPAN[1]))
    return np.where(main & in_main, MAIN, np.where(second & in_second, SECOND, 0))


def _links(
    stream: np.random.Generator,
    settings: Settings,
    routes: tuple[TrueRoutes, ...],
    imports: tuple[TrueShipments, ...],
    truth: Parameters,
) -> tuple[tuple[Shipments, ...], tuple[tuple[str, ...], ...]]:
    """Each part's links, right and false, with probabilities by grade as the reviewed ones teach."""
    everything = _Everything.of(routes, imports)
    drawn = [_draw_links(stream, everything, part) for part in range(len(routes))]
    reviewed = [stream.random(len(right)) < settings.reviewed for _, _, right in drawn]
    verdicts = _verdicts(drawn, reviewed)
    believed = learned_rightness(truth, verdicts)
    links = tuple(
        _as_shipments(stream, settings, everything, chosen, _probabilities(believed, grades, right, seen))
        for (chosen, grades, right), seen in zip(drawn, reviewed, strict=True)
    )
    return links, tuple(tuple(grades.tolist()) for _, grades, _ in drawn)


Words = NDArray[np.str_]
Drawn = tuple[Ints, Words, Bools]


@dataclass(frozen=True)
class _Everything:
    """All shipments of all parts that some dataset records."""

    part: Ints
    day: Ints
    units: Floats
    dataset: Ints
    key: tuple[RouteKey, ...]

    @classmethod
    def of(cls, routes: tuple[TrueRoutes, ...], imports: tuple[TrueShipments, ...]) -> "_Everything":
        part = np.concatenate([np.full(len(one.day), number) for number, one in enumerate(imports)])
        dataset = np.concatenate([one.dataset for one in imports])
        keys = [known.keys[index] for known, one in zip(routes, imports, strict=True) for index in one.route]
        kept = np.flatnonzero(dataset > 0)
        return cls(
            part[kept],
            np.concatenate([one.day for one in imports])[kept],
            np.concatenate([one.units for one in imports])[kept],
            dataset[kept],
            tuple(keys[index] for index in kept),
        )


def _draw_links(stream: np.random.Generator, everything: _Everything, part: int) -> Drawn:
    """Shipments linked to a part, each with its grade and whether the link is right.

    Per grade, false links are so many that the share of right ones is RIGHT.
    """
    true = np.flatnonzero(everything.part == part)
    grade = stream.choice(list(GRADE_SHARES), len(true), p=list(GRADE_SHARES.values()))
    odds = np.array([(1 - RIGHT[name]) / RIGHT[name] for name in grade.tolist()])
    false_grade = np.repeat(grade, stream.poisson(odds))
    others = np.flatnonzero(everything.part != part)
    false = stream.choice(others, min(len(false_grade), len(others)), replace=False)
    right = np.arange(len(true) + len(false)) < len(true)
    return np.concatenate([true, false]), np.concatenate([grade, false_grade[: len(false)]]), right


def _verdicts(drawn: list[Drawn], reviewed: list[Bools]) -> dict[str, tuple[int, int]]:
    """Confirmed and rejected links by grade."""
    grade = np.concatenate([grades[seen] for (_, grades, _), seen in zip(drawn, reviewed, strict=True)])
    right = np.concatenate([right[seen] for (_, _, right), seen in zip(drawn, reviewed, strict=True)])
    return {name: (int(np.sum(right[grade == name])), int(np.sum(~right[grade == name]))) for name in GRADE_SHARES}


def _probabilities(believed: Mapping[str, float], grades: Words, right: Bools, seen: Bools) -> Floats:
    by_grade = np.array([believed[name] for name in grades.tolist()])
    return np.where(seen, right.astype(np.float64), by_grade)


def _as_shipments(
    stream: np.random.Generator, settings: Settings, everything: _Everything, chosen: Ints, right: Floats
) -> Shipments:
    """The links as the researcher holds them: some units missing, some wrong by powers of ten."""
    keys = [everything.key[index] for index in chosen]
    routes = tuple(sorted(set(keys)))
    number = {key: place for place, key in enumerate(routes)}
    units = everything.units[chosen].copy()
    wrong = stream.random(len(units)) < settings.units_wrong
    units[wrong] *= 10.0 ** stream.choice(SLIPS, int(wrong.sum()))
    units[stream.random(len(units)) < settings.units_missing] = np.nan
    dataset = everything.dataset[chosen] - 1
    route = np.array([number[key] for key in keys], dtype=np.int64)
    return Shipments(chosen, everything.day[chosen], units, right, route, dataset, routes, (MAIN, SECOND))


def _cases(
    stream: np.random.Generator,
    settings: Settings,
    truth: Parameters,
    routes: tuple[TrueRoutes, ...],
    imports: tuple[TrueShipments, ...],
    use: Mapping[str, float],
) -> Iterator[Case]:
    """Components: the part and the day of recovery first, then the shipment, then the day of manufacture."""
    lag, shelf = lag_of(truth), shelf_of(truth)
    before: dict[int, tuple[int, int]] = {}
    for _ in range(settings.components):
        part = int(stream.integers(len(routes)))
        recovered = int(stream.integers(BREAK + 10, WAR_LAST))
        shipment = _source(stream, lag, recovered, routes[part], imports[part], use)
        if shipment is None:
            continue
        if part in before and before[part][1] <= recovered and stream.random() < settings.shared_lots:
            shipment = before[part][0]
        day = int(imports[part].day[shipment])
        before[part] = (shipment, day)
        made = day - _draw_delay(stream, shelf)
        find = Find(_code(stream, made, recovered), _recovery(stream, recovered))
        key = routes[part].keys[imports[part].route[shipment]]
        if settings.documented and stream.random() < settings.documented:
            find = replace(find, parties=(_named_importer(stream, truth, key, routes[part].keys),))
        yield Case(part, key.maker, find, key)


def _named_importer(stream: np.random.Generator, truth: Parameters, key: RouteKey, known: tuple[RouteKey, ...]) -> str:
    """Whom a document names: the importer, or by mistake that of any route of the part."""
    is_right = stream.random() < truth.leg_right
    return key.importer if is_right else known[stream.integers(len(known))].importer


def _source(
    stream: np.random.Generator,
    lag: Delay,
    recovered: int,
    part: TrueRoutes,
    shipments: TrueShipments,
    use: Mapping[str, float],
) -> int | None:
    on = date_of(recovered)
    military = np.array([use[key.importer] for key in part.keys])
    weight = shipments.units * military[shipments.route] * lag_weight(lag, shipments.day, (on, on))
    if weight.sum() <= 0:
        return None
    return int(stream.choice(len(weight), p=weight / weight.sum()))


def _draw_delay(stream: np.random.Generator, delay: Delay) -> int:
    return min(int(np.searchsorted(delay.cumulative, stream.random(), side="right")) - 1, LONGEST_DAYS - 1)


def _code(stream: np.random.Generator, made: int, recovered: int) -> tuple[Window, ...]:
    """The windows that a date code tells: a week, a year, a week of any decade, or nothing."""
    kind = stream.choice(["week", "year", "decade", "none"], p=[0.45, 0.2, 0.15, 0.2])
    monday = date_of(made - (made + 3) % 7)  # day 0 was a Thursday
    week = (monday, monday + timedelta(days=6))
    if kind == "none":
        return ()
    if kind == "year":
        year = date_of(made).year
        return ((date(year, 1, 1), date(year, 12, 31)),)
    if kind == "week":
        return (week,)
    windows = [(week[0] + timedelta(days=3_652 * n), week[1] + timedelta(days=3_652 * n)) for n in range(-3, 4)]
    return tuple(window for window in windows if day_number(window[0]) <= recovered)


def _recovery(stream: np.random.Generator, recovered: int) -> tuple[date, date]:
    """The window in which the weapon is known to have been recovered: the day, its month or its half-year."""
    kind = stream.choice(["day", "month", "half"], p=[0.6, 0.25, 0.15])
    on = date_of(recovered)
    if kind == "day":
        return on, on
    if kind == "month":
        return on.replace(day=1), _month_end(on.year, on.month)
    half = 1 if on.month <= 6 else 7
    return date(on.year, half, 1), _month_end(on.year, half + 5)


def _month_end(year: int, month: int) -> date:
    return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)


def best_possible(world: World, case: Case) -> tuple[dict[RouteKey, float], float]:
    """Probabilities by route, and of unknown, for one who knows the true parameters and every route's true rate.

    The records are the same: which links are right, which shipments are missing and which units are wrong stays hidden.
    """
    seen = set(world.links[case.part].routes)
    weight = {key: mass * world.use[key.importer] for key, mass in true_weights(world, case.part, case.find).items()}
    total = sum(weight.values())
    unknown = sum(mass for key, mass in weight.items() if key not in seen)
    return {key: mass / total for key, mass in weight.items() if key in seen}, unknown / total


def true_weights(world: World, part: int, find: Find) -> dict[RouteKey, float]:
    """By route the weight of what is recorded and what is not, if all goods of every importer were for weapons."""
    links = world.links[part]
    expected = units_of(links, world.truth).expected(links.route)
    seen = expected * world.right[part] * _dated(world, find, links.day)
    weight = dict(zip(links.routes, np.bincount(links.route, seen, len(links.routes)).tolist(), strict=True))
    for key, mass in _true_unseen(world, part, find):
        weight[key] = weight.get(key, 0.0) + mass
    return weight


def _true_rightness(world: World, part: int) -> Floats:
    links = world.links[part]
    by_grade = np.array([RIGHT[name] for name in world.grades[part]])
    known = (links.right == 0) | (links.right == 1)
    return right_in_company(replace(links, right=np.where(known, links.right, by_grade)), world.truth)


def _true_unseen(world: World, part: int, find: Find) -> Iterator[tuple[RouteKey, float]]:
    """Expected weight of what was not recorded, route by route."""
    days, routes = np.arange(FIRST, LAST + 1, 5), world.routes[part]
    dated = _dated(world, find, days) * 5
    for number, key in enumerate(routes.keys):
        active = (days >= routes.first[number]) & (days < routes.last[number])
        size = float(np.exp(routes.log_units[number] + UNITS_LOG_SD**2 / 2))
        yield key, routes.rate[number] * size * float((dated * true_missing(world, days, key))[active].sum())


def true_missing(world: World, days: Ints, key: RouteKey) -> Floats:
    """The true probability that a shipment of each day is in no dataset."""
    main = np.where(days >= MAIN_FIRST, world.missing[key.dispatch], 1.0)
    is_second = (days >= day_number(SECOND_SPAN[0])) & (days <= day_number(SECOND_SPAN[1]))
    return main * np.where(is_second, 1 - 0.3 * (1 - world.settings.missing), 1.0)


def _dated(world: World, find: Find, day: Ints) -> Floats:
    return lag_weight(world.lag, day, find.recovered) * shelf_weight(world.shelf, day, find.made)


def wrong_delays(parameters: Parameters, *, lag: float = 1.0, age: float = 1.0) -> Parameters:
    """The parameters with another mean lag and another mean age of chips, as factors."""
    p = parameters
    return replace(p, lag_mean_days=p.lag_mean_days * lag, shelf_mean_days=p.shelf_mean_days * age)
