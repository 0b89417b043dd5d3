"""Which months the datasets record, and how much of each: the same for every part."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from components.routes.evidence import Coverage, Floats, Ints, day_number

BEFORE_MONTHS, AFTER_MONTHS = 240, 12  # of the grid, around the first and last month covered


@dataclass(frozen=True)
class Recorded:
    """A grid of calendar months (since 1970-01), and draws by month: (months, draws)."""

    months: Ints
    covered: Floats  # the share of imports that some dataset records
    reach: Floats  # covered months about each month, nearest heaviest
    kinship: Floats  # (months, months): how much one month says of another
    side: Ints  # 0 for months up to the break, 1 for later ones

    @property
    def days(self) -> Ints:
        """Three days of each month, (months × 3,), at which delays are averaged."""
        starts = self.months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
        days: Ints = (starts[:, None] + np.array([4, 14, 24])).ravel()
        return days

    def position(self, days: Ints) -> Ints:
        """Where in the grid each day's month stands; days beyond an end count to the end."""
        position: Ints = np.clip(month_of(days) - self.months[0], 0, len(self.months) - 1)
        return position


def recorded_of(
    coverage: Mapping[int, Coverage], share: Mapping[int, Floats], draws: int, smoothing: float, broken: date | None
) -> Recorded:
    """`share` holds draws of each dataset's coverage; `smoothing` is in months. Without datasets one month is left.

    Datasets are taken to miss shipments independently of one another.
    """
    months = _grid(coverage)
    missed = np.ones((len(months), draws))
    for dataset, held in coverage.items():
        first, last = month_of(np.array([day_number(held.first_day), day_number(held.last_day)]))
        missed[(months >= first) & (months <= last)] *= 1 - share[dataset]
    side = side_of(months, broken)
    kinship = _kinship(months, smoothing, side)
    return Recorded(months, 1 - missed, kinship @ (1 - missed), kinship, side)


def month_of(days: Ints) -> Ints:
    """Calendar months since 1970-01 of days since 1970-01-01."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def side_of(months: Ints, broken: date | None) -> Ints:
    """0 for months up to that of the break, 1 for later ones."""
    if broken is None:
        return np.zeros(len(months), dtype=np.int64)
    side: Ints = (months > month_of(np.array([day_number(broken)]))[0]).astype(np.int64)
    return side


def _grid(coverage: Mapping[int, Coverage]) -> Ints:
    days = [day_number(day) for held in coverage.values() for day in (held.first_day, held.last_day)]
    if not days:
        return np.zeros(1, dtype=np.int64)
    first, last = month_of(np.array([min(days), max(days)]))
    return np.arange(first - BEFORE_MONTHS, last + AFTER_MONTHS + 1)


def _kinship(months: Ints, width: float, side: Ints) -> Floats:
    """1 for the month itself, falling to 0 at `width`, and 0 across the break."""
    weight = np.maximum(1 - np.abs(months[:, None] - months[None, :]) / width, 0.0)
    weight[side[:, None] != side[None, :]] = 0.0
    return np.asarray(weight)
