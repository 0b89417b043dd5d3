"""DuckDB in process, through Ibis."""

from collections.abc import Iterator, Sequence
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa
from ibis.expr.operations import InMemoryTable

from components.lake.engine import NAMES, DatasetFiles, LakeSettings, Mapped, duckdb_settings
from components.lake.shipments import SHIPMENT_COLUMNS, SQL_TYPES

MAPPED_ROWS = 20_000
MOST_KEPT = 500  # compiled questions, of some kilobytes each; when there are more, all are forgotten


class DuckDBEngine:
    """One DuckDB connection with a view per set of datasets."""

    def __init__(self, settings: LakeSettings):
        self.connection = ibis.duckdb.connect()
        self._compiled: dict[Any, str] = {}
        for statement in duckdb_settings(settings):
            self.connection.raw_sql(statement)

    def scan(self, datasets: Sequence[DatasetFiles]) -> ir.Table:
        """A view over exactly the files that are named; with none, a table of no rows."""
        listed = [self._select(each) for each in datasets if each.files] or [_nothing()]
        name = f"shipments_{abs(hash(tuple(datasets))):x}"
        self.connection.raw_sql(f"CREATE OR REPLACE TEMP VIEW {name} AS {' UNION ALL '.join(listed)}")
        return self.connection.table(name)

    def _select(self, each: DatasetFiles) -> str:
        files = ", ".join("'" + str(file).replace("'", "''") + "'" for file in each.files)
        columns = f"{', '.join(NAMES)}, file_row_number + 1 AS row_number, CAST({each.dataset} AS BIGINT) AS dataset"
        return f"SELECT {columns} FROM read_parquet([{files}], file_row_number = true)"

    def run(self, question: ir.Table) -> list[dict[str, Any]]:
        """All rows at once."""
        sql = self._sql_of(question)
        if sql is None:
            table = self.connection.to_pyarrow(question)
        else:
            table = self.connection.raw_sql(sql).to_arrow_table().cast(question.schema().to_pyarrow())
        found: list[dict[str, Any]] = table.to_pylist()
        return found

    def _sql_of(self, question: ir.Table) -> str | None:
        """The SQL of a question, compiled once: for a million rows it takes as long as some of the answers.

        None where the question brings a table of its own: Ibis has to hand over its rows each time, and to keep the
        question would keep them.
        """
        asked = question.op()
        if asked not in self._compiled:
            if asked.find(InMemoryTable):
                return None
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


def _nothing() -> str:
    columns = ", ".join(f"CAST(NULL AS {SQL_TYPES[column.kind]}) AS {column.name}" for column in SHIPMENT_COLUMNS)
    return f"SELECT {columns}, CAST(NULL AS BIGINT) AS row_number, CAST(NULL AS BIGINT) AS dataset WHERE false"
