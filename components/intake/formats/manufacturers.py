"""A list of manufacturers: name, other names, country of headquarters, owner."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from components.choices import ImportOutcome, SourceKind
from components.intake.formats.base import readable
from components.intake.lookups import Makers, Sources, country_table
from components.intake.outcomes import Fault, Report, RowOutcome
from components.intake.readers import Row, Table
from components.intake.schema import CellsReader, Field, country, text, vague_date, web_address, yes_or_no
from components.intake.session import ImportSession
from components.models import Source
from components.normalise.names import name_key

Listed = tuple[Row, dict[str, Any]]


class ManufacturersFormat:
    """Reads and writes lists of manufacturers."""

    name = "manufacturers"
    title = "List of manufacturers"
    help = "One row per maker; other names are joined by |."

    @property
    def fields(self) -> tuple[Field, ...]:
        """The columns that are read."""
        return (
            Field("name", text(200), "the name it is best known by", "Xilinx", True, ("manufacturer",)),
            Field("aliases", text(), "other names, joined by |", "Xilinx, Inc. | XILINX"),
            Field("country", country(country_table()), "country of headquarters", "US"),
            Field("parent", text(200), "the maker that owns it", "AMD", False, ("owner",)),
            Field("acquired", vague_date, "day of the acquisition", "2022-02-14"),
            Field("source_title", text(300), "where the row is from; the file itself if empty"),
            Field("source_url", web_address),
            Field("place", text(500)),
            Field("is_synthetic", yes_or_no, "yes for made-up rows", "no"),
        )

    def read(self, table: Table, headers: Mapping[str, str], report: Report, folder: Path | None) -> list[Listed]:
        """Every row typed; a maker that stands twice is a fault."""
        reader = CellsReader(self.fields, headers)
        first_lines: dict[str, int] = {}
        rows: list[Listed] = []
        for row in readable(table, report):
            cells, faults = reader.read(row.line, row.values)
            if not faults:
                first = first_lines.setdefault(name_key(cells["name"]), row.line)
                if first != row.line:
                    faults = [Fault(row.line, headers["name"], cells["name"], f"stands on line {first} already")]
            if faults:
                report.reject(faults)
            else:
                rows.append((row, cells))
        return rows

    def write(self, rows: Any, session: ImportSession) -> None:
        """Adds makers first, so that an owner may stand below what it owns."""
        makers, sources = Makers(session), Sources(session)
        known = {name_key(cells["name"]): makers.find(cells["name"]) is not None for _, cells in rows}
        for row, cells in rows:
            self._add(row, cells, makers, sources, session)
        for row, cells in rows:
            is_changed = self._own(row, cells, makers, sources, session)
            maker = makers.find(cells["name"])
            assert maker is not None
            is_new = not known[name_key(cells["name"])]
            outcome = (
                ImportOutcome.CREATED if is_new else ImportOutcome.CHANGED if is_changed else ImportOutcome.MATCHED
            )
            session.settle(RowOutcome(row.line, outcome, "manufacturer", maker.pk, values=row.values))

    def _source(self, cells: dict[str, Any], sources: Sources, session: ImportSession) -> Source:
        title = cells["source_title"] or f"List of manufacturers {session.batch.file_name}"
        return sources.find_or_add(
            Source(
                title=title[:300], url=cells["source_url"], kind=SourceKind.OTHER, is_synthetic=cells["is_synthetic"]
            )
        )

    def _place(self, row: Row, cells: dict[str, Any], session: ImportSession) -> str:
        return str(cells["place"] or f"{session.batch.file_name}, line {row.line}")

    def _add(self, row: Row, cells: dict[str, Any], makers: Makers, sources: Sources, session: ImportSession) -> None:
        makers.find_or_add(
            cells["name"],
            country=cells["country"],
            source=self._source(cells, sources, session),
            place=self._place(row, cells, session),
            is_synthetic=cells["is_synthetic"],
        )

    def _own(self, row: Row, cells: dict[str, Any], makers: Makers, sources: Sources, session: ImportSession) -> bool:
        """Other names and owner of a maker; says whether any of them is new."""
        maker = makers.find(cells["name"])
        assert maker is not None
        source, place = self._source(cells, sources, session), self._place(row, cells, session)
        aliases = [name.strip() for name in cells["aliases"].split("|") if name.strip()]
        changed = [makers.add_alias(maker, name, source=source, place=place) for name in aliases]
        if cells["parent"]:
            owner = makers.find_or_add(
                cells["parent"], country=None, source=source, place=place, is_synthetic=cells["is_synthetic"]
            )
            published, acquired = cells["parent"], cells["acquired"]
            changed.append(
                makers.add_owner(maker, owner, published=published, source=source, place=place, acquired=acquired)
            )
        return any(changed)
