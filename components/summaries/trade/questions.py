"""Every question of the trade lake: its parameters, its columns, and how its answer is put together."""

import calendar
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import urlencode

from components.exports.columns import Column
from components.filters import trade as forms
from components.filters.trade import BASELINE, SliceForm
from components.models import ControlDate
from components.summaries.trade.asking import (
    SHIPMENT_FILE_COLUMNS,
    Lake,
    LakeRows,
    ListedRows,
    Named,
    answered,
    names_of,
)

ROWS = Column("rows", "rows")
MEASURED = (
    Column("value_usd", "value_usd", "number"),
    Column("net_kg", "net_kg", "number"),
    Column("quantity", "quantity", "number"),
    Column("shipments", "shipments", "integer"),
    Column("with_value", "with_value", "integer"),
    Column("synthetic", "synthetic", "integer"),
)
SEEN = (Column("first_day", "first_day", "date"), Column("last_day", "last_day", "date"))
OTHERS = "all others"
MOST_FILE_ROWS = 1_000_000  # no answer has as many groups; what a sheet or a client can take is its format's matter


@dataclass
class Answer:
    """The rows of an answer with their columns; `marks` are days of controls, `baseline` the monthly average."""

    columns: tuple[Column, ...]
    rows: list[dict[str, Any]]
    notes: list[str] = field(default_factory=list)
    marks: list[dict[str, str]] = field(default_factory=list)
    baseline: dict[str, Any] | None = None
    next: str = ""


@dataclass(frozen=True)
class Question:
    """A question of the trade lake."""

    name: str
    title: str
    help: str
    form: type[SliceForm]
    put: Callable[[Lake, Any], Answer]

    def answer(self, lake: Lake, form: Any) -> Answer:
        """The answer over every dataset that can be read; its notes name those that cannot."""
        answer = answered(lake, lambda: self.put(lake, form))
        answer.notes += lake.left_out
        return answer


def _query(form: SliceForm, *more: tuple[str, str], drop: Sequence[str] = ()) -> str:
    """The query string of the shipments behind a figure: the slice, narrowed to the figure."""
    changed = {name for name, _ in more} | set(drop)
    pairs = [(name, value) for name, values in form.asked().items() if name not in changed for value in values]
    return urlencode(sorted([*pairs, *more]))


def _totals(lake: Lake, form: Any) -> Answer:
    from components.lake import questions

    found = lake.run(questions.totals(lake.shipments(form.slice())))
    for row in found:
        row["synthetic"] = row["synthetic"] or 0
        row["rows"] = _query(form)
    return Answer((*MEASURED, *SEEN, ROWS), found)


def _series(lake: Lake, form: Any) -> Answer:
    from components.lake import questions

    given = form.cleaned_data
    period, by, measure = given["period"], given["by"], given["measure"]
    found = lake.run(questions.series(lake.shipments(form.slice()), lake.companies_by(by), period=period, by=by))
    of_period: dict[str, float] = defaultdict(float)
    for row in found:
        of_period[row["period"]] += row[measure] or 0
    names = names_of(by, (row["group"] for row in found), lake.user) if by else {}
    kept = _largest(found, measure, given["most"]) if by else set()
    rows = _together(found, kept, by)
    for row in rows:
        named = names.get(row.get("group"), Named(OTHERS)) if by else Named("")
        since, until = _days(row["period"], form)
        row["group_name"] = named.name if by else ""
        row["share_percent"] = _percent(row[measure], of_period[row["period"]])
        # What is put together under "all others" has no filter that says it.
        is_others = by and row.get("group") is None
        row["rows"] = (
            None
            if is_others or (by and not named.filter)
            else _query(form, *named.filter, ("since", since), ("until", until))
        )
    answer = Answer(_series_columns(by), rows, marks=_marks(rows, period))
    if period == "month" and not by:
        _compare(answer, lake, form, measure)
    if by and len({row["group"] for row in found}) > len(kept):
        answer.notes.append(f"The {len(kept)} largest groups; the others are put together.")
    return answer


def _series_columns(by: str) -> tuple[Column, ...]:
    group = (Column("group", "group"), Column("group_name", "group_name")) if by else ()
    share = (Column("share_percent", "share_percent", "number"),) if by else ()
    compared = () if by else (Column("of_baseline_percent", "of_baseline_percent", "number"),)
    return (Column("period", "period"), *group, *MEASURED, *share, *compared, ROWS)


def _largest(rows: list[dict[str, Any]], measure: str, most: int) -> set[Any]:
    sums: dict[Any, float] = defaultdict(float)
    for row in rows:
        sums[row["group"]] += row[measure] or 0
    return set(sorted(sums, key=lambda group: (-sums[group], str(group)))[:most])


def _together(rows: list[dict[str, Any]], kept: set[Any], by: str) -> list[dict[str, Any]]:
    """The rows of the kept groups, and one for all the others in each period."""
    if not by:
        return rows
    shown = [row for row in rows if row["group"] in kept]
    others: dict[str, dict[str, Any]] = {}
    for row in rows:
        if row["group"] not in kept:
            into = others.setdefault(row["period"], {"period": row["period"], "group": None})
            for column in MEASURED:
                into[column.name] = _sum(into.get(column.name), row[column.name])
    return sorted([*shown, *others.values()], key=lambda row: (row["period"], row["group"] is None, str(row["group"])))


def _sum(first: Any, second: Any) -> Any:
    return second if first is None else first if second is None else first + second


def _days(period: str, form: Any) -> tuple[str, str]:
    """First and last day of a month or year, within the slice."""
    year, _, month = period.partition("-")
    first = date(int(year), int(month or 1), 1)
    last = date(int(year), int(month or 12), calendar.monthrange(int(year), int(month or 12))[1])
    given = form.cleaned_data
    return max(first, given["since"] or first).isoformat(), min(last, given["until"] or last).isoformat()


def _marks(rows: list[dict[str, Any]], period: str) -> list[dict[str, str]]:
    """The days of controls within the period of an answer."""
    if not rows or period != "month":
        return []
    first, last = rows[0]["period"], rows[-1]["period"]
    return [
        {
            "date": each.date,
            "period": f"{each.first_day:%Y-%m}",
            "jurisdiction": each.jurisdiction,
            "event": each.event,
            "source": each.attribution,
        }
        for each in ControlDate.objects.all()
        if first <= f"{each.first_day:%Y-%m}" <= last
    ]


def _compare(answer: Answer, lake: Lake, form: Any, measure: str) -> None:
    """Each month against the monthly average of a period before; months without shipments count as zero."""
    from dataclasses import replace

    from components.lake import questions

    given = form.cleaned_data
    since, until = given["baseline_since"] or BASELINE[0], given["baseline_until"] or BASELINE[1]
    months = (until.year - since.year) * 12 + until.month - since.month + 1  # the form takes whole months alone
    before = lake.shipments(replace(form.slice(), since=since, until=until))
    total = lake.run(questions.totals(before))[0][measure]
    average = (total or 0) / months
    answer.baseline = {
        "since": f"{since:%Y-%m}",
        "until": f"{until:%Y-%m}",
        "months": months,
        "monthly_average": average,
    }
    for row in answer.rows:
        row["of_baseline_percent"] = _percent(row[measure], average)


def _percent(value: float | None, of: float) -> float | None:
    return None if not of or value is None else 100 * value / of


def _cut(found: list[dict[str, Any]], limit: int) -> tuple[list[dict[str, Any]], list[str]]:
    """The rows that were asked for, and a note where there are more. Questions are asked for one row beyond."""
    if len(found) <= limit:
        return found, []
    return found[:limit], [f"The first {limit:,} rows; there are more. A file holds them all."]


def _top(lake: Lake, form: Any) -> Answer:
    from components.lake import questions

    given = form.cleaned_data
    by = (given["by"], *([given["and_by"]] if given["and_by"] and given["and_by"] != given["by"] else []))
    shipments = lake.shipments(form.slice())
    question = questions.top(
        shipments, lake.companies_by(*by), by=by, measure=given["measure"], limit=given["limit"] + 1
    )
    found, notes = _cut(lake.run(question), given["limit"])
    whole = lake.run(questions.totals(shipments))[0][given["measure"]] or 0
    answer = _grouped(lake, form, found, by, given["measure"], whole)
    answer.notes += notes
    return answer


def _grouped(
    lake: Lake, form: Any, found: list[dict[str, Any]], by: Sequence[str], measure: str, whole: float | None
) -> Answer:
    names = [names_of(each, (row[f"group{n}"] for row in found), lake.user) for n, each in enumerate(by)]
    for row in found:
        named = [names[n].get(row[f"group{n}"], Named("not stated")) for n in range(len(by))]
        for n, each in enumerate(named):
            row[f"group{n}_name"] = each.name
            row[f"group{n}_company"] = each.company
        if whole is not None:
            row["share_percent"] = _percent(row[measure], whole)
        has_all = all(each.filter for each in named)
        row["rows"] = _query(form, *(pair for each in named for pair in each.filter)) if has_all else None
    groups = [
        column
        for n in range(len(by))
        for column in (Column(f"group{n}", f"group{n}"), Column(f"group{n}_name", f"group{n}_name"))
    ]
    share = (Column("share_percent", "share_percent", "number"),) if whole is not None else ()
    return Answer((*groups, *MEASURED, *share, *SEEN, ROWS), found)


def _newcomers(lake: Lake, form: Any) -> Answer:
    from components.lake import questions

    given = form.cleaned_data
    since = given["first_since"] or form.fields["first_since"].initial
    shipments = lake.shipments(form.slice())
    found = lake.run(
        questions.newcomers(
            shipments,
            lake.companies_by(given["by"]),
            by=given["by"],
            since=since,
            measure=given["measure"],
            limit=given["limit"] + 1,
        )
    )
    found, notes = _cut(found, given["limit"])
    answer = _grouped(lake, form, found, (given["by"],), given["measure"], None)
    first = min((each.first_day for each in lake.datasets if each.first_day), default=None)
    answer.notes.append(
        f"First seen on or after {since} in what is held, which begins on {first}: earlier trade may be missing."
    )
    answer.notes += notes
    return answer


def _flows(lake: Lake, form: Any) -> Answer:
    from components.lake import questions

    given = form.cleaned_data
    stages = tuple(given["stages"].split(","))
    shipments = lake.shipments(form.slice())
    found = lake.run(
        questions.top(shipments, lake.companies_by(*stages), by=stages, measure=given["measure"], limit=given["limit"])
    )
    whole = lake.run(questions.totals(shipments))[0][given["measure"]] or 0
    answer = _grouped(lake, form, found, stages, given["measure"], whole)
    shown = sum(row[given["measure"]] or 0 for row in found)
    if whole:
        answer.notes.append(f"The {len(found)} largest flows: {100 * shown / whole:.0f} % of the whole.")
    return answer


def _prices(lake: Lake, form: Any) -> Answer:
    from components.lake import questions

    given = form.cleaned_data
    found = lake.run(
        questions.prices(
            lake.shipments(form.slice()), lake.companies_by(given["by"]), by=given["by"], per=given["per"]
        ).limit(given["limit"] + 1)
    )
    found, cut = _cut(found, given["limit"])
    names = names_of(given["by"], (row["group0"] for row in found), lake.user)
    for row in found:
        named = names[row["group0"]]
        row["group0_name"] = named.name
        row["rows"] = _query(form, *named.filter) if named.filter else None
    columns = ("median", "lower", "upper", "lowest", "highest")
    return Answer(
        (
            Column("group0", "group0"),
            Column("group0_name", "group0_name"),
            Column("unit", "unit"),
            Column("shipments", "shipments", "integer"),
            Column("synthetic", "synthetic", "integer"),
            *(Column(name, name, "number") for name in columns),
            ROWS,
        ),
        found,
        notes=[
            "In US dollars as declared, of shipments that state value and amount; lower and upper are quartiles.",
            *cut,
        ],
    )


def _odd_prices(lake: Lake, form: Any) -> Answer:
    from components.lake import questions

    given = form.cleaned_data
    question = questions.odd_prices(
        lake.shipments(form.slice()), lake.companies, by=given["by"], per=given["per"], limit=given["limit"] + 1
    )
    found, cut = _cut(lake.run(question), given["limit"])
    names = names_of(given["by"], (row["group0"] for row in found), lake.user)
    for row in found:
        row["group0_name"] = names[row["group0"]].name
        row["rows"] = urlencode(
            {"dataset": row["dataset"], "after": f"{row['dataset']}-{row['row_number'] - 1}", "limit": 1}
        )
    kinds = {column.name: column.kind for column in SHIPMENT_FILE_COLUMNS}
    names_shown = [name for name in (found[0] if found else {}) if name not in {"rows", "group0_name"}]
    columns = [
        Column(name, name, kinds.get(name, "number" if name in {"price", "distance"} else "text"))
        for name in names_shown
    ]
    note = (
        "Prices beyond Tukey's fences (1.5 interquartile ranges) on the logarithm of the prices of their group "
        "and unit; `distance` counts the ranges. An odd price may be an error, another good under the same code, or a "
        "sign."
    )
    return Answer((*columns, Column("group0_name", "group0_name"), ROWS), found, notes=[note, *cut])


def _shipments(lake: Lake, form: Any) -> Answer:
    from components.lake import questions

    given = form.cleaned_data
    limit = given["limit"]
    found = lake.run(
        questions.rows(lake.shipments(form.slice()), lake.companies, after=given["after"], limit=limit + 1)
    )
    shown = found[:limit]
    columns = (*SHIPMENT_FILE_COLUMNS, Column("tier", "tier"))
    following = f"{shown[-1]['dataset']}-{shown[-1]['row_number']}" if len(found) > limit else ""
    names = [column.name for column in columns]
    return Answer(columns, [{name: row[name] for name in names} for row in shown], next=following)


QUESTIONS: dict[str, Question] = {
    each.name: each
    for each in (
        Question("totals", "Totals", "Value, weight, quantity and number of shipments.", forms.TotalsForm, _totals),
        Question(
            "series",
            "Over time",
            "By month or year, alone or by a grouping, against a monthly average before, with the days of controls.",
            forms.SeriesForm,
            _series,
        ),
        Question(
            "top",
            "Largest",
            "The largest exporters, importers, makers, countries, codes, or pairs.",
            forms.TopForm,
            _top,
        ),
        Question(
            "newcomers", "Newcomers", "Who or what appears first on or after a day.", forms.NewcomersForm, _newcomers
        ),
        Question(
            "flows",
            "Flows",
            "From origin over dispatch to the importer, and through third countries.",
            forms.FlowsForm,
            _flows,
        ),
        Question("prices", "Prices", "Prices per unit or kg: median, quartiles, extremes.", forms.PricesForm, _prices),
        Question(
            "odd-prices",
            "Odd prices",
            "Shipments whose price stands far from its group's.",
            forms.PricesForm,
            _odd_prices,
        ),
        Question(
            "shipments",
            "Shipments",
            "Single shipments, by any filter and by words of the description.",
            forms.ShipmentsForm,
            _shipments,
        ),
    )
}


def file_rows(question: Question, lake: Lake, form: Any) -> tuple[Any, tuple[Column, ...]]:
    """What a file of an answer holds: all its rows, or every shipment that the filters leave; `limit` is for pages."""
    from components.lake import questions

    if question.name == "shipments":
        lake.leave_out_altered()  # a file that is sent already cannot be begun anew
        shipments = questions.resolved(lake.shipments(form.slice()), lake.companies, *questions.PARTY_KEYS)
        return LakeRows(lake, shipments), SHIPMENT_FILE_COLUMNS
    if "limit" in form.cleaned_data:
        form.cleaned_data["limit"] = MOST_FILE_ROWS
    answer = question.answer(lake, form)
    return ListedRows(answer.rows), tuple(column for column in answer.columns if column.name != "rows")


def named_as_left_out(lake: Lake) -> str:
    """What the name of a file ends with that lacks datasets, because their files cannot be read; empty: none."""
    return "".join(f"-without-dataset-{pk}" for pk in sorted(lake.unreadable))
