"""Lists in pages: by number with a count, or by cursor, which costs the same however far it has walked."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any, Literal

import orjson
from django.core.exceptions import ValidationError
from django.db import models
from django.http import QueryDict
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from components.api.problems import BadQuestion
from components.api.questions import asked_order
from components.exports.columns import COLUMNS, Column
from components.exports.rows import as_dicts, walk_column

PAGE_SIZE = 100
MOST_PER_PAGE = 1_000
MOST_DIGITS = 9  # of a page number: a product with the page size stays within 64 bits
GREATEST_ID = 2**63 - 1
PAGE_PARAMETERS = {"page", "page_size", "cursor", "ordering", "fields"}

Answer = dict[str, Any]


def read_page(rows: models.QuerySet[Any], columns: tuple[Column, ...], request: Request) -> Answer:
    """One page of rows as the answer to a list. Raises BadQuestion, and NotFound past the last page."""
    question = request.query_params
    size = _whole(question, "page_size", PAGE_SIZE, most=MOST_PER_PAGE)
    if "cursor" not in question:
        return _numbered(rows, columns, request, size)
    for name in {"page", "ordering"} & set(question):
        raise BadQuestion({name: ["A cursor walks in the order of the ids, from page to page."]}, question)
    return _walked(rows, columns, request, size)


def _whole(question: QueryDict, name: str, default: int, *, most: int) -> int:
    text = question.get(name, str(default))
    if not (text.isascii() and text.isdigit()) or len(text) > MOST_DIGITS or not 1 <= int(text) <= most:
        raise BadQuestion({name: [f"Expected a whole number from 1 to {most}."]}, question)
    return int(text)


def _numbered(rows: models.QuerySet[Any], columns: tuple[Column, ...], request: Request, size: int) -> Answer:
    question = request.query_params
    page = _whole(question, "page", 1, most=10**MOST_DIGITS - 1)
    order = asked_order(rows.model, question)
    count = rows.order_by().count()  # before `values`, which would keep its joins in the count
    if page > 1 and (page - 1) * size >= count:
        raise NotFound(f"There is no page {page}: the list has {count} rows.")
    start = (page - 1) * size
    return {
        "count": count,
        "next": _link(request, page=page + 1) if start + size < count else None,
        "previous": _link(request, page=page - 1) if page > 1 else None,
        "results": as_dicts(rows.order_by(*order)[start : start + size], columns),
    }


@dataclass(frozen=True)
class Cursor:
    """A place between two rows in the order of the ids, and on which side of it to read; no key is before all rows."""

    side: Literal["after", "before"] = "after"
    key: int | str | None = None

    def encoded(self) -> str:
        """The cursor as it stands in an address; opaque to clients."""
        return base64.urlsafe_b64encode(orjson.dumps([self.side, self.key])).decode().rstrip("=")

    @classmethod
    def decoded(cls, text: str, model: type[models.Model]) -> "Cursor":
        """Raises ValueError for a text that is not a cursor of this model's list."""
        if not text:
            return cls()
        try:
            side, key = orjson.loads(base64.b64decode(text + "=" * (-len(text) % 4), b"-_", validate=True))
            kept = model._meta.pk.to_python(key)
        except (ValueError, TypeError, binascii.Error, ValidationError) as problem:
            raise ValueError(text) from problem
        if side not in {"after", "before"} or type(kept) is not type(key) or key in {"", True, False}:
            raise ValueError(text)
        if (isinstance(key, int) and not 0 <= key <= GREATEST_ID) or "\0" in str(key):
            raise ValueError(text)
        return cls(side, key)


def _walked(rows: models.QuerySet[Any], columns: tuple[Column, ...], request: Request, size: int) -> Answer:
    """One query: it reads one row more than it shows, to know whether there are further ones."""
    cursor = _cursor(request, rows.model)
    key = COLUMNS[rows.model][0]  # every list begins with its primary key
    wanted = columns if key in columns else (*columns, key)
    backwards = cursor.side == "before"
    column = walk_column(rows.model, request.query_params)
    if cursor.key is not None:
        rows = rows.filter(**{f"{column}__{'lt' if backwards else 'gt'}": cursor.key})
    found = as_dicts(rows.order_by(f"-{column}" if backwards else column)[: size + 1], wanted)
    shown = found[:size][::-1] if backwards else found[:size]
    is_first = len(found) <= size if backwards else cursor.key is None
    is_last = len(found) <= size and not backwards
    first, last = (shown[0][key.name], shown[-1][key.name]) if shown else (None, None)
    if wanted is not columns:
        for row in shown:
            del row[key.name]
    return {
        "next": None if is_last or not shown else _link(request, cursor=Cursor("after", last).encoded()),  # type: ignore[arg-type]
        "previous": None if is_first or not shown else _link(request, cursor=Cursor("before", first).encoded()),  # type: ignore[arg-type]
        "results": shown,
    }


def _cursor(request: Request, model: type[models.Model]) -> Cursor:
    question = request.query_params
    try:
        return Cursor.decoded(question["cursor"], model)
    except ValueError as problem:
        message = "This is no cursor of this list: begin with an empty one and follow `next`."
        raise BadQuestion({"cursor": [message]}, question) from problem


def _link(request: Request, **changes: Any) -> str:
    question = request.query_params.copy()
    for name, value in changes.items():
        question[name] = str(value)
    return request.build_absolute_uri(f"{request.path}?{question.urlencode()}")
