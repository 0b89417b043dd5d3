"""Answers of the trade lake as tables and charts of a page; every figure opens its shipments."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.urls import reverse

from components.exports.columns import HEADINGS, Column
from components.filters.trade import GROUPING_TITLES, MEASURE_TITLES
from components.models import Country
from components.summaries.trade.questions import OTHERS, Answer

Chart = dict[str, Any]
HIDDEN = {"rows", "with_value", "row_number", "synthetic", "is_synthetic"}
MOST_SANKEY = 40  # flows of one drawing; the table below has all


def shipments_address(query: str | None) -> str:
    """The page of the shipments behind a figure; "" where no filter tells them."""
    if query is None:
        return ""
    path = reverse("web:trade-question", args=["shipments"])
    return f"{path}?{query}" if query else path


def table(answer: Answer, groups: Sequence[str] = ()) -> dict[str, Any]:
    """The rows of an answer as a table; the first cell opens the shipments, companies open their pages."""
    shown = [column for column in answer.columns if _is_shown(column, answer)]
    return {
        "columns": [
            {"label": heading(column, groups), "is_numeric": column.kind in {"number", "integer"}} for column in shown
        ],
        "rows": [
            {"cells": [_cell(row, column) for column in shown], "is_synthetic": _is_synthetic(row)}
            for row in answer.rows
        ],
    }


def _is_shown(column: Column, answer: Answer) -> bool:
    """Keys stay out where the name stands beside them."""
    names = {each.name for each in answer.columns}
    is_key = column.name.endswith("_key")
    return column.name not in HIDDEN and not is_key and f"{column.name}_name" not in names


def heading(column: Column, groups: Sequence[str]) -> str:
    """What a column is called on the page."""
    name = column.name.removesuffix("_name")
    if name.startswith("group"):
        number = int(name.removeprefix("group") or 0)
        return GROUPING_TITLES.get(groups[number], "Group") if number < len(groups) else "Group"
    titles = {**MEASURE_TITLES, "share_percent": "Share (%)", "of_baseline_percent": "Of the average before (%)"}
    return titles.get(column.name) or HEADINGS.get(column.name) or column.name.replace("_", " ").capitalize()


def _cell(row: dict[str, Any], column: Column) -> Any:
    value = row.get(column.name)
    if column.name.startswith("group") and column.name.endswith("_name"):
        company = row.get(f"{column.name.removesuffix('_name')}_company")
        return {"text": value, "url": reverse("web:company", args=[company])} if company else value
    if column.name == "shipments" and row.get("rows") is not None:
        return {"text": f"{value:,}", "url": shipments_address(row["rows"])}
    if column.kind == "number":
        digits = 1 if column.name.endswith("percent") else 0 if column.name in {"value_usd", "quantity"} else 2
        return "" if value is None else f"{value:,.{digits}f}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, int):
        return f"{value:,}"
    return "" if value is None else value


def _is_synthetic(row: dict[str, Any]) -> bool:
    return bool(row.get("synthetic") or row.get("is_synthetic"))


def is_synthetic(answer: Answer) -> bool:
    """Whether any of an answer is made up."""
    return any(map(_is_synthetic, answer.rows))


def line_chart(identifier: str, title: str, answer: Answer, measure: str) -> Chart:
    """A series over time, with the average before as a line and the days of controls as marks."""
    base = answer.baseline
    note = ""
    if base and base["monthly_average"]:
        note = f"The dashed line is the monthly average of {base['since']} to {base['until']}."
    if answer.marks:
        note += " Dotted lines are days of controls, which the question “Over time” lists."
    marks: dict[str, list[str]] = {}
    for mark in answer.marks:
        marks.setdefault(mark["period"], []).append(f"{mark['date']} {mark['jurisdiction']}: {mark['event']}")
    return {
        "id": identifier,
        "title": title,
        "kind": "line",
        "unit": MEASURE_TITLES[measure],
        "categories": [row["period"] for row in answer.rows],
        "series": [{"name": MEASURE_TITLES[measure], "values": [row[measure] for row in answer.rows]}],
        "links": [shipments_address(row["rows"]) for row in answer.rows],
        "note": note,
        "marks": [{"category": period, "text": "; ".join(events)} for period, events in sorted(marks.items())],
        "baseline": base["monthly_average"] if base else None,
        "is_synthetic": is_synthetic(answer),
    }


def stacked_chart(identifier: str, title: str, answer: Answer, *, measure: str, as_shares: bool) -> Chart:
    """Groups over time, stacked: values, or shares of each period in percent."""
    periods = list(dict.fromkeys(row["period"] for row in answer.rows))
    value = "share_percent" if as_shares else measure
    groups: dict[str, dict[str, float | None]] = {}
    for row in answer.rows:
        groups.setdefault(row["group_name"], {})[row["period"]] = row[value]
    names = sorted(groups, key=lambda name: (name == OTHERS, -sum(v or 0 for v in groups[name].values())))
    return {
        "id": identifier,
        "title": title,
        "kind": "stacked",
        "unit": "%" if as_shares else MEASURE_TITLES[measure],
        "categories": periods,
        "series": [
            {"name": name, "values": [_rounded(groups[name].get(period)) for period in periods]} for name in names
        ],
        "note": "Shares of each period." if as_shares else "",
        "is_synthetic": is_synthetic(answer),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def sankey_chart(identifier: str, title: str, answer: Answer, stages: Sequence[str], measure: str) -> Chart:
    """Flows between stages. The figures below it are the flows one by one."""
    rows = [row for row in answer.rows if row[measure]][:MOST_SANKEY]
    nodes: dict[tuple[int, str], None] = {}
    links: dict[tuple[str, str], float] = {}
    for row in rows:
        names = [row[f"group{n}_name"] for n in range(len(stages))]
        for n, name in enumerate(names):
            nodes.setdefault((n, name))
        for n in range(len(names) - 1):
            pair = (f"{n}:{names[n]}", f"{n + 1}:{names[n + 1]}")
            links[pair] = links.get(pair, 0) + row[measure]
    notes = list(answer.notes)
    if len(answer.rows) > len(rows):
        notes.append(f"Drawn are the {len(rows)} largest.")
    return {
        "id": identifier,
        "title": title,
        "kind": "sankey",
        "unit": MEASURE_TITLES[measure],
        "categories": [" → ".join(row[f"group{n}_name"] for n in range(len(stages))) for row in rows],
        "series": [{"name": MEASURE_TITLES[measure], "values": [row[measure] for row in rows]}],
        "links": [shipments_address(row["rows"]) for row in rows],
        "nodes": [{"name": f"{stage}:{name}", "depth": stage, "label": name} for stage, name in nodes],
        "flows": [
            {"source": source, "target": target, "value": round(value, 2)} for (source, target), value in links.items()
        ],
        "note": " ".join(notes),
        "is_synthetic": is_synthetic(answer),
    }


def map_chart(identifier: str, title: str, answer: Answer, measure: str) -> Chart:
    """Countries by a measure, on shapes of our own server."""
    rows = [row for row in answer.rows if row["group0"]]
    codes = dict(Country.objects.filter(pk__in=[row["group0"] for row in rows]).values_list("pk", "numeric"))
    return {
        "id": identifier,
        "title": title,
        "kind": "map",
        "unit": MEASURE_TITLES[measure],
        "categories": [row["group0_name"] for row in rows],
        "series": [{"name": MEASURE_TITLES[measure], "values": [row[measure] for row in rows]}],
        "links": [shipments_address(row["rows"]) for row in rows],
        "codes": [codes.get(row["group0"], "") for row in rows],
        "note": "Small countries and territories, such as Hong Kong, have no shape on this map: see the figures.",
        "is_synthetic": is_synthetic(answer),
    }


def bars(identifier: str, title: str, answer: Answer, measure: str, most: int = 15) -> Chart:
    """The largest groups, or pairs, as horizontal bars."""
    rows = answer.rows[:most]
    pairs = [" → ".join(str(row[name]) for name in ("group0_name", "group1_name") if name in row) for row in rows]
    return {
        "id": identifier,
        "title": title,
        "kind": "hbar",
        "unit": MEASURE_TITLES[measure],
        "categories": pairs,
        "series": [{"name": MEASURE_TITLES[measure], "values": [row[measure] for row in rows]}],
        "links": [shipments_address(row["rows"]) for row in rows],
        "note": f"The {len(rows)} largest of {len(answer.rows)} shown." if len(answer.rows) > len(rows) else "",
        "is_synthetic": is_synthetic(answer),
    }
