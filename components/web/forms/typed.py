"""Makers and parts typed by name: what is known is found, what is new is added only when the writer says so."""

from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.urls import reverse_lazy

from components.curation.fit import require_fit
from components.models import Company, Manufacturer, Part
from components.models.catalogue import merged_makers
from components.models.curated import stamp
from components.normalise.companies import company_key
from components.normalise.part_numbers import part_key

MOST_NAMED = 5  # of several that a name may mean


@dataclass(frozen=True)
class Named:
    """A maker and perhaps a part, found or to be added."""

    manufacturer: Manufacturer
    part: Part | None

    def stored(self, user: Any, *, is_synthetic: bool) -> "Named":
        """The same, with what is new written to the catalogue."""
        for row in (self.manufacturer, self.part):
            if row is not None and row.pk is None:
                row.created_by, row.is_synthetic = user, is_synthetic
                if isinstance(row, Part):
                    row.manufacturer = self.manufacturer
                stamp(row, user=user, why="named in an identification")
                row.save()
        return self


def typed_maker(*, required: bool, label: str = "Manufacturer") -> forms.CharField:
    """A field for a maker's name that suggests known ones while one types, where JavaScript runs."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=200,
        help_text="Its name or another name it is known by.",
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "list": "known-makers",
                "hx-get": reverse_lazy("web:maker-suggestions"),
                "hx-trigger": "input changed delay:250ms",
                "hx-target": "#known-makers",
            }
        ),
    )


def find_maker(name: str, user: Any, *, may_add: bool) -> Manufacturer:
    """The maker of this name, or a new one. Raises ValidationError for none, or several, and saying what to do.

    One that stands in a draft of others is as unknown as none; who adds it is given it, and so sees it.
    """
    named = Manufacturer.objects.standing().named(name).order_by("name", "pk")
    found = list(named.visible_to(user)[: MOST_NAMED + 1]) or (list(named[:1]) if may_add else [])
    if len(found) > 1:
        names = ", ".join(str(each) for each in found[:MOST_NAMED])
        raise ValidationError(f"Several manufacturers go by this name: {names}. Write the full name of one.")
    if found:
        return found[0]
    if not may_add:
        raise ValidationError(
            "No manufacturer goes by this name. Correct it, or say below that it is to be added to the catalogue."
        )
    maker = Manufacturer(name=name)
    require_fit(maker)
    return maker


def find_part(maker: Manufacturer, number: str, user: Any, *, may_add: bool) -> Part:
    """The maker's part of this number, whatever its separators, or a new one. Raises ValidationError.

    One that stands in a draft of others is as unknown as none; who adds it is given it, and so sees it.
    """
    if maker.pk is not None:
        same = Part.objects.filter(manufacturer__in=merged_makers([maker.pk]), mpn_key=part_key(number))
        same = same.order_by("mpn", "pk")
        found = list(same.visible_to(user)[: MOST_NAMED + 1]) or (list(same[:1]) if may_add else [])
        exact = [part for part in found if part.mpn == number]
        if exact or len(found) == 1:
            return (exact or found)[0]
        if found:
            numbers = ", ".join(part.mpn for part in found[:MOST_NAMED])
            raise ValidationError(f"The catalogue has it as {numbers}: write one of them exactly.")
    if not may_add:
        raise ValidationError(
            f"The catalogue has no part of {maker} with this number. Correct it, or say below that it is to be added."
        )
    if not part_key(number):
        raise ValidationError("A part number has letters or digits.")
    return Part(manufacturer=maker if maker.pk else None, mpn=number)


def find_company(name: str, user: Any) -> Company | None:
    """The company of this name or tax number that this person may see; None for no name. Raises ValidationError."""
    if not name.strip():
        return None
    called = Q(name_key=company_key(name)) | Q(tax_number=name.strip())
    found = list(Company.objects.standing().visible_to(user).filter(called).order_by("name", "pk")[: MOST_NAMED + 1])
    if not found:
        raise ValidationError("No company here goes by this name or tax number. Correct it, or leave it empty.")
    if len(found) > 1:
        raise ValidationError("Several companies go by this name. Write the tax number of one.")
    return found[0]


def suggestions(text: str, user: Any, most: int = 12) -> list[str]:
    """Names of makers that this person may see and that hold this text, in the order of the alphabet."""
    holds = Q(name__icontains=text) | Q(aliases__name__icontains=text)
    seen = Manufacturer.objects.standing().visible_to(user).filter(holds)
    return list(seen.order_by("name").values_list("name", flat=True).distinct()[:most])
