"""Why each shipment weighs what it weighs for one component: the factors, one by one. Pure."""

from dataclasses import dataclass
from datetime import date

import numpy as np

from components.routes.delays import lag_weight, shelf_weight
from components.routes.evidence import Find, RouteKey, date_of
from components.routes.part import Part


@dataclass(frozen=True)
class Weighed:
    """One shipment: its factors, and its share of what all recorded shipments of the part weigh (0 to 1).

    `units` are as stated, or what the model takes where they are not; `lag` and `shelf` are probabilities of the dates.
    """

    link: int
    route: RouteKey
    day: date
    units: float
    is_stated: bool
    right: float
    military_use: float
    lag: float
    shelf: float
    share: float


def weigh(find: Find, part: Part) -> list[Weighed]:
    """The shipments of a part for one find, the heaviest first; those that the dates rule out weigh nothing."""
    shipments, beliefs = part.shipments, part.beliefs
    lag = lag_weight(beliefs.lag, shipments.day, find.recovered)
    shelf = shelf_weight(beliefs.shelf, shipments.day, find.made)
    use = np.array([beliefs.use_of(route.importer).mean for route in shipments.routes])[shipments.route]
    units = part.units.expected(shipments.route)
    weight = part.expected * use * lag * shelf
    total = weight.sum() or 1.0
    order = np.argsort(-weight, kind="stable")
    return [
        Weighed(
            link=int(shipments.link[n]),
            route=shipments.routes[shipments.route[n]],
            day=date_of(shipments.day[n]),
            units=float(units[n]),
            is_stated=bool(np.isfinite(shipments.units[n])),
            right=float(shipments.right[n]),
            military_use=float(use[n]),
            lag=float(lag[n]),
            shelf=float(shelf[n]),
            share=float(weight[n] / total),
        )
        for n in order
    ]
