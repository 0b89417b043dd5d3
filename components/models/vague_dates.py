"""Dates as vague as the source has them: an EDTF text with its earliest and latest day beside it."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from components.models.fields import DerivedDateField
from components.normalise.dates import read_vague_date

EDTF_MAX_LENGTH = 60


def earliest_day(text: str) -> date | None:
    """The first day an EDTF text admits; None where it is open or empty."""
    return read_vague_date(text).earliest if text else None


def latest_day(text: str) -> date | None:
    """The last day an EDTF text admits; None where it is open or empty."""
    return read_vague_date(text).latest if text else None


class VagueDateField(models.CharField):  # type: ignore[type-arg]
    """Stores canonical EDTF (Library of Congress, 2019) and adds `<name>_earliest` and `<name>_latest` columns.

    Raises ValidationError in `clean` for a text that is no date; see `read_vague_date` for what is understood.
    """

    def __init__(self, *args: Any, **kwargs: Any):
        kwargs.setdefault("max_length", EDTF_MAX_LENGTH)
        kwargs.setdefault("blank", True)
        kwargs.setdefault("default", "")
        super().__init__(*args, **kwargs)

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        days = (("earliest", earliest_day), ("latest", latest_day))
        for end, derive in days:
            column = f"{name}_{end}"
            if not any(field.name == column for field in cls._meta.local_fields):
                DerivedDateField(null=True, blank=True, source=(name,), derive=derive).contribute_to_class(cls, column)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text:
            return ""
        try:
            return read_vague_date(text).text
        except ValueError as problem:
            raise ValidationError(str(problem)) from problem
