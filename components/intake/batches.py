"""Imports as a whole: check with nothing written, commit in one transaction, undo."""

import os
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from django.core.files.storage import default_storage
from django.db import transaction

from components import storage
from components.choices import ImportStatus, Visibility
from components.curation.permissions import may_add, may_publish, require
from components.curation.stored_files import keep_digest
from components.intake.formats import FORMATS
from components.intake.formats.base import headers_of
from components.intake.outcomes import Fault, ImportRefused, Report
from components.intake.readers import ReadError, open_table
from components.intake.session import ImportSession
from components.intake.trade.datasets import commit_dataset, forget_staged, is_alive, require_checked
from components.intake.trade.formats import TRADE_FORMATS
from components.models import ImportBatch, ImportMapping, MediaFile


def file_digest(file: Path | BinaryIO) -> str:
    """SHA-256 of a file, in hexadecimal."""
    if isinstance(file, Path):
        with file.open("rb") as stream:
            return file_digest(stream)
    file.seek(0)
    digest = storage.digest_of(file)
    file.seek(0)
    return digest


def check_file(
    format_name: str,
    file: Path | BinaryIO,
    *,
    name: str,
    user: Any,
    now: datetime,
    visibility: str = Visibility.DRAFT,
    mapping: Mapping[str, str] | None = None,
) -> Report:
    """What importing a file would do. All is tried in a transaction that is taken back: nothing is written."""
    batch = _new_batch(format_name, file, name=name, user=user, visibility=visibility)
    try:
        with transaction.atomic():
            report = _perform(batch, file, mapping=mapping or {}, user=user, now=now)
            transaction.set_rollback(True)
    except ImportRefused as refusal:
        report = refusal.report
    report.is_written = False
    return report


def run_import(
    format_name: str,
    file: Path | BinaryIO,
    *,
    user: Any,
    now: datetime,
    name: str = "",
    visibility: str = Visibility.DRAFT,
    mapping: Mapping[str, str] | None = None,
) -> ImportBatch:
    """Import a file in one transaction and return its batch with the report.

    Raises ImportRefused with every fault where any row is bad: then nothing is written.
    """
    name = name or (file.name if isinstance(file, Path) else "upload")
    batch = _new_batch(format_name, file, name=name, user=user, visibility=visibility)
    return _commit(batch, file, mapping=mapping or {}, user=user, now=now)


def check_upload(
    format_name: str,
    upload: BinaryIO,
    *,
    name: str,
    user: Any,
    now: datetime,
    visibility: str = Visibility.DRAFT,
    mapping: ImportMapping | None = None,
) -> ImportBatch:
    """Keep an uploaded file and its check, so that a person can read the report before committing it.

    The catalogue is not touched. Raises PermissionDenied.
    """
    require(may_add(user), "import files")
    columns = mapping.columns if mapping else None
    report = check_file(format_name, upload, name=name, user=user, now=now, visibility=visibility, mapping=columns)
    batch = _new_batch(format_name, upload, name=name, user=user, visibility=visibility)
    batch.mapping, batch.report = mapping, report.as_json()
    byte_count = upload.seek(0, os.SEEK_END)
    storage.store(batch.stored_name, upload, digest=batch.digest, byte_count=byte_count)
    with transaction.atomic():
        batch.save()
        keep_digest(batch.stored_name, digest=batch.digest, byte_count=byte_count)
    return batch


def commit_batch(batch: ImportBatch, *, user: Any, now: datetime, leave_out_bad: bool = False) -> ImportBatch:
    """Import the file of a checked batch. Raises ImportRefused (the new report is kept), PermissionDenied.

    `leave_out_bad` imports the good rows of a file of shipments; of other files all rows are good or none is written.
    """
    require(may_add(user), "import files")
    if batch.format in TRADE_FORMATS:
        commit_dataset(batch, user=user, now=now, leave_out_bad=leave_out_bad)
        return batch
    columns = batch.mapping.columns if batch.mapping else {}
    with _stored(batch) as stored:
        file: Any = stored
        try:
            return _commit(batch, file, mapping=columns, user=user, now=now)
        except ImportRefused as refusal:
            ImportBatch.objects.filter(pk=batch.pk).update(report=refusal.report.as_json())
            raise


def may_be_deleted(batch: ImportBatch) -> bool:
    """Whether an import has written nothing, and nobody is checking it."""
    if batch.status == ImportStatus.RUNNING:
        return not is_alive(batch, now=time.time())
    return batch.status not in {ImportStatus.COMMITTED, ImportStatus.UNDONE}


def delete_batch(batch: ImportBatch, *, user: Any) -> None:
    """Delete an import that has written nothing, with its file and what its check has left.

    Raises PermissionDenied, and ValueError where it was committed once or is being checked.
    """
    require(may_add(user), "import files")
    with transaction.atomic():
        batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
        if not may_be_deleted(batch):
            raise ValueError(f"This import is {batch.status}: only one that has written nothing can be deleted.")
        name, staged = batch.stored_name, ImportBatch(pk=batch.pk)
        is_shared = ImportBatch.objects.filter(digest=batch.digest).exclude(pk=batch.pk).exists()
        batch.delete()
        if not is_shared:
            MediaFile.objects.filter(name=name).delete()
    forget_staged(staged)
    if not is_shared:
        default_storage.delete(name)


def _stored(batch: ImportBatch) -> Any:
    """The file as it was uploaded. Raises ValueError where it is gone or another."""
    try:
        stored = default_storage.open(batch.stored_name, "rb")
    except FileNotFoundError as problem:
        raise ValueError("The uploaded file is gone: upload it again.") from problem
    if storage.digest_of(stored) != batch.digest:
        stored.close()
        raise ValueError("The stored file is not what was uploaded: upload it again.")
    stored.seek(0)
    return stored


def _new_batch(format_name: str, file: Path | BinaryIO, *, name: str, user: Any, visibility: str) -> ImportBatch:
    if visibility == Visibility.PUBLISHED and getattr(user, "is_authenticated", False):
        require(may_publish(user), "import rows as published")
    signed_in = user if getattr(user, "is_authenticated", False) else None
    return ImportBatch(
        format=format_name, file_name=name[:200], digest=file_digest(file), visibility=visibility, created_by=signed_in
    )


@transaction.atomic
def _commit(
    batch: ImportBatch, file: Path | BinaryIO, *, mapping: Mapping[str, str], user: Any, now: datetime
) -> ImportBatch:
    if batch.pk is not None:
        batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
        require_checked(batch)
    report = _perform(batch, file, mapping=mapping, user=user, now=now)
    report.is_written = True
    batch.status, batch.committed_at, batch.report = ImportStatus.COMMITTED, now, report.as_json()
    batch.save()
    return batch


def _perform(
    batch: ImportBatch, file: Path | BinaryIO, *, mapping: Mapping[str, str], user: Any, now: datetime
) -> Report:
    """Read, check and write within the caller's transaction. Raises ImportRefused where any row is bad."""
    form = FORMATS[batch.format]
    report = Report(format=form.name, file_name=batch.file_name, digest=batch.digest)
    rows = _read(form, file, batch.file_name, mapping, report)
    if report.rejected:
        raise ImportRefused(report)
    _note_earlier(batch, report)
    if batch.pk is None:
        batch.save()
    session = ImportSession(batch, report=report, user=user, now=now)
    form.write(rows, session)
    if report.rejected:
        raise ImportRefused(report)
    session.write()
    return report


def _read(form: Any, file: Path | BinaryIO, name: str, mapping: Mapping[str, str], report: Report) -> Any:
    try:
        table = open_table(file, name)
        headers, faults = headers_of(form.fields, table, mapping)
        report.unused_columns = [column for column in table.columns if column not in headers.values()]
        if faults:
            report.reject(faults)
            return []
        return form.read(table, headers, report, file.parent if isinstance(file, Path) else None)
    except ReadError as problem:
        report.reject([Fault(problem.line or 1, problem.column or "", "", str(problem))])
        return []


def _note_earlier(batch: ImportBatch, report: Report) -> None:
    """Say when the same file was imported before: it is then expected to change nothing."""
    same = ImportBatch.objects.filter(digest=batch.digest, format=batch.format, status=ImportStatus.COMMITTED)
    earlier = same.exclude(pk=batch.pk).order_by("pk").first()
    if earlier is not None and earlier.committed_at is not None:
        report.notes.append(f"The same file was imported on {earlier.committed_at:%Y-%m-%d} (import {earlier.pk}).")
