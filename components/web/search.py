"""One box for everything: what matches in each list, with the list that has the rest."""

from typing import Any
from urllib.parse import urlencode

from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.generic import View

from components.exports.rows import visible_rows
from components.models import (
    Assembly,
    Component,
    Manufacturer,
    ManufacturerAlias,
    Part,
    Source,
    Teardown,
    Weapon,
    WeaponModel,
)
from components.web.addresses import called_many, list_address
from components.web.records.base import table

SHOWN_OF_EACH = 10
LONGEST_QUESTION = 200
# The columns that tell what was found in each list.
SEARCHED: tuple[tuple[type[models.Model], tuple[str, ...]], ...] = (
    (Component, ("published_name", "marking", "manufacturer_name", "part_mpn", "weapon_label")),
    (Weapon, ("label", "model_name", "serial_number", "recovered", "recovered_place")),
    (WeaponModel, ("name", "kind", "country")),
    (Manufacturer, ("name", "country")),
    (Part, ("mpn", "manufacturer_name", "description")),
    (Teardown, ("weapon_label", "examined", "examined_by", "place")),
    (Assembly, ("name", "weapon_label", "designation", "function")),
    (Source, ("title", "kind", "publisher", "published")),
)


class SearchPage(View):
    """What a few words find, part numbers first."""

    def get(self, request: HttpRequest) -> HttpResponse:
        words = request.GET.get("q", "").replace("\0", "").strip()[:LONGEST_QUESTION]
        groups = self.groups(words) if words else []
        found = [group for group in groups if group["count"]]
        return render(request, "components/search.html", {"search_words": words, "groups": found})

    def groups(self, words: str) -> list[dict[str, Any]]:
        """Each list with its first matches and how many there are."""
        numbered = visible_rows(Part, self.request.user).numbered_like(words)  # type: ignore[attr-defined]
        groups = [self.group("part numbers", numbered, "part_number", words, SEARCHED[4][1])]
        for model, names in SEARCHED:
            title = "parts by description" if model is Part else called_many(model)
            rows = visible_rows(model, self.request.user).matching(words)  # type: ignore[attr-defined]
            groups.append(self.group(title, rows, "q", words, names))
            if model is Manufacturer:
                groups.append(self.aliases(words))
        return groups

    def group(
        self, title: str, rows: models.QuerySet[Any], parameter: str, words: str, names: tuple[str, ...]
    ) -> dict[str, Any]:
        count = rows.count()
        return {
            "title": title.capitalize(),
            "count": count,
            "url": list_address(rows.model, urlencode({parameter: words})),
            "has_more": count > SHOWN_OF_EACH,
            "table": table(rows, *names, most=SHOWN_OF_EACH) if count else None,
        }

    def aliases(self, words: str) -> dict[str, Any]:
        """Makers by another name they are written by."""
        found = (
            visible_rows(ManufacturerAlias, self.request.user)
            .filter(name__icontains=words)
            .select_related("manufacturer")
        )
        count = found.count()
        rows = [
            {
                "cells": [each.name, {"text": each.manufacturer.name, "url": each.manufacturer.get_absolute_url()}],
                "is_synthetic": each.is_synthetic,
            }
            for each in found.order_by("name", "pk")[:SHOWN_OF_EACH]
        ]
        columns = [{"label": "Also written"}, {"label": "Manufacturer"}]
        return {
            "title": "Other names of manufacturers",
            "count": count,
            "url": "",
            "has_more": count > SHOWN_OF_EACH,
            "table": {"columns": columns, "rows": rows},
        }
