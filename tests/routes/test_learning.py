from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from math import log

import numpy as np
import pytest

from components.routes.beliefs import Beliefs
from components.routes.evidence import Coverage, Find, Floats, MilitaryUse, Shipments
from components.routes.learning import (
    Ways,
    _partition,
    learned_lasting,
    learned_novelty,
    learned_smoothing,
    learned_use,
    sampled_use,
)
from components.routes.parameters import Parameters
from components.routes.part import prepare
from components.routes.posterior import posterior


def test_partition_is_that_of_a_pitman_yor_process() -> None:
    # The second shipment on the first's route, then a third on a new one: (1 - d) / (1 + s) × (s + d) / (2 + s)
    assert _partition(np.array([2, 1]), 0.3, 0.5) == pytest.approx(log((0.7 / 1.5) * (0.8 / 2.5)))


def test_novelty_is_high_where_every_shipment_has_its_own_route(
    shipped: Parameters, shipments_of: Callable[..., Shipments]
) -> None:
    day = date(2022, 5, 2)
    settled = [shipments_of(*[("ab"[n % 2], day, 1, 1) for n in range(40)])] * 5
    scattered = [shipments_of(*[(f"importer {n}", day, 1, 1) for n in range(40)])] * 5

    few, many = learned_novelty(settled, shipped), learned_novelty(scattered, shipped)

    assert (few.new_route_discount, few.new_route_strength) < (many.new_route_discount, many.new_route_strength)
    assert many.new_route_strength == 16


def test_finds_teach_who_supplies_the_military(shipped: Parameters, shipments_of: Callable[..., Shipments]) -> None:
    """Two importers of one part, one in 2019, one in 2021; all chips found were made in 2020."""
    rows = shipments_of(("early", date(2019, 6, 1), 100, 1), ("late", date(2021, 6, 1), 100, 1))
    parameters = replace(shipped, military_default=0.5, military_strength=2.0)
    beliefs = Beliefs(parameters, {7: Coverage(0.99, 100, date(1999, 1, 1), date(2024, 12, 31))})
    part = prepare(rows, beliefs)
    find = Find(((date(2020, 9, 7), date(2020, 9, 13)),), (date(2022, 6, 1), date(2022, 6, 1)))

    use = learned_use([(find, part)] * 20, beliefs)

    assert use["late"].mean() > 0.6
    assert use["early"].mean() < 0.35
    assert {len(draws) for draws in use.values()} == {beliefs.draws}


def test_finds_without_a_date_code_teach_nothing_of_importers(
    shipped: Parameters, shipments_of: Callable[..., Shipments]
) -> None:
    rows = shipments_of(("early", date(2019, 6, 1), 100, 1), ("late", date(2021, 6, 1), 100, 1))
    parameters = replace(shipped, military_default=0.5, military_strength=2.0)
    beliefs = Beliefs(parameters, {7: Coverage(0.99, 100, date(1999, 1, 1), date(2024, 12, 31))})

    assert learned_use([(Find((), (date(2022, 6, 1), date(2022, 6, 1))), prepare(rows, beliefs))], beliefs) == {}


def ways_of(*dated: list[float], finds: int = 12, factors: Floats | None = None) -> Ways:
    """Finds of one part with a route by each of two importers, and unknown ones; a state for each list of weights.

    With `factors` (states, 3), one list is in each state so many times as heavy, and so is what it weighs undated.
    """
    times = np.ones((len(dated), 3)) if factors is None else factors
    weights, undated = (
        np.repeat((times * np.array(each))[:, None].astype(np.float32), finds, axis=1) for each in (dated, UNDATED)
    )
    return Ways(("one", "other"), (np.array([0, 1, 2]),), (weights,), (undated,))


UNDATED = [1.0, 1.0, 0.3]
FIRST_FITS, OTHER_FITS = [0.9, 0.2, 0.05], [0.1, 0.8, 0.05]
MILITARY = {"one": MilitaryUse(0.8, 2.4), "other": MilitaryUse(1.5, 1.0)}


@pytest.mark.parametrize("states", [[FIRST_FITS], [FIRST_FITS, OTHER_FITS]])
def test_military_use_is_sampled_from_its_posterior(states: list[list[float]], shipped: Parameters) -> None:
    """Against integration over a grid of both uses and over the states of the part."""
    values = (np.arange(400) + 0.5) / 400
    one, other = np.meshgrid(values, values, indexing="ij")
    prior = one**-0.2 * (1 - one) ** 1.4 * other**0.5
    ratios = [(a * one + b * other + c) / (one + other + 0.3) for a, b, c in states]
    posterior = prior * sum(ratio**12 for ratio in ratios)

    use = sampled_use(ways_of(*states), Beliefs(shipped, military=MILITARY, draws=4_000))

    for name, each in (("one", one), ("other", other)):
        mean = np.sum(posterior * each) / np.sum(posterior)
        assert use[name].mean() == pytest.approx(mean, abs=0.02)
        sd = np.sqrt(np.sum(posterior * each**2) / np.sum(posterior) - mean**2)
        assert use[name].std() == pytest.approx(sd, abs=0.02)


def test_a_state_in_which_a_find_is_impossible_is_not_drawn(shipped: Parameters) -> None:
    beliefs = Beliefs(shipped, military=MILITARY, draws=1_000)

    mixed, alone = (sampled_use(ways_of(*states), beliefs) for states in ([FIRST_FITS, [0.0, 0.0, 0.0]], [FIRST_FITS]))

    assert mixed["one"].mean() == pytest.approx(alone["one"].mean(), abs=0.04)


def factors_of(shape: float) -> Floats:
    """Gamma factors of mean 1 on the weights of a part, by state."""
    return np.random.default_rng(3).standard_gamma(shape, (400, 3)) / shape


@pytest.mark.parametrize(("shape", "finds", "draws"), [(0.2, 50, 400), (0.05, 200, 4_000), (2.0, 12, 400)])
def test_use_and_states_are_sampled_together(shipped: Parameters, shape: float, finds: int, draws: int) -> None:
    """Against weighted draws from the priors, whichever seed; more draws where many states may be true."""
    stream, count, factors = np.random.default_rng(3), 400_000, factors_of(shape)
    one, other = (stream.beta(use.a, use.b, count) for use in MILITARY.values())
    weights = np.array([one, other, np.ones(count)]) * factors[stream.integers(len(factors), size=count)].T
    ratio = (np.array(FIRST_FITS) @ weights) / (np.array(UNDATED) @ weights)
    likelihood = np.nan_to_num(ratio) ** finds

    for seed in (1, 2):
        beliefs = Beliefs(shipped, military=MILITARY, seed=seed, draws=draws)
        use = sampled_use(ways_of(FIRST_FITS, finds=finds, factors=factors), beliefs)

        for name, each in (("one", one), ("other", other)):
            assert use[name].mean() == pytest.approx(np.average(each, weights=likelihood), abs=0.06)


def test_finds_on_a_route_of_which_little_is_known_teach_less_of_its_importer(shipped: Parameters) -> None:
    beliefs = Beliefs(shipped, draws=2_000)

    sure, unsure = (sampled_use(ways_of(FIRST_FITS, factors=factors_of(shape)), beliefs) for shape in (1e9, 0.2))

    prior = beliefs.use_of("one").mean
    assert prior < unsure["one"].mean() < sure["one"].mean() - 0.03


def test_nothing_is_learned_from_nothing(shipped: Parameters) -> None:
    assert learned_use([], Beliefs(shipped)) == {}


def test_novelty_stays_as_assumed_where_no_part_has_two_shipments_that_are_surely_right(
    shipped: Parameters, shipments_of: Callable[..., Shipments]
) -> None:
    day = date(2022, 5, 2)
    lonely, doubtful = shipments_of(("a", day, 1, 1)), shipments_of(("a", day, 1, 1), ("b", day, 1, 0.6))

    assert learned_novelty([lonely, doubtful], shipped) == shipped


def test_a_month_tells_the_further_the_more_evenly_routes_go_on(
    shipped: Parameters, shipments_of: Callable[..., Shipments]
) -> None:
    """Routes used now and then for twelve years, by chance; routes that take turns every half-year."""
    beliefs = Beliefs(shipped, {7: Coverage(0.5, 100, date(2008, 1, 1), date(2021, 12, 31))})
    stream = np.random.default_rng(1)
    by_chance = months(date(2010, 1, 10), *stream.integers(0, 140, 60).tolist())
    even = shipments_of(*[(f"importer {stream.integers(4)}", day, 1, 1) for day in by_chance])
    days = months(date(2010, 1, 10), *range(72))
    turns = shipments_of(*[(f"importer {n // 6 % 3}", day, 1, 1) for n, day in enumerate(days)])

    learned = [learned_smoothing(parts, beliefs).parameters.smoothing_months for parts in ([even] * 9, [turns] * 9, [])]

    assert learned[0] >= 48
    assert learned[1] <= shipped.smoothing_months
    assert learned[2] == shipped.smoothing_months


def months(first: date, *numbers: int) -> list[date]:
    """Days so many months of thirty days after the first."""
    return [first + timedelta(days=30 * number) for number in numbers]


def test_lasting_is_how_often_a_shipment_far_from_all_others_is_on_a_route_of_those(
    shipped: Parameters, shipments_of: Callable[..., Shipments]
) -> None:
    early, near, also_near, late = months(date(2015, 1, 10), 0, 30, 31, 60)
    goes_on = shipments_of(("a", early, 1, 1), ("a", near, 1, 1), ("b", also_near, 1, 1), ("a", late, 1, 1))
    changes = shipments_of(("c", early, 1, 1), ("a", near, 1, 1), ("b", also_near, 1, 1), ("d", late, 1, 1))
    assumed, worth = shipped.route_lasting, shipped.route_lasting_strength

    learned = [learned_lasting(parts, shipped).route_lasting for parts in ([goes_on] * 3, [changes] * 3, [])]

    assert learned == pytest.approx([(assumed * worth + 6) / (worth + 6), assumed * worth / (worth + 6), assumed])


def test_lasting_does_not_reach_across_the_break(shipped: Parameters, shipments_of: Callable[..., Shipments]) -> None:
    before, after = months(date(2020, 1, 10), 0, 40)

    learned = learned_lasting([shipments_of(("a", before, 1, 1), ("a", after, 1, 1))], shipped)

    assert learned.route_lasting == shipped.route_lasting


@pytest.mark.parametrize("lasting", [0.0, 0.5, 1.0])
def test_what_came_long_before_the_records_came_by_their_routes_as_far_as_routes_last(
    lasting: float, shipped: Parameters, shipments_of: Callable[..., Shipments]
) -> None:
    """The records begin ten years after the chip was made and found."""
    parameters = replace(shipped, route_lasting=lasting, new_route_discount=0.0, new_route_strength=0.01)
    beliefs = Beliefs(parameters, {7: Coverage(0.9, 100, date(2015, 1, 1), date(2020, 12, 31))})
    rows = [("one", day, 100.0, 1.0) for day in months(date(2015, 1, 10), *range(60))]
    find = Find(((date(2003, 1, 6), date(2003, 1, 12)),), (date(2006, 6, 1), date(2006, 6, 1)))

    answer = posterior(find, prepare(shipments_of(*rows), beliefs))

    assert answer.unknown.probability == pytest.approx(1 - lasting, abs=0.12)
