"""Attaching photos: the original under its digest, the derivatives beside it, the facts in the row."""

from typing import Any, BinaryIO

from django.db import transaction
from django.utils import timezone

from components import photos, storage
from components.curation.permissions import may_edit, require
from components.curation.stored_files import store_photo
from components.models import Assembly, Component, Photo, Weapon
from components.models.curated import stamp
from components.photos import PhotoFacts


def attach_photo(
    record: Weapon | Assembly | Component, upload: BinaryIO, *, name: str, user: Any, **facts: Any
) -> Photo:
    """Keep an uploaded image and attach it to a record, as a draft; the same file twice gives the same photo.

    `facts` are caption, credit, licence, source, is_synthetic, import_batch. The files are written before the row: a
    crash between the two leaves a file that nothing names, never a row without its file.
    Raises PhotoRefused with the reason, PermissionDenied, and OSError where there is no room for the files.
    """
    require(may_edit(user, record), "add photos to this record")
    seen = photos.examine(upload)
    target = {_target_field(record): record}
    present = Photo.objects.filter(digest=seen.digest, **target).first()
    if present is not None:
        if not storage.is_stored(present.original_name, digest=present.digest, byte_count=present.byte_count):
            store_photo(present, upload)
        return present
    photo = Photo(**target, **_columns(seen), file_name=name[:200], **facts)
    photo.created_by = user if user.is_authenticated else None
    store_photo(photo, upload)
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
