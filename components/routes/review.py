"""Which link to look at first: how much of the doubt about routes its review is expected to take away."""

from collections.abc import Sequence

import numpy as np

from components.routes.evidence import Find, Floats, Ints
from components.routes.expectation import expected, mean_use
from components.routes.part import Part


def review_values(finds: Sequence[Find], part: Part) -> Floats:
    """Bits by which a verdict on each link is expected to lower the entropy of routes, summed over finds of the part.

    In the order of `part.shipments`. Everything but the link is held at its mean, and what is unseen of its route stays
    as it is: an approximation that costs no more than the weights themselves. The find has a say in how likely a
    verdict is: a link that would explain it is likelier right. So no review is expected to raise the doubt. Reviewed
    links have no value.
    """
    total = np.zeros(len(part.shipments))
    for find in finds:
        total += _values(find, part)
    return total


def _values(find: Find, part: Part) -> Floats:
    use, route, right = mean_use(part), part.shipments.route, part.shipments.right
    everything = expected(find, part)
    masses = np.append(everything.routes(part) * use, everything.unknown)
    if masses.sum() <= 0:
        return np.zeros(len(route))
    link = everything.shipments * use[route]
    whole = np.divide(link, right, out=np.zeros_like(link), where=right > 0)
    confirmed = _entropy_after(masses, route, whole - link)
    rejected = _entropy_after(masses, route, -link)
    total = masses.sum()
    likely = right * (total + whole - link) / total  # that it is confirmed, given the find
    gain = _entropy_after(masses, route, np.zeros_like(link)) - likely * confirmed - (1 - likely) * rejected
    return np.where((right > 0) & (right < 1), np.maximum(gain, 0.0), 0.0)


def _entropy_after(masses: Floats, route: Ints, change: Floats) -> Floats:
    """The entropy in bits of the masses' shares with the mass of one route changed, for each change."""
    before = masses[route]
    after = np.maximum(before + change, 0.0)
    total = np.maximum(masses.sum() + change, 0.0)
    terms = np.sum(_x_log_x(masses)) - _x_log_x(before) + _x_log_x(after)
    rest = np.divide(terms, total, out=np.zeros_like(total), where=total > 0)
    return np.asarray((np.log(np.where(total > 0, total, 1.0)) - rest) / np.log(2))


def _x_log_x(x: Floats) -> Floats:
    return np.asarray(x * np.log(np.where(x > 0, x, 1.0)))
