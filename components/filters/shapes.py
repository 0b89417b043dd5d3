"""Questions of lists read without their form, as a shape and the keys in it: see `components.models.statements`.

What is not understood here is no fault yet: the FilterSet is asked instead, answers the same, and says what is wrong.
"""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.http import QueryDict

from components.filters.base import AnyOfFilter
from components.filters.sets import FILTERS
from components.models.statements import Key

Rows = models.QuerySet[Any]


@dataclass(frozen=True)
class ShapedQuestion:
    """The filters of a question without problems: `narrow(rows, keys)` applies them, for any keys of the shape."""

    shape: Hashable
    keys: tuple[Key, ...]
    narrow: Callable[[Rows, Sequence[Key]], Rows]


def read_shape(model: type[models.Model], question: QueryDict, user: Any) -> ShapedQuestion | None:
    """The question as a shape; None where its FilterSet must be asked.

    Keys of rows are places in the shape, so that one maker's list is asked for as another's. All other values are part
    of the shape as they were written, and hold the same rows for everybody. Filters with a method of their own are not
    read here: what they ask may depend on other filters or on the tables.
    """
    declared = FILTERS[model].base_filters
    keyed: list[tuple[str, AnyOfFilter, int]] = []
    keys: list[Key] = []
    plain = QueryDict(mutable=True)
    for name, texts in question.lists():
        each = declared.get(name)
        if isinstance(each, AnyOfFilter):
            found = each.keys_in(texts, user)
            if found is None:
                return None
            keyed.append((name, each, len(found)))
            keys.extend(found)
        elif each is not None and each.method is None:
            plain.setlist(name, texts)
        else:
            return None
    others = (
        FILTERS[model](plain, queryset=model._default_manager.none(), user=user, only_asked=True) if plain else None
    )
    if others is not None and others.problems():
        return None

    def narrow(rows: Rows, keys: Sequence[Key]) -> Rows:
        if others is not None:
            rows = others.filter_queryset(rows)
        start = 0
        for _, each, count in keyed:
            rows = each.narrow(rows, keys[start : start + count])
            start += count
        return rows

    written = tuple((name, *texts) for name, texts in plain.lists())
    return ShapedQuestion((tuple((name, count) for name, _, count in keyed), written), tuple(keys), narrow)
