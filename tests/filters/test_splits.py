"""Every filter that says “not” or “is empty” splits its list in two, by what the reader is shown."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db.models import Model
from django.http import QueryDict

from components.choices import Visibility
from components.exports.columns import COLUMNS
from components.exports.rows import visible_rows
from components.filters import FILTERS, filter_rows
from components.models import Weapon
from tests import factories
from tests.api.world import full_world

pytestmark = pytest.mark.django_db
NOT, EMPTY = "__not", "__is_empty"


@pytest.fixture
def world(db: None) -> None:
    """Rows of every list: with a value, without it, and naming a company that visitors may not know."""
    kept = full_world()
    component = factories.ComponentFactory(function="Memory", designator="U1", weapon=kept["weapon"][0])
    factories.ComponentFactory()
    factories.IdentificationFactory(
        component=component, part=kept["part"][1], manufacturer=kept["part"][1].manufacturer, made="2021-03",
        is_current=True, confidence="probable", date_code="2110", package_country=kept["country"][0],
    )  # fmt: skip
    hidden = factories.DeclaredPartyFactory(dataset__visibility=Visibility.RESTRICTED).company
    known = factories.DeclaredPartyFactory().company
    for company in (hidden, known):
        factories.LegFactory(giver_company=company, taker_company=company, happened="2022")
        factories.LinkFactory(exporter=company, importer=company, exporter_name="As written")
        factories.DeclaredPartyFactory(company=company, party_key="name::ANOTHER")
        merged = factories.DeclaredPartyFactory().company
        merged.merged_into = company
        merged.save()
    factories.WeaponFactory(recovered="2023-05", serial_number="7", recovered_place="Kyiv", used_by=kept["country"][0])


def keys(model: type[Model], question: str, user: Any) -> set[Any]:
    """The keys of the rows that answer a question without problems."""
    filters = filter_rows(visible_rows(model, user), QueryDict(question), user=user, only_asked=True)
    assert filters.problems() == {}, (model, question)
    return set(filters.qs.values_list("pk", flat=True))


def negations(model: type[Model]) -> Iterator[tuple[str, str, Any]]:
    """Each filter that says “not”, with the one that it negates."""
    for name, each in FILTERS[model].base_filters.items():
        if NOT in name:
            head, _, rest = name.partition(NOT)
            yield name, head + rest.replace("_", "__", 1), each


def values(model: type[Model], name: str, path: str, user: Any) -> list[Any]:
    """A value that some row is shown with, as a question writes it."""
    path = {column.name: column.path for column in COLUMNS[model]}.get(name, path)
    found = visible_rows(model, user).order_by(path).values_list(path, flat=True)
    return [value for value in found if value not in {None, ""}][:1]


def test_not_leaves_the_rows_that_the_plain_filter_does_not_take(world: None, visitor: object) -> None:
    wrong, asked = [], 0
    for model in FILTERS:
        everything = set(visible_rows(model, visitor).values_list("pk", flat=True))
        for name, plain, each in negations(model):
            for value in values(model, plain, str(each.field_name), visitor):
                taken, left = keys(model, f"{plain}={value}", visitor), keys(model, f"{name}={value}", visitor)
                asked += 1
                if not taken or taken & left or taken | left != everything:
                    wrong.append((model.__name__, name, value))

    assert (wrong, asked > 50) == ([], True)


def test_empty_is_what_the_reader_is_shown_empty(world: None, visitor: object) -> None:
    wrong, both = [], set()
    for model in FILTERS:
        shown = {column.name: column.path for column in COLUMNS[model]}
        for name in FILTERS[model].base_filters:
            if not name.endswith(EMPTY):
                continue
            empty, given = (keys(model, f"{name}={answer}", visitor) for answer in ("true", "false"))
            path = shown.get(name.removesuffix(EMPTY)) or str(FILTERS[model].base_filters[name].field_name)
            rows = dict(visible_rows(model, visitor).values_list("pk", path))
            if empty != {key for key, value in rows.items() if value in {None, ""}} or given != set(rows) - empty:
                wrong.append((model.__name__, name))
            if empty and given:
                both.add((model.__name__, name))

    assert wrong == []
    assert {
        ("Component", "made__is_empty"), ("Company", "merged_into__is_empty"), ("DeclaredParty", "company__is_empty"),
        ("Leg", "giver_company__is_empty"), ("Leg", "taker_company__is_empty"), ("Link", "exporter__is_empty"),
        ("Link", "importer__is_empty"),
    } <= both  # fmt: skip


def test_what_may_be_after_a_day_and_what_surely_is(editor: object) -> None:
    spring, before, day = (
        factories.WeaponFactory(recovered=text).pk for text in ("2023-21", "../2022-10", "2023-04-20")
    )
    factories.WeaponFactory(recovered="")

    found = {
        name: keys(Weapon, f"recovered__{name}=2023-04-10", editor)
        for name in ("from", "surely_from", "until", "surely_until")
    }

    assert found == {
        "from": {spring, day},
        "surely_from": {day},
        "until": {spring, before},
        "surely_until": {before},
    }
