"""DuckDB in process, through Ibis."""

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from components.lake.engine import NAMES, DatasetFiles, LakeSettings, Mapped, duckdb_settings
from components.lake.shipments import SHIPMENT_COLUMNS, SQL_TYPES

MAPPED_ROWS = 20_000
MOST_KEPT = 500  # views, and compiled questions of some kilobytes each; when there are more, all are forgotten


class DuckDBEngine:
    """One DuckDB connection with a view per set of datasets."""

    def __init__(self, settings: LakeSettings):
        self.connection = ibis.duckdb.connect()
        self._compiled: dict[Any, str] = {}
        self._views: dict[str, ir.Table] = {}
        for statement in duckdb_settings(settings):
            self.connection.raw_sql(statement)

    def scan(self, datasets: Sequence[DatasetFiles]) -> ir.Table:
        """A view over exactly the files that are named; with none, a table of no rows."""
        listed = [self._select(each) for each in datasets if each.files] or [_nothing()]
        return self._view("shipments", " UNION ALL ".join(listed))

    def _select(self, each: DatasetFiles) -> str:
        files = ", ".join(map(_quoted, each.files))
        columns = f"{', '.join(NAMES)}, file_row_number + 1 AS row_number, CAST({each.dataset} AS BIGINT) AS dataset"
        return f"SELECT {columns} FROM read_parquet([{files}], file_row_number = true)"

    def companies(self, file: Path) -> ir.Table:
        """A view over the file."""
        return self._view("companies", f"SELECT declared_key, company_key FROM read_parquet({_quoted(file)})")

    def _view(self, kind: str, sql: str) -> ir.Table:
        """A view, made once: of files that never change."""
        name = f"{kind}_{hashlib.sha256(sql.encode()).hexdigest()}"
        if name not in self._views:
            if len(self._views) >= MOST_KEPT:
                for known in self._views:
                    self.connection.raw_sql(f"DROP VIEW IF EXISTS {known}")
                self._views.clear()
            self.connection.raw_sql(f"CREATE OR REPLACE TEMP VIEW {name} AS {sql}")
            self._views[name] = self.connection.table(name)
        return self._views[name]

    def run(self, question: ir.Table) -> list[dict[str, Any]]:
        """All rows at once."""
        table = self.connection.raw_sql(self._sql_of(question)).to_arrow_table()
        found: list[dict[str, Any]] = table.cast(question.schema().to_pyarrow()).to_pylist()
        return found

    def _sql_of(self, question: ir.Table) -> str:
        """The SQL of a question, compiled once: for a million rows it takes as long as some of the answers."""
        asked = question.op()
        if asked not in self._compiled:
            if len(self._compiled) >= MOST_KEPT:
                self._compiled.clear()
            self._compiled[asked] = str(self.connection.compile(question))
        return self._compiled[asked]

    def batches(self, question: ir.Table, rows: int) -> Iterator[list[dict[str, Any]]]:
        """A few rows at a time."""
        with self.connection.to_pyarrow_batches(question, chunk_size=rows) as reader:
            for batch in reader:
                yield batch.to_pylist()

    def mapped(self, question: ir.Table, function: Mapped, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """In this process, one batch after another."""
        with self.connection.to_pyarrow_batches(question, chunk_size=MAPPED_ROWS) as reader:
            for batch in reader:
                yield function(batch)


def _quoted(file: Path) -> str:
    return "'" + str(file).replace("'", "''") + "'"


def _nothing() -> str:
    columns = ", ".join(f"CAST(NULL AS {SQL_TYPES[column.kind]}) AS {column.name}" for column in SHIPMENT_COLUMNS)
    return f"SELECT {columns}, CAST(NULL AS BIGINT) AS row_number, CAST(NULL AS BIGINT) AS dataset WHERE false"
