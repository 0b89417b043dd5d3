"""A list of parts: maker and part number, with what the list says of each; made for long lists."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from django.contrib.contenttypes.models import ContentType
from django.db import connection, models

from components.choices import CitationBasis, Confidence, ImportOutcome, SourceKind
from components.curation.bulk import insert_rows, quoted
from components.intake.formats.base import readable, repeated
from components.intake.lookups import NO_MAKER, Categories, Makers, Sources
from components.intake.outcomes import Fault, Report, RowOutcome
from components.intake.readers import Table
from components.intake.schema import (
    CellsReader,
    Field,
    eccn,
    hs_code,
    part_number,
    text,
    vague_date,
    web_address,
    yes_or_no,
)
from components.intake.session import ImportSession
from components.models import Citation, Manufacturer, Part, Source
from components.normalise.part_numbers import part_key

CHUNK = 900  # part numbers looked up in one query
ROWS_AT_ONCE = 20_000
VALUE_FIELDS = ("description", "hs_code", "eccn", "datasheet_url", "introduced", "last_sale", "notes")


@dataclass(frozen=True, slots=True)
class ListedPart:
    """A row of the list."""

    line: int
    cells: dict[str, Any]
    raw: dict[str, str]


class PartsFormat:
    """Reads and writes parts lists."""

    name = "parts"
    title = "Parts list"
    help = "One row per part: part_number and manufacturer, and what else the list has."
    fields = (
        Field("part_number", part_number, "the maker's part number", "XC7Z020-1CLG400I", True, ("mpn", "part")),
        Field("manufacturer", text(200), "the maker", "Xilinx", True, ("manufacturer_as_in_source", "maker", "brand")),
        Field("description", text(), "what it is", "SoC FPGA"),
        Field("category", text(300), "path of the category", "ic/fpga"),
        Field("hs_code", hs_code, "HS code of 4 to 10 digits", "854231"),
        Field("eccn", eccn, "export control classification", "3A991.d"),
        Field("datasheet_url", web_address),
        Field("introduced", vague_date, "when the maker introduced it", "2011"),
        Field("last_sale", vague_date, "when the maker last sold it", "2019-06"),
        Field("notes", text(), "", "", False, ("manufacturer_basis",)),
        Field("source_title", text(300), "where the row is from; the file itself if empty", "", False, ("source",)),
        Field("source_url", web_address),
        Field("licence", text(200), "licence of the source"),
        Field("place", text(500), "place in the source; the line of the file if empty"),
        Field("is_synthetic", yes_or_no, "yes for made-up rows", "no"),
    )

    def read(self, table: Table, headers: Mapping[str, str], report: Report, folder: Path | None) -> Any:
        """Every row typed; a row that stands again word for word is a repeat, otherwise a rival statement."""
        reader = CellsReader(self.fields, headers)
        first_lines: dict[tuple[str, ...], int] = {}
        rows: list[ListedPart] = []
        repeats: list[RowOutcome] = []
        for row in readable(table, report):
            cells, faults = reader.read(row.line, row.values)
            if not faults and cells["manufacturer"].casefold() in NO_MAKER:
                header = headers["manufacturer"]
                faults = [Fault(row.line, header, row.values[header], "is no maker; a number alone is no part")]
            if faults:
                report.reject(faults)
                continue
            earlier = first_lines.setdefault(tuple(row.values.values()), row.line)
            if earlier == row.line:
                rows.append(ListedPart(row.line, cells, row.values))
            else:
                repeats.append(repeated(row.line, earlier, row.values))
        return rows, repeats

    def write(self, rows: Any, session: ImportSession) -> None:
        """Adds the parts that are new, and cites the list for every part."""
        listed, repeats = rows
        for repeat in repeats:
            session.settle(repeat)
        if listed:
            _Writer(session).write(listed)


class _Writer:
    """Writes a list in chunks, as tuples: a model instance per row would cost five times as much."""

    def __init__(self, session: ImportSession):
        self.session = session
        self.makers, self.categories, self.sources = Makers(session), Categories(session), Sources(session)
        self.own = Source(title=f"Parts list {session.batch.file_name}"[:300], kind=SourceKind.DATASET)
        self._makers: dict[str, Manufacturer] = {}
        self._categories: dict[str, int | None] = {}
        self._sources: dict[tuple[str, str, bool], Source] = {}
        self._part_type = ContentType.objects.get_for_model(Part).pk
        self._parts, self._citations = _Template(Part, session), _Template(Citation, session)

    def write(self, listed: Sequence[ListedPart]) -> None:
        """Chunk by chunk: look up, add, cite."""
        remaining = iter(listed)
        while chunk := list(islice(remaining, ROWS_AT_ONCE)):
            self._write_chunk(chunk)

    def _write_chunk(self, chunk: list[ListedPart]) -> None:
        known = self._known(chunk)
        new: list[ListedPart] = []
        for row in chunk:
            key = self._key(row)
            if key not in known:
                known[key] = 0
                new.append(row)
        for row, part_id in zip(new, self.session.take_ids(Part, len(new)), strict=True):
            known[self._key(row)] = part_id
        self._parts.insert(self._part_values(row, known) for row in new)
        self.session.report.count_record("part", ImportOutcome.CREATED, len(new))
        self._cite_whole(new, known)
        is_new = {row.line for row in new}
        self._cite_rivals([row for row in chunk if row.line not in is_new], known)
        for row in chunk:
            outcome = ImportOutcome.CREATED if row.line in is_new else ImportOutcome.MATCHED
            self.session.settle(RowOutcome(row.line, outcome, "part", self._part_id(row, known), values=row.raw))

    def _key(self, row: ListedPart) -> tuple[int, str]:
        return self._maker(row).pk, part_key(row.cells["part_number"])

    def _part_id(self, row: ListedPart, known: dict[tuple[int, str], int]) -> int:
        return known[self._key(row)]

    def _cite_whole(self, rows: list[ListedPart], known: dict[tuple[int, str], int]) -> None:
        """Cite the list for each part as a whole: its row, as published, is kept with the import."""
        ids = self.session.take_ids(Citation, len(rows))
        self._citations.insert(
            self._citation_values(row, citation_id, known) for row, citation_id in zip(rows, ids, strict=True)
        )
        self.session.report.count_record("citation", ImportOutcome.CREATED, len(rows))

    def _cite_rivals(self, rows: list[ListedPart], known: dict[tuple[int, str], int]) -> None:
        """Cite the list for parts that were known, and for what it says otherwise of them; nothing is cited twice."""
        ids = sorted({self._part_id(row, known) for row in rows})
        cited = self._cited(ids)
        stored = {
            pk: part
            for start in range(0, len(ids), CHUNK)
            for pk, part in Part.objects.in_bulk(ids[start : start + CHUNK]).items()
        }
        afresh = [
            row
            for row in rows
            if ("", row.cells["part_number"]) not in cited[self._part_id(row, known), self._source(row).pk]
        ]
        self._cite_whole(afresh, known)
        for row in rows:
            part = stored[self._part_id(row, known)]
            self.session.show(part)
            source = self._source(row)
            said = {
                name: str(row.cells[name]) for name in VALUE_FIELDS if row.cells[name] not in ("", getattr(part, name))
            }
            news = {name: value for name, value in said.items() if (name, value) not in cited[part.pk, source.pk]}
            self.session.cite(part, source, news, place=self._place(row))

    def _cited(self, ids: list[int]) -> dict[tuple[int, int], set[tuple[str, str]]]:
        """The fields and values that each source is cited with for each of these parts."""
        found: dict[tuple[int, int], set[tuple[str, str]]] = defaultdict(set)
        for start in range(0, len(ids), CHUNK):
            cited = Citation.objects.filter(record_type=self._part_type, record_id__in=ids[start : start + CHUNK])
            for part, source, name, value in cited.values_list("record_id", "source_id", "field", "published_value"):
                found[part, source].add((name, value))
        return found

    def _known(self, chunk: list[ListedPart]) -> dict[tuple[int, str], int]:
        """The ids of the parts of the chunk that are stored already, by maker and number in any spelling."""
        numbers = sorted({part_key(row.cells["part_number"]) for row in chunk})
        makers = sorted({self._maker(row).pk for row in chunk})
        known: dict[tuple[int, str], int] = {}
        for start in range(0, len(numbers), CHUNK):
            stored = Part.objects.filter(manufacturer__in=makers, mpn_key__in=numbers[start : start + CHUNK])
            for pk, maker, key in stored.order_by("-pk").values_list("pk", "manufacturer_id", "mpn_key"):
                known[maker, key] = pk  # of a number that was spelled twice before, the part that was first
        return known

    def _maker(self, row: ListedPart) -> Manufacturer:
        name = row.cells["manufacturer"]
        if name not in self._makers:
            self._makers[name] = self.makers.find_or_add(
                name,
                country=None,
                source=self._source(row),
                place=self._place(row),
                is_synthetic=row.cells["is_synthetic"],
            )
        return self._makers[name]

    def _category(self, row: ListedPart) -> int | None:
        path = row.cells["category"]
        if path not in self._categories:
            separator = ">" if ">" in path else "/"
            category = self.categories.find_or_add(path, separator=separator)
            self._categories[path] = category.pk if category else None
        return self._categories[path]

    def _source(self, row: ListedPart) -> Source:
        key = (row.cells["source_title"], row.cells["source_url"], row.cells["is_synthetic"])
        if key not in self._sources:
            named = Source(
                title=key[0],
                url=key[1],
                kind=SourceKind.DATASET,
                licence=row.cells["licence"],
                is_synthetic=key[2],
            )
            self._sources[key] = self.sources.find_or_add(named if key[0] else self.own)
        return self._sources[key]

    def _place(self, row: ListedPart) -> str:
        return str(row.cells["place"] or f"{self.session.batch.file_name}, line {row.line}")

    def _part_values(self, row: ListedPart, known: dict[tuple[int, str], int]) -> dict[str, Any]:
        maker = self._maker(row).pk
        number = row.cells["part_number"]
        return {
            "id": known[self._key(row)],
            "manufacturer": maker,
            "mpn": number,
            "category": self._category(row),
            "visibility": self.session.batch.visibility,
            "is_synthetic": row.cells["is_synthetic"],
            **{name: row.cells[name] for name in VALUE_FIELDS},
        }

    def _citation_values(self, row: ListedPart, citation_id: int, known: dict[tuple[int, str], int]) -> dict[str, Any]:
        return {
            "id": citation_id,
            "source": self._source(row).pk,
            "record_type": self._part_type,
            "record_id": self._part_id(row, known),
            "published_value": row.cells["part_number"],
            "place": self._place(row),
            "is_synthetic": row.cells["is_synthetic"],
        }


class _Template:
    """Turns values by field name into tuples of a table, with defaults, stamps and derived columns filled in."""

    def __init__(self, model: type[Any], session: ImportSession):
        self.model = model
        defaults = {"basis": CitationBasis.STATED.value, "confidence": Confidence.NOT_STATED.value}
        now = connection.ops.adapt_datetimefield_value(session.now)
        stamps = {"created_at": now, "updated_at": now, "import_batch": session.batch.pk, "created_by": session.user_id}
        self._fields = list(model._meta.concrete_fields)
        self._fixed = {each.name: defaults.get(each.name, _empty(each)) for each in self._fields} | stamps
        self._names = [each.name for each in self._fields]
        self._derived = [
            (each.name, each.derive, each.source) for each in self._fields if getattr(each, "derive", None)
        ]

    def insert(self, rows: Iterator[dict[str, Any]]) -> None:
        """Insert rows given by field name."""
        insert_rows(self.model, [quoted(each) for each in self._fields], (self._tuple(row) for row in rows))

    def _tuple(self, row: dict[str, Any]) -> list[Any]:
        values = self._fixed | row
        for name, derive, source in self._derived:
            values[name] = derive(*[values[each] for each in source])
        return [values[name] for name in self._names]


def _empty(field: "models.Field[Any, Any]") -> Any:
    """What a column holds when nothing is said."""
    if field.has_default():
        return field.get_default()
    return None if field.null else ""
