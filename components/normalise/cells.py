"""Texts as cells of a table that a spreadsheet will open: what looks like a formula stays a text."""

# OWASP, "CSV Injection": a spreadsheet runs a cell that begins with one of these.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def as_text(cell: str) -> str:
    """The text as it is, or behind an apostrophe where a spreadsheet would run it."""
    return f"'{cell}" if cell.startswith(FORMULA_STARTS) else cell
