from collections.abc import Callable
from datetime import date
from math import log2

import pytest

from components.routes.beliefs import Beliefs
from components.routes.evidence import Find, Shipments
from components.routes.parameters import Parameters
from components.routes.part import prepare
from components.routes.review import review_values

DAY, FOUND = date(2022, 5, 2), Find(recovered=(date(2022, 7, 1), date(2022, 7, 1)))


def entropy(*masses: float) -> float:
    return -sum(mass / sum(masses) * log2(mass / sum(masses)) for mass in masses if mass)


def test_review_value_is_the_expected_fall_of_entropy(
    flat: Parameters, shipments_of: Callable[..., Shipments], beliefs_of: Callable[..., Beliefs]
) -> None:
    part = prepare(shipments_of(("a", DAY, 1, 1), ("b", DAY, 1, 0.5)), beliefs_of(flat, {"a": 0.5, "b": 0.5}))
    p = float(part.shipments.right[1])

    found = review_values([FOUND, FOUND], part)

    confirmed = p * 2 / (p * 2 + (1 - p) * 1)  # twice as much explains the find then
    one = entropy(1, p) - confirmed * entropy(1, 1) - (1 - confirmed) * 0.0
    assert found.tolist() == pytest.approx([0, 2 * one], abs=1e-9)


def test_review_value_is_none_for_links_that_bear_on_nothing(
    flat: Parameters, shipments_of: Callable[..., Shipments], beliefs_of: Callable[..., Beliefs]
) -> None:
    rows = shipments_of(("a", DAY, 100, 1), ("b", DAY, 90, 0.9), ("b", DAY, 90, 0.5), ("c", date(2023, 1, 1), 100, 0.5))
    part = prepare(rows, beliefs_of(flat, {"a": 0.5, "b": 0.5, "c": 0.5}))

    found = review_values([FOUND], part)

    assert part.shipments.link.tolist() == [100, 101, 102, 103]
    assert (found[0], found[3]) == (0, 0)
    assert (found >= 0).all()
