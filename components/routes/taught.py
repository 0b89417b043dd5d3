"""What finds and links teach of routes, kept between runs: how many routes are new, whom importers supply.

It bears on every component, so that learning anew with each change would leave nothing unchanged. It is learned when
nothing was learned yet, or when asked for, and kept as rows that people can read.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np
from django.db import transaction

from components.models import LearnedUse, Learning
from components.routes.beliefs import Beliefs
from components.routes.evidence import Find, Floats, MilitaryUse, Shipments
from components.routes.learning import learned_from_shipments, learned_use
from components.routes.parameters import Parameters
from components.routes.part import Part

RULE_VERSION = "routes-6"  # what an earlier version taught or traced is not mixed with what this one does
MOST_OBSERVED = 2_000  # finds that are learned from: each takes milliseconds, and more narrow an interval no further
LEAST_VARIANCE = 1e-6
TAUGHT = ("route_lasting", "smoothing_months", "lag_mean_days", "shelf_mean_days")  # parameters; also of `Learning`


def learning_of(audience: str, *, is_synthetic: bool) -> Learning | None:
    """What was learned last by this version of the model."""
    learned = Learning.objects.filter(audience=audience, is_synthetic=is_synthetic, rule_version=RULE_VERSION)
    return learned.first()


def with_learning(beliefs: Beliefs, audience: str, *, is_synthetic: bool) -> Beliefs:
    """The beliefs with what was learned last, unchanged where nothing was. Two queries."""
    learning = learning_of(audience, is_synthetic=is_synthetic)
    if learning is None:
        return beliefs
    parameters = replace(
        beliefs.parameters,
        new_route_discount=learning.new_route_discount,
        new_route_strength=learning.new_route_strength,
        **{name: getattr(learning, name) for name in TAUGHT if getattr(learning, name) is not None},
    )
    learned = {
        use.company.party_key if use.company else "": MilitaryUse(
            use.share * use.strength, (1 - use.share) * use.strength
        )
        for use in learning.uses.select_related("company")
    }
    return replace(beliefs, parameters=parameters, military={**beliefs.military, **learned})


def novelty_of(parts: Iterable[Shipments], beliefs: Beliefs) -> Beliefs:
    """The beliefs with how often a shipment takes a new route or one of other times, and how far a month tells of
    another, as all parts together have it."""
    linked = [part for part in parts if len(part) > 1]
    return learned_from_shipments(linked, beliefs)


def telling(finds: Iterable[tuple[Find, Part]]) -> list[tuple[Find, Part]]:
    """The finds that are learned from: documents before date codes; those with neither say nothing of how they came."""
    told = [(find, part) for find, part in finds if find.is_telling and part.routes]
    told.sort(key=lambda each: not each[0].parties)
    documented = sum(bool(find.parties) for find, _ in told)
    if len(told) <= MOST_OBSERVED:
        return told
    if documented >= MOST_OBSERVED:
        return _spread(told[:documented], MOST_OBSERVED)
    return told[:documented] + _spread(told[documented:], MOST_OBSERVED - documented)


def _spread(finds: list[tuple[Find, Part]], most: int) -> list[tuple[Find, Part]]:
    return [finds[n] for n in np.linspace(0, len(finds) - 1, most).astype(int)]


def uses_of(finds: Sequence[tuple[Find, Part]], beliefs: Beliefs) -> dict[str, Floats]:
    """Draws of the military use of importers, from finds that tell something of it."""
    return learned_use([(find, replace(part, beliefs=beliefs)) for find, part in finds], beliefs)


@transaction.atomic
def keep_learning(
    beliefs: Beliefs,
    assumed: Parameters,
    uses: Mapping[str, Floats],
    company_ids: Mapping[str, int],
    audience: str,
    *,
    is_synthetic: bool,
    finds: int,
    now: datetime,
) -> None:
    """Store what was learned in place of what was learned before; nothing where it is what was assumed."""
    taught = {
        name: None if getattr(beliefs.parameters, name) == getattr(assumed, name) else getattr(beliefs.parameters, name)
        for name in TAUGHT
    }
    Learning.objects.filter(audience=audience, is_synthetic=is_synthetic).delete()
    learning = Learning.objects.create(
        audience=audience,
        is_synthetic=is_synthetic,
        new_route_discount=beliefs.parameters.new_route_discount,
        new_route_strength=beliefs.parameters.new_route_strength,
        **taught,
        component_count=finds,
        rule_version=RULE_VERSION,
        learned_at=now,
    )
    rows = [
        LearnedUse(learning=learning, company_id=company_ids.get(importer), share=share, strength=strength)
        for importer, draws in sorted(uses.items())
        for share, strength in [moments(draws)]
    ]
    LearnedUse.objects.bulk_create(rows, batch_size=1_000)


def moments(draws: Floats) -> tuple[float, float]:
    """Mean and strength of the Beta distribution of the same mean and variance."""
    mean = float(np.clip(draws.mean(), 1e-4, 1 - 1e-4))
    variance = max(float(draws.var()), LEAST_VARIANCE)
    return mean, max(mean * (1 - mean) / variance - 1, 0.1)
