"""Rows per second of a parts list, checked and written with history and citations, against a bare executemany.

    ./dev run python benchmarks/parts_import.py [--rows 100000]

The bare runs write the same columns of the same rows in one transaction from tuples that are ready: nothing is read
from a file, checked, cited or kept in a history. One writes into the same table with its constraints, indexes and
search triggers, the other into a copy of the table without any of them.
"""

import argparse
import csv
import random
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import setting_up


def write_list(path: Path, rows: int) -> None:
    """A seeded synthetic parts list."""
    chance = random.Random(20261122)
    makers = [f"Synthetic Maker {number:03}" for number in range(150)]
    families = ["Microcontroller", "Voltage regulator", "Operational amplifier", "FPGA", "Flash memory", "Transceiver"]
    with path.open("w", newline="", encoding="utf-8") as lines:
        table = csv.writer(lines)
        table.writerow(["part_number", "manufacturer", "description", "category", "is_synthetic"])
        for number in range(rows):
            family = chance.choice(families)
            suffix = f"{chance.randrange(10)}{chance.choice(['CLG400I', 'DR', 'TR', ''])}"
            mpn = f"SYN{chance.choice('ABCDEFGH')}{number:06}-{suffix}"
            description = (
                f"{family}, {chance.randrange(1, 64)} channels, {chance.randrange(2, 48)} V, package {number % 40}"
            )
            table.writerow([mpn, chance.choice(makers), description, family, "yes"])


def timed(action: Callable[[], Any]) -> float:
    """Seconds an action takes."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def main() -> None:
    """Import, then load the same columns bare into an emptied table, and print the ratio."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=100_000)
    rows = options.parse_args().rows
    folder = setting_up.start()

    from django.db import connection, transaction
    from django.utils import timezone

    from components.curation.bulk import quoted
    from components.intake.batches import check_file, run_import
    from components.models import Citation, Part

    path = folder / "parts.csv"
    write_list(path, rows)
    now = timezone.now()
    checked = timed(lambda: check_file("parts", path, name="parts.csv", user=None, now=now))
    imported = timed(lambda: run_import("parts", path, user=None, now=now))
    assert Part.objects.count() == Citation.objects.filter(record_type__model="part").count() == rows
    assert Part.history.count() == rows

    fields = Part._meta.concrete_fields
    names = ", ".join(quoted(field) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE bare AS SELECT {names} FROM components_part ORDER BY id")
        cursor.execute("SELECT * FROM bare")
        tuples = cursor.fetchall()

    def load(table: str) -> float:
        with transaction.atomic(), connection.cursor() as cursor:
            if table == "bare":
                cursor.execute("DELETE FROM bare")
            else:
                Citation.objects.all()._raw_delete("default")
                Part.objects.all()._raw_delete("default")
        with transaction.atomic(), connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                return timed(lambda: copied(cursor, table))
            return timed(lambda: cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuples))

    def copied(cursor: Any, table: str) -> None:
        with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
            for row in tuples:
                copy.write_row(row)

    indexed = min(load("components_part") for _ in range(2))
    bare = min(load("bare") for _ in range(3))
    print(f"{connection.vendor}, {rows:,} rows")
    print(f"check only             {rows / checked:10,.0f} rows/s")
    print(f"check and write        {rows / imported:10,.0f} rows/s")
    print(f"bare, the same table   {rows / indexed:10,.0f} rows/s; ratio {indexed / imported:.2f}")
    print(f"bare, without indexes  {rows / bare:10,.0f} rows/s; ratio {bare / imported:.2f}")
    print(f"peak memory            {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:10,.0f} MB")


if __name__ == "__main__":
    main()
