"""Shares over many components: of a weapon, a model, a maker; by route or by anything that a route tells."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from components.routes.evidence import Floats, Ints, RouteKey
from components.routes.posterior import HIGH, LOW, Posterior, Share, share_of

# On twelve made-up worlds (those of docs/method.md that were used to make the model), with 10, 50 and 90 % of records
# missing, intervals of sums held 86, 83 and 83 % where 90 were meant: slips of units and imports unseen are less
# certain than the draws say. This factor brings them to 90 % there on average (91, 89 and 90). A dispersion, as in
# quasi-likelihood (McCullagh and Nelder, Generalized Linear Models, 1989, chapter 9).
WIDENING = 1.15


@dataclass(frozen=True)
class SummedShare:
    """What share of the components came by a key (None: by a route not recorded).

    `share` is the expectation. `low` and `high` are to hold, with 90 % probability, the share that these very
    components had, so that few components give wide ends; their distance from the mean is widened by WIDENING.
    """

    key: Hashable | None
    share: float
    low: float
    high: float
    counts: Ints  # one for each draw: how many of the components, not widened


def by_dispatch(route: RouteKey) -> str:
    return route.dispatch


def by_exporter(route: RouteKey) -> str:
    return route.exporter


def by_importer(route: RouteKey) -> str:
    return route.importer


def summed(
    posteriors: Sequence[Posterior], key: Callable[[RouteKey], Hashable] = lambda route: route, *, seed: int = 0
) -> tuple[SummedShare, ...]:
    """Shares by key over components, by falling share, unknown last. Raises ValueError without components.

    In each draw every component gets one route, by that draw's probabilities: so the counts carry what components share
    (importers, links, coverage) and chance among finitely many. Posteriors need equal numbers of draws and one seed.
    """
    if not posteriors:
        raise ValueError("There is no component to sum over.")
    expected: dict[Hashable | None, float] = {}
    counts: dict[Hashable | None, Ints] = {}
    stream = np.random.default_rng(seed)
    for one in posteriors:
        keys = [*(key(share.route) for share in one.routes), None]
        probabilities = [*(share.probability for share in one.routes), one.unknown.probability]
        chosen = _chosen(one.draws, stream.random((one.draws.shape[1],)))
        for row, (name, probability) in enumerate(zip(keys, probabilities, strict=True)):
            expected[name] = expected.get(name, 0.0) + probability
            counts[name] = counts.get(name, _NONE) + (chosen == row)
    names = sorted(expected, key=lambda name: (name is None, -expected[name]))  # of equals, the one met first
    return tuple(_share(name, expected[name], counts[name], len(posteriors)) for name in names)


def grouped(one: Posterior, key: Callable[[RouteKey], Hashable]) -> dict[Hashable | None, Share]:
    """One component's probabilities by a coarser key, with intervals; unknown under None."""
    rows: dict[Hashable | None, list[int]] = {}
    for row, share in enumerate(one.routes):
        rows.setdefault(key(share.route), []).append(row)
    rows[None] = [len(one.routes)]
    probability = np.array([*(share.probability for share in one.routes), one.unknown.probability])
    return {
        name: share_of(float(probability[members].sum()), one.draws[members].sum(axis=0))
        for name, members in rows.items()
    }


def _chosen(shares: NDArray[np.float32], uniform: Floats) -> Ints:
    """In each draw the row that the uniform number falls on."""
    edges = np.cumsum(shares, axis=0, dtype=np.float64)
    return np.asarray((edges[:-1] <= uniform * edges[-1]).sum(axis=0))


def widened(counts: Floats, mean: float) -> Floats:
    """Counts set further from their mean."""
    return np.asarray(mean + WIDENING * (counts - mean))


def _share(name: Hashable | None, expected: float, counts: Ints, components: int) -> SummedShare:
    ends = widened(np.quantile(counts, [LOW, HIGH], method="inverted_cdf"), float(counts.mean()))
    low, high = np.clip(ends / components, 0.0, 1.0).tolist()
    share = expected / components
    return SummedShare(name, share, min(low, share), max(high, share), counts)


_NONE: Ints = np.zeros(1, dtype=np.int64)
