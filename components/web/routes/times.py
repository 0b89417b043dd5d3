"""The days between which a subject's shipments must lie: when components were made, when weapons were recovered."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Max, Min, QuerySet

from components.exports.rows import visible_rows
from components.models import Component, ControlDate
from components.summaries.routes import LikelyRoutes, controls_between

Span = tuple[date, date]
# Of a component, by the kind of what is traced.
OF_KIND = {
    "component": "pk",
    "part": "current_part",
    "weapon": "weapon",
    "weapon_model": "weapon__model",
    "manufacturer": "current_maker",
}


@dataclass(frozen=True)
class Times:
    """One span or none of each: from the first day of any to the last day of any."""

    made: tuple[Span, ...] = ()
    recovered: tuple[Span, ...] = ()

    @property
    def days(self) -> list[date]:
        """All ends."""
        return [day for span in (*self.made, *self.recovered) for day in span]


def components_of(kind: str, pk: int, user: Any) -> QuerySet[Any]:
    """The components that a subject's routes are summed over, as far as this person may see them."""
    rows: QuerySet[Any] = visible_rows(Component, user).filter(**{OF_KIND[kind]: pk})
    return rows


def times_of(kind: str, pk: int, user: Any) -> Times:
    """When the components of a subject were made and recovered. One query."""
    spans = components_of(kind, pk, user).aggregate(
        made_first=Min("current_made_earliest"),
        made_last=Max("current_made_latest"),
        recovered_first=Min("weapon__recovered_earliest"),
        recovered_last=Max("weapon__recovered_latest"),
    )
    return Times(*(_span(spans[f"{name}_first"], spans[f"{name}_last"]) for name in ("made", "recovered")))


def _span(first: date | None, last: date | None) -> tuple[Span, ...]:
    """A vague date that is open at one end spans the day that is known."""
    known = [day for day in (first, last) if day is not None]
    return ((min(known), max(known)),) if known else ()


def controls_for(answer: LikelyRoutes, times: Times) -> list[ControlDate]:
    """The days of controls among the days of a timeline."""
    routes = [day for each in answer.routes for day in (each.first_day, each.last_day) if day]
    days = [*times.days, *routes]
    return controls_between(min(days), max(days)) if days else []
