"""The thin engine between the product and Ibis: connect, scan, run, export; DuckDB in process, or a Spark cluster."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import duckdb
from django.conf import settings

from components.lake.shipments import SHIPMENT_COLUMNS

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa


Mapped = Callable[["pa.RecordBatch"], "pa.RecordBatch"]


@dataclass(frozen=True)
class LakeSettings:
    """Where datasets lie and what asks them. `memory` as DuckDB writes sizes ("1GB")."""

    folder: Path
    memory: str = "1GB"
    threads: int = 0  # 0: as many as there are processors
    engine: str = "duckdb"
    spark_master: str = "local[*]"


def lake_settings() -> LakeSettings:
    """The lake as the project's settings have it."""
    return LakeSettings(
        folder=Path(settings.LAKE_ROOT),
        memory=settings.LAKE_MEMORY,
        threads=settings.LAKE_THREADS,
        engine=settings.TRADE_ENGINE,
        spark_master=settings.SPARK_MASTER,
    )


@dataclass(frozen=True)
class DatasetFiles:
    """A dataset as the lake knows it: its number in the database and exactly the files that make it up."""

    dataset: int
    files: tuple[Path, ...]


class Engine(Protocol):
    """What the product asks of an engine. One connection per thread: a shared one fails under concurrent questions."""

    def scan(self, datasets: Sequence[DatasetFiles]) -> "ir.Table":
        """The shipments of these datasets, with the number of each row's dataset as `dataset`."""
        ...

    def companies(self, file: Path) -> "ir.Table":
        """What `lake.companies` has written: `declared_key`, once each, and `company_key`."""
        ...

    def run(self, question: "ir.Table") -> list[dict[str, Any]]:
        """The rows of an answer; only ever used for aggregates and pages."""
        ...

    def batches(self, question: "ir.Table", rows: int) -> Iterator[list[dict[str, Any]]]:
        """The rows of an answer of any length, a few at a time."""
        ...

    def mapped(self, question: "ir.Table", function: Mapped, schema: "pa.Schema") -> Iterator["pa.RecordBatch"]:
        """The rows of an answer, batch by batch through a function: here, or on the workers of a cluster.

        `function` must be picklable, and its batches of `schema`.
        """
        ...


@contextmanager
def open_duckdb(settings: LakeSettings) -> Iterator[duckdb.DuckDBPyConnection]:
    """A DuckDB of its own within the memory limit, which spills to the lake's folder."""
    with duckdb.connect() as connection:
        for statement in duckdb_settings(settings):
            connection.execute(statement)
        yield connection


def duckdb_settings(settings: LakeSettings) -> list[str]:
    """The statements that bound a DuckDB connection."""
    spill = str(settings.folder / ".spill").replace("'", "''")
    bounds = [f"SET memory_limit = '{settings.memory}'", f"SET temp_directory = '{spill}'"]
    if settings.threads:
        bounds.append(f"SET threads = {settings.threads}")
    return bounds


_connected = threading.local()


def engine(settings: LakeSettings) -> Engine:
    """This thread's engine, connected once."""
    kept: dict[LakeSettings, Engine] = getattr(_connected, "engines", {})
    if settings not in kept:
        kept[settings] = _connect(settings)
        _connected.engines = kept
    return kept[settings]


def forget_engine() -> None:
    """Have this thread connect anew: some faults of a file leave a connection that answers nothing any more."""
    _connected.engines = {}


def is_of_a_file(problem: Exception) -> bool:
    """Whether a question may have failed because a file cannot be read; not because it took too long or too much."""
    return isinstance(problem, duckdb.Error) and not isinstance(
        problem, duckdb.InterruptException | duckdb.OutOfMemoryException
    )


def _connect(settings: LakeSettings) -> Engine:
    # Ibis takes half a second to import, Spark ten to start: only a process that asks the lake pays for them.
    if settings.engine == "spark":
        from components.lake.spark import SparkEngine

        return SparkEngine(settings)
    if settings.engine == "duckdb":
        from components.lake.duckdb import DuckDBEngine

        return DuckDBEngine(settings)
    raise ValueError(f"TRADE_ENGINE is {settings.engine!r}: expected duckdb or spark.")


NAMES = tuple(column.name for column in SHIPMENT_COLUMNS)
