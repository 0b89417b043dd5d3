"""What an import did: the batch, its rows with their outcomes, and saved column mappings."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse

from components.choices import ImportOutcome, ImportStatus, Visibility
from components.models.visibility import is_insider, sees_everything


class ImportMapping(models.Model):
    """Which column of somebody else's table is which column of a format."""

    name = models.CharField(max_length=100)
    format = models.CharField(max_length=40)
    columns = models.JSONField(default=dict, help_text="Our column name → the header in the file.")

    class Meta:
        ordering = ["format", "name"]
        constraints = [models.UniqueConstraint(fields=["format", "name"], name="import_mapping_once")]

    def __str__(self) -> str:
        return f"{self.name} ({self.format})"


class ImportBatchQuerySet(models.QuerySet["ImportBatch"]):
    """Reads of imports."""

    def visible_to(self, user: Any) -> Self:
        """Editors see all imports, researchers their own, visitors none."""
        if sees_everything(user):
            return self
        return self.filter(created_by=user) if is_insider(user) else self.none()


class ImportBatch(models.Model):
    """One file, checked and perhaps committed; undone as a whole."""

    format = models.CharField(max_length=40)
    file_name = models.CharField(max_length=200)
    digest = models.CharField("SHA-256", max_length=64, db_index=True)
    status = models.CharField(max_length=10, choices=ImportStatus.choices, default=ImportStatus.CHECKED)
    visibility = models.CharField(max_length=10, choices=Visibility.choices, default=Visibility.DRAFT)
    mapping = models.ForeignKey(ImportMapping, models.SET_NULL, null=True, blank=True)
    options = models.JSONField(default=dict, help_text="What was said of the dataset when it was uploaded.")
    report = models.JSONField(default=dict)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    committed_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name_plural = "import batches"
        constraints = [
            models.CheckConstraint(condition=Q(status__in=ImportStatus.values), name="import_batch_status_known"),
            models.CheckConstraint(condition=Q(visibility__in=Visibility.values), name="import_batch_visibility_known"),
        ]

    def __str__(self) -> str:
        return f"{self.file_name} ({self.format})"

    def get_absolute_url(self) -> str:
        return reverse("web:import", args=[self.pk])

    @property
    def stored_name(self) -> str:
        """Where the uploaded file lies in the media storage."""
        return f"imports/{self.digest[:2]}/{self.digest}"


class MediaFile(models.Model):
    """A file of the media storage whose name does not say what it holds, or that must not be missed when it is gone."""

    name = models.CharField(max_length=200, unique=True)
    digest = models.CharField("SHA-256", max_length=64)
    byte_count = models.PositiveBigIntegerField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name"]
        constraints = [models.CheckConstraint(condition=~Q(digest=""), name="media_file_has_digest")]

    def __str__(self) -> str:
        return self.name


class ImportRow(models.Model):
    """One row of an imported file as it stood there, and what became of it."""

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="rows")
    line = models.PositiveIntegerField(help_text="Line of the file on which the row begins.")
    outcome = models.CharField(max_length=10, choices=ImportOutcome.choices)
    record_type = models.CharField(max_length=40, blank=True)
    record_id = models.PositiveBigIntegerField(null=True, blank=True)
    note = models.TextField(blank=True)
    values = models.JSONField(default=dict, help_text="The row as published.")

    class Meta:
        ordering = ["batch", "line", "id"]
        indexes = [models.Index(fields=["record_type", "record_id"], name="import_row_of_record")]
        constraints = [
            models.CheckConstraint(condition=Q(outcome__in=ImportOutcome.values), name="import_row_outcome_known")
        ]

    def __str__(self) -> str:
        return f"{self.batch}, line {self.line}"
