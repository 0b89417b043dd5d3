"""Photos of weapons, assemblies and components."""

from django.db import models
from django.db.models import Q
from django.urls import reverse

from components.models.provenance import Source
from components.models.visibility import Evidence, EvidenceQuerySet, known_visibility
from components.models.weapons import BOTH_OR_NEITHER, Assembly, Component, Weapon, both_on_earth

SIZES = ("thumbnail", "screen")


class PhotoQuerySet(EvidenceQuerySet["Photo"]):
    """Reads of photos."""


class Photo(Evidence):
    """An image of one weapon, assembly or component; the file lies in the media storage under its SHA-256."""

    weapon = models.ForeignKey(Weapon, models.PROTECT, null=True, blank=True, related_name="photos")
    assembly = models.ForeignKey(Assembly, models.PROTECT, null=True, blank=True, related_name="photos")
    component = models.ForeignKey(Component, models.PROTECT, null=True, blank=True, related_name="photos")
    digest = models.CharField("SHA-256", max_length=64, db_index=True, editable=False)
    file_name = models.CharField(max_length=200, editable=False, help_text="The name it was uploaded under.")
    mime = models.CharField("type", max_length=20, editable=False)
    width = models.PositiveIntegerField(editable=False, help_text="Pixels, as shown.")
    height = models.PositiveIntegerField(editable=False, help_text="Pixels, as shown.")
    byte_count = models.PositiveBigIntegerField(editable=False)
    taken_at = models.DateTimeField(null=True, blank=True, editable=False, help_text="From EXIF, taken as UTC.")
    camera = models.CharField(max_length=100, blank=True, editable=False)
    latitude = models.FloatField(null=True, blank=True, editable=False)
    longitude = models.FloatField(null=True, blank=True, editable=False)
    exif = models.JSONField("EXIF", default=dict, blank=True, editable=False)
    caption = models.CharField(max_length=300, blank=True)
    credit = models.CharField(max_length=200, blank=True)
    licence = models.CharField(max_length=200, blank=True)
    source = models.ForeignKey(Source, models.PROTECT, null=True, blank=True, related_name="photos")

    objects = PhotoQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            known_visibility("photo"),
            models.CheckConstraint(
                condition=Q(weapon__isnull=False, assembly=None, component=None)
                | Q(weapon=None, assembly__isnull=False, component=None)
                | Q(weapon=None, assembly=None, component__isnull=False),
                name="photo_of_exactly_one_record",
            ),
            models.CheckConstraint(
                condition=both_on_earth() & ~Q(latitude=0, longitude=0),  # where a phone is that does not know
                name="photo_coordinates_on_earth",
                violation_error_message=BOTH_OR_NEITHER,
            ),
            models.UniqueConstraint(fields=["digest", "weapon"], name="photo_once_per_weapon"),
            models.UniqueConstraint(fields=["digest", "assembly"], name="photo_once_per_assembly"),
            models.UniqueConstraint(fields=["digest", "component"], name="photo_once_per_component"),
        ]

    def __str__(self) -> str:
        """Not the name it was uploaded under, which may tell visitors who took it and where."""
        return self.caption or f"Photo {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("web:photo", args=[self.pk])

    @property
    def record(self) -> Weapon | Assembly | Component:
        """What the photo shows."""
        record = self.weapon or self.assembly or self.component
        assert record is not None
        return record

    @property
    def original_name(self) -> str:
        """Where the untouched original lies in the media storage."""
        return f"originals/{self.digest[:2]}/{self.digest}"

    def derivative_name(self, size: str) -> str:
        """Where the thumbnail or the screen size lies in the media storage."""
        return f"derivatives/{self.digest[:2]}/{self.digest}-{size}.jpg"
