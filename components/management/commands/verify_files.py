"""`manage.py verify_files`: whether every stored file is there and is what was uploaded."""

import json
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from components.intake.verifying import Verified, verify_files


class Command(BaseCommand):
    """Reads all files through; the exit code is 1 where one is missing, was altered, or belongs to nothing."""

    help = "Hold photos, imported files and the files of the lake against their digests; report what is wrong."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--take-in",
            action="store_true",
            help="write down the digests of files of which nothing is known, as they are",
        )
        parser.add_argument("--json", action="store_true", help="print what was found as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        found = verify_files(take_in=options["take_in"])
        if options["json"]:
            self.stdout.write(json.dumps(asdict(found), ensure_ascii=False, indent=2))
        else:
            self._say(found)
        if not found.is_good:
            raise SystemExit(1)

    def _say(self, found: Verified) -> None:
        for word in ("missing", "altered", "orphaned", "unknown"):
            for line in getattr(found, word):
                self.stdout.write(f"{word}: {line}")
        if found.deleted_parts:
            self.stdout.write(f"{found.deleted_parts} temporary files of writes that broke off were deleted.")
        if found.taken_in:
            self.stdout.write(f"The digests of {found.taken_in} files were written down as they are.")
        if found.unknown:
            self.stdout.write("Nothing was written down of the unknown files; --take-in writes it down as they are.")
        self.stdout.write(
            f"{found.files:,} files: {len(found.missing)} missing, {len(found.altered)} altered, "
            f"{len(found.orphaned)} orphaned, {len(found.unknown)} unknown."
        )
