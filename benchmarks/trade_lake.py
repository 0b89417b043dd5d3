"""The trade lake against bare DuckDB, SQLite and PostgreSQL, on synthetic declarations.

    uv run --group bench python benchmarks/trade_lake.py --rows 1000000 [--file made.csv] [--databases]

Import: rows per second from CSV to checked Parquet against DuckDB reading and writing the same file, alternating.
Questions: each of the product's own, with the names of one company brought together, against SQL written by hand over the
same Parquet file, medians of alternating runs; where companies are asked for, both against SQL that looks them up
and against SQL that takes each name for a company of its own.
`--databases` asks three of them of SQLite and PostgreSQL holding the same rows. Peak memory is that of a process of its
own for each part.
"""

import argparse
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import setting_up

ROUNDS = 5
MEMORY = "1GB"
BY_HAND = {
    "totals": "SELECT sum(value_usd), sum(net_kg), sum(quantity), count(*), count(value_usd), count(*) FILTER (WHERE is_synthetic), "
    "min(declared_on), max(declared_on) FROM shipments",
    "by month": "SELECT strftime(declared_on, '%Y-%m') AS p, sum(value_usd), sum(net_kg), sum(quantity), count(*), "
    "count(value_usd), count(*) FILTER (WHERE is_synthetic) FROM shipments GROUP BY 1 ORDER BY 1",
    "by year and dispatch": "SELECT year(declared_on) AS p, dispatch_country, sum(value_usd), sum(net_kg), sum(quantity), "
    "count(*), count(value_usd), count(*) FILTER (WHERE is_synthetic) FROM shipments GROUP BY 1, 2 ORDER BY 1, 2",
    "largest exporters": "SELECT exporter_key, sum(value_usd) AS v, sum(net_kg), sum(quantity), count(*), count(value_usd), "
    "count(*) FILTER (WHERE is_synthetic), min(declared_on), max(declared_on) FROM shipments GROUP BY 1 ORDER BY v DESC, 1 LIMIT 25",
    "pairs": "SELECT exporter_key, importer_key, sum(value_usd) AS v, sum(net_kg), sum(quantity), count(*), "
    "count(value_usd), count(*) FILTER (WHERE is_synthetic), min(declared_on), max(declared_on) FROM shipments GROUP BY 1, 2 "
    "ORDER BY v DESC, 1, 2 LIMIT 25",
    "newcomers": "SELECT exporter_key, sum(value_usd) AS v, sum(net_kg), sum(quantity), count(*), count(value_usd), "
    "count(*) FILTER (WHERE is_synthetic), min(declared_on) AS f, max(declared_on) FROM shipments WHERE exporter_key <> '' "
    "GROUP BY 1 HAVING min(declared_on) >= DATE '2022-03-01' ORDER BY v DESC, 1 LIMIT 25",
    "transit flows": "SELECT origin_country, dispatch_country, importer_key, sum(value_usd) AS v, sum(net_kg), "
    "sum(quantity), count(*), count(value_usd), count(*) FILTER (WHERE is_synthetic), min(declared_on), max(declared_on) "
    "FROM shipments WHERE origin_country <> '' AND dispatch_country <> '' AND origin_country <> dispatch_country "
    "GROUP BY 1, 2, 3 ORDER BY v DESC, 1, 2, 3 LIMIT 60",
    "prices": "SELECT hs6, unit, count(*) AS n, count(*) FILTER (WHERE is_synthetic), quantile_cont(price, 0.5), "
    "quantile_cont(price, 0.25), quantile_cont(price, 0.75), min(price), max(price) FROM (SELECT *, value_usd / quantity "
    "AS price FROM shipments WHERE quantity > 0 AND value_usd > 0) GROUP BY 1, 2 ORDER BY n DESC, 1, 2",
    "odd prices": "WITH p AS (SELECT *, value_usd / quantity AS price, ln(value_usd / quantity) AS l FROM shipments WHERE "
    "quantity > 0 AND value_usd > 0), b AS (SELECT hs6, unit, count(*) AS n, quantile_cont(l, 0.25) AS lo, "
    "quantile_cont(l, 0.75) AS hi FROM p GROUP BY 1, 2) SELECT p.*, greatest(l - hi, lo - l) / (hi - lo) AS far FROM p "
    "JOIN b USING (hs6, unit) WHERE n >= 8 AND hi > lo AND greatest(l - hi, lo - l) > 1.5 * (hi - lo) "
    "ORDER BY far DESC LIMIT 100",
    "words in descriptions": "SELECT sum(value_usd), count(*) FROM shipments WHERE upper(description) LIKE '%STM32F407%'",
    "one page of rows": "SELECT * FROM shipments WHERE dispatch_country = 'TR' AND row_number > 100000 ORDER BY row_number "
    "LIMIT 100",
}
LOOKED_UP = {  # the views in which the SQL by hand finds companies for names
    "largest exporters": "of_exporters",
    "newcomers": "of_exporters",
    "pairs": "of_pairs",
    "transit flows": "of_importers",
}
IN_DATABASES = ("by month", "largest exporters", "transit flows")


def product_questions(table: Any, companies: Any) -> dict[str, Any]:
    """The same questions as the product asks them."""
    from components.lake import questions as q

    value: dict[str, Any] = {"measure": "value_usd", "limit": 25}
    transit = q.slice_of(table, q.Slice(is_transit=True))
    flows = q.top(transit, companies, by=("origin", "dispatch", "importer"), measure="value_usd", limit=60)
    return {
        "totals": q.totals(table),
        "by month": q.series(table, companies, period="month"),
        "by year and dispatch": q.series(table, companies, period="year", by="dispatch"),
        "largest exporters": q.top(table, companies, by=("exporter",), **value),
        "pairs": q.top(table, companies, by=("exporter", "importer"), **value),
        "newcomers": q.newcomers(table, companies, by="exporter", since=date(2022, 3, 1), **value),
        "transit flows": flows,
        "prices": q.prices(table, companies, by="hs", per="unit"),
        "odd prices": q.odd_prices(table, companies, by="hs", per="unit", limit=100),
        "words in descriptions": q.totals(q.slice_of(table, q.Slice(text="STM32F407"))),
        "one page of rows": q.rows(
            q.slice_of(table, q.Slice(dispatch=("TR",))), companies, after=(1, 100_000), limit=100
        ),
    }


def same_companies(file: Path) -> dict[str, str]:
    """The declared keys whose normalised name and country another key has, too, with that key."""
    import duckdb

    from components.normalise.companies import company_key

    sides = " UNION ".join(
        f"SELECT {party}_key, {party}_name, {party}_country FROM read_parquet('{file}')"
        for party in ("exporter", "importer")
    )
    firsts: dict[tuple[str, str], str] = {}
    found = {}
    for key, name, country in duckdb.sql(f"{sides} ORDER BY 1 DESC").fetchall():
        first = firsts.setdefault((company_key(name), country), key)
        if key != first and not key.startswith("tax:"):
            found[key] = first
    return found


def seconds(work: Callable[[], Any]) -> float:
    """How long a piece of work takes."""
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def peak_mb() -> float:
    """The most memory that this process has held; `getrusage` would tell of the one that started it, too."""
    told = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(told["VmHWM"].split()[0]) / 1024


def part_import(file: Path, folder: Path) -> dict[str, float]:
    """One import by the product into `folder`, in this process."""
    setting_up.start(with_tables=True)
    from django.conf import settings

    from components.intake.trade.datasets import country_names
    from components.intake.trade.preparing import prepare
    from components.intake.trade.staging import stage
    from components.lake.engine import LakeSettings

    lake, names = LakeSettings(folder, memory=MEMORY), country_names()
    reference = settings.FIXTURES_ROOT / "reference" / "declaration_columns.csv"
    begun = time.perf_counter()
    staged = stage(prepare(file, folder, reference=reference), folder, lake=lake, countries=names)
    return {"seconds": time.perf_counter() - begun, "rows": staged.accepted}


def part_bare(file: Path, folder: Path) -> dict[str, float]:
    """DuckDB alone: read the CSV with its own types, write Parquet with the same compression."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '{MEMORY}'")
        connection.execute(f"SET temp_directory = '{folder}'")
        copied = (
            f"COPY (SELECT * FROM read_csv('{file}', delim = ';', header = true, decimal_separator = ',', "
            f"dateformat = '%d.%m.%Y')) TO '{folder / 'bare.parquet'}' (FORMAT parquet, COMPRESSION zstd)"
        )
        return {"seconds": seconds(lambda: connection.execute(copied))}


def part_questions(file: Path, folder: Path) -> dict[str, Any]:
    """Medians of each question, by the product and by hand, alternating."""
    setting_up.start(with_tables=False)
    import duckdb

    from components.lake.companies import companies_file
    from components.lake.engine import DatasetFiles, LakeSettings, engine
    from components.lake.questions import with_tiers

    asked = engine(LakeSettings(folder, memory=MEMORY))
    table = with_tiers(asked.scan([DatasetFiles(1, (file,))]), {})
    same = same_companies(file)
    companies = companies_file(folder, "same", same.items)
    ours = product_questions(table, companies and asked.companies(companies))
    found: dict[str, Any] = {"names": len(same)}
    with duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '{MEMORY}'")
        connection.execute(f"SET temp_directory = '{folder}'")
        connection.execute(
            f"CREATE VIEW shipments AS SELECT *, file_row_number + 1 AS row_number FROM read_parquet('{file}', file_row_number = true)"
        )
        by_hand = {(name, ""): sql for name, sql in BY_HAND.items()}
        if companies:
            _look_up(connection, companies)
            for name, view in LOOKED_UP.items():
                by_hand[name, ", companies looked up"] = BY_HAND[name].replace("FROM shipments", f"FROM {view}")
        for (name, variant), sql in by_hand.items():
            rounds = [
                (seconds(lambda: asked.run(ours[name])), seconds(lambda: connection.sql(sql).to_arrow_table()))  # noqa: B023
                for _ in range(ROUNDS)
            ]
            found[name + variant] = [statistics.median(each) for each in zip(*rounds, strict=True)]
    return found


def _look_up(connection: Any, companies: Path) -> None:
    """Views of the shipments with the keys of companies, each with no more joins than it needs."""
    connection.execute(f"CREATE VIEW companies AS SELECT * FROM read_parquet('{companies}')")
    for view, parties in (("of_exporters", "e"), ("of_importers", "i"), ("of_pairs", "ei")):
        names = {"e": "exporter_key", "i": "importer_key"}
        replaced = ", ".join(f"coalesce({each}.company_key, {names[each]}) AS {names[each]}" for each in parties)
        joins = " ".join(f"LEFT JOIN companies {each} ON {names[each]} = {each}.declared_key" for each in parties)
        connection.execute(f"CREATE VIEW {view} AS SELECT s.* REPLACE ({replaced}) FROM shipments s {joins}")


def part_databases(file: Path, folder: Path) -> dict[str, Any]:
    """The rows in SQLite and PostgreSQL, without indexes on what is summed, and three questions of each."""
    import duckdb

    columns = "declared_on, dispatch_country, origin_country, exporter_key, importer_key, value_usd, net_kg, quantity, is_synthetic"
    target = folder / "shipments.sqlite3"
    found: dict[str, Any] = {}
    with duckdb.connect() as connection:
        connection.execute(f"SET memory_limit = '{MEMORY}'")
        rows = connection.sql(f"SELECT {columns} FROM read_parquet('{file}')")
        connection.execute(
            f"COPY (SELECT {columns} FROM read_parquet('{file}')) TO '{folder / 'rows.csv'}' (HEADER false)"
        )
        with sqlite3.connect(target) as lite:
            lite.execute(f"CREATE TABLE shipments ({columns})")
            while batch := rows.fetchmany(50_000):
                lite.executemany(
                    "INSERT INTO shipments VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    [(str(row[0]), *row[1:]) for row in batch],
                )
    sqlite_sql = {
        name: BY_HAND[name].replace("strftime(declared_on, '%Y-%m')", "substr(declared_on, 1, 7)")
        for name in IN_DATABASES
    }
    with sqlite3.connect(target) as lite:
        found["sqlite"] = {name: seconds(lambda: lite.execute(sql).fetchall()) for name, sql in sqlite_sql.items()}  # noqa: B023
    found["postgresql"] = _postgres(folder / "rows.csv")
    return found


def _postgres(rows: Path) -> dict[str, float]:
    import psycopg

    url = os.environ.get("BENCHMARK_POSTGRES_URL", "postgres://postgres@127.0.0.1:5432/postgres")
    try:
        server = psycopg.connect(url, connect_timeout=3)
    except psycopg.OperationalError as problem:
        print(f"no PostgreSQL: {problem}")
        return {}
    with server as connection, connection.cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE shipments (declared_on date, dispatch_country text, origin_country text, exporter_key text, "
            "importer_key text, value_usd float8, net_kg float8, quantity float8, is_synthetic bool)"
        )
        with cursor.copy("COPY shipments FROM STDIN (FORMAT csv)") as copy, rows.open("rb") as stream:
            while block := stream.read(1 << 20):
                copy.write(block)
        cursor.execute("ANALYZE shipments")
        found = {}
        for name in IN_DATABASES:
            sql = BY_HAND[name].replace("strftime(declared_on, '%Y-%m')", "to_char(declared_on, 'YYYY-MM')")
            begun = time.perf_counter()
            cursor.execute(sql)
            cursor.fetchall()
            found[name] = time.perf_counter() - begun
        connection.rollback()
    return found


PARTS = {"import": part_import, "bare": part_bare, "questions": part_questions, "databases": part_databases}


def run_part(name: str, file: Path, folder: Path) -> dict[str, Any]:
    """One part in a process of its own, with its peak memory in MB."""
    command = [sys.executable, __file__, "--part", name, "--file", str(file), "--folder", str(folder)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True)
    told: dict[str, Any] = json.loads(answer.stdout.splitlines()[-1])
    return told


def main() -> None:
    """Generate where no file is given, then run the parts and print figures and ratios."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--file", type=Path)
    options.add_argument("--folder", type=Path)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--databases", action="store_true")
    options.add_argument("--part", choices=PARTS)
    given = options.parse_args()
    if given.part:
        found = PARTS[given.part](given.file, given.folder)
        print(json.dumps({"found": found, "peak_mb": peak_mb()}))
        return
    with tempfile.TemporaryDirectory(prefix="forensics-trade-", dir=given.folder) as made:
        folder = Path(made)
        file = given.file or _generate(given.rows, folder)
        report(file, folder, given.rounds, databases=given.databases)


def _generate(rows: int, folder: Path) -> Path:
    sys.path.insert(0, str(setting_up.ROOT))
    from components.lake.synthetic import write_declarations

    file = folder / "declarations.csv"
    took = seconds(lambda: write_declarations(file, rows=rows, seed=1, world=setting_up.ROOT / "fixtures" / "trade"))
    print(f"made {rows:,} rows in {took:.0f} s")
    return file


def report(file: Path, folder: Path, rounds: int, *, databases: bool) -> None:
    """Run the parts and print what they found."""
    bare, ours = [], []
    for _ in range(rounds):
        bare.append(run_part("bare", file, folder))
        ours.append(run_part("import", file, folder))
    rows = ours[0]["found"]["rows"]
    own = statistics.median(each["found"]["seconds"] for each in ours)
    least = statistics.median(each["found"]["seconds"] for each in bare)
    print(f"{rows:,} rows, {file.stat().st_size / 1e9:.2f} GB of CSV")
    print(f"import      {rows / own:10,.0f} rows/s, peak {max(e['peak_mb'] for e in ours):,.0f} MB")
    print(
        f"bare DuckDB {rows / least:10,.0f} rows/s, peak {max(e['peak_mb'] for e in bare):,.0f} MB; ratio {least / own:.2f}"
    )
    parquet = folder / "shipments.parquet"
    told = run_part("questions", parquet, folder)
    names = told["found"].pop("names")
    print(f"questions: peak {told['peak_mb']:,.0f} MB, {names:,} names stand for another's company")
    for name, (product, hand) in told["found"].items():
        print(f"  {name:38} {1000 * product:9.1f} ms  by hand {1000 * hand:9.1f} ms  {product / hand:5.2f} times")
    if databases:
        for database, times in run_part("databases", parquet, folder)["found"].items():
            for name, took in times.items():
                print(f"  {database:10} {name:24} {took:8.2f} s: {took / told['found'][name][0]:6.1f} times the lake")


if __name__ == "__main__":
    main()
