"""What was recovered and what was found in it: models, weapons, teardowns, assemblies, components, identifications."""

from datetime import date
from typing import Any, Self

from django.db import models
from django.db.models import Exists, F, FilteredRelation, OuterRef, Q
from django.db.models.functions import Coalesce
from django.urls import reverse

from components.choices import (
    Authenticity,
    Confidence,
    IdentificationMethod,
    MarkingState,
    PartyRole,
    WeaponKind,
)
from components.models.catalogue import Manufacturer, Part
from components.models.curated import Curated
from components.models.fields import DerivedCharField, DerivedTextField
from components.models.search import SearchQuerySet
from components.models.search_text import folded, folded_with_key
from components.models.vague_dates import VagueDateField
from components.models.visibility import (
    Catalogued,
    CatalogueQuerySet,
    Evidence,
    EvidenceQuerySet,
    known_visibility,
    visibility_filter,
)
from components.normalise.names import name_key

CURRENT_COLUMNS = {
    "identification": "id",
    "component": "component_id",
    "manufacturer": "manufacturer_id",
    "part": "part_id",
    "mpn": "part__mpn",
    "category": "part__category_id",
    "confidence": "confidence",
    "authenticity": "authenticity",
    "method": "method",
    "made": "made",
    "made_earliest": "made_earliest",
    "made_latest": "made_latest",
}
BLURRED_DECIMALS = 1  # of a degree: about 11 km north to south, at most 11 km east to west


BOTH_OR_NEITHER = "Give both coordinates or neither, in degrees from −90 to 90 and from −180 to 180."


def both_on_earth() -> Q:
    """The condition that a row has a latitude and a longitude, or neither. A check passes when it is unknown: each is
    tested for NULL."""
    given = Q(latitude__isnull=False, longitude__isnull=False)
    return Q(latitude=None, longitude=None) | (given & Q(latitude__range=(-90, 90), longitude__range=(-180, 180)))


class WeaponModelQuerySet(CatalogueQuerySet["WeaponModel"], SearchQuerySet["WeaponModel"]):  # type: ignore[override]
    """Reads of weapon models."""


class WeaponModel(Catalogued):
    """A type of weapon: Orlan-10, Kh-101."""

    name = models.CharField(max_length=200)
    name_key = DerivedCharField(max_length=200, source=("name",), derive=name_key, unique=True)
    kind = models.CharField(max_length=20, choices=WeaponKind.choices, default=WeaponKind.UNKNOWN)
    country = models.ForeignKey(
        "components.Country", models.PROTECT, null=True, blank=True, help_text="Country that makes it."
    )
    also_known_as = models.TextField(blank=True, help_text="Other names, one a line.")
    notes = models.TextField(blank=True)
    search_text = DerivedTextField(source=("name", "also_known_as", "notes"), derive=folded)

    objects = WeaponModelQuerySet.as_manager()
    TRIGRAM_COLUMNS = ("search_text",)

    class Meta:
        ordering = ["name", "id"]
        indexes = [models.Index(fields=["visibility", "id"], name="weapon_model_visibility")]
        constraints = [
            known_visibility("weapon_model"),
            models.CheckConstraint(condition=~Q(name=""), name="weapon_model_has_name"),
            models.CheckConstraint(condition=Q(kind__in=WeaponKind.values), name="weapon_model_kind_known"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("web:weapon-model", args=[self.pk])

    @classmethod
    def used_for(cls, user: Any) -> Q:
        """A visible weapon of this model."""
        return Q(Exists(Weapon.objects.visible_to(user).filter(model=OuterRef("pk"))))


class WeaponQuerySet(EvidenceQuerySet["Weapon"], SearchQuerySet["Weapon"]):  # type: ignore[override]
    """Reads of weapons."""


class Weapon(Evidence):
    """One recovered specimen of a weapon model."""

    label = models.CharField(max_length=300, help_text="What the specimen is called, as the source has it.")
    model = models.ForeignKey(WeaponModel, models.PROTECT, null=True, blank=True, related_name="weapons")
    serial_number = models.CharField(max_length=100, blank=True)
    made_in = models.ForeignKey(
        "components.Country",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Country that made it; components of other countries are foreign.",
    )
    used_by = models.ForeignKey("components.Country", models.PROTECT, null=True, blank=True, related_name="+")
    recovered = VagueDateField()
    recovered_place = models.CharField(max_length=200, blank=True)
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    notes = models.TextField(blank=True)
    external_key = models.CharField(max_length=200, blank=True, editable=False)
    search_text = DerivedTextField(
        source=("label", "serial_number", "recovered_place", "notes"), derive=folded_with_key
    )

    objects = WeaponQuerySet.as_manager()
    TRIGRAM_COLUMNS = ("search_text",)

    class Meta:
        ordering = ["label", "id"]
        indexes = [models.Index(fields=["visibility", "id"], name="weapon_visibility")]
        constraints = [
            known_visibility("weapon"),
            models.CheckConstraint(condition=~Q(label=""), name="weapon_has_label"),
            models.CheckConstraint(
                condition=both_on_earth(),
                name="weapon_coordinates_on_earth",
                violation_error_message=BOTH_OR_NEITHER,
            ),
            models.UniqueConstraint(
                fields=["external_key"], condition=~Q(external_key=""), name="weapon_external_key_once"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def get_absolute_url(self) -> str:
        return reverse("web:weapon", args=[self.pk])


class TeardownQuerySet(EvidenceQuerySet["Teardown"], SearchQuerySet["Teardown"]):  # type: ignore[override]
    """Reads of teardowns."""


class Teardown(Evidence):
    """One examination of a weapon: when, where, by whom, how."""

    weapon = models.ForeignKey(Weapon, models.PROTECT, related_name="teardowns")
    examined = VagueDateField()
    examined_by = models.CharField(max_length=200, help_text="The team or institution.")
    place = models.CharField(max_length=200, blank=True)
    method = models.TextField(blank=True)
    notes = models.TextField(blank=True)
    search_text = DerivedTextField(source=("examined_by", "place", "method", "notes"), derive=folded)

    objects = TeardownQuerySet.as_manager()
    TRIGRAM_COLUMNS = ("search_text",)

    class Meta:
        ordering = ["weapon", "examined_earliest", "id"]
        constraints = [
            known_visibility("teardown"),
            models.CheckConstraint(condition=~Q(examined_by=""), name="teardown_has_examiner"),
        ]

    def __str__(self) -> str:
        return f"{self.weapon}: {self.examined_by} {self.examined}".strip()

    def get_absolute_url(self) -> str:
        return reverse("web:teardown", args=[self.pk])


class AssemblyQuerySet(EvidenceQuerySet["Assembly"], SearchQuerySet["Assembly"]):  # type: ignore[override]
    """Reads of assemblies."""


class Assembly(Evidence):
    """A module or board inside a weapon; assemblies nest."""

    weapon = models.ForeignKey(Weapon, models.PROTECT, related_name="assemblies")
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    name = models.CharField(max_length=200)
    designation = models.CharField(max_length=100, blank=True, help_text="The maker's index, such as 14Ts821S.")
    function = models.CharField(max_length=200, blank=True)
    notes = models.TextField(blank=True)
    search_text = DerivedTextField(source=("name", "designation", "function", "notes"), derive=folded)

    objects = AssemblyQuerySet.as_manager()
    TRIGRAM_COLUMNS = ("search_text",)

    class Meta:
        ordering = ["name", "id"]
        verbose_name_plural = "assemblies"
        constraints = [
            known_visibility("assembly"),
            models.CheckConstraint(condition=~Q(name=""), name="assembly_has_name"),
            models.CheckConstraint(condition=Q(parent=None) | ~Q(parent=F("id")), name="assembly_not_in_itself"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{self.weapon.get_absolute_url()}#assembly-{self.pk}"


class ComponentQuerySet(EvidenceQuerySet["Component"], SearchQuerySet["Component"]):  # type: ignore[override]
    """Reads of components."""

    def with_identification(self, user: Any) -> Self:
        """Adds `current…`: what the current identification says, if this user may see it, and nothing otherwise.

        Lists filter and show makers and parts through these only, so that a draft identification does not leak by
        way of a filter or a count. Each is a name for a column of one join: filtering on `current__…` itself would
        join once more for every filter.
        """
        condition = Q(identifications__is_current=True) & visibility_filter(user, "identifications__")
        named = {f"current_{name}": F(f"current__{path}") for name, path in CURRENT_COLUMNS.items()}
        maker = "current__manufacturer"
        return self.annotate(current=FilteredRelation("identifications", condition=condition)).annotate(
            **named,
            current_maker=Coalesce(f"{maker}__merged_into_id", f"{maker}_id"),
            current_maker_name=Coalesce(f"{maker}__merged_into__name", f"{maker}__name"),
            current_country=Coalesce(f"{maker}__merged_into__country_id", f"{maker}__country_id"),
        )

    def foreign(self, is_foreign: bool = True) -> Self:
        """Components of a maker whose country is known and is not (or is) the one that made the weapon.

        Call it after `with_identification`; components of which either country is unknown are in neither answer.
        """
        known = Q(current_country__isnull=False, weapon__made_in__isnull=False)
        domestic = Q(current_country=F("weapon__made_in"))
        return self.filter(known & (~domestic if is_foreign else domestic))


def component_text(marking: str, published_name: str, *texts: str) -> str:
    """What a search for a component looks through: its texts, and the keys of its marking and published name."""
    return folded_with_key(" ".join([marking, published_name]).strip(), *texts)


class Component(Evidence):
    """One thing found in a weapon, with its marking as read. An observation; what it is, is an identification."""

    weapon = models.ForeignKey(Weapon, models.PROTECT, db_index=False, related_name="components")
    teardown = models.ForeignKey(Teardown, models.PROTECT, null=True, blank=True, related_name="components")
    assembly = models.ForeignKey(Assembly, models.PROTECT, null=True, blank=True, related_name="components")
    designator = models.CharField("reference designator", max_length=40, blank=True, help_text="Such as U12.")
    quantity = models.PositiveIntegerField(default=1)
    marking = models.TextField(blank=True, help_text="The text on the package as read, line by line.")
    marking_state = models.CharField(max_length=20, choices=MarkingState.choices, default=MarkingState.NOT_INSPECTED)
    published_name = models.TextField(blank=True, help_text="What the source calls it, as printed.")
    function = models.CharField(max_length=200, blank=True)
    notes = models.TextField(blank=True)
    external_key = models.CharField(max_length=200, blank=True, editable=False)
    search_text = DerivedTextField(
        source=("marking", "published_name", "function", "designator", "notes"), derive=component_text
    )

    objects = ComponentQuerySet.as_manager()
    TRIGRAM_COLUMNS = ("search_text",)

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["visibility", "id"], name="component_visibility"),
            models.Index(fields=["weapon", "id"], name="component_weapon"),
        ]
        constraints = [
            known_visibility("component"),
            models.CheckConstraint(condition=Q(quantity__gte=1), name="component_quantity_positive"),
            models.CheckConstraint(
                condition=Q(marking_state__in=MarkingState.values), name="component_marking_state_known"
            ),
            models.CheckConstraint(
                condition=Q(marking="") | Q(marking_state__in=[MarkingState.READ, MarkingState.PARTLY_LEGIBLE]),
                name="component_marking_only_where_read",
            ),
            models.UniqueConstraint(
                fields=["external_key"], condition=~Q(external_key=""), name="component_external_key_once"
            ),
        ]

    def __str__(self) -> str:
        return self.published_name or " / ".join(self.marking.splitlines()) or self.function or f"Component {self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("web:component", args=[self.pk])


class IdentificationQuerySet(EvidenceQuerySet["Identification"]):
    """Reads of identifications."""

    def current(self) -> Self:
        """The chosen ones."""
        return self.filter(is_current=True)


class Identification(Evidence):
    """A judgement that a component is a part, or at least a maker's. Several may rival; one is current."""

    component = models.ForeignKey(Component, models.CASCADE, related_name="identifications")
    manufacturer = models.ForeignKey(
        Manufacturer, models.PROTECT, null=True, blank=True, related_name="identifications"
    )
    part = models.ForeignKey(Part, models.PROTECT, null=True, blank=True, related_name="identifications")
    is_current = models.BooleanField(default=False, editable=False)
    date_code = models.CharField(max_length=40, blank=True, help_text="The date code as read.")
    made = VagueDateField(help_text="When it was made: a day, a month, or a range such as 2021-03/2021-04.")
    lot_code = models.CharField(max_length=60, blank=True)
    package_country = models.ForeignKey(
        "components.Country", models.PROTECT, null=True, blank=True, related_name="+", help_text="As on the package."
    )
    authenticity = models.CharField(max_length=20, choices=Authenticity.choices, default=Authenticity.NOT_EXAMINED)
    confidence = models.CharField(max_length=20, choices=Confidence.choices, default=Confidence.NOT_STATED)
    method = models.CharField(max_length=20, choices=IdentificationMethod.choices)
    identified_by = models.CharField(max_length=200, help_text="The person, team or source that judged.")
    identified = VagueDateField(help_text="When it was judged.")
    reasons = models.TextField(blank=True)

    objects = IdentificationQuerySet.as_manager()

    class Meta:
        ordering = ["component", "-is_current", "id"]
        indexes = [
            models.Index(
                fields=["manufacturer", "component"], condition=Q(is_current=True), name="identification_of_maker"
            ),
            models.Index(fields=["part", "component"], condition=Q(is_current=True), name="identification_of_part"),
        ]
        constraints = [
            known_visibility("identification"),
            models.UniqueConstraint(
                fields=["component"], condition=Q(is_current=True), name="identification_one_current"
            ),
            models.CheckConstraint(condition=Q(manufacturer__isnull=False), name="identification_names_a_maker"),
            models.CheckConstraint(condition=~Q(identified_by=""), name="identification_has_author"),
            models.CheckConstraint(
                condition=Q(authenticity__in=Authenticity.values), name="identification_authenticity_known"
            ),
            models.CheckConstraint(
                condition=Q(confidence__in=Confidence.values), name="identification_confidence_known"
            ),
            models.CheckConstraint(
                condition=Q(method__in=IdentificationMethod.values), name="identification_method_known"
            ),
        ]

    def __str__(self) -> str:
        return str(self.part or self.manufacturer)

    def get_absolute_url(self) -> str:
        return f"{self.component.get_absolute_url()}#identification-{self.pk}"

    @property
    def made_from(self) -> date | None:
        """The first day on which it can have been made."""
        day: date | None = self.made_earliest  # type: ignore[attr-defined]
        return day

    @property
    def made_to(self) -> date | None:
        """The last day on which it can have been made."""
        day: date | None = self.made_latest  # type: ignore[attr-defined]
        return day


class CitedPartyQuerySet(models.QuerySet["CitedParty"]):
    """Reads of cited parties."""

    def visible_to(self, user: Any) -> Self:
        """Parties of components this user may see."""
        return self.filter(visibility_filter(user, "component__"))


class CitedParty(Curated):
    """A company that a source names as supplier or importer of a component; what the source says, not a route."""

    component = models.ForeignKey(Component, models.CASCADE, related_name="parties")
    name = models.CharField(max_length=200, help_text="The company's name as the source has it.")
    role = models.CharField(max_length=20, choices=PartyRole.choices)

    objects = CitedPartyQuerySet.as_manager()

    class Meta:
        ordering = ["component", "role", "name", "id"]
        verbose_name_plural = "cited parties"
        constraints = [
            models.UniqueConstraint(fields=["component", "name", "role"], name="cited_party_once"),
            models.CheckConstraint(condition=Q(role__in=PartyRole.values), name="cited_party_role_known"),
            models.CheckConstraint(condition=~Q(name=""), name="cited_party_has_name"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.get_role_display().lower()})"

    def get_absolute_url(self) -> str:
        return self.component.get_absolute_url()
