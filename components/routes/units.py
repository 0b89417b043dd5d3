"""How many units a shipment brought, where the declaration is silent or can hardly be right."""

from dataclasses import dataclass

import numpy as np

from components.routes.evidence import Floats, Ints, Shipments
from components.routes.parameters import Parameters

PASSES = 5  # of expectation and maximisation; the share of wrong figures is small and settles at once


@dataclass(frozen=True)
class Units:
    """Per shipment: the number stated (1 where none), the probability that it cannot be used, and the log-normal it is
    then drawn from: `log_mean` by route, one `log_sd` for the part."""

    stated: Floats
    unusable: Floats
    log_mean: Floats  # (routes,)
    log_mean_sd: Floats  # (routes,): how well it is known
    log_sd: float
    route_mean: Floats  # (routes,): the mean of the log-normal
    part_mean: float

    def expected(self, route: Ints) -> Floats:
        """The expected units of each shipment, given its route."""
        return (1 - self.unusable) * self.stated + self.unusable * self.route_mean[route]


def units_of(shipments: Shipments, parameters: Parameters) -> Units:
    """Sizes are log-normal about their route's mean; a figure far outside is likelier a slip than a shipment.

    A link counts as far as it is right: the sizes of another part's shipments say nothing of this one's.
    """
    known = np.isfinite(shipments.units) & (shipments.units > 0)
    stated = np.where(known, shipments.units, 1.0)
    logs, worth = np.log(stated), shipments.right * known
    route = shipments.route
    sizes, wrong = _Sizes.start(logs[worth > 0], len(shipments.routes), parameters), np.zeros(len(logs))
    for _ in range(PASSES):
        wrong = _slips(logs - sizes.log_mean[route], sizes.variance, parameters)
        sizes = _Sizes.of(logs, worth * (1 - wrong), route, sizes, parameters)
    return Units(
        stated=stated,
        unusable=np.where(known, wrong, 1.0),
        log_mean=sizes.log_mean,
        log_mean_sd=np.sqrt(sizes.variance / sizes.worth),
        log_sd=float(np.sqrt(sizes.variance)),
        route_mean=np.exp(sizes.log_mean + sizes.variance / 2),
        part_mean=float(np.exp(sizes.mean + sizes.spread / 2)),
    )


@dataclass(frozen=True)
class _Sizes:
    """Logarithms of units: the part's mean and variance (`spread`), each route's mean, the variance about it."""

    mean: float
    spread: float
    log_mean: Floats
    worth: Floats  # how many shipments a route's mean rests on
    variance: float

    @classmethod
    def start(cls, logs: Floats, routes: int, parameters: Parameters) -> "_Sizes":
        mean = float(np.median(logs)) if len(logs) else 0.0
        prior = parameters.units_log_sd**2
        worth = np.full(routes, parameters.units_route_strength)
        return cls(mean, prior, np.full(routes, mean), worth, prior)

    @classmethod
    def of(cls, logs: Floats, sound: Floats, route: Ints, before: "_Sizes", parameters: Parameters) -> "_Sizes":
        """From logarithms, each counted as far as it is `sound`; variances drawn towards the prior."""
        if sound.sum() <= 0:
            return before
        count = len(before.worth)
        mean = float(np.sum(sound * logs) / np.sum(sound))
        worth: Floats = np.bincount(route, sound, count).astype(np.float64) + parameters.units_route_strength
        drawn = parameters.units_route_strength * mean
        log_mean = np.asarray((np.bincount(route, sound * logs, count) + drawn) / worth, dtype=np.float64)
        spread = _variance(logs - mean, sound, parameters)
        return cls(mean, spread, log_mean, worth, _variance(logs - log_mean[route], sound, parameters))


def _variance(distance: Floats, sound: Floats, parameters: Parameters) -> float:
    prior = parameters.units_strength * parameters.units_log_sd**2
    return float((prior + np.sum(sound * distance**2)) / (parameters.units_strength + np.sum(sound)))


def _slips(distance: Floats, variance: float, parameters: Parameters) -> Floats:
    wide = variance + parameters.units_wrong_log_sd**2
    slip = parameters.units_wrong * np.exp(-(distance**2) / (2 * wide)) / np.sqrt(wide)
    sound = (1 - parameters.units_wrong) * np.exp(-(distance**2) / (2 * variance)) / np.sqrt(variance)
    return np.asarray(slip / (slip + sound))
