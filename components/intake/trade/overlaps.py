"""Which datasets hold lines that a new one holds too: figures over both would count them twice."""

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
from django.db.models import QuerySet

from components.intake.trade.staging import PART_NAME
from components.lake.engine import LakeSettings, is_of_a_file, open_duckdb
from components.models import Dataset, DatasetFile

SAME_LINE = """
    SELECT count(*) FROM read_parquet(?) AS new SEMI JOIN read_parquet(?) AS held
    USING (declaration_number, item_number, declared_on) WHERE new.declaration_number <> ''"""


def overlap_notes(
    file: Path, days: tuple[date, date], *, user: Any, is_synthetic: bool, lake: LakeSettings
) -> list[str]:
    """A sentence for each dataset that the user may see with lines of the same declaration, item and day as `file`.

    `user` None sees all: the report of an import from the terminal is for editors. Costs a join for each dataset whose
    days overlap.
    """
    notes = []
    for held in _of_the_same_days(days, user, is_synthetic):
        try:
            with open_duckdb(lake) as connection:
                found = connection.execute(SAME_LINE, [str(file), str(held.path)]).fetchone()
        except duckdb.Error as problem:
            if not is_of_a_file(problem):
                raise
            notes.append(
                f"The rows could not be compared with those of dataset {held.dataset_id}, “{held.dataset.title}”: "
                f"its file {held.name} cannot be read."
            )
            continue
        if found and found[0]:
            notes.append(
                f"{found[0]:,} rows have the declaration, item and day of rows of dataset {held.dataset_id}, "
                f"“{held.dataset.title}”: figures over both datasets count them twice. Ask for one of them."
            )
    return notes


def _of_the_same_days(days: tuple[date, date], user: Any, is_synthetic: bool) -> QuerySet[DatasetFile]:
    seen = Dataset.objects.all() if user is None else Dataset.objects.visible_to(user)
    held = seen.shipments().filter(is_synthetic=is_synthetic, first_day__lte=days[1], last_day__gte=days[0])
    return DatasetFile.objects.filter(dataset__in=held, name=PART_NAME).select_related("dataset").order_by("dataset_id")
