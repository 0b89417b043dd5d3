"""What a visitor's requests cost when the catalogue has grown: the demonstration's components, N-fold.

    uv run python benchmarks/grown_catalogue.py [--times 50] [--rounds 3]

In a database of its own (BENCHMARK_DATABASE_URL, else a fresh SQLite file), into which the demonstration is loaded
where it is not there yet. Each request is asked before and after the growth, without a server; the third column is
the ratio.
"""

import argparse
import statistics
import time
from collections.abc import Iterator
from typing import Any

import setting_up


def copies(model: Any, rows: list[Any], times: int, **links: dict[int, list[int]]) -> dict[int, list[int]]:
    """Insert each row as often as asked, `links` leading to the copies of other rows; the new keys by the old ones."""
    from django.db import transaction

    from components.curation.bulk import insert_instances, reserve_ids

    batch = rows[0].import_batch_id
    made: dict[int, list[int]] = {row.pk: [] for row in rows}
    for turn in range(times - 1):
        with transaction.atomic():
            again = []
            for row, pk in zip(rows, reserve_ids(model, len(rows)), strict=True):
                values = {field.attname: getattr(row, field.attname) for field in model._meta.concrete_fields}
                values |= {"id": pk} | ({"external_key": ""} if "external_key" in values else {})
                values |= {name: keys[values[name]][turn] for name, keys in links.items()}
                made[row.pk].append(pk)
                again.append(model(**values))
            insert_instances(again, batch_id=batch, user_id=None)
    return made


def grow(times: int) -> int:
    """Copy every component with its identifications and citations; returns how many components there are."""
    from django.contrib.contenttypes.models import ContentType
    from django.db import connection

    from components.models import Citation, Component, Identification

    rows = list(Component.objects.order_by("pk"))
    keys = copies(Component, rows, times)
    copies(Identification, list(Identification.objects.filter(component__in=keys)), times, component_id=keys)
    cited = Citation.objects.filter(record_type=ContentType.objects.get_for_model(Component), record_id__in=keys)
    copies(Citation, list(cited), times, record_id=keys)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    return Component.objects.count()


def requests() -> Iterator[tuple[str, str]]:
    """What is asked, each with its address."""
    from django.db.models import Count

    from components.models import Citation, Component, Part

    part = Part.objects.annotate(n=Count("identifications")).order_by("-n", "pk")[0]
    cited = Citation.objects.filter(record_type__model="component").order_by("pk")[0].record_id
    yield "components by part number", "/api/v1/components/?part_number=XC7Z020&cursor="
    yield "components, page 20", "/components/?page=20"
    yield "components, page 20 (API)", "/api/v1/components/?page=20&page_size=50"
    yield "a component", Component.objects.get(pk=cited).get_absolute_url()
    yield "a part", part.get_absolute_url()
    yield "search", "/search/?q=xc7z020"
    yield "home", "/"


def measured(client: Any, asked: list[tuple[str, str]], rounds: int) -> dict[str, tuple[float, int]]:
    """Milliseconds (the median) and bytes of each request, after one that warms up."""
    answers = {}
    for name, address in asked:
        spent = []
        for _ in range(rounds + 1):
            begun = time.perf_counter()
            answer = client.get(address)
            spent.append((time.perf_counter() - begun) * 1000)
            assert answer.status_code == 200, (name, answer.status_code)
        answers[name] = statistics.median(spent[1:]), len(answer.content)
    return answers


def main() -> None:
    """Measure, grow, measure again."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--times", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    setting_up.start()
    from django.conf import settings
    from django.core.management import call_command
    from django.test import Client

    from components.models import Component

    settings.ALLOWED_HOSTS = ["*"]
    if not Component.objects.exists():
        call_command("load_demo", verbosity=0)
    client, asked, count = Client(), list(requests()), Component.objects.count()
    small = measured(client, asked, options.rounds)
    grown_count = grow(options.times)
    grown = measured(client, asked, options.rounds)
    print(f"{'':28} {count:>10,} {grown_count:>10,} components")
    for name, _ in asked:
        (before, _), (after, size) = small[name], grown[name]
        print(f"{name:28} {before:8.1f} ms {after:8.1f} ms  x {after / before:5.1f} {size / 1000:8.0f} kB")


if __name__ == "__main__":
    main()
