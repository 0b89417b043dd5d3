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

import pyarrow.parquet as pq
import pytest
from django.conf import settings

from components.lake import questions as q
from components.lake.companies import companies_file
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
    shipments = q.with_tiers(lake.scan([files, DatasetFiles(2, files.files)]), TIERS)
    companies = lake.companies(merged_file(files))
    narrow = q.Slice(
        since=date(2022, 1, 1), until=date(2022, 12, 31), dispatch=("CN", "HK"), hs=("8542",), text="can", maker="texas"
    )
    asked = {
        "totals": q.totals(shipments),
        "slice": q.totals(q.slice_of(shipments, narrow)),
        "nothing": q.totals(q.slice_of(shipments, q.Slice(text="no such words"))),
        "months": q.series(shipments, companies, period="month"),
        **{f"years by {by}": q.series(shipments, companies, period="year", by=by) for by in q.GROUPINGS},
        **{f"top {by}": q.top(shipments, companies, by=(by,), measure="value_usd", limit=20) for by in q.GROUPINGS},
        "pairs": q.top(shipments, companies, by=("exporter", "importer"), measure="net_kg", limit=20),
        "newcomers": q.newcomers(
            shipments, companies, by="exporter", since=date(2022, 3, 1), measure="value_usd", limit=20
        ),
        "transit": q.top(
            q.slice_of(shipments, q.Slice(is_transit=True)),
            companies,
            by=("origin", "dispatch", "importer"),
            measure="value_usd",
            limit=20,
        ),
        "prices": q.prices(shipments, companies, by="hs", per="unit"),
        "prices per kg": q.prices(shipments, companies, by="maker", per="kg"),
        "prices by exporter": q.prices(shipments, companies, by="exporter", per="kg"),
        "odd prices": q.odd_prices(shipments, companies, by="hs", per="unit", limit=30),
        "rows": q.rows(q.slice_of(shipments, q.Slice(tier=("3.A",))), companies, after=(1, 500), limit=25),
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


def merged_file(made: DatasetFiles, merged: dict[str, str] = MERGED) -> Path:
    """The file of the companies that stand for others."""
    file = companies_file(made.files[0].parent, f"test{len(merged)}", merged.items)
    assert file is not None
    return file


def by_hand(rows: list[dict[str, Any]], keys: tuple[str, ...], merged: dict[str, str]) -> dict[Any, tuple[Any, ...]]:
    """Number of shipments, value, first and last day of groups, reckoned one shipment after another."""
    found: dict[Any, tuple[Any, ...]] = {}
    for row in rows:
        group = tuple(merged.get(row[key], row[key]) for key in keys)
        count, value, first, last = found.get(group, (0, 0.0, row["declared_on"], row["declared_on"]))
        days = (min(first, row["declared_on"]), max(last, row["declared_on"]))
        found[group] = (count + 1, value + (row["value_usd"] or 0), *days)
    return found


@pytest.mark.parametrize("by", [("exporter",), ("importer",), ("exporter", "importer"), ("dispatch", "exporter")])
def test_companies_that_are_merged_count_as_one(made: DatasetFiles, by: tuple[str, ...]) -> None:
    lake = DuckDBEngine(LakeSettings(made.files[0].parent))
    shipments = lake.scan([made])
    rows = lake.run(shipments.select("declared_on", "value_usd", "dispatch_country", *q.PARTY_KEYS))
    exporters = sorted({row["exporter_key"] for row in rows})
    merged = MERGED | {exporters[5]: exporters[6], exporters[7]: exporters[6]}

    companies = lake.companies(merged_file(made, merged))
    found = lake.run(q.top(shipments, companies, by=by, measure="shipments", limit=1_000_000))

    expected = by_hand(rows, tuple(q.GROUPINGS[each] for each in by), merged)
    told = {
        tuple(row[f"group{n}"] for n in range(len(by))): (
            row["shipments"],
            pytest.approx(row["value_usd"] or 0),
            row["first_day"],
            row["last_day"],
        )
        for row in found
    }
    assert len(found) == len(told)
    assert expected == told


def test_rows_tell_the_company_and_keep_their_order(made: DatasetFiles) -> None:
    lake = DuckDBEngine(LakeSettings(made.files[0].parent))
    shipments = q.slice_of(lake.scan([made]), q.Slice(exporter=tuple(MERGED)))

    plain = lake.run(q.rows(shipments, after=(1, 20), limit=30))
    found = lake.run(q.rows(shipments, lake.companies(merged_file(made)), after=(1, 20), limit=30))

    assert len(found) > 5
    assert found == [row | {"exporter_key": MERGED[row["exporter_key"]]} for row in plain]


def test_file_of_companies_is_written_once_and_told_from_none(tmp_path: Path) -> None:
    asked = []

    def pairs() -> list[tuple[str, str]]:
        asked.append(1)
        return [(f"name:CN:{n}", "name:CN:ONE") for n in range(25_000)]

    first, again = companies_file(tmp_path, "many", pairs), companies_file(tmp_path, "many", pairs)

    assert first == again
    assert asked == [1]
    assert pq.read_metadata(first).num_rows == 25_000
    assert companies_file(tmp_path, "none", lambda: []) is None
    assert sorted(path.name for path in first.parent.iterdir()) == ["many.parquet", "none.parquet"]


def test_file_of_companies_that_nobody_asked_for_in_a_day_goes_and_one_that_is_not_whole_is_made_again(
    tmp_path: Path,
) -> None:
    unused, used, broken = (companies_file(tmp_path, name, lambda: [("b", "a")]) for name in ("one", "two", "three"))
    assert None not in (unused, used, broken)
    long_ago = time.time() - 3 * 24 * 3600
    for file in (unused, used):
        os.utime(file, (long_ago, long_ago))
    broken.write_bytes(b"")

    companies_file(tmp_path, "two", lambda: [])
    made = companies_file(tmp_path, "three", lambda: [("b", "a"), ("c", "a")])

    assert made == broken
    assert pq.read_metadata(made).num_rows == 2
    assert sorted(path.name for path in used.parent.iterdir()) == ["three.parquet", "two.parquet"]


def test_views_that_are_forgotten_are_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("components.lake.duckdb.MOST_KEPT", 3)
    lake = DuckDBEngine(LakeSettings(tmp_path))

    for number in range(8):
        file = companies_file(tmp_path, f"file{number}", lambda: [("b", "a")])
        assert file is not None
        lake.companies(file)

    held = lake.connection.raw_sql("SELECT count(*) FROM duckdb_views() WHERE view_name LIKE 'companies_%'").fetchall()
    assert held[0][0] == len(lake._views) <= 3


def test_compiled_question_is_answered_as_ibis_answers_it_and_kept_once(made: DatasetFiles) -> None:
    lake = DuckDBEngine(LakeSettings(made.files[0].parent))

    asked = [q.series(q.with_tiers(lake.scan([made]), TIERS), period="month", by="tier") for _ in range(2)]
    answers = [lake.run(question) for question in asked]

    assert answers[0]
    assert answers == [lake.connection.to_pyarrow(question).to_pylist() for question in asked]
    assert len(lake._compiled) == 1


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
