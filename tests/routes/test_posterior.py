from collections.abc import Callable
from datetime import date, timedelta
from math import nan

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.routes.beliefs import Beliefs
from components.routes.evidence import Coverage, Find, RouteKey, Shipments, day_number
from components.routes.parameters import Parameters
from components.routes.part import prepare
from components.routes.posterior import Posterior, posterior

MAY, JUNE, JULY = date(2022, 5, 2), date(2022, 6, 1), date(2022, 7, 1)
ON_JULY = Find(recovered=(JULY, JULY))
Make = Callable[..., Shipments]
Believe = Callable[..., Beliefs]


def probabilities(found: Posterior) -> dict[str, float]:
    return {share.route.importer: round(share.probability, 6) for share in found.routes}


def test_posterior_weighs_units_by_military_use(flat: Parameters, shipments_of: Make, beliefs_of: Believe) -> None:
    # 100 × 0.5 against 300 × 0.25: 50 to 75
    part = prepare(shipments_of(("a", MAY, 100, 1), ("b", JUNE, 300, 1)), beliefs_of(flat, {"a": 0.5, "b": 0.25}))

    found = posterior(ON_JULY, part)

    assert probabilities(found) == {"b": 0.6, "a": 0.4}
    assert found.unknown.probability == 0
    assert [(share.shipments, round(share.units)) for share in found.routes] == [(1, 300), (1, 100)]


def test_posterior_adds_the_shipments_of_a_route(flat: Parameters, shipments_of: Make, beliefs_of: Believe) -> None:
    rows = shipments_of(("a", MAY, 100, 1), ("b", JUNE, 100, 1), ("a", JUNE, 200, 1))

    found = posterior(ON_JULY, prepare(rows, beliefs_of(flat, {"a": 0.5, "b": 0.5})))

    assert probabilities(found) == {"a": 0.75, "b": 0.25}
    assert [share.shipments for share in found.routes] == [2, 1]


def test_posterior_is_zero_outside_the_windows(flat: Parameters, shipments_of: Make, beliefs_of: Believe) -> None:
    rows = shipments_of(("early", MAY, 100, 1), ("fits", JUNE, 100, 1), ("late", JULY + timedelta(days=1), 100, 1))
    find = Find(made=((MAY + timedelta(days=1), JUNE),), recovered=(JULY, JULY))

    found = posterior(find, prepare(rows, beliefs_of(flat, {"early": 0.5, "fits": 0.5, "late": 0.5})))

    assert probabilities(found) == {"fits": 1.0}


def test_posterior_counts_the_days_that_fit_a_vague_recovery(
    flat: Parameters, shipments_of: Make, beliefs_of: Believe
) -> None:
    # Recovered on one of four days: the shipment of the third day fits two of them.
    days = [JUNE + timedelta(days=n) for n in range(4)]
    rows = shipments_of(("before", MAY, 100, 1), ("within", days[2], 100, 1))

    found = posterior(
        Find(recovered=(days[0], days[3])), prepare(rows, beliefs_of(flat, {"before": 0.5, "within": 0.5}))
    )

    assert probabilities(found) == {"before": round(4 / 6, 6), "within": round(2 / 6, 6)}


def test_posterior_adds_rival_readings_of_a_date_code(
    flat: Parameters, shipments_of: Make, beliefs_of: Believe
) -> None:
    # A one-digit year: the week of April 2022 or that of June; the shipment of May allows only the first.
    april, june = (date(2022, 4, 4), date(2022, 4, 10)), (date(2022, 6, 6), date(2022, 6, 12))
    rows = shipments_of(("may", MAY, 100, 1), ("late june", date(2022, 6, 20), 100, 1))

    found = posterior(
        Find((april, june), (JULY, JULY)), prepare(rows, beliefs_of(flat, {"may": 0.5, "late june": 0.5}))
    )

    assert probabilities(found) == {"late june": round(2 / 3, 6), "may": round(1 / 3, 6)}


def test_posterior_averages_over_whether_a_link_is_right(
    flat: Parameters, shipments_of: Make, beliefs_of: Believe
) -> None:
    rows = shipments_of(("sure", MAY, 100, 1), ("doubted", MAY, 100, 0.5))

    found = posterior(ON_JULY, prepare(rows, beliefs_of(flat, {"sure": 0.5, "doubted": 0.5})))

    # right with less than one half, since it is alone on its route; then each has one half
    assert probabilities(found)["doubted"] < 0.25
    assert sum(probabilities(found).values()) == pytest.approx(1)
    assert (found.routes[0].low, found.routes[0].high) == pytest.approx((0.5, 1.0), abs=1e-6)


def test_posterior_without_a_possible_shipment_is_unknown(
    flat: Parameters, shipments_of: Make, beliefs_of: Believe
) -> None:
    rejected = shipments_of(("a", MAY, 100, 0))
    late = shipments_of(("a", date(2023, 1, 1), 100, 1))

    answers = [posterior(ON_JULY, prepare(rows, beliefs_of(flat, {"a": 0.5}))) for rows in (rejected, late)]

    assert [(one.routes, one.unknown.probability) for one in answers] == [((), 1.0), ((), 1.0)]


def test_posterior_without_any_dataset_is_unknown(flat: Parameters, shipments_of: Make) -> None:
    found = posterior(ON_JULY, prepare(shipments_of(), Beliefs(flat)))

    assert (found.routes, found.unknown.probability) == ((), 1.0)


def test_unknown_grows_as_coverage_falls(shipped: Parameters, shipments_of: Make, beliefs_of: Believe) -> None:
    rows = shipments_of(*[("ab"[n % 2], MAY - timedelta(days=30 * n), 100, 1) for n in range(12)])

    unknown = [
        posterior(ON_JULY, prepare(rows, beliefs_of(shipped, {"a": 0.5, "b": 0.5}, covered))).unknown.probability
        for covered in (1.0, 0.9, 0.5, 0.1)
    ]

    assert unknown[0] == 0
    assert sorted(unknown) == unknown
    assert unknown[-1] > 0.05


def test_unknown_is_near_one_for_a_find_from_before_the_records(shipped: Parameters, shipments_of: Make) -> None:
    rows = shipments_of(*[("a", date(2022, 3, 1) + timedelta(days=30 * n), 100, 1) for n in range(10)])
    held = {7: Coverage(0.9, 50, date(2022, 3, 1), date(2023, 12, 31))}
    part = prepare(rows, Beliefs(shipped, held))

    old = posterior(Find(recovered=(date(2022, 3, 2), date(2022, 3, 2))), part)
    young = posterior(Find(((date(2022, 9, 1), date(2022, 9, 7)),), (date(2023, 6, 1), date(2023, 6, 1))), part)

    assert old.unknown.probability > 0.9
    assert young.unknown.probability < 0.3


def test_draws_of_an_importer_are_those_of_every_part(shipped: Parameters, shipments_of: Make) -> None:
    held = {7: Coverage(0.9, 50, date(2018, 1, 1), date(2023, 12, 31))}
    one = prepare(shipments_of(("a", MAY, 1, 1), ("b", MAY, 1, 1)), Beliefs(shipped, held))
    other = prepare(shipments_of(("b", JUNE, 9, 1)), Beliefs(shipped, held))

    assert np.array_equal(one.use[1], other.use[0])


def test_prepare_refuses_a_dataset_without_coverage(flat: Parameters, shipments_of: Make) -> None:
    with pytest.raises(ValueError, match="No coverage for dataset 7"):
        prepare(shipments_of(("a", MAY, 1, 1)), Beliefs(flat))


DAYS = st.dates(date(2015, 1, 1), date(2024, 12, 31))
ROWS = st.lists(
    st.tuples(
        st.sampled_from("abcde"),
        DAYS,
        st.floats(0.01, 1e9) | st.just(nan),
        st.floats(0, 1),
    ),
    max_size=12,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=ROWS, made=st.lists(st.tuples(DAYS, DAYS).map(sorted).map(tuple), max_size=2), recovered=st.none() | DAYS)
def test_routes_and_unknown_make_one(
    rows: list[tuple[str, date, float, float]],
    made: list[tuple[date, date]],
    recovered: date | None,
    shipped: Parameters,
    shipments_of: Make,
) -> None:
    held = {7: Coverage(0.5, 10, date(2018, 1, 1), date(2023, 12, 31))}
    part = prepare(shipments_of(*rows), Beliefs(shipped, held, draws=50))

    found = posterior(Find(tuple(made), (None, recovered)), part)

    total = sum(share.probability for share in found.routes) + found.unknown.probability
    assert total == pytest.approx(1)
    assert np.allclose(found.draws.sum(axis=0), 1, atol=1e-5)
    assert all(0 <= share.low <= share.high <= 1 for share in (*found.routes, found.unknown))
    assert not any(np.isnan(share.probability) for share in found.routes)


def test_links_beyond_those_drawn_one_by_one_are_drawn_too(
    shipped: Parameters, beliefs_of: Believe, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of 5,000 links that are hardly likely, a quarter of one is right: mostly there is none, and the route is unknown.
    stream = np.random.default_rng(1)
    routes = 500
    rows = Shipments(
        np.arange(5_000),
        stream.integers(day_number(date(2020, 1, 1)), day_number(MAY), 5_000),
        np.ceil(stream.lognormal(5, 1.2, 5_000)),
        np.full(5_000, 0.00005),
        np.minimum(stream.geometric(0.01, 5_000) - 1, routes - 1),
        np.zeros(5_000, dtype=np.int64),
        tuple(RouteKey(1, "TW", "HK", "exporter", str(n)) for n in range(routes)),
        (7,),
    )
    beliefs = beliefs_of(shipped, covered=0.8)

    found = posterior(ON_JULY, prepare(rows, beliefs)).unknown.probability
    monkeypatch.setattr("components.routes.part.DRAWN", len(rows))
    exact = posterior(ON_JULY, prepare(rows, beliefs)).unknown.probability
    monkeypatch.setattr("components.routes.part.DRAWN", 1)
    by_route = posterior(ON_JULY, prepare(rows, beliefs)).unknown.probability

    assert 0.5 < exact < 0.95
    assert found == pytest.approx(exact, abs=0.06)
    assert by_route == pytest.approx(exact, abs=0.1)
