"""Columns whose value is derived from other columns of the same row whenever it is stored."""

from collections.abc import Callable
from typing import Any

from django.db import models


class _Derived:
    """Computes the value in `pre_save`, so that save, bulk_create and the bulk writer all agree.

    `source` names the attributes that are passed, in order, to `derive`.
    """

    def __init__(self, *args: Any, source: tuple[str, ...] = (), derive: Callable[..., Any] | None = None, **kw: Any):
        self.source = source
        self.derive = derive
        kw.setdefault("editable", False)
        super().__init__(*args, **kw)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        if self.derive is not None:
            value = self.derive(*(getattr(model_instance, name) for name in self.source))
            setattr(model_instance, self.attname, value)  # type: ignore[attr-defined]
        return getattr(model_instance, self.attname)  # type: ignore[attr-defined]


class DerivedCharField(_Derived, models.CharField):  # type: ignore[type-arg]
    """A derived short text, such as the normalised key of a part number."""


class DerivedTextField(_Derived, models.TextField):  # type: ignore[type-arg]
    """A derived long text, such as what the search looks through."""


class DerivedDateField(_Derived, models.DateField):  # type: ignore[type-arg]
    """A derived day, such as the earliest day of a vague date."""

    def contribute_to_class(self, cls: type[models.Model], name: str) -> None:  # type: ignore[override]
        """Migrations and history models name this column themselves: it then takes the place of the added one."""
        cls._meta.local_fields[:] = [field for field in cls._meta.local_fields if field.name != name]
        super().contribute_to_class(cls, name)
