"""How far the posterior of routes can be trusted, on made-up worlds with known routes, and what it costs.

    ./dev run python benchmarks/route_simulation.py [--only NAME ...] [--seeds 801 802] [--components 1300]

Seeds 1 to 4, 11, 12, 101 to 104, 401 and 402 were used to make the model; 201 to 204, 301 to 304, 403, 404, 501 to 504,
601 to 604 and 701 to 716 were seen before its last change, 801 to 816 are published: report on others. A row takes
about two minutes per seed on an idle processor, most of it for the ideal observer (ideal_observer.py). With
OPENBLAS_NUM_THREADS=1 the times do not depend on what else the machine does.
"""

import argparse
import csv
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from ideal_observer import ideal  # noqa: E402

from components.routes.beliefs import Beliefs  # noqa: E402
from components.routes.evidence import Coverage, Find, Floats, RouteKey, Shipments, date_of, day_number  # noqa: E402
from components.routes.learning import learned_delays, learned_from_shipments, learned_use  # noqa: E402
from components.routes.parameters import Parameters, parameters_from  # noqa: E402
from components.routes.part import prepare  # noqa: E402
from components.routes.posterior import Posterior, posterior  # noqa: E402
from components.routes.simulation import (  # noqa: E402
    FIRST,
    LAST,
    Case,
    Settings,
    World,
    best_possible,
    make_world,
    wrong_delays,
)
from components.routes.sums import by_dispatch, summed, widened  # noqa: E402

FLOOR = 0.01  # probabilities below are left out of the calibration: nobody would print them
LEAST_SHARE = 0.02  # of a maker's components, for a share to be judged
BINS = 10
SEEDS = [*range(801, 809)]
DOCUMENTED = 0.05  # of the components in the rows so named, which are then judged by the others
Pairs = list[tuple[float, bool]]
Hits = tuple[bool, bool]  # the true route is first, is among the first three


@dataclass(frozen=True)
class Condition:
    """A kind of records, and by what the believed mean delays are wrong.

    `learns` says whether finds teach anything, `knows_use` whether the researcher is told who supplies the military.
    """

    settings: Settings
    lag_factor: float = 1.0
    age_factor: float = 1.0
    learns: bool = True
    knows_use: bool = False


CONDITIONS = {
    "10 % missing": Condition(Settings(missing=0.1)),
    "50 % missing": Condition(Settings(missing=0.5)),
    "90 % missing": Condition(Settings(missing=0.9)),
    "50 %, by country": Condition(Settings(missing=0.5, missing_by_country=True)),
    "50 %, lag halved": Condition(Settings(missing=0.5), lag_factor=0.5),
    "50 %, lag doubled": Condition(Settings(missing=0.5), lag_factor=2.0),
    "50 %, age halved": Condition(Settings(missing=0.5), age_factor=0.5),
    "50 %, age doubled": Condition(Settings(missing=0.5), age_factor=2.0),
    "50 %, lots shared": Condition(Settings(missing=0.5, shared_lots=0.3)),
    "10 %, some documented": Condition(Settings(missing=0.1, documented=DOCUMENTED)),
    "50 %, some documented": Condition(Settings(missing=0.5, documented=DOCUMENTED)),
    "90 %, some documented": Condition(Settings(missing=0.9, documented=DOCUMENTED)),
    "50 %, nothing learned": Condition(Settings(missing=0.5), learns=False),
    "10 %, use known": Condition(Settings(missing=0.1), knows_use=True),
    "50 %, use known": Condition(Settings(missing=0.5), knows_use=True),
    "90 %, use known": Condition(Settings(missing=0.9), knows_use=True),
}


@dataclass
class Score:
    """What was found in all worlds of a condition."""

    pairs: Pairs = field(default_factory=list)
    top: Pairs = field(default_factory=list)
    hits: list[Hits] = field(default_factory=list)
    possible: list[Hits] = field(default_factory=list)  # of one who knows all but the route
    ideal: list[Hits] = field(default_factory=list)  # of one who knows the parameters of the world
    unknown: list[tuple[float, bool, float]] = field(default_factory=list)  # ours, truth, the best possible's
    ranks: list[tuple[bool, float, bool, float]] = field(default_factory=list)  # unknown's?, rank of the truth, within
    # the ends?, rank had the draws not been widened
    seconds: float = 0.0


def main() -> None:
    """Print a row for each condition, then the growth with shipments."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--only", nargs="+", choices=[*CONDITIONS, "growth"], default=[*CONDITIONS, "growth"])
    options.add_argument("--seeds", type=int, nargs="+", default=SEEDS)
    options.add_argument("--components", type=int, default=1_300)
    given = options.parse_args()
    parameters = shipped_parameters()
    print(HEADER, flush=True)
    for name, condition in CONDITIONS.items():
        if name in given.only:
            score = Score()
            for seed in given.seeds:
                judge_world(condition, parameters, seed, given.components, score)
            print(row(name, score), flush=True)
    if "growth" in given.only:
        print_growth(parameters)


def shipped_parameters() -> Parameters:
    with (ROOT / "fixtures/reference/route_parameters.csv").open(encoding="utf-8", newline="") as rows:
        return parameters_from({row["name"]: row["value"] for row in csv.DictReader(rows)})


def judge_world(condition: Condition, parameters: Parameters, seed: int, components: int, score: Score) -> None:
    world = make_world(replace(condition.settings, components=components), parameters, seed)
    believed = wrong_delays(parameters, lag=condition.lag_factor, age=condition.age_factor)
    answers, seconds = answer(world, believed, seed, condition)
    score.seconds += seconds
    for case, found in zip(world.cases, answers, strict=True):
        if not case.find.parties:
            judge_case(world, case, found, score)
    # The observer weighs no documents, is not told who supplies the military, and takes shipments to miss alike.
    if replace(condition.settings, missing=0.0) == Settings(missing=0.0) and not condition.knows_use:
        score.ideal += observed(world, seed)
    judge_shares(world, answers, seed, score)


def answer(world: World, parameters: Parameters, seed: int, condition: Condition) -> tuple[list[Posterior], float]:
    """The posteriors of a world's components, and the seconds that they took once parts were prepared."""
    beliefs = learned_from_shipments(world.links, world.beliefs(parameters, seed=seed))
    parts = [prepare(links, beliefs) for links in world.links]
    if condition.learns:
        finds = [(case.find, parts[case.part]) for case in world.cases]
        beliefs = learned_delays(finds, beliefs)
        finds = [(find, replace(part, beliefs=beliefs)) for find, part in finds]
        use = true_use(world, beliefs) if condition.knows_use else learned_use(finds, beliefs)
        parts = [prepare(links, replace(beliefs, learned=use)) for links in world.links]
    started = time.process_time()
    answers = [posterior(case.find, parts[case.part]) for case in world.cases]
    return answers, time.process_time() - started


def true_use(world: World, beliefs: Beliefs) -> dict[str, Floats]:
    """As `learned_use`, for one who knows it."""
    return {name: np.full(beliefs.draws, use) for name, use in world.use.items()}


OBSERVED: dict[tuple[Settings, int], list[Hits]] = {}


def observed(world: World, seed: int) -> list[Hits]:
    """What `ideal` makes of a world, kept for the rows that differ only in what the researcher believes."""
    key = world.settings, seed
    if key not in OBSERVED:
        OBSERVED[key] = [hits(case, shares) for case, shares in zip(world.cases, ideal(world, seed), strict=True)]
    return OBSERVED[key]


def hits(case: Case, shares: Mapping[RouteKey, float]) -> Hits:
    ranked = sorted(shares, key=lambda key: -shares[key])
    return case.route in ranked[:1], case.route in ranked[:3]


def judge_case(world: World, case: Case, found: Posterior, score: Score) -> None:
    listed = [share.route for share in found.routes]
    is_unknown = case.route not in listed
    pairs = [(share.probability, share.route == case.route) for share in found.routes if share.probability > FLOOR]
    score.pairs += [*pairs, (found.unknown.probability, is_unknown)]
    score.top += pairs[:1]
    best, best_unknown = best_possible(world, case)
    score.hits.append((case.route in listed[:1], case.route in listed[:3]))
    score.possible.append(hits(case, best))
    score.unknown.append((found.unknown.probability, is_unknown, best_unknown))


def judge_shares(world: World, answers: list[Posterior], seed: int, score: Score) -> None:
    """Shares by country of dispatch, summed over each maker's components: where the truth ranks among the draws."""
    stream = np.random.default_rng(seed)
    for maker in range(world.settings.makers):
        mine = [number for number, case in enumerate(world.cases) if case.maker == maker]
        truths = [true_dispatch(world.cases[number], answers[number]) for number in mine]
        for share in summed([answers[number] for number in mine], by_dispatch):
            if share.share < LEAST_SHARE:
                continue
            true = sum(truth == share.key for truth in truths)
            bare = np.mean(share.counts < true) + stream.random() * np.mean(share.counts == true)
            spread = widened(share.counts + stream.random(len(share.counts)) - 0.5, float(share.counts.mean()))
            rank = np.mean(spread < true + stream.random() - 0.5)
            inside = share.low * len(mine) - 1e-9 <= true <= share.high * len(mine) + 1e-9
            score.ranks.append((share.key is None, float(rank), bool(inside), float(bare)))


def true_dispatch(case: Case, found: Posterior) -> str | None:
    return case.route.dispatch if any(share.route == case.route for share in found.routes) else None


def calibration_error(pairs: Pairs) -> float:
    """Expected calibration error over ten bins of equal width."""
    p, y = np.array(pairs, dtype=np.float64).T
    bins = np.minimum((p * BINS).astype(int), BINS - 1)
    gaps = np.bincount(bins, p, BINS) - np.bincount(bins, y, BINS)
    return float(np.abs(gaps).sum() / len(p))


def within(ranks: list[float]) -> float:
    """The share of ranks that lie within the middle 90 %: 0.90 if the model is right, whatever the discreteness."""
    return float(np.mean([0.05 < rank < 0.95 for rank in ranks]))


HEADER = """\
| records | ECE | ECE of the top | top-1 | of the ideal | of all known | top-3 | of the ideal | of all known | \
intervals | as printed | routes only | not widened | unknown | true | best possible | ms each |
|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|"""


def row(name: str, score: Score) -> str:
    first, three = np.mean(score.hits, axis=0)
    best_first, best_three = np.mean(score.possible, axis=0)
    ideal_first, ideal_three = np.mean(score.ideal, axis=0) if score.ideal else (np.nan, np.nan)
    ours, true, best = np.mean(score.unknown, axis=0)
    ranks = [rank for _, rank, _, _ in score.ranks]
    cells = [
        f"{calibration_error(score.pairs):.3f}",
        f"{calibration_error(score.top):.3f}",
        f"{first:.3f}",
        f"{first / ideal_first:.1%}" if score.ideal else "–",
        f"{first / best_first:.1%}",
        f"{three:.3f}",
        f"{three / ideal_three:.1%}" if score.ideal else "–",
        f"{three / best_three:.1%}",
        f"{within(ranks):.1%} of {len(ranks)}",
        f"{np.mean([inside for _, _, inside, _ in score.ranks]):.1%}",
        f"{within([rank for unknown, rank, _, _ in score.ranks if not unknown]):.1%}",
        f"{within([bare for _, _, _, bare in score.ranks]):.1%}",
        f"{ours:.3f}",
        f"{true:.3f}",
        f"{best:.3f}",
        f"{1000 * score.seconds / len(score.hits):.1f}",
    ]
    return f"| {name} | {' | '.join(cells)} |"


def print_growth(parameters: Parameters) -> None:
    """Processor time of a part and of one of its components, by how many shipments are linked to it."""
    print("\n| shipments | routes | ms per part | ms per component |\n|---:|---:|---:|---:|")
    beliefs = Beliefs(parameters, {1: Coverage(0.5, 40, date_of(FIRST), date_of(LAST))})
    find = Find(
        ((date_of(LAST - 1_400), date_of(LAST - 1_394)),),
        (date_of(LAST - 500), date_of(LAST - 500)),
    )
    prepare(many_shipments(10, 2), beliefs)
    for shipments, routes in ((10, 2), (100, 10), (1_000, 30), (10_000, 100), (100_000, 300)):
        started = time.process_time()
        part = prepare(many_shipments(shipments, routes), beliefs)
        prepared = time.process_time()
        for _ in range(20):
            posterior(find, part)
        each = (time.process_time() - prepared) / 20
        print(f"| {shipments:,} | {routes} | {1000 * (prepared - started):.0f} | {1000 * each:.1f} |", flush=True)


def many_shipments(count: int, routes: int) -> Shipments:
    stream = np.random.default_rng(0)
    keys = tuple(RouteKey(1, "TW", "HK", f"exporter {n}", f"importer {n}") for n in range(routes))
    return Shipments(
        np.arange(count),
        stream.integers(day_number(date_of(FIRST)), LAST, count),
        np.ceil(stream.lognormal(5, 1.2, count)),
        np.full(count, 0.98),
        stream.integers(0, routes, count),
        np.zeros(count, dtype=np.int64),
        keys,
        (1,),
    )


if __name__ == "__main__":
    main()
