"""Why a route is likely: every factor of every shipment's weight, and what was ruled out in words."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np

from components.routes.delays import lag_weight, shelf_weight
from components.routes.evidence import Bools, Find, Ints, RouteKey, Shipments, date_of, day_number
from components.routes.expectation import documented, expected, mean_use
from components.routes.part import Part

Ground = tuple[Bools, Callable[[date], str]]


@dataclass(frozen=True)
class Weight:
    """A shipment's share of the whole weight, recorded or not, at the means of what is uncertain; and its factors.

    `units` and `military_use` are expectations, `right` the probability that the link is right, `lag` and `shelf` the
    probabilities of the dates of recovery and manufacture, given the day of the declaration, `documented` that of what
    documents say of the component's chain; 1 where they say nothing.
    """

    link: int
    route: RouteKey
    declared_on: date
    units: float
    right: float
    military_use: float
    lag: float
    shelf: float
    documented: float
    share: float


@dataclass(frozen=True)
class Excluded:
    """A shipment that cannot have brought the component, and why in words."""

    link: int
    reason: str


def weights(find: Find, part: Part) -> tuple[Weight, ...]:
    """The shipments that could have brought a find, heaviest first."""
    shipments, use = part.shipments, mean_use(part)
    everything = expected(find, part)
    typical = everything.total(part)
    told = documented(find, part).routes[shipments.route]
    share = everything.shipments * use[shipments.route] / typical if typical > 0 else everything.shipments
    units = part.units.expected(shipments.route)
    lag = lag_weight(part.beliefs.lag, shipments.day, find.recovered)
    shelf = shelf_weight(part.beliefs.shelf, shipments.day, find.made)
    order = [index for index in np.argsort(-share, kind="stable") if share[index] > 0]
    return tuple(
        Weight(
            link=int(shipments.link[n]),
            route=shipments.routes[shipments.route[n]],
            declared_on=date_of(shipments.day[n]),
            units=float(units[n]),
            right=float(shipments.right[n]),
            military_use=float(use[shipments.route[n]]),
            lag=float(lag[n]),
            shelf=float(shelf[n]),
            documented=float(told[n]),
            share=float(share[n]),
        )
        for n in order
    )


def excluded(find: Find, shipments: Shipments) -> tuple[Excluded, ...]:
    """The shipments that a review or the dates rule out, each with its first reason, in the order of the columns."""
    rejected: Ground = (shipments.right == 0, lambda _: "the link was rejected")
    found: dict[int, Excluded] = {}
    for ruled_out, say in (rejected, *_by_dates(find, shipments.day)):
        for index in np.flatnonzero(ruled_out).tolist():
            found.setdefault(index, Excluded(int(shipments.link[index]), say(date_of(shipments.day[index]))))
    return tuple(found[index] for index in sorted(found))


def _by_dates(find: Find, day: Ints) -> list[Ground]:
    grounds: list[Ground] = []
    if find.made:
        made = min(first for first, _ in find.made)
        grounds.append(
            (day < day_number(made), lambda on: f"declared {on}, before the earliest day of manufacture {made}")
        )
    recovered = find.recovered[1]
    if recovered is not None:
        grounds.append(
            (day > day_number(recovered), lambda on: f"declared {on}, after the last day of recovery {recovered}")
        )
    return grounds
