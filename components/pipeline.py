"""The stages of inference in their order: links first, then the routes that rest on them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from components.linking.building import link_datasets
from components.routes.tracing import Counts, trace_all


@dataclass(frozen=True)
class Done:
    """What a run did."""

    links: int
    traces: Counts


def update_inferences(
    *,
    now: datetime,
    since: datetime | None = None,
    with_linking: bool = True,
    learn: bool = False,
    told: Callable[[str, int, int], None] | None = None,
) -> Done:
    """Bring links and routes up to date; `learn` learns anew from all finds first.

    Raises ValueError where the parameters of the model are not loaded.
    """
    links = link_datasets(now=now)["links"] if with_linking else 0
    return Done(links, trace_all(now=now, since=since, learn=learn, told=told))
