"""Two people change one record: which fields each of them changed since the form was opened, and which both did."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict

from components.web.forms.base import NOT_OF_THE_RECORD, RecordForm, version_of

OPENED = "initial-"  # what Django puts before the name of a field for the value it was opened with


@dataclass(frozen=True)
class Merge:
    """What is to be sent on in place of what was sent, and what became of the fields.

    `data` has the stored values of what the sender left alone, and counts as opened on the stored version.
    `merged` names these fields; `conflicts` are those that both changed, with both values in words.
    """

    data: QueryDict
    merged: list[str]
    conflicts: list[dict[str, str]]


def merge_edits(form_of: Callable[..., RecordForm], row: Any, sent: QueryDict) -> Merge:
    """Compare field by field what the form was opened with, what was sent, and what the row has now."""
    sent = _unix_lines(sent)
    stored, opened = form_of(instance=row), form_of(instance=row, data=_opened(sent))
    mine = form_of(instance=row, data=sent)
    differs = set(form_of(instance=row, data=sent).changed_data)
    mine.carry_opened_values()
    changed_by_me, changed_by_others = set(mine.changed_data), set(opened.changed_data)
    data, merged, conflicts = sent.copy(), [], []
    data["seen"] = version_of(row)
    for name in (name for name in stored.fields if name not in NOT_OF_THE_RECORD):
        values = _as_sent(stored, name)
        data.setlist(stored.add_initial_prefix(name), values or [""])
        if name not in changed_by_others:
            continue
        label = str(stored[name].label)
        if name not in changed_by_me:
            data.setlist(stored.add_prefix(name), values)
            merged.append(label)
        elif name in differs:
            theirs, yours = shown_value(stored, name), shown_value(mine, name)
            conflicts.append({"label": label, "theirs": theirs, "yours": yours})
    return Merge(data, merged, conflicts)


def _unix_lines(sent: QueryDict) -> QueryDict:
    """What was sent, with line breaks as they are stored: browsers send CR LF."""
    data = QueryDict(mutable=True)
    for name, values in sent.lists():
        data.setlist(name, [str(value).replace("\r\n", "\n") for value in values])
    return data


def _opened(sent: QueryDict) -> QueryDict:
    """The values that the form was opened with, under the names of its fields."""
    data = QueryDict(mutable=True)
    for name, values in sent.lists():
        if name.startswith(OPENED):
            data.setlist(name.removeprefix(OPENED), values)
    return data


def _as_sent(form: RecordForm, name: str) -> list[str]:
    """A field's stored value as a browser would send it."""
    value = form[name].value()
    if isinstance(value, bool):
        return ["True"] if value else []
    if isinstance(value, list | tuple | set):
        return [str(each) for each in value]
    return ["" if value is None else str(value)]


def shown_value(form: RecordForm, name: str) -> str:
    """A field's value in words: a choice by its label."""
    value = form[name].value()
    choices = {str(key): label for key, label in getattr(form.fields[name], "choices", [])}
    return str(choices.get(str(value), "" if value is None else value)).replace("\r\n", "\n").strip()
