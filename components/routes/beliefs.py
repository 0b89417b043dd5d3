"""What is uncertain and shared by all components, as numbered draws: draw 17 of an importer is the same everywhere."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import blake2b

import numpy as np

from components.routes.delays import Delay, lag_of, shelf_of
from components.routes.evidence import Coverage, Floats, MilitaryUse
from components.routes.parameters import Parameters
from components.routes.recorded import Recorded, recorded_of

DRAWS = 400  # the ends of a 90 % interval then have a standard error of 1.1 percentage points of probability


@dataclass(frozen=True)
class Beliefs:
    """Parameters, coverage by dataset id, military use by importer key, and the draws that follow from the seed.

    An importer without an entry has the default prior; `learned` has draws for those that finds told about. Draws
    depend on the seed and the thing's own name only, so that components computed apart can be summed.
    """

    parameters: Parameters
    coverage: Mapping[int, Coverage] = field(default_factory=dict)
    military: Mapping[str, MilitaryUse] = field(default_factory=dict)
    learned: Mapping[str, Floats] = field(default_factory=dict, repr=False)
    seed: int = 0
    draws: int = DRAWS
    _kept: dict[str, Floats] = field(init=False, repr=False, compare=False, default_factory=dict)

    @cached_property
    def lag(self) -> Delay:
        """From declaration to recovery."""
        return lag_of(self.parameters)

    @cached_property
    def shelf(self) -> Delay:
        """From manufacture to declaration."""
        return shelf_of(self.parameters)

    @cached_property
    def recorded(self) -> Recorded:
        """What the datasets record, month by month."""
        p = self.parameters
        share = {dataset: self.covered(dataset) for dataset in self.coverage}
        return recorded_of(self.coverage, share, self.draws, p.smoothing_months, p.break_on)

    def without(self, dataset: int) -> "Beliefs":
        """The beliefs as if the dataset were not held."""
        return replace(self, coverage={key: value for key, value in self.coverage.items() if key != dataset})

    def with_parameters(self, **values: float) -> "Beliefs":
        """The beliefs with other values of some parameters."""
        return replace(self, parameters=replace(self.parameters, **values))  # type: ignore[arg-type]

    def generator(self, *names: object) -> np.random.Generator:
        """A stream of its own for a thing named so."""
        text = "\x1f".join(map(str, (self.seed, *names)))
        return np.random.Generator(np.random.PCG64(int.from_bytes(blake2b(text.encode(), digest_size=16).digest())))

    def military_use(self, importer: str) -> Floats:
        """Draws of the share of an importer's goods that ends in weapons: learned from finds, else from the prior."""
        if importer in self.learned:
            return self.learned[importer]
        use = self.use_of(importer)
        return self._keep(f"use {importer}", lambda: self.generator("use", importer).beta(use.a, use.b, self.draws))

    def use_of(self, importer: str) -> MilitaryUse:
        """What is held of an importer."""
        return self.military.get(importer, self.parameters.default_use)

    def covered(self, dataset: int) -> Floats:
        """Draws of a dataset's coverage."""
        held = self.coverage[dataset]
        a, b = held.mean * held.strength, (1 - held.mean) * held.strength
        if b <= 0:
            return np.ones(self.draws)
        stream = ("coverage", held.name or dataset)
        return self._keep(f"coverage {dataset}", lambda: self.generator(*stream).beta(a, b, self.draws))

    def link_shift(self) -> Floats:
        """Draws of how far, in log odds, all links that nobody reviewed are likelier right than their grade says."""
        sd = self.parameters.link_shift_sd
        return self._keep("links", lambda: self.generator("links").normal(0.0, sd, self.draws))

    def _keep(self, name: str, make: Callable[[], Floats]) -> Floats:
        if name not in self._kept:
            self._kept[name] = make()
        return self._kept[name]
