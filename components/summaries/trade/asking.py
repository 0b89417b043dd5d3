"""The lake as one person may ask it: visible datasets only, resolved companies, tiers; and names for what is found."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

from components.exports.columns import Column
from components.lake.engine import DatasetFiles, Engine, engine, forget_engine, is_of_a_file, lake_settings
from components.lake.files import fault_of, is_altered
from components.lake.shipments import PARTIES, SHIPMENT_COLUMNS
from components.models import Company, Country, Dataset, DatasetFile, HSHeading, PriorityItem
from components.summaries.trade.companies import resolved_companies

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from components.lake.questions import Slice

T = TypeVar("T")
SHIPMENT_FILE_COLUMNS = (
    Column("dataset", "dataset", "integer"),
    Column("row_number", "row_number", "integer"),
    *(Column(column.name, column.name, column.kind) for column in SHIPMENT_COLUMNS),
)
BATCH_ROWS = 10_000
SHIPMENTS_FILE = "shipments.parquet"


class Lake:
    """What one person may ask of the lake. A dataset whose file cannot be read is left out, and `left_out` says so."""

    def __init__(self, user: Any):
        self.user = user
        self.datasets = list(Dataset.objects.visible_to(user).shipments())
        self.unreadable: dict[int, str] = {}

    @cached_property
    def files(self) -> dict[int, DatasetFile]:
        """The file of shipments of each dataset; what is plainly no whole file is left out at once."""
        files = DatasetFile.objects.filter(dataset__in=self.datasets, name=SHIPMENTS_FILE).select_related("dataset")
        listed = {file.dataset_id: file for file in files.order_by("dataset_id")}
        for file in listed.values():
            self._leave_out(file, fault_of(file.path, file.byte_count))
        return listed

    def _leave_out(self, file: DatasetFile, fault: str) -> None:
        if fault:
            self.unreadable[file.dataset_id] = (
                f"Dataset {file.dataset_id}, “{file.dataset.title}”, is left out: its file {file.name} {fault}. "
                "Restore it from a backup, or undo its import and import it again."
            )

    @property
    def left_out(self) -> list[str]:
        """A sentence for each dataset that no answer counts, because its file cannot be read."""
        _ = self.files
        return list(self.unreadable.values())

    def leave_out_altered(self) -> bool:
        """Read every file through and leave out those that were altered; whether there was one that is new."""
        before = len(self.unreadable)
        for pk, file in self.files.items():
            if pk not in self.unreadable and is_altered(file.path, file.digest, file.path.stat().st_mtime_ns):
                self._leave_out(file, "was altered since it was imported")
        forget_engine()
        return len(self.unreadable) > before

    @property
    def engine(self) -> Engine:
        """This thread's engine."""
        return engine(lake_settings())

    def shipments(self, wanted: "Slice") -> "ir.Table":
        """The shipments of a slice, with tiers; their parties by the keys that they are declared with."""
        from components.lake import questions

        known = [each for each in self.datasets if not wanted.dataset or each.pk in wanted.dataset]
        table = questions.with_tiers(self.engine.scan(self._files(known)), self.tiers)
        return questions.slice_of(table, wanted)

    @cached_property
    def companies(self) -> "ir.Table | None":
        """For declared keys that stand for another company: its key. None where every key stands for itself."""
        file = resolved_companies(self.datasets, self.user)
        return None if file is None else self.engine.companies(file)

    def companies_by(self, *groupings: str) -> "ir.Table | None":
        """The same for a question by these groupings; None where none of them tells companies apart."""
        return self.companies if set(groupings).intersection(PARTIES) else None

    @cached_property
    def tiers(self) -> dict[str, str]:
        """The tier of each HS-6 code on the latest Common High Priority List."""
        return dict(PriorityItem.objects.order_by("list_version").values_list("hs6", "tier"))

    def _files(self, datasets: Sequence[Dataset]) -> list[DatasetFiles]:
        wanted, files = {each.pk for each in datasets}, self.files
        return [
            DatasetFiles(pk, (file.path,)) for pk, file in files.items() if pk in wanted and pk not in self.unreadable
        ]

    def run(self, question: "ir.Table") -> list[dict[str, Any]]:
        """The rows of an answer."""
        return self.engine.run(question)


def answered(lake: Lake, ask: Callable[[], T]) -> T:
    """What `ask` returns; where a file turns out to be altered it is asked again without its dataset."""
    try:
        return ask()
    except Exception as problem:
        if not is_of_a_file(problem) or not lake.leave_out_altered():
            raise
        return ask()


@dataclass(frozen=True)
class LakeRows:
    """Shipments as rows of a file, fetched a few at a time."""

    lake: Lake
    question: "ir.Table"

    def count(self) -> int:
        """How many there are."""
        return int(self.lake.run(self.question.aggregate(n=self.question.count()))[0]["n"])

    def tuples(self, columns: Sequence[Column]) -> Iterator[tuple[Any, ...]]:
        """The rows in the order of the columns."""
        names = [column.name for column in columns]
        for batch in self.lake.engine.batches(self.question.select(*names), BATCH_ROWS):
            for row in batch:
                yield tuple(row[name] for name in names)


@dataclass(frozen=True)
class ListedRows:
    """An answer's rows as rows of a file."""

    rows: list[dict[str, Any]]

    def count(self) -> int:
        """How many there are."""
        return len(self.rows)

    def tuples(self, columns: Sequence[Column]) -> Iterator[tuple[Any, ...]]:
        """The rows in the order of the columns."""
        for row in self.rows:
            yield tuple(row.get(column.name) for column in columns)


@dataclass(frozen=True)
class Named:
    """What a group is called, and the filter that leaves its shipments; no filter where none can say it."""

    name: str
    filter: tuple[tuple[str, str], ...] = ()
    company: int | None = None


def names_of(grouping: str, values: Iterable[Any], user: Any) -> dict[Any, Named]:
    """The names of the groups of an answer; at most one query."""
    wanted = list(dict.fromkeys(values))
    if grouping in {"dispatch", "origin", "destination", "trading"}:
        return _countries(grouping, wanted)
    if grouping in {"exporter", "importer"}:
        return _companies(grouping, wanted, user)
    if grouping == "hs":
        told = dict(HSHeading.objects.filter(code__in=wanted).values_list("code", "description"))
        return {
            code: Named(f"{code} {told.get(code, '')}".strip() or "not stated", (("hs", code),) if code else ())
            for code in wanted
        }
    if grouping == "tier":
        return {
            tier: Named(f"Tier {tier}" if tier else "not on the list", (("tier", tier or "none"),)) for tier in wanted
        }
    if grouping == "dataset":
        titles = dict(Dataset.objects.visible_to(user).filter(pk__in=wanted).values_list("pk", "title"))
        return {pk: Named(titles.get(pk, str(pk)), (("dataset", str(pk)),)) for pk in wanted}
    return {
        text: Named(text or "not stated", (("maker_is", text),) if text and "," not in text else ()) for text in wanted
    }


def _countries(grouping: str, codes: list[str]) -> dict[Any, Named]:
    told = dict(Country.objects.filter(pk__in=[code for code in codes if code]).values_list("pk", "name"))
    parameter = {"trading": ""}.get(grouping, grouping)
    return {
        code: Named(told.get(code, "not stated"), ((parameter, code),) if code and parameter else ()) for code in codes
    }


def _companies(grouping: str, keys: list[str], user: Any) -> dict[Any, Named]:
    told = {
        company.party_key: company
        for company in Company.objects.visible_to(user).filter(party_key__in=[key for key in keys if key])
    }
    found: dict[Any, Named] = {}
    for key in keys:
        company = told.get(key)
        if company is not None:
            country = f" ({company.country_id})" if company.country_id else ""
            found[key] = Named(company.name + country, ((grouping, str(company.pk)),), company.pk)
        else:
            found[key] = Named(key.rpartition(":")[2] or "not stated")
    return found
