"""Questions as shapes: whoever asks, the rows are those of the FilterSet, and visibility is part of every shape."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from components.api.pages import PAGE_PARAMETERS, count_rows, read_page
from components.api.questions import answering_rows, asked_columns, asked_rows
from components.choices import Role, Visibility
from components.exports.rows import as_dicts
from components.filters import FILTERS, read_shape
from components.models import Component, User, Weapon
from components.models.statements import _kept
from components.models.visibility import viewpoint
from tests.factories import (
    ComponentFactory,
    IdentificationFactory,
    ManufacturerFactory,
    PartCategoryFactory,
    PartFactory,
    UserFactory,
    WeaponFactory,
    WeaponModelFactory,
)

pytestmark = pytest.mark.django_db
MAKERS, WEAPONS, PEOPLE = 4, 3, 5


class World:
    """Components of every visibility by two researchers, of makers of which one was merged into another."""

    def __init__(self) -> None:
        roles = (Role.RESEARCHER, Role.RESEARCHER, Role.EDITOR, Role.ADMINISTRATOR)
        self.people = [AnonymousUser(), *(UserFactory(role=role) for role in roles)]
        self.makers = ManufacturerFactory.create_batch(MAKERS)
        self.makers[1].merged_into = self.makers[0]
        self.makers[1].save()
        self.category = PartCategoryFactory()
        below = PartCategoryFactory(parent=self.category)
        parts = [PartFactory(manufacturer=maker, category=below) for maker in self.makers]
        model = WeaponModelFactory()
        self.weapons = WeaponFactory.create_batch(WEAPONS, model=model)
        for number in range(24):
            shown = {"visibility": list(Visibility)[number % 3], "created_by": self.people[1 + number // 3 % 2]}
            facts = {"function": ["Memory", "100% memory", ""][number % 3], "quantity": 1 + number % 4}
            component = ComponentFactory(weapon=self.weapons[number % WEAPONS], **shown, **facts)
            if number % 5:
                part = parts[number % MAKERS]
                judged = {**shown, "visibility": Visibility.DRAFT} if number % 7 == 0 else shown
                IdentificationFactory(
                    component=component, part=part, manufacturer=part.manufacturer, is_current=True, **judged
                )

    def question(self, drawn: dict[str, Any]) -> QueryDict:
        """A query string from what was drawn: numbers of makers and weapons become their keys."""
        keys = {"manufacturer": self.makers, "manufacturer__not": self.makers, "weapon": self.weapons}
        question = QueryDict(mutable=True)
        for name, value in drawn.items():
            rows = keys.get(name)
            question.setlist(name, [str(rows[each].pk) for each in value] if rows else [value])
        if "category" in drawn:
            question["category"] = str(self.category.pk)
        return question


@pytest.fixture
def world(db: None) -> World:
    return World()


def some(most: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, most - 1), min_size=1, max_size=3)


FILTERED = {
    "manufacturer": some(MAKERS),
    "manufacturer__not": some(MAKERS),
    "weapon": some(WEAPONS),
    "category": st.just(""),
    "quantity__gte": st.sampled_from(["1", "2", "3"]),
    "quantity__in": st.sampled_from(["1,2", "3", "2,4,9"]),
    "function__contains": st.sampled_from(["memory", "100%", "_"]),
    "function__not": st.sampled_from(["Memory", "100% memory"]),
    "visibility": st.sampled_from(list(Visibility)),
    "is_synthetic": st.sampled_from(["true", "false"]),
    "made__from": st.sampled_from(["2020-01-01", "2023-05-01"]),
    "has_photo": st.sampled_from(["true", "false"]),
    "is_identified": st.sampled_from(["true", "false"]),
    "part__is_empty": st.sampled_from(["true", "false"]),
    "with_acquired": st.just("true"),
    "q": st.just("memory"),
}


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.fixed_dictionaries({}, optional=FILTERED), person=st.integers(0, PEOPLE - 1))
def test_kept_statements_answer_as_the_filters_do(drawn: dict[str, Any], person: int, world: World) -> None:
    user, question = world.people[person], world.question(drawn)
    fresh = answering_rows(Component, question, user, beside=PAGE_PARAMETERS)
    columns = asked_columns(Component, question)
    asked = asked_rows(Component, question, user, beside=PAGE_PARAMETERS)

    pages = [read_page(asked, columns, _Asking(question, extra)) for extra in ("cursor=", "page=1")]

    expected = as_dicts(fresh.order_by("pk"), columns)
    assert [page["results"] for page in pages] == [expected, expected]
    assert pages[1]["count"] == count_rows(asked) == fresh.count() == len(expected)


class _Asking:
    """As much of a request as a page looks at."""

    path = "/"

    def __init__(self, question: QueryDict, extra: str) -> None:
        self.query_params = question.copy()
        self.query_params.update(QueryDict(extra))

    def build_absolute_uri(self, path: str) -> str:
        return path


def test_nobody_is_answered_by_the_statement_of_another(world: World) -> None:
    question = world.question({"manufacturer": [0, 2], "function__contains": "memory"})
    seen = []
    for user in [*world.people, *reversed(world.people)]:
        asked = asked_rows(Component, question, user, beside=set())
        expected = answering_rows(Component, question, user, beside=set())
        assert count_rows(asked) == expected.count()
        seen.append(count_rows(asked))

    assert seen[:PEOPLE] == seen[PEOPLE:][::-1]
    assert len(set(seen[:PEOPLE])) >= 3
    shapes = {asked_rows(Component, question, user, beside=set()).shape for user in world.people}
    assert len(shapes) == PEOPLE  # visitor, two researchers, editor, administrator


def test_viewpoints_differ_where_what_is_seen_differs(researcher: User, colleague: User, editor: User) -> None:
    inactive = UserFactory(role=Role.EDITOR, is_active=False)

    assert viewpoint(researcher) != viewpoint(colleague)
    assert viewpoint(editor) == viewpoint(UserFactory(role=Role.EDITOR))
    assert viewpoint(inactive) == viewpoint(AnonymousUser()) == (Role.VISITOR, None)


def test_a_shape_holds_no_key_of_a_row(world: World, visitor: Any) -> None:
    first, second = (
        read_shape(Component, world.question({"manufacturer": [maker], "quantity__gte": "2"}), visitor)
        for maker in (2, 3)
    )

    assert first is not None
    assert second is not None
    assert first.shape == second.shape
    assert (first.keys, second.keys) == ((world.makers[2].pk,), (world.makers[3].pk,))


def test_a_merged_maker_is_another_key(world: World, visitor: Any) -> None:
    shaped = read_shape(Component, world.question({"manufacturer": [0]}), visitor)

    assert shaped is not None
    assert set(shaped.keys) == {world.makers[0].pk, world.makers[1].pk}


@pytest.mark.parametrize(
    "question",
    [
        "manufacturer=999999",
        "manufacturer=",
        "manufacturer=x",
        "manufacturer=01",
        "manufacturer=-1",
        "manufacturer=²",
        "colour=red",
        "quantity=1.5",
        "is_synthetic=maybe",
        "q=memory",
        "manufacturer_country=us",
        "source=999999",
    ],
)
def test_what_is_not_understood_is_left_to_the_filters(question: str, world: World, visitor: Any) -> None:
    assert read_shape(Component, QueryDict(question), visitor) is None
    assert not any(shape[0][0] is Component for shape in _kept if isinstance(shape[0], tuple))


def test_a_key_of_a_row_that_is_not_theirs_to_see_is_not_understood(visitor: Any, editor: User) -> None:
    weapon = WeaponFactory(visibility=Visibility.RESTRICTED)
    question = QueryDict(f"weapon={weapon.pk}")

    assert read_shape(Component, question, editor) is not None
    assert read_shape(Component, question, visitor) is None


def test_every_list_reads_the_question_without_filters_as_a_shape(editor: User) -> None:
    assert all(read_shape(model, QueryDict(""), editor) for model in FILTERS)
    assert read_shape(Weapon, QueryDict("made_in=US&made_in=CN"), editor).keys == ("US", "CN")  # type: ignore[union-attr]
