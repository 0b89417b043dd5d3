"""Lists of links, routes, steps and assumptions: like every list, with the way between them above; their adding."""

from typing import Any

from django.db.models import Model
from django.forms.utils import ErrorDict

from components.filters.base import RecordFilterSet
from components.models import LearnedUse, Leg, Link, Route
from components.web.editing import AddPage
from components.web.forms.base import RecordForm
from components.web.forms.tracing import LegForm, LinkForm
from components.web.lists import ListPage

INFERRED: dict[type[Model], str] = {
    Link: "Proposed links are inferred from what declarations say, until a person has reviewed them.",
    Route: "Inferred: what is likely given the records held and the assumptions of the model. Nobody stated it.",
    LearnedUse: "Inferred from date codes and documented chains of components found, under the assumptions of the "
    "model. Only how importers compare is learned: how high all shares are is assumed, and an importer of whom finds "
    "say nothing stands where the assumption puts it. That goods likely went into weapons does not say that it knew.",
}


class SupplyChainList(ListPage):
    """One of them; what is inferred says so."""

    template_name = "components/routes/list.html"

    def frame(self, filters: RecordFilterSet, problems: ErrorDict) -> dict[str, Any]:
        return super().frame(filters, problems) | {"inferred": INFERRED.get(self.model, "")}


class AddLink(AddPage):
    """Adds a link that a document states."""

    model = Link

    def form(self, **kwargs: Any) -> RecordForm:
        return LinkForm(user=self.request.user, **kwargs)


class AddLeg(AddPage):
    """Adds a step that a document states."""

    model = Leg

    def form(self, **kwargs: Any) -> RecordForm:
        return LegForm(user=self.request.user, **kwargs)
