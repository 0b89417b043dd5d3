"""Where every value comes from: evidentiary origins, sources, citations."""

from typing import Any, ClassVar, Self

from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from components.choices import CitationBasis, Confidence, SourceKind
from components.models.curated import Curated
from components.models.fields import DerivedTextField
from components.models.search import SearchQuerySet
from components.models.search_text import folded
from components.models.vague_dates import VagueDateField
from components.models.visibility import (
    Evidence,
    EvidenceQuerySet,
    known_visibility,
    sees_everything,
    visibility_filter,
)


class EvidentiaryOrigin(Curated):
    """Where knowledge was first won: sources that repeat one another share an origin and corroborate nothing."""

    name = models.CharField(max_length=200, unique=True)
    notes = models.TextField(blank=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="origin_has_name")]

    def __str__(self) -> str:
        return self.name


class SourceQuerySet(EvidenceQuerySet["Source"], SearchQuerySet["Source"]):  # type: ignore[override]
    """Reads of sources."""


class Source(Evidence):
    """A publication or file that supports values."""

    title = models.CharField(max_length=300)
    kind = models.CharField(max_length=20, choices=SourceKind.choices, default=SourceKind.REPORT)
    publisher = models.CharField(max_length=200, blank=True)
    url = models.URLField("URL", max_length=500, blank=True)
    published = VagueDateField()
    retrieved_on = models.DateField(null=True, blank=True)
    licence = models.CharField(max_length=200, blank=True)
    origin = models.ForeignKey(
        EvidentiaryOrigin,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="sources",
        verbose_name="evidentiary origin",
    )
    notes = models.TextField(blank=True)
    external_key = models.CharField(max_length=200, blank=True, editable=False)
    search_text = DerivedTextField(source=("title", "publisher", "url", "notes"), derive=folded)

    objects = SourceQuerySet.as_manager()
    TRIGRAM_COLUMNS = ("search_text",)

    class Meta:
        ordering = ["title", "id"]
        constraints = [
            known_visibility("source"),
            models.CheckConstraint(condition=~Q(title=""), name="source_has_title"),
            models.CheckConstraint(condition=Q(kind__in=SourceKind.values), name="source_kind_known"),
            models.UniqueConstraint(
                fields=["external_key"], condition=~Q(external_key=""), name="source_external_key_once"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("web:source", args=[self.pk])


class CitationQuerySet(models.QuerySet["Citation"]):
    """Reads of citations."""

    def visible_to(self, user: Any) -> Self:
        """Citations of which this user may see both the source and the record they support."""
        if sees_everything(user):
            return self
        records = Q()
        for record_type, model in citable_types().items():
            shown = model._default_manager.all()
            if hasattr(shown, "visible_to"):
                seen = Exists(shown.visible_to(user).filter(pk=OuterRef("record_id")))
                records |= Q(seen, record_type=record_type)
            else:
                records |= Q(record_type=record_type)
        return self.filter(visibility_filter(user, "source__")).filter(records)

    def of(self, *records: models.Model) -> Self:
        """Citations of the given records, which must be of one model."""
        if not records:
            return self.none()
        record_type = ContentType.objects.get_for_model(records[0])
        return self.filter(record_type=record_type, record_id__in=[record.pk for record in records])


class Citation(Curated):
    """The place in a source that supports one value of one record."""

    CITABLE: ClassVar[tuple[str, ...]] = (
        "manufacturer",
        "manufactureralias",
        "ownership",
        "part",
        "weaponmodel",
        "weapon",
        "teardown",
        "assembly",
        "component",
        "identification",
        "citedparty",
        "photo",
    )

    source = models.ForeignKey(Source, models.PROTECT, related_name="citations")
    record_type = models.ForeignKey(ContentType, models.PROTECT, db_index=False, related_name="+")
    record_id = models.PositiveBigIntegerField()
    record = GenericForeignKey("record_type", "record_id")
    field = models.CharField(max_length=60, blank=True, help_text="The field it supports; empty for the whole record.")
    published_value = models.TextField(blank=True, help_text="The value as published.")
    place = models.CharField(max_length=500, blank=True, help_text="Page, table, row or address in the source.")
    basis = models.CharField(max_length=10, choices=CitationBasis.choices, default=CitationBasis.STATED)
    confidence = models.CharField(max_length=20, choices=Confidence.choices, default=Confidence.NOT_STATED)
    notes = models.TextField(blank=True)

    objects = CitationQuerySet.as_manager()

    class Meta:
        ordering = ["record_type", "record_id", "field", "id"]
        indexes = [models.Index(fields=["record_type", "record_id", "field"], name="citation_of_record")]
        constraints = [
            models.CheckConstraint(condition=Q(basis__in=CitationBasis.values), name="citation_basis_known"),
            models.CheckConstraint(condition=Q(confidence__in=Confidence.values), name="citation_confidence_known"),
        ]

    def __str__(self) -> str:
        return f"{self.source}, {self.place}" if self.place else str(self.source)

    def get_absolute_url(self) -> str:
        return self.source.get_absolute_url()


def citable_types() -> dict[ContentType, type[models.Model]]:
    """The content types a citation may support, with their models; cached by Django after the first call."""
    found = {}
    for name in Citation.CITABLE:
        record_type = ContentType.objects.get_by_natural_key("components", name)
        model = record_type.model_class()
        assert model is not None
        found[record_type] = model
    return found
