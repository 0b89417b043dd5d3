"""`manage.py check_trade ID`: check the uploaded file of an import; the web process starts it."""

import time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from components.choices import ImportStatus
from components.intake.trade.datasets import UPLOADED, check_shipments, staged_folder, write_progress
from components.intake.trade.staging import Progress
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
            report, staged = check_shipments(
                batch, file, mapping=batch.mapping.columns if batch.mapping else None, told=lambda told: self._tell(batch, told)
            )
        except Exception as problem:
            batch.status, batch.report = ImportStatus.FAILED, {"notes": [f"The check broke off: {problem}"[:1000]]}
            batch.save()
            raise
        batch.report = report.as_json() | {"seconds": round(time.monotonic() - begun, 1)}
        batch.status = ImportStatus.CHECKED if staged.file else ImportStatus.FAILED
        batch.save()
        file.unlink(missing_ok=True)

    def _tell(self, batch: ImportBatch, progress: Progress) -> None:
        write_progress(batch, progress)
