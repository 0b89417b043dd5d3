"""How the lake's questions take to a second Spark worker, against DuckDB in process, over one Parquet file.

    uv run --extra spark --group bench python benchmarks/trade_spark.py [--rows 1000000 | --file shipments.parquet]

Starts a standalone master with one worker of one core on the loopback, then with two, and asks a few questions three
times; medians leave out the start and a first, unmeasured asking. On a machine of two cores the second worker shares
them with the driver: only a cluster of several machines shows what a worker is worth.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import setting_up

setting_up.start(with_tables=False)

from trade_lake import MEMORY, product_questions, run_part, seconds  # noqa: E402

from components.intake.trade.staging import PART_NAME  # noqa: E402
from components.lake.engine import DatasetFiles, LakeSettings, engine  # noqa: E402
from components.lake.questions import with_tiers  # noqa: E402
from components.lake.synthetic import write_declarations  # noqa: E402

ASKED = ("totals", "by year and dispatch", "largest exporters")
ROUNDS = 3
PORT = 7177


def start(workers: int, folder: Path) -> list[subprocess.Popen[bytes]]:
    """A master and its workers, from PySpark's own package."""
    import pyspark

    home = Path(pyspark.__file__).parent
    environment = os.environ | {"SPARK_HOME": str(home), "SPARK_LOCAL_IP": "127.0.0.1"}
    begin = [str(home / "bin" / "spark-class"), "org.apache.spark.deploy"]
    commands = [
        [begin[0], f"{begin[1]}.master.Master", "--host", "127.0.0.1", "--port", str(PORT), "--webui-port", "0"]
    ]
    limits = ["--host", "127.0.0.1", "--webui-port", "0", "--cores", "1", "--memory", "2g"]
    for number in range(workers):
        own = ["--work-dir", str(folder / str(number)), f"spark://127.0.0.1:{PORT}"]
        commands.append([begin[0], f"{begin[1]}.worker.Worker", *limits, *own])
    processes = []
    for command in commands:
        processes.append(
            subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        )
        time.sleep(4)
    return processes


def medians(lake: Any, file: Path) -> dict[str, float]:
    """Seconds of each question, each name taken for a company of its own."""
    questions = product_questions(with_tiers(lake.scan([DatasetFiles(1, (file,))]), {}), None)
    found = {}
    for name in ASKED:
        lake.run(questions[name])
        found[name] = statistics.median(seconds(lambda: lake.run(questions[name])) for _ in range(ROUNDS))  # noqa: B023
    return found


def compare(file: Path) -> None:
    """DuckDB, one worker, two workers, each in a process of its own."""
    for workers in (0, 1, 2):
        subprocess.run([sys.executable, __file__, "--file", str(file), "--workers", str(workers)], check=True)


def made(rows: int, folder: Path) -> Path:
    """Synthetic declarations, imported."""
    file = folder / "declarations.csv"
    write_declarations(file, rows=rows, seed=1, world=setting_up.ROOT / "fixtures" / "trade")
    run_part("import", file, folder)
    return folder / PART_NAME


def ask_spark(file: Path, workers: int) -> None:
    """Print the medians of a cluster of so many workers."""
    with tempfile.TemporaryDirectory() as folder:
        processes = start(workers, Path(folder))
        try:
            begun = time.perf_counter()
            lake = engine(LakeSettings(file.parent, engine="spark", spark_master=f"spark://127.0.0.1:{PORT}"))
            started = time.perf_counter() - begun
            show(medians(lake, file), f"Spark, {workers} workers of one core, start {started:.1f} s")
            lake.session.stop()  # type: ignore[attr-defined]
        finally:
            for process in reversed(processes):
                process.terminate()
                process.wait(timeout=20)


def show(found: dict[str, float], asked: str) -> None:
    """Seconds of each question, and of whom they were asked."""
    print({name: round(took, 3) for name, took in found.items()}, asked, flush=True)


def main() -> None:
    """Make a file where none is given; with `--workers` ask one engine, else all in turn."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--file", type=Path)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--workers", type=int)
    given = options.parse_args()
    if given.workers is None:
        with tempfile.TemporaryDirectory(prefix="forensics-spark-") as folder:
            compare(given.file.resolve() if given.file else made(given.rows, Path(folder)))
    elif given.workers:
        ask_spark(given.file, given.workers)
    else:
        show(medians(engine(LakeSettings(given.file.parent, memory=MEMORY)), given.file), "DuckDB in process")


if __name__ == "__main__":
    main()
