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
    """Sizes are log-normal within a part; a figure far outside is likelier a slip of unit or digit than a shipment."""
    known = np.isfinite(shipments.units) & (shipments.units > 0)
    logs = np.log(np.where(known, shipments.units, 1.0))
    mean, variance, wrong = _fit(logs[known], parameters)
    unusable = np.ones(len(shipments))
    unusable[known] = wrong
    log_mean, worth = _by_route(shipments, logs, 1 - unusable, mean, parameters.units_route_strength)
    middle = variance / 2
    stated = np.where(known, shipments.units, 1.0)
    return Units(
        stated=stated,
        unusable=unusable,
        log_mean=log_mean,
        log_mean_sd=np.sqrt(variance / worth),
        log_sd=float(np.sqrt(variance)),
        route_mean=np.exp(log_mean + middle),
        part_mean=float(np.exp(mean + middle)),
    )


def _fit(logs: Floats, parameters: Parameters) -> tuple[float, float, Floats]:
    """Mean and variance of the logarithms, and for each the probability that it is a slip."""
    variance = parameters.units_log_sd**2
    wrong = np.zeros(len(logs))
    if not len(logs):
        return 0.0, variance, wrong
    mean = float(np.median(logs))
    for _ in range(PASSES):
        wrong = _slips(logs - mean, variance, parameters)
        sound = 1 - wrong
        mean = float(np.sum(sound * logs) / np.sum(sound))
        prior = parameters.units_strength * parameters.units_log_sd**2
        variance = (prior + float(np.sum(sound * (logs - mean) ** 2))) / (parameters.units_strength + np.sum(sound))
    return mean, float(variance), wrong


def _slips(distance: Floats, variance: float, parameters: Parameters) -> Floats:
    wide = variance + parameters.units_wrong_log_sd**2
    slip = parameters.units_wrong * np.exp(-(distance**2) / (2 * wide)) / np.sqrt(wide)
    sound = (1 - parameters.units_wrong) * np.exp(-(distance**2) / (2 * variance)) / np.sqrt(variance)
    return np.asarray(slip / (slip + sound))


def _by_route(shipments: Shipments, logs: Floats, sound: Floats, mean: float, strength: float) -> tuple[Floats, Floats]:
    """Each route's mean of logarithms, drawn towards the part's as if by `strength` shipments; how many it rests on."""
    count = len(shipments.routes)
    weight = np.bincount(shipments.route, sound, count)
    total = np.bincount(shipments.route, sound * logs, count)
    worth = np.asarray(weight + strength, dtype=np.float64)
    return (total + strength * mean) / worth, worth
