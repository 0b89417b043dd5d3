"""The Django admin for every record, for administrators only."""

from components.admin import accounts, records, reference, tracing, trade

__all__ = ["accounts", "records", "reference", "tracing", "trade"]
