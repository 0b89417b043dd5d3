"""The Django admin for every record, for administrators only."""
