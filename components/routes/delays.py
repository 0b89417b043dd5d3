"""Delays in whole days: from a declaration to the weapon's recovery, from a chip's making to its declaration."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from components.routes.evidence import Floats, Ints, Window, day_number
from components.routes.parameters import Parameters

LONGEST_DAYS = 40 * 365  # a chip marked 1988 was found in a missile in 2022 (Reuters with RUSI, 2022-08-08)


@dataclass(frozen=True)
class Delay:
    """A distribution over 0, 1, … LONGEST_DAYS days; `cumulative[d]` is the probability of fewer than d days."""

    cumulative: Floats

    def between(self, lowest: Ints, highest: Ints) -> Floats:
        """The probability of a delay from `lowest` to `highest` days, both included; 0 where they cross."""
        end = len(self.cumulative) - 1
        low, high = np.clip(lowest, 0, end), np.clip(highest + 1, 0, end)
        return np.maximum(self.cumulative[high] - self.cumulative[low], 0.0)


def gamma_delay(mean_days: float, shape: float, stray: float, stray_days: float) -> Delay:
    """A gamma distribution by the day, and with probability `stray` any delay up to `stray_days` alike."""
    days = np.arange(LONGEST_DAYS) + 0.5
    logs = (shape - 1) * np.log(days) - days * shape / mean_days
    usual = np.exp(logs - logs.max())
    old = (days < stray_days).astype(np.float64)
    mass = (1 - stray) * usual / usual.sum() + stray * old / old.sum()
    return Delay(np.concatenate([[0.0], np.cumsum(mass)]))


def lag_of(parameters: Parameters) -> Delay:
    """From declaration to recovery."""
    p = parameters
    return gamma_delay(p.lag_mean_days, p.lag_shape, p.lag_stray, p.stray_days)


def shelf_of(parameters: Parameters) -> Delay:
    """From manufacture to declaration."""
    p = parameters
    return gamma_delay(p.shelf_mean_days, p.shelf_shape, p.shelf_stray, p.stray_days)


def lag_weight(lag: Delay, day: Ints, recovered: tuple[date | None, date | None]) -> Floats:
    """For goods declared on each `day`, the probability of a recovery in the window; an open side reaches for ever."""
    first, last = recovered
    low = np.zeros_like(day) if first is None else day_number(first) - day
    high = np.full_like(day, LONGEST_DAYS) if last is None else day_number(last) - day
    return lag.between(low, high)


def shelf_weight(shelf: Delay, day: Ints, made: tuple[Window, ...]) -> Floats:
    """For goods declared on each `day`, the probability of a manufacture in one of the windows; 1 without windows."""
    if not made:
        return np.ones(len(day))
    ages = [shelf.between(day - day_number(last), day - day_number(first)) for first, last in made]
    return np.asarray(np.sum(ages, axis=0))
