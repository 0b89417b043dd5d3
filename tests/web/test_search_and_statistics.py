"""Search and statistics count and open only what the reader may see."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from components.models import User
from tests import factories
from tests.web.conftest import Browse, World

VISITOR = AnonymousUser()


def found(response: Any) -> dict[str, int]:
    return {group["title"]: group["count"] for group in response.context["groups"]}


@pytest.mark.parametrize("words", ["xc7z020-1clg", "ХС7Z020 1CLG", "XC7Z020.1CLG400I"])  # the second is Cyrillic
def test_part_number_is_found_however_it_is_written(browse: Browse, world: World, words: str) -> None:
    response = browse(VISITOR).get("/search/", {"q": words})

    assert found(response)["Part numbers"] == 1


def test_search_groups_what_it_finds_and_hides_what_is_hidden(browse: Browse, world: World, researcher: User) -> None:
    assert found(browse(VISITOR).get("/search/?q=orlan")) == {"Weapons": 1, "Weapon models": 1}
    assert found(browse(VISITOR).get("/search/?q=secret")) == {}
    assert found(browse(researcher).get("/search/?q=secret")) == {"Components": 1, "Weapons": 1, "Sources": 1}


def test_search_finds_a_maker_by_another_name(browse: Browse, world: World) -> None:
    factories.ManufacturerAliasFactory(manufacturer=world.maker, name="Ксайлинкс")

    assert found(browse(VISITOR).get("/search/?q=Ксайлинкс")) == {"Other names of manufacturers": 1}


def test_each_group_opens_the_list_of_all_it_counts(browse: Browse, world: World) -> None:
    browser = browse(VISITOR)

    for group in browser.get("/search/?q=xc7z020").context["groups"]:
        assert browser.get(group["url"]).context["page_obj"].paginator.count == group["count"]


@pytest.mark.parametrize("words", ["", "   ", "\0", "%", "'\"", "x" * 1000])
def test_odd_questions_find_nothing_and_break_nothing(browse: Browse, world: World, words: str) -> None:
    response = browse(VISITOR).get("/search/", {"q": words})

    assert response.status_code == 200
    assert found(response) == {}


def test_home_opens_every_figure_it_shows(browse: Browse, world: World) -> None:
    browser = browse(VISITOR)
    context = browser.get("/").context

    figures = {figure.label: figure.value for figure, _ in context["figures"]}
    assert figures["Components"] == 1
    assert figures["Weapons"] == 1
    for _figure, address in context["figures"]:
        assert browser.get(address).status_code == 200
    for chart in context["charts"]:
        for value, link in zip(chart["series"][0]["values"], chart["links"], strict=True):
            assert browser.get(link).context["page_obj"].paginator.count == value


@pytest.mark.parametrize("by", ["manufacturer", "country", "category", "weapon_model"])
@pytest.mark.parametrize("measure", ["components", "parts", "weapons"])
def test_statistics_open_every_figure(browse: Browse, world: World, measure: str, by: str) -> None:
    world.part.category = factories.PartCategoryFactory()
    world.part.save()
    browser = browse(VISITOR)

    context = browser.get(f"/statistics/?measure={measure}&by={by}").context

    assert context["statistics"].total.value == 1
    for figure, address in context["totals"]:
        assert browser.get(address).status_code == 200, figure
    for row in context["table"]["rows"]:
        assert browser.get(row["cells"][0]["url"]).context["page_obj"].paginator.count == row["cells"][1] == 1


def test_statistics_count_a_maker_with_what_it_acquired_by_a_switch(browse: Browse, world: World) -> None:
    factories.OwnershipFactory(owned=world.maker, owner=factories.ManufacturerFactory(name="AMD"))
    browser = browse(VISITOR)

    def makers(query: str) -> list[str]:
        table = browser.get(f"/statistics/{query}").context["table"]
        return [row["cells"][0]["text"] for row in table["rows"]]

    assert makers("") == ["Xilinx"]
    assert makers("?with_acquired=on") == ["AMD", "Xilinx"]


def test_statistics_under_a_filter_keep_it(browse: Browse, world: World, editor: User) -> None:
    response = browse(editor).get(f"/statistics/?weapon={world.weapon.pk}")

    assert response.context["statistics"].total.value == 1
    assert response.context["kept"] == [("weapon", str(world.weapon.pk))]


@pytest.mark.parametrize("query", ["by=nothing", "measure=nothing", "nonsense=1", "manufacturer=99999"])
def test_statistics_of_a_bad_question_are_errors_and_no_figures(browse: Browse, world: World, query: str) -> None:
    response = browse(VISITOR).get(f"/statistics/?{query}")

    assert response.status_code == 400
    assert "table" not in response.context


def test_synthetic_components_are_told_apart(browse: Browse, world: World) -> None:
    factories.ComponentFactory(is_synthetic=True)

    response = browse(VISITOR).get("/")

    assert response.context["synthetic"] == (1, "/components/?is_synthetic=true")
    assert "made up for demonstration" in response.content.decode()
