"""What the demonstration assumes and documents of its synthetic supply chains, read from fixtures/demo.

Only synthetic companies, datasets, parts and components are ever named; a row that is there already stays as it is.
"""

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.db import transaction

from components.choices import SourceKind, Visibility
from components.intake.formats.teardown import KEY_PREFIX
from components.models import Company, Component, Coverage, Dataset, Leg, MilitaryUse, Part, Source
from components.models.curated import stamp

WHY = "demonstration"
Row = dict[str, str]


@transaction.atomic
def load_assumptions(path: Path, *, user: Any) -> int:
    """Store the assumed military use of importers and coverage of datasets; how many are new.

    Raises DoesNotExist where no synthetic company or dataset is called so.
    """
    return sum(_assume(row, user) for row in _rows(path))


@transaction.atomic
def load_legs(path: Path, *, user: Any) -> int:
    """Store the published steps of documented chains, told apart by source and place; how many are new.

    Raises DoesNotExist where no synthetic part or component is called so.
    """
    return sum(_document(row, user) for row in _rows(path))


def _rows(path: Path) -> Iterator[Row]:
    with path.open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)


def _assume(row: Row, user: Any) -> bool:
    said = {"share": float(row["share"]), "strength": float(row["strength"]), "basis": row["basis"]}
    if row["about"] == "coverage":
        dataset = Dataset.objects.get(title=row["dataset"], is_synthetic=True)
        known = Coverage.objects.filter(dataset=dataset).exists()
        return not known and _save(Coverage(dataset=dataset, **said), user)
    company = Company.objects.get(tax_number=row["tax_number"], merged_into=None, is_synthetic=True)
    known = MilitaryUse.objects.filter(company=company).exists()
    return not known and _save(MilitaryUse(company=company, **said), user)


def _document(row: Row, user: Any) -> bool:
    source = _source(row["source_title"], user)
    if Leg.objects.filter(source=source, place=row["place"]).exists():
        return False
    kept = ("kind", "giver", "taker", "happened", "goods", "place", "notes")
    leg = Leg(source=source, position=int(row["position"]), **{name: row[name] for name in kept})
    leg.part = Part.objects.get(mpn=row["part_number"], manufacturer__name=row["manufacturer"], is_synthetic=True)
    leg.component = _component(row)
    leg.giver_country_id, leg.taker_country_id = row["giver_country"], row["taker_country"]
    leg.giver_company, leg.taker_company = _company(row["giver"]), _company(row["taker"])
    leg.quantity = float(row["quantity"])
    leg.visibility = Visibility.PUBLISHED
    return _save(leg, user)


def _source(title: str, user: Any) -> Source:
    found = Source.objects.filter(title=title, is_synthetic=True).order_by("pk").first()
    if found is None:
        found = Source(title=title, kind=SourceKind.DOCUMENT, visibility=Visibility.PUBLISHED)
        _save(found, user)
    return found


def _component(row: Row) -> Component | None:
    if not row["component_key"]:
        return None
    key = f"{KEY_PREFIX}{row['weapon_key']}:{row['component_key']}"
    return Component.objects.get(external_key=key, is_synthetic=True)


def _company(name: str) -> Company | None:
    """The company that declarations name so, if any does: makers, distributors and users stand in none."""
    return Company.objects.filter(name=name, merged_into=None, is_synthetic=True).order_by("pk").first()


def _save(row: Any, user: Any) -> bool:
    """Store a new synthetic row with its history."""
    row.is_synthetic, row.created_by = True, user
    row.full_clean()
    stamp(row, user=user, why=WHY)
    row.save()
    return True
