"""`manage.py link`: search the datasets of the lake for the parts of the catalogue."""

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from components.linking.building import Progress, link_datasets


class Command(BaseCommand):
    """Only what has changed is searched; a search that was broken off goes on."""

    help = "Find the shipments that name parts of the catalogue, and propose links."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--all", action="store_true", help="search every dataset anew, changed or not")
        parser.add_argument("--json", action="store_true", help="print the counts as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        told = None if options["json"] else self._tell
        counts = link_datasets(now=timezone.now(), everything=options["all"], told=told)
        if options["json"]:
            self.stdout.write(json.dumps(counts))
            return
        self.stdout.write(
            f"{counts['datasets']} datasets, {counts['searched']} searched, {counts['links']:,} links proposed"
        )

    def _tell(self, progress: Progress) -> None:
        line = f"{progress.dataset}: {progress.share:4.0%}, {progress.rows:,} rows, {progress.links:,} links"
        self.stderr.write(f"\r{line:<100}", ending="\n" if progress.share == 1 else "")
