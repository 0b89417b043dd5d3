"""How likely a link is right: from its grade, from reviews, and from the company it keeps."""

from collections.abc import Mapping

import numpy as np

from components.routes.evidence import Floats, Shipments
from components.routes.parameters import Parameters

ROUTES = 1_000  # that a new route is one of, alike; cancels but for links on routes that others are on
PASSES = 5  # of expectation and maximisation; further ones change no probability by a hundredth


def learned_rightness(parameters: Parameters, verdicts: Mapping[str, tuple[int, int]]) -> dict[str, float]:
    """P(right) by grade: a Beta prior updated by links confirmed and rejected, (confirmed, rejected) by grade."""
    strength = parameters.right_strength
    learned = {}
    for grade, prior in parameters.right.items():
        confirmed, rejected = verdicts.get(grade, (0, 0))
        learned[grade] = (prior * strength + confirmed) / (strength + confirmed + rejected)
    return learned


def right_in_company(part: Shipments, parameters: Parameters) -> Floats:
    """P(right) of each link of a part, seeing which routes the part's other links are on.

    Right links and wrong ones are met on routes each as in a Pitman-Yor process of its own, so that a link is likelier
    right on a route where links lie that are surely right, and wrong ones that repeat one another do not become right.
    """
    p = parameters
    right = part.right
    for _ in range(PASSES):
        as_right = _met(part, right, p.new_route_discount, p.new_route_strength)
        as_wrong = _met(part, 1 - right, 0.0, p.wrong_route_strength)
        right = _updated(part.right, as_right / as_wrong)
    return right


def _met(part: Shipments, belongs: Floats, discount: float, strength: float) -> Floats:
    """The probability of each link's route given the part's other links, each counted as far as it `belongs`."""
    count = np.bincount(part.route, belongs, len(part.routes))
    total = count.sum() - belongs
    others = np.maximum(count[part.route] - belongs - discount, 0.0)
    opened = strength + discount * np.sum(count > 0.5)
    return np.asarray((others + opened / ROUTES) / (total + strength))


def _updated(probability: Floats, factor: Floats) -> Floats:
    """Probabilities after evidence that is `factor` times likelier if true."""
    return np.asarray(probability * factor / (probability * factor + (1 - probability)))
