"""Adding, changing and deleting one record: the same pages for every table."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import ProtectedError
from django.db.models.deletion import Collector
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.generic import View

from components.curation.deleting import delete_record
from components.curation.permissions import may_add, may_delete, may_edit, require
from components.exports.rows import visible_rows
from components.models.curated import Curated
from components.web.addresses import action_address, called, list_address, record_address
from components.web.forms.base import FORMS, RecordForm, version_of
from components.web.forms.merging import Merge, merge_edits

NAMED_HOLDERS = 20  # records that stand in the way of a deletion, named one by one


def seen_or_404(model: type[models.Model], pk: Any, user: Any) -> Any:
    """The record, if this person may see it. Raises Http404."""
    row = visible_rows(model, user).filter(pk=pk).first()
    if row is None:
        raise Http404(f"There is no such {model._meta.verbose_name}.")
    return row


class Writing(LoginRequiredMixin, View):
    """A page for those who write; others are asked to sign in, or told that their role does not allow it."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.user.is_authenticated:
            require(may_add(request.user), "change anything")
        return super().dispatch(request, *args, **kwargs)


class FormPage(Writing):
    """A form of one record. The address may fix the record it belongs to, and may fill fields by its query."""

    model: type[Any] = Curated
    template_name = "components/form.html"

    def form(self, **kwargs: Any) -> RecordForm:
        return FORMS[self.model](user=self.request.user, **kwargs)

    def show(self, form: RecordForm, **context: Any) -> HttpResponse:
        """The page, with status 400 where something is wrong with what was sent."""
        status = 400 if form.is_bound and form.errors else 200
        return render(self.request, self.template_name, {"form": form, "forms": [form], **context}, status=status)


class AddPage(FormPage):
    """Adds a record; evidence begins as a draft."""

    parent_model: type[models.Model] | None = None

    def parent(self) -> models.Model | None:
        """The record that the address says the new one belongs to. Raises Http404."""
        if self.parent_model is None:
            return None
        row: models.Model = seen_or_404(self.parent_model, self.kwargs["parent"], self.request.user)
        return row

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        parent = self.parent()
        return self.page(self.blank_form(parent=parent, initial=request.GET.dict()), parent)

    @transaction.atomic
    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        parent = self.parent()
        form = self.blank_form(parent=parent, data=request.POST)
        if not form.is_valid():
            return self.page(form, parent)
        row = form.store()
        address = self.next_address(row, parent)
        messages.success(request, f"{called(self.model)} “{row}” was added.")
        return HttpResponseRedirect(address)

    def blank_form(self, **kwargs: Any) -> RecordForm:
        """The form of a record that this person may add here. Raises PermissionDenied."""
        form = self.form(**kwargs)
        form.instance.created_by = self.request.user
        require(may_edit(self.request.user, form.instance), f"add this {self.model._meta.verbose_name}")
        return form

    def next_address(self, row: Curated, parent: models.Model | None) -> str:
        """Where to go on: the page of the record, or of what it belongs to."""
        return record_address(row) or record_address(parent) or list_address(self.model)

    def page(self, form: RecordForm, parent: models.Model | None) -> HttpResponse:
        """The form under its heading."""
        back = record_address(parent) if parent is not None else list_address(self.model)
        belongs = f"{called(type(parent))}: {parent}" if parent is not None else ""
        return self.show(form, kind="Add", title=called(self.model), subtitle=belongs, back=back, action="Save")


class EditPage(FormPage):
    """Changes a record. What somebody else changed since the form was opened stays, unless both changed one field."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.row(pk)
        return self.page(self.form(instance=row), row)

    @transaction.atomic
    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.model._default_manager.select_for_update().filter(pk=pk).first()
        row = self.row(pk)
        merge: Merge | None = None
        form = self.form(instance=row, data=request.POST)
        if request.POST.get("seen") != version_of(row):
            merge = merge_edits(self.form, row, request.POST)
            if merge.conflicts:
                return self.show_conflict(merge, pk)
            form = self.form(instance=row, data=merge.data)
        if not form.is_valid():
            return self.page(form, self.row(pk))
        if form.has_changed():
            form.store()
            kept = f" What somebody else changed meanwhile was kept: {', '.join(merge.merged)}." if merge else ""
            messages.success(request, f"The change was saved.{kept}")
        return HttpResponseRedirect(record_address(row))

    def row(self, pk: int) -> Any:
        """The record, if this person may see and change it. Raises Http404, PermissionDenied."""
        row = seen_or_404(self.model, pk, self.request.user)
        require(may_edit(self.request.user, row), f"change this {self.model._meta.verbose_name}")
        return row

    def page(self, form: RecordForm, row: Any) -> HttpResponse:
        """The form under its heading."""
        back = record_address(row)
        form.carry_opened_values()
        return self.show(form, kind="Change", title=str(row), back=back, action="Save the change")

    def show_conflict(self, merge: Merge, pk: int) -> HttpResponse:
        """Both states of the fields that both changed, beside each other; sending the form again saves what it says."""
        row = self.row(pk)
        form = self.form(instance=row, data=merge.data)
        form.is_valid()
        row = self.row(pk)
        form.carry_opened_values()
        history = action_address(row, "history")
        context = {"conflicts": merge.conflicts, "merged": merge.merged, "history": history}
        context |= {"back": record_address(row), "title": str(row), "kind": "Change", "action": "Save mine"}
        return render(self.request, self.template_name, {"form": form, "forms": [form]} | context, status=409)


class DeletePage(Writing):
    """Deletes a record that nothing depends on, after asking; its history stays."""

    model: type[Any] = Curated

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return self.page(self.row(pk))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.row(pk)
        words, history = f"{called(self.model)} “{row}” was deleted.", action_address(row, "history")
        after = self.after(row)  # asked before the deletion: what fails here has stored nothing
        try:
            delete_record(row, user=request.user, why=request.POST.get("why", "")[:500])
        except ProtectedError as problem:
            return self.page(row, holders=self.holders(problem), status=409)
        messages.success(request, words)
        return HttpResponseRedirect(history if request.POST.get("then") == "history" else after)

    def after(self, row: Any) -> str:
        """The list of its kind, or what it belonged to."""
        belonged = FORMS[self.model].PARENT
        parent = getattr(row, belonged, None) if belonged else None
        return record_address(parent) or list_address(self.model)

    def row(self, pk: int) -> Any:
        """The record, if this person may see and delete it. Raises Http404, PermissionDenied."""
        row = seen_or_404(self.model, pk, self.request.user)
        require(may_delete(self.request.user, row), f"delete this {self.model._meta.verbose_name}")
        return row

    def holders(self, problem: ProtectedError) -> list[dict[str, str]]:
        """The records that hold it, by name where this person may see them."""
        found = sorted(problem.protected_objects, key=lambda row: (called(type(row)), row.pk))[:NAMED_HOLDERS]
        return [self._holder(row) for row in found]

    def _holder(self, row: models.Model) -> dict[str, str]:
        is_seen = visible_rows(type(row), self.request.user).filter(pk=row.pk).exists()
        name = str(row) if is_seen else "one that you may not see"
        return {"kind": called(type(row)), "name": name, "url": record_address(row) if is_seen else ""}

    def page(self, row: Any, *, holders: list[dict[str, str]] | None = None, status: int = 200) -> HttpResponse:
        """What will be deleted, or what stands in the way."""
        context = {
            "row": row,
            "kind": called(self.model),
            "taken_along": [] if holders else taken_along(row),
            "holders": holders or [],
            "back": record_address(row),
        }
        return render(self.request, "components/delete.html", context, status=status)


def taken_along(row: Curated) -> list[str]:
    """What is deleted together with a record, in words."""
    collector = Collector(using=row._state.db or "default")
    try:
        collector.collect([row])
    except ProtectedError:
        return []
    counted = {model: len(rows) for model, rows in collector.data.items() if model is not type(row)}
    return [f"{number} {model._meta.verbose_name_plural}" for model, number in counted.items()]


def refuse_unless(allowed: bool, message: str) -> None:
    """Raise PermissionDenied with a message of the page's own."""
    if not allowed:
        raise PermissionDenied(message)
