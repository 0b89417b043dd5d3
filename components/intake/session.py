"""One import while it runs: it hands out ids, gathers new rows with their citations, and writes them at the end."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar

from django.contrib.contenttypes.models import ContentType
from django.db import connection

from components.choices import CitationBasis, Confidence, ImportOutcome, Visibility
from components.curation.bulk import insert_instances, insert_rows, quoted, record_history, reserve_ids
from components.curation.permissions import may_edit
from components.intake.outcomes import Report, RowOutcome
from components.models import Citation, ImportBatch, ImportRow, Source
from components.models.curated import Curated, stamp
from components.models.visibility import BREADTH, Catalogued

C = TypeVar("C", bound=Curated)
ID_BLOCK = 500  # ids reserved at a time


class ImportSession:
    """Gathers what an import writes. Use it inside one transaction and end it with `write`."""

    def __init__(self, batch: ImportBatch, *, report: Report, user: Any, now: datetime):
        self.batch = batch
        self.report = report
        self.user = user
        self.now = now
        self.outcomes: list[RowOutcome] = []
        self._new: dict[type[Curated], list[Curated]] = {}
        self._ids: dict[type[Curated], list[int]] = {}
        self._next: dict[type[Curated], int] = {}
        self._handed_out: dict[type[Curated], tuple[int, int]] = {}

    @property
    def user_id(self) -> int | None:
        """The account that imports, if any: a command may run without one."""
        user_id: int | None = self.user.pk if getattr(self.user, "is_authenticated", False) else None
        return user_id

    @property
    def why(self) -> str:
        """The reason that history keeps for what this import does; `undo` finds changes by it."""
        return change_reason(self.batch)

    def add(self, row: C) -> C:
        """Take a new row; it has its id at once and is written at the end."""
        row.pk = self._take_id(type(row))
        if isinstance(row, Catalogued):
            row.visibility = self.batch.visibility
        row.created_at = row.updated_at = self.now
        self._new.setdefault(type(row), []).append(row)
        self.report.count_record(str(row._meta.verbose_name), ImportOutcome.CREATED)
        return row

    def change(self, row: C, values: dict[str, Any]) -> list[str]:
        """Set the values of a row that differ; returns their names. Raises PermissionError naming a stored row."""
        changed = [name for name, value in values.items() if getattr(row, name) != value]
        if not changed:
            return []
        if row._state.adding:  # added by this import: written at its end
            for name in changed:
                setattr(row, name, values[name])
            return changed
        self.require_edit(row)
        for name in changed:
            setattr(row, name, values[name])
        stamp(row, user=self.user, why=self.why)
        row.save()
        self.report.count_record(str(row._meta.verbose_name), ImportOutcome.CHANGED)
        return changed

    def show(self, row: Catalogued) -> None:
        """Let a row of the catalogue be seen by all who are to see what this import brings."""
        if BREADTH[Visibility(row.visibility)] < BREADTH[Visibility(self.batch.visibility)]:
            self.change(row, {"visibility": self.batch.visibility})

    def require_edit(self, row: Curated) -> None:
        """Raise PermissionError, naming it, for a stored row that whoever imports may not edit."""
        if self.user_id is not None and not row._state.adding and not may_edit(self.user, row):
            raise PermissionError(f"You may not change {row._meta.verbose_name} {row.pk}.")

    def cite(
        self,
        record: Curated,
        source: Source,
        values: dict[str, str],
        *,
        place: str,
        basis: str = CitationBasis.STATED,
        confidence: str = Confidence.NOT_STATED,
        notes: str = "",
    ) -> None:
        """Cite a source for fields of a record: a citation for each field that has a published value.

        Raises PermissionError naming the record.
        """
        if any(values.values()):
            self.require_edit(record)
        record_type = ContentType.objects.get_for_model(type(record))
        for field, value in values.items():
            if value:
                self.add(
                    Citation(
                        source=source,
                        record_type=record_type,
                        record_id=record.pk,
                        field=field,
                        published_value=value,
                        place=place[:500],
                        basis=basis,
                        confidence=confidence,
                        notes=notes,
                        is_synthetic=record.is_synthetic,
                    )
                )

    def settle(self, outcome: RowOutcome) -> None:
        """Say what became of a row of the file."""
        self.outcomes.append(outcome)
        self.report.rows[outcome.outcome] += 1

    def write(self) -> None:
        """Write all new rows with their history, and the rows of the file with their outcomes."""
        for rows in self._new.values():
            insert_instances(rows, batch_id=self.batch.pk, user_id=self.user_id)
        for model, (first_id, last_id) in self._handed_out.items():
            record_history(
                model,
                first_id=first_id,
                last_id=last_id,
                batch_id=self.batch.pk,
                user_id=self.user_id,
                now=self.now,
                why=self.why,
            )
        insert_import_rows(self.batch, self.outcomes)

    def take_ids(self, model: type[Curated], count: int) -> list[int]:
        """Ids for new rows of a model, which this import writes now or at its end."""
        ids = self._next_ids(model, count)
        if ids:
            first, last = self._handed_out.get(model, (ids[0], ids[-1]))
            self._handed_out[model] = (min(first, ids[0]), max(last, ids[-1]))
        return ids

    def _next_ids(self, model: type[Curated], count: int) -> list[int]:
        if connection.vendor != "sqlite":
            return reserve_ids(model, count)
        # Nobody else can write until this transaction ends, so the import itself counts on from the largest id.
        if model not in self._next:
            self._next[model] = reserve_ids(model, 1)[0]
        first = self._next[model]
        self._next[model] += count
        return list(range(first, first + count))

    def _take_id(self, model: type[Curated]) -> int:
        if not self._ids.get(model):
            self._ids[model] = self.take_ids(model, ID_BLOCK)[::-1]
        return self._ids[model].pop()


def change_reason(batch: ImportBatch) -> str:
    """The reason that marks a change as made by an import."""
    return f"import {batch.pk}: {batch.file_name}"


def insert_import_rows(batch: ImportBatch, outcomes: Iterable[RowOutcome]) -> None:
    """Write what became of each row, with the row as published."""
    json = ImportRow._meta.get_field("values")
    insert_rows(
        ImportRow,
        ["batch_id", "line", "outcome", "record_type", "record_id", "note", quoted(json)],
        (
            (
                batch.pk,
                each.line,
                each.outcome.value,
                each.record_type,
                each.record_id,
                each.note,
                json.get_db_prep_save(each.values, connection),
            )
            for each in outcomes
        ),
    )
