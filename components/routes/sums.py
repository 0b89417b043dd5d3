"""Shares over many components: of a weapon, a model, a maker; by route or by anything that a route tells."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from components.routes.evidence import Floats, RouteKey
from components.routes.posterior import HIGH, LOW, Posterior

Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True)
class SummedShare:
    """What share of the components came by a key (None: by a route not recorded).

    `share` is the expectation. `low` and `high` hold, with 90 % probability or a little more, the share that these very
    components had: a count out of their number, so that few components give coarse ends.
    """

    key: Hashable | None
    share: float
    low: float
    high: float
    counts: NDArray[np.int64]  # one for each draw: how many of the components


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
    expected: dict[Hashable | None, float] = {None: 0.0}
    counts: dict[Hashable | None, NDArray[np.int64]] = {}
    stream = np.random.default_rng(seed)
    for one in posteriors:
        keys, shares = grouped(one, key)
        chosen = _chosen(shares, stream.random(shares.shape[1]))
        for row, (name, value) in enumerate(zip(keys, shares.mean(axis=1), strict=True)):
            expected[name] = expected.get(name, 0.0) + float(value)
            counts[name] = counts.get(name, _NONE) + (chosen == row)
    names = sorted(expected, key=lambda name: (name is None, -expected[name], repr(name)))
    return tuple(_share(name, expected[name], counts[name], len(posteriors)) for name in names)


def grouped(one: Posterior, key: Callable[[RouteKey], Hashable]) -> tuple[list[Hashable | None], Floats]:
    """A component's draws by key, (keys, draws), unknown last under None, which `key` must not return."""
    rows: dict[Hashable | None, Floats] = {}
    for share, values in zip(one.routes, one.draws[:-1], strict=True):
        name = key(share.route)
        rows[name] = rows[name] + values if name in rows else values.astype(np.float64)
    shares: Floats = np.array([*rows.values(), one.draws[-1]], dtype=np.float64)
    return [*rows, None], shares


def _chosen(shares: Floats, uniform: Floats) -> NDArray[np.int64]:
    """In each draw the row that the uniform number falls on."""
    edges = np.cumsum(shares, axis=0)
    return np.asarray((edges[:-1] <= uniform * edges[-1]).sum(axis=0))


def _share(name: Hashable | None, expected: float, counts: NDArray[np.int64], components: int) -> SummedShare:
    low, high = np.quantile(counts, [LOW, HIGH], method="inverted_cdf")
    return SummedShare(name, expected / components, float(low) / components, float(high) / components, counts)


_NONE = np.zeros((), dtype=np.int64)
