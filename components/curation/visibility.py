"""Publishing and restricting: no row is ever wider than the row it belongs to."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from simple_history.utils import bulk_update_with_history

from components.choices import Visibility
from components.curation.company_names import companies_named_by, name_as_told, part_names
from components.curation.inferences import forget_inferences
from components.curation.permissions import may_publish, require
from components.models import (
    Assembly,
    Component,
    Dataset,
    Identification,
    Leg,
    Link,
    Manufacturer,
    Photo,
    Source,
    Teardown,
    Weapon,
)
from components.models.curated import stamp
from components.models.visibility import BREADTH, Evidence

Key = tuple[type[Evidence], int]
PARENTS: dict[type[Evidence], tuple[str, ...]] = {
    Teardown: ("weapon",),
    Assembly: ("weapon", "parent"),
    Component: ("weapon", "teardown", "assembly"),
    Identification: ("component",),
    Photo: ("weapon", "assembly", "component", "source"),
    Dataset: ("source",),
    Leg: ("source", "component"),
    Link: ("source",),
}
CONTENTS: dict[type[Evidence], tuple[str, ...]] = {
    Weapon: ("teardowns", "assemblies", "components", "photos"),
    Teardown: ("components",),
    Assembly: ("children", "components", "photos"),
    Source: ("datasets", "legs", "links", "photos"),
    Component: ("identifications", "photos", "legs"),
    Manufacturer: ("parts",),
}


def parents_of(row: Evidence) -> list[Evidence]:
    """The rows it belongs to."""
    named = (getattr(row, name) for name in PARENTS.get(type(row), ()))
    return [parent for parent in named if parent is not None]


def contents_of(row: Evidence) -> Iterator[Evidence]:
    """Every row below it, each once, parents before their contents."""
    seen: set[tuple[type[Evidence], int]] = set()
    waiting: list[Evidence] = [row]
    while waiting:
        current = waiting.pop(0)
        for name in CONTENTS.get(type(current), ()):
            for child in getattr(current, name).all():
                if (type(child), child.pk) not in seen:
                    seen.add((type(child), child.pk))
                    waiting.append(child)
                    yield child


def require_within_parents(row: Evidence) -> None:
    """Raise ValidationError where a row would be wider than a row it belongs to."""
    for parent in parents_of(row):
        if BREADTH[Visibility(row.visibility)] > BREADTH[Visibility(parent.visibility)]:
            kind = parent._meta.verbose_name
            raise ValidationError(
                f"It cannot be {row.visibility} while its {kind} “{parent}” is {parent.visibility}: "
                f"make the {kind} {row.visibility} first, or keep this {parent.visibility}."
            )


@transaction.atomic
def set_visibility(row: Evidence, *, to: str, user: Any, why: str = "", with_contents: bool = False) -> Evidence:
    """Make a row and, if asked, what it contains visible to others, or hide both.

    Narrowing always narrows the contents. Widening with contents widens drafts only: what somebody
    restricted stays restricted, and so does what belongs to another row that is not as wide. Raises
    PermissionDenied, ValidationError.
    """
    require(may_publish(user), "decide who sees a record")
    if isinstance(row, Link) and row.dataset_id is not None:
        raise ValidationError("Who sees the dataset of this link sees the link: decide it there.")
    row = type(row)._default_manager.select_for_update().get(pk=row.pk)
    is_narrower = BREADTH[Visibility(to)] < BREADTH[Visibility(row.visibility)]
    row.visibility = to
    require_within_parents(row)
    stamp(row, user=user, why=why or f"made {to}")
    row.save()
    changed = _to_change(row, to, is_narrower, with_contents)
    _spread(changed, to=to, user=user, why=why or f"made {to} with {row}")
    _resolve_again([row, *changed], is_narrower=is_narrower, user=user)
    if is_narrower:
        forget_inferences([row, *changed], to=to)
    return row


def _resolve_again(rows: list[Evidence], *, is_narrower: bool, user: Any) -> None:
    """Companies are called, and names stand for them, as those who may see these datasets now may know."""
    datasets = [row for row in rows if isinstance(row, Dataset)]
    if not datasets:
        return
    if is_narrower:
        part_names(user=user, now=timezone.now())
    name_as_told(companies_named_by(datasets), user=user)


def _spread(rows: list[Evidence], *, to: str, user: Any, why: str) -> None:
    """Set the visibility of many rows with one statement and one history insert per model."""
    by_model: dict[type[Evidence], list[Evidence]] = {}
    for row in rows:
        row.visibility = to
        by_model.setdefault(type(row), []).append(row)
    for model, members in by_model.items():
        bulk_update_with_history(
            members, model, ["visibility"], batch_size=500, default_user=user, default_change_reason=why
        )


def _to_change(row: Evidence, to: str, is_narrower: bool, with_contents: bool) -> list[Evidence]:
    contents = list(contents_of(row))
    if is_narrower:
        return [child for child in contents if BREADTH[Visibility(child.visibility)] > BREADTH[Visibility(to)]]
    return _that_may_widen(row, contents, to) if with_contents else []


def _that_may_widen(row: Evidence, contents: list[Evidence], to: str) -> list[Evidence]:
    """Of the drafts below a row, those that become no wider than any other row they belong to."""
    known = {_key(each): each.visibility for each in [row, *contents]}
    known |= _visibility_of({key for each in contents for key in _parent_keys(each)} - set(known))
    waiting = [child for child in contents if child.visibility == Visibility.DRAFT]
    widened: list[Evidence] = []
    while ready := {
        _key(child): child
        for child in waiting
        if all(BREADTH[Visibility(known[key])] >= BREADTH[Visibility(to)] for key in _parent_keys(child))
    }:
        known |= dict.fromkeys(ready, to)
        widened += ready.values()
        waiting = [child for child in waiting if _key(child) not in ready]
    return widened


def _key(row: Evidence) -> Key:
    return type(row), row.pk


def _parent_keys(row: Evidence) -> Iterator[Key]:
    for name in PARENTS.get(type(row), ()):
        field: Any = row._meta.get_field(name)
        key = getattr(row, field.attname)
        if key is not None:
            yield field.related_model, key


def _visibility_of(keys: set[Key]) -> dict[Key, str]:
    found: dict[Key, str] = {}
    for model in {model for model, _ in keys}:
        rows = model._default_manager.in_bulk([pk for each, pk in keys if each is model])
        found |= {(model, pk): row.visibility for pk, row in rows.items()}
    return found
