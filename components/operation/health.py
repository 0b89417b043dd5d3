"""Whether this installation can do its work: database, migrations, lake and storage, each asked cheaply.

What is wrong is told in fixed words that anybody may read; the reason, with its addresses and paths, goes to the log.
"""

import logging
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from components.models import Dataset, Photo

OK = "ok"
KEPT_SECONDS = 2  # asking more often than this costs nothing: strangers may ask too
LEAST_FREE_BYTES = 256 * 1024 * 1024  # four of the largest uploads by default

log = logging.getLogger(__name__)


class NotReady(Exception):
    """What is wrong, in words that a stranger may read."""


@dataclass(frozen=True)
class Readiness:
    """Each thing that was looked at, with "ok" or what is wrong."""

    checks: dict[str, str]

    @property
    def is_ready(self) -> bool:
        """Whether everything is ok."""
        return all(answer == OK for answer in self.checks.values())


def readiness() -> Readiness:
    """The state of this installation, at most `KEPT_SECONDS` old."""
    return _readiness(int(time.monotonic() / KEPT_SECONDS))


@lru_cache(maxsize=1)
def _readiness(_span: int) -> Readiness:
    return Readiness({name: _answer(name, check) for name, check in CHECKS.items()})


def _answer(name: str, check: Callable[[], None]) -> str:
    try:
        check()
    except NotReady as problem:
        log.warning("Not ready: %s %s", name, problem)
        return str(problem)
    except Exception:  # whatever a driver or a store raises, the answer must come
        log.exception("Not ready: %s does not answer", name)
        return "does not answer"
    return OK


def check_database() -> None:
    """Raises what the driver raises where the database cannot be asked."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def check_migrations() -> None:
    """Raises NotReady where the tables are older than the code."""
    applied = MigrationRecorder(connection).applied_migrations()
    if _migrations_on_disk() - set(applied):
        raise NotReady("not all are applied")


@lru_cache(maxsize=1)
def _migrations_on_disk() -> frozenset[tuple[str, str]]:
    return frozenset(MigrationLoader(None).disk_migrations)


def check_lake() -> None:
    """Raises NotReady where datasets cannot be written, or the folder of every one of them is gone."""
    root = Path(settings.LAKE_ROOT)
    _require_room(root)
    folders = [root / name for name in Dataset.objects.exclude(folder="").values_list("folder", flat=True)[:100]]
    if folders and not any(folder.is_dir() for folder in folders):
        raise NotReady("has none of the datasets that the database lists")


def check_storage() -> None:
    """Raises NotReady where photos cannot be written or none is there, and what another store raises that is away."""
    try:
        root = Path(default_storage.path(""))
    except NotImplementedError:  # no folder of this machine
        default_storage.exists("readyz")
        return
    _require_room(root)
    if not (root / "originals").is_dir() and Photo.objects.exists():
        raise NotReady("has none of the photos that the database lists")


def _require_room(folder: Path) -> None:
    """The folder, or where it will be made, can be written and has room."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise NotReady("cannot be written")
    if shutil.disk_usage(folder).free < LEAST_FREE_BYTES:
        raise NotReady("has almost no room left")


CHECKS: dict[str, Callable[[], None]] = {
    "database": check_database,
    "migrations": check_migrations,
    "lake": check_lake,
    "storage": check_storage,
}
