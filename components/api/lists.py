"""The list of a model: its pages, its facets and its files, all from the same rows."""

from dataclasses import asdict
from typing import Any, ClassVar

from django.db import models
from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from components.api.addresses import ADDRESSES
from components.api.pages import PAGE_PARAMETERS, read_page
from components.api.parsers import StrictJSONParser
from components.api.problems import BadQuestion
from components.api.questions import answering_rows, asked_columns, asked_order, asked_rows
from components.api.renderers import JSONAlways
from components.exports.files import FORMATS
from components.exports.rows import visible_rows
from components.filters.facets import facets


class ListViewSet(ViewSet):
    """Reads of all rows of a model that the asking person may see."""

    model: ClassVar[type[models.Model]]
    content_negotiation_class = JSONAlways
    parser_classes = (StrictJSONParser,)

    def list(self, request: Request) -> Response:
        """The rows, under filters, in pages.

        By number: `page` and `page_size`, with the count of all rows. By cursor: begin with an empty `cursor` and
        follow `next`; there is no count, and no row is met twice or left out while others write.
        """
        asked = asked_rows(self.model, request.query_params, request.user, beside=PAGE_PARAMETERS)
        return Response(read_page(asked, asked_columns(self.model, request.query_params), request))

    @action(detail=False)
    def facets(self, request: Request) -> Response:
        """How many of the rows have each value of the list's main filters.

        A facet counts under all filters but its own.
        """
        question = request.query_params
        answering_rows(self.model, question, request.user, beside=set())
        counted = facets(visible_rows(self.model, request.user), question, request.user)
        return Response({"facets": [asdict(facet) for facet in counted]})

    @action(detail=False)
    def export(self, request: Request) -> HttpResponseBase:
        """All rows under the filters as one file: the same rows, columns and values as the list."""
        question = request.query_params
        rows = answering_rows(self.model, question, request.user, beside={"format", "fields", "ordering"})
        form = FORMATS.get(question.get("format", ""))
        if form is None:
            raise BadQuestion({"format": [f"Expected one of {', '.join(FORMATS)}."]}, question)
        columns = asked_columns(self.model, question)
        content = form.write(rows.order_by(*asked_order(self.model, question)), columns)
        name = f"{ADDRESSES[self.model]}-{timezone.now():%Y-%m-%d}.{form.name}"
        disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
        return StreamingHttpResponse(content, content_type=form.mime, headers=disposition)

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        """What one person may see, no shared cache may keep for another."""
        response = super().finalize_response(request, response, *args, **kwargs)
        response.headers.setdefault("Cache-Control", "private, no-cache")
        patch_vary_headers(response, ["Authorization", "Cookie"])
        return response
