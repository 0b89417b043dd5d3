"""Photos drawn here by Pillow, files made hostile by hand, and the odd uploads of ../shared/data where present."""

import hashlib
import io
import json
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from components import photos

ROOT = Path(__file__).resolve().parents[1]
ODD_UPLOADS = ROOT.parent / "shared" / "data" / "eval" / "images" / "odd_uploads"
PEAK_LIMIT_MB = 512
TIME_LIMIT_SECONDS = 120

# Answers to each file named on the standard input, all in one process, then its peak memory.
ANSWER_ALL = """
import json, re, resource, sys, time
from pathlib import Path
from components import photos

def answer(path):
    with open(path, "rb") as stream:
        try:
            return photos.examine(stream).format, sorted(photos.derivatives(stream))
        except photos.PhotoRefused as refusal:
            return refusal.reason, []

rows = []
for path in sys.stdin.read().splitlines():
    started = time.perf_counter()
    kind, copies = answer(path)
    rows.append([Path(path).name, kind, copies, round(time.perf_counter() - started, 3)])

def peak_mb():
    # Linux starts ru_maxrss from the parent's size; VmHWM is this process's own.
    status = Path("/proc/self/status")
    own = re.search(r"VmHWM:\\s+(\\d+)", status.read_text()) if status.exists() else None
    return (int(own[1]) if own else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss) / 1000

print(json.dumps({"rows": rows, "peak_mb": peak_mb()}))
"""


def saved(image: Image.Image, kind: str = "JPEG", **options: object) -> io.BytesIO:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream


def opened(copy: photos.Derivative) -> Image.Image:
    return Image.open(io.BytesIO(copy.content))


def near(pixel: object, expected: tuple[int, ...], within: int = 6) -> bool:
    found = pixel if isinstance(pixel, tuple) else (pixel,)
    return len(found) == len(expected) and all(abs(a - b) <= within for a, b in zip(found, expected, strict=True))


def reason(stream: io.BytesIO, read: Callable[..., object] = photos.examine) -> str:
    with pytest.raises(photos.PhotoRefused) as refusal:
        read(stream)
    return refusal.value.reason


def camera_exif(orientation: int = 1) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "NIKON CORPORATION"
    exif[ExifTags.Base.Model] = "NIKON D750\0"
    exif[ExifTags.Base.Orientation] = orientation
    detail = exif.get_ifd(ExifTags.IFD.Exif)
    detail[ExifTags.Base.DateTimeOriginal] = "2022:10:17 08:05:09"
    detail[ExifTags.Base.MakerNote] = b"\0\1secret"
    detail[ExifTags.Base.ExposureTime] = 0.01
    position = exif.get_ifd(ExifTags.IFD.GPSInfo)
    position.update({1: "S", 2: (50.0, 27.0, 36.0), 3: "W", 4: (30.0, 31.5, 0.0)})
    return exif.tobytes()


def answers(paths: list[Path]) -> tuple[dict[str, tuple[str, list[str]]], float, float]:
    """Kind and copies by file, the longest time in seconds, the peak memory in MB of one process for all."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", ANSWER_ALL],
        input="\n".join(map(str, paths)),
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=TIME_LIMIT_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(done.stdout)
    for name, kind, copies, seconds in result["rows"]:
        print(f"{name:60} {kind:20} {','.join(copies):20} {seconds:7.3f} s")
    by_name = {name: (kind, copies) for name, kind, copies, _ in result["rows"]}
    return by_name, max(row[3] for row in result["rows"]), result["peak_mb"]


def png(width: int, height: int, extra: bytes = b"", late: bytes = b"") -> bytes:
    """A black one-bit PNG, its rows packed without ever being held at once."""
    packer = zlib.compressobj(9)
    packed = [packer.compress(bytes(1 + (width + 7) // 8)) for _ in range(height)] + [packer.flush()]
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    pixels = b"".join(packed)
    return photos.PNG_SIGNATURE + chunk(b"IHDR", header) + extra + chunk(b"IDAT", pixels) + late + chunk(b"IEND", b"")


def chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def tiff(entries: list[tuple[int, int, int, int]], content: bytes = b"") -> io.BytesIO:
    """A little-endian TIFF of one directory and what follows it."""
    packed = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return io.BytesIO(b"II*\0" + struct.pack("<IH", 8, len(entries)) + packed + bytes(4) + content)


def test_examine_tells_what_the_file_says() -> None:
    stream = saved(Image.new("RGB", (60, 40), "red"), exif=camera_exif(orientation=6))

    facts = photos.examine(stream)

    content = stream.getvalue()
    assert facts == photos.PhotoFacts(
        format="JPEG",
        mime="image/jpeg",
        extension=".jpg",
        width=40,
        height=60,
        byte_count=len(content),
        digest=hashlib.sha256(content).hexdigest(),
        frame_count=1,
        taken_at=datetime(2022, 10, 17, 8, 5, 9),
        camera="NIKON CORPORATION NIKON D750",
        latitude=-50.46,
        longitude=-30.525,
        exif={
            "Make": "NIKON CORPORATION",
            "Model": "NIKON D750",
            "Orientation": 6,
            "ExifOffset": facts.exif["ExifOffset"],
            "GPSInfo": facts.exif["GPSInfo"],
            "DateTimeOriginal": "2022:10:17 08:05:09",
            "ExposureTime": 0.01,
            "GPSLatitudeRef": "S",
            "GPSLatitude": [50.0, 27.0, 36.0],
            "GPSLongitudeRef": "W",
            "GPSLongitude": [30.0, 31.5, 0.0],
        },
    )
    assert json.loads(json.dumps(facts.exif)) == facts.exif
    assert stream.tell() == 0


@pytest.mark.parametrize(
    ("kind", "mime", "extension"),
    [
        ("JPEG", "image/jpeg", ".jpg"),
        ("PNG", "image/png", ".png"),
        ("WEBP", "image/webp", ".webp"),
        ("TIFF", "image/tiff", ".tif"),
    ],
)
def test_each_format_keeps_its_exif_and_its_copies_lose_it(kind: str, mime: str, extension: str) -> None:
    stream = saved(Image.new("RGB", (60, 40), "red"), kind, exif=camera_exif())

    facts = photos.examine(stream)
    copies = photos.derivatives(stream)

    assert (facts.format, facts.mime, facts.extension) == (kind, mime, extension)
    assert (facts.taken_at, facts.latitude, facts.longitude) == (datetime(2022, 10, 17, 8, 5, 9), -50.46, -30.525)
    for copy in copies.values():
        assert not any(word in copy.content for word in (b"Exif", b"NIKON", b"2022:10", b"secret"))
        assert set(opened(copy).info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}


def test_copies_lose_comment_xmp_and_profile() -> None:
    xmp = b"<x:xmpmeta>Kharkiv</x:xmpmeta>"
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    stream = saved(Image.new("RGB", (60, 40), "red"), comment=b"Kharkiv", xmp=xmp, icc_profile=profile)

    copies = photos.derivatives(stream)

    assert b"Kharkiv" in stream.getvalue()
    assert [b"Kharkiv" in copy.content or b"ICC_PROFILE" in copy.content for copy in copies.values()] == [False, False]


def test_copies_of_a_png_lose_its_texts() -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Author", "Kharkiv")
    texts.add_itxt("Comment", "Kharkiv", zip=True)
    stream = saved(Image.new("RGB", (60, 40), "red"), "PNG", pnginfo=texts)

    copies = photos.derivatives(stream)

    assert [b"Kharkiv" in copy.content for copy in copies.values()] == [False, False]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_copies_are_turned_for_the_eye(kind: str, orientation: int) -> None:
    upright = Image.new("RGB", (48, 32), "white")
    upright.paste("red", (0, 0, 24, 16))
    upright.paste("blue", (24, 16, 48, 32))
    undo = {6: Image.Transpose.ROTATE_90, 8: Image.Transpose.ROTATE_270}
    turn = undo.get(orientation) or photos.TURNS.get(orientation)
    stored = upright.transpose(turn) if turn is not None else upright
    options = {"lossless": True} if kind == "WEBP" else {}
    stream = saved(stored, kind, exif=camera_exif(orientation), **options)

    facts = photos.examine(stream)
    copy = photos.derivatives(stream)["screen"]

    assert (facts.width, facts.height, copy.width, copy.height) == (48, 32, 48, 32)
    corners = [opened(copy).getpixel(at) for at in ((6, 6), (40, 6), (6, 26), (40, 26))]
    expected = [(255, 0, 0), (255, 255, 255), (255, 255, 255), (0, 0, 255)]
    assert [near(*pair) for pair in zip(corners, expected, strict=True)] == [True] * 4


def test_exif_behind_the_pixels_of_a_png_is_found() -> None:
    late = chunk(b"eXIf", camera_exif(orientation=8).removeprefix(b"Exif\0\0"))
    stream = io.BytesIO(png(60, 40, late=late))

    facts = photos.examine(stream)
    copy = photos.derivatives(stream)["screen"]

    assert (facts.width, facts.height, facts.latitude) == (40, 60, -50.46)
    assert (copy.width, copy.height) == (40, 60)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data:UserWarning")
def test_broken_exif_leaves_the_photo_good() -> None:
    stream = saved(Image.new("RGB", (60, 40), "red"), exif=b"Exif\0\0MM\0*\xff\xff\xff\xff not a directory")

    facts = photos.examine(stream)

    assert (facts.width, facts.height, facts.camera, facts.exif) == (60, 40, "", {})
    assert sorted(photos.derivatives(stream)) == ["screen", "thumbnail"]


def test_exif_is_bounded_and_fit_for_postgresql() -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.ImageDescription] = "a\0b\x1fc" + "d" * 10_000
    exif[ExifTags.Base.BitsPerSample] = tuple(range(100))

    facts = photos.examine(saved(Image.new("L", (8, 8)), exif=exif.tobytes()))

    assert facts.exif == {"ImageDescription": "abc" + "d" * (photos.EXIF_TEXT_LIMIT - 5)}


@pytest.mark.parametrize(
    ("degrees", "letter"),
    [((91.0, 0.0, 0.0), "N"), ((50.0, 0.0), "N"), ((50.0, 0.0, 0.0), "?"), ((50.0, 0.0, 0.0), "E")],
)
def test_impossible_position_is_no_position(degrees: tuple[float, ...], letter: str) -> None:
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: letter, 2: degrees, 3: "E", 4: (30.0, 0.0, 0.0)})

    facts = photos.examine(saved(Image.new("L", (8, 8)), exif=exif.tobytes()))

    assert (facts.latitude, facts.longitude) == (None, None)


def test_position_that_a_phone_writes_when_it_knows_none_is_no_position() -> None:
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.GPSInfo).update({1: "N", 2: (0.0, 0.0, 0.0), 3: "E", 4: (0.0, 0.0, 0.0)})

    facts = photos.examine(saved(Image.new("L", (8, 8)), exif=exif.tobytes()))

    assert (facts.latitude, facts.longitude, facts.exif["GPSLatitude"]) == (None, None, [0.0, 0.0, 0.0])


def test_same_bytes_have_the_same_digest() -> None:
    content = saved(Image.new("RGB", (60, 40), "red")).getvalue()

    digests = {photos.digest(io.BytesIO(content)), photos.examine(io.BytesIO(content)).digest}

    assert digests == {hashlib.sha256(content).hexdigest()}


def test_copies_fit_their_boxes_and_are_never_enlarged() -> None:
    sizes = {}
    for size in ((4000, 3000), (900, 4000), (100, 50), (5000, 1)):
        copies = photos.derivatives(saved(Image.new("RGB", size)))
        sizes[size] = {name: (copy.width, copy.height) for name, copy in copies.items()}

    assert sizes == {
        (4000, 3000): {"thumbnail": (320, 240), "screen": (1600, 1200)},
        (900, 4000): {"thumbnail": (72, 320), "screen": (360, 1600)},
        (100, 50): {"thumbnail": (100, 50), "screen": (100, 50)},
        (5000, 1): {"thumbnail": (320, 1), "screen": (1600, 1)},
    }


def test_derive_makes_one_copy_for_a_box() -> None:
    copy = photos.derive(saved(Image.new("RGB", (400, 300))), box=(80, 80))

    assert (copy.mime, copy.width, copy.height, opened(copy).size) == ("image/jpeg", 80, 60, (80, 60))


GREEN = (0, 128, 0)


def paletted(transparent: bool) -> io.BytesIO:
    image = Image.new("P", (2000, 20), 1)
    image.putpalette([255, 0, 0, *GREEN])
    return saved(image, "PNG", **({"transparency": 1} if transparent else {}))


@pytest.mark.parametrize(
    ("stream", "expected"),
    [
        (saved(Image.new("RGB", (2000, 20), GREEN).convert("CMYK")), GREEN),
        (saved(Image.new("RGB", (2000, 20), GREEN).convert("CMYK"), "TIFF"), GREEN),
        (paletted(transparent=False), GREEN),
        (paletted(transparent=True), (255, 255, 255)),
        (saved(Image.new("RGBA", (2000, 20), (*GREEN, 0)), "PNG"), (255, 255, 255)),
        (saved(Image.new("RGBA", (2000, 20), (*GREEN, 128)), "PNG"), (127, 191, 127)),
        (saved(Image.new("RGBA", (2000, 20), (*GREEN, 0)), "WEBP", lossless=True), (255, 255, 255)),
        (saved(Image.new("LA", (2000, 20), (10, 0)), "PNG"), (255, 255, 255)),
        (saved(Image.new("RGB", (2000, 20), GREEN), "PNG", transparency=GREEN), (255, 255, 255)),
        (saved(Image.new("1", (2000, 20), 1), "PNG"), (255,)),
        (saved(Image.new("L", (2000, 20), 77), "PNG"), (77,)),
        (saved(Image.new("YCbCr", (2000, 20), (128, 128, 128)), "TIFF"), (128, 128, 128)),
        (saved(Image.new("LAB", (2000, 20), (137, 128, 128)), "TIFF"), (128, 128, 128)),
    ],
)
def test_every_mode_becomes_rgb_or_grey_on_white(stream: io.BytesIO, expected: tuple[int, ...]) -> None:
    copies = photos.derivatives(stream)

    pixels = [opened(copies[name]).getpixel((9, 1)) for name in ("thumbnail", "screen")]
    assert [near(pixel, expected) for pixel in pixels] == [True, True]


@pytest.mark.parametrize(("mode", "kind"), [("I;16", "PNG"), ("I;16", "TIFF"), ("I", "TIFF"), ("F", "TIFF")])
def test_deep_grey_is_stretched_from_darkest_to_lightest(mode: str, kind: str) -> None:
    code = {"I;16": "H", "I": "i", "F": "f"}[mode]
    row = struct.pack(f"<3000{code}", *[1000] * 1000, *[2500] * 1000, *[4000] * 1000)
    image = Image.frombytes(mode, (3000, 30), row * 30)

    screen = opened(photos.derivatives(saved(image, kind))["screen"])

    pixels = [screen.getpixel((column, 8)) for column in (200, 800, 1400)]
    assert [near(pixel, (level,)) for pixel, level in zip(pixels, (0, 127, 255), strict=True)] == [True] * 3


def test_embedded_profile_is_applied() -> None:
    grey_as_lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    stream = saved(Image.new("LAB", (40, 40), (255, 128, 128)), "TIFF", icc_profile=grey_as_lab)

    pixel = opened(photos.derivatives(stream)["screen"]).getpixel((9, 9))

    assert near(pixel, (255, 255, 255))


def test_orientation_out_of_range_is_none() -> None:
    facts = photos.examine(saved(Image.new("RGB", (60, 40)), exif=camera_exif(orientation=9)))

    assert (facts.width, facts.height) == (60, 40)


def test_broken_profile_is_ignored() -> None:
    stream = saved(Image.new("RGB", (40, 40), GREEN), icc_profile=b"not a profile")

    assert near(opened(photos.derivatives(stream)["screen"]).getpixel((9, 9)), GREEN)


def test_only_the_first_frame_is_shown_and_all_are_counted() -> None:
    frames = [Image.new("RGB", (40, 40), colour) for colour in ("red", "blue", "white")]
    found = {}
    for kind in ("PNG", "WEBP", "TIFF"):
        stream = saved(frames[0], kind, save_all=True, append_images=frames[1:])
        pixel = opened(photos.derivatives(stream)["screen"]).getpixel((9, 9))
        found[kind] = photos.examine(stream).frame_count, near(pixel, (255, 0, 0))

    assert found == {"PNG": (3, True), "WEBP": (3, True), "TIFF": (3, True)}


def test_phone_pair_of_jpegs_is_a_jpeg() -> None:
    stream = io.BytesIO()
    Image.new("RGB", (40, 40), "red").save(stream, "MPO", save_all=True, append_images=[Image.new("RGB", (40, 40))])

    facts = photos.examine(stream)

    assert (facts.format, facts.frame_count, facts.mime) == ("JPEG", 2, "image/jpeg")


def test_type_is_decided_by_content_not_by_name(tmp_path: Path) -> None:
    path = tmp_path / "photo.jpg"
    path.write_bytes(saved(Image.new("RGB", (60, 40)), "PNG").getvalue())

    with path.open("rb") as stream:
        facts = photos.examine(stream)

    assert (facts.format, facts.extension) == ("PNG", ".png")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", "not_an_image"),
        (b"<!DOCTYPE html><script>alert(1)</script>", "not_an_image"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><script/></svg>', "not_an_image"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not_an_image"),
        (b"%PDF-1.7", "not_an_image"),
        (b"\0\0\0\x20ftypheic", "unsupported_type"),
        (saved(Image.new("L", (8, 8)), "GIF").getvalue(), "unsupported_type"),
        (saved(Image.new("L", (8, 8)), "BMP").getvalue(), "unsupported_type"),
        (saved(Image.new("L", (8, 8)), "TIFF", big_tiff=True).getvalue(), "unsupported_type"),
        (b"\xff\xd8\xff\xe0 and no more", "broken"),
        (photos.PNG_SIGNATURE, "broken"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "broken"),
        (b"II*\0\xff\xff\xff\xff", "broken"),
        (b"II*\0", "broken"),
    ],
)
def test_what_is_no_photo_is_refused(content: bytes, expected: str) -> None:
    assert reason(io.BytesIO(content)) == expected


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_truncated_photo_is_refused(kind: str) -> None:
    content = saved(Image.effect_noise((300, 300), 60).convert("RGB"), kind).getvalue()

    assert reason(io.BytesIO(content[: len(content) * 2 // 3]), photos.derivatives) == "broken"


def test_refusal_tells_what_is_wrong_and_what_is_expected() -> None:
    messages = {}
    for name, stream, limits in (
        ("text", io.BytesIO(b"hello"), photos.DEFAULT_LIMITS),
        ("heavy", saved(Image.new("L", (8, 8)), "PNG"), photos.Limits(byte_count=10)),
        ("large", io.BytesIO(png(3000, 2000)), photos.Limits(pixel_count=1_000_000)),
    ):
        with pytest.raises(photos.PhotoRefused) as refusal:
            photos.examine(stream, limits=limits)
        messages[name] = str(refusal.value)

    assert messages == {
        "text": "The content is not an image. Send a JPEG, PNG, WebP or TIFF.",
        "heavy": f"The file has {len(saved(Image.new('L', (8, 8)), 'PNG').getvalue())} bytes; at most 10 are taken.",
        "large": "The image has 3,000 by 2,000 pixels, 6 megapixels; at most 1 are taken.",
    }


def test_photo_that_needs_too_much_memory_is_refused() -> None:
    limits = photos.Limits(memory_byte_count=1_000_000)
    refusals = {}
    for name, stream in (
        ("png", saved(Image.new("RGB", (600, 600)), "PNG")),
        ("webp", saved(Image.new("RGB", (300, 300)), "WEBP")),
        ("tiff in one strip", saved(Image.new("1", (700, 700)), "TIFF", compression="group4", tiffinfo={278: 700})),
        ("progressive", saved(Image.new("RGB", (700, 700)), progressive=True)),
    ):
        with pytest.raises(photos.PhotoRefused) as refusal:
            photos.examine(stream, limits=limits)
        refusals[name] = refusal.value.reason

    assert refusals == dict.fromkeys(("png", "webp", "tiff in one strip", "progressive"), "too_much_memory")
    assert photos.examine(saved(Image.new("RGB", (700, 700))), limits=limits).width == 700


def test_jpeg_of_very_many_scans_is_refused() -> None:
    content = saved(Image.new("RGB", (64, 64)), progressive=True).getvalue()
    last_scan = content[content.rfind(b"\xff\xda") : -2]

    assert reason(io.BytesIO(content[:-2] + last_scan * 10_000 + content[-2:])) == "too_much_metadata"


@pytest.mark.parametrize("late", [False, True])
def test_png_text_bomb_is_refused(late: bool) -> None:
    bomb = b"".join(chunk(b"zTXt", b"k%d\0\0" % number + zlib.compress(bytes(10**6), 9)) for number in range(30))
    stream = io.BytesIO(png(8, 8, late=bomb) if late else png(8, 8, extra=bomb))

    assert reason(stream, photos.derivatives) == "too_much_metadata"


def test_file_of_endless_small_parts_is_refused() -> None:
    jpeg = saved(Image.new("L", (8, 8))).getvalue()
    webp = saved(Image.new("RGB", (8, 8)), "WEBP").getvalue() + b"ABCD\0\0\0\0" * 200_000
    found = {
        "png": reason(io.BytesIO(png(8, 8, extra=chunk(b"prVt", b"") * 200_000))),
        "profile": reason(io.BytesIO(png(8, 8, extra=chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(10**7)))))),
        "comments": reason(io.BytesIO(jpeg[:2] + b"\xff\xfe\0\2" * 200_000 + jpeg[2:])),
        "filling": reason(io.BytesIO(jpeg[:2] + b"\xff" * 200_000 + jpeg[2:])),
        "exif": reason(io.BytesIO(jpeg[:2] + (b"\xff\xe1\xff\xffExif\0\0" + bytes(65527)) * 5 + jpeg[2:])),
        "webp": reason(io.BytesIO(webp)),
        "tags": reason(tiff([(256, 3, 1, 8), (257, 3, 1, 8), (258, 3, 500_000, 70)], bytes(10**6))),
    }

    assert found == dict.fromkeys(found, "too_much_metadata")


def test_tiff_with_a_tile_far_beyond_the_image_is_refused() -> None:
    size = [(256, 3, 1, 100), (257, 3, 1, 100), (258, 3, 1, 8), (259, 3, 1, 8), (262, 3, 1, 1), (277, 3, 1, 1)]
    tiles = [(322, 4, 1, 60_000), (323, 4, 1, 60_000), (324, 4, 1, 200), (325, 4, 1, 1000)]

    assert reason(tiff(size + tiles, bytes(2000))) == "too_much_memory"


def test_tiff_compression_outside_the_list_is_refused() -> None:
    assert reason(saved(Image.new("L", (8, 8)), "TIFF", compression="lzma")) == "unsupported_type"


def test_chain_of_pages_is_counted_to_a_limit_only() -> None:
    content = bytearray(saved(Image.new("L", (8, 8)), "TIFF").getvalue())
    (first,) = struct.unpack_from("<I", content, 4)
    (entries,) = struct.unpack_from("<H", content, first)
    start = len(content)
    struct.pack_into("<I", content, first + 2 + 12 * entries, start)
    content += b"".join(struct.pack("<HI", 0, start + 6 * number) for number in range(1, 100_000))

    assert photos.examine(io.BytesIO(bytes(content))).frame_count == photos.FRAME_LIMIT


def test_largest_png_within_the_limits_stays_within_memory(tmp_path: Path) -> None:
    header = struct.pack(">IIBBBBB", 8190, 8190, 8, 2, 0, 0, 0)
    pixels = chunk(b"IDAT", zlib.compress(bytes(8190 * (1 + 3 * 8190)), 1))
    path = tmp_path / "rgb_67_megapixels.png"
    path.write_bytes(photos.PNG_SIGNATURE + chunk(b"IHDR", header) + pixels + chunk(b"IEND", b""))

    found, seconds, peak_mb = answers([path])

    assert found == {"rgb_67_megapixels.png": ("PNG", ["screen", "thumbnail"])}
    assert peak_mb <= PEAK_LIMIT_MB
    assert seconds < TIME_LIMIT_SECONDS / 4


def test_900_megapixels_are_refused_before_a_pixel_is_read(tmp_path: Path) -> None:
    path = tmp_path / "zeros.png"
    path.write_bytes(png(30_000, 30_000))

    found, seconds, peak_mb = answers([path])

    assert found == {"zeros.png": ("too_many_pixels", [])}
    assert peak_mb <= 64
    assert seconds < 2


def test_every_odd_upload_gets_an_answer() -> None:
    if not ODD_UPLOADS.is_dir():
        pytest.skip("the odd uploads are not beside the checkout (../shared/data/eval/images/odd_uploads)")
    paths = sorted(path for path in ODD_UPLOADS.iterdir() if path.is_file())

    found, seconds, peak_mb = answers(paths)

    assert sorted(found) == sorted(path.name for path in paths)
    taken = {name for name, (kind, _) in found.items() if kind in photos.MIME_TYPES}
    assert all(found[name][1] == (["screen", "thumbnail"] if name in taken else []) for name in found)
    assert {name for name in found if name.startswith("hopper") and name not in taken} == {
        "hopper.bmp",
        "hopper.gif",
        "hopper.ico",
    }
    assert peak_mb <= PEAK_LIMIT_MB
    assert seconds < TIME_LIMIT_SECONDS / 4
