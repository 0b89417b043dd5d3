"""How the lake's questions take to a second Spark worker, against DuckDB in process, over one Parquet file.

    uv run --extra spark --group bench python benchmarks/trade_spark.py --file shipments.parquet

Starts a standalone master with one worker of one core on the loopback, then with two, and asks a few questions three
times; the medians leave out the start. On a machine of two cores the second worker shares them with the driver.
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
from trade_lake import MEMORY, product_questions, seconds

ASKED = ("totals", "by year and dispatch", "largest exporters", "transit flows", "prices")
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
    """Seconds of each question."""
    from components.lake.engine import DatasetFiles
    from components.lake.questions import with_tiers

    questions = product_questions(with_tiers(lake.scan([DatasetFiles(1, (file,))]), {}))
    found = {}
    for name in ASKED:
        lake.run(questions[name])
        found[name] = statistics.median(seconds(lambda: lake.run(questions[name])) for _ in range(ROUNDS))  # noqa: B023
    return found


def main() -> None:
    """DuckDB, one worker, two workers."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--file", type=Path, required=True)
    options.add_argument("--workers", type=int, default=0)
    given = options.parse_args()
    setting_up.start(with_tables=False)
    from components.lake.engine import LakeSettings, engine

    file = given.file.resolve()
    if not given.workers:
        shown = {"DuckDB": medians(engine(LakeSettings(file.parent, memory=MEMORY)), file)}
        print({name: round(took, 3) for name, took in shown["DuckDB"].items()}, "DuckDB")
        for workers in (1, 2):
            subprocess.run([sys.executable, __file__, "--file", str(file), "--workers", str(workers)], check=True)
        return
    with tempfile.TemporaryDirectory() as folder:
        processes = start(given.workers, Path(folder))
        try:
            begun = time.perf_counter()
            lake = engine(LakeSettings(file.parent, engine="spark", spark_master=f"spark://127.0.0.1:{PORT}"))
            started = time.perf_counter() - begun
            found = medians(lake, file)
            print(
                {name: round(took, 3) for name, took in found.items()},
                f"Spark, {given.workers} workers, start {started:.1f} s",
            )
            lake.session.stop()  # type: ignore[attr-defined]
        finally:
            for process in reversed(processes):
                process.terminate()
                process.wait(timeout=20)


if __name__ == "__main__":
    main()
