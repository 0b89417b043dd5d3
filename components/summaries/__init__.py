"""Counts for pages and charts; every figure carries the question that opens the rows behind it."""
