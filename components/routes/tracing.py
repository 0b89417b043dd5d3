"""Compute and keep the likely routes of components, parts, weapons, models and makers; only what has changed.

Traces are inferences: they can be deleted and computed anew at will. They are kept once for each audience.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from components.choices import Audience, StandIn
from components.curation.links import drop_review_values, keep_review_values
from components.models import Link, Route, Trace
from components.models import Part as CataloguePart
from components.models.tracing import SUBJECTS
from components.routes.evidence import Find, RouteKey, Shipments
from components.routes.held import SUBJECT_PATHS, Held, documented_in, find_of, read_held, seen_datasets, seen_legs
from components.routes.learning import learned_delays
from components.routes.listed import (
    GROUPED,
    LEAST_LISTED,
    OTHERS,
    Listed,
    by_country,
    days_of,
    summed_by_country,
    trimmed,
)
from components.routes.part import Part, prepare
from components.routes.posterior import Posterior, Share, posterior
from components.routes.reasons import excluded
from components.routes.review import review_values
from components.routes.sums import summed
from components.routes.taught import RULE_VERSION, keep_learning, novelty_of, telling, uses_of

MOST_LISTED = 60
MOST_EXCLUDED = 50
MOST_TO_SUM = 30  # routes of one component that a sum tells apart; its others stay recorded, but have no name
Told = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Traced:
    """A component with what its trace is computed from."""

    component: int
    part: int | None
    maker: int
    weapon: int
    model: int | None
    find: Find
    digest: str

    def subjects(self) -> Iterator[tuple[str, int]]:
        """What its routes are summed for."""
        named = (
            ("part", self.part),
            ("weapon", self.weapon),
            ("weapon_model", self.model),
            ("manufacturer", self.maker),
        )
        yield from ((kind, pk) for kind, pk in named if pk is not None)


@dataclass
class Counts:
    """What a run did."""

    components: int = 0
    computed: int = 0
    unchanged: int = 0
    sums: int = 0
    dropped: int = 0

    def add(self, other: "Counts") -> None:
        """Add another run's counts."""
        for name in ("components", "computed", "unchanged", "sums", "dropped"):
            setattr(self, name, getattr(self, name) + getattr(other, name))


def trace_all(*, now: datetime, since: datetime | None = None, learn: bool = False, told: Told | None = None) -> Counts:
    """Bring every trace up to date. With `since`, look only at components whose links or records changed after it.

    `learn` first learns anew from all finds and links; where nothing was learned yet that is done in any case. Raises
    ValueError where the parameters of the model are not loaded.
    """
    counts = Counts()
    for audience in Audience.values:
        for is_synthetic in (False, True):
            held = read_held(audience, is_synthetic=is_synthetic)
            if learn or not held.is_taught:
                _Run(read_held(audience, is_synthetic=is_synthetic, untaught=True), now, told).learn()
                held = read_held(audience, is_synthetic=is_synthetic)
            counts.add(_Run(held, now, told).trace(since))
    return counts


def trace_one(held: Held, kind: str, pk: int, *, now: datetime) -> tuple[Trace, list[Route]] | None:
    """The trace of one subject, computed and not kept: for another assumption, or for what no run has come to yet.

    None where nothing that the audience may see bears on it. A part found in no weapon is traced without dates.
    """
    run = _Run(held, now, None)
    members = [run._traced(row) for row in held.found(SUBJECT_PATHS[kind], pk)]
    if not members:
        return run._undated_trace(pk) if kind == "part" else None
    answers = [(each, posterior(each.find, run._prepared(each)[0])) for each in members]
    if kind == "component":
        return run._component_trace(*answers[0], run._prepared(members[0])[1])
    return run._sum_trace((kind, pk), [(each, trimmed(answer, MOST_TO_SUM)) for each, answer in answers])


@dataclass
class _Run:
    """One audience, real or synthetic."""

    held: Held
    now: datetime
    told: Told | None
    prepared: dict[tuple[int, int], Part] = field(default_factory=dict)
    last_by_code: dict[tuple[int, int], Part] = field(default_factory=dict)
    read: dict[tuple[int, int], Shipments] = field(default_factory=dict)

    def trace(self, since: datetime | None) -> Counts:
        """Compute what has changed, and the sums that it bears on."""
        _ = self.held.documents, self.held.documented  # so that what is hidden while this runs is noticed
        everything = [self._traced(row) for row in self.held.found()]
        if self.held.audience == Audience.INSIDE:
            drop_review_values({each.part for each in everything if each.part}, is_synthetic=self.held.is_synthetic)
        kept = self._kept_digests()
        changed = [each for each in everything if kept.get(each.component) != each.digest]
        if since is not None:
            recent = self._recent(since)
            changed = [each for each in changed if each.component in recent]
        gone = set(kept) - {each.component for each in everything}
        touched = {subject for each in changed for subject in each.subjects()} | self._orphans(everything)
        needed = [each for each in everything if touched.intersection(each.subjects())]
        self._compute(changed, needed, touched, gone)
        return Counts(len(everything), len(changed), len(everything) - len(changed), len(touched), len(gone))

    def learn(self) -> None:
        """Learn from all finds and links of this audience and kind, and keep what was learned."""
        read = self.held
        _ = read.documents, read.documented  # as in `trace`
        everything = [self._traced(row) for row in self.held.found()]
        if not everything:
            return
        linked = {_key(each.part, each.maker): self._shipments(each.part, each.maker) for each in everything}
        named = [each for each in linked.values() if each.stand_in != StandIn.HS]
        beliefs = novelty_of(named, self.held.beliefs)
        self.held = replace(self.held, beliefs=beliefs)
        finds = telling(
            (each.find, self._prepared(each)[0])
            for each in everything
            if each.find.is_telling and linked[_key(each.part, each.maker)].stand_in != StandIn.HS
        )
        beliefs = learned_delays(finds, beliefs)
        uses = uses_of(finds, beliefs)
        with transaction.atomic():
            # What was hidden meanwhile has made the tables forget what it taught, and must not be learned after all.
            if not _may_still_be_seen(read, {each.component for each in everything}):
                return
            keep_learning(
                beliefs,
                read.beliefs.parameters,
                uses,
                self.held.company_ids,
                self.held.audience,
                is_synthetic=self.held.is_synthetic,
                finds=len(finds),
                now=self.now,
            )

    def _compute(
        self, changed: list[Traced], needed: list[Traced], touched: set[tuple[str, int]], gone: set[int]
    ) -> None:
        fresh = {each.component for each in changed}
        for_sums: dict[tuple[str, int], list[tuple[Traced, Posterior]]] = defaultdict(list)
        found: list[tuple[Trace, list[Route]]] = []
        for count, each in enumerate(needed, 1):
            part, shipments = self._prepared(each)
            answer = posterior(each.find, part)
            if each.component in fresh:
                found.append(self._component_trace(each, answer, shipments))
            shortened = trimmed(answer, MOST_TO_SUM)
            for subject in touched.intersection(each.subjects()):
                for_sums[subject].append((each, shortened))
            if self.told:
                self.told(f"{self.held.audience}, {_kind(self.held)}", count, len(needed))
        found += [self._sum_trace(subject, for_sums[subject]) for subject in sorted(for_sums)]
        if not self._store(found, gone, touched, [each.component for each in needed]):
            return  # the next run computes them from what may be seen then
        if self.held.audience == Audience.INSIDE:  # who reviews is inside
            self._value_reviews([each for each in needed if each.part])

    def _value_reviews(self, members: Sequence[Traced]) -> None:
        """Say of each proposed link of these components' parts how much a review may tell of routes.

        One that names nothing tells nothing: nobody can see from it whether the goods are the part.
        """
        finds: dict[int, list[Traced]] = defaultdict(list)
        for each in members:
            finds[each.part or 0].append(each)
        found: dict[int, float] = {}
        for of_part in finds.values():
            if self._shipments(of_part[0].part, of_part[0].maker).stand_in == StandIn.HS:
                continue
            part, _ = self._prepared(of_part[0])
            values = review_values([each.find for each in of_part], part)
            found |= zip(part.shipments.link.tolist(), values.tolist(), strict=True)
        keep_review_values(found)

    def _undated_trace(self, part: int) -> tuple[Trace, list[Route]] | None:
        row = CataloguePart.objects.filter(pk=part).values_list("manufacturer", "manufacturer__merged_into").first()
        if row is None or not self.held.links.filter(part=part).exists():
            return None
        each = Traced(0, part, row[1] or row[0], 0, None, Find(), "")
        prepared, shipments = self._prepared(each)
        trace, routes = self._component_trace(each, posterior(each.find, prepared), shipments)
        trace.component_id, trace.part_id, trace.component_count = None, part, 0
        return trace, routes

    def _traced(self, row: dict[str, Any]) -> Traced:
        maker, part, find = row["maker"], row["part"], find_of(row)
        told = (
            RULE_VERSION,
            self.held.digest_text,
            digest_of(self._shipments(part, maker)),
            repr(find),
            maker,
            part,
            row["weapon"],
            row["model"],
        )
        return Traced(row["component"], part, maker, row["weapon"], row["model"], find, _digest(*told))

    def _prepared(self, each: Traced) -> tuple[Part, Shipments]:
        """Made ready once for each part; the draws of a part take a hundred times as long as reading its links.

        Of what stands in for parts by their HS code, which may be much for each of many, only the last is kept.
        """
        key, shipments = _key(each.part, each.maker), self._shipments(each.part, each.maker)
        kept = self.last_by_code if shipments.stand_in == StandIn.HS else self.prepared
        if key not in kept:
            if kept is self.last_by_code:
                kept.clear()
            kept[key] = prepare(shipments, self.held.beliefs)
        return kept[key], shipments

    def _shipments(self, part: int | None, maker: int) -> Shipments:
        key = _key(part, maker)
        if key not in self.read:
            self.read[key] = self.held.shipments(part, maker)
        return self.read[key]

    def _own_traces(self) -> QuerySet[Trace]:
        return Trace.objects.filter(audience=self.held.audience, is_synthetic=self.held.is_synthetic)

    def _kept_digests(self) -> dict[int, str]:
        """Of the components of this audience and kind that have a trace."""
        kept = self._own_traces()
        return dict(kept.filter(component__isnull=False).values_list("component", "digest"))

    def _recent(self, since: datetime) -> set[int]:
        """Components whose records or links changed since.

        And those that rest on an HS code, which every other part with the code bears on.
        """
        components = self.held.components()
        own = Q(updated_at__gte=since) | Q(identifications__updated_at__gte=since) | Q(weapon__updated_at__gte=since)
        own |= Q(legs__updated_at__gte=since) | Q(identifications__part__updated_at__gte=since)
        own |= Q(traces__in=self._own_traces().filter(stand_ins__has_key=StandIn.HS.value))
        changed = Link.objects.filter(updated_at__gte=since)
        linked = changed.filter(part__isnull=False).values("part")
        makers = changed.filter(manufacturer__isnull=False).values("manufacturer")
        by_part = Q(identifications__is_current=True, identifications__part__in=linked)
        codes = changed.filter(manufacturer=None).order_by().values_list("found", flat=True).distinct()
        for code in codes:
            by_part |= Q(identifications__is_current=True, identifications__part__hs_code__startswith=code)
        by_maker = Q(identifications__is_current=True, identifications__manufacturer__in=makers)
        return set(components.filter(own | by_part | by_maker).values_list("pk", flat=True))

    def _orphans(self, everything: Sequence[Traced]) -> set[tuple[str, int]]:
        """Sums whose components are not those they were computed from any more."""
        now: dict[tuple[str, int], int] = defaultdict(int)
        for each in everything:
            for subject in each.subjects():
                now[subject] += 1
        kept = self._own_traces().filter(component=None).values_list(*SUBJECTS[1:], "component_count")
        stored: dict[tuple[str, int], int] = {}
        for *ids, count in kept:
            kind, pk = next((name, pk) for name, pk in zip(SUBJECTS[1:], ids, strict=True) if pk)
            stored[kind, pk] = count
        return {subject for subject in {*now, *stored} if now.get(subject, 0) != stored.get(subject, 0)}

    def _component_trace(self, each: Traced, answer: Posterior, shipments: Shipments) -> tuple[Trace, list[Route]]:
        ruled_out = excluded(each.find, shipments)
        trace = self._trace(answer.unknown, digest=each.digest, component_id=each.component)
        trace.component_count, trace.link_count = 1, len(shipments)
        trace.stand_ins = {shipments.stand_in: 1} if shipments.stand_in else {}
        trace.excluded = [{"link": one.link, "reason": one.reason} for one in ruled_out[:MOST_EXCLUDED]]
        trace.groups = {name: by_country(answer, key) for name, key in GROUPED.items()}
        listed = [
            Listed(one.route, one.probability, one.low, one.high, one.shipments, one.units) for one in answer.routes
        ]
        return trace, self._routes(trace, listed, shipments)

    def _sum_trace(
        self, subject: tuple[str, int], members: Sequence[tuple[Traced, Posterior]]
    ) -> tuple[Trace, list[Route]]:
        answers = [answer for _, answer in members]
        shares = summed(answers)
        unknown = next(each for each in shares if each.key is None)
        digest = _digest(*sorted(each.digest for each, _ in members))
        trace = self._trace(
            Share(unknown.share, unknown.low, unknown.high), digest=digest, **{f"{subject[0]}_id": subject[1]}
        )
        of_parts = {(each.part, each.maker): self._shipments(each.part, each.maker) for each, _ in members}
        linked = {link for each in of_parts.values() for link in each.link.tolist()}
        trace.component_count, trace.link_count = len(members), len(linked)
        stand_ins = (of_parts[each.part, each.maker].stand_in for each, _ in members)
        trace.stand_ins = dict(sorted(Counter(filter(None, stand_ins)).items()))
        trace.groups = {name: summed_by_country(answers, key) for name, key in GROUPED.items()}
        listed = [
            Listed(each.key, each.share, each.low, each.high)
            for each in shares
            if isinstance(each.key, RouteKey) and each.key.exporter != OTHERS
        ]
        return trace, self._routes(trace, listed, *of_parts.values())

    def _trace(self, unknown: Share, **named: Any) -> Trace:
        return Trace(
            audience=self.held.audience,
            is_synthetic=self.held.is_synthetic,
            unknown=_unit(unknown.probability),
            unknown_low=_unit(unknown.low),
            unknown_high=_unit(unknown.high),
            rule_version=RULE_VERSION,
            computed_at=self.now,
            **named,
        )

    def _routes(self, trace: Trace, listed: Sequence[Listed], *shipments: Shipments) -> list[Route]:
        """The likeliest routes as rows; the probability of the others goes to the rest."""
        shown = [each for each in listed[:MOST_LISTED] if each.probability >= LEAST_LISTED]
        trace.rest = _unit(1 - trace.unknown - sum(each.probability for each in shown))
        days = days_of({each.route for each in shown}, shipments)
        return [
            Route(
                trace=trace,
                rank=rank,
                manufacturer_id=each.route.maker,
                origin_country=each.route.origin,
                dispatch_country=each.route.dispatch,
                exporter_id=self.held.company_ids.get(each.route.exporter),
                importer_id=self.held.company_ids.get(each.route.importer),
                probability=_unit(each.probability),
                low=_unit(each.low),
                high=_unit(max(each.low, each.high)),
                shipment_count=each.shipments if each.shipments is not None else days[each.route].count,
                units=each.units,
                first_day=days[each.route].first,
                last_day=days[each.route].last,
                confirmed_count=days[each.route].confirmed,
                stand_in=days[each.route].stand_in,
            )
            for rank, each in enumerate(shown, 1)
        ]

    @transaction.atomic
    def _store(
        self,
        found: Sequence[tuple[Trace, list[Route]]],
        gone: set[int],
        touched: set[tuple[str, int]],
        components: Sequence[int],
    ) -> bool:
        """Keep the traces, unless something that they rest on was hidden meanwhile; whether they are kept."""
        if not _may_still_be_seen(self.held, components):
            return False
        own = self._own_traces()
        replaced = [trace.component_id for trace, _ in found if trace.component_id]
        for ids in _batches([*replaced, *gone]):
            own.filter(component__in=ids).delete()
        by_kind: dict[str, list[int]] = defaultdict(list)
        for kind, pk in touched:
            by_kind[kind].append(pk)
        for kind, pks in by_kind.items():
            for ids in _batches(pks):
                own.filter(**{f"{kind}__in": ids}).delete()
        Trace.objects.bulk_create([trace for trace, _ in found], batch_size=500)
        Route.objects.bulk_create([route for _, routes in found for route in routes], batch_size=1_000)
        return True


def _may_still_be_seen(held: Held, components: Iterable[int]) -> bool:
    """Whether nothing that was read has been hidden from the audience while it was computed with."""
    seen = set(held.components().values_list("pk", flat=True))
    documents = set(held.links.filter(dataset=None).values_list("pk", flat=True))
    is_seen = seen.issuperset(components) and documents.issuperset(held.documents)
    if not is_seen or seen_datasets(held) != set(held.datasets):
        return False
    now = documented_in(seen_legs(held), held.companies)
    return all(set(parties) <= set(now.get(pk, ())) for pk, parties in held.documented.items())


def _key(part: int | None, maker: int) -> tuple[int, int]:
    return (part, 0) if part else (0, maker)


def digest_of(shipments: Shipments) -> str:
    """The same for the same shipments, whatever else has changed."""
    columns = (shipments.link, shipments.day, shipments.units, shipments.right, shipments.route, shipments.dataset)
    found = hashlib.sha256()
    for column in columns:
        found.update(column.tobytes())
    found.update(repr((shipments.routes, shipments.datasets)).encode())
    return found.hexdigest()


def _digest(*told: Any) -> str:
    return hashlib.sha256(repr(told).encode()).hexdigest()


def _unit(value: float) -> float:
    """Within [0, 1], whatever rounding did."""
    return min(1.0, max(0.0, float(value)))


def _kind(held: Held) -> str:
    return "synthetic" if held.is_synthetic else "real"


def _batches(ids: Sequence[int], size: int = 500) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), size):
        yield ids[start : start + size]
