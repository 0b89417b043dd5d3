"""From parts to supply chains: links of parts and shipments, routes, and the assumptions that routes rest on."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse

from components.choices import Audience, LegKind, LinkBasis, LinkGrade, LinkState, MakerEvidence, StandIn
from components.models.catalogue import Manufacturer, Part
from components.models.curated import Curated
from components.models.fields import DerivedTextField
from components.models.search import SearchQuerySet
from components.models.search_text import folded_with_key
from components.models.trade import Company, Dataset
from components.models.vague_dates import VagueDateField
from components.models.visibility import (
    Evidence,
    EvidenceQuerySet,
    is_insider,
    known_visibility,
    not_hidden,
    sees_everything,
    visibility_filter,
)
from components.models.weapons import Component, Weapon, WeaponModel

SHARE = Q(share__gte=0, share__lte=1)


class LinkQuerySet(EvidenceQuerySet["Link"]):
    """Reads of links."""

    def visible_to(self, user: Any) -> Self:
        """Those that may be told to this user, of parts and makers that this user may see."""
        if sees_everything(user):
            return self
        named = not_hidden(Part, user, "part"), not_hidden(Manufacturer, user, "manufacturer")
        return self.told_to(user).filter(*named)

    def told_to(self, user: Any) -> Self:
        """Those whose dataset or document this user may see; its own visibility counts once the dataset is gone.

        What a document states shows its part and maker to its readers (`Part.used_for`); what a rule found does not.
        """
        if sees_everything(user):
            return self
        by_dataset = Q(dataset__in=Dataset.objects.visible_to(user).values("pk"))
        alone = Q(dataset=None) & visibility_filter(user)
        by_document = Q(source=None) | visibility_filter(user, "source__")
        return self.filter(by_dataset | (alone & by_document))

    def proposed(self) -> Self:
        """Those that nobody has reviewed."""
        return self.filter(state=LinkState.PROPOSED)

    def matched(self) -> Self:
        """Those that a rule found, not a document."""
        return self.filter(basis=LinkBasis.MATCHED)

    def standing(self) -> Self:
        """Those that nobody has rejected."""
        return self.exclude(state=LinkState.REJECTED)


class Link(Evidence):
    """A proposed or reviewed connection of a part, or only its maker or HS code, and a shipment.

    An inference: `manage.py link` finds the proposed ones anew, and never touches one that a person has reviewed. The
    facts of the shipment are copied, so that what was reviewed outlives its dataset.
    """

    part = models.ForeignKey(
        "components.Part", models.PROTECT, null=True, blank=True, db_index=False, related_name="links"
    )
    manufacturer = models.ForeignKey(
        "components.Manufacturer", models.PROTECT, null=True, blank=True, db_index=False, related_name="links"
    )
    basis = models.CharField(max_length=10, choices=LinkBasis.choices, default=LinkBasis.DOCUMENT, editable=False)
    dataset = models.ForeignKey(
        Dataset, models.SET_NULL, null=True, blank=True, editable=False, db_index=False, related_name="links"
    )
    row_number = models.PositiveBigIntegerField(null=True, blank=True, editable=False)
    source = models.ForeignKey("components.Source", models.PROTECT, null=True, blank=True, related_name="links")
    place = models.CharField(max_length=500, blank=True, help_text="Page, line or number in the document.")
    file_digest = models.CharField(
        max_length=64, blank=True, editable=False, help_text="Of the file of a dataset that was taken back."
    )

    grade = models.CharField(max_length=10, choices=LinkGrade.choices, default=LinkGrade.EXACT)
    evidence = models.CharField(
        "evidence of the maker", max_length=10, choices=MakerEvidence.choices, default=MakerEvidence.DECLARED
    )
    found = models.CharField(
        "number as written", max_length=200, blank=True, help_text="Of grade HS the six digits of the code."
    )
    suffix = models.CharField("written on behind it", max_length=60, blank=True)
    score = models.FloatField(default=1.0, editable=False)
    reasons = models.TextField(blank=True, help_text="One a line.")
    rule_version = models.CharField(max_length=20, blank=True, editable=False)

    shipped_on = models.DateField("declared or shipped on")
    declaration_number = models.CharField(max_length=100, blank=True)
    item_number = models.CharField(max_length=40, blank=True)
    hs_code = models.CharField("HS code", max_length=40, blank=True)
    description = models.TextField(blank=True)
    declared_maker = models.TextField(blank=True)
    exporter_name = models.TextField(blank=True)
    importer_name = models.TextField(blank=True)
    exporter = models.ForeignKey(
        "components.Company", models.PROTECT, null=True, blank=True, related_name="links_as_exporter"
    )
    importer = models.ForeignKey(
        "components.Company", models.PROTECT, null=True, blank=True, related_name="links_as_importer"
    )
    origin_country = models.CharField(max_length=2, blank=True, help_text="ISO 3166 alpha-2.")
    dispatch_country = models.CharField(max_length=2, blank=True, help_text="ISO 3166 alpha-2.")
    quantity = models.FloatField(null=True, blank=True)
    unit = models.CharField(max_length=60, blank=True)
    net_kg = models.FloatField(null=True, blank=True)
    value_usd = models.FloatField(null=True, blank=True)

    state = models.CharField(max_length=10, choices=LinkState.choices, default=LinkState.PROPOSED, editable=False)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        db_index=False,
        related_name="+",
    )
    reviewed_at = models.DateTimeField(null=True, blank=True, editable=False)
    review_note = models.TextField(blank=True, editable=False)
    review_value = models.FloatField(
        "value of a review", default=0.0, editable=False, help_text="How much a review may change the routes, in bits."
    )

    objects = LinkQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["part", "id"], name="link_part"),
            models.Index(fields=["manufacturer", "id"], name="link_manufacturer"),
            models.Index(fields=["dataset", "row_number"], name="link_dataset_row"),
            models.Index(fields=["found", "id"], condition=Q(grade=LinkGrade.HS), name="link_hs_code"),
            models.Index(fields=["-review_value", "id"], condition=Q(review_value__gt=0), name="link_review_value"),
        ]
        constraints = [
            known_visibility("link"),
            models.CheckConstraint(condition=Q(basis__in=LinkBasis.values), name="link_basis_known"),
            models.CheckConstraint(condition=Q(grade__in=LinkGrade.values), name="link_grade_known"),
            models.CheckConstraint(condition=Q(evidence__in=MakerEvidence.values), name="link_evidence_known"),
            models.CheckConstraint(condition=Q(state__in=LinkState.values), name="link_state_known"),
            models.CheckConstraint(condition=Q(score__gte=0, score__lte=1), name="link_score"),
            models.CheckConstraint(
                condition=Q(part__isnull=False)
                | Q(grade__in=[LinkGrade.MAKER, LinkGrade.HS])
                | Q(basis=LinkBasis.DOCUMENT),
                name="link_names_a_part",
            ),
            models.CheckConstraint(
                condition=Q(manufacturer__isnull=False)
                | Q(part=None, grade=LinkGrade.HS, basis=LinkBasis.MATCHED) & ~Q(found=""),
                name="link_names_a_maker_or_code",
            ),
            models.CheckConstraint(
                condition=Q(basis=LinkBasis.MATCHED) | Q(source__isnull=False), name="link_document_has_source"
            ),
            models.CheckConstraint(
                condition=Q(state=LinkState.PROPOSED) | Q(reviewed_by__isnull=False, reviewed_at__isnull=False),
                name="link_review_has_reviewer",
            ),
            models.UniqueConstraint(
                fields=["part", "dataset", "row_number"], condition=Q(part__isnull=False), name="link_part_once"
            ),
            models.UniqueConstraint(
                fields=["manufacturer", "dataset", "row_number"], condition=Q(part=None), name="link_maker_once"
            ),
            models.UniqueConstraint(
                fields=["dataset", "row_number"], condition=Q(manufacturer=None), name="link_hs_code_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.named} ← {self.declaration_number or 'shipment'} of {self.shipped_on}"

    def get_absolute_url(self) -> str:
        return reverse("web:link", args=[self.pk])

    @property
    def named(self) -> str:
        """The part that it is a link of, else the maker, else the HS code."""
        if self.part is not None:
            return self.part.mpn
        return str(self.manufacturer) if self.manufacturer is not None else f"HS code {self.found}"

    @property
    def reasons_list(self) -> list[str]:
        """The reasons one by one."""
        return self.reasons.splitlines()


class LinkBuild(models.Model):
    """How far a dataset has been searched for the parts of the catalogue; what was found are links."""

    dataset = models.OneToOneField(Dataset, models.CASCADE, related_name="link_build")
    rule_version = models.CharField(max_length=20)
    catalogue = models.CharField("catalogue digest", max_length=64)
    token = models.CharField(max_length=32, blank=True, help_text="Of the search that is under way.")
    known = models.JSONField(default=dict, help_text="What a later catalogue is held against.")
    parts = models.JSONField(default=list, help_text="Parts to look for when only new ones are; empty for all.")
    rows_done = models.PositiveBigIntegerField(default=0)
    link_count = models.PositiveBigIntegerField(default=0)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.dataset}: {self.rows_done} rows"


class Assumption(Curated):
    """A share that routes rest on, with how sure it is and what it rests on itself."""

    share = models.FloatField(help_text="From 0 to 1.")
    strength = models.FloatField(help_text="How sure: worth as many observations.")
    basis = models.TextField(help_text="What the figure rests on.")
    source = models.ForeignKey("components.Source", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(condition=SHARE & Q(strength__gt=0), name="%(class)s_share_and_strength"),
            models.CheckConstraint(condition=~Q(basis=""), name="%(class)s_has_basis"),
        ]


class CoverageQuerySet(models.QuerySet["Coverage"]):
    """Reads of coverages."""

    def visible_to(self, user: Any) -> Self:
        """Those of datasets that this user may see, resting on nothing hidden."""
        by_source = Q(source=None) | visibility_filter(user, "source__")
        return self.filter(by_source, dataset__in=Dataset.objects.visible_to(user).values("pk"))


class Coverage(Assumption):
    """Which share of all relevant shipments of its period a dataset is taken to record: an assumption."""

    dataset = models.OneToOneField(Dataset, models.CASCADE, related_name="coverage_share")
    strength = models.FloatField(default=10.0, help_text="How sure: worth as many shipments looked up.")

    objects = CoverageQuerySet.as_manager()

    class Meta(Assumption.Meta):
        ordering = ["dataset", "id"]
        verbose_name_plural = "coverages"

    def __str__(self) -> str:
        return f"{self.dataset}: {self.share:.0%}"

    def get_absolute_url(self) -> str:
        return self.dataset.get_absolute_url()


class MilitaryUseQuerySet(models.QuerySet["MilitaryUse"]):
    """Reads of military uses."""

    def visible_to(self, user: Any) -> Self:
        """Those of companies that this user may see, resting on nothing hidden."""
        by_source = Q(source=None) | visibility_filter(user, "source__")
        return self.filter(by_source, Exists(Company.objects.visible_to(user).filter(pk=OuterRef("company"))))


class MilitaryUse(Assumption):
    """Which share of what an importer brings in is taken to go into weapons: an assumption."""

    company = models.OneToOneField("components.Company", models.CASCADE, related_name="military_use")
    strength = models.FloatField(default=4.0, help_text="How sure: worth as many reviewed links.")

    objects = MilitaryUseQuerySet.as_manager()

    class Meta(Assumption.Meta):
        ordering = ["company", "id"]
        verbose_name_plural = "military uses"

    def __str__(self) -> str:
        return f"{self.company}: {self.share:.0%}"

    def get_absolute_url(self) -> str:
        return self.company.get_absolute_url()


class RouteParameter(models.Model):
    """A number that the model of routes rests on, with its source or the word that it is an assumption."""

    name = models.CharField(max_length=60, primary_key=True)
    value = models.CharField(max_length=40)
    unit = models.CharField(max_length=40, blank=True)
    source = models.TextField()
    note = models.TextField(blank=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} = {self.value} {self.unit}".strip()


class Learning(models.Model):
    """What finds and links taught the model of routes, for one audience; kept until it is learned anew.

    An inference: `manage.py trace --learn` makes it anew. Between two, a change recomputes only what it bears on.
    """

    audience = models.CharField(max_length=10, choices=Audience.choices)
    is_synthetic = models.BooleanField("synthetic", default=False)
    new_route_discount = models.FloatField()
    new_route_strength = models.FloatField()
    route_lasting = models.FloatField(null=True, help_text="Share of routes of other times far from the records.")
    smoothing_months = models.FloatField(null=True, help_text="How far a month tells of others, in months.")
    lag_mean_days = models.FloatField(null=True, help_text="Mean time from declaration to recovery.")
    shelf_mean_days = models.FloatField(null=True, help_text="Mean age of a chip at its declaration.")
    component_count = models.PositiveIntegerField()
    rule_version = models.CharField(max_length=20)
    learned_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["audience", "is_synthetic"], name="learning_once")]

    def __str__(self) -> str:
        return f"{self.audience}, {'synthetic' if self.is_synthetic else 'real'}, {self.learned_at:%Y-%m-%d}"


class LearnedUseQuerySet(models.QuerySet["LearnedUse"]):
    """Reads of what finds teach of importers."""

    def visible_to(self, user: Any) -> Self:
        """Those learned for this user's audience, of companies that this user may see and knows under no other name."""
        audience = Audience.INSIDE if is_insider(user) else Audience.PUBLIC
        seen = Company.objects.visible_to(user)
        alone = Q(company__merged_into=None) | ~Exists(seen.filter(pk=OuterRef("company__merged_into")))
        return self.filter(alone, Exists(seen.filter(pk=OuterRef("company"))), learning__audience=audience)


class LearnedUse(models.Model):
    """What finds say of the share of an importer's goods that goes into weapons, as a Beta distribution: inferred."""

    learning = models.ForeignKey(Learning, models.CASCADE, related_name="uses")
    company = models.ForeignKey("components.Company", models.CASCADE, null=True, related_name="learned_uses")
    share = models.FloatField()
    strength = models.FloatField()

    objects = LearnedUseQuerySet.as_manager()

    class Meta:
        ordering = ["-share", "id"]
        verbose_name = "military use learned from finds"
        verbose_name_plural = "military uses learned from finds"
        constraints = [
            models.UniqueConstraint(fields=["learning", "company"], name="learned_use_once"),
            models.CheckConstraint(condition=SHARE & Q(strength__gt=0), name="learned_use_share_and_strength"),
        ]

    def __str__(self) -> str:
        return f"{self.company}: {self.share:.0%}"


SUBJECTS = ("component", "part", "weapon", "weapon_model", "manufacturer")


def one_subject() -> Q:
    """Exactly one of the subjects is named."""
    found = Q()
    for name in SUBJECTS:
        found |= Q(**{f"{each}__isnull": each != name for each in SUBJECTS})
    return found


class TraceQuerySet(models.QuerySet["Trace"]):
    """Reads of traces."""

    def visible_to(self, user: Any) -> Self:
        """Those computed for this user's audience, of what this user may see."""
        audience = Audience.INSIDE if is_insider(user) else Audience.PUBLIC
        rows = self.filter(audience=audience)
        if sees_everything(user):
            return rows
        component = Q(component=None) | Exists(Component.objects.visible_to(user).filter(pk=OuterRef("component")))
        weapon = Q(weapon=None) | Exists(Weapon.objects.visible_to(user).filter(pk=OuterRef("weapon")))
        models = {"part": Part, "weapon_model": WeaponModel, "manufacturer": Manufacturer}
        return rows.filter(component, weapon, *(not_hidden(model, user, name) for name, model in models.items()))


class Trace(models.Model):
    """What was inferred of the supply chains of one component, part, weapon, model or maker.

    Deleted and computed anew at will by `manage.py trace`; never edited.
    """

    audience = models.CharField(max_length=10, choices=Audience.choices)
    component = models.ForeignKey(Component, models.CASCADE, null=True, related_name="traces")
    part = models.ForeignKey("components.Part", models.CASCADE, null=True, related_name="traces")
    weapon = models.ForeignKey(Weapon, models.CASCADE, null=True, related_name="traces")
    weapon_model = models.ForeignKey("components.WeaponModel", models.CASCADE, null=True, related_name="traces")
    manufacturer = models.ForeignKey("components.Manufacturer", models.CASCADE, null=True, related_name="traces")
    unknown = models.FloatField(help_text="Probability of a route that the data held do not show.")
    unknown_low = models.FloatField(help_text="5 % quantile.")
    unknown_high = models.FloatField(help_text="95 % quantile.")
    rest = models.FloatField(default=0.0, help_text="Probability of recorded routes too unlikely to be listed.")
    groups = models.JSONField(default=dict, help_text="Probabilities by country of dispatch and of origin.")
    component_count = models.PositiveIntegerField(default=0)
    link_count = models.PositiveIntegerField(default=0)
    excluded = models.JSONField(default=list, help_text="What was left out, and why.")
    stand_ins = models.JSONField(
        default=dict, help_text="Components whose part no shipment names, by what is named in its place: maker, hs."
    )
    digest = models.CharField(
        max_length=64, help_text="Of all that went in: what has not changed is not computed anew."
    )
    rule_version = models.CharField(max_length=20)
    computed_at = models.DateTimeField()
    is_synthetic = models.BooleanField("synthetic", default=False)

    objects = TraceQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=Q(audience__in=Audience.values), name="trace_audience_known"),
            models.CheckConstraint(condition=one_subject(), name="trace_one_subject"),
            models.CheckConstraint(condition=Q(unknown__gte=0, unknown__lte=1), name="trace_unknown_share"),
            *(
                models.UniqueConstraint(
                    fields=[name, "audience", "is_synthetic"],
                    condition=Q(**{f"{name}__isnull": False}),
                    name=f"trace_{name}_once",
                )
                for name in SUBJECTS
            ),
        ]

    def __str__(self) -> str:
        return f"Routes of {self.subject}"

    @property
    def subject(self) -> models.Model:
        """What was traced."""
        found: models.Model = getattr(self, self.subject_kind)
        return found

    @property
    def subject_kind(self) -> str:
        """Which of the five it is."""
        return next(name for name in SUBJECTS if getattr(self, f"{name}_id") is not None)

    def get_absolute_url(self) -> str:
        kind = self.subject_kind
        return reverse("web:routes-of", args=[kind.replace("_", "-"), getattr(self, f"{kind}_id")])


class RouteQuerySet(models.QuerySet["Route"]):
    """Reads of routes."""

    def visible_to(self, user: Any) -> Self:
        """Those of traces that this user may see."""
        return self.filter(Exists(Trace.objects.visible_to(user).filter(pk=OuterRef("trace"))))


class Route(models.Model):
    """A likely supply chain: maker → (dispatch country, exporter) → importer, with its probability. An inference."""

    trace = models.ForeignKey(Trace, models.CASCADE, related_name="routes")
    rank = models.PositiveIntegerField()
    manufacturer = models.ForeignKey("components.Manufacturer", models.CASCADE, related_name="+")
    origin_country = models.CharField(max_length=2, blank=True)
    dispatch_country = models.CharField(max_length=2, blank=True)
    exporter = models.ForeignKey("components.Company", models.CASCADE, null=True, related_name="routes_as_exporter")
    importer = models.ForeignKey("components.Company", models.CASCADE, null=True, related_name="routes_as_importer")
    probability = models.FloatField()
    low = models.FloatField(help_text="5 % quantile.")
    high = models.FloatField(help_text="95 % quantile.")
    shipment_count = models.PositiveIntegerField()
    confirmed_count = models.PositiveIntegerField(default=0)
    stand_in = models.CharField(
        max_length=10,
        blank=True,
        choices=StandIn.choices,
        help_text="What its shipments name where none of them names the part.",
    )
    units = models.FloatField(null=True)
    first_day = models.DateField(null=True)
    last_day = models.DateField(null=True)

    objects = RouteQuerySet.as_manager()

    class Meta:
        ordering = ["trace", "rank"]
        constraints = [
            models.UniqueConstraint(fields=["trace", "rank"], name="route_rank_once"),
            models.CheckConstraint(
                condition=Q(probability__gte=0, probability__lte=1, low__lte=F("high")), name="route_probability"
            ),
            models.CheckConstraint(condition=Q(stand_in__in=["", *StandIn.values]), name="route_stand_in_known"),
        ]

    def __str__(self) -> str:
        return f"{self.manufacturer} → {self.dispatch_country or '?'} ({self.exporter or '?'}) → {self.importer or '?'}"


class LegQuerySet(EvidenceQuerySet["Leg"], SearchQuerySet["Leg"]):  # type: ignore[override]
    """Reads of legs."""

    def visible_to(self, user: Any) -> Self:
        """Those that this user may see together with their source."""
        return super().visible_to(user).filter(visibility_filter(user, "source__"))


class Leg(Evidence):
    """A step of a supply chain that a document states: who passed goods to whom, when. A fact with its source."""

    part = models.ForeignKey("components.Part", models.PROTECT, null=True, blank=True, related_name="legs")
    component = models.ForeignKey(Component, models.PROTECT, null=True, blank=True, related_name="legs")
    kind = models.CharField(max_length=10, choices=LegKind.choices)
    position = models.PositiveSmallIntegerField(default=1, help_text="Its place in the chain, from the maker on.")
    giver = models.CharField(max_length=400, help_text="As the document names it.")
    giver_country = models.ForeignKey("components.Country", models.PROTECT, null=True, blank=True, related_name="+")
    giver_company = models.ForeignKey(
        "components.Company", models.PROTECT, null=True, blank=True, related_name="legs_given"
    )
    taker = models.CharField(max_length=400, help_text="As the document names it.")
    taker_country = models.ForeignKey("components.Country", models.PROTECT, null=True, blank=True, related_name="+")
    taker_company = models.ForeignKey(
        "components.Company", models.PROTECT, null=True, blank=True, related_name="legs_taken"
    )
    happened = VagueDateField()
    goods = models.TextField(blank=True, help_text="As the document words it.")
    quantity = models.FloatField(null=True, blank=True)
    source = models.ForeignKey("components.Source", models.PROTECT, related_name="legs")
    place = models.CharField(max_length=500, blank=True, help_text="Page, line or number in the document.")
    notes = models.TextField(blank=True)
    search_text = DerivedTextField(source=("giver", "taker", "goods", "notes"), derive=folded_with_key)

    objects = LegQuerySet.as_manager()
    TRIGRAM_COLUMNS = ("search_text",)

    class Meta:
        ordering = ["position", "id"]
        constraints = [
            known_visibility("leg"),
            models.CheckConstraint(condition=Q(kind__in=LegKind.values), name="leg_kind_known"),
            models.CheckConstraint(condition=~Q(giver="") & ~Q(taker=""), name="leg_has_parties"),
            models.CheckConstraint(
                condition=Q(part__isnull=False) | Q(component__isnull=False), name="leg_of_a_part_or_component"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.giver} → {self.taker}"

    def get_absolute_url(self) -> str:
        return reverse("web:leg", args=[self.pk])
