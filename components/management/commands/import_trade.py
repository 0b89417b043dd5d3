"""`manage.py import_trade FILE`: check a file of customs declarations or trade statistics and make it a dataset."""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from components.choices import ImportOutcome, Visibility
from components.intake.outcomes import ImportRefused
from components.intake.trade.datasets import About, check, forget_staged, import_dataset, new_batch
from components.intake.trade.formats import DECLARATIONS, TRADE_FORMATS
from components.intake.trade.staging import Progress
from components.management.reporting import account, print_report, saved_mapping


class Command(BaseCommand):
    """Prints the report; the exit code is 1 where rows are bad and nothing was imported."""

    help = "Check a file of customs declarations (any size) or trade statistics and make it a dataset."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--kind", choices=sorted(TRADE_FORMATS), default=DECLARATIONS.name)
        parser.add_argument("--source", required=True, help="the title of the source that the file is from")
        parser.add_argument("--source-url", default="")
        parser.add_argument("--title", default="", help="what the dataset is called (default: the file's name)")
        parser.add_argument("--licence", default="")
        parser.add_argument("--coverage", default="", help="which goods, countries, directions and period it covers")
        parser.add_argument("--completeness", default="", help="how completely, as its publisher states")
        parser.add_argument("--synthetic", action="store_true", help="mark every row as made up")
        parser.add_argument("--check", action="store_true", help="only check; show nothing to anybody")
        parser.add_argument(
            "--leave-out-bad", action="store_true", help="import the good rows; the bad ones are kept apart"
        )
        parser.add_argument("--json", action="store_true", help="print the report as JSON")
        parser.add_argument("--user", default="", help="the account that answers for the rows")
        parser.add_argument("--mapping", default="", help="a saved column mapping, by name")
        parser.add_argument("--visibility", choices=Visibility.values, default=Visibility.RESTRICTED)

    def handle(self, *args: Any, **options: Any) -> None:
        file = options["file"]
        if not file.is_file():
            raise CommandError(f"There is no file {file}.")
        report = self._report(file, options)
        if options["json"]:
            self.stdout.write(json.dumps(report, ensure_ascii=False, indent=2))
        else:
            print_report(self, report)
        if report[ImportOutcome.REJECTED.value] and not report["is_written"]:
            raise SystemExit(1)

    def _report(self, file: Path, options: dict[str, Any]) -> dict[str, Any]:
        about = About(
            title=options["title"] or file.name,
            source_title=options["source"],
            source_url=options["source_url"],
            licence=options["licence"],
            coverage=options["coverage"],
            completeness=options["completeness"],
            is_synthetic=options["synthetic"],
            visibility=options["visibility"],
        )
        user, mapping = account(options["user"]), saved_mapping(options["kind"], options["mapping"])
        told = None if options["json"] else self._tell
        if options["check"]:
            batch = new_batch(file, about, name=file.name, user=user, kind=options["kind"])
            try:
                return check(batch, file, mapping=mapping, told=told).as_json()
            finally:
                forget_staged(batch)
                batch.delete()
        try:
            batch = import_dataset(
                file,
                about,
                user=user,
                now=timezone.now(),
                mapping=mapping,
                leave_out_bad=options["leave_out_bad"],
                told=told,
                kind=options["kind"],
            )
        except ImportRefused as refusal:
            return refusal.report.as_json()
        report: dict[str, Any] = batch.report
        return report

    def _tell(self, progress: Progress) -> None:
        left = "" if progress.seconds_left is None else f", {progress.seconds_left:,.0f} s left"
        line = f"{progress.share:4.0%}  about {progress.rows:,} rows, {progress.rate:,.0f} rows/s{left}"
        self.stderr.write(f"\r{line:<70}", ending="\n" if progress.share == 1 else "")
