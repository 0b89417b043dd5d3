"""What was inferred from rows that fewer people may see from now on is forgotten at once, not at the next run."""

from collections.abc import Iterable

from components.choices import Audience, Visibility
from components.models import (
    Component,
    Dataset,
    Identification,
    Learning,
    Link,
    Source,
    Trace,
    Weapon,
)
from components.models.visibility import BREADTH, Evidence

# By these, routes are computed; a component or weapon beyond them is hidden by its own visibility.
BORNE_BY: tuple[type[Evidence], ...] = (Component, Dataset, Identification, Link, Source, Weapon)
LEAST = {Audience.PUBLIC: Visibility.PUBLISHED, Audience.INSIDE: Visibility.RESTRICTED}


def forget_inferences(rows: Iterable[Evidence], *, to: str | None) -> None:
    """Forget the traces, and what was learned, of every audience that may no longer see the rows; `to` None: nobody.

    All of them: what is learned of importers and of new routes bears on every component. The next run makes them anew.
    """
    if not any(isinstance(row, BORNE_BY) for row in rows):
        return
    for audience, least in LEAST.items():
        if to is None or BREADTH[Visibility(to)] < BREADTH[least]:
            Trace.objects.filter(audience=audience).delete()
            Learning.objects.filter(audience=audience).delete()
