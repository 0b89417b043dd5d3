"""Reference data loaded from fixtures/: countries, HS headings, the Common High Priority List."""

from django.db import models
from django.db.models import Q


class Country(models.Model):
    """A country or territory of ISO 3166-1."""

    alpha2 = models.CharField(max_length=2, primary_key=True)
    alpha3 = models.CharField(max_length=3, unique=True)
    numeric = models.CharField(max_length=3, blank=True, help_text="Three digits, as maps and trade statistics use.")
    name = models.CharField(max_length=100)
    name_ru = models.CharField(max_length=100, blank=True)
    name_zh = models.CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["name", "alpha2"]
        verbose_name_plural = "countries"

    def __str__(self) -> str:
        return self.name


class HSHeading(models.Model):
    """A chapter, heading or subheading of the Harmonized System."""

    code = models.CharField(max_length=6, primary_key=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    description = models.TextField()
    attribution = models.CharField(max_length=200)

    class Meta:
        ordering = ["code"]
        verbose_name = "HS heading"

    def __str__(self) -> str:
        return f"{self.code} {self.description}"


class PriorityItem(models.Model):
    """An HS-6 code on the Common High Priority List, with its tier in one version of the list."""

    hs6 = models.CharField("HS-6", max_length=6)
    tier = models.CharField(max_length=3)
    description = models.TextField()
    list_version = models.DateField()
    attribution = models.TextField()

    class Meta:
        ordering = ["tier", "hs6", "id"]
        constraints = [
            models.UniqueConstraint(fields=["hs6", "list_version"], name="priority_item_once_per_version"),
            models.CheckConstraint(condition=Q(hs6__regex=r"^[0-9]{6}$"), name="priority_item_hs6_digits"),
        ]

    def __str__(self) -> str:
        return f"{self.hs6} (tier {self.tier})"
