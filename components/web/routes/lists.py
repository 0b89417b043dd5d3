"""Lists of links, routes, steps and assumptions: like every list, with the way between them above; their adding."""

from typing import Any

from components.models import Leg, Link
from components.web.editing import AddPage
from components.web.forms.base import RecordForm
from components.web.forms.tracing import LegForm, LinkForm
from components.web.lists import ListPage


class SupplyChainList(ListPage):
    """One of them."""

    template_name = "components/routes/list.html"


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
