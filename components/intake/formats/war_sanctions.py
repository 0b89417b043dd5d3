"""The component table of the War & Sanctions portal (Defence Intelligence of Ukraine), as collected by others.

The portal publishes components with their maker and the weapon they were found in. Columns that a collector
guessed (category, part number, dual use) are kept as published values, marked as derived; none of them becomes
an identification.
"""

import csv
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from components.choices import (
    CitationBasis,
    IdentificationMethod,
    ImportOutcome,
    MarkingState,
    SourceKind,
)
from components.intake.formats.base import readable, repeated
from components.intake.lookups import NO_MAKER, Makers, Sources, by_external_key, country_table
from components.intake.outcomes import Fault, Report, RowOutcome
from components.intake.published import PublishedValues
from components.intake.readers import Table
from components.intake.schema import CellsReader, Field, country, text, web_address, yes_or_no
from components.intake.session import ImportSession
from components.models import CitedParty, Component, Identification, Source, Weapon
from components.normalise.maker_names import MakerName, read_maker, standing_keys

KEY_PREFIX = "war-sanctions:"
PUBLISHER = "Defence Intelligence of Ukraine (GUR)"
PORTAL_TITLE = "War & Sanctions portal: components in weapons"
SYNTHETIC_TITLE = "Synthetic component table (demonstration)"
SYNTHETIC_PUBLISHER = "Synthetic publisher (demonstration)"
PORTAL_URL = "https://war-sanctions.gur.gov.ua/en/components"
LABEL_PREFIX = "Linked weapon as published by GUR: "
NO_NAME = "(unspecified)"
WEAPON_TABLE = "drones.csv"
GUESSED = {"category": {"", "unknown"}, "oem_part_number": {""}}
GUESSED_FIELDS = {"category": "category", "oem_part_number": "part_number"}
BIGGEST_DIFFERENCES = 5


@dataclass(frozen=True)
class PublishedComponent:
    """A component as the table has it."""

    line: int
    key: str
    name: str
    maker_text: str
    maker: MakerName | None
    country: str | None
    weapon_key: str
    weapon_label: str
    url: str
    guesses: dict[str, str]
    image: str
    collected_on: str
    is_synthetic: bool
    values: dict[str, str] = field(repr=False, default_factory=dict)


@dataclass(frozen=True)
class PublishedRows:
    """The components of a table, its repeats, and the weapon table beside it."""

    components: list[PublishedComponent]
    repeats: list[RowOutcome]
    weapons: dict[str, dict[str, str]]


def weapon_ids(cell: str) -> str:
    """The one weapon of a JSON list of ids."""
    try:
        found = json.loads(cell)
    except json.JSONDecodeError:
        raise ValueError('is not JSON; expected a list with one weapon id, such as ["orlan-10"]') from None
    if not isinstance(found, list) or len(found) != 1 or not isinstance(found[0], str) or not found[0]:
        raise ValueError('names no weapon or several; expected a list with one weapon id, such as ["orlan-10"]')
    return str(found[0])


class WarSanctionsFormat:
    """Reads the component table, with the weapon table beside it where it is."""

    name = "war-sanctions"
    title = "War & Sanctions component table"
    help = "The collected component table of the War & Sanctions portal; drones.csv beside it is read too."

    @property
    def fields(self) -> tuple[Field, ...]:
        """The columns that are read; countries come from the reference data."""
        return (
            Field("component_id", text(100), "the portal's id", "gur-1", is_required=True),
            Field("name_marking", text(), "name or marking as published"),
            Field("manufacturer", text(400), "maker, with owner in brackets"),
            Field("manufacturer_country", country(country_table()), "country of the maker"),
            Field("found_in_drones", weapon_ids, "a list with one weapon id", '["orlan-10"]', is_required=True),
            Field("source_url", web_address, "the component's page"),
            Field("evidence_image", text(500)),
            Field("category", text(100)),
            Field("oem_part_number", text(200)),
            Field("last_verified", text(40)),
            Field("notes", text()),
            Field("is_synthetic", yes_or_no, "yes throughout for a made-up table", "no"),
        )

    def read(self, table: Table, headers: Mapping[str, str], report: Report, folder: Path | None) -> Any:
        """Reads every row once, then the makers' names in the light of all of them."""
        first_lines: dict[str, tuple[int, dict[str, str]]] = {}
        cells: list[tuple[int, dict[str, Any], dict[str, str]]] = []
        repeats: list[RowOutcome] = []
        reader = CellsReader(self.fields, headers)
        for row in readable(table, report):
            key = row.values.get(headers["component_id"], "").strip()
            earlier = first_lines.get(key)
            if key and earlier and earlier[1] == row.values:
                repeats.append(repeated(row.line, earlier[0], row.values))
                continue
            values, faults = reader.read(row.line, row.values)
            if earlier and key:
                faults.append(
                    Fault(row.line, headers["component_id"], key, f"stands on line {earlier[0]} with other values")
                )
            if not faults and cells and values["is_synthetic"] != cells[0][1]["is_synthetic"]:
                reason = "a table is synthetic throughout or not at all"
                faults = [Fault(row.line, "is_synthetic", row.values.get("is_synthetic", ""), reason)]
            if faults:
                report.reject(faults)
                continue
            first_lines[key] = (row.line, row.values)
            cells.append((row.line, values, row.values))
        known = standing_keys(values["manufacturer"] for _, values, _ in cells)
        components = [_published(line, values, raw, known) for line, values, raw in cells]
        _explain_repeats(components, repeats, headers, report)
        return PublishedRows(components, repeats, _weapon_table(folder))

    def write(self, rows: Any, session: ImportSession) -> None:
        """Finds or adds weapons, makers, components, identifications and cited parties."""
        for repeat in rows.repeats:
            session.settle(repeat)
        if rows.components:
            _Writer(session, rows).write()


def _published(line: int, values: dict[str, Any], raw: dict[str, str], known: frozenset[str]) -> PublishedComponent:
    maker_text = values["manufacturer"]
    name = values["name_marking"]
    notes = values["notes"]
    return PublishedComponent(
        line=line,
        key=KEY_PREFIX + values["component_id"],
        name="" if name == NO_NAME else name,
        maker_text=maker_text,
        maker=None if maker_text.casefold() in NO_MAKER else read_maker(maker_text, known),
        country=values["manufacturer_country"],
        weapon_key=values["found_in_drones"],
        weapon_label=notes.removeprefix(LABEL_PREFIX) if notes.startswith(LABEL_PREFIX) else "",
        url=values["source_url"],
        guesses={name: values[name] for name, nothing in GUESSED.items() if values[name] not in nothing},
        image=values["evidence_image"],
        collected_on=values["last_verified"],
        is_synthetic=values["is_synthetic"],
        values=raw,
    )


def _explain_repeats(
    components: list[PublishedComponent], repeats: list[RowOutcome], headers: Mapping[str, str], report: Report
) -> None:
    """Say which ids repeat, and by how much a count of rows overstates each maker."""
    if not repeats:
        return
    times = Counter(row.values[headers["component_id"]] for row in repeats)
    named = ", ".join(f"{key} ({number + 1:,} times)" for key, number in times.most_common(10))
    report.notes.append(
        f"{len(repeats):,} rows repeat an earlier row word for word and are no further components. "
        f"{len(times):,} ids stand more than once: {named}."
    )
    maker = headers.get("manufacturer", "")
    by_rows = Counter(row.values.get(maker, "") for row in repeats)
    by_components = Counter(each.maker_text for each in components)
    for name, extra in by_rows.most_common(BIGGEST_DIFFERENCES):
        report.notes.append(
            f"“{name}” stands on {by_components[name] + extra:,} rows but is the maker of "
            f"{by_components[name]:,} components: "
            f"a count of rows, as on the collection's own page, counts {extra:,} repeats."
        )


def _weapon_table(folder: Path | None) -> dict[str, dict[str, str]]:
    """The rows of the weapon table beside the file, by id."""
    path = folder / WEAPON_TABLE if folder else None
    if path is None or not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as lines:
        return {row["id"]: row for row in csv.DictReader(lines) if row.get("id")}


class _Writer:
    """Writes the rows of one table."""

    def __init__(self, session: ImportSession, rows: PublishedRows):
        self.session = session
        self.rows = rows
        self.makers = Makers(session)
        self.countries = country_table()
        self.is_synthetic = rows.components[0].is_synthetic
        self.publisher = SYNTHETIC_PUBLISHER if self.is_synthetic else PUBLISHER
        sources = Sources(session)
        self.portal = sources.find_or_add(self._portal(), origin=self.publisher)
        self.collection = sources.find_or_add(self._collection(), origin=self.publisher)

    def _portal(self) -> Source:
        title, url = (SYNTHETIC_TITLE, "") if self.is_synthetic else (PORTAL_TITLE, PORTAL_URL)
        return Source(
            title=title, url=url, publisher=self.publisher, kind=SourceKind.PORTAL, is_synthetic=self.is_synthetic
        )

    def _collection(self) -> Source:
        collected = sorted({row.collected_on for row in self.rows.components if row.collected_on})
        origin = SYNTHETIC_TITLE if self.is_synthetic else "Collected table of the War & Sanctions portal"
        return Source(
            title=f"{origin} ({self.session.batch.file_name})",
            kind=SourceKind.DATASET,
            notes=f"Last verified by its collector: {', '.join(collected[:5])}" if collected else "",
            is_synthetic=self.is_synthetic,
        )

    def write(self) -> None:
        """Weapons first, then each component in the order of the file."""
        self.weapons = self._weapons()
        keys = [row.key for row in self.rows.components]
        self.stored = {row.external_key: row for row in by_external_key(Component, keys)}
        self.published = PublishedValues(self.portal, list(self.stored.values()))
        for row in self.rows.components:
            try:
                self._settle(row)
            except PermissionError as refusal:
                self.session.report.reject([Fault(row.line, "", "", str(refusal))])

    def _weapons(self) -> dict[str, Weapon]:
        labels = {row.weapon_key: row.weapon_label for row in self.rows.components}
        stored = {row.external_key: row for row in by_external_key(Weapon, [KEY_PREFIX + key for key in labels])}
        return {key: stored.get(KEY_PREFIX + key) or self._add_weapon(key, label) for key, label in labels.items()}

    def _add_weapon(self, key: str, label: str) -> Weapon:
        beside = self.rows.weapons.get(key, {})
        weapon = self.session.add(
            Weapon(
                label=(label or beside.get("display_name") or key)[:300],
                made_in_id=self._country(beside.get("manufacturer_country", "")),
                visibility=self.session.batch.visibility,
                external_key=KEY_PREFIX + key,
                is_synthetic=self.is_synthetic,
            )
        )
        place = beside.get("primary_source_url") or f"weapon id {key}"
        self.session.cite(weapon, self.portal, {"label": label}, place=place)
        guesses = {name: beside.get(name, "") for name in ("manufacturer_country", "operators", "role")}
        named = {"made_in": guesses["manufacturer_country"], "used_by": guesses["operators"], "kind": guesses["role"]}
        self.session.cite(
            weapon, self.collection, named, place=f"{WEAPON_TABLE}, id {key}", basis=CitationBasis.DERIVED
        )
        return weapon

    def _country(self, cell: str) -> str | None:
        try:
            return self.countries.read(cell) or None
        except ValueError:
            return None

    def _settle(self, row: PublishedComponent) -> None:
        component = self.stored.get(row.key)
        outcome = ImportOutcome.MATCHED
        if component is None:
            component = self._add_component(row)
            outcome = ImportOutcome.CREATED
        elif self._change(component, row):
            outcome = ImportOutcome.CHANGED
        self.session.settle(RowOutcome(row.line, outcome, "component", component.pk, values=row.values))

    def _add_component(self, row: PublishedComponent) -> Component:
        component = self.session.add(
            Component(
                weapon=self.weapons[row.weapon_key],
                published_name=row.name,
                marking_state=MarkingState.NOT_STATED,
                visibility=self.session.batch.visibility,
                external_key=row.key,
                is_synthetic=self.is_synthetic,
            )
        )
        place = row.url or row.key.removeprefix(KEY_PREFIX)
        portal_id = row.key.removeprefix(KEY_PREFIX)
        self.session.cite(component, self.portal, {"": portal_id, "published_name": row.name}, place=place)
        self.session.cite(component, self.portal, {"photo": row.image}, place=place)
        self.session.cite(
            component,
            self.collection,
            {GUESSED_FIELDS[name]: value for name, value in row.guesses.items()},
            place=f"line {row.line}",
            basis=CitationBasis.DERIVED,
            notes="Guessed by the collector from the published name.",
        )
        self._add_maker(component, row, is_current=True)
        return component

    def _add_maker(self, component: Component, row: PublishedComponent, *, is_current: bool) -> None:
        if row.maker is None:
            return
        place = row.url or row.key
        maker = self.makers.read(
            row.maker,
            text=row.maker_text,
            country=row.country,
            source=self.portal,
            place=place,
            is_synthetic=self.is_synthetic,
        )
        identification = self.session.add(
            Identification(
                component=component,
                manufacturer=maker,
                is_current=is_current,
                method=IdentificationMethod.PUBLISHED,
                identified_by=self.publisher,
                visibility=component.visibility,
                is_synthetic=self.is_synthetic,
            )
        )
        self.session.cite(identification, self.portal, {"manufacturer": row.maker_text}, place=place)
        for party in row.maker.parties:
            named = self.session.add(
                CitedParty(component=component, name=party.name[:200], role=party.role, is_synthetic=self.is_synthetic)
            )
            self.session.cite(named, self.portal, {"name": row.maker_text}, place=place)

    def _change(self, component: Component, row: PublishedComponent) -> bool:
        """Bring a known component up to what is published now; a person's correction stays, the news is cited."""
        place = row.url or row.key
        changes = self.published.news(component, {"published_name": row.name})
        if changes:
            self.session.cite(component, self.portal, changes, place=place)
            self.session.change(component, self.published.not_corrected(component, changes))
        maker_is_new = self._change_maker(component, row)
        return bool(changes) or maker_is_new

    def _change_maker(self, component: Component, row: PublishedComponent) -> bool:
        """A maker that is published anew becomes a rival, and the current one if the current one was published too."""
        if row.maker is None or row.maker_text in self.published.makers(component):
            return False
        self.session.require_edit(component)
        current = component.identifications.filter(is_current=True).first()
        was_published = current is None or current.method == IdentificationMethod.PUBLISHED
        if current is not None and was_published:
            self.session.change(current, {"is_current": False})
        self._add_maker(component, row, is_current=was_published)
        return True
