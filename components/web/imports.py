"""Importing a file: check it, read the report, commit it, undo it; and saved column mappings."""

import csv
import time
from collections.abc import Iterator
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone

from components.choices import ImportOutcome, ImportStatus, Visibility
from components.curation.permissions import may_publish, require
from components.exports.files import csv_cell
from components.exports.rows import visible_rows
from components.intake.batches import check_upload, commit_batch, delete_batch, may_be_deleted
from components.intake.formats import FORMATS
from components.intake.outcomes import ImportRefused
from components.intake.templates import teardown_template
from components.intake.trade.datasets import check_again, give_up_if_silent, read_progress, rejects_file
from components.intake.trade.formats import TRADE_FORMATS
from components.intake.trade.uploads import start_check
from components.intake.undo import CannotUndo, undo_batch
from components.models import ImportBatch, ImportMapping
from components.web.editing import Writing
from components.web.lists import ListPage

SHOWN_FAULTS = 500
SHOWN_NOTES = 200  # rows with a word about them
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
STATES = {
    ImportStatus.RUNNING: "pending",
    ImportStatus.UNFINISHED: "bad",
    ImportStatus.FAILED: "bad",
    ImportStatus.CHECKED: "pending",
    ImportStatus.COMMITTED: "good",
    ImportStatus.UNDONE: "plain",
}
OUTCOME_STATES = {ImportOutcome.REJECTED: "bad", ImportOutcome.CREATED: "good"}
MAPPABLE: dict[str, Any] = {**FORMATS, **TRADE_FORMATS}


class _Echo:
    """A file that hands back what is written into it."""

    def write(self, text: str) -> str:
        return text


def formats() -> list[tuple[str, str]]:
    """The formats as choices."""
    return [(each.name, each.title) for each in FORMATS.values()]


class UploadForm(forms.Form):
    """A file, what it is, and who is to see what comes of it."""

    format = forms.ChoiceField(label="Kind of file")
    file = forms.FileField(label="File", help_text="CSV or XLSX, as the format says.")
    visibility = forms.ChoiceField(label="New evidence is", choices=Visibility.choices, initial=Visibility.RESTRICTED)
    mapping = forms.ModelChoiceField(
        label="Column mapping",
        queryset=ImportMapping.objects.all(),
        required=False,
        help_text="For a file whose columns are named otherwise.",
    )

    def __init__(self, *args: Any, user: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        field, visibility = self.fields["format"], self.fields["visibility"]
        assert isinstance(field, forms.ChoiceField)
        assert isinstance(visibility, forms.ChoiceField)
        field.choices = formats()
        if not may_publish(user):
            visibility.choices = [each for each in Visibility.choices if each[0] != Visibility.PUBLISHED]

    def clean_file(self) -> Any:
        """Refuses what is too large to be taken."""
        file = self.cleaned_data["file"]
        if file.size > settings.UPLOAD_MAX_BYTES:
            raise ValidationError(f"The file is larger than {settings.UPLOAD_MAX_BYTES // 1024**2} MB.")
        return file

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        mapping = cleaned.get("mapping")
        if mapping is not None and mapping.format != cleaned.get("format"):
            raise ValidationError({"mapping": "This mapping is for another kind of file."})
        return cleaned


class ImportList(Writing, ListPage):
    """Earlier imports: one's own, and for editors everybody's."""

    model = ImportBatch
    template_name = "components/imports.html"

    def frame(self, filters: Any, problems: Any) -> dict[str, Any]:
        return super().frame(filters, problems) | {
            "add_address": reverse("web:import-add"),
            "mappings": ImportMapping.objects.all(),
            "described": list(FORMATS.values()),
        }


class AddImport(Writing):
    """Takes a file and checks it; the catalogue is not touched."""

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = {"format": request.GET.get("format", ""), "mapping": request.GET.get("mapping", "")}
        initial = {name: value for name, value in asked.items() if value}
        return self.page(UploadForm(user=request.user, initial=initial))

    def post(self, request: HttpRequest) -> HttpResponse:
        form = UploadForm(request.POST, request.FILES, user=request.user)
        if not form.is_valid():
            return self.page(form)
        given = form.cleaned_data
        batch = check_upload(
            given["format"],
            given["file"],
            name=given["file"].name,
            user=request.user,
            now=timezone.now(),
            visibility=given["visibility"],
            mapping=given["mapping"],
        )
        return HttpResponseRedirect(batch.get_absolute_url())

    def page(self, form: UploadForm) -> HttpResponse:
        context = {"form": form, "described": list(FORMATS.values()), "mappings": ImportMapping.objects.all()}
        return render(self.request, "components/import_add.html", context, status=400 if form.errors else 200)


class ImportPage(Writing):
    """One import: its check, or what it did."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        batch = self.batch(pk)
        give_up_if_silent(batch, now=time.time())
        return self.page(batch)

    def batch(self, pk: int) -> ImportBatch:
        """The import, if this person may see it. Raises Http404."""
        batch: ImportBatch = get_object_or_404(visible_rows(ImportBatch, self.request.user), pk=pk)
        return batch

    def page(self, batch: ImportBatch, *, blockers: list[str] | None = None, status: int = 200) -> HttpResponse:
        report, faults = batch.report, batch.report.get("faults", [])
        told = batch.rows.exclude(note="").order_by("line", "pk")
        context = {
            "batch": batch,
            "report": report,
            "format_title": MAPPABLE[batch.format].title if batch.format in MAPPABLE else batch.format,
            "status": STATES[ImportStatus(batch.status)],
            "outcomes": [(outcome.label, report.get(outcome.value, 0)) for outcome in ImportOutcome],
            "records": [
                {"table": table, "counts": ", ".join(f"{count:,} {word}" for word, count in counts.items())}
                for table, counts in report.get("records", {}).items()
            ],
            "faults": fault_table(faults[:SHOWN_FAULTS]),
            "not_taken": fault_table(report.get("not_taken", [])[:SHOWN_FAULTS]),
            "shown_faults": min(len(faults), SHOWN_FAULTS),
            "notes": [(row.line, row.get_outcome_display(), row.note) for row in told[:SHOWN_NOTES]],
            "note_count": told.count(),
            "is_good": not report.get(ImportOutcome.REJECTED.value) and not report.get("fault_count"),
            "may_commit": batch.status == ImportStatus.CHECKED,
            "may_undo": batch.status == ImportStatus.COMMITTED and may_publish(self.request.user),
            "may_check_again": batch.status in {ImportStatus.UNFINISHED, ImportStatus.FAILED}
            and batch.format in TRADE_FORMATS,
            "may_delete": may_be_deleted(batch),
            "blockers": blockers or [],
            "may_leave_out": batch.format in TRADE_FORMATS and report.get(ImportOutcome.CREATED.value, 0) > 0,
            "progress": read_progress(batch) if batch.status == ImportStatus.RUNNING else None,
        }
        return render(self.request, "components/import.html", context, status=status)


def fault_table(faults: list[dict[str, Any]]) -> dict[str, Any]:
    """Faults as a table: where, what stands there, what is wrong."""
    labels = ({"label": "Line", "is_count": True}, {"label": "Column"}, {"label": "Value", "is_mono": True})
    return {
        "columns": [*labels, {"label": "What is wrong"}],
        "rows": [{"cells": [each["line"], each["column"], each["value"], each["reason"]]} for each in faults],
    }


class CommitImport(ImportPage):
    """Writes a checked file."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        return HttpResponseRedirect(self.batch(pk).get_absolute_url())

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        batch = self.batch(pk)
        try:
            leave_out_bad = request.POST.get("bad_rows") == "leave out"
            commit_batch(batch, user=request.user, now=timezone.now(), leave_out_bad=leave_out_bad)
        except ImportRefused as refusal:
            messages.error(request, f"{refusal} The report below is new.")
        except ValueError as problem:
            messages.error(request, str(problem))
        else:
            messages.success(request, "The file was imported.")
        return HttpResponseRedirect(batch.get_absolute_url())


class UndoImport(CommitImport):
    """Takes back all an import did."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        batch = self.batch(pk)
        require(may_publish(request.user), "undo imports")
        try:
            undo_batch(batch, user=request.user, now=timezone.now())
        except CannotUndo as refusal:
            return self.page(batch, blockers=refusal.blockers, status=409)
        messages.success(request, "The import was undone.")
        return HttpResponseRedirect(batch.get_absolute_url())


class CheckImportAgain(CommitImport):
    """Begins a check that broke off once more."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        batch = self.batch(pk)
        try:
            start_check(check_again(batch, user=request.user))
        except ValueError as problem:
            messages.error(request, str(problem))
        return HttpResponseRedirect(batch.get_absolute_url())


class DeleteImport(CommitImport):
    """Deletes an import that has written nothing."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        batch = self.batch(pk)
        try:
            delete_batch(batch, user=request.user)
        except ValueError as problem:
            messages.error(request, str(problem))
            return HttpResponseRedirect(batch.get_absolute_url())
        messages.success(request, f"The import of {batch.file_name} was deleted. It had written nothing.")
        return HttpResponseRedirect(reverse("web:import-list"))


class FaultsFile(ImportPage):
    """Every fault that the report lists, as CSV; of shipments every fault there is."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        batch = self.batch(pk)
        headers = {"Content-Disposition": f'attachment; filename="import-{batch.pk}-faults.csv"'}
        content_type = "text/csv; charset=utf-8"
        whole = rejects_file(batch)
        if whole is not None:
            return FileResponse(whole.open("rb"), content_type=content_type, headers=headers)
        return StreamingHttpResponse(fault_lines(batch), content_type=content_type, headers=headers)


def fault_lines(batch: ImportBatch) -> Iterator[str]:
    """The faults as lines of CSV, with cells that a spreadsheet would run made text."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(["line", "column", "value", "reason"])
    for fault in batch.report.get("faults", []):
        yield writer.writerow([csv_cell(fault[name]) for name in ("line", "column", "value", "reason")])


class TemplateFile(Writing):
    """The teardown sheet to fill in."""

    def get(self, request: HttpRequest) -> HttpResponse:
        headers = {"Content-Disposition": 'attachment; filename="teardown-template.xlsx"'}
        return HttpResponse(teardown_template(), content_type=XLSX, headers=headers)


class MappingForm(forms.ModelForm):  # type: ignore[type-arg]
    """For each column of a format, the header that a file has for it."""

    class Meta:
        model = ImportMapping
        fields = ("name",)

    def __init__(self, *args: Any, format_name: str, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.instance.format = format_name
        self.columns = MAPPABLE[format_name].fields
        for column in self.columns:
            self.fields[f"column-{column.name}"] = forms.CharField(
                label=column.name,
                required=False,
                max_length=200,
                help_text=column.help,
                initial=(self.instance.columns or {}).get(column.name, ""),
            )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        given = {column.name: cleaned.get(f"column-{column.name}", "") for column in self.columns}
        self.instance.columns = {name: header for name, header in given.items() if header}
        same = ImportMapping.objects.filter(format=self.instance.format, name=cleaned.get("name", ""))
        if same.exclude(pk=self.instance.pk).exists():
            raise ValidationError({"name": "There is such a mapping already."})
        if not self.instance.columns:
            raise ValidationError("Name at least one header.")
        return cleaned


class AddMapping(Writing):
    """Saves how the columns of a kind of file are named."""

    title: ClassVar[str] = "New column mapping"

    def get(self, request: HttpRequest, format_name: str) -> HttpResponse:
        return self.page(self.form(format_name), format_name)

    def post(self, request: HttpRequest, format_name: str) -> HttpResponse:
        form = self.form(format_name, request.POST)
        if not form.is_valid():
            return self.page(form, format_name)
        mapping = form.save()
        messages.success(request, f"The mapping “{mapping.name}” was saved.")
        return HttpResponseRedirect(f"{reverse('web:import-add')}?format={mapping.format}&mapping={mapping.pk}")

    def form(self, format_name: str, *sent: Any) -> MappingForm:
        if format_name not in MAPPABLE:
            raise Http404("There is no such format.")
        return MappingForm(*sent, format_name=format_name)

    def page(self, form: MappingForm, format_name: str) -> HttpResponse:
        context = {"form": form, "title": self.title, "format_title": MAPPABLE[format_name].title}
        return render(self.request, "components/mapping.html", context, status=400 if form.errors else 200)


class EditMapping(Writing):
    """Changes a saved mapping."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.page(self.form(pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        form = self.form(pk, request.POST)
        if not form.is_valid():
            return self.page(form)
        form.save()
        messages.success(request, f"The mapping “{form.instance.name}” was saved.")
        return HttpResponseRedirect(reverse("web:import-list"))

    def form(self, pk: int, *sent: Any) -> MappingForm:
        mapping = get_object_or_404(ImportMapping, pk=pk, format__in=MAPPABLE)
        return MappingForm(*sent, format_name=mapping.format, instance=mapping)

    def page(self, form: MappingForm) -> HttpResponse:
        context = {
            "form": form,
            "title": form.instance.name,
            "format_title": MAPPABLE[form.instance.format].title,
        }
        return render(self.request, "components/mapping.html", context, status=400 if form.errors else 200)
