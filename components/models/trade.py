"""Customs records and trade statistics: datasets, the companies they name, trade flows, dates of controls."""

from pathlib import Path
from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse

from components.choices import DatasetKind, Flow, MatchState
from components.models.curated import Curated
from components.models.fields import DerivedCharField, DerivedTextField
from components.models.search import SearchQuerySet
from components.models.search_text import folded
from components.models.visibility import (
    Evidence,
    EvidenceQuerySet,
    known_visibility,
    sees_everything,
    visibility_filter,
)
from components.normalise.companies import company_key

NAME_KEY_LENGTH = 300


class DatasetQuerySet(EvidenceQuerySet["Dataset"]):
    """Reads of datasets."""

    def visible_to(self, user: Any) -> Self:
        """Those that this user may see together with their source."""
        return super().visible_to(user).filter(visibility_filter(user, "source__"))

    def shipments(self) -> Self:
        """Those whose rows lie in the lake."""
        return self.filter(kind=DatasetKind.SHIPMENTS)


class Dataset(Evidence):
    """An imported set of shipments or trade flows, with its source, what it covers and how completely."""

    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=DatasetKind.choices, default=DatasetKind.SHIPMENTS, editable=False)
    source = models.ForeignKey("components.Source", models.PROTECT, related_name="datasets")
    licence = models.CharField(max_length=200, blank=True)
    coverage = models.TextField(blank=True, help_text="Which goods, countries, directions and period it covers.")
    completeness = models.TextField(blank=True, help_text="How completely, as its publisher or its reader states.")
    first_day = models.DateField(null=True, blank=True, editable=False)
    last_day = models.DateField(null=True, blank=True, editable=False)
    row_count = models.PositiveBigIntegerField(default=0, editable=False)
    rejected_count = models.PositiveBigIntegerField(default=0, editable=False)
    value_usd = models.FloatField(null=True, blank=True, editable=False)
    file_name = models.CharField(max_length=200, editable=False)
    digest = models.CharField("SHA-256", max_length=64, editable=False)
    folder = models.CharField(max_length=40, editable=False)
    notes = models.TextField(blank=True)

    objects = DatasetQuerySet.as_manager()

    class Meta:
        ordering = ["title", "id"]
        constraints = [
            known_visibility("dataset"),
            models.CheckConstraint(condition=~Q(title=""), name="dataset_has_title"),
            models.CheckConstraint(condition=Q(kind__in=DatasetKind.values), name="dataset_kind_known"),
            models.UniqueConstraint(fields=["kind", "digest"], name="dataset_file_once"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("web:dataset", args=[self.pk])


class DatasetFile(models.Model):
    """One immutable file of a dataset; readers open exactly the files that are listed."""

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="files")
    name = models.CharField(max_length=100)
    digest = models.CharField("SHA-256", max_length=64)
    byte_count = models.PositiveBigIntegerField()
    row_count = models.PositiveBigIntegerField()

    class Meta:
        ordering = ["dataset", "name"]
        constraints = [models.UniqueConstraint(fields=["dataset", "name"], name="dataset_file_name_once")]

    def __str__(self) -> str:
        return f"{self.dataset}: {self.name}"

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return Path(settings.LAKE_ROOT) / self.dataset.folder / self.name


class CompanyQuerySet(SearchQuerySet["Company"]):
    """Reads of companies."""

    def visible_to(self, user: Any) -> Self:
        """Companies that a dataset names which this user may see; editors see those that none names any more.

        By their own tax number, or their own name and country: where such a dataset only declares a name that was taken
        for a company's, the company's page would tell what the dataset that names it hides.
        """
        if sees_everything(user):
            return self
        return self.filter(
            Exists(DeclaredParty.objects.visible_to(user).naming_themselves().filter(company=OuterRef("pk")))
        )

    def standing(self) -> Self:
        """Companies that were not merged into another."""
        return self.filter(merged_into=None)


class Company(Curated):
    """An exporter or importer; the names it was declared under point to it."""

    name = models.CharField(max_length=400)
    name_key = DerivedCharField(
        max_length=NAME_KEY_LENGTH, source=("name",), derive=lambda name: company_key(name)[:NAME_KEY_LENGTH]
    )
    country = models.ForeignKey("components.Country", models.PROTECT, null=True, blank=True)
    tax_number = models.CharField(max_length=20, blank=True, db_index=True)
    party_key = models.CharField(max_length=600, unique=True, editable=False)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="merged_from"
    )
    notes = models.TextField(blank=True)
    search_text = DerivedTextField(source=("name", "tax_number", "notes"), derive=folded)

    objects = CompanyQuerySet.as_manager()
    TRIGRAM_COLUMNS = ("search_text",)

    class Meta:
        ordering = ["name", "id"]
        verbose_name_plural = "companies"
        indexes = [models.Index(fields=["name_key", "country"], name="company_name_key")]
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="company_has_name"),
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=F("id")), name="company_not_into_itself"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("web:company", args=[self.pk])


class DeclaredPartyQuerySet(models.QuerySet["DeclaredParty"]):
    """Reads of declared parties."""

    def visible_to(self, user: Any) -> Self:
        """Those of datasets that this user may see."""
        return self.filter(dataset__in=Dataset.objects.visible_to(user))

    def naming_themselves(self) -> Self:
        """Those that declare a company as it is: by its tax number, or by its own name and country."""
        return self.filter(party_key=F("company__party_key"))


class DeclaredParty(models.Model):
    """A name as one dataset declares it, kept apart from the company that it is resolved to."""

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="parties")
    party_key = models.CharField(max_length=600, db_index=True)
    name = models.TextField(blank=True)
    country_code = models.CharField(max_length=2, blank=True)
    tax_number = models.TextField(blank=True)
    exports = models.PositiveBigIntegerField(default=0, help_text="Shipments that name it as exporter.")
    imports = models.PositiveBigIntegerField(default=0, help_text="Shipments that name it as importer.")
    company = models.ForeignKey(Company, models.PROTECT, related_name="declared")
    resolved_by = models.CharField(
        max_length=20, help_text="What the resolution rests on: tax number, name, or itself."
    )

    objects = DeclaredPartyQuerySet.as_manager()

    class Meta:
        ordering = ["dataset", "name", "id"]
        verbose_name_plural = "declared parties"

    def __str__(self) -> str:
        return self.name or self.party_key


class CompanyMatchQuerySet(models.QuerySet["CompanyMatch"]):
    """Reads of proposed matches."""

    def visible_to(self, user: Any) -> Self:
        """Those of whose two companies this user may see both.

        Asked match by match: given two lists, SQLite would look up every company of one with every one of the other.
        """
        if sees_everything(user):
            return self
        seen = Company.objects.visible_to(user)
        return self.filter(Exists(seen.filter(pk=OuterRef("first"))), Exists(seen.filter(pk=OuterRef("second"))))


class CompanyMatch(models.Model):
    """A proposal that two companies are one, made by a rule and reviewed by a person; deleted and made anew at will."""

    first = models.ForeignKey(Company, models.CASCADE, related_name="+")
    second = models.ForeignKey(Company, models.CASCADE, related_name="+")
    score = models.FloatField()
    reasons = models.JSONField(default=list)
    rule_version = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=MatchState.choices, default=MatchState.PROPOSED)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    reviewed_at = models.DateTimeField(null=True, blank=True)

    objects = CompanyMatchQuerySet.as_manager()

    class Meta:
        ordering = ["-score", "id"]
        verbose_name_plural = "company matches"
        constraints = [
            models.UniqueConstraint(fields=["first", "second"], name="company_match_once"),
            models.CheckConstraint(condition=Q(first__lt=F("second")), name="company_match_in_order"),
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=1), name="company_match_score"),
            models.CheckConstraint(condition=Q(state__in=MatchState.values), name="company_match_state_known"),
        ]

    def __str__(self) -> str:
        return f"{self.first} = {self.second}?"


class TradeFlowQuerySet(models.QuerySet["TradeFlow"]):
    """Reads of trade flows."""

    def visible_to(self, user: Any) -> Self:
        """Those of datasets that this user may see."""
        return self.filter(dataset__in=Dataset.objects.visible_to(user))


class TradeFlow(models.Model):
    """An aggregate of trade statistics: what a reporter says it traded with a partner in a month or a year."""

    dataset = models.ForeignKey(Dataset, models.CASCADE, related_name="flows")
    line = models.PositiveBigIntegerField(help_text="Line of the file, or place in its list, on which it stands.")
    period = models.CharField(max_length=7, help_text="2021 or 2021-03.")
    reporter = models.ForeignKey("components.Country", models.PROTECT, null=True, blank=True, related_name="+")
    reporter_declared = models.CharField(max_length=100)
    partner = models.ForeignKey("components.Country", models.PROTECT, null=True, blank=True, related_name="+")
    partner_declared = models.CharField(max_length=100, help_text="“World” for all partners together.")
    flow = models.CharField(max_length=10, choices=Flow.choices)
    hs_code = models.CharField(max_length=10)
    value_usd = models.FloatField(null=True, blank=True)
    net_kg = models.FloatField(null=True, blank=True)
    quantity = models.FloatField(null=True, blank=True)
    unit = models.CharField(max_length=60, blank=True)
    other = models.JSONField(default=dict, help_text="Columns of the file that have no place here.")

    objects = TradeFlowQuerySet.as_manager()

    class Meta:
        ordering = ["period", "id"]
        indexes = [models.Index(fields=["hs_code", "period"], name="trade_flow_hs_period")]
        constraints = [
            models.CheckConstraint(condition=Q(flow__in=Flow.values), name="trade_flow_flow_known"),
            models.CheckConstraint(
                condition=Q(period__regex=r"^[0-9]{4}(-(0[1-9]|1[0-2]))?$"), name="trade_flow_period_form"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.period} {self.reporter_declared} {self.flow} {self.partner_declared} {self.hs_code}"


class ControlDate(models.Model):
    """A day on which an export control or a sanction took effect, to be marked in a series."""

    date = models.CharField(max_length=10, help_text="As exactly as the source says: 2022-02-24, 2023-05.")
    first_day = models.DateField()
    jurisdiction = models.CharField(max_length=40)
    event = models.CharField(max_length=300)
    attribution = models.CharField(max_length=300)

    class Meta:
        ordering = ["first_day", "id"]
        constraints = [models.UniqueConstraint(fields=["date", "event"], name="control_date_once")]

    def __str__(self) -> str:
        return f"{self.date} {self.jurisdiction}: {self.event}"
