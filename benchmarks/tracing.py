"""What links and routes cost in the product itself: datasets searched and stored, components traced, and growth.

    ./dev run python benchmarks/tracing.py [--rows 100000 400000] [--parts ../shared/data/reference/part_numbers.csv]

Links: synthetic declarations of each size, imported, then searched for 16,000 parts and stored as by `manage.py link`;
rows per CPU second and peak memory, matching and scoring alone beside it, and the fastest bare matcher of
benchmarks/links.py on the same rows. Routes: all components of the demonstration, then again with nothing changed, then
with the same shipments a second and a third time. Each size is a process of its own.
"""

import argparse
import csv
import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import setting_up
from links import bare_matcher

FAR_ROW = 10_000_000  # beyond the rows of the demonstration's datasets


def main() -> None:
    """Measure every size, or one of them when called by this program."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, nargs="*", default=[100_000, 400_000])
    options.add_argument("--parts", type=Path, default=setting_up.ROOT / "../shared/data/reference/part_numbers.csv")
    options.add_argument("--without-routes", action="store_true")
    options.add_argument("--one", choices=["links", "routes"], help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.one:
        print(json.dumps(links(given.rows[0], given.parts) if given.one == "links" else routes()))
        return
    for rows in given.rows:
        told = alone("links", "--rows", str(rows), "--parts", str(given.parts))
        print(
            f"links, {rows:,} shipments, {told['parts']:,} parts: {rows / told['cpu']:,.0f} rows a CPU second, "
            f"{told['links']:,} links in {told['linked_rows']:,} rows, "
            f"matching and scoring alone {rows / told['matching']:,.0f}, "
            f"the fastest bare matcher {rows / told['bare']:,.0f} (numbers in {told['bare_rows']:,} rows): "
            f"{told['bare'] / told['matching']:.2f} of it; peak {told['peak_mb']:,.0f} MB"
        )
    if not given.without_routes:
        for name, figures in alone("routes")["runs"].items():
            print(f"routes, {name}: {figures}")


def alone(what: str, *arguments: str) -> dict[str, Any]:
    """One measurement in a process of its own."""
    command = [sys.executable, __file__, "--one", what, *arguments]
    finished = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = json.loads(finished.stdout.splitlines()[-1])
    return found


def links(rows: int, parts: Path) -> dict[str, Any]:
    """Search one dataset and store what is found."""
    folder = setting_up.start()
    from django.conf import settings
    from django.utils import timezone

    settings.LAKE_ROOT, settings.MEDIA_ROOT = folder / "lake", folder
    from components.linking.batches import FACTS, SCHEMA, FindLinks
    from components.linking.building import link_datasets
    from components.linking.stored import read_catalogue
    from components.management.commands.make_trade import make_dataset
    from components.models import Dataset, Link

    fill_catalogue(parts)
    make_dataset(rows=rows, seed=1, user=None)
    before = time.process_time()
    counts = link_datasets(now=timezone.now())
    cpu = time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

    from components.lake.engine import DatasetFiles, engine, lake_settings
    from components.summaries.trade.asking import SHIPMENTS_FILE

    lake, dataset, catalogue = engine(lake_settings()), Dataset.objects.get(), read_catalogue()
    file = dataset.files.get(name=SHIPMENTS_FILE).path
    columns = lake.scan([DatasetFiles(dataset.pk, (file,))]).select(*(name for name, _ in FACTS))
    find = FindLinks(catalogue.matched, catalogue.makers)
    before = time.process_time()
    found = sum(batch.num_rows for batch in lake.mapped(columns, find, SCHEMA))
    matching = time.process_time() - before
    assert found == counts["links"] == Link.objects.count()
    bare = BareLinks(bare_matcher(part.mpn for part in catalogue.matched.parts))
    before = time.process_time()
    named = sum(sum(batch.column(0).to_pylist()) for batch in lake.mapped(columns, bare, bare.schema))
    return {
        "cpu": cpu,
        "matching": matching,
        "bare": time.process_time() - before,
        "links": found,
        "linked_rows": Link.objects.filter(part__isnull=False).values("row_number").distinct().count(),
        "bare_rows": named,
        "peak_mb": peak,
        "parts": len(catalogue.matched.parts),
    }


class BareLinks:
    """Whether each shipment of a batch names a number, by the fastest bare matcher: neither graded nor scored."""

    schema = pa.schema([("named", pa.bool_())])

    def __init__(self, keys_in: Callable[[str], list[bytes]]):
        self.keys_in = keys_in

    def __call__(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        texts = batch.column("description").fill_null("").to_pylist()
        return pa.RecordBatch.from_arrays([pa.array([bool(self.keys_in(text)) for text in texts])], schema=self.schema)


def fill_catalogue(parts: Path) -> None:
    """The generator's parts and, where the file is there, real ones; makers once for each name."""
    from components.models import Manufacturer, Part

    with (setting_up.ROOT / "fixtures" / "trade" / "parts.csv").open(encoding="utf-8", newline="") as stream:
        listed = [(row["maker"], row["mpn"], row["hs_code"]) for row in csv.DictReader(stream)]
    if parts.is_file():
        with parts.open(encoding="utf-8", newline="") as stream:
            listed += [(row["manufacturer_as_in_source"], row["part_number"], "") for row in csv.DictReader(stream)]
    from components.normalise.names import name_key

    makers: dict[str, Manufacturer] = {}
    for name, _, _ in listed:
        makers.setdefault(name_key(name), Manufacturer(name=name))
    Manufacturer.objects.bulk_create(makers.values())
    rows = {(name_key(maker), mpn): (maker, mpn, hs) for maker, mpn, hs in reversed(listed) if len(mpn) <= 100}
    Part.objects.bulk_create(
        Part(manufacturer=makers[name_key(maker)], mpn=mpn, hs_code=hs)
        for maker, mpn, hs in rows.values()
        if any(map(str.isalnum, mpn))
    )


def routes() -> dict[str, Any]:
    """Trace the demonstration, whole and again, then with its links twice and three times."""
    folder = setting_up.start()
    from django.conf import settings
    from django.core.management import call_command
    from django.utils import timezone

    settings.LAKE_ROOT, settings.MEDIA_ROOT = folder / "lake", folder
    from components.models import Learning, Link, Trace
    from components.routes.tracing import trace_all

    call_command("load_demo", stdout=sys.stderr)
    runs: dict[str, str] = {}

    def measure(name: str) -> None:
        before = time.process_time()
        counts = trace_all(now=timezone.now())
        seconds = time.process_time() - before
        each = f", {seconds / counts.computed * 1000:.1f} ms each" if counts.computed else ""
        runs[name] = f"{counts.computed:,} of {counts.components:,} components, {seconds:.1f} CPU s{each}"

    measure("nothing changed")
    for times in (1, 2, 3):
        if times > 1:
            repeat(Link, times)
        Trace.objects.all().delete()
        Learning.objects.all().delete()
        measure(f"all, {Link.objects.exclude(part=None).count():,} links of parts")
    return {"runs": runs}


def repeat(model: Any, times: int) -> None:
    """Every link of a part that was found once more, as another row of its dataset."""
    rows = list(model.objects.exclude(part=None).filter(row_number__lt=FAR_ROW))
    for row in rows:
        row.pk, row.row_number = None, row.row_number + times * FAR_ROW
    model.objects.bulk_create(rows, batch_size=500)


if __name__ == "__main__":
    main()
