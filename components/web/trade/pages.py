"""The overview of the trade lake, and one page per question; countries and HS codes as slices of the same."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.generic import View

from components.exports.files import FORMATS, TooManyRows
from components.filters.trade import GROUPING_TITLES, ManyField, SliceForm
from components.models import Country, HSHeading, PriorityItem
from components.summaries.trade.asking import SHIPMENT_FILE_COLUMNS, Lake
from components.summaries.trade.questions import QUESTIONS, Answer, Question, file_rows, named_as_left_out
from components.web.trade import drawing

SHIPMENT_CELLS = (
    "declared_on",
    "exporter_name",
    "importer_name",
    "dispatch_country",
    "origin_country",
    "hs_code",
    "maker",
    "description",
    "quantity",
    "net_kg",
    "value_usd",
)


def ask(name: str, lake: Lake, **parameters: Any) -> Answer:
    """The answer to a question put by a page itself."""
    question = QUESTIONS[name]
    form = question.form(_query_dict(parameters), user=lake.user)
    problems = form.problems()
    assert not problems, problems
    return question.answer(lake, form)


def _query_dict(parameters: dict[str, Any]) -> QueryDict:
    asked = QueryDict(mutable=True)
    for key, value in parameters.items():
        asked.setlist(key, [str(each) for each in value] if isinstance(value, list | tuple) else [str(value)])
    return asked


class TradeOverview(View):
    """What the lake holds for this person, at a glance."""

    def get(self, request: HttpRequest) -> HttpResponse:
        lake = Lake(request.user)
        context: dict[str, Any] = {
            "lake": lake,
            "datasets": lake.datasets,
            "questions": QUESTIONS.values(),
        }
        if lake.datasets:
            context |= self.figures(lake)
        return render(request, "components/trade/overview.html", context)

    def figures(self, lake: Lake) -> dict[str, Any]:
        """Totals and the charts of the whole."""
        totals = ask("totals", lake).rows[0]
        months, shares = ask("series", lake), ask("series", lake, period="year", by="dispatch", most=8)
        flows = ask("flows", lake, limit=30)
        transit = ask("flows", lake, is_transit="true", stages="origin,dispatch", limit=40)
        return {
            "totals": totals,
            "charts": [
                drawing.line_chart("by-month", "Value by month", months, "value_usd"),
                drawing.stacked_chart(
                    "shares", "Shares by country of dispatch", shares, measure="value_usd", as_shares=True
                ),
                drawing.map_chart(
                    "map", "Countries of dispatch", ask("top", lake, by="dispatch", limit=250), "value_usd"
                ),
                drawing.sankey_chart(
                    "flows", "Origin → dispatch → importer", flows, ("origin", "dispatch", "importer"), "value_usd"
                ),
                drawing.sankey_chart(
                    "transit", "Origin other than dispatch", transit, ("origin", "dispatch"), "value_usd"
                ),
                drawing.bars("exporters", "Largest exporters", ask("top", lake, by="exporter"), "value_usd"),
                drawing.bars("importers", "Largest importers", ask("top", lake, by="importer"), "value_usd"),
                drawing.bars("makers", "Makers as declared", ask("top", lake, by="maker"), "value_usd"),
            ],
        }


class QuestionPage(View):
    """One question: its parameters as a form, its answer as chart and table, and its files."""

    def get(self, request: HttpRequest, name: str) -> HttpResponse:
        question = QUESTIONS.get(name)
        if question is None:
            raise Http404
        form = question.form(request.GET, user=request.user)
        problems = form.problems()
        context = {
            "question": question,
            "questions": QUESTIONS.values(),
            "fields": [form[field] for field in form.fields if not form[field].is_hidden],
            "kept": [
                (key, value)
                for key, values in form.asked().items()
                if isinstance(form.fields[key], ManyField)
                for value in values
            ],
            "problems": problems,
        }
        if problems:
            return render(request, "components/trade/question.html", context, status=400)
        return render(request, "components/trade/question.html", context | self.answer(question, form))

    def answer(self, question: Question, form: Any) -> dict[str, Any]:
        """The answer, drawn."""
        lake = Lake(self.request.user)
        answer = question.answer(lake, form)
        asked = self.request.GET.copy()
        files = [
            {
                "title": each.title,
                "url": reverse("web:trade-export", args=[question.name, each.name]) + f"?{asked.urlencode()}",
            }
            for each in FORMATS.values()
        ]
        following = None
        if answer.next:
            asked["after"] = answer.next
            following = f"?{asked.urlencode()}"
        return {
            "answer": answer,
            "chart": self.chart(question, answer, form),
            "table": self.table(question, answer, form),
            "files": files,
            "next": following,
            "chips": self.chips(form),
            "is_synthetic": drawing.is_synthetic(answer),
        }

    def chips(self, form: SliceForm) -> list[dict[str, str]]:
        """The filters in force, each with the address without it."""
        found = []
        for name, values in form.asked().items():
            for value in values:
                rest = self.request.GET.copy()
                rest.setlist(name, [each for each in rest.getlist(name) if each != value])
                rest.pop("after", None)
                label = str(form.fields[name].label or name)
                found.append(
                    {"label": label, "text": self.value_name(form, name, value), "url": f"?{rest.urlencode()}"}
                )
        return found

    def value_name(self, form: SliceForm, name: str, value: str) -> str:
        """A filter's value as a person calls it."""
        model = getattr(form.fields[name], "model", None)
        if model is not None:
            return str(model.objects.get(pk=int(value))) if value.isdigit() else value
        if name in {"dispatch", "origin", "destination"}:
            return str(Country.objects.filter(pk=value.upper()).first() or value)
        return value

    def chart(self, question: Question, answer: Answer, form: Any) -> Any:
        given = form.cleaned_data
        if not answer.rows:
            return None
        if question.name == "series" and not given["by"]:
            return drawing.line_chart("chart", question.title, answer, given["measure"])
        if question.name == "series":
            return drawing.stacked_chart("chart", question.title, answer, measure=given["measure"], as_shares=False)
        if question.name == "flows":
            return drawing.sankey_chart("chart", question.title, answer, given["stages"].split(","), given["measure"])
        if question.name in {"top", "newcomers"}:
            return drawing.bars("chart", question.title, answer, given["measure"])
        return None

    def table(self, question: Question, answer: Answer, form: Any) -> Any:
        given = form.cleaned_data
        if question.name == "odd-prices":
            return self.shipments(answer)
        if question.name == "shipments":
            columns = {column.name: column for column in answer.columns}
            answer.columns = tuple(columns[name] for name in SHIPMENT_CELLS)
            return self.shipments(answer)
        groups = (
            given["stages"].split(",") if question.name == "flows" else [given.get("by", ""), given.get("and_by", "")]
        )
        return drawing.table(answer, [each for each in groups if each])

    def shipments(self, answer: Answer) -> dict[str, Any]:
        """Shipments with a link to each."""
        shown = drawing.table(answer)
        shown["columns"].insert(0, {"label": "Shipment"})
        for cells, row in zip(shown["rows"], answer.rows, strict=True):
            name = f"{row['dataset']}-{row['row_number']}"
            cells["cells"].insert(
                0, {"text": name, "url": reverse("web:shipment", args=[row["dataset"], row["row_number"]])}
            )
        return shown


class QuestionExport(View):
    """The answer as a file; of shipments, all that the filters leave."""

    def get(self, request: HttpRequest, name: str, file_format: str) -> HttpResponseBase:
        question = QUESTIONS.get(name)
        if question is None:
            raise Http404
        form: Any = question.form(request.GET, user=request.user)
        problems = form.problems()
        if problems:
            return render(request, "400.html", {"problems": problems}, status=400)
        lake, chosen = Lake(request.user), FORMATS[file_format]
        rows, columns = file_rows(question, lake, form)
        try:
            content = chosen.write(rows, columns)
        except TooManyRows as refusal:
            return render(request, "400.html", {"problems": {chosen.title: [str(refusal)]}}, status=400)
        file_name = f"trade-{name}-{timezone.now():%Y-%m-%d}{named_as_left_out(lake)}.{chosen.name}"
        headers = {"Content-Disposition": f'attachment; filename="{file_name}"', "Cache-Control": "private, no-cache"}
        return StreamingHttpResponse(content, content_type=chosen.mime, headers=headers)


class ShipmentPage(View):
    """One shipment with every value as declared."""

    def get(self, request: HttpRequest, dataset: int, row: int) -> HttpResponse:
        lake = Lake(request.user)
        held = next((each for each in lake.datasets if each.pk == dataset), None)
        if held is None or row < 1:
            raise Http404
        found = ask("shipments", lake, dataset=dataset, after=f"{dataset}-{row - 1}", limit=1).rows
        if not found or found[0]["row_number"] != row:
            raise Http404
        facts = [
            (column.title, found[0][column.name])
            for column in SHIPMENT_FILE_COLUMNS
            if found[0][column.name] not in ("", None)
        ]
        return render(
            request, "components/trade/shipment.html", {"dataset": held, "shipment": found[0], "facts": facts}
        )


class SlicePage(View):
    """What the lake says of one country or one HS code."""

    template_name = "components/trade/slice.html"

    def context(
        self, lake: Lake, title: str, kind: str, parameters: dict[str, Any], groupings: list[str]
    ) -> dict[str, Any]:
        """Totals, the series and the largest by each grouping, all within the slice."""
        totals = ask("totals", lake, **parameters)
        months = ask("series", lake, **parameters)
        charts = [drawing.line_chart("by-month", "Value by month", months, "value_usd")]
        for grouping in groupings:
            answer = ask("top", lake, by=grouping, limit=15, **parameters)
            charts.append(drawing.bars(f"by-{grouping}", GROUPING_TITLES[grouping], answer, "value_usd"))
        query = _query_dict(parameters).urlencode()
        return {
            "lake": lake,
            "title": title,
            "kind": kind,
            "totals": totals.rows[0],
            "charts": charts if totals.rows[0]["shipments"] else [],
            "is_synthetic": drawing.is_synthetic(totals),
            "shipments_address": drawing.shipments_address(query),
            "questions": [
                (each, reverse("web:trade-question", args=[each.name]) + f"?{query}") for each in QUESTIONS.values()
            ],
        }


class CountryPage(SlicePage):
    """One country: what was dispatched from it, and what was made in it."""

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        country = get_object_or_404(Country, pk=code)
        lake = Lake(request.user)
        context = self.context(
            lake, country.name, "Country of dispatch", {"dispatch": code}, ["exporter", "importer", "maker", "hs"]
        )
        made = ask("top", lake, by="dispatch", origin=code, limit=15)
        context["charts"].append(drawing.bars("made", f"Made in {country.name}, dispatched from", made, "value_usd"))
        return render(request, self.template_name, context)


class HSCodePage(SlicePage):
    """One HS code: who sent and received it, from where, and on which lists it stands."""

    def get(self, request: HttpRequest, code: str) -> HttpResponse:
        heading = HSHeading.objects.filter(pk=code[:6]).first()
        lake = Lake(request.user)
        title = f"{code} {heading.description}" if heading else code
        context = self.context(lake, title, "HS code", {"hs": code}, ["dispatch", "exporter", "importer", "maker"])
        context["listed"] = PriorityItem.objects.filter(hs6=code[:6])
        return render(request, self.template_name, context)
