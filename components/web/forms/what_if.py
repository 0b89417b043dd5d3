"""The question that the routes page asks back: what if a dataset were not held, or goods took longer."""

from typing import Any

from django import forms

from components.models import Dataset
from components.routes.held import WhatIf

LONGEST_LAG = 36_500  # days


class WhatIfForm(forms.Form):
    """Another assumption; empty for none."""

    without = forms.ModelChoiceField(
        Dataset.objects.none(), label="Without the dataset", required=False, empty_label="None left out"
    )
    lag = forms.FloatField(
        label="Mean days from shipment to recovery",
        required=False,
        min_value=1,
        max_value=LONGEST_LAG,
        widget=forms.NumberInput(attrs={"step": "1"}),
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        datasets = Dataset.objects.shipments().visible_to(user).order_by("title", "pk")
        self.fields["without"].queryset = datasets  # type: ignore[attr-defined]

    @property
    def is_asked(self) -> bool:
        """Whether an assumption was given that can be answered."""
        return self.is_valid() and any(value is not None for value in self.cleaned_data.values())

    @property
    def other(self) -> WhatIf:
        """The assumption. Only of a valid form."""
        without = self.cleaned_data["without"]
        return WhatIf(without.pk if without else None, self.cleaned_data["lag"])

    @property
    def words(self) -> str:
        """The assumption in words."""
        without, lag = self.cleaned_data["without"], self.cleaned_data["lag"]
        said = [f"without “{without}”" if without else "", f"with a mean of {lag:g} days to recovery" if lag else ""]
        return " and ".join(filter(None, said))
