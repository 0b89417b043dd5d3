"""`manage.py make_trade --rows N`: synthetic customs declarations as a file, or straight into the lake."""

import tempfile
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from components.choices import Visibility
from components.intake.trade.datasets import About, import_dataset
from components.lake.engine import lake_settings
from components.lake.synthetic import FEWEST_ROWS, write_declarations
from components.management.reporting import print_report
from components.models import ImportBatch

ABOUT = {
    "source_title": "Synthetic customs declarations (demonstration)",
    "licence": "Apache-2.0, as the project's",
    "coverage": "Made up by make_trade: imports of semiconductors into Russia, 2021 to 2023. Yearly totals, shares of "
    "dispatch and the months of late 2022 follow published studies; everything else is assumed.",
    "completeness": "Not applicable: no row is a real shipment.",
}


class Command(BaseCommand):
    """Every row, company and dataset made here says that it is synthetic."""

    help = "Make synthetic customs declarations whose totals and shares are those of the published studies."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rows", type=int, default=20_000)
        parser.add_argument("--seed", type=int, default=20240223)
        parser.add_argument("--file", type=Path, help="write the declarations to this CSV instead of importing them")
        parser.add_argument("--encoding", choices=["utf-8", "cp1251"], default="utf-8")
        parser.add_argument("--older-headers", action="store_true", help="headers without the G, as older exports have")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["rows"] < FEWEST_ROWS:
            raise CommandError(f"--rows: at least {FEWEST_ROWS:,}, so that every month of every share has some.")
        if options["file"]:
            self._write(options["file"], options)
            self.stdout.write(f"{options['file']}: {options['rows']:,} synthetic rows")
            return
        batch = make_dataset(rows=options["rows"], seed=options["seed"], user=None)
        print_report(self, batch.report)

    def _write(self, path: Path, options: dict[str, Any]) -> None:
        write_declarations(
            path,
            rows=options["rows"],
            seed=options["seed"],
            world=settings.FIXTURES_ROOT / "trade",
            encoding=options["encoding"],
            codes_only=options["older_headers"],
            memory_limit=lake_settings().memory,
        )


def make_dataset(*, rows: int, seed: int, user: Any) -> ImportBatch:
    """Make declarations and import them as a published synthetic dataset; the same again changes nothing."""
    with tempfile.TemporaryDirectory(prefix="forensics-trade-") as folder:
        path = Path(folder) / f"synthetic_declarations_{rows}_{seed}.csv"
        write_declarations(path, rows=rows, seed=seed, world=settings.FIXTURES_ROOT / "trade")
        title = f"Synthetic declarations, {rows:,} rows, seed {seed} (demonstration)"
        about = About(title=title, visibility=Visibility.PUBLISHED, is_synthetic=True, **ABOUT)
        return import_dataset(path, about, user=user, now=timezone.now())
