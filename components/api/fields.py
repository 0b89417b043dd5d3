"""How single values are taken: strictly by type, so that nothing is stored that was not meant."""

import re
from decimal import Decimal
from typing import Any

from django.db import models
from rest_framework import serializers

from components.models.vague_dates import EDTF_MAX_LENGTH
from components.normalise.dates import read_vague_date

STEP = Decimal("0.000001")
TOO_MANY_DEGREES = 1_000  # of a size that cannot be rounded to the step; the bounds are checked afterwards
GREATEST_NUMBER = 1e15  # beyond it a double does not hold every whole number


class Text(serializers.CharField):
    """A JSON string; a number is not one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return super().to_internal_value(data)


class WholeNumber(serializers.IntegerField):
    """A JSON integer; a text of digits is not one."""

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, bool) or not isinstance(data, int | float):
            self.fail("invalid")
        return super().to_internal_value(data)


class Number(serializers.FloatField):
    """A finite JSON number; a text of digits is not one."""

    def to_internal_value(self, data: Any) -> float:
        if isinstance(data, bool) or not isinstance(data, int | float) or abs(data) > GREATEST_NUMBER:
            self.fail("invalid")
        return super().to_internal_value(data)


class Flag(serializers.BooleanField):
    """JSON true or false, nothing that resembles them."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class Choice(serializers.ChoiceField):
    """One of a closed list, as text."""

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str):
            self.fail("invalid_choice", input=data)
        return super().to_internal_value(data)


class Degrees(serializers.DecimalField):
    """A coordinate as a JSON number, or as a text of decimal digits; rounded to what the table keeps, 11 cm."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Nothing is null, not the blank text that DRF also takes for it."""
        if isinstance(data, str) and not data.strip():
            self.fail("invalid")
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> Any:
        is_text = isinstance(data, str) and re.fullmatch(degrees_pattern(int(self.max_value or 0)), data)
        if isinstance(data, bool) or not (isinstance(data, int | float) or is_text):
            self.fail("invalid")
        if not abs(float(data)) < TOO_MANY_DEGREES:
            self.fail("invalid")
        return Decimal(str(data)).quantize(STEP)


def degrees_pattern(most: int) -> str:
    """What a text of degrees up to 90 or 180 looks like, with the six decimals that the tables keep."""
    below = "1[0-7][0-9]|[0-9]{1,2}" if most > 90 else "[0-8]?[0-9]"
    return rf"^-?({most}(\.0{{1,6}})?|({below})(\.[0-9]{{1,6}})?)$"


class VagueDate(serializers.CharField):
    """A date as vague as it is known: EDTF, or what people write; stored as EDTF. Empty where it is not known."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs |= {"max_length": EDTF_MAX_LENGTH, "allow_blank": True}
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        text = super().to_internal_value(data)
        try:
            return read_vague_date(text).text if text else ""
        except ValueError as problem:
            raise serializers.ValidationError(str(problem)) from problem


class Link(serializers.PrimaryKeyRelatedField):  # type: ignore[type-arg]
    """The key of a record that the writer may see; all others are as unknown as those that do not exist."""

    default_error_messages = {"does_not_exist": "There is no such record."}

    def get_queryset(self) -> Any:
        rows: Any = super().get_queryset()
        return rows.visible_to(self.context["request"].user) if hasattr(rows, "visible_to") else rows

    def run_validation(self, data: Any = serializers.empty) -> Any:
        """Nothing is null, not the empty text that DRF also takes for it."""
        if data == "":
            raise serializers.ValidationError("There is no such record.")
        return super().run_validation(data)

    def to_internal_value(self, data: Any) -> Any:
        rows: Any = self.get_queryset()
        expected = str if isinstance(rows.model._meta.pk, models.CharField) else int
        if isinstance(data, bool) or not isinstance(data, expected) or "\0" in str(data):
            self.fail("incorrect_type", data_type=type(data).__name__)
        return super().to_internal_value(data)


class UploadLink(Link):
    """The same in a form, where a number is a text of digits and an empty text is nothing."""

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return super().run_validation(None if data == "" else data)

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, str) and data.isascii() and data.isdigit() and len(data) < 20:
            data = int(data)
        return super().to_internal_value(data)
