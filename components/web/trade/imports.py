"""Uploading a file of customs records: it is checked in a process of its own, and its page says how far that is."""

import time
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.views.generic import View

from components.choices import ImportStatus, Visibility
from components.curation.permissions import may_publish
from components.exports.rows import visible_rows
from components.intake.trade.datasets import About, give_up_if_silent, read_progress
from components.intake.trade.formats import DECLARATIONS, TRADE_FORMATS
from components.intake.trade.uploads import receive, start_check
from components.models import ImportBatch, ImportMapping
from components.web.editing import Writing


class TradeUploadForm(forms.Form):
    """A file of customs records, and what is to be said of the dataset."""

    kind = forms.ChoiceField(label="Kind of file", choices=[(each.name, each.title) for each in TRADE_FORMATS.values()])
    file = forms.FileField(label="File", help_text="CSV, XLSX or Parquet of any size; CSV may be in UTF-8 or CP1251.")
    title = forms.CharField(label="Title of the dataset", max_length=200)
    source_title = forms.CharField(
        label="Source", max_length=300, help_text="Who published the file, and under which title."
    )
    source_url = forms.URLField(label="Address of the source", max_length=500, required=False)
    licence = forms.CharField(label="Licence", max_length=200, required=False)
    coverage = forms.CharField(
        label="Coverage",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Which goods, countries, directions and period.",
    )
    completeness = forms.CharField(
        label="Completeness",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="How completely, as its publisher states.",
    )
    is_synthetic = forms.BooleanField(label="Synthetic: every row is made up", required=False)
    visibility = forms.ChoiceField(label="The dataset is", choices=Visibility.choices, initial=Visibility.RESTRICTED)
    mapping = forms.ModelChoiceField(
        label="Column mapping",
        queryset=ImportMapping.objects.filter(format=DECLARATIONS.name),
        required=False,
        help_text="For a file whose columns are not those of Russian customs declarations.",
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        visibility = self.fields["visibility"]
        assert isinstance(visibility, forms.ChoiceField)
        if not may_publish(user):
            visibility.choices = [each for each in Visibility.choices if each[0] != Visibility.PUBLISHED]

    def clean_file(self) -> Any:
        """Refuses what is too large to be taken."""
        file = self.cleaned_data["file"]
        if file.size > settings.TRADE_UPLOAD_MAX_BYTES:
            raise ValidationError(f"The file is larger than {settings.TRADE_UPLOAD_MAX_BYTES // 1024**2} MB.")
        return file

    def about(self) -> About:
        """What was said of the dataset."""
        given = self.cleaned_data
        return About(**{name: given[name] for name in About.__dataclass_fields__})


class AddTradeImport(Writing):
    """Takes a file of customs records and has it checked."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(TradeUploadForm(user=request.user))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = TradeUploadForm(request.POST, request.FILES, user=request.user)
        if not form.is_valid():
            return self.page(form)
        batch = receive(
            form.cleaned_data["file"],
            form.about(),
            kind=form.cleaned_data["kind"],
            mapping=form.cleaned_data["mapping"],
            user=request.user,
        )
        start_check(batch)
        return HttpResponseRedirect(batch.get_absolute_url())

    def page(self, form: TradeUploadForm) -> HttpResponse:
        return render(
            self.request, "components/trade/import_add.html", {"form": form}, status=400 if form.errors else 200
        )


class TradeProgress(Writing, View):
    """How far the check of an import is; the page asks again every second, by itself where there is JavaScript."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        batch: ImportBatch = get_object_or_404(visible_rows(ImportBatch, request.user), pk=pk)
        give_up_if_silent(batch, now=time.time())
        if batch.status != ImportStatus.RUNNING:
            response = HttpResponse(headers={"HX-Redirect": batch.get_absolute_url()})
            return response
        return render(request, "components/trade/_progress.html", {"batch": batch, "progress": read_progress(batch)})
