"""`manage.py check_trade ID`: check the uploaded file of an import; the web process starts it."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from components.choices import ImportStatus
from components.intake.trade.datasets import check_received
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
        if check_received(batch) is None:
            raise CommandError(f"Import {batch.pk} is being checked already.")
