"""The forms of every table that people write by hand."""

from typing import Any, ClassVar

from django import forms
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models

from components.choices import MarkingState, Visibility
from components.curation.identification import check_identification, identify
from components.curation.permissions import may_edit, require
from components.exports.columns import COLUMNS
from components.models import (
    Assembly,
    Citation,
    CitedParty,
    Company,
    Component,
    Dataset,
    EvidentiaryOrigin,
    Identification,
    Manufacturer,
    ManufacturerAlias,
    Ownership,
    Part,
    PartCategory,
    PartRelation,
    Photo,
    Source,
    Teardown,
    Weapon,
    WeaponModel,
)
from components.models.curated import Curated, stamp
from components.normalise.names import name_key
from components.web.forms.base import HINT_OF_DATES, RecordForm, form_of
from components.web.forms.typed import Named, find_maker, find_part, typed_maker

MARKED = {MarkingState.READ, MarkingState.PARTLY_LEGIBLE}
NEW = "Add the manufacturer or the part to the catalogue if it is not there yet"


@form_of
class WeaponForm(RecordForm):
    """A recovered specimen; its model may be new."""

    new_model = forms.CharField(
        label="… or a model that is not listed",
        required=False,
        max_length=200,
        help_text="Its name; it is added to the catalogue.",
    )

    class Meta:
        model = Weapon
        fields = (
            "label",
            "model",
            "new_model",
            "serial_number",
            "made_in",
            "used_by",
            "recovered",
            "recovered_place",
            "latitude",
            "longitude",
            "notes",
            "is_synthetic",
        )
        help_texts = {
            "recovered": HINT_OF_DATES,
            "latitude": "Degrees north. Visitors see coordinates rounded to a tenth of a degree.",
            "longitude": "Degrees east.",
        }

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        names = list(self.fields)
        names.remove("new_model")
        names.insert(names.index("model") + 1, "new_model")
        self.order_fields(names)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        name = cleaned.get("new_model")
        if name and cleaned.get("model"):
            raise ValidationError({"new_model": "Choose a model or name a new one, not both."})
        if (cleaned.get("latitude") is None) != (cleaned.get("longitude") is None):
            raise ValidationError({"longitude": "Give both coordinates or neither."})
        return cleaned

    def store(self) -> Curated:
        name = self.cleaned_data["new_model"]
        if name:
            self.instance.model = self._model(name)
        return super().store()

    def _model(self, name: str) -> WeaponModel:
        """The model of this name; a new one is added."""
        known = WeaponModel.objects.filter(name_key=name_key(name)).first()
        if known is not None:
            return known
        model = WeaponModel(name=name, created_by=self.user, is_synthetic=self.instance.is_synthetic)
        stamp(model, user=self.user, why="named for a weapon")
        model.save()
        return model


@form_of
class WeaponModelForm(RecordForm):
    """A type of weapon."""

    class Meta:
        model = WeaponModel
        fields = ("name", "kind", "country", "also_known_as", "notes", "is_synthetic")


@form_of
class TeardownForm(RecordForm):
    """One examination of a weapon."""

    PARENT = "weapon"

    class Meta:
        model = Teardown
        fields = ("examined", "examined_by", "place", "method", "notes", "is_synthetic")
        help_texts = {"examined": HINT_OF_DATES}


class WithinWeapon(RecordForm):
    """A record inside a weapon: the places it may be put into are those of the same weapon."""

    PARENT = "weapon"
    PLACES: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for name in filter(self.fields.__contains__, self.PLACES):
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            assert field.queryset is not None
            is_own_kind = field.queryset.model is type(self.instance)  # an assembly is not offered as its own place
            own_key = self.instance.pk if is_own_kind else None
            field.queryset = field.queryset.filter(weapon=self.instance.weapon_id).exclude(pk=own_key)


@form_of
class AssemblyForm(WithinWeapon):
    """A module or board."""

    PLACES = ("parent",)

    class Meta:
        model = Assembly
        fields = ("name", "parent", "designation", "function", "notes", "is_synthetic")
        labels = {"parent": "Inside the assembly"}


@form_of
class ComponentForm(WithinWeapon):
    """One thing found in a weapon, as it was observed."""

    PLACES = ("teardown", "assembly")

    class Meta:
        model = Component
        fields = (
            "marking",
            "marking_state",
            "published_name",
            "designator",
            "quantity",
            "assembly",
            "teardown",
            "function",
            "notes",
            "is_synthetic",
        )
        labels = {"quantity": "Pieces"}
        help_texts = {"marking": "The text on the package exactly as read, one line for each of its lines."}

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for name in ("marking", "published_name"):
            self.fields[name].strip = False  # type: ignore[attr-defined]  # kept as read, to the last blank

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("marking") and cleaned.get("marking_state") not in MARKED:
            raise ValidationError(
                {"marking_state": "A marking is given, so it was read: choose “read” or “partly legible”."}
            )
        if not any(cleaned.get(name) for name in ("marking", "published_name", "function", "designator")):
            raise ValidationError("Say at least what is written on it, what it is called, what it does or its place.")
        return cleaned

    def clean_marking(self) -> str:
        """Browsers send CR LF for a line break."""
        return str(self.cleaned_data["marking"]).replace("\r\n", "\n")

    def clean_published_name(self) -> str:
        return str(self.cleaned_data["published_name"]).replace("\r\n", "\n")


@form_of
class IdentificationForm(RecordForm):
    """A judgement of what a component is."""

    PARENT = "component"

    maker_name = typed_maker(required=False)
    part_number = forms.CharField(
        required=False, max_length=120, help_text="The maker's part number, where it is known.", widget=forms.TextInput
    )
    may_add = forms.BooleanField(label=NEW, required=False)
    is_chosen = forms.BooleanField(
        label="Show this judgement as the current one",
        required=False,
        help_text="The one that was current stays beside it as a rival.",
    )

    class Meta:
        model = Identification
        fields = (
            "method",
            "confidence",
            "identified_by",
            "identified",
            "date_code",
            "made",
            "lot_code",
            "package_country",
            "authenticity",
            "reasons",
            "is_synthetic",
        )
        help_texts = {"identified": "When it was judged. " + HINT_OF_DATES}

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.named: Named | None = None
        first = ["maker_name", "part_number", "may_add"]
        self.order_fields([*first, *(name for name in self.fields if name not in first)])
        if self.instance.pk is not None:
            del self.fields["is_chosen"]
            self.initial["maker_name"] = self.instance.manufacturer.name
            self.initial["part_number"] = self.instance.part.mpn if self.instance.part else ""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        name, number = cleaned.get("maker_name", ""), cleaned.get("part_number", "")
        if not name:
            raise ValidationError({"maker_name": "Name at least the manufacturer: a number alone identifies no part."})
        self.named = self._find(name, number)
        return cleaned

    def _find(self, name: str, number: str) -> Named | None:
        may_add = bool(self.cleaned_data.get("may_add"))
        field = "maker_name"
        try:
            maker = find_maker(name, self.user, may_add=may_add)
            field = "part_number"
            part = find_part(maker, number, self.user, may_add=may_add) if number else None
        except ValidationError as problem:
            self.add_error(field, ValidationError(problem.messages))
            return None
        return Named(part.manufacturer if part is not None and part.pk else maker, part)

    def require_rules(self) -> None:
        """What is not in the catalogue yet is checked there when it is added."""
        assert self.named is not None
        self.instance.manufacturer, self.instance.part = self.named.manufacturer, self.named.part
        is_new_name = any(row is not None and row.pk is None for row in (self.named.manufacturer, self.named.part))
        if self.instance.component_id is not None and not is_new_name:
            check_identification(self.instance)
            super().require_rules()

    def store(self) -> Curated:
        """Raises PermissionDenied."""
        assert self.named is not None
        row: Identification = self.instance
        named = self.named.stored(self.user, is_synthetic=row.is_synthetic)
        row.manufacturer, row.part = named.manufacturer, named.part
        if row.pk is None:
            is_current = bool(self.cleaned_data.get("is_chosen"))
            return identify(row, user=self.user, is_current=is_current, why=self.cleaned_data.get("why", ""))
        check_identification(row)
        return super().store()


@form_of
class CitedPartyForm(RecordForm):
    """A company that a source names."""

    PARENT = "component"

    class Meta:
        model = CitedParty
        fields = ("name", "role", "is_synthetic")


@form_of
class ManufacturerForm(RecordForm):
    """A maker."""

    class Meta:
        model = Manufacturer
        fields = ("name", "country", "website", "notes", "is_synthetic")


@form_of
class ManufacturerAliasForm(RecordForm):
    """Another name of a maker."""

    PARENT = "manufacturer"

    class Meta:
        model = ManufacturerAlias
        fields = ("name", "is_synthetic")


@form_of
class OwnershipForm(RecordForm):
    """Who owns a maker."""

    PARENT = "owned"
    owner_name = typed_maker(required=True, label="Owner")

    class Meta:
        model = Ownership
        fields = ("acquired", "ended", "notes", "is_synthetic")
        help_texts = {"acquired": HINT_OF_DATES}

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.order_fields(["owner_name", *(name for name in self.fields if name != "owner_name")])
        if self.instance.pk is not None:
            self.initial["owner_name"] = self.instance.owner.name

    def clean_owner_name(self) -> str:
        """Finds the owner, which must be known."""
        name = str(self.cleaned_data["owner_name"])
        try:
            self.instance.owner = find_maker(name, self.user, may_add=False)
        except ValidationError as problem:
            raise ValidationError("No manufacturer goes by this name: add it to the catalogue first.") from problem
        return name


@form_of
class PartForm(RecordForm):
    """An entry of the catalogue; its maker must be known."""

    maker_name = typed_maker(required=True)

    class Meta:
        model = Part
        fields = (
            "mpn",
            "category",
            "description",
            "hs_code",
            "eccn",
            "datasheet_url",
            "introduced",
            "last_sale",
            "notes",
            "is_synthetic",
        )
        help_texts = {
            "introduced": HINT_OF_DATES,
            "hs_code": "4, 6, 8 or 10 digits.",
            "eccn": "Such as 3A001.a.2 or EAR99.",
        }

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.order_fields(["maker_name", *(name for name in self.fields if name != "maker_name")])
        if self.instance.pk is not None:
            self.initial["maker_name"] = self.instance.manufacturer.name

    def clean_maker_name(self) -> str:
        name = str(self.cleaned_data["maker_name"])
        present = self.instance.manufacturer if self.instance.manufacturer_id else None
        if present is None or present.name != name:
            try:
                self.instance.manufacturer = find_maker(name, self.user, may_add=False)
            except ValidationError as problem:
                raise ValidationError("No manufacturer goes by this name: add it to the catalogue first.") from problem
        return name


@form_of
class PartCategoryForm(RecordForm):
    """A class of parts."""

    class Meta:
        model = PartCategory
        fields = ("name", "parent", "is_synthetic")
        labels = {"parent": "Below the category"}


@form_of
class PartRelationForm(RecordForm):
    """How a part stands to another."""

    PARENT = "part"
    other_maker = typed_maker(required=True, label="Manufacturer of the other part")
    other_number = forms.CharField(label="Number of the other part", max_length=120)

    class Meta:
        model = PartRelation
        fields = ("kind", "is_synthetic")

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.order_fields(["kind", "other_maker", "other_number", *self.fields])
        if self.instance.pk is not None:
            self.initial["other_maker"] = self.instance.other.manufacturer.name
            self.initial["other_number"] = self.instance.other.mpn

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        name, number = cleaned.get("other_maker"), cleaned.get("other_number")
        if name and number:
            field = "other_maker"
            try:
                maker = find_maker(name, self.user, may_add=False)
                field = "other_number"
                self.instance.other = find_part(maker, number, self.user, may_add=False)
            except ValidationError as problem:
                self.add_error(field, "The catalogue does not have it: add it there first.")
                self.add_error(field, ValidationError(problem.messages))
        return cleaned


@form_of
class PhotoForm(RecordForm):
    """What is said about a photo; the file itself never changes."""

    PARENT = "record"

    class Meta:
        model = Photo
        fields = ("caption", "credit", "licence", "source", "is_synthetic")


@form_of
class SourceForm(RecordForm):
    """A publication or file."""

    class Meta:
        model = Source
        fields = (
            "title",
            "kind",
            "publisher",
            "url",
            "published",
            "retrieved_on",
            "licence",
            "origin",
            "notes",
            "is_synthetic",
        )
        help_texts = {
            "published": HINT_OF_DATES,
            "origin": "Sources that repeat one another share an origin and corroborate nothing.",
        }
        widgets = {"retrieved_on": forms.DateInput(attrs={"type": "date"})}


@form_of
class DatasetForm(RecordForm):
    """What is said of a dataset; its rows never change."""

    class Meta:
        model = Dataset
        fields = ("title", "source", "licence", "coverage", "completeness", "notes")


@form_of
class CompanyForm(RecordForm):
    """A company; what it was declared as stays beside it."""

    class Meta:
        model = Company
        fields = ("name", "country", "notes", "is_synthetic")


@form_of
class EvidentiaryOriginForm(RecordForm):
    """Where knowledge was first won."""

    class Meta:
        model = EvidentiaryOrigin
        fields = ("name", "notes", "is_synthetic")


def citable_fields(model: type[models.Model]) -> list[tuple[str, str]]:
    """The fields of a record that a citation may support, by the names of its list."""
    unsaid = {"id", "updated_at", "visibility", "is_synthetic", "current"}
    titles = {column.name: column.title for column in COLUMNS[model]}
    own = {field.name for field in model._meta.concrete_fields}
    named = [(name, title) for name, title in titles.items() if name in own and name not in unsaid]
    return [("", "The whole record"), *named]


@form_of
class CitationForm(RecordForm):
    """The place in a source that supports a record or one of its values; the source may be new."""

    PARENT = "record"

    new_title = forms.CharField(label="… or the title of a source that is not listed", required=False, max_length=300)
    new_url = forms.URLField(label="Its web address", required=False, max_length=500, assume_scheme="https")

    class Meta:
        model = Citation
        fields = ("source", "field", "published_value", "place", "basis", "confidence", "notes")
        labels = {"field": "Supports"}
        help_texts = {
            "field": "",
            "published_value": "Exactly as the source has it.",
            "place": "Page, table, row or address in the source.",
        }

    def __init__(self, *args: Any, parent: models.Model | None = None, **kwargs: Any):
        super().__init__(*args, **kwargs)
        if parent is not None:
            self.instance.record_type = ContentType.objects.get_for_model(parent)
            self.instance.record_id = parent.pk or 0
        self.fields["source"].required = False
        model = type(parent) if parent is not None else self.instance.record_type.model_class()
        self.fields["field"] = forms.ChoiceField(
            label="Supports", required=False, choices=self._fields(model), initial=""
        )
        names = ["source", "new_title", "new_url"]
        self.order_fields([*names, *(name for name in self.fields if name not in names)])

    def _fields(self, model: type[models.Model]) -> list[tuple[str, str]]:
        """What the citation may support, and what it supports now, which an import may have named otherwise."""
        known = citable_fields(model)
        present = self.instance.field
        return known if present in dict(known) else [*known, (present, present)]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("source") and cleaned.get("new_title"):
            raise ValidationError({"new_title": "Choose a source or name a new one, not both."})
        if not cleaned.get("source") and not cleaned.get("new_title"):
            raise ValidationError({"source": "Choose a source or name a new one."})
        return cleaned

    def require_rules(self) -> None:
        """A new source is checked when it is added."""
        if self.cleaned_data.get("source") and self.instance.record_id:
            super().require_rules()

    def store(self) -> Curated:
        if self.cleaned_data.get("new_title"):
            self.instance.source = self._new_source()
        return super().store()

    def store_for(self, *records: Curated) -> None:
        """Cite the same place of the source for each of several new records, as a whole."""
        source = self._new_source() if self.cleaned_data.get("new_title") else self.cleaned_data["source"]
        self.instance.source = source
        said = {name: self.cleaned_data[name] for name in ("place", "basis", "confidence", "notes")}
        for record in records:
            record_type = ContentType.objects.get_for_model(record)
            citation = Citation(source=source, record_type=record_type, record_id=record.pk, **said)
            citation.created_by, citation.is_synthetic = self.user, record.is_synthetic
            require(may_edit(self.user, citation), "cite a source for this record")
            stamp(citation, user=self.user, why="cited with the record")
            citation.save()

    def _new_source(self) -> Source:
        """A source of this title and address; one that is there already is taken."""
        title, url = self.cleaned_data["new_title"], self.cleaned_data.get("new_url", "")
        known = Source.objects.visible_to(self.user).filter(title=title, url=url).order_by("pk").first()
        if known is not None:
            return known
        source = Source(title=title, url=url, created_by=self.user, visibility=Visibility.DRAFT)
        stamp(source, user=self.user, why="named in a citation")
        source.save()
        return source
