"""What routes are computed from, read for one audience: beliefs, links as shipments, components as finds.

Real and synthetic rows are never mixed: a real component is traced by real shipments alone, a synthetic one by
synthetic shipments. A row that an audience may not see bears on no figure that it is shown.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from hashlib import blake2b
from typing import Any

import numpy as np
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from components.choices import Audience, LinkGrade, LinkState, StandIn, Visibility
from components.curation.links import verdicts
from components.models import (
    Company,
    Component,
    Coverage,
    Dataset,
    DeclaredParty,
    Leg,
    Link,
    Manufacturer,
    MilitaryUse,
    Part,
    RouteParameter,
)
from components.models.catalogue import merged_makers
from components.normalise.hs_codes import subheading
from components.routes import evidence
from components.routes.beliefs import Beliefs
from components.routes.evidence import Find, RouteKey, Shipments
from components.routes.parameters import Parameters, parameters_from
from components.routes.rightness import learned_rightness
from components.routes.taught import learning_of, with_learning

SEEN = {
    Audience.PUBLIC: (Visibility.PUBLISHED,),
    Audience.INSIDE: (Visibility.PUBLISHED, Visibility.RESTRICTED),
}
# Of a dataset of which nobody has said what it covers: anything from none to all, alike (Beta(1, 1)).
UNSTATED_SHARE, UNSTATED_STRENGTH = 0.5, 2.0
# Links by documents, and links whose dataset is gone, count as a dataset of their own that covers next to nothing.
DOCUMENTS, DOCUMENTED_SHARE, DOCUMENTED_STRENGTH = 0, 0.01, 10.0
CONFIRMED_RIGHT = 0.995  # a reviewer errs too
PIECES = frozenset({"", "ШТ", "ШТ.", "PCS", "PC", "PCE", "PIECE", "PIECES", "UNIT", "UNITS", "796"})  # 796: OKEI, piece
EARLIEST = date(1970, 1, 1)

LINK_COLUMNS = (
    *("pk", "shipped_on", "quantity", "unit", "score", "grade", "state", "part_id", "manufacturer_id"),
    *("origin_country", "dispatch_country", "exporter_id", "importer_id", "dataset_id", "row_number"),
)
# What a link is known by in every installation: its shipment or its document, and what it is held to name.
EVIDENCE_COLUMNS = (
    *("dataset__digest", "source__title", "source__url", "place", "declaration_number", "found", "hs_code"),
    *("part__mpn", "part__manufacturer__name_key", "manufacturer__name_key", "exporter_name", "importer_name"),
    *("value_usd", "net_kg"),
)
ALSO_EVIDENCE = tuple(
    LINK_COLUMNS.index(name)
    for name in ("row_number", "shipped_on", "origin_country", "dispatch_country", "quantity", "unit")
)
JUDGED = tuple(LINK_COLUMNS.index(name) for name in ("state", "grade", "score"))
# What a component is held to be, and its dates, by the words that are used here.
FOUND: dict[str, str | Coalesce] = {
    "component": "pk",
    "weapon": "weapon",
    "model": "weapon__model",
    "recovered_earliest": "weapon__recovered_earliest",
    "recovered_latest": "weapon__recovered_latest",
    "part": "identifications__part",
    "made_earliest": "identifications__made_earliest",
    "made_latest": "identifications__made_latest",
    "maker": Coalesce("identifications__manufacturer__merged_into", "identifications__manufacturer"),
    "maker_key": Coalesce(
        "identifications__manufacturer__merged_into__name_key", "identifications__manufacturer__name_key"
    ),
    "part_maker_key": "identifications__part__manufacturer__name_key",
    "mpn": "identifications__part__mpn",
}
SUBJECT_PATHS = {
    "component": "pk",
    "part": "identifications__part",
    "weapon": "weapon",
    "weapon_model": "weapon__model",
    "manufacturer": "identifications__manufacturer",
}
Row = tuple[Any, ...]


@dataclass(frozen=True)
class WhatIf:
    """Another assumption than the held ones: without a dataset, or with a lag of another mean (days)."""

    without: int | None = None
    lag_mean_days: float | None = None


@dataclass(frozen=True)
class Held:
    """What is held for one audience, real or synthetic."""

    audience: str
    is_synthetic: bool
    beliefs: Beliefs
    datasets: Mapping[int, str]
    companies: Mapping[int, str]  # the key of whom each stands for
    company_ids: Mapping[str, int]  # by that key
    merged: Mapping[int, Sequence[int]]
    is_taught: bool = False
    _alone: dict[int, list[Row]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _of_code: dict[str, list[Row]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def links(self) -> QuerySet[Link]:
        """The links that this audience may see."""
        seen = SEEN[Audience(self.audience)]
        document = Q(dataset=None, visibility__in=seen) & (Q(source=None) | Q(source__visibility__in=seen))
        return Link.objects.filter(Q(dataset__in=list(self.datasets)) | document, is_synthetic=self.is_synthetic)

    @cached_property
    def factors(self) -> dict[str, float]:
        """By grade, how much likelier links are right than was assumed, as reviews of these links have it."""
        parameters = self.beliefs.parameters
        by_grade: dict[str, tuple[int, int]] = {}
        for (grade, _), (yes, no) in verdicts(self.links.exclude(manufacturer=None)).items():
            before = by_grade.get(grade, (0, 0))
            by_grade[grade] = (before[0] + yes, before[1] + no)
        learned = learned_rightness(parameters, by_grade)
        return {grade: rate / parameters.right[grade] for grade, rate in learned.items() if parameters.right[grade] > 0}

    @cached_property
    def documents(self) -> frozenset[int]:
        """The links without a dataset that could be seen when this was read."""
        return frozenset(self.links.filter(dataset=None).values_list("pk", flat=True))

    def shipments(self, part: int | None, maker: int) -> Shipments:
        """What is linked to a part: the links that name it, else those that only name its maker, else its HS code.

        Without a part, everything that names the maker or a part of it. One query to three.
        """
        if part is None:
            return self._columns(once_a_shipment(self._read(manufacturer__in=self._makers(maker))), maker)
        right = self.beliefs.parameters.right
        if named := self._read(part=part):
            return self._columns(named, maker, right[LinkGrade.MAKER])
        if alone := self._of_maker_alone(maker):
            return self._columns(alone, maker, right[LinkGrade.MAKER], StandIn.MAKER)
        code = self._subheadings.get(part, "")
        if not code or not (alone := self._of_code_alone(code)):
            return self._columns([], maker)
        return self._columns(alone, maker, right[LinkGrade.HS] / self._sharers[code], StandIn.HS)

    def _of_maker_alone(self, maker: int) -> list[Row]:
        """Shipments that name the maker and no part of it that the catalogue has."""
        if maker not in self._alone:
            self._alone[maker] = self._read(manufacturer__in=self._makers(maker), part=None)
        return self._alone[maker]

    def _of_code_alone(self, code: str) -> list[Row]:
        """Shipments that name nothing and declare an HS code of these six digits.

        A reviewed one stays when its shipment is found to name something after all, and counts no more.
        """
        if code not in self._of_code:
            same = Link.objects.filter(dataset=OuterRef("dataset"), row_number=OuterRef("row_number"))
            named = Exists(same.filter(manufacturer__isnull=False))
            rows = self.links.filter(Q(state=LinkState.PROPOSED) | ~named, grade=LinkGrade.HS, found=code)
            self._of_code[code] = _in_order_of_evidence(rows.filter(manufacturer=None))
        return self._of_code[code]

    @cached_property
    def _subheadings(self) -> dict[int, str]:
        """The six digits of the HS code of each part, real or synthetic as this is, that has so many."""
        parts = Part.objects.filter(is_synthetic=self.is_synthetic)
        codes = parts.exclude(hs_code="").values_list("pk", "hs_code")
        return {pk: code for pk, stated in codes if (code := subheading(stated))}

    @cached_property
    def _sharers(self) -> Counter[str]:
        """How many of these parts have each subheading."""
        return Counter(self._subheadings.values())

    @cached_property
    def winners(self) -> dict[int, int]:
        """Whom each merged maker was merged into."""
        return {loser: winner for winner, losers in self.merged.items() for loser in losers}

    def _makers(self, maker: int) -> list[int]:
        return [maker, *self.merged.get(maker, ())]

    def _read(self, **asked: Any) -> list[Row]:
        return _in_order_of_evidence(self.links.filter(**asked))

    def components(self) -> QuerySet[Component]:
        """Components that this audience may see, with a maker that it may see."""
        seen = SEEN[Audience(self.audience)]
        judged = Q(identifications__is_current=True, identifications__visibility__in=seen)
        judged &= Q(identifications__is_synthetic=self.is_synthetic)
        return Component.objects.filter(judged, visibility__in=seen, is_synthetic=self.is_synthetic)

    def found(self, path: str = "", pk: int = 0) -> Iterator[dict[str, Any]]:
        """The components with what they are held to be and their dates; only those of a subject, where one is given.

        In the order of makers, parts and dates, by which draws are given out; of those that are alike in all of it, one
        is as good as another.
        """
        judged = self.components().order_by()
        if path:
            wanted = merged_makers([pk]) if path == SUBJECT_PATHS["manufacturer"] else [pk]
            judged = judged.filter(identifications__is_current=True, **{f"{path}__in": wanted})
        legs = seen_legs(self, component__in=judged.values("pk")) if path else None
        documented = self.documented if legs is None else documented_in(legs, self.companies)
        rows = [
            dict(zip(FOUND, row, strict=True), parties=documented.get(row[0], ()))
            for row in judged.values_list(*FOUND.values())
        ]
        yield from sorted(rows, key=_find_order)

    @cached_property
    def documented(self) -> dict[int, tuple[str, ...]]:
        """By component, the companies that documents name in its own chain, as routes name them. One query."""
        return documented_in(seen_legs(self), self.companies)

    def _columns(self, rows: Sequence[Row], maker: int, vague: float | None = None, stand_in: str = "") -> Shipments:
        """Links as columns; `vague` is the chance that goods of which no part is named are one part of many.

        None where they are held against no part. A link that names no maker is of the given one, if it is right.
        """
        routes: dict[RouteKey, int] = {}
        datasets: dict[int, int] = {}
        right, units, route, dataset = [], [], [], []
        for row in rows:
            said = dict(zip(LINK_COLUMNS, row, strict=False))  # behind them stands what the row is known by
            right.append(self._right(said, vague))
            units.append(said["quantity"] if (said["unit"] or "").upper() in PIECES else None)
            route.append(routes.setdefault(self._route(said, maker), len(routes)))
            dataset.append(datasets.setdefault(said["dataset_id"] or DOCUMENTS, len(datasets)))
        return Shipments(
            link=np.array([row[0] for row in rows], dtype=np.int64),
            day=np.array([evidence.day_number(row[1]) for row in rows], dtype=np.int64),
            units=np.array([np.nan if each is None or each <= 0 else each for each in units], dtype=np.float64),
            right=np.array(right, dtype=np.float64),
            route=np.array(route, dtype=np.int64),
            dataset=np.array(dataset, dtype=np.int64),
            routes=tuple(routes),
            datasets=tuple(datasets),
            stand_in=stand_in if any(right) else "",
            name=_name_of(rows),
        )

    def _route(self, said: Mapping[str, Any], maker: int) -> RouteKey:
        named = said["manufacturer_id"] or maker
        return RouteKey(
            maker=self.winners.get(named, named),
            origin=said["origin_country"],
            dispatch=said["dispatch_country"],
            exporter=self.companies.get(said["exporter_id"], ""),
            importer=self.companies.get(said["importer_id"], ""),
        )

    def _right(self, said: Mapping[str, Any], vague: float | None) -> float:
        if said["state"] == LinkState.REJECTED:
            return 0.0
        if vague is not None and (said["part_id"] is None or said["grade"] == LinkGrade.MAKER):
            return vague
        if said["state"] == LinkState.CONFIRMED:
            return CONFIRMED_RIGHT
        return float(min(CONFIRMED_RIGHT, said["score"] * self.factors.get(said["grade"], 1.0)))

    def what_if(self, other: WhatIf) -> "Held":
        """The same with another assumption."""
        held = self
        if other.without is not None:
            kept = {pk: title for pk, title in held.datasets.items() if pk != other.without}
            held = replace(held, datasets=kept, beliefs=held.beliefs.without(other.without))
        if other.lag_mean_days is not None:
            held = replace(held, beliefs=held.beliefs.with_parameters(lag_mean_days=other.lag_mean_days))
        return held

    @cached_property
    def digest_text(self) -> str:
        """What every trace of this audience rests on, in words that change when any of it does."""
        beliefs = self.beliefs
        held = (sorted(beliefs.coverage.items()), sorted(beliefs.military.items()), sorted(self.factors.items()))
        return repr((beliefs.parameters, held, beliefs.seed, beliefs.draws))


def read_held(audience: str, *, is_synthetic: bool, untaught: bool = False) -> Held:
    """Everything but links and components; `untaught` leaves out what was learned from finds. Eleven queries.

    Raises ValueError where the parameters are not loaded.
    """
    datasets = list(_datasets(audience, is_synthetic))
    companies, company_ids = _companies([each.pk for each in datasets])
    beliefs = Beliefs(
        read_parameters(),
        coverage=_coverage(datasets, audience, is_synthetic),
        military=_military(companies, audience, is_synthetic),
    )
    if not untaught:
        beliefs = with_learning(beliefs, audience, is_synthetic=is_synthetic)
    titles = {each.pk: each.title for each in datasets}
    is_taught = learning_of(audience, is_synthetic=is_synthetic) is not None
    return Held(audience, is_synthetic, beliefs, titles, companies, company_ids, _merged_makers(), is_taught)


def _datasets(audience: str, is_synthetic: bool) -> QuerySet[Dataset]:
    seen = SEEN[Audience(audience)]
    shipments = Dataset.objects.shipments().filter(visibility__in=seen, source__visibility__in=seen)
    return shipments.filter(is_synthetic=is_synthetic).order_by("digest")


def seen_datasets(held: Held) -> set[int]:
    """The datasets that the audience may see now."""
    return set(_datasets(held.audience, held.is_synthetic).values_list("pk", flat=True))


def seen_legs(held: Held, **asked: Any) -> list[Row]:
    """Components with the companies that gave and took, of the documented legs that the audience may see now."""
    seen = SEEN[Audience(held.audience)]
    legs = Leg.objects.filter(visibility__in=seen, source__visibility__in=seen, is_synthetic=held.is_synthetic)
    legs = legs.filter(component__isnull=False, **asked).order_by("pk")
    return list(legs.values_list("component", "giver_company", "taker_company"))


def documented_in(legs: Iterable[Row], companies: Mapping[int, str]) -> dict[int, tuple[str, ...]]:
    """By component, whom its legs name among the companies that routes can name."""
    found: dict[int, set[str]] = {}
    for component, *parties in legs:
        found.setdefault(component, set()).update(companies[pk] for pk in parties if pk in companies)
    return {component: tuple(sorted(named)) for component, named in found.items() if named}


def read_parameters() -> Parameters:
    """The parameters of the model. Raises ValueError where they are not loaded (`manage.py load_reference`)."""
    return parameters_from(dict(RouteParameter.objects.values_list("name", "value")))


def once_a_shipment(rows: Sequence[Row]) -> list[Row]:
    """A shipment that names several parts of a maker, once: what people confirmed first, what they rejected last."""
    order = {LinkState.CONFIRMED: 0, LinkState.REJECTED: 2}
    state, dataset, number = (LINK_COLUMNS.index(name) for name in ("state", "dataset_id", "row_number"))
    kept: dict[Any, Row] = {}
    for row in sorted(rows, key=lambda row: order.get(row[state], 1)):
        kept.setdefault((row[dataset], row[number]) if row[dataset] else row[0], row)
    return sorted(kept.values(), key=_link_order)


def _in_order_of_evidence(links: QuerySet[Link]) -> list[Row]:
    """Links as rows, in an order that follows from what they say, not from when they were stored."""
    return sorted(links.order_by().values_list(*LINK_COLUMNS, *EVIDENCE_COLUMNS), key=_link_order)


def _link_order(row: Row) -> tuple[str, ...]:
    """What a link is known by, and last what was judged of it; two alike in all are one as good as the other."""
    return (*_known_by(row), *(_sortable(row[place]) for place in JUDGED))


def _known_by(row: Row) -> tuple[str, ...]:
    dataset, *others = row[len(LINK_COLUMNS) :]
    return tuple(map(_sortable, (dataset, *(row[place] for place in ALSO_EVIDENCE), *others)))


def _find_order(row: Mapping[str, Any]) -> tuple[str, ...]:
    named = (row[name] for name in ("maker_key", "part_maker_key", "mpn", "made_earliest", "made_latest"))
    return (*map(_sortable, named), repr((row["recovered_earliest"], row["recovered_latest"], row["parties"])))


def _sortable(value: Any) -> str:
    """A value as a text that sorts, numbers that are whole by their size."""
    return f"{value:020d}" if isinstance(value, int) else "" if value is None else str(value)


def _name_of(rows: Iterable[Row]) -> str:
    """What the draws of these links are keyed by: what they say, without what was judged of them since."""
    told = "\x1e".join("\x1f".join(_known_by(row)) for row in rows)
    return blake2b(told.encode(), digest_size=16).hexdigest()


def find_of(row: Mapping[str, Any]) -> Find:
    """A row of `Held.found` as the model takes it: `made_…` of the identification, `recovered_…` of the weapon."""
    first, last = row["made_earliest"], row["made_latest"]
    made = ((first or EARLIEST, last),) if last else ()
    return Find(made, (row["recovered_earliest"], row["recovered_latest"]), row["parties"])


def _shown_source(audience: str) -> Q:
    """That an assumption rests on no source that the audience may not see."""
    return Q(source=None) | Q(source__visibility__in=SEEN[Audience(audience)])


def _coverage(datasets: Iterable[Dataset], audience: str, is_synthetic: bool) -> dict[int, evidence.Coverage]:
    held = Coverage.objects.filter(_shown_source(audience), dataset__in=datasets, is_synthetic=is_synthetic)
    stated = {each.dataset_id: each for each in held}
    found: dict[int, evidence.Coverage] = {}
    days: list[date] = []
    for dataset in datasets:
        if dataset.first_day is None or dataset.last_day is None:
            continue
        said = stated.get(dataset.pk)
        share, strength = (said.share, said.strength) if said else (UNSTATED_SHARE, UNSTATED_STRENGTH)
        days_covered = (dataset.first_day, dataset.last_day)
        found[dataset.pk] = evidence.Coverage(max(share, 0.001), strength, *days_covered, name=dataset.digest)
        days += [dataset.first_day, dataset.last_day]
    first, last = (min(days), max(days)) if days else (date(2014, 1, 1), date(2025, 12, 31))
    found[DOCUMENTS] = evidence.Coverage(DOCUMENTED_SHARE, DOCUMENTED_STRENGTH, first, last)
    return found


def _military(companies: Mapping[int, str], audience: str, is_synthetic: bool) -> dict[str, evidence.MilitaryUse]:
    """By importer, as routes name it; what is said of a merged company counts for the one it was merged into."""
    said = MilitaryUse.objects.filter(_shown_source(audience), is_synthetic=is_synthetic)
    said = said.order_by("company__party_key")
    return {
        companies[use.company_id]: evidence.MilitaryUse(
            max(use.share * use.strength, 0.01), max((1 - use.share) * use.strength, 0.01)
        )
        for use in said
        if use.company_id in companies
    }


def _merged_makers() -> dict[int, list[int]]:
    """The makers that were merged into each."""
    found: dict[int, list[int]] = {}
    for pk, into in Manufacturer.objects.exclude(merged_into=None).values_list("pk", "merged_into_id"):
        found.setdefault(into or 0, []).append(pk)
    return found


def _companies(datasets: list[int]) -> tuple[dict[int, str], dict[str, int]]:
    """Of the companies that the datasets name as they are, the key of whom each stands for; and whose each key is.

    Each stands for whom it was merged into, if named too. Whom they do not name is not in the answer: its name may be
    known from a hidden dataset alone.
    """
    declared = DeclaredParty.objects.filter(dataset__in=datasets).naming_themselves()
    named = dict(declared.values_list("company_id", "party_key"))
    merged = dict(Company.objects.exclude(merged_into=None).values_list("pk", "merged_into_id"))
    standing = {pk: root if (root := merged.get(pk)) in named and root is not None else pk for pk in named}
    return {pk: named[root] for pk, root in standing.items()}, {named[root]: root for root in standing.values()}
