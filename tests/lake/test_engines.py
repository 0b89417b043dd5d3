"""Both engines answer every question alike; concurrent questions do not disturb each other."""

import csv
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from components.lake import questions as q
from components.lake.duckdb import DuckDBEngine
from components.lake.engine import DatasetFiles, Engine, LakeSettings, engine
from components.linking.batches import FACTS, FOUND, SCHEMA, FindLinks
from components.linking.catalogue import Catalogue, CataloguePart
from tests.lake.conftest import ROWS

TIERS = {"854231": "1", "854232": "1", "854233": "1", "854239": "1", "854129": "3.A"}
MERGED = {"name:CN:SYNTHETIC TRADING 1 LTD (CN)": "name:HK:SYNTHETIC TRADING 1 LTD (HK)"}
FAR = 1e-9


def every_question(lake: Engine, files: DatasetFiles) -> dict[str, list[dict[str, Any]]]:
    """The answers to all questions of the lake, over two datasets of the same rows."""
    table = q.with_tiers(lake.scan([files, DatasetFiles(2, files.files)]), TIERS)
    shipments = q.with_companies(table, MERGED)
    narrow = q.Slice(
        since=date(2022, 1, 1), until=date(2022, 12, 31), dispatch=("CN", "HK"), hs=("8542",), text="can", maker="texas"
    )
    asked = {
        "totals": q.totals(shipments),
        "slice": q.totals(q.slice_of(shipments, narrow)),
        "nothing": q.totals(q.slice_of(shipments, q.Slice(text="no such words"))),
        "months": q.series(shipments, period="month"),
        **{
            f"years by {by}": q.series(shipments, period="year", by=by)
            for by in q.GROUPINGS
            if by not in {"exporter", "importer"}
        },
        **{f"top {by}": q.top(shipments, by=(by,), measure="value_usd", limit=20) for by in q.GROUPINGS},
        "pairs": q.top(shipments, by=("exporter", "importer"), measure="net_kg", limit=20),
        "newcomers": q.newcomers(shipments, by="exporter", since=date(2022, 3, 1), measure="value_usd", limit=20),
        "transit": q.flows(
            q.slice_of(shipments, q.Slice(is_transit=True)),
            stages=("origin", "dispatch", "importer"),
            measure="value_usd",
            limit=20,
        ),
        "prices": q.prices(shipments, by="hs", per="unit"),
        "prices per kg": q.prices(shipments, by="maker", per="kg"),
        "odd prices": q.odd_prices(shipments, by="hs", per="unit", limit=30),
        "rows": q.rows(q.slice_of(shipments, q.Slice(tier=("3.A",))), after=(1, 500), limit=25),
    }
    return {name: lake.run(question) for name, question in asked.items()}


def alike(first: Any, second: Any) -> bool:
    """The same value; floating-point sums in another order may differ in their last digits."""
    if isinstance(first, float) and isinstance(second, float):
        return abs(first - second) <= FAR * max(1.0, abs(first), abs(second))
    return bool(first == second)


def differences(first: list[dict[str, Any]], second: list[dict[str, Any]]) -> list[Any]:
    """The cells in which two answers differ, row for row."""
    if len(first) != len(second):
        return [(len(first), len(second))]
    return [
        (number, name, one[name], other[name])
        for number, (one, other) in enumerate(zip(first, second, strict=True))
        for name in one
        if set(one) != set(other) or not alike(one[name], other[name])
    ]


def test_companies_that_are_merged_count_as_one(made: DatasetFiles) -> None:
    lake = DuckDBEngine(LakeSettings(made.files[0].parent))
    table = lake.scan([made])
    keys = [*MERGED, *MERGED.values()]

    apart = lake.run(
        q.top(q.slice_of(table, q.Slice(exporter=tuple(keys))), by=("exporter",), measure="shipments", limit=5)
    )
    merged = q.with_companies(table, MERGED)
    together = lake.run(
        q.top(q.slice_of(merged, q.Slice(exporter=tuple(keys))), by=("exporter",), measure="shipments", limit=5)
    )

    assert len(apart) == 2
    assert [(row["group0"], row["shipments"]) for row in together] == [
        (keys[1], sum(row["shipments"] for row in apart))
    ]


def test_compiled_question_is_answered_as_ibis_answers_it_and_kept_once(made: DatasetFiles) -> None:
    lake = DuckDBEngine(LakeSettings(made.files[0].parent))

    asked = [q.series(q.with_tiers(lake.scan([made]), TIERS), period="month", by="tier") for _ in range(2)]
    answers = [lake.run(question) for question in asked]

    assert answers[0]
    assert answers == [lake.connection.to_pyarrow(question).to_pylist() for question in asked]
    assert len(lake._compiled) == 1


def test_question_with_a_table_of_its_own_is_not_kept(made: DatasetFiles) -> None:
    lake = DuckDBEngine(LakeSettings(made.files[0].parent))

    lake.run(q.totals(q.with_companies(lake.scan([made]), MERGED)))

    assert lake._compiled == {}


def test_no_dataset_gives_empty_answers(tmp_path: Path) -> None:
    lake = DuckDBEngine(LakeSettings(tmp_path))

    (found,) = lake.run(q.totals(lake.scan([])))

    assert (found["shipments"], found["value_usd"]) == (0, None)


def test_questions_from_many_threads_are_all_answered(made: DatasetFiles) -> None:
    settings = LakeSettings(made.files[0].parent)

    def ask(_: int) -> list[dict[str, Any]]:
        lake = engine(settings)
        return lake.run(q.series(lake.scan([made]), period="month"))

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(ask, range(60)))

    assert all(answer == answers[0] for answer in answers)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A standalone master with two workers on the loopback, from PySpark's own package."""
    pyspark = pytest.importorskip("pyspark", reason="the extra `spark` is not installed")
    if shutil.which("java") is None:
        pytest.skip("there is no Java")
    home, folder, port = Path(pyspark.__file__).parent, tmp_path_factory.mktemp("spark"), free_port()
    environment = os.environ | {"SPARK_HOME": str(home), "SPARK_NO_DAEMONIZE": "1", "SPARK_LOCAL_IP": "127.0.0.1"}
    start = [str(home / "bin" / "spark-class")]
    master = "org.apache.spark.deploy.master.Master"
    worker = "org.apache.spark.deploy.worker.Worker"
    address = f"spark://127.0.0.1:{port}"
    commands = [[*start, master, "--host", "127.0.0.1", "--port", str(port), "--webui-port", "0"]]
    commands += [
        [
            *start,
            worker,
            "--host",
            "127.0.0.1",
            "--webui-port",
            "0",
            "--cores",
            "1",
            "--memory",
            "1g",
            "--work-dir",
            str(folder / str(n)),
            address,
        ]
        for n in range(2)
    ]
    processes = []
    for command in commands:
        log = (folder / f"{len(processes)}.log").open("w")
        processes.append(subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT))
        time.sleep(3)
    yield address
    for process in reversed(processes):
        process.terminate()
        process.wait(timeout=20)


@pytest.mark.spark
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_spark_answers_every_question_as_duckdb_does(made: DatasetFiles, cluster: str) -> None:
    from components.lake.spark import SparkEngine

    here = every_question(DuckDBEngine(LakeSettings(made.files[0].parent)), made)
    spark = SparkEngine(LakeSettings(made.files[0].parent, engine="spark", spark_master=cluster))
    try:
        there = every_question(spark, made)
    finally:
        spark.session.stop()

    assert {name: differences(answer, there[name])[:3] for name, answer in here.items()} == {name: [] for name in here}
    assert sum(len(answer) for answer in here.values()) > 300


def every_link(lake: Engine, made: DatasetFiles) -> list[tuple[Any, ...]]:
    """What a search of the shipments for the generator's parts finds, row by row."""
    with (settings.FIXTURES_ROOT / "trade" / "parts.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    makers = {name: number for number, name in enumerate(dict.fromkeys(row["maker"] for row in rows), 1)}
    parts = (
        CataloguePart(number, makers[row["maker"]], row["mpn"], row["hs_code"]) for number, row in enumerate(rows, 1)
    )
    catalogue = Catalogue(tuple(parts), tuple((number, name) for name, number in makers.items()))
    find = FindLinks(catalogue, {number: name for name, number in makers.items()})
    columns = lake.scan([made]).select(*(name for name, _ in FACTS))
    found = [tuple(row.values()) for batch in lake.mapped(columns, find, SCHEMA) for row in batch.to_pylist()]
    return sorted(found, key=repr)


def test_search_names_every_shipment_of_the_generator(made: DatasetFiles) -> None:
    found = every_link(DuckDBEngine(LakeSettings(made.files[0].parent)), made)

    names = [name for name, _ in [*FACTS, *FOUND]]
    exact = {row[names.index("row_number")] for row in found if row[names.index("grade")] == "exact"}
    assert len(exact) > 0.97 * ROWS


@pytest.mark.spark
@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
def test_spark_finds_the_same_links_as_duckdb(made: DatasetFiles, cluster: str) -> None:
    from components.lake.spark import SparkEngine

    here = every_link(DuckDBEngine(LakeSettings(made.files[0].parent)), made)
    spark = SparkEngine(LakeSettings(made.files[0].parent, engine="spark", spark_master=cluster))
    try:
        there = every_link(spark, made)
    finally:
        spark.session.stop()

    assert there == here
    assert len(here) > ROWS * 0.97
