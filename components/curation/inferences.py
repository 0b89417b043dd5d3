"""What was inferred from rows that fewer people may see from now on is forgotten at once, not at the next run."""

from collections.abc import Iterable

from components.choices import Audience, Visibility
from components.models import (
    Component,
    Coverage,
    Dataset,
    Identification,
    Learning,
    Leg,
    Link,
    MilitaryUse,
    Source,
    Trace,
    Weapon,
)
from components.models.curated import Curated
from components.models.visibility import BREADTH, Evidence

# By these, routes are computed; a component or weapon beyond them is hidden by its own visibility.
BORNE_BY: tuple[type[Curated], ...] = (
    *(Component, Coverage, Dataset, Identification, Leg, Link, MilitaryUse, Source, Weapon),
)
LEAST = {Audience.PUBLIC: Visibility.PUBLISHED, Audience.INSIDE: Visibility.RESTRICTED}


def forget_inferences(rows: Iterable[Curated], *, to: str | None) -> None:
    """Forget the traces, and what was learned, of every audience that may no longer see the rows; `to` None: nobody.

    All of them: what is learned of importers and of new routes bears on every component. The next run makes them anew.
    """
    if not any(_bears(row) for row in rows):
        return
    for audience, least in LEAST.items():
        if to is None or BREADTH[Visibility(to)] < BREADTH[least]:
            _forget(audience)


def _bears(row: Curated) -> bool:
    """Whether routes are computed from such a row; a leg of a part that names no component is only shown."""
    return row.component_id is not None if isinstance(row, Leg) else isinstance(row, BORNE_BY)


def forget_deleted(row: Curated) -> None:
    """Before a row goes: forget what was inferred with it. A draft bore on nothing."""
    if not isinstance(row, Evidence) or row.visibility != Visibility.DRAFT:
        forget_inferences([row], to=None)


def forget_everything() -> None:
    """Forget all traces and all that was learned: many rows go at once."""
    for audience in LEAST:
        _forget(audience)


def _forget(audience: str) -> None:
    Trace.objects.filter(audience=audience).delete()
    Learning.objects.filter(audience=audience).delete()
    if audience == Audience.INSIDE:
        Link.objects.filter(review_value__gt=0).update(review_value=0.0)
