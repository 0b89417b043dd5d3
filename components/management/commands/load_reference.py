"""Load the reference tables from fixtures/reference; running it again changes only what the files changed."""

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import models, transaction

from components.models import ControlDate, Country, HSHeading, PriorityItem, RouteParameter

# File, table, and the columns that tell one row from another. Parents stand before their children in the file.
TABLES: tuple[tuple[str, type[models.Model], tuple[str, ...]], ...] = (
    ("countries.csv", Country, ("alpha2",)),
    ("hs_headings.csv", HSHeading, ("code",)),
    ("priority_items.csv", PriorityItem, ("hs6", "list_version")),
    ("control_dates.csv", ControlDate, ("date", "event")),
    ("route_parameters.csv", RouteParameter, ("name",)),
)


@transaction.atomic
def load_reference(folder: Path) -> dict[str, dict[str, int]]:
    """Create and update the rows of every table; the counts by file.

    Rows that a file no longer has are kept: other rows name them.
    """
    return {name: dict(_load(model, folder / name, key)) for name, model, key in TABLES}


def _load(model: type[models.Model], path: Path, key: tuple[str, ...]) -> Counter[str]:
    stored = {_key(row, key): row for row in model._default_manager.all()}
    new, changed, matched = [], [], 0
    for row in _rows(model, path):
        known = stored.get(_key(row, key))
        if known is None:
            new.append(row)
        elif _take_over(known, row):
            changed.append(known)
        else:
            matched += 1
    model._default_manager.bulk_create(new)
    if changed:
        model._default_manager.bulk_update(changed, [field.name for field in _written(model) if not field.primary_key])
    return Counter(created=len(new), changed=len(changed), matched=matched)


def _rows(model: type[models.Model], path: Path) -> list[Any]:
    """The rows of a file as unsaved rows of the table. Raises ValidationError where a cell does not fit its column."""
    fields = {field.name: field for field in _written(model)}
    with path.open(encoding="utf-8", newline="") as stream:
        return [
            model(**{fields[name].attname: _cell(fields[name], text) for name, text in row.items()})
            for row in csv.DictReader(stream)
        ]


def _cell(field: Any, text: str) -> Any:
    return None if field.null and not text else field.to_python(text)


def _written(model: type[models.Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if field.name != "id"]


def _key(row: Any, names: tuple[str, ...]) -> tuple[Any, ...]:
    return tuple(getattr(row, name) for name in names)


def _take_over(known: Any, row: Any) -> bool:
    """Copy the values that differ; says whether any did."""
    differing = [
        field.attname for field in _written(type(row)) if getattr(known, field.attname) != getattr(row, field.attname)
    ]
    for name in differing:
        setattr(known, name, getattr(row, name))
    return bool(differing)


class Command(BaseCommand):
    help = "Load countries, HS headings and the Common High Priority List from fixtures/reference."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="Print the counts as JSON.")

    def handle(self, *args: Any, **options: Any) -> None:
        counts = load_reference(settings.FIXTURES_ROOT / "reference")
        if options["json"]:
            self.stdout.write(json.dumps(counts))
        elif options["verbosity"]:
            self._say(counts)

    def _say(self, counts: dict[str, dict[str, int]]) -> None:
        for name, count in counts.items():
            told = ", ".join(f"{number} {outcome}" for outcome, number in count.items())
            self.stdout.write(f"{name}: {told}")
