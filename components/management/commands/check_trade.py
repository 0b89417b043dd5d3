"""`manage.py check_trade ID`: check the uploaded file of an import; the web process starts it."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from components.choices import ImportStatus
from components.intake.trade.datasets import UPLOADED, check, staged_folder, write_progress
from components.intake.trade.formats import DECLARATIONS
from components.models import ImportBatch


class Command(BaseCommand):
    """Leaves the report in the import and the typed rows beside the lake, to be committed by a person."""

    help = "Check the uploaded file of customs records of an import."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("import_id", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        batch = ImportBatch.objects.filter(pk=options["import_id"], status=ImportStatus.RUNNING).first()
        if batch is None:
            raise CommandError(f"No import {options['import_id']} waits to be checked.")
        begun = time.monotonic()
        file = staged_folder(batch) / UPLOADED
        try:
            columns = batch.mapping.columns if batch.mapping else None
            report = check(batch, file, mapping=columns, told=lambda told: write_progress(batch, told))
        except Exception as problem:
            batch.status, batch.report = ImportStatus.FAILED, {"notes": [f"The check broke off: {problem}"[:1000]]}
            batch.save()
            raise
        batch.report = report.as_json() | {"seconds": round(time.monotonic() - begun, 1)}
        batch.status = ImportStatus.CHECKED
        batch.save()
        if batch.format == DECLARATIONS.name:
            file.unlink()  # its rows are typed and wait; those of trade statistics are read again
