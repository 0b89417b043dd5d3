"""The files of the media storage: kept with their digests, opened only as what they should be."""

from io import BytesIO
from threading import Lock
from typing import Any, BinaryIO

from django.core.files.storage import default_storage

from components import photos, storage
from components.models import MediaFile, Photo
from components.models.evidence import SIZES

ORIGINAL = "original"
# One decoded photo may take 400 MB (components/photos.py): a process decodes one at a time.
_decoding = Lock()


class FileAltered(Exception):
    """A stored file is not what was uploaded; the message says so in words."""


def store_photo(photo: Photo, upload: BinaryIO) -> None:
    """Have the original and its derivatives in the media storage. Raises OSError where there is no room for them."""
    upload.seek(0)
    try:
        _store_derivatives(photo, upload)
        storage.store(photo.original_name, upload, digest=photo.digest, byte_count=photo.byte_count)
    except BaseException:
        if not Photo.objects.filter(digest=photo.digest).exists():
            names = [photo.derivative_name(size) for size in SIZES]
            MediaFile.objects.filter(name__in=names).delete()
            for name in names:
                default_storage.delete(name)
        raise


def keep_digest(name: str, *, digest: str, byte_count: int) -> None:
    """Write down what the media storage has under a name."""
    MediaFile.objects.update_or_create(name=name, defaults={"digest": digest, "byte_count": byte_count})


def _store_derivatives(photo: Photo, original: BinaryIO) -> dict[str, bytes]:
    with _decoding:
        made = photos.derivatives(original)
    for size, derivative in made.items():
        name, content = photo.derivative_name(size), BytesIO(derivative.content)
        digest, byte_count = photos.digest(content), len(derivative.content)
        storage.store(name, content, digest=digest, byte_count=byte_count)
        keep_digest(name, digest=digest, byte_count=byte_count)
    return {size: derivative.content for size, derivative in made.items()}


def open_photo(photo: Photo, size: str) -> BinaryIO:
    """The original as it was uploaded, or a derivative, which is made anew where it is cut.

    Raises FileNotFoundError where it is not there, and FileAltered where the original is not what was uploaded.
    """
    if size == ORIGINAL:
        return _open_original(photo)
    name = photo.derivative_name(size)
    content: Any = default_storage.open(name)
    if photos.ends_as_jpeg(content):
        content.seek(0)
        return content  # type: ignore[no-any-return]
    content.close()
    with _open_original(photo) as original:
        return BytesIO(_store_derivatives(photo, original)[size])


def _open_original(photo: Photo) -> BinaryIO:
    content: Any = default_storage.open(photo.original_name)
    if content.size != photo.byte_count or storage.digest_of(content) != photo.digest:
        content.close()
        raise FileAltered(
            f"The stored file of photo {photo.pk} is not what was uploaded, so it is not shown. "
            "Upload the same file again, or restore it from a backup."
        )
    content.seek(0)
    return content  # type: ignore[no-any-return]
