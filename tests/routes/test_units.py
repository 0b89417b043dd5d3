from collections.abc import Callable
from datetime import date
from math import nan

import numpy as np
import pytest

from components.routes.evidence import Shipments
from components.routes.parameters import Parameters
from components.routes.units import units_of

DAY = date(2022, 5, 2)


def test_units_not_stated_are_drawn_towards_their_route(
    flat: Parameters, shipments_of: Callable[..., Shipments]
) -> None:
    rows = shipments_of(*[("a", DAY, 100, 1)] * 10, *[("b", DAY, 10_000, 1)] * 10, ("b", DAY, nan, 1))

    units = units_of(rows, flat)

    # the part's mean of logarithms is that of 1,000; ten shipments of 10,000 against the strength of four
    assert np.exp(units.log_mean).tolist() == pytest.approx([10 ** (3 - 10 / 14), 10 ** (3 + 10 / 14)])
    assert units.unusable.tolist() == [0] * 20 + [1]
    assert units.expected(rows.route)[:2].tolist() == [100, 100]


def test_units_far_outside_are_taken_for_slips(shipped: Parameters, shipments_of: Callable[..., Shipments]) -> None:
    rows = shipments_of(*[("a", DAY, 100 + n, 1) for n in range(30)], ("a", DAY, 100_000_000, 1))

    units = units_of(rows, shipped)

    assert units.unusable[-1] > 0.95
    assert units.unusable[:-1].max() < 0.05
    assert units.expected(rows.route)[-1] < 10_000_000


def test_units_of_wrong_links_say_nothing_of_the_part(flat: Parameters, shipments_of: Callable[..., Shipments]) -> None:
    rows = shipments_of(*[("a", DAY, 100, 1)] * 3, *[("b", DAY, 1_000_000, 0)] * 3, ("a", DAY, nan, 1))

    assert np.exp(units_of(rows, flat).log_mean).tolist() == pytest.approx([100, 100])
