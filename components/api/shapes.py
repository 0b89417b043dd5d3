"""The shapes of what the API answers, made from the tables that the answers are made from; for the schema only."""

from functools import cache
from typing import Any

from django.db import models
from rest_framework import serializers

from components.api.details import COLLECTIONS, detail_columns, is_citable, relations
from components.choices import Confidence, Visibility
from components.exports.columns import COLUMNS, Column
from components.models import Assembly, Citation, Component, Identification, ImportBatch, Photo

KINDS: dict[str, type[serializers.Field[Any, Any, Any, Any]]] = {
    "integer": serializers.IntegerField,
    "text": serializers.CharField,
    "date": serializers.DateField,
    "datetime": serializers.DateTimeField,
    "boolean": serializers.BooleanField,
    "number": serializers.FloatField,
}
CHOICES: dict[str, Any] = {"current_confidence": Confidence, "visibility": Visibility}
Shape = type[serializers.Serializer[Any]]


class ProblemError(serializers.Serializer[Any]):
    """What is wrong with one field or parameter; with the whole where the field is empty."""

    field = serializers.CharField(allow_blank=True)
    reason = serializers.CharField()
    value = serializers.CharField(required=False, allow_blank=True, help_text="As the query string had it.")


class Problem(serializers.Serializer[Any]):
    """Problem details (RFC 9457)."""

    type = serializers.CharField()
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(allow_blank=True)
    errors = ProblemError(many=True)  # type: ignore[assignment]


class Named(serializers.Serializer[Any]):
    """Another record, by its key and what it is called."""

    id = serializers.JSONField(help_text="An integer; a text for countries and HS headings.")
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    api_url = serializers.URLField()


class FacetValueShape(serializers.Serializer[Any]):
    """One value of a facet, as the filter takes it."""

    value = serializers.CharField()
    label = serializers.CharField(allow_blank=True)  # type: ignore[assignment]
    count = serializers.IntegerField()
    is_active = serializers.BooleanField()


class FacetShape(serializers.Serializer[Any]):
    """A filter with the number of rows that have each of its values."""

    name = serializers.CharField()
    label = serializers.CharField()  # type: ignore[assignment]
    values = FacetValueShape(many=True)


class Facets(serializers.Serializer[Any]):
    """The facets of a list."""

    facets = FacetShape(many=True)


class Change(serializers.Serializer[Any]):
    """One value before and after."""

    field = serializers.CharField()
    before = serializers.JSONField()
    after = serializers.JSONField()


class Version(serializers.Serializer[Any]):
    """A record as it was from one moment on."""

    version = serializers.IntegerField()
    what = serializers.ChoiceField(choices=("added", "changed", "deleted"))
    at = serializers.DateTimeField()
    by = serializers.CharField(allow_null=True)
    why = serializers.CharField(allow_blank=True)
    changes = Change(many=True)


class History(serializers.Serializer[Any]):
    """The versions of a record, newest first."""

    results = Version(many=True)


class Files(serializers.Serializer[Any]):
    """Where a photo's files are."""

    thumbnail = serializers.URLField()
    screen = serializers.URLField()
    original = serializers.URLField(allow_null=True, help_text="For insiders only.")


class Original(serializers.Serializer[Any]):
    """What the camera wrote."""

    file_name = serializers.CharField()
    taken_at = serializers.DateTimeField(allow_null=True)
    camera = serializers.CharField(allow_blank=True)
    latitude = serializers.FloatField(allow_null=True)
    longitude = serializers.FloatField(allow_null=True)
    exif = serializers.DictField()


class TokenShape(serializers.Serializer[Any]):
    """A token without its secret."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    is_read_only = serializers.BooleanField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


class IssuedToken(TokenShape):
    """A token with its secret, which is shown once."""

    secret = serializers.CharField()


class Tokens(serializers.Serializer[Any]):
    """One's own tokens."""

    results = TokenShape(many=True)


def _shape(name: str, fields: dict[str, Any], doc: str) -> Shape:
    return type(name, (serializers.Serializer,), {**fields, "__doc__": doc})


def _field(model: type[models.Model], column: Column) -> Any:
    """A column as a serializer field: may it be empty, and from which list is it?"""
    field, is_nullable = _resolved(model, column.path)
    choices = CHOICES.get(column.path) or (field.choices if field is not None else None)
    if column.kind == "text" and choices:
        listed = getattr(choices, "choices", choices)
        is_blank = field is not None and field.blank
        return serializers.ChoiceField(choices=listed, allow_null=is_nullable, allow_blank=is_blank, required=False)
    blank: dict[str, Any] = {"allow_blank": True} if column.kind == "text" else {}
    return KINDS[column.kind](allow_null=is_nullable, required=False, **blank)


def _resolved(model: type[models.Model], path: str) -> tuple[Any, bool]:
    """The field a path ends in and whether the way there may be empty; no field for what is computed."""
    is_nullable, current, field = False, model, None
    for step in path.split("__"):
        known = {name: each for each in current._meta.concrete_fields for name in (each.name, each.attname)}
        if step not in known:
            return None, True
        field = known[step]
        is_nullable = is_nullable or field.null
        if field.is_relation:
            current = field.related_model  # type: ignore[assignment]
    return field, is_nullable


@cache
def row_shape(model: type[models.Model]) -> Shape:
    """A row of a model's list; with `fields`, only what was asked for."""
    fields = {column.name: _field(model, column) for column in COLUMNS[model]}
    return _shape(f"{model.__name__}Row", fields, f"A row of the list of {model._meta.verbose_name_plural}.")


@cache
def page_shape(model: type[models.Model]) -> Shape:
    """A page of a list; the count is there when it was asked for by number."""
    fields = {
        "count": serializers.IntegerField(required=False, help_text="Of all pages; not with a cursor."),
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": row_shape(model)(many=True),
    }
    return _shape(f"{model.__name__}Page", fields, f"A page of the list of {model._meta.verbose_name_plural}.")


@cache
def detail_shape(model: type[models.Model]) -> Shape:
    """One record with what belongs to it; with `fields`, only what was asked for."""
    fields = {column.name: _field(model, column) for column in detail_columns(model)}
    if "created_by" in fields:
        fields["created_by"] = serializers.CharField(allow_null=True, required=False, help_text="For insiders only.")
    named = {name: Named(allow_null=True) for name in relations(model)}
    fields["related"] = _shape(f"{model.__name__}Related", named, "The records that this one names.")(required=False)
    fields |= _collections(model) | _particulars(model)
    fields["api_url"] = serializers.URLField(required=False)
    fields["html_url"] = serializers.URLField(allow_null=True, required=False)
    return _shape(f"{model.__name__}Detail", fields, model.__doc__ or "")


def _collections(model: type[models.Model]) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for each in COLLECTIONS.get(model, ()):
        if each.is_embedded:
            fields[each.name] = _nested_shape(each.model)(many=True, required=False)
        else:
            fields[f"{each.name}_count"] = serializers.IntegerField(required=False)
        fields[f"{each.name}_url"] = serializers.URLField(required=False)
    if is_citable(model):
        fields["citations"] = row_shape(Citation)(many=True, required=False)
        fields["citations_url"] = serializers.URLField(required=False)
    return fields


@cache
def _nested_shape(model: type[models.Model]) -> Shape:
    """A row inside another record."""
    if model is Identification:
        return type("NestedIdentification", (row_shape(model),), {"citations": row_shape(Citation)(many=True)})
    if model is Photo:
        return type("NestedPhoto", (row_shape(model),), {"files": Files()})
    return row_shape(model)


def _particulars(model: type[models.Model]) -> dict[str, Any]:
    if model in {Component, Assembly}:
        return {"assembly_path": Named(many=True, required=False)}
    if model is Photo:
        return {"files": Files(required=False), "original": Original(allow_null=True, required=False)}
    if model is Citation:
        return {"record": Named(allow_null=True, required=False)}
    return {"report": serializers.DictField(required=False)} if model is ImportBatch else {}
