"""Our own teardown sheet: one row per component, with its weapon, teardown, assembly, identification and source."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from components.choices import (
    Authenticity,
    CitationBasis,
    Confidence,
    IdentificationMethod,
    ImportOutcome,
    MarkingState,
    SourceKind,
    WeaponKind,
)
from components.intake.formats.base import readable, repeated
from components.intake.lookups import (
    NO_MAKER,
    Categories,
    Makers,
    Parts,
    Sources,
    WeaponModels,
    by_external_key,
    country_table,
)
from components.intake.outcomes import Fault, Report, RowOutcome
from components.intake.readers import Table
from components.intake.schema import (
    CellsReader,
    Field,
    country,
    degrees,
    one_of,
    part_number,
    text,
    vague_date,
    web_address,
    whole_number,
    yes_or_no,
)
from components.intake.session import ImportSession
from components.models import (
    Assembly,
    Citation,
    Component,
    Identification,
    Manufacturer,
    Source,
    Teardown,
    Weapon,
    WeaponModel,
)
from components.models.curated import Curated
from components.models.visibility import narrower
from components.normalise.names import name_key

KEY_PREFIX = "teardown:"
MAX_QUANTITY = 1_000_000
COMPONENT_CELLS = ("designator", "marking", "published_name", "function", "manufacturer", "part_number")
READABLE_STATES = {MarkingState.READ, MarkingState.PARTLY_LEGIBLE}
# The columns of fields that are called otherwise in the sheet.
COLUMN_OF: dict[tuple[type[Curated], str], str] = {
    (Weapon, "model_id"): "weapon_model",
    (Teardown, "place"): "examination_place",
    (Teardown, "method"): "examination_method",
    (Component, "notes"): "component_notes",
    (Component, "teardown_id"): "examined_by",
    (Identification, "package_country_id"): "package_country",
}
# What a corrected line changes in the identification that it is known again by.
CORRECTED = ("lot_code", "authenticity", "confidence", "method", "identified", "reasons", "package_country")
OWN_RECORD = "Teardown record of {examiner}"


@dataclass(frozen=True)
class SheetRow:
    """A row of the sheet: its typed cells, its cells as written, and the keys by which it is known again."""

    line: int
    cells: dict[str, Any]
    raw: dict[str, str]
    weapon_key: str
    component_key: str
    given: frozenset[str]  # the columns in which the row has something

    def __getitem__(self, name: str) -> Any:
        return self.cells[name]


class TeardownFormat:
    """Reads and writes the teardown sheet."""

    name = "teardown"
    title = "Teardown sheet"
    help = "Our own sheet, one row per component; download the template for its columns."

    @property
    def fields(self) -> tuple[Field, ...]:
        """The columns of the sheet, in the order of the template."""
        nation = country(country_table())
        return (
            Field("weapon", text(300), "what the specimen is called, as the source has it", "Orlan-10 No. 1234", True),
            Field("weapon_key", text(100), "your inventory number; the label is taken where it is empty", "W-0001"),
            Field("weapon_model", text(200), "the type", "Orlan-10"),
            Field("weapon_kind", one_of(WeaponKind, WeaponKind.UNKNOWN), "kind of the type", "uav"),
            Field("serial_number", text(100)),
            Field("made_in", nation, "country that made the weapon, ISO code or name", "RU"),
            Field("used_by", nation, "country that used it", "RU"),
            Field("recovered", vague_date, "a date as vague as it is known (EDTF)", "2022-10"),
            Field("recovered_place", text(200)),
            Field("latitude", degrees(90), "decimal degrees", "50.4501"),
            Field("longitude", degrees(180), "decimal degrees", "30.5234"),
            Field("examined", vague_date, "when it was taken apart", "2022-11-03"),
            Field("examined_by", text(200), "the team or institution"),
            Field("examination_place", text(200)),
            Field("examination_method", text()),
            Field("assembly", text(600), "path of the board, outermost first", "Flight controller > Main board"),
            Field("component_key", text(100), "your number of the component", "C-0001"),
            Field("designator", text(40), "as printed on the board", "U12"),
            Field("quantity", whole_number(1, MAX_QUANTITY, 1), "how many of them", "1"),
            Field("marking", text(), "as read, one line a line", "XC7Z020\nCLG400ABX2110"),
            Field("marking_state", one_of(MarkingState), "whether it could be read", "read"),
            Field("published_name", text(), "what the source calls it"),
            Field("function", text(200), "what it does", "FPGA"),
            Field("component_notes", text()),
            Field("manufacturer", text(200), "the maker, if it was identified", "Xilinx"),
            Field("part_number", part_number, "the maker's part number, if it was identified", "XC7Z020-1CLG400I"),
            Field("category", text(300), "path of the part category", "Integrated circuits > FPGA"),
            Field("date_code", text(40), "as read", "2110"),
            Field("made", vague_date, "when it was made", "2021-03-08/2021-03-14"),
            Field("lot_code", text(60)),
            Field("package_country", nation, "country on the package", "TW"),
            Field("authenticity", one_of(Authenticity, Authenticity.NOT_EXAMINED)),
            Field("confidence", one_of(Confidence, Confidence.NOT_STATED)),
            Field("method", one_of(IdentificationMethod, IdentificationMethod.PUBLISHED), "how it was identified"),
            Field("identified_by", text(200), "who identified it; the examiner or the source where it is empty"),
            Field("identified", vague_date, "when it was identified"),
            Field("reasons", text(), "why it is this part"),
            Field("source_title", text(300), "the publication the row is from; your own teardown where it is empty"),
            Field("source_url", web_address),
            Field("source_publisher", text(200)),
            Field("source_published", vague_date),
            Field("source_origin", text(200), "who first won this knowledge"),
            Field("place", text(500), "page, table or address in the source"),
            Field("basis", one_of(CitationBasis, CitationBasis.STATED), "stated, repeated or derived"),
            Field("is_synthetic", yes_or_no, "yes for made-up rows", "no"),
        )

    def read(self, table: Table, headers: Mapping[str, str], report: Report, folder: Path | None) -> Any:
        """Every row typed, with the rules that span cells and rows."""
        reader = _Reader(headers, report, self.fields)
        for row in readable(table, report):
            reader.take(row.line, row.values)
        return reader

    def write(self, rows: Any, session: ImportSession) -> None:
        """Finds or adds weapons, teardowns, assemblies, components and identifications."""
        for repeat in rows.repeats:
            session.settle(repeat)
        _Writer(session).write(rows.rows)


class _Reader:
    """Reads rows one after another and remembers what earlier rows said of the same weapon."""

    def __init__(self, headers: Mapping[str, str], report: Report, fields: tuple[Field, ...]):
        self.headers, self.report = headers, report
        self.reader = CellsReader(fields, headers)
        self.rows: list[SheetRow] = []
        self.repeats: list[RowOutcome] = []
        self._first: dict[str, SheetRow] = {}
        self._labels: dict[str, tuple[int, str]] = {}
        self._unkeyed: Counter[str] = Counter()

    def take(self, line: int, raw: dict[str, str]) -> None:
        """Read one row: a fault, a repeat, or a row to write."""
        cells, faults = self.reader.read(line, raw)
        if not faults:
            _complete(cells)
            faults = self._faults_between_cells(line, cells, raw)
        if faults:
            self.report.reject(faults)
            return
        row = self._keyed(line, cells, raw)
        earlier = self._first.setdefault(row.component_key, row) if row.component_key else row
        if earlier is row:
            self.rows.append(row)
        elif earlier.raw == raw:
            self.repeats.append(repeated(line, earlier.line, raw))
        else:
            self.report.reject(
                [self._fault(line, "component_key", raw, f"stands on line {earlier.line} with other values")]
            )

    def _faults_between_cells(self, line: int, cells: dict[str, Any], raw: dict[str, str]) -> list[Fault]:
        faults = []
        if cells["part_number"] and cells["manufacturer"].casefold() in NO_MAKER:
            faults.append(
                self._fault(line, "manufacturer", raw, "is empty; a part number alone never identifies a part")
            )
        if cells["marking"] and cells["marking_state"] not in READABLE_STATES:
            reason = "a marking is given; expected read or partly legible"
            faults.append(self._fault(line, "marking_state", raw, reason))
        if (cells["latitude"] is None) != (cells["longitude"] is None):
            faults.append(self._fault(line, "longitude", raw, "latitude and longitude come together"))
        if not cells["source_title"] and not cells["examined_by"]:
            faults.append(
                self._fault(
                    line, "source_title", raw, "is empty; give the source, or examined_by for your own teardown"
                )
            )
        key = cells["weapon_key"] or cells["weapon"]
        first_line, label = self._labels.setdefault(key, (line, cells["weapon"]))
        if label != cells["weapon"]:
            faults.append(self._fault(line, "weapon", raw, f"weapon_key {key} is “{label}” on line {first_line}"))
        return faults

    def _fault(self, line: int, name: str, raw: dict[str, str], reason: str) -> Fault:
        header = self.headers.get(name, name)
        return Fault(line, header, raw.get(header, "")[:200], reason)

    def _keyed(self, line: int, cells: dict[str, Any], raw: dict[str, str]) -> SheetRow:
        weapon_key = KEY_PREFIX + (cells["weapon_key"] or cells["weapon"])
        given = frozenset(name for name, header in self.headers.items() if raw.get(header, "").strip())
        if not any(cells[name] for name in (*COMPONENT_CELLS, "component_key")):
            return SheetRow(line, cells, raw, weapon_key[:200], "", given)
        if cells["component_key"]:
            return SheetRow(line, cells, raw, weapon_key[:200], f"{weapon_key}:{cells['component_key']}"[:200], given)
        # Without a key of its own, a component is known again by what stands in its row and how often it stood there.
        content = hashlib.sha256(repr([cells[name] for name in ("assembly", *COMPONENT_CELLS)]).encode()).hexdigest()[
            :16
        ]
        self._unkeyed[weapon_key + content] += 1
        number = self._unkeyed[weapon_key + content]
        return SheetRow(line, cells, raw, weapon_key[:200], f"{weapon_key[:150]}:{content}#{number}", given)


def _complete(cells: dict[str, Any]) -> None:
    """Fill in what the row implies."""
    if not cells["marking_state"]:
        cells["marking_state"] = MarkingState.READ if cells["marking"] else MarkingState.NOT_STATED
    cells["marking"] = cells["marking"].replace("\r\n", "\n").replace(" / ", "\n")


class _Writer:
    """Writes the rows of one sheet."""

    def __init__(self, session: ImportSession):
        self.session = session
        self.visibility: str = session.batch.visibility
        self.makers, self.parts = Makers(session), Parts(session)
        self.models, self.categories = WeaponModels(session), Categories(session)
        self.sources = Sources(session)
        self.weapons: dict[str, Weapon] = {}
        self.teardowns: dict[tuple[int, str, str], Teardown] = {}
        self.assemblies: dict[tuple[int, int | None, str], Assembly] = {}
        self.change_count = 0  # of stored records
        # What this sheet said first of a weapon or teardown: other lines that say otherwise would change it to and fro.
        self.said: dict[tuple[type[Curated], int, str], Any] = {}

    def write(self, rows: Sequence[SheetRow]) -> None:
        """Each row in the order of the sheet."""
        self._load(rows)
        for row in rows:
            try:
                self._settle(row)
            except PermissionError as refusal:
                self.session.report.reject([Fault(row.line, "", "", str(refusal))])

    def _load(self, rows: Sequence[SheetRow]) -> None:
        """What is stored already of the weapons and components of the sheet."""
        keys = list({row.weapon_key for row in rows})
        for weapon in by_external_key(Weapon, keys):
            self.weapons[weapon.external_key] = weapon
        stored = list(self.weapons.values())
        for teardown in Teardown.objects.filter(weapon__in=stored):
            self.teardowns[teardown.weapon_id, name_key(teardown.examined_by), teardown.examined] = teardown
        for assembly in Assembly.objects.filter(weapon__in=stored):
            self.assemblies[assembly.weapon_id, assembly.parent_id, assembly.name.casefold()] = assembly
        components = by_external_key(Component, [row.component_key for row in rows if row.component_key])
        self.components = {component.external_key: component for component in components}

    def _settle(self, row: SheetRow) -> None:
        changed_before = self.change_count
        source = self._source(row)
        weapon, is_new = self._weapon(row, source)
        teardown = self._teardown(row, weapon, source)
        assembly = self._assembly(row, weapon, source)
        record: Curated = weapon
        if row.component_key:
            record, is_new = self._component(row, weapon, teardown, assembly, source)
        changed = self.change_count > changed_before
        if isinstance(record, Component) and not is_new and not changed:
            self._leave_place(row, record, source)
        outcome = ImportOutcome.CREATED if is_new else ImportOutcome.CHANGED if changed else ImportOutcome.MATCHED
        self.session.settle(RowOutcome(row.line, outcome, record._meta.model_name or "", record.pk, values=row.raw))

    def _source(self, row: SheetRow) -> Source:
        is_own = not row["source_title"]
        title = OWN_RECORD.format(examiner=row["examined_by"]) if is_own else row["source_title"]
        return self.sources.find_or_add(
            Source(
                title=title[:300],
                url=row["source_url"],
                publisher=row["source_publisher"] or (row["examined_by"] if is_own else ""),
                published=row["source_published"],
                kind=SourceKind.TEARDOWN if is_own else SourceKind.REPORT,
                is_synthetic=row["is_synthetic"],
            ),
            origin=row["source_origin"],
            line=row.line,
        )

    def _place(self, row: SheetRow) -> str:
        return str(row["place"] or f"{self.session.batch.file_name}, line {row.line}")

    def _cite(self, record: Curated, source: Source, row: SheetRow, values: dict[str, str]) -> None:
        self.session.cite(
            record,
            source,
            values,
            place=self._place(row),
            basis=row["basis"],
            confidence=row["confidence"],
        )

    def _weapon(self, row: SheetRow, source: Source) -> tuple[Weapon, bool]:
        stored = self.weapons.get(row.weapon_key)
        if stored is not None:
            if row["weapon"] != stored.label:
                reason = f"the weapon with this key is called “{stored.label}”"
                self.session.report.reject([Fault(row.line, "weapon", row["weapon"], reason)])
            values = self._weapon_values(row)
            model = self._weapon_model(row, source)
            if model is not None:
                values["model_id"] = model.pk
            self._update(stored, row, source, self._said_first(stored, row, values))
            return stored, False
        model = self._weapon_model(row, source)
        weapon = Weapon(label=row["weapon"], model=model, external_key=row.weapon_key, visibility=self.visibility)
        self._fill(weapon, row, self._weapon_values(row))
        self.weapons[row.weapon_key] = self.session.add(weapon)
        self._said_first(weapon, row, self._weapon_values(row) | {"model_id": model.pk if model else None})
        self._cite(weapon, source, row, {"label": row["weapon"], "model": row["weapon_model"], **self._raw_weapon(row)})
        return weapon, True

    def _weapon_model(self, row: SheetRow, source: Source) -> WeaponModel | None:
        """The model that the row names; a stored one keeps its kind."""
        model = self.models.find_or_add(
            row["weapon_model"],
            kind=row["weapon_kind"],
            country=None,
            source=source,
            place=self._place(row),
            is_synthetic=row["is_synthetic"],
        )
        if model is not None and "weapon_kind" in row.given and model.kind != row["weapon_kind"]:
            reason = f"the weapon model is stored as {model.get_kind_display().lower()}: correct it there"
            self.session.report.leave(row.line, "weapon_kind", row["weapon_kind"], reason)
        return model

    def _said_first(self, record: Curated, row: SheetRow, values: dict[str, Any]) -> dict[str, Any]:
        """The values that no earlier line of the sheet says otherwise; the others are listed as not taken."""
        taken = {}
        for name, value in values.items():
            if value in ("", None):
                continue
            first = self.said.setdefault((type(record), record.pk, name), value)
            if first == value:
                taken[name] = value
            else:
                column = column_of(record, name)
                reason = "an earlier line of the sheet says otherwise of the same " + str(record._meta.verbose_name)
                self.session.report.leave(row.line, column, str(row[column]), reason)
        return taken

    def _weapon_values(self, row: SheetRow) -> dict[str, Any]:
        plain = ("serial_number", "recovered", "recovered_place", "latitude", "longitude")
        return {
            **{name: row[name] for name in plain if row[name] not in ("", None)},  # 0 is a latitude
            **{f"{name}_id": row[name] for name in ("made_in", "used_by") if row[name]},
        }

    def _raw_weapon(self, row: SheetRow) -> dict[str, str]:
        names = ("serial_number", "made_in", "used_by", "recovered", "recovered_place", "latitude", "longitude")
        return {name: str(row[name]) for name in names if row[name] not in ("", None)}

    def _fill(self, record: Curated, row: SheetRow, values: dict[str, Any]) -> None:
        record.is_synthetic = row["is_synthetic"]
        for name, value in values.items():
            setattr(record, name, value)

    def _update(self, record: Any, row: SheetRow, source: Source, values: dict[str, Any]) -> None:
        """Bring a stored record up to the row; empty cells change nothing."""
        changed = self.session.change(
            record, {name: value for name, value in values.items() if value not in ("", None)}
        )
        if changed:
            self.change_count += not record._state.adding
            self._cite(
                record, source, row, {name.removesuffix("_id"): str(row[column_of(record, name)]) for name in changed}
            )

    def _teardown(self, row: SheetRow, weapon: Weapon, source: Source) -> Teardown | None:
        if not row["examined_by"]:
            return None
        key = (weapon.pk, name_key(row["examined_by"]), row["examined"])
        if key not in self.teardowns:
            teardown = Teardown(
                weapon=weapon,
                examined_by=row["examined_by"],
                examined=row["examined"],
                place=row["examination_place"],
                method=row["examination_method"],
                visibility=narrower(self.visibility, weapon.visibility),
                is_synthetic=row["is_synthetic"],
            )
            self.teardowns[key] = self.session.add(teardown)
            said = {"place": row["examination_place"], "method": row["examination_method"]}
            said |= {"examined_by": row["examined_by"], "examined": row["examined"]}
            self._cite(teardown, source, row, said)
        teardown = self.teardowns[key]
        values = {"place": row["examination_place"], "method": row["examination_method"]}
        self._update(teardown, row, source, self._said_first(teardown, row, values))
        return teardown

    def _assembly(self, row: SheetRow, weapon: Weapon, source: Source) -> Assembly | None:
        assembly: Assembly | None = None
        for name in filter(None, (step.strip() for step in row["assembly"].split(">"))):
            parent = assembly
            key = (weapon.pk, parent.pk if parent else None, name.casefold())
            if key not in self.assemblies:
                within = parent or weapon
                new = Assembly(
                    weapon=weapon,
                    parent=parent,
                    name=name[:200],
                    visibility=narrower(self.visibility, within.visibility),
                    is_synthetic=row["is_synthetic"],
                )
                self.assemblies[key] = self.session.add(new)
                self._cite(new, source, row, {"name": row["assembly"]})
            assembly = self.assemblies[key]
        return assembly

    def _component(
        self, row: SheetRow, weapon: Weapon, teardown: Teardown | None, assembly: Assembly | None, source: Source
    ) -> tuple[Component, bool]:
        plain = ("designator", "quantity", "marking", "marking_state", "published_name", "function")
        values = {**{name: row[name] for name in plain}, "notes": row["component_notes"]}
        stored = self.components.get(row.component_key)
        if stored is not None:
            place = {"teardown_id": teardown.pk if teardown else None, "assembly_id": assembly.pk if assembly else None}
            for name in ("quantity", "marking_state"):  # an empty cell was read as what a new component has
                if name not in row.given:
                    del values[name]
            if row["marking"] and stored.marking_state not in READABLE_STATES:
                values["marking_state"] = row["marking_state"]
            clears = "marking_state" in row.given and row["marking_state"] not in READABLE_STATES
            if stored.marking and not row["marking"] and clears:
                reason = (
                    f"the component is stored with a marking that was read (“{stored.marking[:40]}”): correct it there"
                )
                self.session.report.reject([Fault(row.line, "marking_state", row["marking_state"], reason)])
                return stored, False
            self._update(stored, row, source, {**values, **place})
            self._identify(row, stored, source, is_new=False)
            return stored, False
        visibility = self.visibility
        for parent in filter(None, (weapon, teardown, assembly)):
            visibility = narrower(visibility, parent.visibility)
        component = Component(
            weapon=weapon, teardown=teardown, assembly=assembly, external_key=row.component_key, visibility=visibility
        )
        self._fill(component, row, values)
        self.components[row.component_key] = self.session.add(component)
        names = ("designator", "marking", "published_name", "function", "assembly")
        cited = {name: str(row[name]) for name in names if row[name]} | {"notes": row["component_notes"]}
        cited["quantity"] = row.raw.get("quantity", "")
        self._cite(component, source, row, cited if any(cited.values()) else {"": row["weapon"]})
        self._identify(row, component, source, is_new=True)
        return component, True

    def _leave_place(self, row: SheetRow, component: Component, source: Source) -> None:
        """List the place in the source as not taken where no citation of the component has it: citations stay."""
        if "place" not in row.given:
            return
        cited = Citation.objects.of(component).filter(source=source)
        if cited.exists() and not cited.filter(place=row["place"]).exists():
            reason = "the component is cited at another place of this source: correct the citation there"
            self.session.report.leave(row.line, "place", row["place"], reason)

    def _identify(self, row: SheetRow, component: Component, source: Source, *, is_new: bool) -> None:
        """Add the row's identification, unless the component has one of the same maker and part by the same judge."""
        if row["manufacturer"].casefold() in NO_MAKER:
            return
        maker = self.makers.find_or_add(
            row["manufacturer"], country=None, source=source, place=self._place(row), is_synthetic=row["is_synthetic"]
        )
        identification = self._identification(row, component, maker, source)
        if not is_new:
            known = self._known(component, identification)
            if known is not None:
                self._correct(known, identification, row, source)
                return
            self.session.require_edit(component)
            identification.is_current = not component.identifications.filter(is_current=True).exists()
            self.change_count += 1
        self.session.add(identification)
        names = ("manufacturer", "date_code", "lot_code", "made", "package_country", "identified", "reasons")
        cited = {name: str(row[name]) for name in names if row[name]}
        self._cite(identification, source, row, {**cited, "part": row["part_number"]})

    def _identification(
        self, row: SheetRow, component: Component, maker: Manufacturer, source: Source
    ) -> Identification:
        part = None
        if row["part_number"]:
            part = self.parts.find_or_add(
                maker,
                row["part_number"],
                category=self.categories.find_or_add(row["category"]),
                source=source,
                place=self._place(row),
                is_synthetic=row["is_synthetic"],
            )
        plain = ("date_code", "made", "lot_code", "authenticity", "confidence", "method", "identified", "reasons")
        return Identification(
            component=component,
            manufacturer=maker,
            part=part,
            is_current=True,
            package_country_id=row["package_country"],
            identified_by=(row["identified_by"] or row["examined_by"] or source.publisher or source.title)[:200],
            visibility=component.visibility,
            is_synthetic=row["is_synthetic"],
            **{name: row[name] for name in plain},
        )

    def _known(self, component: Component, new: Identification) -> Identification | None:
        """The stored identification of the same maker, part, judge, date code and date."""
        return (
            component.identifications.filter(
                manufacturer=new.manufacturer_id,
                part=new.part_id,
                identified_by=new.identified_by,
                date_code=new.date_code,
                made=new.made,
            )
            .order_by("-is_current", "pk")
            .first()
        )

    def _correct(self, known: Identification, new: Identification, row: SheetRow, source: Source) -> None:
        """Bring a known identification up to the row; empty cells change nothing."""
        fields = (
            "package_country_id" if name == "package_country" else name for name in CORRECTED if name in row.given
        )
        values = {name: getattr(new, name) for name in fields}
        self._update(known, row, source, values)


def column_of(record: Curated, name: str) -> str:
    """The column of the sheet that a field of a record is from."""
    return COLUMN_OF.get((type(record), name), name.removesuffix("_id"))
