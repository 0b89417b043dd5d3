"""A dataset, a company, and the review of matches."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.views.generic import View

from components.choices import DatasetKind, MatchState
from components.curation.companies import review_match, unmerge_company
from components.curation.permissions import may_publish
from components.exports.rows import visible_rows
from components.filters.trade import GROUPING_TITLES
from components.models import Company, CompanyMatch, Coverage, Dataset, DeclaredParty, MilitaryUse
from components.summaries.trade.asking import Lake
from components.web.addresses import list_address
from components.web.records.base import Context, RecordPage
from components.web.routes.linked import assumed, links_of_company, links_of_dataset, weapons_of_company
from components.web.trade import drawing
from components.web.trade.pages import ask

MOST_NAMES = 100
SAID = ("title", "kind", "source", "licence", "coverage", "completeness", "notes")
COUNTED = ("first_day", "last_day", "row_count", "rejected_count", "value_usd", "file_name", "digest")


class DatasetPage(RecordPage):
    """A dataset: its source, licence, coverage, completeness, counts and files."""

    model = Dataset
    template_name = "components/trade/dataset.html"

    def read(self, row: Dataset) -> Context:
        provenance = self.provenance([row])
        is_of_shipments = row.kind == DatasetKind.SHIPMENTS
        lake = Lake(self.request.user) if is_of_shipments else None
        months = ask("series", lake, dataset=row.pk) if lake else None
        return {
            "lake": lake,
            "facts": provenance.facts(row, *SAID, *COUNTED),
            "files": row.files.all(),
            "chart": drawing.line_chart("by-month", "Value by month", months, "value_usd")
            if months and months.rows
            else None,
            "rows_address": drawing.shipments_address(f"dataset={row.pk}")
            if is_of_shipments
            else list_address(_flows(), f"dataset={row.pk}"),
            "parties_count": row.parties.count(),
            "linked": links_of_dataset(row, self.request.user) if is_of_shipments else [],
            "assumed": assumed(Coverage, row, self.request.user) if is_of_shipments else None,
        }


def _flows() -> Any:
    from components.models import TradeFlow

    return TradeFlow


class CompanyPage(RecordPage):
    """A company: under which names it is declared, what it sent and received, from whom, to whom, when."""

    model = Company
    template_name = "components/trade/company.html"

    def read(self, row: Company) -> Context:
        user = self.request.user
        # What another dataset alone names may not be shown here because somebody merged it with this.
        into = visible_rows(Company, user).filter(pk=row.merged_into_id).first()
        root = into or row
        names = visible_rows(DeclaredParty, user).filter(
            company__in=[root.pk, *visible_rows(Company, user).filter(merged_into=root).values_list("pk", flat=True)]
        )
        lake = Lake(user)
        matches = CompanyMatch.objects.visible_to(user).filter(state=MatchState.PROPOSED)
        proposed = (matches.filter(first=row) | matches.filter(second=row)).select_related("first", "second")
        return {
            "lake": lake,
            "facts": self.provenance([row]).facts(row, "name", "country", "tax_number", "notes"),
            "names": [*names.select_related("dataset").order_by("dataset_id", "name", "pk")[:MOST_NAMES]],
            "names_count": names.count(),
            "roles": [each for each in (self.role(lake, root, "exporter"), self.role(lake, root, "importer")) if each],
            "proposed": proposed,
            "linked": links_of_company(root, user),
            "weapons": weapons_of_company(root, user),
            "assumed": assumed(MilitaryUse, row, user),
            "may_review": may_publish(user),
            "into": into,
        }

    def role(self, lake: Lake, company: Company, role: str) -> Context | None:
        """What it did as exporter or importer; None where it never was one."""
        asked = {role: company.pk}
        totals = ask("totals", lake, **asked)
        if not totals.rows[0]["shipments"]:
            return None
        other = "importer" if role == "exporter" else "exporter"
        groups = (other, "maker", "hs", "origin", "dispatch")
        charts = [drawing.line_chart(f"{role}-by-month", "Value by month", ask("series", lake, **asked), "value_usd")]
        for by in groups:
            answer = ask("top", lake, by=by, limit=10, **asked)
            charts.append(drawing.bars(f"{role}-by-{by}", GROUPING_TITLES[by], answer, "value_usd"))
        return {
            "title": f"As {role}",
            "totals": totals.rows[0],
            "charts": charts,
            "address": drawing.shipments_address(f"{role}={company.pk}"),
        }


class ReviewMatch(View):
    """Confirms or rejects a proposal."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        match = get_object_or_404(CompanyMatch.objects.visible_to(request.user), pk=pk)
        is_same = request.POST.get("answer") == "same"
        try:
            review_match(match, is_same=is_same, user=request.user, now=timezone.now())
        except ValidationError as problem:
            messages.error(request, " ".join(problem.messages))
        else:
            said = f"merged into {match.first}" if is_same else "kept apart"
            messages.success(request, f"{match.second}: {said}.")
        return HttpResponseRedirect(reverse("web:company-match-list"))


class UnmergeCompany(View):
    """Lets a merged company stand on its own again."""

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        company = get_object_or_404(visible_rows(Company, request.user), pk=pk)
        unmerge_company(company, user=request.user, why=request.POST.get("why", ""))
        messages.success(request, f"{company} stands on its own again.")
        return HttpResponseRedirect(company.get_absolute_url())
