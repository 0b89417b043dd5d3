from collections.abc import Callable
from datetime import date
from math import nan

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

    # the mean of logarithms is that of 1,000; ten shipments of 10,000 against the strength of four: 10^(10/14) above
    assert units.route_mean[1] / units.part_mean == pytest.approx(10 ** (10 / 14))
    assert units.unusable.tolist() == [0] * 20 + [1]
    assert units.expected(rows.route)[:2].tolist() == [100, 100]


def test_units_far_outside_are_taken_for_slips(shipped: Parameters, shipments_of: Callable[..., Shipments]) -> None:
    rows = shipments_of(*[("a", DAY, 100 + n, 1) for n in range(30)], ("a", DAY, 100_000_000, 1))

    units = units_of(rows, shipped)

    assert units.unusable[-1] > 0.95
    assert units.unusable[:-1].max() < 0.05
    assert units.expected(rows.route)[-1] < 10_000_000
