"""The full answer for one subject, with its reasons and what would change it; and all weapons by country."""

from collections.abc import Collection
from itertools import pairwise
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.generic import View

from components.choices import LinkState
from components.curation.permissions import may_add
from components.models import Company, Leg, Link, Trace
from components.normalise.shares import share_text
from components.summaries.route_countries import RouteCountries, route_countries
from components.summaries.routes import (
    MODELS,
    LikelyRoutes,
    assumptions,
    documented_legs,
    kept_routes,
    recomputed_routes,
    weighed_shipments,
)
from components.web.addresses import called, list_address
from components.web.columns import STATUSES
from components.web.editing import seen_or_404
from components.web.forms.what_if import WhatIfForm
from components.web.records.base import Context, Crumb
from components.web.routes import drawing
from components.web.routes.panel import headline, line, standing_in, why_none, why_not
from components.web.routes.times import controls_for, times_of

ASKABLE = {"component", "part", "weapon"}  # a maker's thousands of components are not recomputed while one waits
MOST_COMPARED = 12  # routes beside each other
MOST_LISTED = 12  # routes before the others are folded away


class TraceRedirect(View):
    """A trace is shown on the page of what was traced."""

    def get(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        trace = get_object_or_404(Trace.objects.visible_to(request.user), pk=pk)
        return HttpResponseRedirect(trace.get_absolute_url())


class RoutesPage(View):
    """The likely supply chains of one component, part, weapon, weapon model or manufacturer."""

    def get(self, request: HttpRequest, kind: str, pk: int) -> HttpResponse:
        kind = kind.replace("-", "_")
        if kind not in MODELS:
            raise Http404
        row = seen_or_404(MODELS[kind], pk, request.user)
        answers = kept_routes(kind, pk, request.user)
        form = WhatIfForm(request.GET or None, user=request.user) if kind in ASKABLE and answers else None
        if form is not None and form.is_asked and not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        context = self.head(row, kind) | {
            "answers": [self.answer(each, row) for each in answers],
            "why_not": "" if answers else why_not(kind, pk, request.user),
            "chain": chain_of(documented_legs(kind, pk, request.user), request.user),
            "what_if": form,
            "compared": self.compared(form, answers) if form is not None and form.is_asked else [],
            "leg_address": self.leg_address(kind, pk),
        }
        status = 400 if form is not None and form.errors else 200
        return render(request, "components/routes/routes.html", context, status=status)

    def head(self, row: Any, kind: str) -> Context:
        return {
            "row": row,
            "subject": called(type(row)),
            "trail": [
                Crumb(str(type(row)._meta.verbose_name_plural).capitalize(), list_address(type(row))),
                Crumb(str(row), row.get_absolute_url()),
            ],
        }

    def answer(self, each: LikelyRoutes, row: Any) -> Context:
        """One answer, drawn and reasoned."""
        user, suffix = self.request.user, "-synthetic" if each.is_synthetic else ""
        times = times_of(each.kind, each.pk, user)
        controls, rests_on = controls_for(each, times), assumptions(each, user)
        charts = (
            drawing.flow_chart(each, f"flow{suffix}"),
            drawing.arc_chart(each, f"arcs{suffix}"),
            drawing.time_chart(each, times, controls, f"times{suffix}"),
        )
        return {
            "answer": each,
            "suffix": suffix,
            "headline": headline(each),
            "standing_in": standing_in(each),
            "why_none": why_none(each),
            "lines": [line(route) for route in each.routes[:MOST_LISTED]],
            "other_share": share_text(sum(route.likelihood.probability for route in each.routes[MOST_LISTED:])),
            "other_lines": [line(route) for route in each.routes[MOST_LISTED:]],
            "rest": share_text(each.rest) if each.rest else "",
            "unknown": f"{each.unknown}",
            "unknown_share": round(each.unknown.probability, 4),
            "charts": [chart for chart in charts if chart is not None],
            "controls": controls,
            "excluded": excluded(each, user),
            "weights": weights(row, user) if each.kind == "component" and rests_on.parameters else None,
            "assumptions": rests_on,
        }

    def compared(self, form: WhatIfForm, answers: list[LikelyRoutes]) -> list[Context]:
        """The kept answers beside those under the other assumption."""
        first = answers[0]
        others = recomputed_routes(first.kind, first.pk, self.request.user, form.other, now=timezone.now())
        by_kind = {each.is_synthetic: each for each in others}
        return [beside(each, by_kind.get(each.is_synthetic), form.words) for each in answers]

    def leg_address(self, kind: str, pk: int) -> str:
        """Where a documented step is added."""
        if kind not in {"component", "part"} or not may_add(self.request.user):
            return ""
        return f"{list_address(Leg)}new/?{kind}={pk}"


def beside(kept: LikelyRoutes, other: LikelyRoutes | None, words: str) -> Context:
    """Both answers by route, in the order of the kept one; new routes follow."""
    changed = {tuple(drawing.chain(route)): route for route in other.routes} if other else {}
    held = {tuple(drawing.chain(route)): route for route in kept.routes}
    steps = list(dict.fromkeys([*list(held)[:MOST_COMPARED], *list(changed)[:MOST_COMPARED]]))
    rows = [[" → ".join(each), _told(held.get(each)), _told(changed.get(each))] for each in steps]
    rows.append(["Unknown", str(kept.unknown), str(other.unknown) if other else "–"])
    return {
        "words": words,
        "kept": kept.sentence,
        "other": other.sentence if other else "Nothing could be computed under this assumption.",
        "columns": [
            {"label": "Likely route"},
            {"label": "As assumed", "is_numeric": True},
            {"label": words[0].upper() + words[1:], "is_numeric": True},
        ],
        "rows": [{"cells": cells} for cells in rows],
        "is_synthetic": kept.is_synthetic,
    }


def _told(route: Any) -> str:
    return str(route.likelihood) if route is not None else "–"


def excluded(answer: LikelyRoutes, user: Any) -> Context | None:
    """The shipments that were left out, each with why."""
    if not answer.excluded:
        return None
    links = Link.objects.visible_to(user).in_bulk([each["link"] for each in answer.excluded])
    rows = [
        {
            "cells": [
                {"text": _shipment(links[each["link"]]), "url": links[each["link"]].get_absolute_url()},
                links[each["link"]].shipped_on.isoformat(),
                each["reason"],
            ]
        }
        for each in answer.excluded
        if each["link"] in links
    ]
    columns = [{"label": "Shipment"}, {"label": "Shipped", "is_day": True}, {"label": "Why it was left out"}]
    return {"columns": columns, "rows": rows}


def _shipment(link: Link) -> str:
    return link.declaration_number or f"Shipment {link.pk}"


DOCUMENTS = {"label": "Documents", "is_numeric": True}  # left out where they say nothing
WEIGHT_COLUMNS = (
    {"label": "Shipment"},
    {"label": "Shipped", "is_day": True},
    {"label": "From → to"},
    {"label": "Units, expected", "is_numeric": True},
    {"label": "Link right", "is_numeric": True},
    {"label": "Military use", "is_numeric": True},
    {"label": "Lag", "is_numeric": True},
    {"label": "Shelf", "is_numeric": True},
    DOCUMENTS,
    {"label": "Share of all", "is_numeric": True},
    {"label": "Review"},
)


def weights(component: Any, user: Any) -> Context:
    """What each shipment weighs for a component, factor by factor."""
    rows = []
    weighed = weighed_shipments(component, user)
    is_documented = any(each.documented != 1 for each, _ in weighed)
    for each, link in weighed:
        parties = " → ".join(filter(None, [link.exporter_name, link.importer_name]))
        told = [each.documented] if is_documented else []
        numbers = [each.right, each.military_use, each.lag, each.shelf, *told, each.share]
        units = f"{each.units:,.0f}" + ("" if link.quantity else " (not stated)")
        state = {"text": link.get_state_display(), "status": STATUSES[LinkState(link.state)]}
        first = {"text": _shipment(link), "url": link.get_absolute_url()}
        cells = [
            first,
            each.declared_on.isoformat(),
            parties,
            units,
            *(factor_text(number) for number in numbers),
            state,
        ]
        rows.append({"cells": cells, "is_synthetic": link.is_synthetic})
    columns = [column for column in WEIGHT_COLUMNS if is_documented or column is not DOCUMENTS]
    shown, others = rows[:MOST_LISTED], rows[MOST_LISTED:]
    return {"columns": columns, "rows": shown, "others": others, "is_documented": is_documented}


def factor_text(number: float) -> str:
    """A factor to three significant digits: daily densities are small."""
    return f"{number:.3g}"


def chain_of(legs: list[Leg], user: Any) -> list[Context]:
    """Documented steps in their order, with a gap wherever one does not begin where the last ended."""
    companies = [leg.taker_company_id for leg in legs if leg.taker_company_id]
    known = set(Company.objects.visible_to(user).filter(pk__in=companies).values_list("pk", flat=True))
    steps: list[Context] = [{"leg": leg, "is_gap": False} for leg in legs[:1]]
    for before, leg in pairwise(legs):
        if not is_joined(before, leg, known):
            steps.append({"from": before.taker, "to": leg.giver, "is_gap": True})
        steps.append({"leg": leg, "is_gap": False})
    return steps


def is_joined(before: Leg, leg: Leg, known: Collection[int]) -> bool:
    """Whether the goods were given on by whoever had taken them: a company of those known here, or one of the name."""
    if before.taker_company_id in known and before.taker_company_id == leg.giver_company_id:
        return True
    return before.taker.casefold().split() == leg.giver.casefold().split()


class CountriesPage(View):
    """Over all weapons: through which countries their components likely came."""

    def get(self, request: HttpRequest) -> HttpResponse:
        found = [self.told(each) for each in route_countries(request.user)]
        return render(request, "components/routes/countries.html", {"found": found})

    def told(self, each: RouteCountries) -> Context:
        suffix = "-synthetic" if each.is_synthetic else ""
        return {
            "found": each,
            "suffix": suffix,
            "known": f"{each.known_share:.2f}",
            "first": next((country for country in each.countries if country.code), None),
            "charts": [
                chart
                for chart in (
                    drawing.country_bars(each, f"countries{suffix}"),
                    drawing.country_map(each, f"countries-map{suffix}"),
                )
                if chart["categories"]
            ],
        }
