"""The files of media and lake, copied with their digests; a file that is there is never written over in place."""

import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage

from components.choices import ImportStatus
from components.lake.files import STAGING
from components.models import DatasetFile, ImportBatch, Photo
from components.models.evidence import SIZES
from components.operation.backups.manifest import LAKE, MEDIA, BackupRefused, Entry
from components.storage import BLOCK_BYTES


def media_names(folder: str = "") -> Iterator[str]:
    """The names of all files in the media storage but hidden ones and the lake, which lies inside it by default."""
    if _is_lake(folder):
        return
    try:
        folders, names = default_storage.listdir(folder)
    except FileNotFoundError:  # nothing was stored yet
        return
    for name in sorted(names):
        if not name.startswith("."):
            yield str(PurePosixPath(folder) / name)
    for name in sorted(folders):
        if not name.startswith("."):
            yield from media_names(str(PurePosixPath(folder) / name))


def _is_lake(folder: str) -> bool:
    try:
        return Path(default_storage.path(folder)).resolve() == Path(settings.LAKE_ROOT).resolve()
    except NotImplementedError:  # no folder of this machine
        return False


def lake_names() -> Iterator[str]:
    """The names of all files of datasets; what is hidden there is a cache, or not a dataset yet."""
    root = Path(settings.LAKE_ROOT)
    for path in sorted(root.glob("*/*")):
        if not path.parent.name.startswith(".") and path.is_file():
            yield path.relative_to(root).as_posix()


def waiting_names() -> Iterator[str]:
    """The names of the files of checked imports of trade records that nobody has committed yet."""
    root = Path(settings.LAKE_ROOT)
    for batch in ImportBatch.objects.filter(status=ImportStatus.CHECKED).values_list("pk", flat=True):
        for path in sorted((root / STAGING / f"import-{batch}").glob("*")):
            yield path.relative_to(root).as_posix()


def copy_new(folder: Path, names: Iterator[str], part: str, done: dict[str, Entry]) -> None:
    """Copy what is not in `done` yet into the folder; what goes meanwhile is left out."""
    for name in names:
        path = f"{part}/{name}"
        if path not in done:
            with suppress(FileNotFoundError), open_file(part, name) as source:
                done[path] = write_file(folder / path, source, path)


def open_file(part: str, name: str) -> BinaryIO:
    """A file of media or lake for reading."""
    if part == LAKE:
        return (Path(settings.LAKE_ROOT) / name).open("rb")
    return default_storage.open(name)  # type: ignore[return-value]


def write_file(target: Path, source: BinaryIO, path: str) -> Entry:
    """Copy a stream to its place, which has the whole of it or nothing."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{uuid.uuid4().hex}.part")
    seen, byte_count = hashlib.sha256(), 0
    try:
        with part.open("wb") as stream:
            while block := source.read(BLOCK_BYTES):
                seen.update(block)
                byte_count += stream.write(block)
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
    return Entry(path, seen.hexdigest(), byte_count)


def named_by_rows() -> Iterator[tuple[str, str]]:
    """The files that the rows name, as paths of a backup, each with its digest or "" where the row has none."""
    for photo in Photo.objects.only("digest").iterator():
        yield f"{MEDIA}/{photo.original_name}", photo.digest
        for size in SIZES:
            yield f"{MEDIA}/{photo.derivative_name(size)}", ""
    for file in DatasetFile.objects.select_related("dataset").iterator():
        yield f"{LAKE}/{file.dataset.folder}/{file.name}", file.digest


def media_or_lake_has_files() -> bool:
    """Whether anything is stored that a restored file could meet."""
    return any(True for _ in media_names()) or any(True for _ in lake_names())


def put_back(folder: Path, name: str, entry: Entry, part: str) -> None:
    """Write a file of a backup to where the product reads it; one of the same bytes stays. Raises BackupRefused."""
    if _is_there(name, entry, part):
        return
    with (folder / entry.path).open("rb") as source:
        if part == LAKE:
            write_file(Path(settings.LAKE_ROOT) / name, source, entry.path)
            return
        if default_storage.exists(name):
            default_storage.delete(name)
        if default_storage.save(name, File(source)) != name:
            raise BackupRefused(f"The storage does not take the name {name}.")


def _is_there(name: str, entry: Entry, part: str) -> bool:
    seen = hashlib.sha256()
    try:
        with open_file(part, name) as stream:
            while block := stream.read(BLOCK_BYTES):
                seen.update(block)
    except FileNotFoundError:
        return False
    return seen.hexdigest() == entry.digest
