"""`manage.py backup FOLDER`: rows, media and lake as of one moment, with digests, while people work."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from components.operation.backups.making import make_backup
from components.operation.backups.manifest import BackupRefused


class Command(BaseCommand):
    """The exit code is 1 where nothing was made, or where files that rows name were missing or altered."""

    help = (
        "Back up the database, media and lake into an empty folder. It holds secrets: keep it where nobody else reads."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            made = make_backup(options["folder"], now=timezone.now())
        except BackupRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        rows, size = sum(table.row_count for table in made.tables), sum(entry.byte_count for entry in made.files)
        self.stdout.write(f"{rows:,} rows and {len(made.files):,} files, {size / 1e6:,.1f} MB")
        if made.faults:
            raise CommandError("The backup is whole, but the storage was not: " + "; ".join(made.faults[:100]))
