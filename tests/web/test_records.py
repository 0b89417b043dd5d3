"""Record pages: every value with its source or its author, and nothing that is not for the reader."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from components.curation.merging import merge_manufacturers
from components.models import User
from tests import factories
from tests.web.conftest import Browse, World

VISITOR = AnonymousUser()


def fact(response: Any, label: str) -> Any:
    """The fact of this name on the page."""
    return next(each for each in response.context["facts"] if each.label == label)


@pytest.mark.parametrize("page", ["weapon", "component"])
def test_draft_is_found_by_its_author_and_editors_only(
    browse: Browse, world: World, page: str, researcher: User, colleague: User, editor: User, stranger: User
) -> None:
    address = {"weapon": world.secret_weapon, "component": world.secret_component}[page].get_absolute_url()

    codes = {
        str(person): browse(person).get(address).status_code
        for person in (VISITOR, stranger, researcher, colleague, editor)
    }

    assert codes == {"AnonymousUser": 404, "stranger": 404, "researcher": 200, "colleague": 404, "editor": 200}


@pytest.mark.parametrize("record", ["weapon", "component", "maker", "part", "source", "teardown", "weapon_model"])
def test_page_shows_a_visitor_nothing_that_is_hidden(browse: Browse, world: World, record: str) -> None:
    row = world.weapon.model if record == "weapon_model" else getattr(world, record)

    response = browse(VISITOR).get(row.get_absolute_url())

    assert response.status_code == 200
    assert b"secret" not in response.content


def test_value_shows_its_source_and_others_who_recorded_them(browse: Browse, world: World, editor: User) -> None:
    response = browse(editor).get(world.component.get_absolute_url())

    assert [str(each) for each in fact(response, "Published name").citations] == ["Open report, page 7"]
    assert fact(response, "Pieces").citations == []
    assert fact(response, "Pieces").recorded.startswith("recorded 20")
    assert [str(each) for each in response.context["marking"].citations] == ["secret report"]


def test_source_that_the_reader_may_not_see_is_not_shown(browse: Browse, world: World) -> None:
    response = browse(VISITOR).get(world.component.get_absolute_url())

    assert response.context["marking"].text == "XC7Z020\nCLG400"
    assert response.context["marking"].citations == []
    assert [each.label for each in response.context["citations"]] == ["Published name"]


def test_author_of_a_value_is_named_to_insiders_only(browse: Browse, world: World, researcher: User) -> None:
    browse(researcher)
    address = world.secret_weapon.get_absolute_url()
    world.secret_weapon._history_user = researcher  # type: ignore[attr-defined]
    world.secret_weapon.serial_number = "A-1"
    world.secret_weapon.visibility = "published"
    world.secret_weapon.save()

    inside = fact(browse(researcher).get(address), "Serial number").recorded
    outside = fact(browse(VISITOR).get(address), "Serial number").recorded

    assert inside.startswith("recorded by researcher 20")
    assert outside.startswith("recorded 20")


def test_sources_that_differ_are_shown_beside_each_other(browse: Browse, world: World) -> None:
    factories.CitationFactory(
        source=world.source, record=world.component, field="published_name", published_value="Zynq SoC"
    )

    response = browse(VISITOR).get(world.component.get_absolute_url())

    assert [each.value for each in fact(response, "Published name").rivals] == ["FPGA chip", "Zynq SoC"]


def test_citation_of_the_whole_record_stands_for_each_value(browse: Browse, world: World) -> None:
    factories.CitationFactory(source=world.source, record=world.teardown)

    response = browse(VISITOR).get(world.teardown.get_absolute_url())

    assert [str(each) for each in fact(response, "Examined by").citations] == ["Open report"]


def test_coordinates_are_exact_for_insiders_only(browse: Browse, world: World, colleague: User) -> None:
    factories.CitationFactory(source=world.source, record=world.weapon, field="latitude", published_value="50.123456")
    address = world.weapon.get_absolute_url()

    inside, outside = browse(colleague).get(address), browse(VISITOR).get(address)

    assert fact(inside, "Coordinates").text == "50.1235, 30.6543"
    assert fact(outside, "Coordinates").text == "50.1, 30.7"
    assert b"50.123456" not in outside.content
    assert b"50.123456" not in browse(VISITOR).get(world.source.get_absolute_url()).content


def test_identification_is_shown_as_a_judgement_with_its_rivals(browse: Browse, world: World) -> None:
    factories.IdentificationFactory(component=world.component, identified_by="Another institute")

    response = browse(VISITOR).get(world.component.get_absolute_url())

    assert [each.identification.identified_by for each in response.context["current"]] == ["Institute"]
    assert [each.identification.identified_by for each in response.context["rivals"]] == ["Another institute"]
    assert "a judgement, not an observation" in response.content.decode()
    assert "Judged by" in response.content.decode()


def test_dates_that_cannot_both_be_right_are_pointed_out(browse: Browse, world: World) -> None:
    world.identification.made = "2023-05"
    world.identification.save()

    response = browse(VISITOR).get(world.component.get_absolute_url())

    assert response.context["current"][0].warning == (
        "Made 2023-05 or later, but the weapon was recovered by 2022-10-31: one of the dates is wrong."
    )


def test_value_that_a_collector_guessed_is_no_identification(browse: Browse, world: World) -> None:
    factories.CitationFactory(
        source=world.source, record=world.component, field="part_number", published_value="XC7", basis="derived"
    )

    response = browse(VISITOR).get(world.component.get_absolute_url())

    assert [each.label for each in response.context["beside"]] == ["Part number"]
    assert "Guessed by a collector" in response.content.decode()


def test_cited_company_is_marked_as_named_by_the_source(browse: Browse, world: World) -> None:
    factories.CitedPartyFactory(component=world.component, name="Trade GmbH")

    response = browse(VISITOR).get(world.component.get_absolute_url())

    assert "Trade GmbH" in response.content.decode()
    assert "Named by the source" in response.content.decode()


def test_weapon_shows_its_assemblies_as_a_tree(browse: Browse, world: World) -> None:
    outer = factories.AssemblyFactory(weapon=world.weapon, name="Flight controller")
    inner = factories.AssemblyFactory(weapon=world.weapon, name="Main board", parent=outer)
    factories.AssemblyFactory(weapon=world.weapon, name="secret board", visibility="draft")
    factories.ComponentFactory(weapon=world.weapon, assembly=inner, published_name="Gyroscope")

    response = browse(VISITOR).get(world.weapon.get_absolute_url())

    (board,) = response.context["boards"]
    assert (board.assembly.name, [each.assembly.name for each in board.boards]) == ("Flight controller", ["Main board"])
    assert [row["cells"][0]["text"] for row in board.boards[0].components["rows"]] == ["Gyroscope"]
    assert [row["cells"][0]["text"] for row in response.context["unplaced"]["rows"]] == ["FPGA"]
    assert response.context["component_count"] == 2


@pytest.mark.parametrize("count", [1, 3])
def test_weapon_page_takes_a_fixed_number_of_queries(
    browse: Browse, world: World, django_assert_max_num_queries: Any, count: int
) -> None:
    browse(VISITOR).get(world.weapon.get_absolute_url())
    for _ in range(count):
        board = factories.AssemblyFactory(weapon=world.weapon)
        factories.ComponentFactory(weapon=world.weapon, assembly=board)
        factories.TeardownFactory(weapon=world.weapon)

    # Six of them for its likely routes: whether it may be seen, its traces, and why there are none.
    with django_assert_max_num_queries(32):
        browse(VISITOR).get(world.weapon.get_absolute_url())


def test_part_page_counts_the_years_it_can_have_been_made_in(browse: Browse, world: World) -> None:
    other = factories.ComponentFactory(weapon=world.weapon)
    factories.IdentificationFactory(
        component=other, manufacturer=world.maker, part=world.part, is_current=True, made="2020-12/2021-02"
    )
    browser = browse(VISITOR)

    chart = browser.get(world.part.get_absolute_url()).context["made_chart"]

    assert chart["categories"] == ["2020", "2021"]
    assert chart["series"][0]["values"] == [1, 2]
    opened = [browser.get(link).context["page_obj"].paginator.count for link in chart["links"]]
    assert opened == [1, 2]


def test_part_page_shows_rival_identifications(browse: Browse, world: World) -> None:
    factories.IdentificationFactory(
        component=factories.ComponentFactory(), manufacturer=world.maker, part=world.part, identified_by="Rival judge"
    )

    response = browse(VISITOR).get(world.part.get_absolute_url())

    assert [row["cells"][-1] for row in response.context["rivals"]["rows"]] == ["Rival judge"]
    assert response.context["component_count"] == 1


def test_manufacturer_counts_with_and_without_the_makers_it_acquired(browse: Browse, world: World) -> None:
    owner = factories.ManufacturerFactory(name="AMD")
    factories.OwnershipFactory(owned=world.maker, owner=owner, acquired="2022-02-14")
    browser = browse(VISITOR)

    alone = browser.get(owner.get_absolute_url())
    together = browser.get(alone.context["switch"])

    assert (alone.context["component_count"], together.context["component_count"]) == (0, 1)
    assert together.context["switch"] == owner.get_absolute_url()
    opened = browser.get(together.context["components_address"])
    assert opened.context["page_obj"].paginator.count == 1


def test_merged_manufacturer_leads_to_the_one_it_was_merged_into(browse: Browse, world: World, editor: User) -> None:
    loser = factories.ManufacturerFactory(name="Xilinks")
    merge_manufacturers(loser, winner=world.maker, user=editor)

    response = browse(VISITOR).get(loser.get_absolute_url())

    assert (response.status_code, response["Location"]) == (302, world.maker.get_absolute_url())


def test_source_page_opens_what_it_supports(browse: Browse, world: World) -> None:
    browser = browse(VISITOR)

    response = browser.get(world.source.get_absolute_url())

    (supported,) = response.context["supported"]
    assert (supported["label"], supported["value"]) == ("Components", 1)
    assert browser.get(supported["url"]).context["page_obj"].paginator.count == 1
    assert response.context["cited"]["rows"][0]["cells"][0]["text"] == "FPGA"


def test_every_figure_of_the_weapon_page_opens_its_rows(browse: Browse, world: World) -> None:
    browser = browse(VISITOR)
    context = browser.get(world.weapon.get_absolute_url()).context

    for value, link in zip(context["chart"]["series"][0]["values"], context["chart"]["links"], strict=True):
        assert browser.get(link).context["page_obj"].paginator.count == value
    for _label, value, link in context["share"][:2]:
        assert browser.get(link).context["page_obj"].paginator.count == value


def test_assembly_is_shown_on_the_page_of_its_weapon(browse: Browse, world: World) -> None:
    board = factories.AssemblyFactory(weapon=world.weapon)

    response = browse(VISITOR).get(f"/assemblies/{board.pk}/")

    assert response["Location"] == f"/weapons/{world.weapon.pk}/#assembly-{board.pk}"
