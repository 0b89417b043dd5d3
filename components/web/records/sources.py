"""The page of a source: everything it supports."""

from typing import Any

from django.contrib.contenttypes.prefetch import GenericPrefetch
from django.db import models
from django.db.models import Count
from django.http import QueryDict

from components.exports.rows import visible_rows
from components.models import (
    Assembly,
    Citation,
    CitedParty,
    Identification,
    ManufacturerAlias,
    Ownership,
    Part,
    Source,
    Teardown,
)
from components.models.provenance import citable_types
from components.models.visibility import is_insider
from components.web.addresses import list_address, record_address
from components.web.facts import EXACT_PLACE
from components.web.records.base import Context, RecordPage

MOST_CITATIONS = 100  # on the source's page; the list of citations has them all
# What a record's name and address are read from, so that a hundred citations take no hundred queries.
NAMED_BY: dict[type[models.Model], tuple[str, ...]] = {
    Assembly: ("weapon",),
    CitedParty: ("component",),
    Identification: ("component", "manufacturer", "part__manufacturer"),
    ManufacturerAlias: ("manufacturer",),
    Ownership: ("owned", "owner"),
    Part: ("manufacturer",),
    Teardown: ("weapon",),
}


class SourcePage(RecordPage):
    """A publication or file."""

    model = Source
    template_name = "components/source.html"

    def read(self, row: Source) -> Context:
        cited = visible_rows(Citation, self.request.user).filter(source=row)
        counted = cited.order_by().values_list("record_type__model").annotate(number=Count("pk")).order_by("-number")
        names = {kind.model: model for kind, model in citable_types().items()}
        supported = [
            {
                "label": str(names[kind]._meta.verbose_name_plural).capitalize(),
                "value": number,
                "url": list_address(Citation, QueryDict(f"source={row.pk}&record_type={kind}").urlencode()),
            }
            for kind, number in counted
        ]
        provenance = self.provenance([row])
        return {
            "facts": provenance.facts(
                row, "title", "kind", "publisher", "url", "published", "retrieved_on", "licence", "origin", "notes"
            ),
            "supported": supported,
            "citation_count": cited.count(),
            "citations_address": list_address(Citation, f"source={row.pk}"),
            "cited": self.table(cited.order_by("record_type", "record_id", "field", "pk")[:MOST_CITATIONS]),
        }

    def table(self, cited: models.QuerySet[Citation]) -> Context:
        """Citations with the records they support."""
        labels = ("Record", "Supports", "As published", "Place in the source", "Basis", "How sure")
        records = [model._default_manager.select_related(*names) for model, names in NAMED_BY.items()]
        rows = cited.select_related("record_type").prefetch_related(GenericPrefetch("record", records))
        return {
            "columns": [{"label": label} for label in labels],
            "rows": [self._row(each) for each in rows if each.record is not None],
        }

    def _row(self, each: Citation) -> dict[str, Any]:
        is_exact = each.field in EXACT_PLACE and not is_insider(self.request.user)
        return {
            "cells": [
                {"text": str(each.record), "url": record_address(each.record), "note": each.record_type.name},
                each.field.replace("_", " ") or "the whole record",
                "" if is_exact else each.published_value,
                each.place,
                each.get_basis_display(),
                each.get_confidence_display(),
            ],
            "is_synthetic": each.is_synthetic,
        }
