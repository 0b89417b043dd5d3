"""The companies that declared keys stand for, as a file beside the datasets, which an engine joins."""

import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from components.lake.files import delete_untouched
from components.storage import written_whole

COMPANIES = ".companies"
SCHEMA = pa.schema([("declared_key", pa.string()), ("company_key", pa.string())])
WRITTEN_ROWS = 10_000


def companies_file(root: Path, name: str, pairs: Callable[[], Iterable[tuple[str, str]]]) -> Path | None:
    """The file of that name, written from `pairs` where it is not there; None where there are no pairs.

    `name`, of letters and digits, must tell of all that the pairs depend on: the file is never written again. `pairs`
    gives declared keys, no key twice, and company keys. Writing one deletes those that nobody has asked for in a day.
    """
    file = root / COMPANIES / f"{name}.parquet"
    number = _asked_again(file)
    if number is None:
        _write(file, pairs())
        delete_untouched(file.parent.iterdir())
        number = pq.read_metadata(file).num_rows
    return file if number else None


def _asked_again(file: Path) -> int | None:
    """How many rows a file has, which is kept for another day; None where it is not there, or not whole."""
    try:
        with suppress(PermissionError):  # where another account has written it
            os.utime(file)
        return int(pq.read_metadata(file).num_rows)
    except (FileNotFoundError, pa.ArrowInvalid):
        return None


def _write(file: Path, pairs: Iterable[tuple[str, str]]) -> None:
    rest = iter(pairs)
    with written_whole(file) as part, pq.ParquetWriter(part, SCHEMA) as writer:
        while rows := list(islice(rest, WRITTEN_ROWS)):
            declared, companies = zip(*rows, strict=True)
            writer.write_batch(pa.record_batch([pa.array(declared), pa.array(companies)], SCHEMA))
