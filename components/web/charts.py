"""Figures as the charts of a page; each bar opens the rows it counts."""

from collections.abc import Sequence
from typing import Any

from django.urls import reverse

from components.summaries.statistics import Figure

MOST_BARS = 20  # of one chart; the table of figures on the statistics page has them all

Chart = dict[str, Any]


def figure_address(figure: Figure) -> str:
    """The list that shows the rows a figure counts."""
    path = reverse(f"web:{figure.list_name}")
    return f"{path}?{figure.query}" if figure.query else path


def bar_chart(
    identifier: str,
    title: str,
    figures: Sequence[Figure],
    *,
    unit: str,
    kind: str = "hbar",
    note: str = "",
    most: int = MOST_BARS,
    is_synthetic: bool = False,
) -> Chart:
    """A chart of one series, with what it leaves out said in its note."""
    shown = figures[:most]
    left_out = f"The {len(shown)} largest of {len(figures)}." if len(figures) > len(shown) else ""
    return {
        "id": identifier,
        "title": title,
        "kind": kind,
        "unit": unit,
        "categories": [figure.label for figure in shown],
        "series": [{"name": title, "values": [figure.value for figure in shown]}],
        "links": [figure_address(figure) for figure in shown],
        "note": " ".join(filter(None, [note, left_out])),
        "is_synthetic": is_synthetic,
    }
