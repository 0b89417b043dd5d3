"""Lists in pages: by number with a count, or by cursor, which costs the same however far it has walked."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

import orjson
from django.core.exceptions import ValidationError
from django.db import models
from django.http import QueryDict
from rest_framework.exceptions import NotFound
from rest_framework.request import Request

from components.api.problems import BadQuestion
from components.api.questions import Asked, asked_order
from components.exports.columns import COLUMNS, Column
from components.exports.rows import SINGLE_JOINS, walk_column
from components.models.statements import Key, ask, counting

PAGE_SIZE = 100
MOST_PER_PAGE = 1_000
MOST_DIGITS = 9  # of a page number: a product with the page size stays within 64 bits
GREATEST_ID = 2**63 - 1
PAGE_PARAMETERS = {"page", "page_size", "cursor", "ordering", "fields"}

Answer = dict[str, Any]


def read_page(asked: Asked, columns: tuple[Column, ...], request: Request) -> Answer:
    """One page of the rows as the answer to a list. Raises BadQuestion, and NotFound past the last page."""
    question = request.query_params
    size = _whole(question, "page_size", PAGE_SIZE, most=MOST_PER_PAGE)
    if "cursor" not in question:
        return _numbered(asked, columns, request, size)
    for name in {"page", "ordering"} & set(question):
        raise BadQuestion({name: ["A cursor walks in the order of the ids, from page to page."]}, question)
    return _walked(asked, columns, request, size)


def _whole(question: QueryDict, name: str, default: int, *, most: int) -> int:
    text = question.get(name, str(default))
    if not (text.isascii() and text.isdigit()) or len(text) > MOST_DIGITS or not 1 <= int(text) <= most:
        raise BadQuestion({name: [f"Expected a whole number from 1 to {most}."]}, question)
    return int(text)


def _numbered(asked: Asked, columns: tuple[Column, ...], request: Request, size: int) -> Answer:
    question = request.query_params
    page = _whole(question, "page", 1, most=10**MOST_DIGITS - 1)
    order = asked_order(asked.model, question)
    if order == ("pk",):
        order = (walk_column(asked.model, question),)
    count = count_rows(asked)
    if page > 1 and (page - 1) * size >= count:
        raise NotFound(f"There is no page {page}: the list has {count} rows.")
    start = (page - 1) * size
    return {
        "count": count,
        "next": _link(request, page=page + 1) if start + size < count else None,
        "previous": _link(request, page=page - 1) if page > 1 else None,
        "results": _read(asked, columns, order, start=start, most=size),
    }


def count_rows(asked: Asked) -> int:
    """How many rows answer. One query."""
    found = ask(asked.shaped("count"), lambda keys: counting(asked.rows(keys), single=SINGLE_JOINS), asked.keys)
    return sum(count for (count,) in found)  # no row where Django saw that nothing can answer


def _read(
    asked: Asked,
    columns: tuple[Column, ...],
    order: tuple[str, ...],
    *,
    beyond: tuple[str, Key] | None = None,
    start: int = 0,
    most: int,
) -> list[dict[str, Any]]:
    """Rows as JSON objects; `beyond` is a lookup with a key that they must pass. One query."""
    names = tuple(column.name for column in columns)
    lookup, *key = beyond or ("",)

    def question(keys: Sequence[Key]) -> models.QuerySet[Any, Any]:
        rows = asked.rows(keys[: len(asked.keys)])
        rows = rows.filter(**{lookup: keys[-1]}) if lookup else rows
        return rows.order_by(*order).values_list(*(column.path for column in columns))

    shape = asked.shaped(names, order, lookup)
    return [
        dict(zip(names, row, strict=True)) for row in ask(shape, question, (*asked.keys, *key), start=start, most=most)
    ]


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


def _walked(asked: Asked, columns: tuple[Column, ...], request: Request, size: int) -> Answer:
    """One query: it reads one row more than it shows, to know whether there are further ones."""
    cursor = _cursor(request, asked.model)
    key = COLUMNS[asked.model][0]  # every list begins with its primary key
    wanted = columns if key in columns else (*columns, key)
    backwards = cursor.side == "before"
    column = walk_column(asked.model, request.query_params)
    beyond = None if cursor.key is None else (f"{column}__{'lt' if backwards else 'gt'}", cursor.key)
    found = _read(asked, wanted, (f"-{column}" if backwards else column,), beyond=beyond, most=size + 1)
    shown = found[:size][::-1] if backwards else found[:size]
    is_first = len(found) <= size if backwards else cursor.key is None
    is_last = len(found) <= size and not backwards
    first, last = (shown[0][key.name], shown[-1][key.name]) if shown else (None, None)
    if wanted is not columns:
        for row in shown:
            del row[key.name]
    return {
        "next": None if is_last or not shown else _link(request, cursor=Cursor("after", last).encoded()),
        "previous": None if is_first or not shown else _link(request, cursor=Cursor("before", first).encoded()),
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
    """The address of the same question with other parameters."""
    question = {**dict(request.query_params.lists()), **{name: [str(value)] for name, value in changes.items()}}
    return request.build_absolute_uri(f"{request.path}?{urlencode(question, doseq=True)}")
