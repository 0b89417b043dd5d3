"""`manage.py restore FOLDER`: put a backup into an empty database, media folder and lake."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from components.operation.backups.manifest import BackupRefused
from components.operation.backups.restoring import restore_backup


class Command(BaseCommand):
    """The exit code is 1 where nothing was written."""

    help = "Restore a backup into an empty place, on either database. Stop the server and its checks first."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument(
            "--replace", action="store_true", help="delete all rows that are there; files that it does not hold stay"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            restored = restore_backup(options["folder"], replace=options["replace"])
        except BackupRefused as refusal:
            raise CommandError(str(refusal)) from refusal
        rows = sum(table.row_count for table in restored.tables)
        self.stdout.write(f"{rows:,} rows restored, of {restored.made_at}; everybody signs in again")
        for fault in restored.faults:
            self.stderr.write(f"Already so when the backup was made: {fault}")
