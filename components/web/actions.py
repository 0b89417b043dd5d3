"""Small things that a button does or a form asks for, each with a page of its own to come back to."""

from typing import Any

from django.contrib import messages
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_cache_control

from components.curation.identification import make_current
from components.models import Citation, Identification
from components.models.curated import Curated
from components.web.addresses import called, record_address
from components.web.editing import AddPage, Writing, seen_or_404
from components.web.forms.base import RecordForm
from components.web.forms.records import CitationForm
from components.web.forms.typed import suggestions

SHORTEST = 2  # characters before makers are suggested


class MakeCurrent(Writing):
    """Chooses one of a component's identifications; the one that was current stays beside it."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row: Identification = seen_or_404(Identification, pk, request.user)
        make_current(row, user=request.user, why=request.POST.get("why", "")[:500])
        messages.success(request, f"“{row}” is the current identification.")
        return HttpResponseRedirect(row.component.get_absolute_url())


class CitePage(AddPage):
    """Cites a source for a record or one of its values."""

    model = Citation
    cited_model: type[Any] = Curated

    def parent(self) -> models.Model:
        row: models.Model = seen_or_404(self.cited_model, self.kwargs["parent"], self.request.user)
        return row

    def form(self, **kwargs: Any) -> RecordForm:
        form = CitationForm(user=self.request.user, **kwargs)
        if not form.is_bound:
            form.initial["is_synthetic"] = getattr(kwargs.get("parent"), "is_synthetic", False)
        return form

    def page(self, form: RecordForm, parent: models.Model | None) -> HttpResponse:
        assert parent is not None
        return self.show(
            form,
            kind=f"Cite a source for the {called(type(parent)).lower()}",
            title=str(parent),
            back=record_address(parent),
            action="Save the citation",
        )

    def next_address(self, row: Curated, parent: models.Model | None) -> str:
        return record_address(parent)


class MakerSuggestions(Writing):
    """Known makers for what somebody is typing, as the options of a list."""

    def get(self, request: HttpRequest) -> HttpResponse:
        text = next((str(value) for value in request.GET.values() if value), "").strip().replace("\0", "")
        names = suggestions(text, request.user) if len(text) >= SHORTEST else []
        response = render(request, "components/_options.html", {"names": names})
        patch_cache_control(response, private=True, max_age=60)
        return response
