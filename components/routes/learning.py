"""What reviews and finds teach: how often links of a grade are right, which importers supply the military, which lag fits."""

from collections.abc import Mapping

from components.routes.parameters import Parameters


def learned_rightness(parameters: Parameters, verdicts: Mapping[str, tuple[int, int]]) -> dict[str, float]:
    """P(right) by grade: a Beta prior updated by links confirmed and rejected, (confirmed, rejected) by grade."""
    strength = parameters.right_strength
    learned = {}
    for grade, prior in parameters.right.items():
        confirmed, rejected = verdicts.get(grade, (0, 0))
        learned[grade] = (prior * strength + confirmed) / (strength + confirmed + rejected)
    return learned
