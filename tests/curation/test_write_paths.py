"""No write leaves a curated row without history: the ways round `save()` are counted and each is accounted for."""

import ast
from pathlib import Path

import components

ROOT = Path(components.__file__).parent
BYPASSES = {
    "bulk_create",
    "bulk_update",
    "update",
    "_raw_delete",
    "executemany",
    "execute",
    "copy",
    "raw",
    "update_or_create",
}
# Where a write goes round save(), and why its rows keep their history or have none to keep.
ACCOUNTED = {
    ("curation/bulk.py", "execute"): "record_history and reserve_ids: this is what writes bulk history",
    ("curation/bulk.py", "executemany"): "insert_rows: its callers write history, or insert import rows that have none",
    ("curation/bulk.py", "copy"): "insert_rows on PostgreSQL",
    ("deadlines.py", "execute"): "the time limit of a query: a setting of the connection",
    ("models/search.py", "execute"): "search indexes",
    ("models/catalogue.py", "execute"): "a lock",
    ("models/statements.py", "execute"): "asks the lists' questions, and writes nothing",
    ("intake/undo.py", "_raw_delete"): "history is written first, by record_history",
    ("intake/batches.py", "update"): "the report of an import batch, which is no curated row; and a digest",
    ("curation/companies.py", "bulk_create"): "declared names and proposals: read-only rows that have no history",
    ("curation/companies.py", "execute"): "a lock",
    ("curation/company_names.py", "bulk_update"): "declared names: read-only rows that have no history",
    ("curation/company_names.py", "update"): "links that a rule found, the others being saved before; when a dataset's "
    "names were resolved; the token of a search",
    ("intake/trade/datasets.py", "bulk_create"): "trade flows: rows as published, which nobody edits",
    ("intake/trade/datasets.py", "execute"): "asks DuckDB for what a staged file holds",
    ("intake/trade/overlaps.py", "execute"): "the same",
    ("curation/stored_files.py", "update_or_create"): "digests of stored files, which nobody edits",
    ("curation/links.py", "_raw_delete"): "proposals: inferred, nobody reviewed them, and so without a history",
    ("curation/links.py", "executemany"): "the value of a review: a figure for the queue, nobody's word",
    ("curation/links.py", "update"): "the same",
    ("curation/inferences.py", "update"): "the same",
    ("routes/taught.py", "bulk_create"): "what was learned: inferred, made anew at will",
    ("linking/building.py", "_raw_delete"): "the same: proposals that are looked for anew",
    ("routes/tracing.py", "bulk_create"): "traces and routes: inferred, made anew at will",
    ("operation/backups/rows.py", "execute"): "restores a whole backup, with the histories that it holds",
    ("operation/health.py", "execute"): "asks whether the database answers",
    ("management/commands/load_reference.py", "bulk_create"): "reference tables have no history",
    ("management/commands/load_reference.py", "bulk_update"): "reference tables have no history",
}
OF_THE_LAKE = ("lake/", "intake/trade/staging.py", "intake/trade/expressions.py")  # they write to DuckDB alone
SETS = {"update", "copy", "raw"}  # also methods of sets, dicts and query strings


def bypasses() -> set[tuple[str, str]]:
    """Every call in the product that could write around `save()`."""
    found = set()
    for path in sorted(ROOT.rglob("*.py")):
        if "migrations" in path.parts or path.relative_to(ROOT).as_posix().startswith(OF_THE_LAKE):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in BYPASSES:
                if node.func.attr in SETS and not is_of_a_queryset(node.func.value):
                    continue
                found.add((path.relative_to(ROOT).as_posix(), node.func.attr))
    return found


def is_of_a_queryset(target: ast.expr) -> bool:
    """Whether a call is made on what looks like a QuerySet or a cursor rather than a dict or a set."""
    text = ast.unparse(target)
    return "objects" in text or "filter(" in text or "cursor" in text or "queryset" in text


def test_every_write_around_save_is_accounted_for() -> None:
    unaccounted = bypasses() - set(ACCOUNTED)

    assert unaccounted == set(), "each needs history, and a line in ACCOUNTED that says how it has it"


def test_the_list_of_accounted_writes_names_only_what_is_there() -> None:
    assert set(ACCOUNTED) - bypasses() == set()
