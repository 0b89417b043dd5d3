"""A file of shipments as a dataset: checked with nothing shown, committed whole, undone whole."""

import fcntl
import json
import os
import shutil
import time
from calendar import monthrange
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
from django.conf import settings
from django.db import transaction

from components.choices import DatasetKind, ImportOutcome, ImportStatus, SourceKind, Visibility
from components.curation.companies import Declared, resolve_parties
from components.curation.company_names import companies_named_by, name_as_told, part_names
from components.curation.links import release_links
from components.curation.permissions import may_add, may_publish, require
from components.intake.outcomes import Fault, ImportRefused, Report
from components.intake.readers import ReadError
from components.intake.session import change_reason
from components.intake.trade.flows import read_flows
from components.intake.trade.formats import DECLARATIONS, STATISTICS, TRADE_FORMATS
from components.intake.trade.overlaps import overlap_notes
from components.intake.trade.preparing import prepare
from components.intake.trade.staging import PART_NAME, REJECTS_NAME, Progress, Staged, stage
from components.lake.engine import lake_settings, open_duckdb
from components.lake.files import digest_of, drop_folder, publish_folder, stored_files, sweep
from components.models import Company, Country, Dataset, DatasetFile, ImportBatch, Source, TradeFlow
from components.models.curated import stamp
from components.models.visibility import narrower
from components.storage import is_full, written_whole

REQUIRED = {"declared_on": "the date of the declaration (G072)", "hs_code": "the HS code (G33)"}
PROGRESS_NAME = "progress.json"
SILENT_SECONDS = 300  # a check tells its progress every second
UPLOADED = "uploaded"  # the file of an upload, until it is checked
LOCK_NAME = ".lock"
ASKED_NAME = "asked"
BROKEN_OFF = "The check broke off without a word: check it again, or delete this import and upload the file again."
NO_ROOM = (
    "The check broke off: the disk of the server is full. Nothing was imported. Check it again when there is room."
)
GONE = "The checked file is gone: check it again."


@dataclass(frozen=True)
class About:
    """What a person says of a dataset: where it is from, under which licence, what it covers and how completely."""

    title: str
    source_title: str
    source_url: str = ""
    licence: str = ""
    coverage: str = ""
    completeness: str = ""
    is_synthetic: bool = False
    visibility: str = Visibility.RESTRICTED


@dataclass(frozen=True)
class Contents:
    """What a dataset says of itself: its rows, those that are synthetic, its days and value, every name it declares."""

    rows: int
    synthetic: int
    first_day: date | None
    last_day: date | None
    value_usd: float | None
    declared: Sequence[Declared]


def check(
    batch: ImportBatch,
    file: Path,
    *,
    mapping: Mapping[str, str] | None = None,
    told: Callable[[Progress], None] | None = None,
) -> Report:
    """What a file would become; its rows wait beside the lake for `commit_dataset` or `forget_staged`."""
    if batch.format == STATISTICS.name:
        return _check_flows(batch, file)
    return check_shipments(batch, file, mapping=mapping, told=told)[0]


def _check_flows(batch: ImportBatch, file: Path) -> Report:
    """Trade statistics are few enough to be read again when they are committed."""
    report = Report(format=batch.format, file_name=batch.file_name, digest=batch.digest)
    kept = staged_folder(batch) / UPLOADED
    kept.parent.mkdir(parents=True, exist_ok=True)
    if file != kept:
        with written_whole(kept) as part:
            shutil.copyfile(file, part)
    try:
        rows = read_flows(kept, batch.file_name, report)
    except ReadError as problem:
        report.row_count = 1
        report.reject([Fault(problem.line or 1, problem.column or "", "", str(problem))])
        return report
    earlier = _earlier(batch)
    if earlier is not None:
        report.rows[ImportOutcome.MATCHED] = report.rows.pop(ImportOutcome.CREATED)
        report.notes.append(f"The same file was imported before, as dataset {earlier.pk}: nothing is added.")
    if rows:
        report.notes.append(f"The flows are of {min(row.period for row in rows)} to {max(row.period for row in rows)}.")
    return report


def check_shipments(
    batch: ImportBatch,
    file: Path,
    *,
    mapping: Mapping[str, str] | None = None,
    told: Callable[[Progress], None] | None = None,
) -> tuple[Report, Staged]:
    """Read, check and type a whole file into a folder that nobody reads; what would become of it.

    `batch` is saved and has its options; its staged files wait for `commit_dataset` or `forget_staged`.
    """
    report = Report(format=batch.format, file_name=batch.file_name, digest=batch.digest)
    folder = staged_folder(batch)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        prepared = prepare(
            file, folder, reference=settings.FIXTURES_ROOT / "reference" / "declaration_columns.csv", mapping=mapping
        )
        for column, meaning in REQUIRED.items():
            if column not in prepared.header.columns:
                raise ReadError(
                    1, None, f"There is no column for {meaning}; the file has: {', '.join(prepared.header.names)[:300]}"
                )
        is_synthetic = bool(batch.options.get("is_synthetic"))
        staged = stage(
            prepared, folder, lake=lake_settings(), countries=country_names(), is_synthetic=is_synthetic, told=told
        )
    except ReadError as problem:
        report.row_count = 1
        report.reject([Fault(problem.line or 1, problem.column or "", "", str(problem))])
        return report, Staged(rejected=1)
    report.unused_columns = [prepared.header.names[n] for n in prepared.header.unused]
    _fill(report, staged, batch)
    return report, staged


def _fill(report: Report, staged: Staged, batch: ImportBatch) -> None:
    earlier = _earlier(batch)
    report.row_count = staged.row_count
    report.rows[ImportOutcome.MATCHED if earlier else ImportOutcome.CREATED] = staged.accepted
    report.rows[ImportOutcome.REJECTED] = staged.rejected
    report.rows[ImportOutcome.REPEATED] = staged.repeated_headers
    report.faults, report.fault_count = staged.faults, staged.fault_count
    if earlier:
        report.notes.append(f"The same file was imported before, as dataset {earlier.pk}: nothing is added.")
    if staged.first_day:
        report.notes.append(f"The declarations are of {staged.first_day} to {staged.last_day}.")
    if staged.value_usd is not None:
        report.notes.append(
            f"Their value is {staged.value_usd:,.2f} US dollars; {staged.without_value:,} rows state none."
        )
    if staged.repeated_headers:
        report.notes.append(f"{staged.repeated_headers:,} rows say the header again; they are no shipments.")
    if staged.repeated_lines:
        report.notes.append(
            f"{staged.repeated_lines:,} rows name a declaration and item that stand in the file before; all are kept."
        )
    if staged.first_day and staged.last_day and not earlier:
        report.notes += overlap_notes(
            staged_folder(batch) / PART_NAME,
            (staged.first_day, staged.last_day),
            user=batch.created_by,
            is_synthetic=bool(batch.options.get("is_synthetic")),
            lake=lake_settings(),
        )
    if staged.unresolved_countries:
        named = ", ".join(f"{name} ({n:,})" for name, n in list(staged.unresolved_countries.items())[:10])
        report.notes.append(f"Countries kept as declared, since ISO 3166 has no such code or name: {named}.")
    report.notes += [f"{number:,} times: {reason}." for reason, number in staged.reasons.most_common()]


def _earlier(batch: ImportBatch) -> Dataset | None:
    return Dataset.objects.filter(digest=batch.digest, kind=_kind(batch)).first()


def _kind(batch: ImportBatch) -> str:
    return DatasetKind.FLOWS if batch.format == STATISTICS.name else DatasetKind.SHIPMENTS


def staged_folder(batch: ImportBatch) -> Path:
    """Where the files of a checked import wait."""
    return Path(settings.LAKE_ROOT) / ".staging" / f"import-{batch.pk}"


@contextmanager
def being_checked(batch: ImportBatch) -> Iterator[bool]:
    """Whether this process alone checks the import: a lock says so, which goes with the process, however it ends."""
    path = staged_folder(batch) / LOCK_NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


def clear_staged(batch: ImportBatch) -> None:
    """Delete what a check that broke off has left, but for the uploaded file."""
    for path in staged_folder(batch).iterdir():
        if path.name not in {UPLOADED, LOCK_NAME}:
            path.unlink()


def forget_staged(batch: ImportBatch) -> None:
    """Delete what a check has left."""
    shutil.rmtree(staged_folder(batch), ignore_errors=True)


def named_folders() -> set[str]:
    """The folders of the lake that a dataset names, or an import that waits."""
    waiting = ImportBatch.objects.exclude(status__in=[ImportStatus.COMMITTED, ImportStatus.UNDONE])
    names = {f"import-{pk}" for pk in waiting.filter(format__in=TRADE_FORMATS).values_list("pk", flat=True)}
    return names | set(Dataset.objects.exclude(folder="").values_list("folder", flat=True))


def country_names() -> dict[str, str]:
    """Every code and name of a country in capitals, with its alpha-2 code."""
    names: dict[str, str] = {}
    for alpha2, *others in Country.objects.values_list("alpha2", "alpha3", "name", "name_ru", "name_zh"):
        names |= {name.upper(): alpha2 for name in (alpha2, *others) if name}
    return names


def commit_dataset(batch: ImportBatch, *, user: Any, now: datetime, leave_out_bad: bool = False) -> Dataset:
    """Make a checked file a dataset that questions see, with its companies.

    Raises ImportRefused where rows are bad and `leave_out_bad` does not say that they are to stay out (they are kept
    beside the dataset, with their reasons), PermissionDenied, and ValueError where the check's files are gone.
    """
    _require_ready(batch, user=user, leave_out_bad=leave_out_bad)
    # What takes long is read before the transaction: on SQLite nobody else writes while that lasts.
    is_read = _kind(batch) == DatasetKind.SHIPMENTS and _earlier(batch) is None
    contents = _read_staged(_waiting(batch)) if is_read else None
    with transaction.atomic():
        batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
        _require_ready(batch, user=user, leave_out_bad=leave_out_bad)
        dataset = _earlier(batch) or _new_dataset(batch, contents, user=user, now=now)
        batch.status, batch.committed_at = ImportStatus.COMMITTED, now
        batch.report = {**batch.report, "is_written": True, "dataset": dataset.pk}
        batch.save()
    forget_staged(batch)
    return dataset


def _require_ready(batch: ImportBatch, *, user: Any, leave_out_bad: bool) -> None:
    require_checked(batch)
    if About(**batch.options).visibility == Visibility.PUBLISHED and user is not None:
        require(may_publish(user), "import rows as published")
    if batch.report["rejected"] and (not leave_out_bad or not batch.report["created"]):
        raise ImportRefused(_as_report(batch))


def require_checked(batch: ImportBatch) -> None:
    """Raise ValueError, in words, unless an import has been checked and waits to be committed."""
    if batch.status in {ImportStatus.UNFINISHED, ImportStatus.FAILED}:
        raise ValueError("The check of this file did not end: check it again, or delete the import.")
    if batch.status != ImportStatus.CHECKED:
        raise ValueError(f"This import was {batch.status} already.")


def _waiting(batch: ImportBatch) -> Path:
    """The file that the check has left. Raises ValueError where it is gone."""
    waiting = staged_folder(batch) / (UPLOADED if _kind(batch) == DatasetKind.FLOWS else PART_NAME)
    if not waiting.is_file():
        raise ValueError(GONE)
    return waiting


def _as_report(batch: ImportBatch) -> Report:
    told = batch.report
    report = Report(
        batch.format, batch.file_name, batch.digest, row_count=told["rows"], fault_count=told["fault_count"]
    )
    for outcome in ImportOutcome:
        report.rows[outcome] = told[outcome.value]
    report.faults = [Fault(**fault) for fault in told["faults"]]
    report.notes = told["notes"]
    return report


def _new_dataset(batch: ImportBatch, contents: Contents | None, *, user: Any, now: datetime) -> Dataset:
    about, waiting = About(**batch.options), _waiting(batch)
    if _kind(batch) == DatasetKind.FLOWS:
        return _new_flows(batch, about, waiting, user=user)
    return _new_shipments(batch, about, contents or _read_staged(waiting), user=user, now=now)


def _new_shipments(batch: ImportBatch, about: About, contents: Contents, *, user: Any, now: datetime) -> Dataset:
    root = Path(settings.LAKE_ROOT)
    sweep(root, named_folders())
    folder = publish_folder(root, staged_folder(batch), {PART_NAME, REJECTS_NAME})
    try:
        dataset = _described(batch, about, user=user)
        dataset.is_synthetic = about.is_synthetic or contents.synthetic == contents.rows
        dataset.first_day, dataset.last_day = contents.first_day, contents.last_day
        dataset.row_count, dataset.value_usd = contents.rows, contents.value_usd
        dataset.folder = folder
        dataset.save()
        for file in stored_files(root / folder):
            rows = contents.rows if file.name == PART_NAME else batch.report["rejected"]
            DatasetFile.objects.create(dataset=dataset, row_count=rows, **asdict(file))
        why = change_reason(batch)
        resolve_parties(dataset, contents.declared, batch_id=batch.pk, user=user, now=now, why=why)
        new = Company.objects.filter(import_batch=batch).values_list("pk", flat=True)
        name_as_told(companies_named_by([dataset]).difference(new), user=user)
    except BaseException:
        drop_folder(root, folder)
        raise
    return dataset


def _new_flows(batch: ImportBatch, about: About, file: Path, *, user: Any) -> Dataset:
    report = Report(format=batch.format, file_name=batch.file_name, digest=batch.digest)
    rows = read_flows(file, batch.file_name, report)
    periods = [row.period for row in rows]
    dataset = _described(batch, about, user=user)
    dataset.first_day, dataset.last_day = _first_day(min(periods)), _last_day(max(periods))
    dataset.row_count = len(rows)
    dataset.save()
    TradeFlow.objects.bulk_create((row.as_row(dataset.pk) for row in rows), batch_size=2_000)
    return dataset


def _first_day(period: str) -> date:
    year, _, month = period.partition("-")
    return date(int(year), int(month or 1), 1)


def _last_day(period: str) -> date:
    year, _, month = period.partition("-")
    return date(int(year), int(month or 12), monthrange(int(year), int(month or 12))[1])


def _described(batch: ImportBatch, about: About, *, user: Any) -> Dataset:
    """A dataset with what is known before its rows; never wider than its source."""
    source = _source(about, user=user, batch=batch)
    dataset = Dataset(
        title=about.title,
        kind=_kind(batch),
        source=source,
        licence=about.licence,
        coverage=about.coverage,
        completeness=about.completeness,
        visibility=narrower(about.visibility, source.visibility),
        is_synthetic=about.is_synthetic,
        rejected_count=batch.report["rejected"],
        file_name=batch.file_name,
        digest=batch.digest,
        import_batch=batch,
        created_by=user,
    )
    stamp(dataset, user=user, why=change_reason(batch))
    return dataset


def _source(about: About, *, user: Any, batch: ImportBatch) -> Source:
    found = Source.objects.filter(title=about.source_title, url=about.source_url).order_by("pk").first()
    if found is not None:
        return found
    source = Source(
        title=about.source_title,
        url=about.source_url,
        kind=SourceKind.DATASET,
        licence=about.licence,
        visibility=about.visibility,
        is_synthetic=about.is_synthetic,
        created_by=user,
        import_batch=batch,
    )
    stamp(source, user=user, why=change_reason(batch))
    source.save()
    return source


def _read_staged(file: Path) -> Contents:
    """Two aggregates over the file. Raises ValueError where it goes meanwhile."""
    rows = f"read_parquet('{str(file).replace(chr(39), chr(39) * 2)}')"
    sides = " UNION ALL ".join(
        f"""SELECT {party}_key AS key, {party}_name AS name, {party}_country AS country,
        any_value({party}_tax_number) AS tax, {counted} FROM {rows} WHERE {party}_key <> '' GROUP BY 1, 2, 3"""
        for party, counted in (
            ("exporter", "count(*) AS exports, 0 AS imports"),
            ("importer", "0 AS exports, count(*) AS imports"),
        )
    )
    try:
        with open_duckdb(lake_settings()) as connection:
            totals = connection.execute(
                f"""SELECT count(*), count(*) FILTER (is_synthetic), min(declared_on), max(declared_on), sum(value_usd)
                FROM {rows}"""
            ).fetchall()[0]
            parties = connection.execute(
                f"""SELECT key, name, country, max(tax), sum(exports)::BIGINT, sum(imports)::BIGINT FROM ({sides})
                GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""
            ).fetchall()
    except duckdb.IOException as problem:
        raise ValueError(GONE) from problem
    declared = [Declared(*party) for party in parties]
    for party in declared:
        party.name_key  # noqa: B018 - reckoned here, while nobody waits
    rows_count, synthetic, first_day, last_day, value_usd = totals
    return Contents(rows_count, synthetic, first_day, last_day, value_usd, declared)


def import_dataset(
    file: Path,
    about: About,
    *,
    user: Any,
    now: datetime,
    name: str = "",
    mapping: Mapping[str, str] | None = None,
    leave_out_bad: bool = False,
    told: Callable[[Progress], None] | None = None,
    kind: str = DECLARATIONS.name,
) -> ImportBatch:
    """Check a file and make it a dataset at once. Raises ImportRefused with every fault where rows are bad."""
    batch = new_batch(file, about, name=name or file.name, user=user, kind=kind)
    try:
        with being_checked(batch):
            with suppress(OSError):  # on another disk: a check that is killed cannot be begun again from the page
                os.link(file, staged_folder(batch) / UPLOADED)
            batch.report = check(batch, file, mapping=mapping, told=told).as_json()
        batch.status = ImportStatus.CHECKED
        batch.save()
        commit_dataset(batch, user=user, now=now, leave_out_bad=leave_out_bad)
        batch.refresh_from_db()
    except BaseException:
        forget_staged(batch)
        batch.delete()
        raise
    return batch


def new_batch(
    file: Path,
    about: About,
    *,
    name: str,
    user: Any,
    status: str = ImportStatus.UNFINISHED,
    kind: str = DECLARATIONS.name,
) -> ImportBatch:
    """A saved import of a file, about to be checked."""
    return ImportBatch.objects.create(
        format=kind,
        file_name=name[:200],
        digest=digest_of(file),
        visibility=about.visibility,
        options=asdict(about),
        created_by=user,
        status=status,
    )


def undo_shipments(batch: ImportBatch, *, user: Any, now: datetime) -> None:
    """Drop the dataset of an import, with its files. Companies that no other names stay, seen by editors alone.

    Names of other datasets that were taken for them by likeness get companies of their own.
    """
    dataset = Dataset.objects.filter(import_batch=batch).first()
    if dataset is None:
        return
    release_links(dataset)
    named = companies_named_by([dataset])
    stamp(dataset, user=user, why=f"undone: {change_reason(batch)}")
    folder = dataset.folder
    dataset.delete()
    part_names(user=user, now=now)
    name_as_told(named, user=user)
    if folder:
        transaction.on_commit(lambda: drop_folder(Path(settings.LAKE_ROOT), folder))


def write_progress(batch: ImportBatch, progress: Progress) -> None:
    """Say how far a check is, for the page that waits for it."""
    path = staged_folder(batch) / PROGRESS_NAME
    told = {**asdict(progress), "rate": progress.rate, "seconds_left": progress.seconds_left}
    part = path.with_suffix(".part")
    part.write_text(json.dumps(told))
    part.replace(path)


def give_up_if_silent(batch: ImportBatch, *, now: float) -> None:
    """Mark a check as broken off whose process was killed, or has not begun in minutes. `now` in Unix seconds."""
    if batch.status != ImportStatus.RUNNING or is_alive(batch, now=now):
        return
    batch.status, batch.report = ImportStatus.UNFINISHED, {"notes": [BROKEN_OFF]}
    batch.save(update_fields=["status", "report"])


def is_alive(batch: ImportBatch, *, now: float) -> bool:
    """Whether a process checks the import, or will soon. A lock is free again as soon as its process is dead."""
    lock = staged_folder(batch) / LOCK_NAME
    if lock.exists():
        with being_checked(batch) as is_free:
            return not is_free
    written = [path.stat().st_mtime for path in staged_folder(batch).glob("*")]
    return now - max(written, default=batch.created_at.timestamp()) <= SILENT_SECONDS


def check_received(batch: ImportBatch) -> Report | None:
    """Check the uploaded file of an import, and keep the report; None where another process is doing so.

    Raises what breaks the check off, which the import then says.
    """
    begun, file = time.monotonic(), staged_folder(batch) / UPLOADED
    with being_checked(batch) as is_ours:
        if not is_ours:
            return None
        try:
            clear_staged(batch)
            columns = batch.mapping.columns if batch.mapping else None
            report = check(batch, file, mapping=columns, told=lambda told: write_progress(batch, told))
        except Exception as problem:
            clear_staged(batch)
            reason = NO_ROOM if is_full(problem) else f"The check broke off: {problem}"[:1000]
            batch.status, batch.report = ImportStatus.FAILED, {"notes": [reason]}
            batch.save(update_fields=["status", "report"])
            raise
        batch.report = report.as_json() | {"seconds": round(time.monotonic() - begun, 1)}
        batch.status = ImportStatus.CHECKED
        batch.save(update_fields=["status", "report"])
    if batch.format == DECLARATIONS.name:
        file.unlink()  # its rows are typed and wait; those of trade statistics are read again
    return report


def check_again(batch: ImportBatch, *, user: Any) -> ImportBatch:
    """Have an import whose check broke off wait to be checked once more.

    Raises PermissionDenied, and ValueError where it is checked or its file is gone.
    """
    require(may_add(user), "import files")
    file = staged_folder(batch) / UPLOADED
    with transaction.atomic():
        batch = ImportBatch.objects.select_for_update().get(pk=batch.pk)
        if batch.format not in TRADE_FORMATS or batch.status not in {ImportStatus.UNFINISHED, ImportStatus.FAILED}:
            raise ValueError("Only an import whose check broke off can be checked again.")
        if not file.is_file() or digest_of(file) != batch.digest:
            raise ValueError("The file is gone, or was changed since: delete this import and upload the file again.")
        with being_checked(batch) as is_ours:
            if not is_ours:
                raise ValueError("It is being checked.")
            clear_staged(batch)
        (staged_folder(batch) / LOCK_NAME).unlink(missing_ok=True)
        (staged_folder(batch) / ASKED_NAME).touch()  # from now on the process has some minutes to begin
        batch.status, batch.report = ImportStatus.RUNNING, {}
        batch.save(update_fields=["status", "report"])
    return batch


def read_progress(batch: ImportBatch) -> dict[str, Any] | None:
    """How far a check is, as it last said; None where it has not said anything."""
    try:
        told: dict[str, Any] = json.loads((staged_folder(batch) / PROGRESS_NAME).read_text())
    except (OSError, ValueError):
        return None
    return told


def rejects_file(batch: ImportBatch) -> Path | None:
    """Every bad row of an import with its reasons, as CSV; None where there is none (any more)."""
    folder = Dataset.objects.filter(import_batch=batch).values_list("folder", flat=True).first()
    path = (Path(settings.LAKE_ROOT) / folder if folder else staged_folder(batch)) / REJECTS_NAME
    return path if path.is_file() else None
