from collections.abc import Callable
from datetime import date

import pytest

from components.routes.beliefs import Beliefs
from components.routes.evidence import Find, RouteKey, Shipments
from components.routes.parameters import Parameters
from components.routes.part import prepare
from components.routes.reasons import Excluded, Weight, excluded, weights


def test_weights_give_every_factor(
    flat: Parameters, shipments_of: Callable[..., Shipments], beliefs_of: Callable[..., Beliefs]
) -> None:
    rows = shipments_of(("a", date(2022, 5, 2), 100, 1), ("b", date(2022, 6, 1), 300, 1), ("b", date(2023, 1, 1), 9, 1))
    find = Find(((date(2022, 4, 1), date(2022, 4, 10)),), (date(2022, 7, 1), date(2022, 7, 1)))

    found = weights(find, prepare(rows, beliefs_of(flat, {"a": 0.5, "b": 0.25})))

    assert found == (
        Weight(
            101, RouteKey(1, "TW", "HK", "exporter", "b"), date(2022, 6, 1), 300, 1, 0.25, *_near(0.001, 0.01, 1, 0.6)
        ),
        Weight(
            100, RouteKey(1, "TW", "HK", "exporter", "a"), date(2022, 5, 2), 100, 1, 0.5, *_near(0.001, 0.01, 1, 0.4)
        ),
    )


def _near(*values: float) -> tuple[float, ...]:
    return tuple(pytest.approx(value) for value in values)


def test_excluded_says_why(shipments_of: Callable[..., Shipments]) -> None:
    rows = shipments_of(
        ("a", date(2021, 3, 2), 1, 1),
        ("a", date(2021, 8, 1), 1, 0),
        ("a", date(2021, 9, 1), 1, 1),
        ("a", date(2023, 1, 1), 1, 1),
    )
    find = Find(((date(2021, 6, 7), date(2021, 6, 13)),), (None, date(2022, 11, 30)))

    assert excluded(find, rows) == (
        Excluded(100, "declared 2021-03-02, before the earliest day of manufacture 2021-06-07"),
        Excluded(101, "the link was rejected"),
        Excluded(103, "declared 2023-01-01, after the last day of recovery 2022-11-30"),
    )
