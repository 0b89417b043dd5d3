"""The history of a record: who, when, why, each value before and after; and putting a version back."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render

from components.curation.permissions import may_edit
from components.curation.putting_back import put_back
from components.exports.rows import visible_rows
from components.models import Company
from components.models.curated import Curated
from components.models.visibility import is_insider, sees_everything
from components.web.addresses import action_address, called, record_address
from components.web.editing import Writing, refuse_unless

VERSIONS_A_PAGE = 50
WORDS = {"+": "Added", "~": "Changed", "-": "Deleted"}
UNTOLD = {"id", "created_at", "updated_at", "search_text"}  # they change with every version, or never


class HistoryPage(Writing):
    """Every version, the newest first; of a deleted record for editors only."""

    model: type[Any] = Curated

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        if request.user.is_authenticated:
            if self.model is Company:  # it tells who else named it, and what it was merged into
                refuse_unless(sees_everything(request.user), "The history of a company is for editors.")
            refuse_unless(is_insider(request.user), "The history is for researchers, editors and administrators.")
        return super().dispatch(request, *args, **kwargs)

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        row = self.row(pk)
        page = Paginator(self.versions(pk), VERSIONS_A_PAGE).get_page(request.GET.get("page"))
        newest = self.versions(pk).first()
        context = {
            "row": row,
            "kind": called(self.model),
            "title": str(row) if row is not None else str(newest.instance if newest else pk),
            "is_deleted": row is None,
            "page_obj": page,
            "versions": [self.told(version, newest) for version in page.object_list],
            "back": record_address(row) if row is not None else "",
            "may_put_back": may_edit(request.user, row if row is not None else newest.instance),
        }
        return render(request, "components/history.html", context)

    def row(self, pk: int) -> Any:
        """The record, or None where it was deleted and the person may know of it. Raises Http404."""
        row = visible_rows(self.model, self.request.user).filter(pk=pk).first()
        if row is not None:
            return row
        is_gone = not self.model._default_manager.filter(pk=pk).exists()
        if not (is_gone and sees_everything(self.request.user) and self.versions(pk).exists()):
            raise Http404(f"There is no such {self.model._meta.verbose_name}.")
        return None

    def versions(self, pk: int) -> Any:
        rows = self.model.history.filter(id=pk)
        return rows.select_related("history_user").order_by("-history_date", "-history_id")

    def told(self, version: Any, newest: Any) -> dict[str, Any]:
        """A version in words."""
        return {
            "key": version.history_id,
            "what": WORDS[version.history_type],
            "at": version.history_date,
            "by": version.history_user.get_username() if version.history_user else "an import without an account",
            "why": version.history_change_reason or "",
            "changes": [] if version.history_type == "-" else self.changes(version),
            "is_newest": version.history_id == newest.history_id,
            "put_back": action_address(self.model(pk=version.id), "put-back"),
        }

    def changes(self, version: Any) -> list[dict[str, str]]:
        """Each field that differs from the version before, before and after."""
        before = version.prev_record
        fields = [field for field in self.model._meta.concrete_fields if self.is_told(field)]
        return [
            {
                "label": str(field.verbose_name).capitalize(),
                "before": self.said(field, before) if before is not None else "",
                "after": self.said(field, version),
            }
            for field in fields
            if (getattr(before, field.attname) if before is not None else None) != getattr(version, field.attname)
            and (before is not None or getattr(version, field.attname) not in (None, "", False))
        ]

    def is_told(self, field: Any) -> bool:
        return field.name not in UNTOLD and getattr(field, "derive", None) is None

    def said(self, field: Any, version: Any) -> str:
        """A value in words: the name of the record it leads to, where this person may see that."""
        value = getattr(version, field.attname)
        if value is None or value == "":
            return ""
        if field.related_model is not None:
            target: type[models.Model] = field.related_model
            row = visible_rows(target, self.request.user).filter(pk=value).first()
            return str(row) if row is not None else f"no. {value}"
        choices = dict(field.flatchoices)
        return str(choices.get(value, value) if choices else value)


class PutBackPage(HistoryPage):
    """Gives the record the values of one of its versions; a deleted record comes back, evidence as a draft."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        return HttpResponseRedirect(action_address(self.model(pk=pk), "history"))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        self.row(pk)
        key = request.POST.get("version", "")
        version = get_object_or_404(self.versions(pk), history_id=key if key.isdecimal() else 0)
        try:
            row = put_back(version, user=request.user, why=request.POST.get("why", "")[:500])
        except ValidationError as problem:
            messages.error(request, " ".join(problem.messages))
            return self.get(request, pk)
        messages.success(request, f"Put back to the version of {version.history_date:%Y-%m-%d %H:%M}.")
        return HttpResponseRedirect(record_address(row) or action_address(row, "history"))
