"""Which columns of a list its page shows, how they are called there, and where they lead."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import models
from django.urls import reverse

from components.choices import LinkState, MarkingState, Visibility
from components.exports.columns import COLUMNS, Column
from components.models import (
    Assembly,
    Citation,
    Company,
    CompanyMatch,
    Component,
    Country,
    Coverage,
    Dataset,
    DeclaredParty,
    Identification,
    ImportBatch,
    LearnedUse,
    Leg,
    Link,
    Manufacturer,
    MilitaryUse,
    Part,
    Route,
    RouteParameter,
    Source,
    Teardown,
    TradeFlow,
    Weapon,
    WeaponModel,
)
from components.models.visibility import Catalogued
from components.normalise.shares import share_text

Row = dict[str, Any]
MOST_IN_CELL = 300  # characters
SYNTHETIC, VISIBILITY = "is_synthetic", "visibility"
# How a link's state is drawn: what nobody has reviewed is dashed.
STATUSES = {
    LinkState.PROPOSED: "pending",
    LinkState.CONFIRMED: "good",
    LinkState.REJECTED: "bad",
    LinkState.UNDECIDED: "plain",
}


@dataclass(frozen=True)
class Shown:
    """A column of a page: the exported column it shows, and the page its value leads to.

    `page` is the URL name of a record's page and `key` the exported column with that record's id. Where the value is
    empty, the first of `otherwise` that is not takes its place. `note` is shown small below it.
    """

    name: str
    label: str = ""
    page: str = ""
    key: str = "id"
    otherwise: tuple[str, ...] = ()
    note: str = ""
    is_mono: bool = False
    is_count: bool = False
    is_country: bool = False
    is_share: bool = False
    is_state: bool = False
    is_day: bool = False
    is_list: bool = False  # a JSON array of texts

    @property
    def names(self) -> list[str]:
        """Every exported column that is read for it."""
        return [self.name, *self.otherwise, *([self.note] if self.note else []), *([self.key] if self.page else [])]


SHOWN: dict[type[models.Model], tuple[Shown, ...]] = {
    Dataset: (
        Shown("title", "Dataset", page="dataset"),
        Shown("kind", "Rows are"),
        Shown("source_title", "Source", page="source", key="source"),
        Shown("first_day", "From", is_day=True),
        Shown("last_day", "Until", is_day=True),
        Shown("row_count", "Rows", is_count=True),
        Shown("rejected_count", "Left out", is_count=True),
    ),
    Company: (
        Shown("name", "Company", page="company"),
        Shown("country", "Country", is_country=True),
        Shown("tax_number", "Tax number", is_mono=True),
    ),
    DeclaredParty: (
        Shown("name", "Declared as"),
        Shown("country_code", "Country", is_country=True),
        Shown("tax_number", "Tax number", is_mono=True),
        Shown("company_name", "Company", page="company", key="company"),
        Shown("resolved_by", "Resolved by"),
        Shown("dataset_title", "Dataset", page="dataset", key="dataset"),
        Shown("exports", "As exporter", is_count=True),
        Shown("imports", "As importer", is_count=True),
    ),
    CompanyMatch: (
        Shown("first_name", "Company", page="company", key="first"),
        Shown("second_name", "Perhaps the same", page="company", key="second"),
        Shown("score", "Likeness"),
        Shown("reasons", "Reasons", is_list=True),
        Shown("state", "State"),
    ),
    TradeFlow: (
        Shown("period", "Period"),
        Shown("reporter_declared", "Reporter"),
        Shown("flow", "Flow"),
        Shown("partner_declared", "Partner"),
        Shown("hs_code", "HS code", is_mono=True),
        Shown("value_usd", "Value (US dollars)", is_count=True),
        Shown("net_kg", "Net weight (kg)", is_count=True),
        Shown("dataset_title", "Dataset", page="dataset", key="dataset"),
    ),
    Weapon: (
        Shown("label", "Weapon", page="weapon"),
        Shown("model_name", "Model", page="weapon-model", key="model"),
        Shown("serial_number", "Serial number", is_mono=True),
        Shown("made_in", "Made in", is_country=True),
        Shown("used_by", "Used by", is_country=True),
        Shown("recovered"),
        Shown("recovered_place", "Where"),
    ),
    WeaponModel: (
        Shown("name", "Weapon model", page="weapon-model"),
        Shown("kind"),
        Shown("country", "Made in", is_country=True),
        Shown("also_known_as"),
    ),
    Teardown: (
        Shown("weapon_label", "Teardown of", page="teardown"),
        Shown("examined"),
        Shown("examined_by"),
        Shown("place"),
        Shown("method"),
    ),
    Assembly: (
        Shown("name", "Assembly", page="assembly"),
        Shown("weapon_label", "Weapon", page="weapon", key="weapon"),
        Shown("designation", is_mono=True),
        Shown("function"),
    ),
    Component: (
        Shown("published_name", "Component", page="component", otherwise=("function", "designator"), note="designator"),
        Shown("marking", note="marking_state", is_mono=True),
        Shown("manufacturer_name", "Manufacturer", page="manufacturer", key="manufacturer"),
        Shown("part_mpn", "Part", page="part", key="part", is_mono=True),
        Shown("confidence"),
        Shown("made"),
        Shown("weapon_label", "Found in", page="weapon", key="weapon"),
        Shown("quantity", "Pieces", is_count=True),
    ),
    Identification: (
        Shown("component", "Component", page="component", key="component"),
        Shown("manufacturer_name", "Manufacturer", page="manufacturer", key="manufacturer"),
        Shown("part_mpn", "Part", page="part", key="part", is_mono=True),
        Shown("is_current", "Current"),
        Shown("confidence"),
        Shown("method"),
        Shown("identified_by"),
        Shown("made"),
    ),
    Part: (
        Shown("mpn", page="part", is_mono=True),
        Shown("manufacturer_name", "Manufacturer", page="manufacturer", key="manufacturer"),
        Shown("category_name", "Category"),
        Shown("description"),
        Shown("hs_code", is_mono=True),
        Shown("eccn", is_mono=True),
    ),
    Manufacturer: (
        Shown("name", "Manufacturer", page="manufacturer"),
        Shown("country", "Headquarters", is_country=True),
        Shown("website"),
        Shown("merged_into", "Merged into", page="manufacturer", key="merged_into"),
    ),
    Source: (
        Shown("title", "Source", page="source"),
        Shown("kind"),
        Shown("publisher"),
        Shown("published"),
        Shown("origin_name", "Evidentiary origin"),
    ),
    Citation: (
        Shown("source_title", "Source", page="source", key="source"),
        Shown("record_type", "Record"),
        Shown("field"),
        Shown("published_value", "As published"),
        Shown("place"),
        Shown("basis"),
        Shown("confidence"),
    ),
    Link: (
        Shown("part_mpn", "Link of", page="link", otherwise=("manufacturer_name", "hs_code"), is_mono=True),
        Shown("manufacturer_name", "Manufacturer", page="manufacturer", key="manufacturer"),
        Shown("state", "Review", is_state=True),
        Shown("grade", "The shipment names"),
        Shown("score", "Score", is_share=True),
        Shown("shipped_on", "Shipped", is_day=True),
        Shown("exporter_name", "Exporter"),
        Shown("dispatch_country", "Dispatched from", is_country=True),
        Shown("importer_name", "Importer"),
    ),
    Route: (
        Shown(
            "of_weapon_label",
            "Likely route of",
            page="trace",
            key="trace",
            otherwise=(
                *("of_weapon_model_name", "of_part_mpn", "of_manufacturer_name"),
                *("of_component_name", "of_component_marking"),
            ),
        ),
        Shown("rank", "Rank", is_count=True),
        Shown("probability", "Probability", is_share=True),
        Shown("low", "5 %", is_share=True),
        Shown("high", "95 %", is_share=True),
        Shown("manufacturer_name", "Manufacturer", page="manufacturer", key="manufacturer"),
        Shown("origin_country", "Origin", is_country=True),
        Shown("dispatch_country", "Dispatch", is_country=True),
        Shown("exporter_name", "Exporter", page="company", key="exporter"),
        Shown("importer_name", "Importer", page="company", key="importer"),
        Shown("shipment_count", "Shipments", is_count=True, note="stand_in"),
    ),
    Leg: (
        Shown("giver", "From", page="leg"),
        Shown("giver_country", "Country", is_country=True),
        Shown("kind", "What happened"),
        Shown("taker", "To"),
        Shown("taker_country", "Country", is_country=True),
        Shown("happened", "When"),
        Shown("part_mpn", "Part", page="part", key="part", is_mono=True),
        Shown("source_title", "Document", page="source", key="source"),
    ),
    Coverage: (
        Shown("dataset_title", "Dataset", page="dataset", key="dataset"),
        Shown("share", "Records this share", is_share=True),
        Shown("strength", "Worth as many shipments", is_count=True),
        Shown("basis", "What the figure rests on"),
    ),
    MilitaryUse: (
        Shown("company_name", "Company", page="company", key="company"),
        Shown("share", "This share goes into weapons", is_share=True),
        Shown("strength", "Worth as many reviews", is_count=True),
        Shown("basis", "What the figure rests on"),
    ),
    LearnedUse: (
        Shown("company_name", "Company", page="company", key="company"),
        Shown("share", "Likely share for weapons, beside other importers", is_share=True),
        Shown("strength", "As sure as after so many reviews", is_count=True),
        Shown("learned_at", "Learned on"),
    ),
    RouteParameter: (
        Shown("name", "Parameter", is_mono=True),
        Shown("value", "Value"),
        Shown("unit", "Unit"),
        Shown("source", "Source"),
        Shown("note", "Note"),
    ),
    ImportBatch: (
        Shown("file_name", "File", page="import"),
        Shown("format"),
        Shown("status"),
        Shown("visibility", "Imported as"),
        Shown("created_at", "Checked"),
        Shown("committed_at", "Committed"),
        Shown("undone_at", "Undone"),
    ),
}


def exported(model: type[models.Model]) -> dict[str, Column]:
    """The exported columns of a model, by name."""
    return {column.name: column for column in COLUMNS[model]}


def read_rows(rows: models.QuerySet[Any], shown: Sequence[Shown]) -> list[Row]:
    """The rows with what the columns need, read without building model instances."""
    known = exported(rows.model)
    names = dict.fromkeys(name for column in shown for name in column.names)
    names |= dict.fromkeys(name for name in ("id", SYNTHETIC, VISIBILITY) if name in known)
    found = rows.values_list(*(known[name].path for name in names))
    return [dict(zip(names, values, strict=True)) for values in found]


def headings(model: type[models.Model], shown: Sequence[Shown]) -> list[Row]:
    """The columns as the table partial takes them."""
    known = exported(model)
    return [
        {
            "label": column.label or known[column.name].title,
            "is_mono": column.is_mono,
            "is_count": column.is_count,
            "is_numeric": column.is_share,
            "is_day": column.is_day,
        }
        for column in shown
    ]


def shown_visibility(model: type[models.Model], visibility: str) -> str:
    """Who sees a record, as its mark says it: what is not published in the catalogue is seen with what uses it."""
    is_with_uses = issubclass(model, Catalogued) and visibility in (Visibility.DRAFT, Visibility.RESTRICTED)
    return "not published" if is_with_uses else visibility


class Cells:
    """Turns the values of a list's rows into cells: choices and countries by their names, keys into links."""

    def __init__(self, model: type[models.Model], shown: Sequence[Shown]):
        self.model, self.shown = model, shown
        names = {name for column in shown for name in column.names}
        self.choices = {name: _choices(model, exported(model)[name].path) for name in names}
        needs_countries = any(column.is_country for column in shown)
        self.countries = dict(Country.objects.values_list("alpha2", "name")) if needs_countries else {}

    def row(self, row: Row) -> Row:
        """One row as the table partial takes it."""
        return {
            "cells": [self._cell(column, row) for column in self.shown],
            "is_synthetic": row.get(SYNTHETIC, False),
            "visibility": self._visibility(row),
        }

    def _visibility(self, row: Row) -> str:
        """Who sees the record of a row; of an import, the column says what it made of its rows."""
        return "" if self.model is ImportBatch else shown_visibility(self.model, row.get(VISIBILITY, ""))

    def _cell(self, column: Shown, row: Row) -> Any:
        name = next((name for name in (column.name, *column.otherwise) if row[name]), column.name)
        text = self._text(column, name, row[name])
        note = self._note(column, row) if column.note != name else ""
        key = row[column.key] if column.page else None
        if column.is_state:
            return {"text": text, "status": STATUSES[row[name]]}
        if key is None:
            return {"text": text, "note": note} if note else text
        return {"text": text or f"{called_one(self.model)} {key}", "url": page_address(column.page, key), "note": note}

    def _note(self, column: Shown, row: Row) -> str:
        """What stands below the value; that a marking could be read goes without saying."""
        value = row[column.note] if column.note else ""
        return "" if value == MarkingState.READ else self.choices[column.note].get(value, value) if value else ""

    def _text(self, column: Shown, name: str, value: Any) -> Any:
        if column.is_country:
            return self.countries.get(value, value)
        if column.is_list and isinstance(value, str):
            return "; ".join(json.loads(value))
        if column.is_share:
            return share_text(value)
        if isinstance(value, bool):
            return "Yes" if value else "No"
        if isinstance(value, datetime):
            return f"{value:%Y-%m-%d %H:%M}"
        if isinstance(value, date):
            return value.isoformat()
        return cut(self.choices[name].get(value, value))


def cut(value: Any) -> Any:
    """A long text as a list shows it: its beginning. The record's page has all of it."""
    is_long = isinstance(value, str) and len(value) > MOST_IN_CELL
    return f"{value[:MOST_IN_CELL].rstrip()}…" if is_long else value


def page_address(page: str, key: Any) -> str:
    """The path of a record's page; assemblies are shown on the page of their weapon."""
    return reverse(f"web:{page}", args=[key])


def called_one(model: type[models.Model]) -> str:
    """What a record without a name of its own is called."""
    return str(model._meta.verbose_name).capitalize()


def _choices(model: type[models.Model], path: str) -> dict[Any, str]:
    """The labels of a column's closed list of values, if it has one."""
    # What the current identification says is annotated under this name.
    model, name = (Identification, path.removeprefix("current_")) if path.startswith("current_") else (model, path)
    field = {each.name: each for each in model._meta.concrete_fields}.get(name)
    return dict(field.flatchoices) if field is not None else {}
