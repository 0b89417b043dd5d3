"""The page of a list shows the same rows as the API and the files, or says why it cannot."""

import csv
import io
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from django.test import Client
from django.urls import NoReverseMatch

from components import models
from components.exports.rows import visible_rows
from components.filters.sets import FILTERS
from components.models import Component, User
from components.web.addresses import list_address, record_address
from tests import factories
from tests.web.conftest import Browse, World

VISITOR = AnonymousUser()
# One for the session is spared a visitor. Count, rows, and one query for each facet with names where they are needed.
QUERIES: dict[type[Model], int] = {
    models.Weapon: 7,  # count, rows, countries, four facets
    models.WeaponModel: 6,  # count, rows, countries, three facets
    models.Teardown: 4,  # count, rows, two facets
    models.Assembly: 4,
    models.Component: 9,  # count, rows, seven facets
    models.Identification: 5,
    models.Part: 6,
    models.Manufacturer: 5,
    models.Source: 5,
    models.Citation: 6,
    models.Link: 9,  # count, rows, countries, five facets and the names of one
    models.Route: 7,
    models.Leg: 7,
    models.Coverage: 3,
    models.MilitaryUse: 3,
    models.RouteParameter: 2,
}


def has_list(model: type[Model]) -> bool:
    try:
        return bool(list_address(model))
    except (KeyError, NoReverseMatch):
        return False


WITH_LISTS = [model for model in FILTERS if has_list(model)]


@pytest.mark.parametrize("model", WITH_LISTS)
def test_list_and_record_open_for_who_may_write(
    model: type[Model], client: Client, researcher: User, editor: User
) -> None:
    if hasattr(factories, f"{model.__name__}Factory"):
        add(model, 1)
    for person in (researcher, editor):
        client.force_login(person)
        rows = list(visible_rows(model, person)[:1])
        opened = [client.get(list_address(model)), *(client.get(record_address(row), follow=True) for row in rows)]

        assert [page.status_code for page in opened] == [200] * len(opened)


@pytest.mark.parametrize("model", WITH_LISTS)
def test_form_of_a_list_shows_few_filters_each_in_words(model: type[Model], client: Client, editor: User) -> None:
    """The API has dozens for some lists, under the names of their fields."""
    client.force_login(editor)

    page = client.get(list_address(model))

    labels = [field.label for field in page.context["fields"]]
    assert len(labels) <= 8
    assert [label for label in labels if "_" in label or "  " in label or not label[0].isupper()] == []
    assert page.content.count(b'<div class="field') == len(labels)


def add(model: type[Model], count: int) -> None:
    """Published rows of a model."""
    factory = getattr(factories, f"{model.__name__}Factory")
    for _ in range(count):
        factory()


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("model", QUERIES)
def test_list_takes_a_fixed_number_of_queries(
    browse: Browse, django_assert_num_queries: Any, model: type[Model], count: int
) -> None:
    browse(VISITOR).get(list_address(model))  # fills the cache of content types
    add(model, count)

    with django_assert_num_queries(QUERIES[model]):
        response = browse(VISITOR).get(list_address(model))

    assert len(response.context["rows"]) == response.context["page_obj"].paginator.count >= count


def names(response: Any) -> list[str]:
    """The first cell of each row of the page."""
    return [row["cells"][0]["text"] for row in response.context["rows"]]


def test_list_shows_each_person_what_is_theirs(
    browse: Browse, world: World, researcher: Any, colleague: Any, editor: Any
) -> None:
    seen = {
        str(person): names(browse(person).get("/components/")) for person in (VISITOR, researcher, colleague, editor)
    }

    assert seen == {
        "AnonymousUser": ["FPGA"],
        "researcher": ["FPGA", "secret chip"],
        "colleague": ["FPGA"],
        "editor": ["FPGA", "secret chip"],
    }


def test_facets_and_counts_leave_out_what_is_hidden(browse: Browse, world: World) -> None:
    response = browse(VISITOR).get("/components/")

    facets = {
        facet["name"]: [(v["label"], v["count"]) for v in facet["values"]] for facet in response.context["facets"]
    }
    assert facets["manufacturer"] == [("Xilinx", 1)]
    assert facets["weapon_model"] == [("Orlan-10", 1)]
    assert "visibility" not in facets
    assert b"secret" not in response.content


def test_facet_value_is_chosen_and_taken_away_by_its_link(browse: Browse, world: World) -> None:
    browser = browse(VISITOR)
    choose = browser.get("/components/").context["facets"][0]["values"][0]["url"]

    chosen = browser.get(f"/components/{choose}")

    assert choose == f"?manufacturer={world.maker.pk}"
    assert names(chosen) == ["FPGA"]
    assert [(chip.label, chip.text, chip.url) for chip in chosen.context["chips"]] == [("Manufacturer", "Xilinx", "?")]
    assert chosen.context["facets"][0]["values"][0]["url"] == "?"


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("manufacturer=999999", "manufacturer"),
        ("nonsense=1", "nonsense"),
        ("made__from=yesterday", "made__from"),
        ("ordering=id", "ordering"),
    ],
)
def test_bad_question_is_answered_with_its_errors_and_no_rows(
    browse: Browse, world: World, query: str, name: str
) -> None:
    response = browse(VISITOR).get(f"/components/?{query}")

    assert response.status_code == 400
    assert list(response.context["problems"]) == [name]
    assert "rows" not in response.context
    assert b"XC7Z020" not in response.content


def test_draft_named_in_a_filter_is_as_unknown_as_one_that_does_not_exist(browse: Browse, world: World) -> None:
    response = browse(VISITOR).get(f"/components/?weapon={world.secret_weapon.pk}")

    assert response.status_code == 400
    assert b"secret" not in response.content


def test_filters_in_force_stay_in_the_form_the_pages_and_the_files(browse: Browse, world: World) -> None:
    response = browse(VISITOR).get(f"/components/?manufacturer={world.maker.pk}&q=fpga&page=1")

    assert response.context["kept"] == [("manufacturer", str(world.maker.pk))]
    assert response.context["files"][0] == {
        "title": "CSV",
        "url": f"/components/export/csv/?manufacturer={world.maker.pk}&q=fpga",
    }


def test_file_has_the_rows_and_values_of_the_api(browse: Browse, world: World, editor: Any) -> None:
    browser = browse(editor)

    page = browser.get(f"/components/export/csv/?manufacturer={world.maker.pk}")
    api = browser.get(f"/api/v1/components/export/?format=csv&manufacturer={world.maker.pk}")

    page_bytes, api_bytes = b"".join(page.streaming_content), b"".join(api.streaming_content)
    assert page_bytes == api_bytes
    rows = list(csv.DictReader(io.StringIO(page_bytes.decode("utf-8-sig"))))
    assert [row["published_name"] for row in rows] == ["FPGA", "secret chip"]
    assert page["Cache-Control"] == "private, no-cache"


@pytest.mark.parametrize("form", ["csv", "xlsx", "parquet", "jsonl"])
def test_files_hold_nothing_hidden(browse: Browse, world: World, form: str) -> None:
    response = browse(VISITOR).get(f"/components/export/{form}/")

    content = b"".join(response.streaming_content)
    assert response.status_code == 200
    assert b"secret" not in content


def test_file_of_a_bad_question_is_a_page_with_its_errors(browse: Browse, world: World) -> None:
    response = browse(VISITOR).get("/components/export/csv/?nonsense=1")

    assert response.status_code == 400
    assert list(response.context["problems"]) == ["nonsense"]


def test_component_without_a_name_leads_to_its_page(browse: Browse) -> None:
    component = factories.ComponentFactory(published_name="", marking_state="removed")

    row = browse(VISITOR).get("/components/").context["rows"][0]

    assert row["cells"][0] == {"text": f"Component {component.pk}", "url": f"/components/{component.pk}/", "note": ""}
    assert row["cells"][1] == {"text": "", "note": "Removed"}


def test_synthetic_rows_say_so(browse: Browse) -> None:
    factories.WeaponFactory(is_synthetic=True)

    response = browse(VISITOR).get("/weapons/")

    assert "state-synthetic" in response.content.decode()


def test_page_beyond_the_last_is_the_last(browse: Browse, db: None) -> None:
    weapon = factories.WeaponFactory()
    Component.objects.bulk_create(
        [Component(weapon=weapon, visibility="published", published_name=f"chip {n}") for n in range(51)]
    )

    response = browse(VISITOR).get("/components/?page=99")

    assert names(response) == ["chip 50"]


def test_imports_are_no_list_for_visitors(client: Client, db: None) -> None:
    response = client.get("/imports/")

    assert response.status_code == 302
    assert response["Location"] == "/sign-in/?next=/imports/"
