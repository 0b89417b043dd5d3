"""Search the shipments of datasets for the parts of the catalogue, and keep what is found as proposed links.

Every dataset is searched once for each state of the catalogue, never per question. A search goes on where it was broken
off; parts that are new are looked for alone. A link that a person has reviewed is never touched.
"""

import logging
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from components.choices import LinkBasis, LinkGrade, LinkState
from components.curation.bulk import insert_rows
from components.curation.links import take_back_links
from components.lake.engine import DatasetFiles, Engine, engine, lake_settings
from components.lake.files import fault_of
from components.linking.batches import FACTS, SCHEMA, FindLinks
from components.linking.scoring import RULE_VERSION
from components.linking.stored import StoredCatalogue, read_catalogue
from components.models import Dataset, DatasetFile, DeclaredParty, Link, LinkBuild

if TYPE_CHECKING:
    import ibis.expr.types as ir

logger = logging.getLogger(__name__)
CHUNK_ROWS = 50_000  # shipments between two commits: what is lost when a search is broken off, and what is held at once
Told = Callable[["Progress"], None]


@dataclass(frozen=True)
class Progress:
    """How far the search of a dataset is."""

    dataset: Dataset
    rows: int
    links: int

    @property
    def share(self) -> float:
        """From 0 to 1."""
        return self.rows / self.dataset.row_count if self.dataset.row_count else 1.0


@dataclass(frozen=True)
class Plan:
    """What has to be done for a dataset: nothing, some parts (by their places), or all; from a row on."""

    is_due: bool
    only: frozenset[int] | None = None
    first_row: int = 0


def link_datasets(*, now: datetime, everything: bool = False, told: Told | None = None) -> dict[str, int]:
    """Bring the links of every dataset of shipments up to date; how many datasets were searched, and links added.

    `everything` searches anew even where nothing has changed. A dataset whose file cannot be read is not searched.
    """
    catalogue = read_catalogue()
    counts = {"datasets": 0, "searched": 0, "links": 0}
    for dataset in Dataset.objects.shipments().order_by("pk"):
        counts["datasets"] += 1
        if fault := _fault_of(dataset):
            logger.error("Dataset %s is not searched: its file %s", dataset.pk, fault)
            continue
        plan = Plan(is_due=True) if everything else plan_search(dataset, catalogue)
        if plan.is_due:
            counts["searched"] += 1
            counts["links"] += search_dataset(dataset, catalogue, plan, now=now, told=told)
    return counts


def _fault_of(dataset: Dataset) -> str:
    """What keeps its file from being read; its links stay as they are until it is mended."""
    files = DatasetFile.objects.filter(dataset=dataset, name__endswith=".parquet").select_related("dataset")
    faults = ((file.name, fault_of(file.path, file.byte_count)) for file in files)
    return next((f"{name} {fault}" for name, fault in faults if fault), "")


def plan_search(dataset: Dataset, catalogue: StoredCatalogue) -> Plan:
    """What a search of the dataset would have to do, held against what was done before."""
    done = LinkBuild.objects.filter(dataset=dataset).first()
    if done is None or done.rule_version != RULE_VERSION:
        return Plan(is_due=True)
    if done.catalogue == catalogue.digest:
        if done.finished_at:
            return Plan(is_due=False)
        only = catalogue.places(done.parts) if done.parts else None
        return Plan(is_due=True, only=only, first_row=done.rows_done)
    if done.finished_at and (fresh := catalogue.added_since(done.known)) is not None:
        return Plan(is_due=True, only=fresh)
    return Plan(is_due=True)


def search_dataset(
    dataset: Dataset, catalogue: StoredCatalogue, plan: Plan, *, now: datetime, told: Told | None = None
) -> int:
    """Search one dataset as planned; how many links were added."""
    take_back_links(dataset)
    build = _begin(dataset, catalogue, plan, now=now)
    find = FindLinks(catalogue.matched, catalogue.makers, plan.only)
    judged = Link.objects.filter(dataset=dataset).exclude(state=LinkState.PROPOSED)
    reviewed = {_named(*each) for each in judged.values_list("row_number", "part_id", "manufacturer_id")}
    companies = _companies(dataset)
    added = 0
    for last, rows in _chunks(dataset, find, first_row=plan.first_row):
        fresh = [row for row in rows if _named(row["row_number"], row["part"], row["manufacturer"]) not in reviewed]
        fresh = [row for row in fresh if _is_of_one_kind(row, dataset, catalogue)]
        with transaction.atomic():
            if not _is_ours(build):
                return added
            _insert(dataset, fresh, companies, now=now)
            build.rows_done, build.link_count = last, build.link_count + len(fresh)
            build.save()
        added += len(fresh)
        if told:
            told(Progress(dataset, last, build.link_count))
    _finish(build, plan, now=now)
    return added


def _named(row_number: int | None, part: int | None, manufacturer: int | None) -> tuple[int | None, int, int]:
    """What tells one link of a dataset from another."""
    return (row_number, part, 0) if part else (row_number, 0, manufacturer or 0)


def _is_of_one_kind(row: dict[str, Any], dataset: Dataset, catalogue: StoredCatalogue) -> bool:
    """Whether what names nothing declares the HS code of a part that is real as the shipment is, or synthetic as it."""
    if row["grade"] != LinkGrade.HS:
        return True
    return (row["found"], _is_synthetic(row, dataset)) in catalogue.subheadings


def _is_synthetic(row: dict[str, Any], dataset: Dataset) -> bool:
    return bool(row["is_synthetic"] or dataset.is_synthetic)


def _is_ours(build: LinkBuild) -> bool:
    """Whether no other search of the dataset has begun since; holds off one that is about to."""
    return LinkBuild.objects.select_for_update().filter(pk=build.pk, token=build.token).exists()


@transaction.atomic
def _begin(dataset: Dataset, catalogue: StoredCatalogue, plan: Plan, *, now: datetime) -> LinkBuild:
    """Take away the proposals that are looked for anew, and say what is being done."""
    build = LinkBuild.objects.select_for_update().filter(dataset=dataset).first() or LinkBuild(dataset=dataset)
    build.token = secrets.token_hex(16)
    if plan.first_row:
        build.save()
        return build
    outdated = Link.objects.filter(dataset=dataset).matched().proposed()
    parts = [catalogue.matched.parts[place].part for place in sorted(plan.only or ())]
    if plan.only is not None:
        outdated = outdated.filter(part__in=parts)
    gone = outdated._raw_delete(outdated.db)
    build.link_count = 0 if plan.only is None else max(0, build.link_count - gone)
    build.rule_version, build.catalogue, build.known = RULE_VERSION, catalogue.digest, catalogue.known
    build.parts, build.rows_done, build.started_at, build.finished_at = parts, 0, now, None
    build.save()
    return build


@transaction.atomic
def _finish(build: LinkBuild, plan: Plan, *, now: datetime) -> None:
    """A shipment that named no part before, only a maker or an HS code, may name one now."""
    if not _is_ours(build):
        return
    if plan.only is not None:
        named = Link.objects.filter(dataset=build.dataset, part__isnull=False, row_number=OuterRef("row_number"))
        stale = Link.objects.filter(Exists(named), dataset=build.dataset, part=None).matched().proposed()
        build.link_count -= stale._raw_delete(stale.db)
    build.parts, build.finished_at = [], now
    build.save()


def _chunks(dataset: Dataset, find: FindLinks, *, first_row: int) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """The links of a dataset, a range of rows after another, each with its last row."""
    lake = engine(lake_settings())
    shipments = _shipments(lake, dataset)
    for first in range(first_row, dataset.row_count, CHUNK_ROWS):
        last = min(first + CHUNK_ROWS, dataset.row_count)
        within = shipments.filter(shipments.row_number > first, shipments.row_number <= last)
        columns = within.select(*(name for name, _ in FACTS))
        found = [row for batch in lake.mapped(columns, find, SCHEMA) for row in batch.to_pylist()]
        yield last, sorted(found, key=lambda row: (row["row_number"], row["part"], row["manufacturer"]))


def _shipments(lake: Engine, dataset: Dataset) -> "ir.Table":
    files = DatasetFile.objects.filter(dataset=dataset).select_related("dataset")
    listed = tuple(file.path for file in files if file.name.endswith(".parquet"))
    return lake.scan([DatasetFiles(dataset.pk, listed)])


def _companies(dataset: Dataset) -> dict[str, int]:
    """The company of each key that the dataset declares; a merge is followed when routes are computed."""
    return dict(DeclaredParty.objects.filter(dataset=dataset).values_list("party_key", "company_id"))


def _without_nul(row: dict[str, Any]) -> dict[str, Any]:
    """The row as any database takes it: PostgreSQL holds no NUL in a text, the lake does."""
    return {name: value.replace("\0", "") if isinstance(value, str) else value for name, value in row.items()}


COLUMNS = (
    *("created_at", "updated_at", "is_synthetic", "visibility", "part_id", "manufacturer_id", "basis", "dataset_id"),
    *(
        "row_number",
        "place",
        "file_digest",
        "grade",
        "evidence",
        "found",
        "suffix",
        "score",
        "reasons",
        "rule_version",
        "shipped_on",
    ),
    *("declaration_number", "item_number", "hs_code", "description", "declared_maker", "exporter_name"),
    *("importer_name", "exporter_id", "importer_id", "origin_country", "dispatch_country", "quantity", "unit"),
    *("net_kg", "value_usd", "state", "review_note", "review_value"),
)


def _insert(dataset: Dataset, rows: list[dict[str, Any]], companies: dict[str, int], *, now: datetime) -> None:
    """Links begin without a history: the first is written when a person reviews one."""
    stamp = connection.ops.adapt_datetimefield_value(now)
    day = connection.ops.adapt_datefield_value

    def stored() -> Iterator[tuple[Any, ...]]:
        for row in map(_without_nul, rows):
            yield (
                *(stamp, stamp, _is_synthetic(row, dataset), dataset.visibility),
                *(row["part"] or None, row["manufacturer"] or None, LinkBasis.MATCHED.value, dataset.pk),
                row["row_number"],
                *("", "", row["grade"], row["evidence"], row["found"][:200], row["suffix"][:60], row["score"]),
                *(row["reasons"], RULE_VERSION, day(row["declared_on"]), (row["declaration_number"] or "")[:100]),
                *((row["item_number"] or "")[:40], (row["hs_code"] or "")[:40], row["description"] or ""),
                *(row["maker"] or row["brand"] or "", row["exporter_name"] or "", row["importer_name"] or ""),
                *(companies.get(row["exporter_key"] or ""), companies.get(row["importer_key"] or "")),
                *((row["origin_country"] or "")[:2], (row["dispatch_country"] or "")[:2], row["quantity"]),
                *((row["unit"] or "")[:60], row["net_kg"], row["value_usd"], LinkState.PROPOSED.value, "", 0.0),
            )

    insert_rows(Link, COLUMNS, stored())
