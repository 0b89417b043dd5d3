"""Writing files so that what lies under a name is whole: beside it first, synced, then renamed into place.

Where the media storage is no folder (S3), an object appears whole or not at all, and no other name is needed.
"""

import errno
import hashlib
import os
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO

import duckdb
from django.core.files import File
from django.core.files.storage import FileSystemStorage, default_storage
from django.db import DatabaseError

PART = ".part"
BLOCK_BYTES = 1024 * 1024
FORGOTTEN_SECONDS = 24 * 3600  # no write takes a day; what is older was left by a process that died
DISK_FULL = "There is no room left to store this: the disk of the server is full. Nothing was stored. Try again later."
_FULL = {errno.ENOSPC, errno.EDQUOT}
# Of SQLite (SQLITE_FULL), and of the C library, which PostgreSQL and DuckDB pass on.
_FULL_WORDS = ("database or disk is full", os.strerror(errno.ENOSPC), os.strerror(errno.EDQUOT))


def is_full(problem: BaseException) -> bool:
    """Whether something failed because there is no room: on the disk of the files, of the lake or of the database."""
    if isinstance(problem, OSError) and problem.errno in _FULL:
        return True
    if isinstance(problem, OSError | DatabaseError | duckdb.Error):
        return any(words in str(problem) for words in _FULL_WORDS)
    return False


def digest_of(stream: Any) -> str:
    """SHA-256 of a stream from where it stands to its end, in hexadecimal."""
    seen = hashlib.sha256()
    while block := stream.read(BLOCK_BYTES):
        seen.update(block)
    return seen.hexdigest()


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """A name beside `path` to write under; what was written is synced and takes the place of `path` at the end.

    Where anything fails, `path` stays as it was and the other name is deleted.
    """
    _make_folder(path.parent)
    part = path.with_name(f".{path.name}.{uuid.uuid4().hex}{PART}")
    try:
        yield part
        sync_file(part)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        sync_folder(folder.parent)


def sync_file(path: Path) -> None:
    """Have a file's bytes on the disk before anything says that they are there."""
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def is_stored(name: str, *, digest: str, byte_count: int) -> bool:
    """Whether the media storage has exactly these bytes under a name."""
    if not default_storage.exists(name) or default_storage.size(name) != byte_count:
        return False
    with default_storage.open(name) as stream:
        return digest_of(stream) == digest


def store(name: str, content: BinaryIO, *, digest: str, byte_count: int) -> bool:
    """Have these bytes under a name of the media storage; whether they had to be written.

    What is there is trusted only where size and digest match, and replaced otherwise. Raises OSError where they cannot
    be written: then there is nothing new under the name.
    """
    if is_stored(name, digest=digest, byte_count=byte_count):
        return False
    content.seek(0)
    if is_folder():
        _store_locally(name, content, digest)
    else:
        default_storage.delete(name)  # it is there, and wrong, or it is not there
        default_storage.save(name, File(content))
    return True


def is_folder() -> bool:
    """Whether the media storage is a folder of this machine."""
    return isinstance(default_storage, FileSystemStorage)


def _store_locally(name: str, content: BinaryIO, digest: str) -> None:
    path, seen = Path(default_storage.path(name)), hashlib.sha256()
    mode = default_storage.file_permissions_mode  # type: ignore[attr-defined]
    with written_whole(path) as part:
        with part.open("wb") as target:
            while block := content.read(BLOCK_BYTES):
                seen.update(block)
                target.write(block)
        if seen.hexdigest() != digest:
            raise OSError(f"{name} would not be what was read before.")
        if mode is not None:
            part.chmod(mode)


def delete_parts(folders: Iterable[Path]) -> list[Path]:
    """Delete the remains of writes that broke off more than a day ago; which."""
    limit, deleted = time.time() - FORGOTTEN_SECONDS, []
    for folder in folders:
        for path in folder.rglob(f".*{PART}"):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < limit:
                    path.unlink()
                    deleted.append(path)
    return deleted
