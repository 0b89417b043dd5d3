"""The Django admin for every record, for administrators only."""

from components.admin import accounts, records, reference, trade

__all__ = ["accounts", "records", "reference", "trade"]
