"""What the route question is asked of: a find, its part's linked shipments, what is held of datasets and importers."""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Window = tuple[date, date]


@dataclass(frozen=True, order=True)
class RouteKey:
    """What tells one supply chain from another: maker's id, alpha-2 countries, companies' keys; "" is not stated.

    A company's key is made of what is declared (`Company.party_key`), and so the same in every installation: its draws
    are keyed by it, and importers are taken in its order.
    """

    maker: int
    origin: str
    dispatch: str
    exporter: str
    importer: str


@dataclass(frozen=True)
class Find:
    """A component in a recovered weapon.

    `made` holds the windows of manufacture that its date code allows, more than one where readings rival (a one-digit
    year), none where there is no code. `recovered` is the first and last possible day; None leaves a side open.
    `parties` are the keys, in order, of the companies that documents name in the chain of this very component.
    """

    made: tuple[Window, ...] = ()
    recovered: tuple[date | None, date | None] = (None, None)
    parties: tuple[str, ...] = ()

    @property
    def is_telling(self) -> bool:
        """Whether it says something of how the component came, beyond when the weapon was recovered."""
        return bool(self.made or self.parties)

    def undated(self) -> "Find":
        """The same find, had nobody read its date code or asked for its chain."""
        return replace(self, made=(), parties=())


@dataclass(frozen=True)
class Shipments:
    """The shipments linked to one part, as columns of equal length.

    `day` is the declaration's day as days since 1970-01-01, `units` is NaN where not stated, `right` the probability
    that the link is right (1 confirmed, 0 rejected); `route` indexes `routes`, `dataset` the dataset ids in `datasets`.
    `stand_in` is "" for shipments that name the part, else the grade of those that are held against it for want of
    such: they name only its maker, or only its HS code. `name` is made of what the shipments declare, and keys their
    draws; without it the numbers of their links do.
    """

    link: Ints
    day: Ints
    units: Floats
    right: Floats
    route: Ints
    dataset: Ints
    routes: tuple[RouteKey, ...]
    datasets: tuple[int, ...]
    stand_in: str = ""
    name: str = ""

    @property
    def stream(self) -> str:
        """What the random draws of these shipments are keyed by."""
        return self.name or self.link.tobytes().hex()[:4096]

    def __post_init__(self) -> None:
        lengths = {len(column) for column in (self.link, self.day, self.units, self.right, self.route, self.dataset)}
        if len(lengths) != 1:
            raise ValueError("The columns of shipments differ in length.")
        if np.any((self.right < 0) | (self.right > 1)):
            raise ValueError("The probability that a link is right lies between 0 and 1.")

    def __len__(self) -> int:
        return len(self.link)

    def where(self, kept: Bools | Ints) -> "Shipments":
        """The shipments for which `kept` is true, or at its indices; routes and datasets keep their numbers."""
        columns = {name: getattr(self, name)[kept] for name in ("link", "day", "units", "right", "route", "dataset")}
        return replace(self, **columns)

    def without(self, dataset: int) -> "Shipments":
        """The shipments as if the dataset of that id were not held."""
        return self.where(np.array([self.datasets[index] != dataset for index in self.dataset], dtype=bool))


@dataclass(frozen=True)
class Coverage:
    """The share of all relevant imports between two days that a dataset records, as a Beta of this mean and strength.

    `strength` is how many shipments, looked up one by one, the figure is worth. `name` keys the draws: the digest of
    the dataset's file; without it the dataset's number does.
    """

    mean: float
    strength: float
    first_day: date
    last_day: date
    name: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.mean <= 1 or self.strength <= 0 or self.first_day > self.last_day:
            raise ValueError("Coverage needs a mean above 0 and up to 1, a strength above 0 and days in order.")


@dataclass(frozen=True)
class MilitaryUse:
    """What is held of the share of an importer's goods that ends in weapons: Beta(a, b)."""

    a: float
    b: float

    def __post_init__(self) -> None:
        if self.a <= 0 or self.b <= 0:
            raise ValueError("A Beta distribution needs two numbers above 0.")

    @property
    def mean(self) -> float:
        return self.a / (self.a + self.b)


def day_number(day: date) -> int:
    """Days since 1970-01-01, the `day` of Shipments."""
    return day.toordinal() - _EPOCH


def date_of(number: int) -> date:
    """The day of a day number."""
    return date.fromordinal(int(number) + _EPOCH)


_EPOCH = date(1970, 1, 1).toordinal()
