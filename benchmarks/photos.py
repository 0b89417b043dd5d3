"""Compare `components.photos` with pyvips on 24-megapixel photos: photos per second and peak memory.

    uv sync --group bench        (pyvips with its binary)
    python benchmarks/photos.py [--photos 8] [--rounds 3]

The photos are drawn from a seed: soft shapes, lettering like that on chips, sensor noise, Exif with a position. Ours
examines, hashes and makes both copies; pyvips makes the same two sizes and neither examines nor hashes. Each run has
a process of its own for its peak memory, and the two take turns, so that a busy machine slows both. Aim: at least
0.6 of pyvips, below 150 MB.
"""

import argparse
import json
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

SIZE = (6000, 4000)
JPEG_QUALITY = 90
SEED = 20260613
Result = dict[str, float]


def main() -> None:
    options = arguments()
    if options.run:
        print(json.dumps(RUNS[options.run](Path(options.folder))))
        return
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "--run", "draw", "--folder", folder, "--photos", options.photos]
        subprocess.run(command, capture_output=True, check=True)
        report(Path(folder), int(options.rounds))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", default="8")
    parser.add_argument("--rounds", default="3")
    parser.add_argument("--run", choices=tuple(RUNS), help=argparse.SUPPRESS)
    parser.add_argument("--folder", help=argparse.SUPPRESS)
    return parser.parse_args()


def report(folder: Path, rounds: int) -> None:
    """Run both in turn and print the rates of every round, then medians, ratio and peaks."""
    results: dict[str, list[Result]] = {"ours": [], "pyvips": []}
    for _ in range(rounds):
        for name, past in results.items():
            command = [sys.executable, __file__, "--run", name, "--folder", str(folder)]
            past.append(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
    sizes = [path.stat().st_size / 1e6 for path in folder.iterdir()]
    print(f"{len(sizes)} photos of {SIZE[0]} x {SIZE[1]}, {statistics.mean(sizes):.1f} MB each, {rounds} rounds")
    rates = {name: statistics.median(run["rate"] for run in past) for name, past in results.items()}
    for name, past in results.items():
        each = ", ".join(f"{run['rate']:.2f}" for run in past)
        peak = max(run["peak_mb"] for run in past)
        print(f"{name:8} {rates[name]:.2f} photos a second ({each}), peak {peak:.0f} MB")
    print(f"ratio    {rates['ours'] / rates['pyvips']:.2f} of pyvips")


def draw(folder: Path) -> Result:
    """Write the photos; the same seed gives the same pixels."""
    source = random.Random(SEED)
    for number in range(int(arguments().photos)):
        draw_photo(source, folder / f"photo{number}.jpg")
    return {}


def draw_photo(source: random.Random, path: Path) -> None:
    from PIL import Image, ImageChops, ImageDraw

    picture = Image.frombytes("RGB", (24, 16), source.randbytes(24 * 16 * 3)).resize(SIZE, Image.Resampling.BICUBIC)
    pen = ImageDraw.Draw(picture)
    for _ in range(150):
        at = source.randrange(SIZE[0]), source.randrange(SIZE[1])
        pen.rectangle((*at, at[0] + 500, at[1] + 260), fill=(30, 30, 34), outline=(190, 190, 190), width=6)
        pen.text((at[0] + 40, at[1] + 60), f"XC7A{source.randrange(10**6)}\nDBX{source.randrange(10**4)}", font_size=64)
    grain = Image.frombytes("RGB", (1024, 1024), source.randbytes(3 * 2**20)).point(lambda value: value // 12)
    tiled = Image.new("RGB", SIZE)
    for left in range(0, SIZE[0], grain.width):
        for top in range(0, SIZE[1], grain.height):
            tiled.paste(grain, (left, top))
    ImageChops.add(picture, tiled).save(path, quality=JPEG_QUALITY, exif=exif())


def exif() -> bytes:
    from PIL import ExifTags, Image

    tags = Image.Exif()
    tags[ExifTags.Base.Make], tags[ExifTags.Base.Model] = "Synthetic", "Benchmark 24"
    tags[ExifTags.Base.Orientation] = 6
    tags.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2026:06:13 12:00:00"
    gps = {1: "N", 2: (50.0, 27.0, 0.0), 3: "E", 4: (30.0, 31.0, 24.0)}
    tags.get_ifd(ExifTags.IFD.GPSInfo).update(gps)
    return tags.tobytes()


def run_ours(folder: Path) -> Result:
    from components import photos

    def one(path: Path) -> None:
        with path.open("rb") as stream:
            photos.examine(stream)
            photos.derivatives(stream)

    return measured(folder, one)


def run_pyvips(folder: Path) -> Result:
    import pyvips

    from components import photos

    def one(path: Path) -> None:
        for width, height in photos.BOXES.values():
            image = pyvips.Image.thumbnail(str(path), width, height=height, size="down")
            image.jpegsave_buffer(Q=photos.JPEG_QUALITY, keep="none")

    return measured(folder, one)


def measured(folder: Path, one: Callable[[Path], None]) -> Result:
    """Photos per second, and the peak memory in MB of this whole process."""
    paths = sorted(folder.iterdir())
    started = time.perf_counter()
    for path in paths:
        one(path)
    seconds = time.perf_counter() - started
    return {
        "rate": len(paths) / seconds,
        "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000,
    }


RUNS: dict[str, Callable[[Path], Result]] = {"draw": draw, "ours": run_ours, "pyvips": run_pyvips}


if __name__ == "__main__":
    main()
