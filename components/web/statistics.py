"""The home page and the statistics: every figure opens the rows it counts."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.generic import View

from components.exports.rows import visible_rows
from components.filters import filter_rows
from components.models import Component
from components.summaries.statistics import (
    GROUPINGS,
    MEASURES,
    Statistics,
    foreign_share,
    headline,
    statistics,
)
from components.web.addresses import list_address
from components.web.charts import bar_chart, figure_address


class HomePage(View):
    """What the database holds, at a glance."""

    def get(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        charts = [
            self.chart("by-manufacturer", statistics(user, by="manufacturer"), 12),
            self.chart("by-country", statistics(user, by="country"), 12),
            self.chart("by-weapon-model", statistics(user, by="weapon_model"), 12),
            self.chart("by-category", statistics(user, by="category"), 12),
        ]
        context = {
            "figures": [(figure, figure_address(figure)) for figure in headline(user)],
            "charts": charts,
            "share": foreign_share(user),
            "synthetic": synthetic_figure(user, QueryDict()),
        }
        return render(request, "components/home.html", context)

    def chart(self, identifier: str, found: Statistics, most: int) -> dict[str, Any]:
        note = f"Without {found.unknown.value:,} with {found.unknown.label[0].lower()}{found.unknown.label[1:]}."
        return bar_chart(identifier, found.title, found.figures, unit=found.unit, most=most, note=note)


def synthetic_figure(user: Any, question: QueryDict) -> tuple[int, str]:
    """How many of the components that answer a question are made up, and the list that shows them."""
    asked = question.copy()
    asked["is_synthetic"] = "true"
    rows = filter_rows(visible_rows(Component, user), asked, user=user).qs
    return rows.count(), list_address(Component, asked.urlencode())


class StatisticsForm(forms.Form):
    """What is counted, and by what."""

    measure = forms.ChoiceField(label="Count", choices=[(key, title) for key, (title, _) in MEASURES.items()])
    by = forms.ChoiceField(label="By", choices=[(key, title.capitalize()) for key, (title, *_) in GROUPINGS.items()])
    with_acquired = forms.BooleanField(label="Count makers together with those they acquired", required=False)


class StatisticsPage(View):
    """One question at a time: a measure by a grouping, over the components that filters leave."""

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = {name: request.GET[name] for name in StatisticsForm.base_fields if name in request.GET}
        form = StatisticsForm({"measure": "components", "by": "manufacturer", **asked})
        question = request.GET.copy()
        for name in StatisticsForm.base_fields:
            question.pop(name, None)
        filters = filter_rows(visible_rows(Component, request.user), question, user=request.user)
        problems = {**filters.problems(), **form.errors}
        if problems:
            return render(request, "components/statistics.html", {"form": form, "problems": problems}, status=400)
        return render(request, "components/statistics.html", self.answer(form, question))

    def answer(self, form: StatisticsForm, question: QueryDict) -> dict[str, Any]:
        """The chart, the table of all figures, and what they leave out."""
        user, measure, by = self.request.user, form.cleaned_data["measure"], form.cleaned_data["by"]
        with_acquired = form.cleaned_data["with_acquired"]
        found = statistics(user, measure=measure, by=by, with_acquired=with_acquired, question=question)
        note = "A maker counts with all it owns: the figures add up to more than the total." if with_acquired else ""
        share = foreign_share(user, question)
        return {
            "form": form,
            "statistics": found,
            "chart": bar_chart("statistics", found.title, found.figures, unit=found.unit, note=note),
            "table": self.table(found),
            "totals": [(figure, figure_address(figure)) for figure in (found.total, found.unknown)],
            "share": share,
            "shares": [(figure, figure_address(figure)) for figure in (share.foreign, share.domestic)],
            "undecided": share.unknown,
            "synthetic": synthetic_figure(user, question),
            "kept": [(name, value) for name, values in question.lists() for value in values],
            "filters_address": f"{reverse('web:component-list')}?{question.urlencode()}",
        }

    def table(self, found: Statistics) -> dict[str, Any]:
        """Every figure, with its share of the total."""
        total = found.total.value
        return {
            "columns": [
                {"label": found.title.partition(" by ")[2].capitalize()},
                {"label": found.unit.capitalize(), "is_count": True},
                {"label": "Of all", "is_numeric": True},
            ],
            "rows": [
                {
                    "cells": [
                        {"text": figure.label, "url": figure_address(figure)},
                        figure.value,
                        f"{100 * figure.value / total:.1f} %" if total else "",
                    ]
                }
                for figure in found.figures
            ],
        }
