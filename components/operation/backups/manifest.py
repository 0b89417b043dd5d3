"""The manifest of a backup: what it holds, with digests, and the migrations that its rows are of."""

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from components.lake.files import digest_of

NAME = "manifest.json"
VERSION = 1
DATABASE, MEDIA, LAKE = "database", "media", "lake"


class BackupRefused(Exception):
    """Why a backup cannot be made or restored, in words."""


@dataclass(frozen=True)
class Entry:
    """A file of a backup, by its path within the folder."""

    path: str
    digest: str
    byte_count: int


@dataclass(frozen=True)
class Table:
    """The rows of a table: how many, and the number after which new ones were counted."""

    name: str
    row_count: int
    last_number: int | None


@dataclass(frozen=True)
class Manifest:
    """Everything in a backup. `faults` are files that rows name and that were missing or altered when it was made."""

    made_at: str
    vendor: str
    migrations: Sequence[str]
    tables: Sequence[Table]
    files: Sequence[Entry]
    faults: Sequence[str]

    def write(self, folder: Path) -> None:
        """Put it into the folder, whole or not at all."""
        part = folder / f"{NAME}.part"
        with part.open("w", encoding="utf-8") as stream:
            json.dump({"version": VERSION, **asdict(self)}, stream, indent=1)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(folder / NAME)

    @classmethod
    def read(cls, folder: Path) -> "Manifest":
        """The manifest of a folder. Raises BackupRefused where it has none that can be read."""
        try:
            content = json.loads((folder / NAME).read_text(encoding="utf-8"))
        except FileNotFoundError as problem:
            raise BackupRefused(f"{folder} is no backup, or one that broke off: it has no {NAME}.") from problem
        except ValueError as problem:
            raise BackupRefused(f"{folder / NAME} cannot be read.") from problem
        if not isinstance(content, dict) or content.get("version") != VERSION:
            raise BackupRefused(f"{folder / NAME} is not of version {VERSION}, the one that this program reads.")
        try:
            return cls._from(content)
        except (KeyError, TypeError) as problem:
            raise BackupRefused(f"{folder / NAME} cannot be read.") from problem

    @classmethod
    def _from(cls, content: Mapping[str, Any]) -> "Manifest":
        return cls(
            made_at=content["made_at"],
            vendor=content["vendor"],
            migrations=content["migrations"],
            tables=[Table(**table) for table in content["tables"]],
            files=[Entry(**entry) for entry in content["files"]],
            faults=content["faults"],
        )

    def verify(self, folder: Path) -> None:
        """Read every file. Raises BackupRefused with the first ten that are missing, altered or lead elsewhere."""
        wrong = [f"{entry.path} {reason}" for entry in self.files if (reason := _what_is_wrong(folder, entry))]
        listed = {entry.path for entry in self.files}
        wrong += [f"{path} is missing" for table in self.tables if (path := rows_of(table.name)) not in listed]
        if wrong:
            more = f"; and {len(wrong) - 10} more" if len(wrong) > 10 else ""
            raise BackupRefused(f"The backup is damaged, nothing was written: {'; '.join(wrong[:10])}{more}.")

    def below(self, part: str) -> list[tuple[str, Entry]]:
        """The files of `media` or `lake`, each with its name there."""
        return [
            (entry.path.removeprefix(f"{part}/"), entry) for entry in self.files if entry.path.startswith(f"{part}/")
        ]


def rows_of(table: str) -> str:
    """The path of the file with a table's rows."""
    return f"{DATABASE}/{table}.jsonl.gz"


def _what_is_wrong(folder: Path, entry: Entry) -> str:
    inner = PurePosixPath(entry.path)
    if inner.is_absolute() or ".." in inner.parts or inner.parts[:1] not in ((DATABASE,), (MEDIA,), (LAKE,)):
        return "leads out of the folder"
    path = folder / entry.path
    if not path.is_file():
        return "is missing"
    return "" if path.stat().st_size == entry.byte_count and digest_of(path) == entry.digest else "is altered"
