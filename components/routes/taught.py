"""What finds and links teach of routes, kept between runs: how many routes are new, whom importers supply.

It bears on every component, so that learning anew with each change would leave nothing unchanged. It is learned when
nothing was learned yet, or when asked for, and kept as rows that people can read.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

import numpy as np
from django.db import transaction

from components.models import LearnedUse, Learning
from components.routes.beliefs import Beliefs
from components.routes.evidence import Find, Floats, MilitaryUse, Shipments
from components.routes.learning import learned_novelty, learned_use, observed
from components.routes.part import Part

MOST_OBSERVED = 2_000  # finds that are learned from: each takes some 100 kB, and more narrow an interval no further
LEAST_VARIANCE = 1e-6


def with_learning(beliefs: Beliefs, audience: str, *, is_synthetic: bool) -> Beliefs:
    """The beliefs with what was learned last, unchanged where nothing was. Two queries."""
    learning = Learning.objects.filter(audience=audience, is_synthetic=is_synthetic).first()
    if learning is None:
        return beliefs
    parameters = replace(
        beliefs.parameters,
        new_route_discount=learning.new_route_discount,
        new_route_strength=learning.new_route_strength,
    )
    learned = {
        str(use.company_id or ""): MilitaryUse(use.share * use.strength, (1 - use.share) * use.strength)
        for use in learning.uses.all()
    }
    return replace(beliefs, parameters=parameters, military={**beliefs.military, **learned})


def novelty_of(parts: Iterable[Shipments], beliefs: Beliefs) -> Beliefs:
    """The beliefs with how often a shipment takes a new route, as the routes of all parts have it."""
    linked = [part for part in parts if len(part) > 1]
    return replace(beliefs, parameters=learned_novelty(linked, beliefs.parameters)) if linked else beliefs


def uses_of(finds: Iterable[tuple[Find, Part]], beliefs: Beliefs) -> dict[str, Floats]:
    """Draws of the military use of importers, from finds with a date code; those without say nothing of it."""
    dated = [(find, part) for find, part in finds if find.made and part.routes]
    if len(dated) > MOST_OBSERVED:
        dated = [dated[n] for n in np.linspace(0, len(dated) - 1, MOST_OBSERVED).astype(int)]
    return learned_use([observed(find, part) for find, part in dated], beliefs)


@transaction.atomic
def keep_learning(
    beliefs: Beliefs,
    uses: Mapping[str, Floats],
    audience: str,
    *,
    is_synthetic: bool,
    finds: int,
    rule: str,
    now: datetime,
) -> None:
    """Store what was learned in place of what was learned before."""
    Learning.objects.filter(audience=audience, is_synthetic=is_synthetic).delete()
    learning = Learning.objects.create(
        audience=audience,
        is_synthetic=is_synthetic,
        new_route_discount=beliefs.parameters.new_route_discount,
        new_route_strength=beliefs.parameters.new_route_strength,
        component_count=finds,
        rule_version=rule,
        learned_at=now,
    )
    rows = [
        LearnedUse(learning=learning, company_id=int(importer) if importer else None, share=share, strength=strength)
        for importer, draws in sorted(uses.items())
        for share, strength in [moments(draws)]
    ]
    LearnedUse.objects.bulk_create(rows, batch_size=1_000)


def moments(draws: Floats) -> tuple[float, float]:
    """Mean and strength of the Beta distribution of the same mean and variance."""
    mean = float(np.clip(draws.mean(), 1e-4, 1 - 1e-4))
    variance = max(float(draws.var()), LEAST_VARIANCE)
    return mean, max(mean * (1 - mean) / variance - 1, 0.1)
