"""The companies that declared keys stand for, as a file beside the datasets, which an engine joins."""

import uuid
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from components.lake.files import COMPANIES

SCHEMA = pa.schema([("declared_key", pa.string()), ("company_key", pa.string())])
WRITTEN_ROWS = 10_000


def companies_file(root: Path, name: str, pairs: Callable[[], Iterable[tuple[str, str]]]) -> Path | None:
    """The file of that name, written from `pairs` where it is not there; None where there are no pairs.

    `name`, of letters and digits, must tell of all that the pairs depend on: the file is never written again. `pairs`
    gives declared keys, no key twice, and company keys. What nobody asks for during a day, `files.sweep` deletes.
    """
    file = root / COMPANIES / f"{name}.parquet"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_suffix(f".{uuid.uuid4().hex}")
        with pq.ParquetWriter(part, SCHEMA) as writer:
            for rows in _by_the_batch(iter(pairs())):
                declared, companies = zip(*rows, strict=True)
                writer.write_batch(pa.record_batch([pa.array(declared), pa.array(companies)], SCHEMA))
        part.replace(file)
    file.touch()
    return file if pq.read_metadata(file).num_rows else None


def _by_the_batch(pairs: Iterator[tuple[str, str]]) -> Iterator[list[tuple[str, str]]]:
    while rows := list(islice(pairs, WRITTEN_ROWS)):
        yield rows
