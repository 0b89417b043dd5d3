"""The folders of datasets: made beside, moved into place whole, never changed, deleted whole."""

import hashlib
import shutil
import time
import uuid
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

STAGING = ".staging"
FORGOTTEN_SECONDS = 24 * 3600  # no import takes a day; what is older was left by a process that died
BLOCK_BYTES = 1024 * 1024


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
    """Move the named files of a staged folder into place as one dataset; its name. The rest of the folder goes."""
    for path in staged.iterdir():
        if path.name not in keep:
            path.unlink()
    name = uuid.uuid4().hex
    staged.rename(root / name)
    return name


def stored_files(folder: Path) -> list[StoredFile]:
    """The files of a dataset with their digests."""
    return [StoredFile(path.name, digest_of(path), path.stat().st_size) for path in sorted(folder.iterdir())]


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    seen = hashlib.sha256()
    with path.open("rb") as stream:
        while block := stream.read(BLOCK_BYTES):
            seen.update(block)
    return seen.hexdigest()


def drop_folder(root: Path, name: str) -> None:
    """Delete a dataset's files. A name that leads elsewhere is refused with ValueError."""
    if not name or "/" in name or name.startswith("."):
        raise ValueError(f"{name!r} is no dataset folder.")
    shutil.rmtree(root / name, ignore_errors=True)


def sweep(root: Path, named: Collection[str]) -> list[str]:
    """Delete what no dataset names and nobody has touched for a day: the remains of processes that died."""
    loose = [path for path in (root / STAGING).glob("*") if path.is_dir()]
    loose += [
        path for path in root.glob("*") if path.is_dir() and not path.name.startswith(".") and path.name not in named
    ]
    return delete_untouched(loose)


def delete_untouched(paths: Iterable[Path]) -> list[str]:
    """Delete the files and folders among these that nobody has touched for a day; their names."""
    limit, deleted = time.time() - FORGOTTEN_SECONDS, []
    for path in paths:
        with suppress(FileNotFoundError):  # moved into place or deleted by another process meanwhile
            if path.stat().st_mtime < limit:
                shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()
                deleted.append(path.name)
    return deleted
