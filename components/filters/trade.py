"""Which shipments a question of the trade lake is about: one form for page, API and file alike."""

import calendar
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.http import QueryDict

from components.lake.questions import MEASURES, Slice
from components.models import Company, Country, Dataset, DeclaredParty, PriorityItem

LONGEST_TEXT = 200
MOST_ROWS = 1_000
BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
MEASURE_TITLES = {
    "value_usd": "Value (US dollars)",
    "net_kg": "Net weight (kg)",
    "quantity": "Quantity",
    "shipments": "Shipments",
}
GROUPING_TITLES = {
    "dispatch": "Country of dispatch",
    "origin": "Country of origin",
    "destination": "Country of destination",
    "trading": "Trading country",
    "maker": "Maker as declared",
    "hs": "HS-6 code",
    "tier": "Tier of the Common High Priority List",
    "exporter": "Exporter",
    "importer": "Importer",
    "dataset": "Dataset",
}


class ManyField(forms.Field):
    """A parameter that may stand several times, or once with commas; each value checked by `read`."""

    widget = forms.MultipleHiddenInput

    def clean(self, value: Any) -> tuple[str, ...]:
        texts = [part.strip() for each in value or () for part in str(each).split(",")]
        return tuple(dict.fromkeys(self.read(text) for text in texts if text))

    def read(self, text: str) -> str:
        return text


class CountriesField(ManyField):
    """Alpha-2 codes of countries."""

    def read(self, text: str) -> str:
        code = text.upper()
        if len(code) != 2 or not Country.objects.filter(pk=code).exists():
            raise ValidationError(f"“{text}” is no country: expected an ISO 3166 code such as CN.")
        return code


class CodesField(ManyField):
    """Beginnings of HS codes."""

    def read(self, text: str) -> str:
        code = text.replace(".", "")
        if not (code.isascii() and code.isdigit() and 2 <= len(code) <= 10):
            raise ValidationError(f"“{text}” is no HS code: expected 2 to 10 digits such as 8542.")
        return code


class TiersField(ManyField):
    """Tiers of the Common High Priority List; “none” for codes that are not on it."""

    def read(self, text: str) -> str:
        if text == "none":
            return ""
        if not PriorityItem.objects.filter(tier=text).exists():
            raise ValidationError(f"There is no tier “{text}”: expected 1, 2, 3.A, 3.B, 4.A, 4.B or none.")
        return text


class IdsField(ManyField):
    """Ids of rows that this person may see; others are as unknown as those that do not exist."""

    def __init__(self, model: Any, **kwargs: Any):
        self.model = model
        self.user: Any = None
        super().__init__(**kwargs)

    def read(self, text: str) -> str:
        seen = self.model.objects.visible_to(self.user)
        if not (text.isascii() and text.isdigit() and len(text) <= 18) or not seen.filter(pk=int(text)).exists():
            raise ValidationError(f"There is no {self.model._meta.verbose_name} {text[:40]}.")
        return text


class YesNoField(forms.Field):
    """True, false, or not asked."""

    widget = forms.Select(choices=[("", "Any"), ("true", "Yes"), ("false", "No")])

    def clean(self, value: Any) -> bool | None:
        if value in (None, ""):
            return None
        if str(value).lower() not in BOOLEANS:
            raise ValidationError("Expected true or false.")
        return BOOLEANS[str(value).lower()]


class TextField(forms.CharField):
    """Words; no NUL, which no text holds."""

    def __init__(self, **kwargs: Any):
        super().__init__(required=False, max_length=LONGEST_TEXT, **kwargs)


def day(**kwargs: Any) -> forms.DateField:
    """A day as ISO 8601 writes it."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(required=False, input_formats=["%Y-%m-%d"], widget=widget, **kwargs)


def choice(choices: dict[str, str], default: str, **kwargs: Any) -> "ChoiceOrDefault":
    """One of a few, with a default."""
    return ChoiceOrDefault(choices=list(choices.items()), initial=default, required=False, **kwargs)


class ChoiceOrDefault(forms.ChoiceField):
    """A choice that need not be made; but one that is named must be among those that there are."""

    def clean(self, value: Any) -> Any:
        if value == "" and not self.valid_value(value):
            raise ValidationError(self.error_messages["invalid_choice"], "invalid_choice", {"value": value})
        return super().clean(value) or self.initial


class LimitField(forms.IntegerField):
    """How many rows to answer with."""

    def __init__(self, default: int, label: str = "Rows"):
        super().__init__(required=False, min_value=1, max_value=MOST_ROWS, initial=default, label=label)

    def clean(self, value: Any) -> Any:
        return super().clean(value) or self.initial


class SliceForm(forms.Form):
    """The filters that every question of the trade lake takes; unknown parameters are errors."""

    since = day(label="Declared on or after")
    until = day(label="Declared on or before")
    dispatch = CountriesField(label="Dispatched from", required=False)
    origin = CountriesField(label="Origin", required=False)
    destination = CountriesField(label="Destination", required=False)
    hs = CodesField(label="HS code begins with", required=False)
    tier = TiersField(label="Tier", required=False)
    maker = TextField(label="Maker or brand contains")
    maker_is = ManyField(label="Maker as declared", required=False)
    q = TextField(label="Description contains")
    exporter = IdsField(Company, label="Exporter", required=False)
    importer = IdsField(Company, label="Importer", required=False)
    dataset = IdsField(Dataset, label="Dataset", required=False)
    direction = choice({"": "Both", "import": "Import", "export": "Export"}, "", label="Direction")
    is_transit = YesNoField(label="Origin other than dispatch", required=False)
    is_synthetic = YesNoField(label="Synthetic", required=False)

    SLICE: ClassVar[tuple[str, ...]] = (
        *("since", "until", "dispatch", "origin", "destination", "hs", "tier", "maker", "maker_is", "q"),
        *("exporter", "importer", "dataset", "direction", "is_transit", "is_synthetic"),
    )

    def __init__(self, question: QueryDict, *, user: Any, beside: frozenset[str] = frozenset()):
        """`beside` names the parameters of the address that are not the form's."""
        super().__init__(question)
        self.user, self.beside = user, beside
        for each in self.fields.values():
            if isinstance(each, IdsField):
                each.user = user

    def problems(self) -> dict[str, list[str]]:
        """What is wrong, by parameter."""
        found = {name: [str(reason) for reason in reasons] for name, reasons in self.errors.items()}
        for name in sorted(set(self.data) - set(self.fields) - self.beside):
            found[name] = [f"There is no parameter “{name}” here."]
        return found

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and since > until:
            raise ValidationError({"until": "The end lies before the beginning."})
        return cleaned

    def asked(self) -> dict[str, list[str]]:
        """The filters in force, by parameter, as they stand in the address."""
        return {name: values for name in self.SLICE if (values := [v for v in self.data.getlist(name) if v])}  # type: ignore[attr-defined]

    def slice(self) -> Slice:
        """The shipments that the question is about. Only after `problems` said nothing."""
        given = self.cleaned_data
        return Slice(
            since=given["since"],
            until=given["until"],
            dispatch=given["dispatch"],
            origin=given["origin"],
            destination=given["destination"],
            hs=given["hs"],
            tier=given["tier"],
            maker=given["maker"],
            maker_is=given["maker_is"],
            text=given["q"],
            exporter=self._keys(given["exporter"]),
            importer=self._keys(given["importer"]),
            direction=given["direction"],
            dataset=tuple(int(pk) for pk in given["dataset"]),
            is_transit=given["is_transit"],
            is_synthetic=given["is_synthetic"],
        )

    def _keys(self, ids: tuple[str, ...]) -> tuple[str, ...]:
        """The keys under which companies, and those that are merged with them, are declared."""
        if not ids:
            return ()
        seen = Company.objects.visible_to(self.user)
        asked = seen.filter(pk__in=ids)
        into = seen.filter(pk__in=asked.values("merged_into"))  # what is hidden from this person joins nothing
        roots = {*into.values_list("pk", flat=True), *asked.exclude(merged_into__in=into).values_list("pk", flat=True)}
        named = DeclaredParty.objects.visible_to(self.user).filter(
            Q(company__in=roots) | Q(company__in=seen.filter(merged_into__in=roots))
        )
        own = asked.values_list("party_key", flat=True)  # never none at all, which would leave nothing out
        return tuple(sorted({*own, *named.values_list("party_key", flat=True)}))


def measure(default: str = "value_usd") -> ChoiceOrDefault:
    """What is summed."""
    return choice({name: MEASURE_TITLES[name] for name in MEASURES}, default, label="Measure")


def grouping(*names: str, default: str, label: str = "By", can_be_none: bool = False) -> ChoiceOrDefault:
    """By what it is summed."""
    none = {"": "Nothing: the total"} if can_be_none else {}
    return choice(none | {name: GROUPING_TITLES[name] for name in names or GROUPING_TITLES}, default, label=label)


BASELINE = (date(2021, 1, 1), date(2022, 1, 31))  # the last whole month before the invasion of 2022-02-24


class TotalsForm(SliceForm):
    """Sums of all."""


class SeriesForm(SliceForm):
    """Sums by month or year. A baseline is whole months, and compares the months of one sum with their average."""

    period = choice({"month": "Month", "year": "Year"}, "month", label="Per")
    by = grouping(default="", can_be_none=True)
    measure = measure()
    baseline_since = day(label="Compared with the monthly average from")
    baseline_until = day(label="… until")
    most = LimitField(12, label="Groups shown")

    def clean_baseline_since(self) -> date | None:
        """The first day of a month. Raises ValidationError for any other day, which would count days left out."""
        day: date | None = self.cleaned_data["baseline_since"]
        if day and day.day != 1:
            raise ValidationError(
                f"The baseline is whole months: expected the first day of one, such as {day:%Y-%m}-01."
            )
        return day

    def clean_baseline_until(self) -> date | None:
        """The last day of a month. Raises ValidationError for any other day."""
        day: date | None = self.cleaned_data["baseline_until"]
        last = calendar.monthrange(day.year, day.month)[1] if day else 0
        if day and day.day != last:
            raise ValidationError(
                f"The baseline is whole months: expected the last day of one, such as {day:%Y-%m}-{last}."
            )
        return day

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        asked = [name for name in ("baseline_since", "baseline_until") if cleaned.get(name)]
        if asked and (cleaned.get("by") or cleaned.get("period") == "year"):
            raise ValidationError(
                dict.fromkeys(asked, "A baseline compares months of the total: choose “Month” and no grouping.")
            )
        since, until = cleaned.get("baseline_since") or BASELINE[0], cleaned.get("baseline_until") or BASELINE[1]
        if asked and since > until:
            raise ValidationError({asked[-1]: f"The baseline would begin on {since} and end on {until}."})
        return cleaned


class TopForm(SliceForm):
    """The largest groups, or pairs of groups."""

    by = grouping(default="exporter")
    and_by = grouping(default="", label="and by", can_be_none=True)
    measure = measure()
    limit = LimitField(25)


class NewcomersForm(SliceForm):
    """Who appeared first after a day."""

    by = grouping("exporter", "importer", "maker", "hs", "dispatch", default="exporter")
    first_since = day(label="First seen on or after", initial=date(2022, 3, 1))
    measure = measure()
    limit = LimitField(25)


class FlowsForm(SliceForm):
    """Flows through countries and companies."""

    stages = choice(
        {
            "origin,dispatch,importer": "Origin → dispatch → importer",
            "origin,dispatch": "Origin → dispatch",
            "origin,dispatch,destination": "Origin → dispatch → destination",
            "dispatch,exporter,importer": "Dispatch → exporter → importer",
        },
        "origin,dispatch,importer",
        label="Through",
    )
    measure = measure()
    limit = LimitField(60)


class PricesForm(SliceForm):
    """Prices by group."""

    by = grouping("hs", "maker", "origin", "dispatch", default="hs")
    per = choice({"unit": "unit", "kg": "kg"}, "unit", label="Price per")
    limit = LimitField(100)


class ShipmentsForm(SliceForm):
    """Shipments one by one."""

    after = TextField(label="Behind", widget=forms.HiddenInput)
    limit = LimitField(100)

    def clean_after(self) -> tuple[int, int] | None:
        """The dataset and row behind which to go on, as `next` gives them."""
        text = self.cleaned_data["after"]
        if not text:
            return None
        dataset, _, row = text.partition("-")
        if not (dataset.isascii() and dataset.isdigit() and row.isascii() and row.isdigit() and len(text) <= 36):
            raise ValidationError("Expected what `next` gave, such as 3-1500.")
        return int(dataset), int(row)
