"""An uploaded file of customs records or trade statistics: kept beside the lake, checked in a process of its own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from django.conf import settings

from components.choices import ImportStatus, Visibility
from components.curation.permissions import may_add, may_publish, require
from components.intake.trade.datasets import UPLOADED, About, new_batch, staged_folder
from components.lake.files import staging_folder
from components.models import ImportBatch, ImportMapping
from components.storage import written_whole


def receive(upload: Any, about: About, *, kind: str, mapping: ImportMapping | None, user: Any) -> ImportBatch:
    """Keep an uploaded file beside the lake until it is checked; nothing of it is seen yet.

    Raises PermissionDenied, and OSError where there is no room for it.
    """
    require(may_add(user), "import files")
    if about.visibility == Visibility.PUBLISHED:
        require(may_publish(user), "import rows as published")
    incoming = staging_folder(Path(settings.LAKE_ROOT), f"upload-{os.urandom(8).hex()}")
    try:
        with written_whole(incoming / UPLOADED) as part, part.open("wb") as target:
            for block in upload.chunks():
                target.write(block)
        batch = new_batch(
            incoming / UPLOADED, about, name=upload.name, user=user, status=ImportStatus.RUNNING, kind=kind
        )
        batch.mapping = mapping
        batch.save()
        folder = staged_folder(batch)
        folder.mkdir(parents=True, exist_ok=True)
        (incoming / UPLOADED).rename(folder / UPLOADED)
    finally:
        shutil.rmtree(incoming, ignore_errors=True)
    return batch


def start_check(batch: ImportBatch) -> None:
    """Check a received file in a process that lives on when this one ends."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "check_trade", str(batch.pk)]
    # Its faults go where those of this process go: to the log.
    subprocess.Popen(command, start_new_session=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
