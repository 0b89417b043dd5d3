"""Every stored file held against what was written down of it: what is missing, was altered, or belongs to nothing."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.core.files.storage import default_storage

from components import photos, storage
from components.curation.stored_files import keep_digest
from components.intake.trade.datasets import named_folders
from components.intake.trade.formats import TRADE_FORMATS
from components.lake.files import digest_of, unnamed_folders
from components.models import DatasetFile, ImportBatch, MediaFile, Photo
from components.models.evidence import SIZES

FOLDERS = ("originals", "derivatives", "imports")


@dataclass
class Verified:
    """What was looked at and what is wrong; each fault as a sentence. `unknown`: nothing was written down of it."""

    files: int = 0
    missing: list[str] = field(default_factory=list)
    altered: list[str] = field(default_factory=list)
    orphaned: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    taken_in: int = 0
    deleted_parts: int = 0

    @property
    def is_good(self) -> bool:
        """Whether nothing is missing, altered or orphaned."""
        return not (self.missing or self.altered or self.orphaned)


def verify_files(*, take_in: bool = False) -> Verified:
    """Read every file of the media storage and of the lake through.

    `take_in` writes down the digests of files of which nothing is known, as they are. Remains of writes that broke off
    more than a day ago are deleted.
    """
    found = Verified(deleted_parts=_delete_parts())
    stored = [name for folder in FOLDERS for name in _stored_below(folder)]  # before the rows: an upload may go on
    known = {file.name: file for file in MediaFile.objects.all()}
    named = _verify_photos(found, known, take_in=take_in) | _verify_imports(found, known, take_in=take_in)
    found.orphaned += [f"{name}: no photo and no import has it" for name in stored if name not in named]
    _verify_lake(found)
    return found


def _delete_parts() -> int:
    roots = [Path(settings.LAKE_ROOT)]
    if storage.is_folder():
        roots += [Path(default_storage.path(folder)) for folder in FOLDERS]
    return len(storage.delete_parts(roots))


def _stored_below(folder: str) -> Iterator[str]:
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (f"{folder}/{name}" for name in sorted(files) if not name.endswith(storage.PART))
    for name in sorted(folders):
        yield from _stored_below(f"{folder}/{name}")


def _verify_photos(found: Verified, known: dict[str, MediaFile], *, take_in: bool) -> set[str]:
    """Originals by the digest in their rows, derivatives by what was written down of them; every name there may be."""
    names = set()
    one_of_each = {photo.digest: photo for photo in Photo.objects.order_by("-pk").iterator()}
    for photo in one_of_each.values():
        names.add(photo.original_name)
        _verify(found, photo.original_name, photo.digest, f"the original of photo {photo.pk}")
        for size in SIZES:
            name = photo.derivative_name(size)
            names.add(name)
            what = f"the {size} copy of photo {photo.pk}"
            if name in known:
                _verify(found, name, known[name].digest, what)
            else:
                _look_at_copy(found, name, what, take_in=take_in)
    return names


def _verify_imports(found: Verified, known: dict[str, MediaFile], *, take_in: bool) -> set[str]:
    """Uploaded files by their digests. An import by a command keeps no file: only one that is known can be missing."""
    names = set()
    uploads = ImportBatch.objects.exclude(format__in=TRADE_FORMATS).order_by("-pk")
    for batch in {batch.digest: batch for batch in uploads.iterator()}.values():
        name, what = batch.stored_name, f"the file of import {batch.pk}"
        names.add(name)
        if name in known:
            _verify(found, name, batch.digest, what)
        elif default_storage.exists(name) and _verify(found, name, batch.digest, what):
            _take_in(found, name, what, take_in=take_in)
    return names


def _verify(found: Verified, name: str, digest: str, what: str) -> bool:
    """Whether a file is what it should be; faults are added to `found`."""
    found.files += 1
    try:
        with default_storage.open(name) as stream:
            if storage.digest_of(stream) == digest:
                return True
        found.altered.append(f"{name}: {what}")
    except FileNotFoundError:
        found.missing.append(f"{name}: {what}")
    return False


def _look_at_copy(found: Verified, name: str, what: str, *, take_in: bool) -> None:
    found.files += 1
    try:
        with default_storage.open(name) as stream:
            is_whole = photos.ends_as_jpeg(stream)  # type: ignore[arg-type]
    except FileNotFoundError:
        found.missing.append(f"{name}: {what}")
        return
    if is_whole:
        _take_in(found, name, what, take_in=take_in)
    else:
        found.altered.append(f"{name}: {what} is cut; it is made anew when somebody looks at it")


def _take_in(found: Verified, name: str, what: str, *, take_in: bool) -> None:
    if not take_in:
        found.unknown.append(f"{name}: {what}")
        return
    with default_storage.open(name) as stream:
        keep_digest(name, digest=storage.digest_of(stream), byte_count=default_storage.size(name))
    found.taken_in += 1


def _verify_lake(found: Verified) -> None:
    root = Path(settings.LAKE_ROOT)
    stored = {path for path in root.glob("*/*") if not path.parent.name.startswith(".")}
    named = set()
    for file in DatasetFile.objects.select_related("dataset").order_by("dataset_id", "name"):
        found.files += 1
        named.add(file.path)
        what = f"{file.path.relative_to(root)}: {file.name} of dataset {file.dataset_id}, “{file.dataset.title}”"
        if not file.path.is_file():
            found.missing.append(what)
        elif digest_of(file.path) != file.digest:
            found.altered.append(what)
    folders = set(unnamed_folders(root, named_folders()))
    loose = [path for path in stored - named if path.parent not in folders]
    found.orphaned += [
        f"{path.relative_to(root)}: no dataset and no import has it" for path in sorted([*folders, *loose])
    ]
