"""Apache Spark, through the same Ibis expressions: the lake beyond one machine. Needs the extra `spark` and Java 17."""

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import ibis
import ibis.expr.types as ir
import pyarrow as pa

from components.lake.engine import NAMES, DatasetFiles, LakeSettings, Mapped
from components.lake.shipments import SHIPMENT_COLUMNS, SQL_TYPES

SPARK_TYPES = {"VARCHAR": "STRING", "BIGINT": "BIGINT", "DOUBLE": "DOUBLE", "DATE": "DATE", "BOOLEAN": "BOOLEAN"}

PRODUCT = Path(__file__).resolve().parents[2]  # what is mapped on workers is this product's code, under the same path


class SparkEngine:
    """A session on a cluster (`spark://host:7077`) or on this machine (`local[*]`); every worker must see the lake."""

    def __init__(self, settings: LakeSettings):
        os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
        from pyspark.sql import SparkSession

        self.session = (
            SparkSession.builder.master(settings.spark_master)
            .appName("Forensics trade lake")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.ui.enabled", "false")
            .config("spark.sql.ansi.enabled", "true")
            .config("spark.executorEnv.PYTHONPATH", str(PRODUCT))
            .getOrCreate()
        )
        self.connection = ibis.pyspark.connect(self.session)

    def scan(self, datasets: Sequence[DatasetFiles]) -> ir.Table:
        """A view per set of datasets: `read_parquet` of Ibis fails on a list of files."""
        listed = [self._select(each) for each in datasets if each.files] or [_nothing()]
        name = f"shipments_{abs(hash(tuple(datasets))):x}"
        self.session.sql(f"CREATE OR REPLACE TEMPORARY VIEW {name} AS {' UNION ALL '.join(listed)}")
        return self.connection.table(name)

    def _select(self, each: DatasetFiles) -> str:
        view = f"dataset_{each.dataset}"
        frame = self.session.read.parquet(*(file.as_uri() for file in each.files))
        frame.selectExpr(
            *NAMES, "_metadata.row_index + 1 AS row_number", f"CAST({each.dataset} AS BIGINT) AS dataset"
        ).createOrReplaceTempView(view)
        return f"SELECT * FROM {view}"

    def companies(self, file: Path) -> ir.Table:
        """A view over the file, which its name tells from others."""
        name = f"companies_{file.stem}"
        self.session.read.parquet(file.as_uri()).select("declared_key", "company_key").createOrReplaceTempView(name)
        return self.connection.table(name)

    def run(self, question: ir.Table) -> list[dict[str, Any]]:
        """All rows at once."""
        found: list[dict[str, Any]] = self.connection.to_pyarrow(question).to_pylist()
        return found

    def batches(self, question: ir.Table, rows: int) -> Iterator[list[dict[str, Any]]]:
        """A few rows at a time."""
        for batch in self.connection.to_pyarrow_batches(question, chunk_size=rows):
            yield batch.to_pylist()

    def mapped(self, question: ir.Table, function: Mapped, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
        """On the workers, each over its own part of the rows; they must have this product's code on their path."""
        from pyspark.sql.pandas.types import from_arrow_schema

        frame = self.session.sql(self.connection.compile(question))
        found = frame.mapInArrow(lambda batches: map(function, batches), from_arrow_schema(schema))
        yield from found.toArrow().cast(schema).to_batches()


def _nothing() -> str:
    columns = ", ".join(
        f"CAST(NULL AS {SPARK_TYPES[SQL_TYPES[column.kind]]}) AS {column.name}" for column in SHIPMENT_COLUMNS
    )
    return f"SELECT {columns}, CAST(NULL AS BIGINT) AS row_number, CAST(NULL AS BIGINT) AS dataset WHERE false"
