"""Attaching photos: the original under its digest, the derivatives beside it, the facts in the row."""

from threading import Lock
from typing import Any, BinaryIO

from django.core.files import File
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone

from components import photos
from components.curation.permissions import may_edit, require
from components.models import Assembly, Component, Photo, Weapon
from components.models.curated import stamp
from components.photos import PhotoFacts

# One decoded photo may take 400 MB (components/photos.py): a process decodes one at a time.
_decoding = Lock()


def attach_photo(
    record: Weapon | Assembly | Component, upload: BinaryIO, *, name: str, user: Any, **facts: Any
) -> Photo:
    """Keep an uploaded image and attach it to a record, as a draft; the same file twice gives the same photo.

    `facts` are caption, credit, licence, source, is_synthetic, import_batch. The files are written before the row: a
    crash between the two leaves a file that nothing names, never a row without its file.
    Raises PhotoRefused with the reason, PermissionDenied.
    """
    require(may_edit(user, record), "add photos to this record")
    seen = photos.examine(upload)
    target = {_target_field(record): record}
    present = Photo.objects.filter(digest=seen.digest, **target).first()
    if present is not None:
        return present
    photo = Photo(**target, **_columns(seen), file_name=name[:200], **facts)
    photo.created_by = user if user.is_authenticated else None
    _store(photo, upload)
    with transaction.atomic():
        stamp(photo, user=user, why="photo added")
        photo.save()
    return photo


def _target_field(record: Weapon | Assembly | Component) -> str:
    return record._meta.model_name or ""


def _columns(seen: PhotoFacts) -> dict[str, Any]:
    """The row's columns from what the file says of itself; EXIF has no time zone, so its time is taken as UTC."""
    return {
        "digest": seen.digest,
        "mime": seen.mime,
        "width": seen.width,
        "height": seen.height,
        "byte_count": seen.byte_count,
        "taken_at": timezone.make_aware(seen.taken_at) if seen.taken_at else None,
        "camera": seen.camera[:100],
        "latitude": seen.latitude,
        "longitude": seen.longitude,
        "exif": seen.exif,
    }


def _store(photo: Photo, upload: BinaryIO) -> None:
    """Write the original and its derivatives where they are not there yet."""
    upload.seek(0)
    with _decoding:
        derivatives = photos.derivatives(upload)
    for size, derivative in derivatives.items():
        if not default_storage.exists(photo.derivative_name(size)):
            default_storage.save(photo.derivative_name(size), ContentFile(derivative.content))
    if not default_storage.exists(photo.original_name):
        upload.seek(0)
        default_storage.save(photo.original_name, File(upload))
