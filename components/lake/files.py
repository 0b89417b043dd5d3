"""The folders of datasets: made beside, moved into place whole, never changed, deleted whole."""

import os
import shutil
import time
import uuid
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from components import storage
from components.storage import FORGOTTEN_SECONDS, sync_file, sync_folder

STAGING = ".staging"


@dataclass(frozen=True)
class StoredFile:
    """A file in the folder of a dataset."""

    name: str
    digest: str
    byte_count: int


def staging_folder(root: Path, name: str = "") -> Path:
    """A folder beside the datasets, in which one is made; nobody reads there."""
    folder = root / STAGING / (name or uuid.uuid4().hex)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def publish_folder(root: Path, staged: Path, keep: Collection[str]) -> str:
    """Put the named files of a staged folder into place as one dataset; its name.

    They stay in the staged folder as well, for another try, until whoever publishes them deletes it.
    """
    name = uuid.uuid4().hex
    making = staging_folder(root, name)
    try:
        for file in sorted(keep):
            if (staged / file).is_file():
                os.link(staged / file, making / file)
                sync_file(making / file)
        sync_folder(making)
        making.rename(root / name)
    except BaseException:
        shutil.rmtree(making, ignore_errors=True)
        raise
    sync_folder(root)
    return name


def stored_files(folder: Path) -> list[StoredFile]:
    """The files of a dataset with their digests."""
    return [StoredFile(path.name, digest_of(path), path.stat().st_size) for path in sorted(folder.iterdir())]


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return storage.digest_of(stream)


def fault_of(path: Path, byte_count: int) -> str:
    """What is wrong with a Parquet file of a dataset as far as one sees without reading it through; empty: nothing."""
    try:
        seen = path.stat()
    except FileNotFoundError:
        return "is missing"
    if seen.st_size != byte_count:
        return f"has {seen.st_size:,} bytes instead of {byte_count:,}"
    return _fault_of_ends(path, seen.st_mtime_ns)


@lru_cache(maxsize=1000)
def _fault_of_ends(path: Path, changed_at: int) -> str:
    """Read once for each state of a file: where a file begins and ends as Parquet, its footer is there."""
    try:
        pq.read_metadata(path)
    except (OSError, pa.ArrowException):
        return "is no whole Parquet file"
    return ""


@lru_cache(maxsize=1000)
def is_altered(path: Path, digest: str, changed_at: int) -> bool:
    """Whether a file is not what it was when it was imported; it is read through once for each `changed_at`."""
    return digest_of(path) != digest


def drop_folder(root: Path, name: str) -> None:
    """Delete a dataset's files. A name that leads elsewhere is refused with ValueError."""
    if not name or "/" in name or name.startswith("."):
        raise ValueError(f"{name!r} is no dataset folder.")
    shutil.rmtree(root / name, ignore_errors=True)


def sweep(root: Path, named: Collection[str]) -> list[str]:
    """Delete what no dataset names and nobody has touched for a day: the remains of processes that died."""
    return delete_untouched(unnamed_folders(root, named))


def unnamed_folders(root: Path, named: Collection[str]) -> list[Path]:
    """The folders of datasets, and those in which one is made, that are not among the named."""
    folders = [*(root / STAGING).glob("*"), *(path for path in root.glob("*") if not path.name.startswith("."))]
    return [path for path in folders if path.is_dir() and path.name not in named]


def delete_untouched(paths: Iterable[Path]) -> list[str]:
    """Delete the files and folders among these that nobody has touched for a day; their names."""
    limit, deleted = time.time() - FORGOTTEN_SECONDS, []
    for path in paths:
        with suppress(FileNotFoundError):  # moved into place or deleted by another process meanwhile
            if path.stat().st_mtime < limit:
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()
                deleted.append(path.name)
    return deleted
