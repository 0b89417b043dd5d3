"""Search over a million part numbers: the median and the slowest of many questions, and the plain LIKE beside them.

    ./dev run python benchmarks/part_search.py [--parts 1000000]

Questions are whole numbers, fragments, prefixes, numbers with other separators, two letters, and numbers that are not
there; each asks for the first 50 rows as the list does. On SQLite by FTS5 trigrams; set BENCHMARK_DATABASE_URL for
PostgreSQL (pg_trgm).
"""

import argparse
import random
import statistics
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import setting_up

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from components.models import Part

ROWS_SHOWN = 50


def fill(parts: int) -> list[str]:
    """Synthetic parts; returns their numbers."""
    from django.db import transaction
    from django.utils import timezone

    from components.curation.bulk import insert_instances, reserve_ids
    from components.models import ImportBatch, Manufacturer, Part

    chance = random.Random(7)
    now = timezone.now()
    makers = [Manufacturer.objects.create(name=f"Synthetic Maker {n}", is_synthetic=True) for n in range(200)]
    batch = ImportBatch.objects.create(format="benchmark", file_name="generated", digest="0")
    letters = "ABCDEFGHJKLMNPQRSTUVWXYZ"
    numbers = []
    for start in range(0, parts, 50_000):
        block = []
        for number in range(start, min(start + 50_000, parts)):
            family = "".join(chance.choices(letters, k=chance.choice([2, 3]))) + str(chance.randrange(10, 9999))
            block.append(f"{family}{chance.choice(letters)}{number % 1000:03}-{chance.choice(letters)}{number}")
        with transaction.atomic():
            rows = [
                Part(pk=pk, manufacturer=chance.choice(makers), mpn=mpn, is_synthetic=True, created_at=now)
                for pk, mpn in zip(reserve_ids(Part, len(block)), block, strict=True)
            ]
            insert_instances(rows, batch_id=batch.pk, user_id=None)
        numbers += block
    return numbers


def main() -> None:
    """Fill, ask, print."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--parts", type=int, default=1_000_000)
    given = options.parse_args()
    setting_up.start()

    from django.db import connection

    from components.models import Part
    from components.normalise.part_numbers import part_key

    began = time.perf_counter()
    numbers = fill(given.parts)
    print(f"{connection.vendor}: {given.parts:,} parts written in {time.perf_counter() - began:.0f} s")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    chance = random.Random(8)
    some = chance.sample(numbers, 40)
    kinds = {
        "whole number": some,
        "other separators, lower case": [f"{mpn[:4]} {mpn[4:]}".lower() for mpn in some],
        "fragment of six": [part_key(mpn)[3:9] for mpn in some],
        "fragment of four": [part_key(mpn)[4:8] for mpn in some],
        "prefix of five": [mpn[:5] for mpn in some],
        "two letters": [mpn[:2] for mpn in some],
        "not there": [f"ZZZ{number}QQQ" for number in range(40)],
    }
    everything: list[float] = []
    for name, asked in kinds.items():
        times = [timed(lambda: found(Part.objects.numbered_like(text))) for text in asked]  # noqa: B023
        everything += times
        print(f"{name:30} median {statistics.median(times):8.2f} ms, slowest {max(times):8.2f} ms")
    print(f"{'all':30} median {statistics.median(everything):8.2f} ms, slowest {max(everything):8.2f} ms")
    fragments = kinds["fragment of six"][:10]
    plain = [timed(lambda: found(Part.objects.filter(mpn_key__contains=text))) for text in fragments]  # noqa: B023
    print(f"{'LIKE on fragments of six':30} median {statistics.median(plain):8.2f} ms")


def found(parts: "QuerySet[Part]") -> list[Any]:
    """The first rows, as the list shows them."""
    return list(parts.values_list("pk", "mpn")[:ROWS_SHOWN])


def timed(action: Callable[[], Any]) -> float:
    """Milliseconds an action takes."""
    start = time.perf_counter()
    action()
    return (time.perf_counter() - start) * 1000


if __name__ == "__main__":
    main()
