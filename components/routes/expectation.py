"""The weights of a find with everything uncertain at its mean, for reasons, reviews and learning; and their factors."""

from dataclasses import dataclass

import numpy as np

from components.routes.delays import lag_weight, shelf_weight
from components.routes.evidence import Find, Floats, Ints
from components.routes.part import Part


@dataclass(frozen=True)
class Expected:
    """Weights by shipment and by route if all goods of every importer were for weapons, and of unknown routes."""

    shipments: Floats
    unseen: Floats  # by route
    unknown: float

    def routes(self, part: Part) -> Floats:
        """Weights by route, recorded and not."""
        seen = np.bincount(part.shipments.route, self.shipments, part.routes)
        return np.asarray(seen + self.unseen, dtype=np.float64)

    def total(self, part: Part) -> float:
        """The weight of everything, importers' military use counted."""
        return float(self.routes(part) @ mean_use(part)) + self.unknown


def expected(find: Find, part: Part) -> Expected:
    """The weights of a find among the shipments of its part, in the order of `part.shipments`."""
    unseen, days = part.unseen, part.beliefs.recorded.days
    monthly = delays(find, days, part).reshape(-1, 3).mean(axis=1)
    near = unseen.near @ (unseen.mean_missing * monthly[unseen.span])
    unknown = np.sum(unseen.mean_novelty * near) + unseen.mean_elsewhere * np.sum(monthly * unseen.mean_fresh)
    seen = part.expected * delays(find, part.shipments.day, part)
    by_route = unseen.mean_scale * (near + unseen.gone_on(monthly, unseen.mean_far))
    told = documented(find, part)
    return Expected(seen * told.routes[part.shipments.route], by_route * told.routes, float(unknown) * told.unknown)


def delays(find: Find, day: Ints, part: Part) -> Floats:
    """For goods declared on each day, the probability of the find's dates."""
    beliefs = part.beliefs
    return lag_weight(beliefs.lag, day, find.recovered) * shelf_weight(beliefs.shelf, day, find.made)


@dataclass(frozen=True)
class Documented:
    """How likely documents would name whom they name, had the component come by each route, or by an unknown one."""

    routes: Floats
    unknown: float


def documented(find: Find, part: Part) -> Documented:
    """What documents on the chain of a component say of its routes.

    What they say is right with probability `leg_right`, all of it or nothing: documents on one component are seldom
    independent. A route by all the companies that they name weighs that, a route by none of them and an unknown one the
    rest, a route by some of them in between. A company that neither exported nor imported on any route of the part says
    nothing here: whether it stood before or behind the border is not known.
    """
    leg_right, routes = part.beliefs.parameters.leg_right, part.shipments.routes
    on_way = np.array([[party in {route.exporter, route.importer} for route in routes] for party in find.parties])
    known = on_way[on_way.any(axis=1)] if on_way.size else on_way
    if not len(known):
        return Documented(np.ones(len(routes)), 1.0)
    return Documented(1 - leg_right + (2 * leg_right - 1) * known.mean(axis=0), 1 - leg_right)


def mean_use(part: Part) -> Floats:
    """The mean military use of each route's importer."""
    return np.asarray(part.use.mean(axis=1))
