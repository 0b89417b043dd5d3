"""The forms of what people know of supply chains: links and steps that documents state, and what routes rest on."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from components.choices import LinkBasis, LinkGrade
from components.curation.links import check_link
from components.models import Company, Coverage, Leg, Link, MilitaryUse, Part
from components.web.forms.base import HINT_OF_DATES, RecordForm, form_of
from components.web.forms.typed import find_company, find_maker, find_part, typed_maker

PIECE_OF_DOCUMENT = "Page, line or number in the document."
AS_WRITTEN = "As the document writes it."


class OfPart(RecordForm):
    """A record of a part that is typed by maker and number; the part must be in the catalogue."""

    part_number = forms.CharField(label="Part number", required=False, max_length=120)

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        part = self.instance.part or self._asked_part()
        if part is not None:
            self.initial.update(maker_name=part.manufacturer.name, part_number=part.mpn)
        first = ["maker_name", "part_number"]
        self.order_fields([*first, *(name for name in self.fields if name not in first)])

    def _asked_part(self) -> Part | None:
        """The part that the address names."""
        asked = str(self.initial.get("part", ""))
        seen = Part.objects.visible_to(self.user).select_related("manufacturer")
        return seen.filter(pk=asked).first() if asked.isdecimal() else None

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        name, number = cleaned.get("maker_name", ""), cleaned.get("part_number", "")
        if number and not name:
            raise ValidationError({"maker_name": "Name the manufacturer: a number alone identifies no part."})
        self.instance.part = self._part(name, number) if name and number else None
        return cleaned

    def _part(self, name: str, number: str) -> Part | None:
        field = "maker_name"
        try:
            maker = find_maker(name, self.user, may_add=False)
            field = "part_number"
            return find_part(maker, number, self.user, may_add=False)
        except ValidationError as problem:
            self.add_error(field, ValidationError(problem.messages))
            return None

    def company_name(self, attribute: str) -> str:
        """What the company is called that stands there now, to who may see it; else nothing."""
        company = Company.objects.visible_to(self.user).filter(pk=getattr(self.instance, f"{attribute}_id")).first()
        return company.name if company else ""

    def take_company(self, field: str, attribute: str) -> None:
        """Find the company that is typed into a field; one that this person may not know of stays where none is."""
        company = None
        if not self.cleaned_data.get(field) and not self.company_name(attribute):
            company = getattr(self.instance, attribute)
        try:
            company = find_company(self.cleaned_data.get(field, ""), self.user) or company
        except ValidationError as problem:
            self.add_error(field, ValidationError(problem.messages))
        setattr(self.instance, attribute, company)


def typed_company(label: str) -> forms.CharField:
    """A field for a company that the database may know."""
    return forms.CharField(
        label=label,
        required=False,
        max_length=400,
        help_text="Its name or tax number in this database, if it is here; routes are told apart by it.",
    )


@form_of
class LinkForm(OfPart):
    """A link of a part and a shipment that a document states; one found by a rule is reviewed, not written."""

    maker_name = typed_maker(required=True)
    exporter_company = typed_company("… which is the company")
    importer_company = typed_company("… which is the company")

    class Meta:
        model = Link
        fields = (
            "grade",
            "source",
            "place",
            "found",
            "shipped_on",
            "declaration_number",
            "hs_code",
            "description",
            "declared_maker",
            "exporter_name",
            "exporter_company",
            "importer_name",
            "importer_company",
            "origin_country",
            "dispatch_country",
            "quantity",
            "unit",
            "net_kg",
            "value_usd",
            "reasons",
            "is_synthetic",
        )
        labels = {
            "grade": "The document names",
            "source": "Document",
            "found": "Number as written",
            "exporter_name": "Exporter",
            "importer_name": "Importer",
            "net_kg": "Net weight (kg)",
            "value_usd": "Value (US dollars)",
        }
        help_texts = {"place": PIECE_OF_DOCUMENT, "exporter_name": AS_WRITTEN, "importer_name": AS_WRITTEN}
        widgets = {
            "shipped_on": forms.DateInput(attrs={"type": "date"}),
            **dict.fromkeys(("declared_maker", "exporter_name", "importer_name"), forms.TextInput),
        }

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.fields["source"].required = True
        grade = self.fields["grade"]
        assert isinstance(grade, forms.ChoiceField)
        grade.choices = [each for each in LinkGrade.choices if each[0] != LinkGrade.HS]
        for role in ("exporter", "importer"):
            self.initial[f"{role}_company"] = self.company_name(role)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self.instance.pk and self.instance.basis != LinkBasis.DOCUMENT:
            raise ValidationError("This link was found by a rule: review it, or add one that a document states.")
        for role in ("exporter", "importer"):
            self.take_company(f"{role}_company", role)
        self._take_maker(cleaned.get("maker_name", ""))
        return cleaned

    def _take_maker(self, name: str) -> None:
        """The maker of the part, or the one that is named without a part."""
        if self.errors:
            return
        part = self.instance.part
        self.instance.manufacturer = (
            part.manufacturer if part is not None else find_maker(name, self.user, may_add=False)
        )

    def require_rules(self) -> None:
        check_link(self.instance)
        super().require_rules()


@form_of
class LegForm(OfPart):
    """A step of a supply chain that a document states."""

    maker_name = typed_maker(required=False)
    giver_known = typed_company("… which is the company")
    taker_known = typed_company("… which is the company")

    class Meta:
        model = Leg
        fields = (
            "component",
            "position",
            "kind",
            "giver",
            "giver_known",
            "giver_country",
            "taker",
            "taker_known",
            "taker_country",
            "happened",
            "goods",
            "quantity",
            "source",
            "place",
            "notes",
            "is_synthetic",
        )
        labels = {"giver": "From", "taker": "To", "kind": "What happened", "source": "Document"}
        help_texts = {
            "component": "The number in the address of its page, where the document is of one component.",
            "happened": HINT_OF_DATES,
            "place": PIECE_OF_DOCUMENT,
            "giver": AS_WRITTEN,
            "taker": AS_WRITTEN,
        }
        widgets = {"component": forms.NumberInput}

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        for role in ("giver", "taker"):
            self.initial[f"{role}_known"] = self.company_name(f"{role}_company")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for role in ("giver", "taker"):
            self.take_company(f"{role}_known", f"{role}_company")
        if self.instance.part is None and not cleaned.get("component") and not self.errors:
            raise ValidationError({"part_number": "Name the part or the component that the document is of."})
        return cleaned


class AssumptionForm(RecordForm):
    """A share between 0 and 1, with what it rests on."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        share, strength = cleaned.get("share"), cleaned.get("strength")
        if share is not None and not 0 <= share <= 1:
            self.add_error("share", "A share is from 0 to 1.")
        if strength is not None and strength <= 0:
            self.add_error("strength", "The strength is more than 0.")
        return cleaned


@form_of
class CoverageForm(AssumptionForm):
    """What share of all relevant shipments a dataset is taken to record."""

    PARENT = "dataset"

    class Meta:
        model = Coverage
        fields = ("share", "strength", "basis", "source", "is_synthetic")


@form_of
class MilitaryUseForm(AssumptionForm):
    """What share of a company's imports is taken to go into weapons."""

    PARENT = "company"

    class Meta:
        model = MilitaryUse
        fields = ("share", "strength", "basis", "source", "is_synthetic")
