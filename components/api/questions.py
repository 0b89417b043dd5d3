"""What the query string of a list asks: which rows, which columns, in which order."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.http import QueryDict

from components.api.problems import BadQuestion
from components.exports.columns import COLUMNS, Column
from components.exports.rows import columns_of, visible_rows
from components.filters import filter_rows, read_shape
from components.filters.base import RecordFilterSet
from components.models.statements import Key
from components.models.visibility import viewpoint

# An order by anything else would sort the whole table for every page.
ORDERINGS = ("id", "code", "alpha2", "mpn_key", "label", "name", "title", "hs6", "updated_at", "created_at")


def orderings(model: type[models.Model]) -> list[str]:
    """The columns a list may be ordered by."""
    own = {column.name for column in COLUMNS[model] if column.name == column.path}
    return [name for name in ORDERINGS if name in own]


def answering_rows(model: type[models.Model], question: QueryDict, user: Any, *, beside: set[str]) -> Any:
    """The rows this user may see that pass the filters; `beside` names the other parameters that are allowed.

    Raises BadQuestion with every parameter that cannot be answered.
    """
    refuse_nul(question)
    asked = _without(question, beside)
    filters = filter_rows(visible_rows(model, user), asked, user=user, only_asked=True)
    messages = {name: [str(reason) for reason in reasons] for name, reasons in filters.problems().items()}
    for name in set(asked) & RecordFilterSet.NOT_FILTERS - set(filters.filters):
        messages.setdefault(name, ["This address does not take the parameter."])
    if messages:
        raise BadQuestion(messages, question)
    return filters.qs


@dataclass(frozen=True)
class Asked:
    """The rows that answer a question to a list, to be read by `components.models.statements.ask`.

    `rows(keys)` puts the question together; `shape` is None where its SQL is not to be kept.
    """

    model: type[models.Model]
    shape: Hashable | None
    keys: tuple[Key, ...]
    rows: Callable[[Sequence[Key]], models.QuerySet[Any]]

    def shaped(self, *further: Hashable) -> Hashable | None:
        """The shape of what is asked of the rows."""
        return None if self.shape is None else (self.shape, *further)


def asked_rows(model: type[models.Model], question: QueryDict, user: Any, *, beside: set[str]) -> Asked:
    """As `answering_rows`, without putting together a question whose SQL is kept already. Raises BadQuestion."""
    refuse_nul(question)
    filters = _without(question, beside)
    shaped = read_shape(model, filters, user)
    if shaped is None:
        rows = answering_rows(model, question, user, beside=beside)
        return Asked(model, None, (), lambda keys: rows)
    return Asked(
        model,
        (model, viewpoint(user), shaped.shape),
        shaped.keys,
        lambda keys: shaped.narrow(visible_rows(model, user), keys),
    )


def _without(question: QueryDict, beside: set[str]) -> QueryDict:
    """The question without other parameters than filters: the format of a file is not the format of an import."""
    filters = QueryDict(mutable=True)
    for name, texts in question.lists():
        if name not in beside:
            filters.setlist(name, texts)
    return filters


def refuse_nul(question: QueryDict) -> None:
    """Raise BadQuestion where a parameter holds U+0000, which no text of the database can hold."""
    bad = [name for name, values in question.lists() if any("\0" in str(text) for text in (name, *values))]
    if bad:
        raise BadQuestion({name.replace("\0", "�"): ["A NUL character is not allowed."] for name in bad}, question)


def refuse_others(question: QueryDict, known: set[str]) -> None:
    """Raise BadQuestion where a parameter is not among the known ones."""
    refuse_nul(question)
    unknown = sorted(set(question) - known)
    if unknown:
        raise BadQuestion({name: ["This address does not take the parameter."] for name in unknown}, question)


def asked_columns(model: type[models.Model], question: QueryDict) -> tuple[Column, ...]:
    """The columns that `fields` names, or all. Raises BadQuestion."""
    names = asked_names(question, [column.name for column in COLUMNS[model]])
    return columns_of(model, names or ())


def asked_names(question: QueryDict, known: list[str]) -> list[str] | None:
    """The names in `fields`, each once and in the order asked for; None where it is not given. Raises BadQuestion."""
    if "fields" not in question:
        return None
    names = list(dict.fromkeys(name.strip() for name in str(question["fields"]).split(",")))
    unknown = [name for name in names if name not in known]
    if unknown:
        reasons = [f"There is no field “{name}” here; there are {', '.join(known)}." for name in unknown]
        raise BadQuestion({"fields": reasons}, question)
    return names


def asked_order(model: type[models.Model], question: QueryDict) -> tuple[str, ...]:
    """The columns to order by; the key comes last, so that no two rows stand level. Raises BadQuestion."""
    ordering = question.get("ordering", "")
    if not ordering:
        return ("pk",)
    if ordering.removeprefix("-") not in orderings(model):
        choices = ", ".join(orderings(model))
        reason = f"Order by one of {choices}; a minus before it turns the order round."
        raise BadQuestion({"ordering": [reason]}, question)
    return (ordering, "-pk" if ordering.startswith("-") else "pk")
