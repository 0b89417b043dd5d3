"""Filters and facets of the lists."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import QueryDict

from components.choices import Visibility
from components.exports.rows import visible_rows
from components.filters import FILTERS, facets, filter_rows
from components.models import Company, Component, Country, Part, User, Weapon
from tests.factories import (
    CompanyFactory,
    ComponentFactory,
    DeclaredPartyFactory,
    IdentificationFactory,
    ManufacturerFactory,
    OwnershipFactory,
    PartCategoryFactory,
    PartFactory,
    WeaponFactory,
)

pytestmark = pytest.mark.django_db


def answer(model: Any, question: str, user: Any) -> list[Any]:
    """The rows that answer a question without problems."""
    filters = filter_rows(visible_rows(model, user), QueryDict(question), user=user, only_asked=True)
    assert filters.problems() == {}
    return list(filters.qs.order_by("pk"))


def identified(maker: Any = None, **facts: Any) -> Component:
    """A published component, identified as a maker's unless there is none."""
    component = ComponentFactory(**facts)
    if maker:
        IdentificationFactory(
            component=component, manufacturer=maker, part=None, is_current=True, visibility=Visibility.PUBLISHED
        )
    return component


def test_every_filter_of_every_list_answers_when_it_is_asked_nothing(editor: User) -> None:
    for model in FILTERS:
        assert filter_rows(visible_rows(model, editor), QueryDict(""), user=editor).problems() == {}


def test_a_filter_that_does_not_exist_and_a_value_that_is_none_are_problems(editor: User) -> None:
    question = QueryDict("colour=red&quantity__gte=many&manufacturer=999999&made__from=soon")

    filters = filter_rows(visible_rows(Component, editor), question, user=editor, only_asked=True)

    assert set(filters.problems()) == {"colour", "quantity__gte", "manufacturer", "made__from"}


def test_not_this_maker_includes_components_without_a_maker(editor: User) -> None:
    first, second = ManufacturerFactory.create_batch(2)
    identified(first)
    other, nobody = identified(second), identified()

    assert answer(Component, f"manufacturer__not={first.pk}", editor) == [other, nobody]


def test_manufacturer_with_the_makers_it_acquired_at_any_depth(editor: User) -> None:
    top, middle, bottom = ManufacturerFactory.create_batch(3)
    OwnershipFactory(owned=middle, owner=top)
    OwnershipFactory(owned=bottom, owner=middle)
    components = [identified(maker) for maker in (top, middle, bottom)]

    assert answer(Component, f"manufacturer={top.pk}", editor) == components[:1]
    assert answer(Component, f"manufacturer={top.pk}&with_acquired=true", editor) == components


def test_an_ended_ownership_no_longer_counts(editor: User) -> None:
    owner, owned = ManufacturerFactory.create_batch(2)
    OwnershipFactory(owned=owned, owner=owner, ended="2020")
    identified(owned)

    assert answer(Component, f"manufacturer={owner.pk}&with_acquired=true", editor) == []


def test_a_draft_identification_leaks_through_no_filter_and_no_facet(visitor: object, editor: User) -> None:
    maker = ManufacturerFactory()
    component = ComponentFactory()
    IdentificationFactory(
        component=component, manufacturer=maker, part=None, is_current=True, visibility=Visibility.DRAFT
    )

    for question in (f"manufacturer={maker.pk}", "is_identified=true", f"manufacturer_name__contains={maker.name}"):
        assert answer(Component, question, visitor) == []
        assert answer(Component, question, editor) == [component]
    found = facets(visible_rows(Component, visitor), QueryDict(""), visitor)
    assert {facet.name: facet.values for facet in found}["manufacturer"] == []


def test_an_unseen_row_is_no_valid_value_of_a_filter(visitor: object) -> None:
    weapon = WeaponFactory(visibility=Visibility.RESTRICTED)

    filters = filter_rows(visible_rows(Component, visitor), QueryDict(f"weapon={weapon.pk}"), user=visitor)

    assert set(filters.problems()) == {"weapon"}


def test_foreign_and_domestic_leave_out_what_is_not_known(editor: User) -> None:
    us, ru = (Country.objects.get(alpha2=code) for code in ("US", "RU"))
    weapon = WeaponFactory(made_in=ru)
    foreign = identified(ManufacturerFactory(country=us), weapon=weapon)
    domestic = identified(ManufacturerFactory(country=ru), weapon=weapon)
    identified(ManufacturerFactory(), weapon=weapon)
    identified(ManufacturerFactory(country=us))

    assert answer(Component, "is_foreign=true", editor) == [foreign]
    assert answer(Component, "is_foreign=false", editor) == [domestic]


def test_vague_dates_answer_by_what_they_admit(editor: User) -> None:
    spring, before, unknown = (WeaponFactory(recovered=text) for text in ("2023-21", "../2022-10", ""))

    assert answer(Weapon, "recovered__from=2023-04-01", editor) == [spring]
    assert answer(Weapon, "recovered__until=2022-01-01", editor) == [before]
    assert answer(Weapon, "recovered__is_empty=true", editor) == [unknown]


def test_category_takes_what_is_below_it(editor: User) -> None:
    parent = PartCategoryFactory()
    part = PartFactory(category=PartCategoryFactory(parent=parent))
    PartFactory()

    assert answer(Part, f"category={parent.pk}", editor) == [part]


def test_facets_count_under_the_other_filters_and_not_their_own(editor: User) -> None:
    first, second = ManufacturerFactory.create_batch(2)
    identified(first, marking_state="unmarked")
    identified(second, marking_state="unmarked")
    identified(second)

    question = QueryDict(f"manufacturer={first.pk}&marking_state=unmarked")
    found = {facet.name: facet.values for facet in facets(visible_rows(Component, editor), question, editor)}

    assert [(value.label, value.count, value.is_active) for value in found["manufacturer"]] == [
        (first.name, 1, True),
        (second.name, 1, False),
    ]
    assert [(value.value, value.count) for value in found["marking_state"]] == [("unmarked", 1)]


@pytest.mark.django_db
def test_company_of_two_names_in_a_dataset_is_listed_once() -> None:
    company = CompanyFactory()
    first = DeclaredPartyFactory(company=company)
    DeclaredPartyFactory(company=company, dataset=first.dataset, party_key="name::OTHER")
    DeclaredPartyFactory()

    found = FILTERS[Company](
        QueryDict(f"dataset={first.dataset.pk}"), queryset=Company.objects.all(), user=AnonymousUser()
    )

    assert list(found.qs) == [company]
