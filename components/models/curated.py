"""What every curated row has: who wrote it, when, from which import, whether it is synthetic, and its history."""

from typing import Any

from django.conf import settings
from django.db import models
from simple_history.models import HistoricalRecords

LONGEST_TEXT = 20_000  # characters of a text that a person or a file gives: some seven printed pages


class Curated(models.Model):
    """A row that people answer for; every change of it is kept with who, when and why."""

    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        db_index=False,
        related_name="+",
    )
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    import_batch = models.ForeignKey(
        "components.ImportBatch", models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    is_synthetic = models.BooleanField("synthetic", default=False, help_text="Made up for demonstration or tests.")

    history = HistoricalRecords(inherit=True, history_change_reason_field=models.TextField(null=True))

    class Meta:
        abstract = True


def stamp(row: Curated, *, user: Any, why: str) -> None:
    """Name the person and the reason that the next save or delete of this row writes into its history."""
    row._history_user = user if getattr(user, "is_authenticated", False) else None  # type: ignore[attr-defined]
    row._change_reason = why  # type: ignore[attr-defined]
