"""`manage.py import FORMAT FILE`: check a file and import it, or only check it."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from components.choices import ImportOutcome, Visibility
from components.intake.batches import check_file, run_import
from components.intake.formats import FORMATS
from components.intake.outcomes import ImportRefused
from components.management.reporting import account, print_report, saved_mapping


class Command(BaseCommand):
    """Prints the report; the exit code is 1 where the file has bad rows, and then nothing was written."""

    help = "Check a file and import it: every bad row is listed and nothing is written unless all rows are good."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("format", choices=sorted(FORMATS))
        parser.add_argument("file", type=Path)
        parser.add_argument("--check", action="store_true", help="only check; write nothing")
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument("--user", default="", help="the account that answers for the rows")
        parser.add_argument("--mapping", default="", help="a saved column mapping, by name")
        parser.add_argument(
            "--visibility",
            choices=Visibility.values,
            default=Visibility.RESTRICTED,
            help="of new evidence rows (default: restricted, for researchers only)",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["file"].is_file():
            raise CommandError(f"There is no file {options['file']}.")
        report = self._report(options)
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=2))
        else:
            print_report(self, report)
        if report[ImportOutcome.REJECTED.value]:
            raise SystemExit(1)

    def _report(self, options: dict[str, Any]) -> dict[str, Any]:
        wanted = {
            "user": account(options["user"]),
            "now": timezone.now(),
            "visibility": options["visibility"],
            "mapping": saved_mapping(options["format"], options["mapping"]),
        }
        if options["check"]:
            return check_file(options["format"], options["file"], name=options["file"].name, **wanted).as_json()
        try:
            report: dict[str, Any] = run_import(options["format"], options["file"], **wanted).report
        except ImportRefused as refusal:
            return refusal.report.as_json()
        return report
