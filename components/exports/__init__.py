"""Rows of every list, for the API, the pages and the files: one definition of columns per model."""
