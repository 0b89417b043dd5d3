"""What may be written to each table, flat: ids, not nested records. Rules are those of `components.curation`."""

import json
from typing import Any, ClassVar
from urllib.parse import unquote

from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models
from rest_framework import serializers

from components.api import fields
from components.api.details import COLLECTIONS, Detail, detail_columns
from components.api.renderers import as_json
from components.choices import LinkBasis
from components.curation.fit import require_fit
from components.curation.identification import check_identification, identify
from components.curation.links import check_link
from components.curation.permissions import may_edit, require
from components.exports.columns import COLUMNS
from components.exports.rows import visible_rows
from components.models import (
    Assembly,
    Citation,
    CitedParty,
    Component,
    Coverage,
    Dataset,
    EvidentiaryOrigin,
    Identification,
    Leg,
    Link,
    Manufacturer,
    ManufacturerAlias,
    MilitaryUse,
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
from components.models.vague_dates import VagueDateField

AS_READ = {"trim_whitespace": False}  # text of a package or a source is kept to the last blank
LONGEST_REASON = 500


def change_reason(request: Any) -> str:
    """Why a change is made, from the header `X-Change-Reason`, for the record's history.

    Servers drop headers that are not ASCII, granian among them: other letters come percent-encoded, as UTF-8.
    """
    return unquote(request.headers.get("X-Change-Reason", ""))[:LONGEST_REASON].replace("\0", "")


class RecordSerializer(serializers.ModelSerializer):  # type: ignore[type-arg]
    """Takes the values of one record, checks that they fit, and stores them with who and why."""

    FIXED: ClassVar[tuple[str, ...]] = ()  # given once, when the record is added

    serializer_related_field = fields.Link
    serializer_choice_field = fields.Choice
    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        models.CharField: fields.Text,
        models.TextField: fields.Text,
        VagueDateField: fields.VagueDate,
        models.PositiveIntegerField: fields.WholeNumber,
        models.PositiveBigIntegerField: fields.WholeNumber,
        models.PositiveSmallIntegerField: fields.WholeNumber,
        models.FloatField: fields.Number,
        models.BooleanField: fields.Flag,
        models.DecimalField: fields.Degrees,
    }

    def get_uniqueness_extra_kwargs(self, field_names: Any, declared_fields: Any, extra_kwargs: Any) -> Any:
        """Uniqueness is checked by `require_fit`; DRF would also make a left-out field overwrite what is stored."""
        return extra_kwargs, {}

    def get_validators(self) -> list[Any]:
        return []

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Names that are not written here would be lost without a word; a value that stands there already may come."""
        model = self.Meta.model
        others, readable = set(self.initial_data) - set(self.fields), set(readable_names(model))
        problems = dict.fromkeys(sorted(others - readable), "This record has no such field.")
        problems |= dict.fromkeys(self._changed(others & readable), "This can be read here, not written.")
        for name in self.FIXED:
            if self.instance is not None and name in attrs and attrs[name] != getattr(self.instance, name):
                problems[name] = "This cannot be changed: add another record and delete this one."
        if problems:
            raise serializers.ValidationError(problems)
        return attrs

    def _changed(self, names: set[str]) -> list[str]:
        """Of names that are only read, those whose value is not what the record shows; all of them for a new record."""
        if not names or self.instance is None:
            return sorted(names)
        shown = json.loads(as_json(Detail(self.context["request"]).read(type(self.instance), self.instance.pk)))
        return sorted(name for name in names if name not in shown or shown[name] != self.initial_data[name])

    def create(self, validated_data: dict[str, Any]) -> Any:
        user = self.context["request"].user
        model: Any = self.Meta.model
        row = model(**validated_data, created_by=user)
        return self.store(row, why=change_reason(self.context["request"]) or "added")

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        """Change the row and store it; a change of nothing leaves no trace in the history."""
        require(may_edit(self.context["request"].user, instance), "change this record")
        changes = {name: value for name, value in validated_data.items() if self._is_change(instance, name, value)}
        for name, value in changes.items():
            setattr(instance, name, value)
        why = change_reason(self.context["request"]) or "changed"
        return self.store(instance, why=why) if changes else instance

    def _is_change(self, row: Any, name: str, value: Any) -> bool:
        """Whether a value differs; a link the writer cannot see reads as empty, and is not emptied by sending that."""
        present = getattr(row, name)
        if value is None and isinstance(present, models.Model):
            return bool(visible_rows(type(present), self.context["request"].user).filter(pk=present.pk).exists())
        return bool(present != value)

    def store(self, row: Any, *, why: str) -> Any:
        """Save a row that fits. Raises PermissionDenied, ValidationError."""
        user = self.context["request"].user
        require(may_edit(user, row), "write this record")
        require_fit(row)
        stamp(row, user=user, why=why)
        row.save()
        return row


def readable_names(model: type[models.Model]) -> list[str]:
    """Every key of a record's detail, so that what was read can be sent back."""
    names = [column.name for column in detail_columns(model)]
    names += ["related", "citations", "citations_url", "api_url", "html_url"]
    names += ["assembly_path", "files", "original", "record", "report"]
    for each in COLLECTIONS.get(model, ()):
        names += [each.name, f"{each.name}_url", f"{each.name}_count"]
    return names


class WeaponSerializer(RecordSerializer):
    """A weapon; coordinates are exact and shown so to insiders only."""

    class Meta:
        model = Weapon
        fields = (
            "label", "model", "serial_number", "made_in", "used_by", "recovered", "recovered_place", "latitude",
            "longitude", "notes", "is_synthetic",
        )  # fmt: skip
        extra_kwargs: ClassVar[dict[str, Any]] = {
            "latitude": {"min_value": -90, "max_value": 90},
            "longitude": {"min_value": -180, "max_value": 180},
        }


class WeaponModelSerializer(RecordSerializer):
    class Meta:
        model = WeaponModel
        fields = ("name", "kind", "country", "also_known_as", "notes", "is_synthetic")


class TeardownSerializer(RecordSerializer):
    class Meta:
        model = Teardown
        fields = ("weapon", "examined", "examined_by", "place", "method", "notes", "is_synthetic")


class AssemblySerializer(RecordSerializer):
    class Meta:
        model = Assembly
        fields = ("weapon", "parent", "name", "designation", "function", "notes", "is_synthetic")


class ComponentSerializer(RecordSerializer):
    class Meta:
        model = Component
        fields = (
            "weapon", "teardown", "assembly", "designator", "quantity", "marking", "marking_state", "published_name",
            "function", "notes", "is_synthetic",
        )  # fmt: skip
        extra_kwargs = {"marking": AS_READ, "published_name": AS_READ}


class IdentificationSerializer(RecordSerializer):
    """A judgement. The first of a component becomes the current one; `make_current` chooses this one over another."""

    FIXED = ("component",)
    make_current = fields.Flag(write_only=True, required=False, help_text="Choose it over the one that is current.")

    class Meta:
        model = Identification
        fields = (
            "component", "manufacturer", "part", "date_code", "made", "lot_code", "package_country", "authenticity",
            "confidence", "method", "identified_by", "identified", "reasons", "make_current", "is_synthetic",
        )  # fmt: skip

    def create(self, validated_data: dict[str, Any]) -> Any:
        is_current = validated_data.pop("make_current", False)
        request = self.context["request"]
        row = Identification(**validated_data, created_by=request.user)
        require(may_edit(request.user, row.component), "identify this component")
        check_identification(row)
        require_fit(row)
        return identify(row, user=request.user, is_current=is_current, why=change_reason(request))

    def update(self, instance: Any, validated_data: dict[str, Any]) -> Any:
        if validated_data.pop("make_current", False):
            raise serializers.ValidationError({"make_current": "Use the address …/make-current/ of this record."})
        return super().update(instance, validated_data)

    def store(self, row: Any, *, why: str) -> Any:
        check_identification(row)
        return super().store(row, why=why)


class CitedPartySerializer(RecordSerializer):
    FIXED = ("component",)

    class Meta:
        model = CitedParty
        fields = ("component", "name", "role", "is_synthetic")


class ManufacturerSerializer(RecordSerializer):
    class Meta:
        model = Manufacturer
        fields = ("name", "country", "website", "notes", "is_synthetic")


class ManufacturerAliasSerializer(RecordSerializer):
    class Meta:
        model = ManufacturerAlias
        fields = ("manufacturer", "name", "is_synthetic")


class OwnershipSerializer(RecordSerializer):
    class Meta:
        model = Ownership
        fields = ("owned", "owner", "acquired", "ended", "notes", "is_synthetic")


class PartCategorySerializer(RecordSerializer):
    class Meta:
        model = PartCategory
        fields = ("name", "parent", "is_synthetic")


class PartSerializer(RecordSerializer):
    class Meta:
        model = Part
        fields = (
            "manufacturer", "mpn", "category", "description", "hs_code", "eccn", "datasheet_url", "introduced",
            "last_sale", "notes", "is_synthetic",
        )  # fmt: skip


class PartRelationSerializer(RecordSerializer):
    class Meta:
        model = PartRelation
        fields = ("part", "other", "kind", "is_synthetic")


class PhotoSerializer(RecordSerializer):
    """What is said about a photo; the file itself never changes."""

    class Meta:
        model = Photo
        fields = ("caption", "credit", "licence", "source", "is_synthetic")


class EvidentiaryOriginSerializer(RecordSerializer):
    class Meta:
        model = EvidentiaryOrigin
        fields = ("name", "notes", "is_synthetic")
        extra_kwargs: ClassVar[dict[str, Any]] = {"name": {"validators": []}}


class SourceSerializer(RecordSerializer):
    class Meta:
        model = Source
        fields = (
            "title", "kind", "publisher", "url", "published", "retrieved_on", "licence", "origin", "notes",
            "is_synthetic",
        )  # fmt: skip


class LinkSerializer(RecordSerializer):
    """A link that a document states. One that was found by a rule is reviewed, not written."""

    manufacturer = fields.Link(queryset=Manufacturer.objects.all(), required=False)

    class Meta:
        model = Link
        fields = (
            "part", "manufacturer", "source", "place", "grade", "found", "shipped_on", "declaration_number", "hs_code",
            "description", "declared_maker", "exporter", "exporter_name", "importer", "importer_name", "origin_country",
            "dispatch_country", "quantity", "unit", "net_kg", "value_usd", "reasons", "is_synthetic",
        )  # fmt: skip

    def store(self, row: Any, *, why: str) -> Any:
        if row.basis != LinkBasis.DOCUMENT:
            raise ValidationError("This link was found by a rule: review it, or add one that a document states.")
        check_link(row)
        return super().store(row, why=why)


class LegSerializer(RecordSerializer):
    class Meta:
        model = Leg
        fields = (
            "part", "component", "kind", "position", "giver", "giver_country", "giver_company", "taker",
            "taker_country", "taker_company", "happened", "goods", "quantity", "source", "place", "notes",
            "is_synthetic",
        )  # fmt: skip


class CoverageSerializer(RecordSerializer):
    FIXED = ("dataset",)

    class Meta:
        model = Coverage
        fields = ("dataset", "share", "strength", "basis", "source", "is_synthetic")


class MilitaryUseSerializer(RecordSerializer):
    FIXED = ("company",)

    class Meta:
        model = MilitaryUse
        fields = ("company", "share", "strength", "basis", "source", "is_synthetic")


class DatasetSerializer(RecordSerializer):
    """What is said of a dataset; its rows never change."""

    class Meta:
        model = Dataset
        fields = ("title", "source", "licence", "coverage", "completeness", "notes")


class RecordType(fields.Choice):
    """The kind of record a citation supports, by the model's name."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(choices=Citation.CITABLE, **kwargs)

    def to_internal_value(self, data: Any) -> Any:
        return ContentType.objects.get_by_natural_key("components", super().to_internal_value(data))


class CitationSerializer(RecordSerializer):
    """The place in a source that supports one value of a record, or the whole of it."""

    FIXED = ("record_type", "record_id")
    record_type = RecordType()

    class Meta:
        model = Citation
        fields = (
            "source", "record_type", "record_id", "field", "published_value", "place", "basis", "confidence", "notes",
            "is_synthetic",
        )  # fmt: skip
        extra_kwargs = {"published_value": AS_READ}

    def store(self, row: Any, *, why: str) -> Any:
        model: Any = row.record_type.model_class()
        rows = visible_rows(model, self.context["request"].user)
        if not rows.filter(pk=row.record_id).exists():
            raise ValidationError({"record_id": "There is no such record."})
        known = {field.name for field in model._meta.concrete_fields} | {column.name for column in COLUMNS[model]}
        if row.field and row.field not in known:
            raise ValidationError({"field": f"A {model._meta.verbose_name} has no field “{row.field}”."})
        return super().store(row, why=why)


SERIALIZERS: dict[type[Curated], type[RecordSerializer]] = {
    each.Meta.model: each
    for each in (
        WeaponSerializer,
        WeaponModelSerializer,
        TeardownSerializer,
        AssemblySerializer,
        ComponentSerializer,
        IdentificationSerializer,
        CitedPartySerializer,
        ManufacturerSerializer,
        ManufacturerAliasSerializer,
        OwnershipSerializer,
        PartCategorySerializer,
        PartSerializer,
        PartRelationSerializer,
        PhotoSerializer,
        EvidentiaryOriginSerializer,
        SourceSerializer,
        DatasetSerializer,
        CitationSerializer,
        LinkSerializer,
        LegSerializer,
        CoverageSerializer,
        MilitaryUseSerializer,
    )
}
