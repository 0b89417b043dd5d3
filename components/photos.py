"""Say what an uploaded photo is and make small clean copies of it; never change, keep or trust the original.

Everything here expects a hostile file. Cost is bounded by looking at the headers before Pillow does: bytes, number of
parts, pixels, and the memory that decoding will take. There are no threads and no timers: a file within the limits
is decoded in seconds, and a file beyond them is refused before a pixel is read.
"""

import hashlib
import io
import math
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import BinaryIO, Literal, NamedTuple, SupportsFloat, cast

from PIL import ExifTags, Image, ImageCms, ImageFile, PngImagePlugin

Box = tuple[int, int]
ExifValue = str | int | float | list[int | float]
Reason = Literal[
    "too_many_bytes",
    "not_an_image",
    "unsupported_type",
    "too_much_metadata",
    "too_many_pixels",
    "too_much_memory",
    "broken",
]

THUMBNAIL_BOX: Box = (320, 320)  # a card in a list, at twice its 160 CSS pixels
SCREEN_BOX: Box = (1600, 1600)  # a page's full width; the region editor opens the original
BOXES: Mapping[str, Box] = {"thumbnail": THUMBNAIL_BOX, "screen": SCREEN_BOX}
JPEG_QUALITY = 82  # chip markings stay legible; above 85 only the file grows

# Two reductions may stand between the decoded and the wanted size: below that a box filter shows (Pillow's own advice
# for `reducing_gap` is 2 to 3).
REDUCING_GAP = 2.0
STRIP_PIXELS = 2**20  # colour conversion goes strip by strip, so that its copies stay near 10 MB

# The parts before the pixels: a camera writes about ten, an edited file with depth map and profile some hundreds.
PART_LIMIT = 100_000
EXIF_BYTE_LIMIT = 256 * 1024  # one JPEG segment, all that a camera can write, holds 64 KiB
METADATA_BYTE_LIMIT = 16 * 2**20  # a phone's depth map in XMP takes up to 6 MB
TIFF_VALUE_LIMIT = 400_000  # offsets and lengths of strips; Pillow makes each a Python object of 28 bytes or more
PNG_TEXT_BYTE_LIMIT = 4 * 2**20  # Pillow keeps up to four bytes in memory for each
ICC_BYTE_LIMIT = 4 * 2**20  # the largest printing profiles are near 3 MB
FRAME_LIMIT = 1000  # counting stops here: the pages of a TIFF form a chain that may be made very long
JPEG_SCAN_LIMIT = 100  # encoders write about ten; each costs a pass over the whole image (libtiff has the same limit)

EXIF_TAG_LIMIT = 200
EXIF_TEXT_LIMIT = 500
EXIF_LIST_LIMIT = 16

JPEG_SIGNATURE = b"\xff\xd8\xff"
PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
OTHER_IMAGES = (b"GIF8", b"BM", b"8BPS", b"\0\0\1\0", b"\0\0\0\x0cjP", b"\xffO\xffQ", b"II+\0", b"MM\0+")

EXTENSIONS = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "TIFF": ".tif"}
MIME_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp", "TIFF": "image/tiff"}
EXPECTED = "Send a JPEG, PNG, WebP or TIFF."

# Bytes that Pillow holds for a pixel (libImaging/Storage.c); a mode not listed is not one we can show.
PIXEL_BYTES = dict.fromkeys(("1", "L", "P"), 1) | dict.fromkeys(("I;16", "I;16B", "I;16L"), 2)
PIXEL_BYTES |= dict.fromkeys(("I", "F", "LA", "PA", "RGB", "RGBA", "RGBX", "CMYK", "YCbCr", "LAB"), 4)
DEEP_GREY = frozenset({"I;16", "I;16B", "I;16L", "I", "F"})
PLAIN = frozenset({"L", "RGB", "CMYK"})
WEBP_PIXEL_BYTES = 18  # two canvases, the frame as bytes, the image, four each; some of the decoder's own (measured)
TIFF_SEGMENT_PIXEL_BYTES = 8  # libtiff's buffer of one strip or tile, twice where it converts the colours
# What cameras, scanners and microscopes write. The others are rare and have been the way in for attacks (old-style
# JPEG) or may ask for gigabytes of dictionary (LZMA, Zstandard).
TIFF_COMPRESSIONS = frozenset(
    {"raw", "tiff_ccitt", "group3", "group4", "tiff_lzw", "jpeg", "tiff_adobe_deflate", "packbits", "tiff_deflate"}
)
TIFF_BYTE_TYPES = frozenset({1, 2, 7})  # BYTE, ASCII, UNDEFINED: kept as one bytes or str (TIFF 6.0, section 2)
TIFF_EXIF, TIFF_GPS = 0x8769, 0x8825  # pointers to further directories (Exif 2.32, section 4.6.3)

# How to turn the stored image for the eye, by the Exif orientation (Exif 2.32, section 4.6.4, tag 0x0112).
TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Limits:
    """The most a photo may be: the file's bytes, the image's pixels, the bytes of memory that decoding it takes.

    60 MB and 120 megapixels take in the largest phone and the medium-format cameras. 256 MiB leave a web worker and
    the file itself within 512 MB.
    """

    byte_count: int = 60_000_000
    pixel_count: int = 120_000_000
    memory_byte_count: int = 256 * 2**20


DEFAULT_LIMITS = Limits()

# Pillow keeps these two for the whole process. It raises at twice MAX_IMAGE_PIXELS, before WebP allocates its canvas.
Image.MAX_IMAGE_PIXELS = DEFAULT_LIMITS.pixel_count
PngImagePlugin.MAX_TEXT_MEMORY = PNG_TEXT_BYTE_LIMIT


class PhotoRefused(ValueError):
    """The file is no photo we take; the message says to the uploader what is wrong and what is expected."""

    def __init__(self, reason: Reason, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class PhotoFacts:
    """What a file says of itself. Width and height are in pixels as seen, after orientation.

    `taken_at` is the camera's clock without a time zone; latitude and longitude are degrees, both or neither.
    `exif` is safe for JSON and PostgreSQL: named tags only, no bytes, long texts cut, long lists left out.
    `taken_at`, `camera`, position and `exif` are for those who may see them.
    """

    format: str
    mime: str
    extension: str
    width: int
    height: int
    byte_count: int
    digest: str
    frame_count: int
    taken_at: datetime | None
    camera: str
    latitude: float | None
    longitude: float | None
    exif: dict[str, ExifValue]


@dataclass(frozen=True)
class Derivative:
    """A small copy as an sRGB or grey JPEG without any metadata; width and height in pixels."""

    content: bytes
    mime: str
    width: int
    height: int


class _Part(NamedTuple):
    """A chunk, segment or tag of a file: its kind, where its content begins, how many bytes (or values) it has."""

    kind: Literal["exif", "pixels", "scan", "values", "other"]
    offset: int
    size: int


PART_SIZE_LIMITS = {"exif": EXIF_BYTE_LIMIT, "values": TIFF_VALUE_LIMIT, "other": METADATA_BYTE_LIMIT}


def digest(stream: BinaryIO) -> str:
    """The SHA-256 of the whole stream in lower-case hex; leaves the stream at its start."""
    sha256 = hashlib.sha256()
    stream.seek(0)
    while block := stream.read(2**20):
        sha256.update(block)
    stream.seek(0)
    return sha256.hexdigest()


def examine(stream: BinaryIO, *, limits: Limits = DEFAULT_LIMITS) -> PhotoFacts:
    """The facts of a photo, from its headers; raises PhotoRefused.

    No pixel is decoded: only `derivatives` finds a file broken further on, so an upload is taken after both.
    """
    with _opened(stream, limits) as image:
        exif = _exif_tags(image)
        width, height = _size_as_seen(image)
        frame_count = _frame_count(image, stream)
    kind = _format_of(stream)
    latitude, longitude = _position(exif)
    return PhotoFacts(
        format=kind,
        mime=MIME_TYPES[kind],
        extension=EXTENSIONS[kind],
        width=width,
        height=height,
        byte_count=_byte_count(stream),
        digest=digest(stream),
        frame_count=frame_count,
        taken_at=_taken_at(exif),
        camera=_camera(exif),
        latitude=latitude,
        longitude=longitude,
        exif=exif,
    )


def ends_as_jpeg(stream: BinaryIO) -> bool:
    """Whether a derivative has its first and its last marker: what was cut or never reached the disk has not."""
    head = _read_at(stream, 0, len(JPEG_SIGNATURE))
    byte_count = _byte_count(stream)
    return head == JPEG_SIGNATURE and _read_at(stream, max(0, byte_count - 2), 2) == b"\xff\xd9"


def derive(stream: BinaryIO, *, box: Box, limits: Limits = DEFAULT_LIMITS) -> Derivative:
    """A copy that fits the box (width, height), never enlarged; raises PhotoRefused."""
    return derivatives(stream, boxes={"one": box}, limits=limits)["one"]


def derivatives(
    stream: BinaryIO, *, boxes: Mapping[str, Box] = BOXES, limits: Limits = DEFAULT_LIMITS
) -> dict[str, Derivative]:
    """A copy for each box by its name, all from one decoding of the first frame; raises PhotoRefused.

    Turned for the eye, in sRGB, transparency on white, deep greys stretched from the darkest to the lightest value.
    """
    with _opened(stream, limits) as image:
        largest = max(width for width, _ in boxes.values()), max(height for _, height in boxes.values())
        picture = _picture(image, largest)
        copies = {name: _encoded(_resized(picture, _fitted(picture.size, box))) for name, box in boxes.items()}
    stream.seek(0)
    return copies


@contextmanager
def _opened(stream: BinaryIO, limits: Limits) -> Iterator[ImageFile.ImageFile]:
    """The image with its headers read and found within the limits, its pixels not yet."""
    with _refusals(limits):
        if (byte_count := _byte_count(stream)) > limits.byte_count:
            raise PhotoRefused(
                "too_many_bytes", f"The file has {byte_count:,} bytes; at most {limits.byte_count:,} are taken."
            )
        kind = _format_of(stream)
        parts = _checked_parts(PARTS[kind](stream), byte_count)
        with Image.open(stream, formats=(kind,)) as image:
            _check_pixels(image.size, limits)
            _check_memory(_working_byte_count(image, stream, parts), limits)
            if kind == "PNG":
                _find_late_exif(image, stream, parts)
            yield image


@contextmanager
def _refusals(limits: Limits) -> Iterator[None]:
    """Turn whatever Pillow raises into PhotoRefused.

    Pillow documents no closed set of exceptions: broken files have raised OSError, SyntaxError, ValueError, TypeError,
    KeyError, IndexError, AttributeError, EOFError, OverflowError, ZeroDivisionError, struct.error, zlib.error and
    AssertionError. Hence `Exception`, here and nowhere else; the cause stays on the exception for the log.
    """
    try:
        yield
    except PhotoRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        message = f"The image has more than {limits.pixel_count / 1e6:.0f} megapixels, the most that is taken."
        raise PhotoRefused("too_many_pixels", message) from error
    except MemoryError as error:
        raise _too_much_memory(limits) from error
    except Exception as error:
        if "MAX_TEXT_" in str(error):  # how Pillow tells of a PNG whose texts or profile unfold beyond its limits
            raise _too_much_metadata() from error
        message = f"The image is broken or cut short and cannot be read ({type(error).__name__}). Send the file again."
        raise PhotoRefused("broken", message) from error


def _too_much_metadata() -> PhotoRefused:
    return PhotoRefused("too_much_metadata", "Beside the image the file holds more texts or parts than any photo.")


def _too_much_memory(limits: Limits) -> PhotoRefused:
    message = (
        f"Decoding this image takes more than {limits.memory_byte_count / 2**20:.0f} MiB. "
        "Send it smaller, or as an ordinary (baseline) JPEG."
    )
    return PhotoRefused("too_much_memory", message)


def _byte_count(stream: BinaryIO) -> int:
    return stream.seek(0, io.SEEK_END)


def _format_of(stream: BinaryIO) -> str:
    """The format by content alone, in Pillow's word for it; the file's name is never asked."""
    stream.seek(0)
    head = stream.read(64)
    if head.startswith(JPEG_SIGNATURE):
        return "JPEG"
    if head.startswith(PNG_SIGNATURE):
        return "PNG"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WEBP"
    if head.startswith((b"II*\0", b"MM\0*")):
        return "TIFF"
    raise _unknown_format(head)


def _unknown_format(head: bytes) -> PhotoRefused:
    is_image = head.lstrip().startswith(OTHER_IMAGES) or head[4:8] == b"ftyp"  # ftyp: HEIC, AVIF, and video
    if is_image:
        return PhotoRefused("unsupported_type", f"Images of this type are not taken. {EXPECTED}")
    return PhotoRefused("not_an_image", f"The content is not an image. {EXPECTED}")


def _checked_parts(parts: Iterator[_Part], byte_count: int) -> list[_Part]:
    """The parts as a list, once it is sure that Pillow can hold them: it keeps each as Python objects.

    A part may claim more than the file holds; then the file is broken, which Pillow will say.
    """
    known = list(islice(parts, PART_LIMIT + 1))
    if len(known) > PART_LIMIT:
        raise _too_much_metadata()
    for kind, limit in PART_SIZE_LIMITS.items():
        if sum(min(part.size, byte_count) for part in known if part.kind == kind) > limit:
            raise _too_much_metadata()
    return known


def _png_parts(stream: BinaryIO) -> Iterator[_Part]:
    """The chunks to the end (PNG, third edition, section 5.3)."""
    offset = len(PNG_SIGNATURE)
    while len(head := _read_at(stream, offset, 8)) == 8:
        size, name = struct.unpack(">I4s", head)
        is_pixels = name in (b"IDAT", b"fdAT")
        yield _Part("exif" if name == b"eXIf" else "pixels" if is_pixels else "other", offset + 8, size)
        offset += 12 + size


def _webp_parts(stream: BinaryIO) -> Iterator[_Part]:
    """The chunks to the end (RFC 9649, section 2.3)."""
    offset = 12
    while len(head := _read_at(stream, offset, 8)) == 8:
        name, size = struct.unpack("<4sI", head)
        is_pixels = name in (b"VP8 ", b"VP8L", b"ALPH", b"ANMF")
        yield _Part("exif" if name == b"EXIF" else "pixels" if is_pixels else "other", offset + 8, size)
        offset += 8 + size + size % 2


def _jpeg_parts(stream: BinaryIO) -> Iterator[_Part]:
    """The segments up to the first scan (ITU-T T.81, annex B); each byte of filling counts as one."""
    offset = 2
    while len(head := _read_at(stream, offset, 10)) >= 4:
        if head[0] != 0xFF or head[1] in (0x00, 0xFF):
            yield _Part("other", offset, 1)
            offset += 1
            continue
        size = int.from_bytes(head[2:4], "big")
        is_exif = head[1] == 0xE1 and head[4:] == b"Exif\0\0"
        yield _Part("scan" if head[1] == 0xDA else "exif" if is_exif else "other", offset + 4, size)
        if head[1] == 0xDA:
            return
        offset += 2 + size


def _tiff_parts(stream: BinaryIO) -> Iterator[_Part]:
    """The tags of the first page and of its Exif and GPS directories (TIFF 6.0, section 2)."""
    endian, first = _tiff_start(stream)
    offsets = [first]
    while offsets:
        offset = offsets.pop()
        for tag, value_type, count, value in struct.iter_unpack(endian + "HHII", _tiff_entries(stream, endian, offset)):
            yield _Part("pixels" if value_type in TIFF_BYTE_TYPES else "values", offset, count)
            if offset == first and tag in (TIFF_EXIF, TIFF_GPS) and value != first:
                offsets.append(value)


PARTS: Mapping[str, Callable[[BinaryIO], Iterator[_Part]]] = {
    "JPEG": _jpeg_parts,
    "PNG": _png_parts,
    "WEBP": _webp_parts,
    "TIFF": _tiff_parts,
}


def _tiff_start(stream: BinaryIO) -> tuple[str, int]:
    """The byte order in the struct module's sign, and where the first directory stands."""
    head = _read_at(stream, 0, 8)
    endian = "<" if head.startswith(b"II") else ">"
    return endian, struct.unpack(endian + "I", head[4:8])[0]


def _tiff_entries(stream: BinaryIO, endian: str, offset: int) -> bytes:
    """The entries of one directory, twelve bytes each; fewer than announced where the file ends."""
    head = _read_at(stream, offset, 2)
    entries = stream.read(12 * struct.unpack(endian + "H", head)[0]) if len(head) == 2 else b""
    return entries[: len(entries) // 12 * 12]


def _tiff_page_count(stream: BinaryIO) -> int:
    """The pages, counted along their chain without reading their tags; at most FRAME_LIMIT."""
    endian, offset = _tiff_start(stream)
    seen: set[int] = set()
    while offset and offset not in seen and len(seen) < FRAME_LIMIT:
        seen.add(offset)
        _tiff_entries(stream, endian, offset)
        following = stream.read(4)
        offset = struct.unpack(endian + "I", following)[0] if len(following) == 4 else 0
    return len(seen)


def _read_at(stream: BinaryIO, offset: int, size: int) -> bytes:
    stream.seek(offset)
    return stream.read(size)


def _check_pixels(size: tuple[int, int], limits: Limits) -> None:
    if (pixels := size[0] * size[1]) > limits.pixel_count:
        message = (
            f"The image has {size[0]:,} by {size[1]:,} pixels, {pixels / 1e6:,.0f} megapixels; "
            f"at most {limits.pixel_count / 1e6:.0f} are taken."
        )
        raise PhotoRefused("too_many_pixels", message)


def _check_memory(byte_count: int, limits: Limits) -> None:
    if byte_count > limits.memory_byte_count:
        raise _too_much_memory(limits)


def _working_byte_count(image: ImageFile.ImageFile, stream: BinaryIO, parts: list[_Part]) -> int:
    """The most memory in bytes that decoding takes, from the headers; raises PhotoRefused for what we cannot show."""
    if image.mode not in PIXEL_BYTES:
        raise PhotoRefused("unsupported_type", f"Images with {image.mode} pixels are not taken. Send it as RGB.")
    pixels = image.width * image.height
    if image.format == "WEBP":
        return pixels * WEBP_PIXEL_BYTES + 2 * _byte_count(stream)
    if image.format == "TIFF":
        return _tiff_working_byte_count(image, pixels) + _byte_count(stream)
    if image.format == "PNG":
        return pixels * PIXEL_BYTES[image.mode]
    return _jpeg_working_byte_count(image, stream, parts)


def _tiff_working_byte_count(image: ImageFile.ImageFile, pixels: int) -> int:
    """The image, once more if Pillow turns it, and libtiff's largest strip or tile."""
    if (compression := image.info.get("compression")) not in TIFF_COMPRESSIONS:
        raise PhotoRefused("unsupported_type", "This compression of TIFF is not taken. Save it with LZW or Deflate.")
    tags = getattr(image, "tag_v2", {})
    tile = _whole(tags.get(322)) * _whole(tags.get(323))
    strip = image.width * min(_whole(tags.get(278, image.height)), image.height)
    copies = 2 if tags.get(ExifTags.Base.Orientation, 1) in TURNS else 1
    segment = 0 if compression == "raw" else max(tile, strip) * TIFF_SEGMENT_PIXEL_BYTES
    return pixels * PIXEL_BYTES[image.mode] * copies + segment


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _jpeg_working_byte_count(image: ImageFile.ImageFile, stream: BinaryIO, parts: list[_Part]) -> int:
    """Little if libjpeg can decode line by line and shrink as it goes; two bytes a sample if it must hold all scans.

    That is so for progressive files, and for others whose first scan has not all the components.
    """
    layers: list[tuple[int, int, int, int]] = getattr(image, "layer", [])
    scan = [part for part in parts if part.kind == "scan"]
    is_one_scan = bool(scan) and _read_at(stream, scan[0].offset, 1) == bytes([len(layers)])
    if is_one_scan and not image.info.get("progressive"):
        return 0
    _check_scans(stream)
    samples = sum(across * down for _, across, down, _ in layers)
    largest = max((across * down for _, across, down, _ in layers), default=1)
    return 2 * image.width * image.height * samples // max(largest, 1)


def _check_scans(stream: BinaryIO) -> None:
    """Refuse a JPEG of very many scans: 60 MB of empty ones would be decoded for most of an hour."""
    count, tail = 0, b""
    stream.seek(0)
    while block := stream.read(2**20):
        count += (tail + block).count(b"\xff\xda")  # within the image's own data FF is always followed by 00 or RSTn
        tail = block[-1:]
    if count > JPEG_SCAN_LIMIT:
        raise PhotoRefused("too_much_metadata", f"The JPEG has {count:,} scans; encoders write about ten.")


def _find_late_exif(image: ImageFile.ImageFile, stream: BinaryIO, parts: list[_Part]) -> None:
    """Give Pillow the Exif of a PNG that stands after the pixels, for which it would decode the whole image."""
    late = [part for part in parts if part.kind == "exif"]
    if late and "exif" not in image.info:
        image.info["exif"] = b"Exif\0\0" + _read_at(stream, late[-1].offset, late[-1].size)


def _exif(image: ImageFile.ImageFile) -> Image.Exif:
    # Not image.getexif(): PNG's own decodes the pixels first.
    return Image.Image.getexif(image)


def _orientation(image: ImageFile.ImageFile) -> int:
    """1 to 8; 1 where Pillow turns the image itself (TIFF) and where the Exif cannot be read."""
    if image.format != "TIFF":
        with suppress(Exception):
            orientation = _exif(image).get(ExifTags.Base.Orientation)
            return orientation if orientation in TURNS else 1
    return 1


def _size_as_seen(image: ImageFile.ImageFile) -> tuple[int, int]:
    return (image.height, image.width) if _orientation(image) >= 5 else image.size


def _frame_count(image: ImageFile.ImageFile, stream: BinaryIO) -> int:
    if image.format == "TIFF":
        return _tiff_page_count(stream)
    return min(int(getattr(image, "n_frames", 1)), FRAME_LIMIT)


def _exif_tags(image: ImageFile.ImageFile) -> dict[str, ExifValue]:
    """The named tags that JSON can hold; what cannot be read is left out, for the photo is good without it."""
    values = ((name, _json_value(value)) for name, value in islice(_named_tags(image), EXIF_TAG_LIMIT))
    return {name: value for name, value in values if value is not None}


def _named_tags(image: ImageFile.ImageFile) -> Iterator[tuple[str, object]]:
    directories = (
        (_directory(lambda: dict(_exif(image))), ExifTags.TAGS),
        (_directory(lambda: _exif(image).get_ifd(ExifTags.IFD.Exif)), ExifTags.TAGS),
        (_directory(lambda: _exif(image).get_ifd(ExifTags.IFD.GPSInfo)), ExifTags.GPSTAGS),
    )
    for tags, names in directories:
        yield from ((names[tag], value) for tag, value in tags.items() if tag in names)


def _directory(read: Callable[[], dict[int, object]]) -> dict[int, object]:
    with suppress(Exception):  # a broken directory raises as variously as a broken image
        return read()
    return {}


def _json_value(value: object) -> ExifValue | None:
    """A text without control characters, a finite number, or a short list of such; None for all else."""
    if isinstance(value, str):
        return "".join(letter for letter in value[:EXIF_TEXT_LIMIT] if letter.isprintable()).strip() or None
    if isinstance(value, tuple):
        numbers = [number for item in value[:EXIF_LIST_LIMIT] if (number := _number(item)) is not None]
        return numbers if 0 < len(value) == len(numbers) else None
    return _number(value)


def _number(value: object) -> int | float | None:
    if isinstance(value, int):
        return value
    if isinstance(value, SupportsFloat) and not isinstance(value, str):
        with suppress(ZeroDivisionError, OverflowError):
            return number if math.isfinite(number := float(value)) else None
    return None


def _taken_at(exif: Mapping[str, ExifValue]) -> datetime | None:
    with suppress(ValueError):
        return datetime.strptime(str(exif.get("DateTimeOriginal")), "%Y:%m:%d %H:%M:%S")
    return None


def _camera(exif: Mapping[str, ExifValue]) -> str:
    """Maker and model, the maker once: makers often begin the model with their name."""
    make, model = str(exif.get("Make", "")), str(exif.get("Model", ""))
    return model if model.lower().startswith(make.lower()) else f"{make} {model}".strip()


def _position(exif: Mapping[str, ExifValue]) -> tuple[float, float] | tuple[None, None]:
    """Latitude and longitude in degrees, north and east positive; 0, 0 is what a phone writes that does not know."""
    latitude = _degrees(exif.get("GPSLatitude"), exif.get("GPSLatitudeRef"), "NS", 90)
    longitude = _degrees(exif.get("GPSLongitude"), exif.get("GPSLongitudeRef"), "EW", 180)
    if latitude is None or longitude is None or latitude == longitude == 0:
        return None, None
    return latitude, longitude


def _degrees(parts: ExifValue | None, reference: ExifValue | None, signs: str, most: int) -> float | None:
    """Degrees from [degrees, minutes, seconds] and its letter, rounded to a millionth (11 cm)."""
    if not isinstance(parts, list) or len(parts) != 3 or reference not in tuple(signs):
        return None
    degrees = parts[0] + parts[1] / 60 + parts[2] / 3600
    return round(-degrees if reference == signs[1] else degrees, 6) if 0 <= degrees <= most else None


def _picture(image: ImageFile.ImageFile, box: Box) -> Image.Image:
    """The first frame within the box as the eye should see it, in sRGB or grey."""
    orientation, profile = _orientation(image), image.info.get("icc_profile")
    target = _fitted(image.size, box[::-1] if orientation >= 5 else box)
    image.draft(None, target)  # JPEG only: decodes at a half, quarter or eighth; needs the photo's own aspect ratio
    image.load()
    gap = min(image.width / target[0], image.height / target[1])
    small = _resized(_reduced(image, max(1, int(gap / REDUCING_GAP))), target)
    return _turned(_in_srgb(small, profile), orientation)


def _fitted(size: tuple[int, int], box: Box) -> tuple[int, int]:
    scale = min(box[0] / size[0], box[1] / size[1], 1)
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def _resized(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    if image.size == size:
        return image
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=REDUCING_GAP)


def _reduced(image: Image.Image, factor: int) -> Image.Image:
    """The image in a plain mode, each side divided by the factor; colours are converted strip by strip."""
    if image.mode in PLAIN and "transparency" not in image.info:
        return image.reduce(factor) if factor > 1 else image
    levels = _grey_levels(image) if image.mode in DEEP_GREY else (0.0, 0.0)
    reduced: Image.Image | None = None
    for top, strip in _strips(image, factor):
        small = _plain(strip, levels).reduce(factor)
        reduced = reduced or Image.new(small.mode, (small.width, math.ceil(image.height / factor)))
        reduced.paste(small, (0, top // factor))
    assert reduced is not None
    return reduced


def _strips(image: Image.Image, factor: int = 1) -> Iterator[tuple[int, Image.Image]]:
    """Bands of the full width with the row at which each begins, a multiple of the factor."""
    rows = max(1, STRIP_PIXELS // image.width // factor) * factor
    for top in range(0, image.height, rows):
        yield top, image.crop((0, top, image.width, min(top + rows, image.height)))


def _grey_levels(image: Image.Image) -> tuple[float, float]:
    """The darkest and the lightest value of an image of one deep channel."""
    extrema = [cast("tuple[float, float]", strip.convert("F").getextrema()) for _, strip in _strips(image)]
    return min(low for low, _ in extrema), max(high for _, high in extrema)


def _plain(image: Image.Image, levels: tuple[float, float]) -> Image.Image:
    """A strip as L, RGB or CMYK, transparency on white."""
    if image.mode in DEEP_GREY:
        return _stretched(image, levels)
    if image.mode == "1":
        return image.convert("L")
    if not image.has_transparency_data:
        return image.convert("RGB")
    overlay = image.convert("RGBA")
    ground = Image.new("RGB", image.size, "white")
    ground.paste(overlay, mask=overlay.getchannel("A"))
    return ground


def _stretched(image: Image.Image, levels: tuple[float, float]) -> Image.Image:
    low, high = levels
    scale = 255 / (high - low) if high > low and math.isfinite(high - low) else 0.0
    return image.convert("F").point(lambda value: value * scale - low * scale).convert("L")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The colours by the embedded profile, or as they stand where there is none or it is broken."""
    if profile and len(profile) <= ICC_BYTE_LIMIT:
        with suppress(ImageCms.PyCMSError, OSError, ValueError, TypeError):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode="RGB")
            return converted or image
    return image if image.mode in ("L", "RGB") else image.convert("RGB")


def _turned(image: Image.Image, orientation: int) -> Image.Image:
    return image.transpose(TURNS[orientation]) if orientation in TURNS else image


def _encoded(image: Image.Image) -> Derivative:
    bare = Image.new(image.mode, image.size)  # Pillow writes the comment it finds in `info`: a new image has none
    bare.paste(image)
    content = io.BytesIO()
    bare.save(content, "JPEG", quality=JPEG_QUALITY)
    return Derivative(content.getvalue(), MIME_TYPES["JPEG"], image.width, image.height)
