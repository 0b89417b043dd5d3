from collections.abc import Callable
from datetime import date

import pytest

from components.routes.evidence import Shipments
from components.routes.parameters import Parameters
from components.routes.rightness import learned_rightness, right_in_company

DAY = date(2022, 5, 2)


def test_learned_rightness_adds_verdicts_to_the_prior(shipped: Parameters) -> None:
    found = learned_rightness(shipped, {"family": (6, 14), "hs": (0, 20)})

    # 0.5 of 20 and 6 of 20; 0.02 of 20 and 0 of 20
    assert found == pytest.approx({"exact": 0.98, "base": 0.9, "family": 0.4, "maker": 0.1, "hs": 0.01})


def test_link_is_likelier_right_on_a_route_of_sure_links(
    shipped: Parameters, shipments_of: Callable[..., Shipments]
) -> None:
    sure = [("a", DAY, 1.0, 0.98)] * 10
    doubted = [("a", DAY, 1.0, 0.5), ("b", DAY, 1.0, 0.5)]

    found = right_in_company(shipments_of(*sure, *doubted), shipped)

    assert found[10] > 0.9
    assert found[11] < 0.5


def test_doubtful_links_do_not_confirm_one_another(shipped: Parameters, shipments_of: Callable[..., Shipments]) -> None:
    sure = [("a", DAY, 1.0, 0.98)] * 10
    repeated = [("b", DAY, 1.0, 0.1)] * 30

    found = right_in_company(shipments_of(*sure, *repeated), shipped)

    assert found[10:].max() < 0.1


def test_reviewed_links_stay_as_reviewed(shipped: Parameters, shipments_of: Callable[..., Shipments]) -> None:
    rows = shipments_of(("a", DAY, 1, 1), ("b", DAY, 1, 0), ("b", DAY, 1, 0.9))

    assert right_in_company(rows, shipped)[:2].tolist() == [1, 0]
