"""The weights of a find with everything uncertain at its mean: for reasons, for reviews and for learning."""

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


def expected(find: Find, part: Part) -> Expected:
    """The weights of a find among the shipments of its part, in the order of `part.shipments`."""
    unseen, days = part.unseen, part.beliefs.recorded.days
    monthly = delays(find, days, part).reshape(-1, 3).mean(axis=1)
    near = unseen.near @ (unseen.mean_missing * monthly[unseen.span])
    unknown = np.sum(unseen.mean_novelty * near) + unseen.mean_elsewhere * np.sum(monthly * unseen.mean_fresh)
    seen = part.expected * delays(find, part.shipments.day, part)
    return Expected(seen, unseen.mean_scale * near, float(unknown))


def delays(find: Find, day: Ints, part: Part) -> Floats:
    """For goods declared on each day, the probability of the find's dates."""
    beliefs = part.beliefs
    return lag_weight(beliefs.lag, day, find.recovered) * shelf_weight(beliefs.shelf, day, find.made)


def mean_use(part: Part) -> Floats:
    """The mean military use of each route's importer."""
    return np.asarray(part.use.mean(axis=1))
