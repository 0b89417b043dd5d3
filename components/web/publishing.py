"""Deciding who sees a record: an editor's page that says beforehand what will change."""

from collections import Counter
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from components.choices import Visibility
from components.curation.permissions import may_publish, require
from components.curation.visibility import contents_of, set_visibility
from components.models import Citation, Photo, Source
from components.models.visibility import Catalogued, Evidence
from components.web.addresses import called, record_address
from components.web.editing import Writing, seen_or_404
from components.web.forms.base import LONGEST_REASON


class VisibilityForm(forms.Form):
    """Who is to see a record, what it contains and the drafts of sources that support it."""

    to = forms.ChoiceField(label="Who may see it", choices=Visibility.choices, widget=forms.RadioSelect)
    with_contents = forms.BooleanField(
        label="Also widen the drafts it contains",
        required=False,
        initial=True,
        help_text="What somebody restricted stays restricted. Narrowing always narrows what it contains.",
    )
    sources = forms.ModelMultipleChoiceField(
        label="Sources that are still drafts",
        queryset=Source.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="Readers see a citation only if they may see its source.",
    )
    why = forms.CharField(required=False, max_length=LONGEST_REASON, help_text="Kept in the history, with your name.")

    def __init__(self, *args: Any, sources: models.QuerySet[Source], **kwargs: Any):
        super().__init__(*args, **kwargs)
        field = self.fields["sources"]
        assert isinstance(field, forms.ModelMultipleChoiceField)
        field.queryset = sources
        field.initial = list(sources)
        if not sources:
            del self.fields["sources"]


class VisibilityPage(Writing):
    """Publishes, restricts or hides one record, with its contents if asked."""

    model: type[Any] = Evidence

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.row(pk)
        wanted = request.GET.get("to") or Visibility.PUBLISHED
        return self.page(row, VisibilityForm(sources=draft_sources(row), initial={"to": wanted}))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.row(pk)
        form = VisibilityForm(request.POST, sources=draft_sources(row))
        if form.is_valid():
            try:
                self.decide(row, **form.cleaned_data)
            except ValidationError as problem:
                form.add_error(None, problem)
        if form.errors:
            return self.page(row, form)
        words = {"published": "is published", "restricted": "is restricted to researchers", "draft": "is a draft again"}
        messages.success(request, f"{called(self.model)} “{row}” {words[form.cleaned_data['to']]}.")
        return HttpResponseRedirect(record_address(row))

    @transaction.atomic
    def decide(self, row: Evidence, *, to: str, with_contents: bool, why: str, sources: Any = ()) -> None:
        """Sources first: a photo is never wider than the source it is from. Raises ValidationError."""
        user = self.request.user
        for source in sources:
            set_visibility(source, to=to, user=user, why=why or f"made {to} with {row}")
        set_visibility(row, to=to, user=user, why=why, with_contents=with_contents)

    def row(self, pk: int) -> Evidence:
        """The record. Raises Http404, PermissionDenied."""
        row: Evidence = seen_or_404(self.model, pk, self.request.user)
        require(may_publish(self.request.user), "decide who sees a record")
        return row

    def page(self, row: Evidence, form: VisibilityForm) -> HttpResponse:
        """The decision, with what the record contains by kind and state."""
        counted = Counter((called(type(each)), each.get_visibility_display()) for each in contents_of(row))
        context = {
            "row": row,
            "form": form,
            "kind": called(self.model),
            "visibility": row.visibility,
            "is_catalogue": isinstance(row, Catalogued),
            "contents": [{"kind": kind, "state": state, "count": n} for (kind, state), n in sorted(counted.items())],
            "back": record_address(row),
        }
        return render(self.request, "components/visibility.html", context, status=400 if form.errors else 200)


def draft_sources(row: Evidence) -> models.QuerySet[Source]:
    """The draft sources that are cited for a record or for what it contains, or that its photos are from."""
    keys: dict[type[models.Model], list[int]] = {type(row): [row.pk]}
    named = set()
    for each in contents_of(row):
        keys.setdefault(type(each), []).append(each.pk)
        if isinstance(each, Photo) and each.source_id is not None:
            named.add(each.source_id)
    cited = models.Q(pk__in=named)
    for model, ids in keys.items():
        record_type = ContentType.objects.get_for_model(model)
        found = Citation.objects.filter(record_type=record_type, record_id__in=ids)
        cited |= models.Q(pk__in=found.values("source"))
    own = models.Q(pk=row.pk) if isinstance(row, Source) else models.Q(pk__in=[])
    return Source.objects.filter(cited, visibility=Visibility.DRAFT).exclude(own)
