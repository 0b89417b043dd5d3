"""The posterior on a small made-up world: if calibration is lost, these fail."""

from dataclasses import replace
from importlib import import_module

import numpy as np
import pytest
from django.conf import settings

from components.routes.learning import learned_delays, learned_from_shipments, learned_use
from components.routes.parameters import Parameters
from components.routes.part import prepare
from components.routes.posterior import posterior
from components.routes.simulation import Settings, best_possible, make_world
from components.routes.sums import by_dispatch, summed

SMALL = Settings(makers=2, parts=5, importers=25, exporters=24, components=250)


def test_world_follows_from_its_seed(shipped: Parameters) -> None:
    settings = replace(SMALL, components=10)

    one, same, other = (make_world(settings, shipped, seed) for seed in (7, 7, 8))

    assert one.cases == same.cases
    assert [links.routes for links in one.links] == [links.routes for links in same.links]
    assert one.cases != other.cases


def test_best_possible_sums_to_one(shipped: Parameters) -> None:
    world = make_world(replace(SMALL, components=10), shipped, 7)

    for case in world.cases:
        routes, unknown = best_possible(world, case)
        assert sum(routes.values()) + unknown == pytest.approx(1)


@pytest.mark.slow
def test_ideal_observer_knows_less_than_all_and_more_than_nothing(
    shipped: Parameters, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(settings.BASE_DIR / "benchmarks"))
    ideal = import_module("ideal_observer").ideal
    world = make_world(SMALL, shipped, 7)

    told = ideal(world, 7, states=100)

    possible = [best_possible(world, case)[0] for case in world.cases]
    assert [set(each) for each in told] == [set(each) for each in possible]
    assert all(sum(each.values()) <= 1 + 1e-9 for each in told)
    by_chance = sum(1 / len(each) for each in possible)
    hits = [
        sum(max(each, key=lambda key: each[key]) == case.route for each, case in zip(shares, world.cases, strict=True))
        for shares in (told, possible)
    ]
    assert 2 * by_chance < hits[0] <= hits[1]


def test_records_miss_what_the_settings_say(shipped: Parameters) -> None:
    world = make_world(replace(SMALL, parts=20, components=1, missing=0.9), shipped, 7)

    recorded = np.concatenate([one.dataset[one.day >= 18_500] for one in world.imports])

    assert 0.05 < np.mean(recorded == 1) < 0.15


@pytest.mark.slow
@pytest.mark.parametrize("missing", [0.1, 0.5, 0.9])
def test_posterior_is_calibrated_on_made_up_worlds(shipped: Parameters, missing: float) -> None:
    pairs, hits, possible, inside = [], 0, 0, []
    for seed in (11, 12):
        world = make_world(replace(SMALL, missing=missing), shipped, seed)
        beliefs = learned_from_shipments(world.links, world.beliefs(shipped, draws=200))
        parts = [prepare(links, beliefs) for links in world.links]
        beliefs = learned_delays([(case.find, parts[case.part]) for case in world.cases], beliefs)
        use = learned_use([(case.find, parts[case.part]) for case in world.cases], beliefs)
        parts = [prepare(links, replace(beliefs, learned=use)) for links in world.links]
        answers = [posterior(case.find, parts[case.part]) for case in world.cases]
        for case, found in zip(world.cases, answers, strict=True):
            listed = [share.route for share in found.routes]
            pairs += [(share.probability, share.route == case.route) for share in found.routes]
            pairs.append((found.unknown.probability, case.route not in listed))
            hits += case.route in listed[:3]
            best = best_possible(world, case)[0]
            possible += case.route in sorted(best, key=lambda key: -best[key])[:3]
        shares = summed(answers, by_dispatch)
        inside += [
            one.low <= np.mean([case.route.dispatch == one.key for case in world.cases]) <= one.high
            for one in shares
            if one.key is not None and one.share > 0.05
        ]

    probability, truth = np.array(pairs).T
    bins = np.minimum((probability * 10).astype(int), 9)
    gaps = np.abs(np.bincount(bins, probability, 10) - np.bincount(bins, truth, 10))
    assert gaps.sum() / len(pairs) < 0.05
    assert hits > 0.85 * possible
    assert np.mean(inside) >= 0.6
