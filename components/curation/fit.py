"""Whether a row fits its table and its place, said by field before the database says it by constraint."""

from collections.abc import Callable, Iterator
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import models
from django.db.models import Q, UniqueConstraint

from components.curation.visibility import require_within_parents
from components.models import Assembly, Component, PartCategory, Teardown
from components.models.curated import LONGEST_TEXT, Curated
from components.models.visibility import Catalogued, Evidence

Problem = tuple[str, str]
IN_A_DRAFT = "If you cannot find it, it stands in a draft of somebody else: ask an editor to publish it."


def require_fit(row: Curated) -> None:
    """Raise ValidationError, by field, where a row breaks a rule of its table or does not belong where it is put.

    Fills the row's derived columns. Checked: the values, the constraints, that a component, its teardown and its
    assembly are of one weapon, that nothing is inside itself, and that evidence is no wider than what it belongs to.
    """
    messages: dict[str, list[str]] = {}
    derived = _derive(row)
    fixed = [field.name for field in row._meta.concrete_fields if not field.editable]
    _collect(messages, derived, lambda: row.clean_fields(exclude=fixed))
    for field, problem in _too_long(row):
        messages.setdefault(field, []).append(problem)
    if not messages:
        _collect(messages, derived, row.validate_unique)
        _collect(messages, derived, row.clean)
        for field, problem in [*_broken_constraints(row), *PLACES.get(type(row), _anywhere)(row)]:
            messages.setdefault(derived.get(field, field), []).append(problem)
    if messages:
        raise ValidationError(messages)
    if isinstance(row, Evidence):
        require_within_parents(row)


def _too_long(row: Curated) -> Iterator[Problem]:
    """Texts without a length of their own: each stands in lists, searches and the history, and must stay readable."""
    for field in row._meta.concrete_fields:
        if field.editable and isinstance(field, models.TextField):
            length = len(getattr(row, field.attname))
            if length > LONGEST_TEXT:
                yield field.name, f"The text has {length:,} characters; at most {LONGEST_TEXT:,} are kept."


def _derive(row: Curated) -> dict[str, str]:
    """Compute the derived columns; returns, for each, the field it is mainly derived from."""
    source_of = {}
    for field in row._meta.concrete_fields:
        if getattr(field, "derive", None) is not None:
            field.pre_save(row, add=row._state.adding)
            source_of[field.name] = field.source[0]  # type: ignore[attr-defined]
    return source_of


def _collect(messages: dict[str, list[str]], derived: dict[str, str], check: Callable[[], Any]) -> None:
    try:
        check()
    except ValidationError as problem:
        for field, reasons in problem.update_error_dict({}).items():
            messages.setdefault(derived.get(field, field), []).extend(m for reason in reasons for m in reason.messages)


def _broken_constraints(row: Curated) -> Iterator[Problem]:
    for model, constraints in row.get_constraints():
        for constraint in constraints:
            try:
                constraint.validate(model, row)
            except ValidationError:
                yield _field_of(constraint), _sentence(constraint, row)


def _field_of(constraint: models.BaseConstraint) -> str:
    """The first field a constraint speaks of."""
    if isinstance(constraint, UniqueConstraint):
        return constraint.fields[-1]
    condition = getattr(constraint, "condition", None)
    return next(_fields(condition), NON_FIELD_ERRORS) if isinstance(condition, Q) else NON_FIELD_ERRORS


def _fields(condition: Q) -> Iterator[str]:
    for child in condition.children:
        if isinstance(child, Q):
            yield from _fields(child)
        elif isinstance(child, tuple):
            yield child[0].split("__")[0]


def _sentence(constraint: models.BaseConstraint, row: Curated) -> str:
    if isinstance(constraint, UniqueConstraint):
        said = f"There is such a {row._meta.verbose_name} already."
        return f"{said} {IN_A_DRAFT}" if isinstance(row, Catalogued) else said
    if constraint.violation_error_message != constraint.default_violation_error_message:
        return str(constraint.violation_error_message)
    return f"This breaks the rule “{constraint.name.replace('_', ' ')}”."


def _anywhere(_row: Any) -> Iterator[Problem]:
    yield from ()


def _component_place(row: Component) -> Iterator[Problem]:
    if row.teardown is not None and row.teardown.weapon_id != row.weapon_id:
        yield "teardown", "The teardown is of another weapon."
    if row.assembly is not None and row.assembly.weapon_id != row.weapon_id:
        yield "assembly", "The assembly is of another weapon."


def _teardown_place(row: Teardown) -> Iterator[Problem]:
    if row.pk and row.components.exclude(weapon=row.weapon_id).exists():
        yield "weapon", "Components of the weapon it was of belong to it: move those first."


def _assembly_place(row: Assembly) -> Iterator[Problem]:
    if row.parent is not None and row.parent.weapon_id != row.weapon_id:
        yield "parent", "The assembly it is in is of another weapon."
    if _is_inside_itself(row):
        yield "parent", "An assembly cannot be inside itself."
    elsewhere = Q(weapon=row.weapon_id)
    if row.pk and (row.components.exclude(elsewhere).exists() or row.children.exclude(elsewhere).exists()):
        yield "weapon", "Assemblies or components of the weapon it was of belong to it: move those first."


def _category_place(row: PartCategory) -> Iterator[Problem]:
    if _is_inside_itself(row):
        yield "parent", "A category cannot be below itself."


def _is_inside_itself(row: Assembly | PartCategory) -> bool:
    """Whether the way up from a row comes back to it."""
    seen, above = {row.pk}, row.parent
    while above is not None:
        if above.pk in seen:
            return row.pk is not None
        seen.add(above.pk)
        above = above.parent
    return False


PLACES: dict[type[models.Model], Callable[[Any], Iterator[Problem]]] = {
    Component: _component_place,
    Teardown: _teardown_place,
    Assembly: _assembly_place,
    PartCategory: _category_place,
}
