"""Print a Markdown table of how `components.photos` answers each file of a folder: the facts, or why it was refused.

    python benchmarks/odd_uploads.py FOLDER

Needs the project's own dependencies only. Every file runs in a process of its own, so that its peak memory (the whole
process, Python and Pillow included) and a crash are its own; a process that takes over a minute is stopped.
"""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from components import photos  # noqa: E402

TIME_LIMIT_SECONDS = 60
Row = dict[str, str | int]


def main() -> None:
    if sys.argv[1] == "--one":
        print(json.dumps(answer(Path(sys.argv[2]))))
        return
    print("| file | bytes | answer | size or reason | ms | peak MB |\n|---|---:|---|---|---:|---:|")
    for path in sorted(Path(sys.argv[1]).iterdir()):
        row = run(path)
        cells = (row["answer"], row["detail"], row["milliseconds"], row["peak_mb"])
        print(f"| {path.name} | {path.stat().st_size} | " + " | ".join(map(str, cells)) + " |", flush=True)


def run(path: Path) -> Row:
    """The answer to one file from a process of its own, or what became of that process."""
    command = [sys.executable, "-W", "ignore", __file__, "--one", str(path)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT_SECONDS)
    except subprocess.TimeoutExpired:
        return lost("HANG", f"stopped after {TIME_LIMIT_SECONDS} s")
    if done.returncode:
        return lost("CRASH", f"exit {done.returncode}: {done.stderr.strip().splitlines()[-1:]}")
    row: Row = json.loads(done.stdout)
    return row


def lost(kind: str, detail: str) -> Row:
    return {"answer": kind, "detail": detail, "milliseconds": "", "peak_mb": ""}


def answer(path: Path) -> Row:
    """The facts and both copies, or the reason of the refusal, with the time and this process's peak memory."""
    started = time.perf_counter()
    kind, detail = taken_or_refused(path)
    milliseconds = round((time.perf_counter() - started) * 1000)
    peak_mb = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000)
    return {"answer": kind, "detail": detail, "milliseconds": milliseconds, "peak_mb": peak_mb}


def taken_or_refused(path: Path) -> tuple[str, str]:
    with path.open("rb") as stream:
        try:
            facts = photos.examine(stream)
            copies = photos.derivatives(stream)
        except photos.PhotoRefused as refusal:
            return refusal.reason, str(refusal)
    sizes = ", ".join(f"{name} {copy.width}x{copy.height}" for name, copy in copies.items())
    return facts.format, f"{facts.width}x{facts.height}, frames {facts.frame_count}; {sizes}"


if __name__ == "__main__":
    main()
