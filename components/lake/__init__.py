"""Shipments as immutable Parquet files, asked through Ibis: DuckDB on one machine, Spark on many."""
