"""The catalogue: makers with their names and owners, categories, parts."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Self

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection, models
from django.db.models import Exists, F, OuterRef, Q
from django.urls import reverse

from components.choices import LinkBasis, PartRelationKind
from components.models.curated import Curated
from components.models.fields import DerivedCharField, DerivedTextField
from components.models.search import TRIGRAM, SearchQuerySet, beginning, containing
from components.models.search_text import folded
from components.models.statements import ask
from components.models.vague_dates import VagueDateField, earliest_day, latest_day
from components.models.visibility import Catalogued, CatalogueQuerySet, known_visibility, not_hidden
from components.normalise.names import name_key
from components.normalise.part_numbers import base_number, part_key

Days = tuple[date, date]
OWNING, NUMBERING = 7_319_002, 7_319_003  # the keys of locks
HS_CODE_PATTERN = r"^([0-9]{4}|[0-9]{6}|[0-9]{8}|[0-9]{10})$"
ECCN_PATTERN = r"^(EAR99|[0-9][A-E][0-9]{3}(\.[a-z0-9.]+)?)$"  # 15 CFR 738.2: category, group, type of control


class ManufacturerQuerySet(CatalogueQuerySet["Manufacturer"], SearchQuerySet["Manufacturer"]):  # type: ignore[override]
    """Reads of makers."""

    def named(self, name: str) -> Self:
        """Makers whose name or alias has the same key as this name."""
        key = name_key(name)
        return self.filter(Q(name_key=key) | Q(aliases__name_key=key)).distinct()

    def standing(self) -> Self:
        """Makers that were not merged into another."""
        return self.filter(merged_into=None)


class Manufacturer(Catalogued):
    """A maker of parts, under the name it is best known by."""

    name = models.CharField(max_length=200)
    name_key = DerivedCharField(max_length=200, source=("name",), derive=name_key)
    country = models.ForeignKey(
        "components.Country", models.PROTECT, null=True, blank=True, help_text="Country of its headquarters."
    )
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, editable=False, related_name="merged_from"
    )
    website = models.URLField(blank=True)
    notes = models.TextField(blank=True)
    search_text = DerivedTextField(source=("name", "notes"), derive=folded)

    objects = ManufacturerQuerySet.as_manager()
    TRIGRAM_COLUMNS = ("search_text",)

    class Meta:
        ordering = ["name", "id"]
        indexes = [models.Index(fields=["visibility", "id"], name="manufacturer_visibility")]
        constraints = [
            known_visibility("manufacturer"),
            models.UniqueConstraint(
                fields=["name_key"], condition=Q(merged_into=None), name="manufacturer_name_key_once"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="manufacturer_has_name"),
            models.CheckConstraint(
                condition=Q(merged_into=None) | ~Q(merged_into=F("id")), name="manufacturer_not_merged_into_itself"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("web:manufacturer", args=[self.pk])

    @classmethod
    def used_for(cls, user: Any) -> Q:
        """A visible part of this maker, a visible identification or document that names it."""
        named = _used(user, "Part", "manufacturer") | _used(user, "Identification", "manufacturer")
        return named | _documented(user, "manufacturer")


class ManufacturerAliasQuerySet(models.QuerySet["ManufacturerAlias"]):
    """Reads of other names of makers."""

    def visible_to(self, user: Any) -> Self:
        """Those of makers that this user may see."""
        return self.filter(not_hidden(Manufacturer, user, "manufacturer"))


class ManufacturerAlias(Curated):
    """Another name a maker is written by."""

    manufacturer = models.ForeignKey(Manufacturer, models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=200)
    name_key = DerivedCharField(max_length=200, source=("name",), derive=name_key, db_index=True)

    objects = ManufacturerAliasQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        verbose_name_plural = "manufacturer aliases"
        constraints = [
            models.UniqueConstraint(fields=["manufacturer", "name"], name="manufacturer_alias_once"),
            models.CheckConstraint(condition=~Q(name=""), name="manufacturer_alias_has_name"),
        ]

    def __str__(self) -> str:
        return self.name


class OwnershipQuerySet(models.QuerySet["Ownership"]):
    """Reads of ownerships."""

    def visible_to(self, user: Any) -> Self:
        """Those of which this user may see both makers."""
        return self.filter(not_hidden(Manufacturer, user, "owned"), not_hidden(Manufacturer, user, "owner"))


class Ownership(Curated):
    """One maker owned by another, since the day of the acquisition as far as it is known."""

    owned = models.ForeignKey(Manufacturer, models.CASCADE, related_name="owners")
    owner = models.ForeignKey(Manufacturer, models.PROTECT, related_name="acquisitions")
    acquired = VagueDateField(help_text="Day of the acquisition, as vague as it is known.")
    ended = VagueDateField(help_text="Day the ownership ended.")
    notes = models.TextField(blank=True)

    objects = OwnershipQuerySet.as_manager()

    class Meta:
        ordering = ["owned", "acquired_earliest", "id"]
        constraints = [
            models.UniqueConstraint(fields=["owned", "owner", "acquired"], name="ownership_once"),
            models.CheckConstraint(condition=~Q(owned=F("owner")), name="ownership_not_of_itself"),
        ]

    def __str__(self) -> str:
        return f"{self.owned} of {self.owner}"

    def get_absolute_url(self) -> str:
        return self.owned.get_absolute_url()

    def clean(self) -> None:
        """Raise ValidationError where owners would own one another in a circle at one time, merged makers as one.

        Others wait until the transaction ends, so that no two close a circle together.
        """
        if self.owned_id is None or self.owner_id is None:
            return
        _one_at_a_time(OWNING)
        into = dict(Manufacturer.objects.exclude(merged_into=None).values_list("pk", "merged_into_id"))
        owned, owner = (into.get(pk, pk) for pk in (self.owned_id, self.owner_id))
        if owner in _owned_through(owned, self._sure_days(), into, leaving_out=self.pk):
            raise ValidationError(
                f"{self.owned} owns {self.owner} at that time, directly or through others, and so cannot be owned "
                "by it. Correct one of the two, or give the days on which they began and ended."
            )

    def _sure_days(self) -> "Days":
        """The days, without the end, on which the ownership surely lasted; always, where no day is known."""
        try:
            begun = latest_day(self.acquired) or earliest_day(self.acquired) or date.min
            return begun, earliest_day(self.ended) or latest_day(self.ended) or date.max
        except ValueError:  # no date: the field says so itself
            return date.min, date.min


class PartCategory(Curated):
    """A class of parts, in a tree."""

    name = models.CharField(max_length=100)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")

    class Meta:
        ordering = ["name", "id"]
        verbose_name_plural = "part categories"
        constraints = [
            models.UniqueConstraint(fields=["parent", "name"], name="part_category_once"),
            models.UniqueConstraint(fields=["name"], condition=Q(parent=None), name="part_category_root_once"),
            models.CheckConstraint(
                condition=Q(parent=None) | ~Q(parent=F("id")), name="part_category_not_its_own_parent"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PartQuerySet(CatalogueQuerySet["Part"], SearchQuerySet["Part"]):  # type: ignore[override]
    """Reads of parts."""

    def numbered_like(self, text: str) -> Self:
        """Parts whose number holds this one, whatever the separators, case and look-alike letters.

        Under three characters a trigram index cannot help and the number must begin with the text.
        """
        key = part_key(text)
        if not key:
            return self.none()
        if len(key) < TRIGRAM:
            return beginning(self, "mpn_key", key)  # type: ignore[return-value]
        return containing(self, "mpn_key", [key])  # type: ignore[return-value]


class Part(Catalogued):
    """An entry of the catalogue: a maker and its part number. The number alone never identifies a part."""

    manufacturer = models.ForeignKey(Manufacturer, models.PROTECT, db_index=False, related_name="parts")
    mpn = models.CharField("part number", max_length=120, help_text="The maker's part number (MPN) as written.")
    mpn_key = DerivedCharField(max_length=120, source=("mpn",), derive=part_key, db_index=True)
    base_key = DerivedCharField(max_length=120, source=("mpn",), derive=base_number)
    category = models.ForeignKey(PartCategory, models.PROTECT, null=True, blank=True, related_name="parts")
    description = models.TextField(blank=True)
    hs_code = models.CharField("HS code", max_length=10, blank=True)
    eccn = models.CharField("ECCN", max_length=20, blank=True)
    datasheet_url = models.URLField(max_length=500, blank=True)
    introduced = VagueDateField()
    last_sale = VagueDateField(help_text="Last day the maker sold it.")
    notes = models.TextField(blank=True)
    search_text = DerivedTextField(source=("description", "notes"), derive=folded)

    objects = PartQuerySet.as_manager()
    TRIGRAM_COLUMNS = ("mpn_key", "search_text")

    class Meta:
        ordering = ["mpn_key", "id"]
        indexes = [models.Index(fields=["visibility", "id"], name="part_visibility")]
        constraints = [
            known_visibility("part"),
            models.UniqueConstraint(fields=["manufacturer", "mpn"], name="part_once_per_maker"),
            models.CheckConstraint(condition=~Q(mpn_key=""), name="part_has_number"),
            models.CheckConstraint(
                condition=Q(hs_code="") | Q(hs_code__regex=HS_CODE_PATTERN), name="part_hs_code_digits"
            ),
            models.CheckConstraint(condition=Q(eccn="") | Q(eccn__regex=ECCN_PATTERN), name="part_eccn_form"),
        ]

    def __str__(self) -> str:
        return f"{self.mpn} ({self.manufacturer})"

    def clean(self) -> None:
        """Raise ValidationError where the maker has a part of this number already, in whatever spelling.

        Parts that were spelled twice before can still be changed otherwise. Others wait until the transaction ends.
        """
        key = part_key(self.mpn)
        if not key or self.manufacturer_id is None:
            return
        _one_at_a_time(NUMBERING)
        same = Part.objects.filter(manufacturer=self.manufacturer_id, mpn_key=key)
        if self.pk is not None and same.filter(pk=self.pk).exists():
            return
        if (there := same.first()) is not None:
            raise ValidationError({"mpn": f"{there} is the same number in another spelling: use that part."})

    def get_absolute_url(self) -> str:
        return reverse("web:part", args=[self.pk])

    @classmethod
    def used_for(cls, user: Any) -> Q:
        """A visible identification as this part, a visible leg or document of it."""
        named = _used(user, "Identification", "part") | _used(user, "Leg", "part")
        return named | _documented(user, "part")


class PartRelationQuerySet(models.QuerySet["PartRelation"]):
    """Reads of relations of parts."""

    def visible_to(self, user: Any) -> Self:
        """Those of which this user may see both parts."""
        return self.filter(not_hidden(Part, user, "part"), not_hidden(Part, user, "other"))


class PartRelation(Curated):
    """How one part stands to another: it supersedes it or is compatible with it."""

    part = models.ForeignKey(Part, models.CASCADE, related_name="relations")
    other = models.ForeignKey(Part, models.CASCADE, related_name="relations_from")
    kind = models.CharField(max_length=12, choices=PartRelationKind.choices)

    objects = PartRelationQuerySet.as_manager()

    class Meta:
        ordering = ["part", "kind", "id"]
        constraints = [
            models.UniqueConstraint(fields=["part", "other", "kind"], name="part_relation_once"),
            models.CheckConstraint(condition=~Q(part=F("other")), name="part_relation_not_to_itself"),
            models.CheckConstraint(condition=Q(kind__in=PartRelationKind.values), name="part_relation_kind_known"),
        ]

    def __str__(self) -> str:
        return f"{self.part} {self.get_kind_display().lower()} {self.other}"


def _used(user: Any, model_name: str, path: str) -> Q:
    """A row that this user may see leads to the row of the catalogue by `path`."""
    users: Any = apps.get_model("components", model_name)  # defined after the catalogue
    return Q(Exists(users.objects.visible_to(user).filter(**{path: OuterRef("pk")})))


def _documented(user: Any, path: str) -> Q:
    """A document that this user may see states a shipment of it."""
    links: Any = apps.get_model("components", "Link")
    return Q(Exists(links.objects.told_to(user).filter(basis=LinkBasis.DOCUMENT, **{path: OuterRef("pk")})))


def _owned_through(owner: int, days: "Days", into: dict[int, int], *, leaving_out: int | None) -> set[int]:
    """Whom a maker owns within days, directly or through others whose ownership lasted on a day in common."""
    owned_by: dict[int, list[tuple[int, Days]]] = {}
    others = Ownership.objects.all() if leaving_out is None else Ownership.objects.exclude(pk=leaving_out)
    for each in others:
        known = (into.get(each.owned_id, each.owned_id), each._sure_days())
        owned_by.setdefault(into.get(each.owner_id, each.owner_id), []).append(known)
    waiting, seen = [(owner, days)], {(owner, days)}
    while waiting:
        maker, (begun, ended) = waiting.pop()
        for owned, (first, last) in owned_by.get(maker, []):
            reached = (owned, (max(begun, first), min(ended, last)))
            if reached[1][0] < reached[1][1] and reached not in seen:
                seen.add(reached)
                waiting.append(reached)
    return {maker for maker, _ in seen - {(owner, days)}}


def _one_at_a_time(subject: int) -> None:
    """Until the transaction ends, nobody else judges the subject; SQLite has one writer anyway."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [subject])


def acquired_makers(manufacturer_ids: list[int], user: Any) -> list[int]:
    """The given makers and every maker they own, directly or through another, under the ownerships now in force that
    this user may see.

    One query; the ownership table is small (hundreds of rows).
    """
    owned_by: dict[int, list[int]] = {}
    for owner, owned in Ownership.objects.visible_to(user).filter(ended="").values_list("owner_id", "owned_id"):
        owned_by.setdefault(owner, []).append(owned)
    found, waiting = set(manufacturer_ids), list(manufacturer_ids)
    while waiting:
        fresh = [owned for owned in owned_by.get(waiting.pop(), []) if owned not in found]
        found.update(fresh)
        waiting.extend(fresh)
    return sorted(found)


def merged_makers(manufacturer_ids: list[int]) -> list[int]:
    """The given makers and those that were merged into them. One query."""

    def merged_into(keys: Sequence[Any]) -> models.QuerySet[Any, Any]:
        return Manufacturer.objects.filter(merged_into__in=keys).order_by().values_list("pk")

    return sorted({*manufacturer_ids, *(key for (key,) in ask("merged makers", merged_into, manufacturer_ids))})


def category_and_below(category_ids: list[int]) -> list[int]:
    """The given categories and all below them. One query; the tree is small (hundreds of rows)."""
    below: dict[int | None, list[int]] = {}
    for child, parent in PartCategory.objects.values_list("id", "parent_id"):
        below.setdefault(parent, []).append(child)
    found, waiting = set(category_ids), list(category_ids)
    while waiting:
        children = below.get(waiting.pop(), [])
        found.update(children)
        waiting.extend(children)
    return sorted(found)
