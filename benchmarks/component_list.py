"""Requests per second of the component list against Datasette serving the same table from the same SQLite file.

    uv run --group bench python benchmarks/component_list.py [--components 100000]

Both answer over HTTP on the loopback with one worker process each: 100 rows filtered by one maker, of 100,000
published synthetic components. Ours answers `/api/v1/components/?manufacturer=…&cursor=` (visibility, the current
identification and three joins included) and `?page=1` (with the count); Datasette answers its JSON for a table of the
same columns made ready for it, without joins, with and without its count and facets. The requests alternate in one run.
"""

import argparse
import http.client
import os
import random
import socket
import statistics
import subprocess
import sys
import time
from pathlib import Path

import setting_up

OURS, THEIRS = 8471, 8472
MAKERS = 50


def fill(components: int) -> int:
    """Published synthetic components with identifications of 50 makers; returns one maker's id."""
    from django.db import transaction
    from django.utils import timezone

    from components.choices import Visibility
    from components.curation.bulk import insert_instances, reserve_ids
    from components.models import Component, Country, Identification, ImportBatch, Manufacturer, Part, Weapon

    chance = random.Random(1)
    now = timezone.now()
    shown = {"visibility": Visibility.PUBLISHED, "is_synthetic": True}
    country = Country.objects.get(alpha2="US")
    makers = [
        Manufacturer.objects.create(name=f"Synthetic Maker {n}", country=country, is_synthetic=True)
        for n in range(MAKERS)
    ]
    parts = [
        Part.objects.create(manufacturer=chance.choice(makers), mpn=f"SYN{n:05}-A", is_synthetic=True)
        for n in range(500)
    ]
    weapons = [Weapon.objects.create(label=f"Synthetic weapon {n}", **shown) for n in range(60)]
    batch = ImportBatch.objects.create(format="benchmark", file_name="generated", digest="0")
    with transaction.atomic():
        ids = reserve_ids(Component, components)
        rows = [
            Component(
                pk=pk,
                weapon=chance.choice(weapons),
                marking=f"SYN{pk:06}\n2130",
                marking_state="read",
                function="Microcontroller",
                designator=f"U{pk % 90}",
                created_at=now,
                **shown,
            )
            for pk in ids
        ]
        insert_instances(rows, batch_id=batch.pk, user_id=None)
        judged = []
        for pk, component in zip(reserve_ids(Identification, components), ids, strict=True):
            part = chance.choice(parts)
            judged.append(
                Identification(
                    pk=pk,
                    component_id=component,
                    part=part,
                    manufacturer_id=part.manufacturer_id,
                    is_current=True,
                    method="marking",
                    identified_by="Synthetic",
                    made="2021",
                    created_at=now,
                    **shown,
                )
            )
        insert_instances(judged, batch_id=batch.pk, user_id=None)
    return makers[0].pk


def flatten(database: Path) -> None:
    """The same rows as one flat table with an index on the maker, for Datasette."""
    from django.contrib.auth.models import AnonymousUser
    from django.db import connection

    from components.exports.columns import COLUMNS
    from components.exports.rows import visible_rows
    from components.models import Component

    rows = visible_rows(Component, AnonymousUser()).order_by("pk").values_list(*(c.path for c in COLUMNS[Component]))
    sql, params = rows.query.sql_with_params()
    names = ", ".join(f'"{column.name}"' for column in COLUMNS[Component])
    with connection.cursor() as cursor:
        typed = names.replace('"id"', '"id" INTEGER PRIMARY KEY', 1)
        cursor.execute(f"CREATE TABLE flat_components ({typed})")
        cursor.execute(f"INSERT INTO flat_components ({names}) {sql}", params)
        cursor.execute("CREATE INDEX flat_maker ON flat_components (manufacturer)")
        cursor.execute("ANALYZE")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def serve(command: list[str], port: int) -> subprocess.Popen[bytes]:
    """Start a server and wait until it answers. Raises SystemExit where the port is taken: it would ask a stranger."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise SystemExit(f"port {port} is taken")
    server = subprocess.Popen(command, cwd=setting_up.ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for _ in range(100):
        time.sleep(0.2)
        try:
            ask(http.client.HTTPConnection("127.0.0.1", port), "/")
            return server
        except OSError:
            continue
    raise SystemExit(f"nothing answers on {port}")


def ask(connection: http.client.HTTPConnection, path: str) -> bytes:
    """One request."""
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    assert answer.status in (200, 302, 404), (path, answer.status, body[:300])
    return body


def rate(port: int, path: str, seconds: float) -> float:
    """Requests per second of one client over one connection."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    ask(connection, path)
    count, start = 0, time.perf_counter()
    while time.perf_counter() - start < seconds:
        ask(connection, path)
        count += 1
    return count / (time.perf_counter() - start)


def main() -> None:
    """Fill, serve, alternate, print medians and ratios."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--components", type=int, default=100_000)
    options.add_argument("--rounds", type=int, default=5)
    given = options.parse_args()
    folder = setting_up.start()
    maker = fill(given.components)
    database = folder / "benchmark.sqlite3"
    flatten(database)
    programs = Path(sys.executable).parent
    servers = [
        serve(
            [
                str(programs / "granian"),
                "--interface",
                "wsgi",
                "forensics.wsgi:application",
                "--port",
                str(OURS),
                "--workers",
                "1",
                "--no-ws",
            ],
            OURS,
        ),
        serve(
            [
                str(programs / "datasette"),
                "serve",
                str(database),
                "--port",
                str(THEIRS),
                "--setting",
                "default_page_size",
                "100",
                "--setting",
                "max_returned_rows",
                "1000",
                "--setting",
                "suggest_facets",
                "off",
                "--setting",
                "num_sql_threads",
                "1",
            ],
            THEIRS,
        ),
    ]
    middle = given.components * 9 // 10
    ways = {
        "ours, keyset page": (OURS, f"/api/v1/components/?manufacturer={maker}&cursor="),
        "ours, numbered page with count": (OURS, f"/api/v1/components/?manufacturer={maker}&page=1"),
        "datasette, default": (
            THEIRS,
            f"/benchmark/flat_components.json?manufacturer={maker}&_size=100&_shape=objects",
        ),
        "datasette, lean (no count)": (
            THEIRS,
            f"/benchmark/flat_components.json?manufacturer={maker}&_size=100&_shape=array&_nocount=1",
        ),
        "ours, keyset first page of all": (OURS, "/api/v1/components/?cursor="),
        f"ours, keyset at row {middle:,}": (OURS, "/api/v1/components/?cursor=" + cursor_after(middle)),
    }
    try:
        rates: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(given.rounds):
            for name, (port, path) in ways.items():
                rates[name].append(rate(port, path, 1.5))
    finally:
        for server in servers:
            server.terminate()  # granian ends its worker too; killed, the worker would live on
            server.wait(timeout=20)
    medians = {name: statistics.median(found) for name, found in rates.items()}
    for name, median in medians.items():
        print(f"{name:34} {median:8.1f} requests/s  (from {min(rates[name]):.1f} to {max(rates[name]):.1f})")
    names = list(ways)
    print(f"keyset page / datasette default   {medians[names[0]] / medians[names[2]]:.2f}")
    print(f"keyset page / datasette lean      {medians[names[0]] / medians[names[3]]:.2f}")
    print(f"numbered page / datasette default {medians[names[1]] / medians[names[2]]:.2f}")
    print(f"keyset: first page / row {middle:,}    {medians[names[4]] / medians[names[5]]:.2f} times as long")


def cursor_after(row_id: int) -> str:
    """The cursor that begins behind a row, taken from the API itself."""
    from urllib.parse import quote

    from components.api.pages import Cursor

    return quote(Cursor("after", row_id).encoded())


if __name__ == "__main__":
    os.environ.setdefault("FORENSICS_ALLOWED_HOSTS", "127.0.0.1")
    main()
