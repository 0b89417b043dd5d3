"""`manage.py trace`: infer the likely routes of components, parts, weapons, models and makers."""

import json
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from components.pipeline import update_inferences


class Command(BaseCommand):
    """Only what has changed is computed anew."""

    help = "Find new links and compute the likely routes of everything they bear on."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--since", type=_moment, help="look only at what changed after this day or time (ISO 8601)")
        parser.add_argument("--learn", action="store_true", help="learn anew from all finds and links first")
        parser.add_argument("--without-linking", action="store_true", help="use the links that are there")
        parser.add_argument("--json", action="store_true", help="print the counts as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        told = None if options["json"] else self._tell
        try:
            done = update_inferences(
                now=timezone.now(),
                since=options["since"],
                with_linking=not options["without_linking"],
                learn=options["learn"],
                told=told,
            )
        except ValueError as problem:
            raise CommandError(str(problem)) from problem
        if options["json"]:
            self.stdout.write(json.dumps(asdict(done)))
            return
        traced = done.traces
        self.stdout.write(
            f"{done.links:,} links proposed; {traced.components:,} components, {traced.computed:,} traced anew, "
            f"{traced.unchanged:,} unchanged, {traced.sums:,} sums, {traced.dropped:,} dropped"
        )

    def _tell(self, what: str, count: int, total: int) -> None:
        if count % 100 == 0 or count == total:
            self.stderr.write(f"\r{what}: {count:,} of {total:,} components   ", ending="\n" if count == total else "")


def _moment(text: str) -> datetime:
    found = parse_datetime(text) or None
    day = parse_date(text) if found is None else None
    if found is None and day is None:
        raise ValueError(text)
    moment = found or datetime.combine(day, datetime.min.time())  # type: ignore[arg-type]
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)
