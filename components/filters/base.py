"""What every FilterSet shares: lookups with their negations, emptiness, and refusal of filters that do not exist."""

from collections.abc import Sequence
from datetime import MAXYEAR, MINYEAR, UTC
from typing import Any, ClassVar

import django_filters as df
from django import forms
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.forms import IntegerField, MultipleHiddenInput
from django.forms.utils import ErrorDict
from django_filters.constants import EMPTY_VALUES

from components.models.statements import Key, ask
from components.models.visibility import viewpoint

MOST_DIGITS = 18  # of a key: all such numbers fit into a 64-bit column
GREATEST = 10**MOST_DIGITS
BOOLEANS = {"", "true", "false", "1", "0"}  # as django-filter's widget reads them; it takes all else for no answer


class _KeysField(df.fields.ModelMultipleChoiceField):
    """Keys of rows; one that no table can hold is as unknown as one that does not exist."""

    def _check_values(self, value: Any) -> Any:
        for key in value:
            if str(key).lstrip("-").isdigit() and len(str(key)) > MOST_DIGITS:
                raise ValidationError(self.error_messages["invalid_choice"], "invalid_choice", {"value": key})
        return super()._check_values(value)


class AnyOfFilter(df.ModelMultipleChoiceFilter):
    """Rows of any of the given ids; an id that does not exist is an error, not an empty answer."""

    field_class = _KeysField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("widget", MultipleHiddenInput)
        super().__init__(*args, **kwargs)

    def filter(self, qs: models.QuerySet[Any], value: Any) -> models.QuerySet[Any]:
        return self.narrow(qs, self.keys([row.pk for row in value]))

    def narrow(self, rows: models.QuerySet[Any], keys: Sequence[Key]) -> models.QuerySet[Any]:
        """The rows of any of these keys; all rows where there are none."""
        if not keys:
            return rows
        chosen = Q(**{f"{self.field_name}__in": keys})
        return all_but(rows, str(self.field_name), chosen) if self.exclude else rows.filter(chosen)

    def keys(self, chosen: list[Any]) -> list[Any]:
        """The keys to look for, from those that were asked for."""
        return chosen

    def keys_in(self, texts: Sequence[str], user: Any) -> list[Key] | None:
        """The keys to look for, read without a form; None where one is not the key of a row that this user may see."""
        model = self.queryset.model
        asked = _keys_written(texts, is_text=isinstance(model._meta.pk, models.CharField))
        if not asked:
            return None

        def known(keys: Sequence[Key]) -> models.QuerySet[Any, Any]:
            rows: models.QuerySet[Any] = visible(self.queryset.all(), user).filter(pk__in=keys)
            return rows.order_by().values_list("pk")

        found = {key for (key,) in ask(("known", model, viewpoint(user)), known, asked)}
        return self.keys(asked) if found == set(asked) else None


def _keys_written(texts: Sequence[str], *, is_text: bool) -> list[Any]:
    """The keys that texts write as the API itself would, each once; none where one is written otherwise."""
    if is_text:
        return list(dict.fromkeys(texts)) if all(texts) else []
    plain = all(text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS for text in texts)
    numbers = list(dict.fromkeys(map(int, texts))) if plain else []
    return numbers if [*map(str, numbers)] == [*dict.fromkeys(texts)] else []


class WholeNumberFilter(df.Filter):
    """A whole number that a column can hold; 1.5 and 1e9 are refused, not rounded or worked out."""

    field_class = IntegerField

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **{"min_value": -GREATEST, "max_value": GREATEST, **kwargs})


class _NumbersField(df.fields.BaseCSVField):
    """Numbers between commas, none of them missing."""

    def clean(self, value: Any) -> Any:
        if value and "" in value:
            raise ValidationError("A number is missing beside a comma.")
        return super().clean(value)


class _TwoNumbersField(df.fields.BaseRangeField, _NumbersField):
    """Two of them."""


class _TimeField(df.fields.IsoDateTimeField):
    """A time, in UTC: databases differ in which other offsets they know, and the calendar has two ends."""

    def clean(self, value: Any) -> Any:
        time = super().clean(value)
        if time is not None and not MINYEAR < time.year < MAXYEAR:
            raise ValidationError(f"The year must lie between {MINYEAR} and {MAXYEAR}.")
        return None if time is None else time.astimezone(UTC)


class TimeFilter(df.IsoDateTimeFilter):
    """A time as ISO 8601 writes it."""

    field_class = _TimeField


class _DecimalField(forms.FloatField):
    """A finite number of a size that both databases compare."""

    def clean(self, value: Any) -> Any:
        number = super().clean(value)
        if number is not None and abs(number) > GREATEST:
            raise ValidationError("The number is too large.")
        return number


class DecimalFilter(df.NumberFilter):
    """A number with decimals."""

    field_class = _DecimalField

    def get_max_validator(self) -> None:
        """The field has its own bounds."""
        return


class NumberInFilter(df.BaseInFilter, WholeNumberFilter):
    """A comma-separated list of numbers."""

    base_field_class = _NumbersField


class TextInFilter(df.BaseInFilter, df.CharFilter):
    """A comma-separated list of texts."""


class NumberRangeFilter(df.BaseRangeFilter, WholeNumberFilter):
    """Two comma-separated numbers, both included."""

    base_field_class = _TwoNumbersField


class DayRangeFilter(df.BaseRangeFilter, df.DateFilter):
    """Two comma-separated days, both included."""


class EmptyFilter(df.BooleanFilter):
    """True for rows without the value, false for rows with it; a blank text is no value."""

    def filter(self, qs: models.QuerySet[Any], value: bool | None) -> models.QuerySet[Any]:
        if value is None:
            return qs
        path = str(self.field_name)
        empty = Q(**{f"{path}__isnull": True})
        if _is_text(qs, path):
            empty |= Q(**{path: ""})
        return qs.filter(empty if value else ~empty)


def _is_text(rows: models.QuerySet[Any], path: str) -> bool:
    """Whether a path leads to a text, in a column or in an annotation of the rows: a text may be blank."""
    if path in rows.query.annotations:
        return isinstance(rows.query.annotations[path].output_field, models.CharField | models.TextField)
    *relations, name = path.split("__")
    model: Any = rows.model
    for relation in relations:
        model = model._meta.get_field(relation).related_model
    return isinstance(model._meta.get_field(name), models.CharField | models.TextField)


def all_but(rows: models.QuerySet[Any], path: str, taken: Q) -> models.QuerySet[Any]:
    """The rows that a condition on a path does not take; those without a value too, which SQL's NOT would leave out."""
    return rows.filter(Q(**{f"{path}__isnull": True}) | ~taken)


class _Not:
    """A filter that leaves the rows which the same filter without it takes."""

    field_name: str
    lookup_expr: str

    def filter(self, qs: models.QuerySet[Any], value: Any) -> models.QuerySet[Any]:
        if value in EMPTY_VALUES:
            return qs
        return all_but(qs, self.field_name, Q(**{f"{self.field_name}__{self.lookup_expr}": value}))


class NotTextFilter(_Not, df.CharFilter):
    """All but the rows with a text."""


class NotNumberFilter(_Not, WholeNumberFilter):
    """All but the rows with a number."""


class NotChoiceFilter(_Not, df.MultipleChoiceFilter):
    """All but the rows with any of the given values."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.lookup_expr = "in"


def text(name: str, path: str = "") -> dict[str, df.Filter]:
    """Filters on a text: exact, contains, starts with, any of, not, and whether it is empty."""
    path = path or name
    return {
        name: df.CharFilter(path, label=name),
        f"{name}__contains": df.CharFilter(path, "icontains"),
        f"{name}__startswith": df.CharFilter(path, "istartswith"),
        f"{name}__in": TextInFilter(path, lookup_expr="in"),
        f"{name}__not": NotTextFilter(path),
        f"{name}__not_contains": NotTextFilter(path, "icontains"),
        f"{name}__is_empty": EmptyFilter(path),
    }


def number(name: str, path: str = "") -> dict[str, df.Filter]:
    """Filters on a number: exact, bounds, range, any of, not."""
    path = path or name
    return {
        name: WholeNumberFilter(path),
        f"{name}__gte": WholeNumberFilter(path, "gte"),
        f"{name}__lte": WholeNumberFilter(path, "lte"),
        f"{name}__range": NumberRangeFilter(path, lookup_expr="range"),
        f"{name}__in": NumberInFilter(path, lookup_expr="in"),
        f"{name}__not": NotNumberFilter(path),
    }


def choice(name: str, choices: list[tuple[str, str]], path: str = "") -> dict[str, df.Filter]:
    """Filters on a closed list: any of the given values, or none of them."""
    path = path or name
    return {
        name: df.MultipleChoiceFilter(path, choices=choices, widget=MultipleHiddenInput, distinct=False),
        f"{name}__not": NotChoiceFilter(path, choices=choices, widget=MultipleHiddenInput, distinct=False),
    }


def link(name: str, model: type[models.Model], path: str = "", *, shown: str = "") -> dict[str, df.Filter]:
    """Filters on a relation: any of the given ids, none of them, and whether there is one.

    `shown` is what the reader sees of it, where that is less than the row holds.
    """
    path = path or name
    return {
        name: AnyOfFilter(path, queryset=model._default_manager.all()),
        f"{name}__not": AnyOfFilter(path, queryset=model._default_manager.all(), exclude=True),
        f"{name}__is_empty": EmptyFilter(shown or path),
    }


def vague_date(name: str, path: str = "") -> dict[str, df.Filter]:
    """Filters on a vague date: by what it admits, by what is certain, and whether it is empty.

    A row may be in a period when some day that it admits lies in it; an open end admits every day. It surely is in the
    period when all of them do; a date that is open at that end never is.
    """
    path = path or name
    return {
        f"{name}__from": _OpenEndFilter(f"{path}_latest", "gte", label="May be on this day or after it"),
        f"{name}__until": _OpenEndFilter(f"{path}_earliest", "lte", label="May be on this day or before it"),
        f"{name}__surely_from": df.DateFilter(f"{path}_earliest", "gte", label="Surely on this day or after it"),
        f"{name}__surely_until": df.DateFilter(f"{path}_latest", "lte", label="Surely on this day or before it"),
        f"{name}__is_empty": EmptyFilter(path),
    }


class _OpenEndFilter(df.DateFilter):
    """Compares one end of a vague date; a date that is given but open at that end passes."""

    def filter(self, qs: models.QuerySet[Any], value: Any) -> models.QuerySet[Any]:
        if value is None:
            return qs
        end = str(self.field_name)
        given = end.rpartition("_")[0]
        inside = Q(**{f"{end}__{self.lookup_expr}": value})
        open_end = Q(**{f"{end}__isnull": True}) & Q(**{f"{given}__gt": ""})
        return qs.filter(inside | open_end)


def decimal(name: str, path: str = "") -> dict[str, df.Filter]:
    """Filters on a number with decimals: bounds."""
    path = path or name
    return {f"{name}__gte": DecimalFilter(path, "gte"), f"{name}__lte": DecimalFilter(path, "lte")}


def day(name: str, path: str = "") -> dict[str, df.Filter]:
    """Filters on an exact day: from, until."""
    path = path or name
    return {f"{name}__from": df.DateFilter(path, "gte"), f"{name}__until": df.DateFilter(path, "lte")}


def moment(name: str) -> dict[str, df.Filter]:
    """Filters on a time: from, until."""
    return {f"{name}__gte": TimeFilter(name, "gte"), f"{name}__lte": TimeFilter(name, "lte")}


class RecordFilterSet(df.FilterSet):
    """The base of every FilterSet: built from the groups above, strict about names it does not know.

    `PAGE_FILTERS` names the filters that the page's form shows; the API has them all.
    """

    PAGE_FILTERS: ClassVar[tuple[str, ...]] = ()
    base_filters: dict[str, df.Filter]
    NOT_FILTERS: ClassVar[frozenset[str]] = frozenset(
        {"page", "page_size", "cursor", "fields", "format", "ordering", "facets", "pagination"}
    )

    def __init__(self, question: Any, *, user: Any, only_asked: bool = False, **kwargs: Any) -> None:
        """`only_asked` leaves out the filters that the question does not name: all cost ten times the rows."""
        self.user = user
        if only_asked:
            asked = set(question)
            self.base_filters = {name: each for name, each in self.base_filters.items() if name in asked}
        super().__init__(question, **kwargs)
        for each in self.filters.values():
            if isinstance(each, df.ModelMultipleChoiceFilter):
                each.queryset = visible(each.queryset, user)

    @property
    def unknown(self) -> list[str]:
        """Parameters that name no filter."""
        return sorted(set(self.data) - set(self.filters) - self.NOT_FILTERS)

    def problems(self) -> ErrorDict:
        """What is wrong with the question: bad values by parameter, and parameters that do not exist."""
        errors: ErrorDict = self.form.errors.copy()
        for name in self._misread_booleans():
            errors[name] = self.form.error_class(["Expected true or false."])
        for name in self.unknown:
            errors[name] = self.form.error_class([f"There is no filter “{name}” on this list."])
        return errors

    def _misread_booleans(self) -> list[str]:
        """Filters by yes or no whose value is neither: ignoring it would answer another question."""
        given = {name: self.data.get(name) for name, each in self.filters.items() if isinstance(each, df.BooleanFilter)}
        return [name for name, value in given.items() if value is not None and str(value).lower() not in BOOLEANS]


def visible(rows: Any, user: Any) -> Any:
    """Ids of rows the user may not see are as unknown as ids that do not exist."""
    return rows.visible_to(user) if hasattr(rows, "visible_to") else rows
