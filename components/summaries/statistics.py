"""Components, parts and weapons by maker, country, category and weapon model, and the foreign share.

Every count is of rows the person may see. A component is counted once however many pieces of it were found;
`pieces` says how many those are.
"""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

from django.db import models
from django.db.models import Count, Q, Sum
from django.http import QueryDict

from components.exports.rows import visible_rows
from components.filters import filter_rows
from components.models import Component, Country, Manufacturer, Ownership, PartCategory, Weapon, WeaponModel

Measure = Literal["components", "parts", "weapons"]
Grouping = Literal["manufacturer", "country", "category", "weapon_model"]
MEASURES: dict[str, tuple[str, str]] = {
    "components": ("Components", "pk"),
    "parts": ("Parts", "current_part"),
    "weapons": ("Weapons", "weapon"),
}
GROUPINGS: dict[str, tuple[str, str, str]] = {
    # how it is called, the column it groups by, the filter that opens its rows
    "manufacturer": ("manufacturer", "current_maker", "manufacturer"),
    "country": ("maker's country", "current_country", "manufacturer_country"),
    "category": ("part category", "current_category", "category"),
    "weapon_model": ("weapon model", "weapon__model", "weapon_model"),
}
NAMES: dict[str, type[models.Model]] = {
    "manufacturer": Manufacturer,
    "country": Country,
    "category": PartCategory,
    "weapon_model": WeaponModel,
}


@dataclass(frozen=True)
class Figure:
    """A number with its name, and the list and question that show the rows it counts."""

    label: str
    value: int
    query: str = ""
    list_name: str = "component-list"


@dataclass(frozen=True)
class Statistics:
    """The figures of one question, with what they leave out."""

    title: str
    unit: str
    figures: list[Figure]
    total: Figure
    unknown: Figure


@dataclass(frozen=True)
class ForeignShare:
    """How many components are of a maker of another country than the one that made the weapon."""

    foreign: Figure
    domestic: Figure
    unknown: Figure

    @property
    def percent(self) -> float | None:
        """Foreign components of those of which both countries are known, in percent; None where none is known."""
        known = self.foreign.value + self.domestic.value
        return 100 * self.foreign.value / known if known else None


def statistics(
    user: Any,
    *,
    measure: Measure = "components",
    by: Grouping = "manufacturer",
    with_acquired: bool = False,
    question: QueryDict | None = None,
) -> Statistics:
    """The figures, the largest first, over the components that answer the question.

    With `with_acquired`, a maker that owns others is counted with them, and so is each of those under its own name:
    the figures then add up to more than the total. Raises KeyError for a measure or grouping that does not exist.
    """
    unit, counted = MEASURES[measure]
    title, column, parameter = GROUPINGS[by]
    asked = question if question is not None else QueryDict()
    components = filter_rows(visible_rows(Component, user), asked, user=user, only_asked=True).qs
    if by == "manufacturer" and with_acquired:
        counts = _with_acquired(components, counted, user)
    else:
        grouped = components.order_by().values_list(column).annotate(number=Count(counted, distinct=True))
        counts = dict(grouped)
    extra = {"with_acquired": "true"} if with_acquired and by == "manufacturer" else {}
    names = NAMES[by]._default_manager.in_bulk([key for key in counts if key is not None])
    figures = [
        Figure(str(names[key]), number, _query(asked, **{parameter: str(key)}, **extra))
        for key, number in counts.items()
        if key is not None and number
    ]
    return Statistics(
        title=f"{unit} by {title}" + (" with the makers it acquired" if extra else ""),
        unit=unit.lower(),
        figures=sorted(figures, key=lambda figure: (-figure.value, figure.label)),
        total=Figure("All", _distinct(components, counted), _query(asked)),
        unknown=Figure(
            f"No {title} known",
            _distinct(components.filter(**{f"{column}__isnull": True}), counted),
            _query(asked, **{f"{parameter}__is_empty": "true"}),
        ),
    )


def _distinct(components: models.QuerySet[Any], counted: str) -> int:
    number: int = components.aggregate(number=Count(counted, distinct=True))["number"]
    return number


def _with_acquired(components: models.QuerySet[Any], counted: str, user: Any) -> dict[int | None, int]:
    """Distinct rows of each maker and all it owns: the pairs are read, since a set cannot be summed in SQL."""
    pairs = components.order_by().values_list("current_maker", counted).distinct()
    rows: dict[int | None, set[Any]] = defaultdict(set)
    for maker, row in pairs.iterator(chunk_size=5_000):
        if row is not None:
            rows[maker].add(row)
    for maker, owners in _owners_above(user).items():
        for owner in owners:
            rows[owner] |= rows.get(maker, set())
    return {maker: len(found) for maker, found in rows.items()}


def _owners_above(user: Any) -> dict[int, set[int]]:
    """Every maker that is owned, with all makers above it, as far as this user may know."""
    direct: dict[int, set[int]] = defaultdict(set)
    for owned, owner in Ownership.objects.visible_to(user).filter(ended="").values_list("owned_id", "owner_id"):
        direct[owned].add(owner)
    above: dict[int, set[int]] = {}
    for owned in direct:
        found: set[int] = set()
        waiting = list(direct[owned])
        while waiting:
            owner = waiting.pop()
            if owner not in found and owner != owned:
                found.add(owner)
                waiting.extend(direct.get(owner, ()))
        above[owned] = found
    return above


def foreign_share(user: Any, question: QueryDict | None = None) -> ForeignShare:
    """Foreign, domestic and undecided components among those that answer the question."""
    asked = question if question is not None else QueryDict()
    components = filter_rows(visible_rows(Component, user), asked, user=user, only_asked=True).qs
    total = components.count()
    foreign, domestic = components.foreign().count(), components.foreign(False).count()
    return ForeignShare(
        Figure("Foreign", foreign, _query(asked, is_foreign="true")),
        Figure("Domestic", domestic, _query(asked, is_foreign="false")),
        Figure("Maker's country or weapon's country not known", total - foreign - domestic, _query(asked)),
    )


def headline(user: Any) -> list[Figure]:
    """The numbers of the home page."""
    components: Any = visible_rows(Component, user)
    counts = components.aggregate(
        components=Count("pk", distinct=True),
        pieces=Sum("quantity"),
        parts=Count("current_part", distinct=True),
        makers=Count("current_maker", distinct=True),
        countries=Count("current_country", distinct=True),
        unidentified=Count("pk", filter=Q(current_identification__isnull=True)),
    )
    return [
        Figure("Weapons", visible_rows(Weapon, user).count(), "", "weapon-list"),
        Figure("Components", counts["components"]),
        Figure("Foreign components", components.foreign().count(), "is_foreign=true"),
        Figure("Parts identified", counts["parts"], "is_identified=true"),
        Figure("Manufacturers", counts["makers"], "is_identified=true"),
        Figure("Maker's countries", counts["countries"], "manufacturer_country__is_empty=false"),
        Figure("Components not identified", counts["unidentified"], "is_identified=false"),
    ]


def _query(question: QueryDict, **wanted: str) -> str:
    """The question as it was asked, with these filters in the place of any of the same name."""
    kept = [(name, value) for name, values in question.lists() for value in values if name not in wanted]
    return urlencode([*kept, *wanted.items()])
