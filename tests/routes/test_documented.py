"""Documents on the chain of a component: what they say of its own routes, and what they teach of importers and lags."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from components.routes.beliefs import Beliefs
from components.routes.evidence import Coverage, Find, Shipments
from components.routes.expectation import documented
from components.routes.learning import learned_delays, learned_use
from components.routes.parameters import Parameters
from components.routes.part import Part, prepare
from components.routes.posterior import posterior
from components.routes.reasons import weights

RECOVERED = (date(2022, 6, 1), date(2022, 6, 1))
COVERAGE = {7: Coverage(0.99, 100, date(1999, 1, 1), date(2024, 12, 31))}


@pytest.fixture
def part(shipped: Parameters, shipments_of: Callable[..., Shipments]) -> Part:
    """Two importers who brought in the same on the same day."""
    day = date(2021, 6, 1)
    return prepare(shipments_of(("one", day, 100, 1), ("other", day, 100, 1)), Beliefs(shipped, COVERAGE))


def probabilities(find: Find, part: Part) -> dict[str, float]:
    answer = posterior(find, part)
    return {share.route.importer: share.probability for share in answer.routes} | {"": answer.unknown.probability}


def test_importer_that_a_document_names_is_likelier_and_nothing_becomes_certain(part: Part) -> None:
    before = probabilities(Find(recovered=RECOVERED), part)
    after = probabilities(Find(recovered=RECOVERED, parties=("one",)), part)

    right = part.beliefs.parameters.leg_right
    told = {"one": right * before["one"], "other": (1 - right) * before["other"], "": (1 - right) * before[""]}
    assert after == pytest.approx({name: mass / sum(told.values()) for name, mass in told.items()})


def test_company_that_is_on_no_route_of_the_part_says_nothing(part: Part) -> None:
    silent, named = Find(recovered=RECOVERED), Find(recovered=RECOVERED, parties=("a distributor",))

    assert probabilities(named, part) == pytest.approx(probabilities(silent, part))


def test_route_by_all_whom_documents_name_weighs_most_and_by_some_less(part: Part) -> None:
    exporter = part.shipments.routes[0].exporter  # of both routes
    right = part.beliefs.parameters.leg_right

    told = documented(Find(parties=(exporter, "one", "a distributor")), part)

    by_importer = {"one": right, "other": 0.5}
    assert told.routes == pytest.approx([by_importer[route.importer] for route in part.shipments.routes])
    assert told.unknown == pytest.approx(1 - right)


def test_reasons_tell_what_documents_weigh(part: Part) -> None:
    right = part.beliefs.parameters.leg_right

    told = {each.route.importer: each.documented for each in weights(Find(recovered=RECOVERED, parties=("one",)), part)}
    silent = {each.documented for each in weights(Find(recovered=RECOVERED), part)}

    assert told == pytest.approx({"one": right, "other": 1 - right})
    assert silent == {1.0}


def test_documents_teach_who_supplies_the_military_without_any_date_code(part: Part) -> None:
    finds = [Find(recovered=RECOVERED, parties=("one",))] * 10

    use = learned_use([(find, part) for find in finds], part.beliefs)

    assert use["one"].mean() > 2 * use["other"].mean()


@pytest.mark.parametrize(("lag", "shelf"), [(0.5, 1.0), (1.0, 1.0), (2.0, 1.0), (1.0, 2.0), (2.0, 0.5)])
def test_delays_are_learned_from_date_codes(
    lag: float, shelf: float, shipped: Parameters, shipments_of: Callable[..., Shipments]
) -> None:
    """Bursts of shipments three years apart tell the time before them from the time behind them."""
    days = [date(2008 + 3 * n, 1, 15) + timedelta(days=10 * m) for n in range(5) for m in range(6)]
    beliefs = Beliefs(shipped, COVERAGE)
    part = prepare(shipments_of(*[("one", day, 100, 1) for day in days]), beliefs)
    stream, finds = np.random.default_rng(5), []
    for _ in range(400):
        declared = days[stream.integers(len(days))]
        later = stream.gamma(shipped.lag_shape, shipped.lag_mean_days * lag / shipped.lag_shape)
        recovered = declared + timedelta(days=int(later))
        made = declared - timedelta(days=int(stream.exponential(shipped.shelf_mean_days * shelf)))
        finds.append((Find(((made, made + timedelta(days=6)),), (recovered, recovered)), part))

    learned = learned_delays(finds, beliefs).parameters

    assert learned.lag_mean_days == pytest.approx(shipped.lag_mean_days * lag, rel=0.25)
    assert learned.shelf_mean_days == pytest.approx(shipped.shelf_mean_days * shelf, rel=0.25)


def test_delays_stay_as_assumed_where_nothing_tells_of_them(part: Part) -> None:
    finds = [(Find(recovered=RECOVERED), part)]

    learned = [learned_delays(finds, part.beliefs), learned_delays([], part.beliefs)]

    assumed = part.beliefs.parameters
    assert [each.parameters.lag_mean_days for each in learned] == pytest.approx([assumed.lag_mean_days] * 2)
    assert [each.parameters.shelf_mean_days for each in learned] == pytest.approx([assumed.shelf_mean_days] * 2)


def test_confident_prior_holds_the_delays(part: Part) -> None:
    sure = part.beliefs.with_parameters(lag_log_sd=0.01, shelf_log_sd=0.01)
    find = Find(((date(2021, 5, 3), date(2021, 5, 9)),), RECOVERED)

    learned = learned_delays([(find, replace(part, beliefs=sure))] * 20, sure).parameters

    assert learned.lag_mean_days == pytest.approx(sure.parameters.lag_mean_days, rel=0.02)
