"""Adding, changing, deleting and publishing records, and logging a teardown from the weapon to the reader."""

from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client

from components.models import (
    Citation,
    Component,
    Identification,
    Link,
    Manufacturer,
    Part,
    Source,
    Teardown,
    User,
    Weapon,
    WeaponModel,
)
from components.models.curated import Curated
from components.web.addresses import ADDRESSES
from components.web.forms.base import FORMS
from components.web.forms.records import ComponentForm  # noqa: F401  # registers the forms
from tests import factories
from tests.web.conftest import Browse, World

VISITOR = AnonymousUser()
ADDRESS = {model: ADDRESSES[model].folder for model in FORMS}
COMPONENT = {"marking": "AD9361\r\nBBCZ", "marking_state": "read", "quantity": "2"}
IDENTIFIED = {
    "identification-maker_name": "Xilinx",
    "identification-part_number": "xc7z020 1clg400i",
    "identification-method": "marking",
    "identification-confidence": "probable",
    "identification-authenticity": "not examined",
    "identification-identified_by": "Institute of Bits",
    "identification-identified": "2022-11-03",
}
CITED = {
    "citation-new_title": "Lab book 3",
    "citation-place": "page 12",
    "citation-basis": "stated",
    "citation-confidence": "not stated",
}
UNIDENTIFIED = {
    "identification-method": "marking",
    "identification-confidence": "not stated",
    "identification-authenticity": "not examined",
    "citation-basis": "stated",
    "citation-confidence": "not stated",
}


def problems(response: Any) -> dict[str, list[str]]:
    """What the page says is wrong, by field, over all its forms."""
    return {name: list(errors) for form in response.context["forms"] for name, errors in form.errors.items()}


@pytest.fixture
def bench(browse: Browse, researcher: User) -> Client:
    """The browser of the researcher."""
    return browse(researcher)


def test_teardown_is_logged_step_by_step_as_a_draft(bench: Client, world: World, researcher: User) -> None:
    saved = bench.post(
        "/weapons/new/",
        {"label": "Lancet No. 4", "new_model": "Lancet-3", "recovered": "spring 2023", "then_teardown": "1"},
    )
    weapon = Weapon.objects.get(label="Lancet No. 4")
    begun = bench.post(saved["Location"], {"examined_by": "Institute of Bits", "examined": "2023-06"})
    teardown = Teardown.objects.get(weapon=weapon)
    bench.post(f"/weapons/{weapon.pk}/assemblies/new/?teardown={teardown.pk}", {"name": "Main board"})
    board = weapon.assemblies.get()
    added = bench.post(
        f"/weapons/{weapon.pk}/components/new/?teardown={teardown.pk}",
        {**COMPONENT, "assembly": board.pk, "teardown": teardown.pk, **UNIDENTIFIED, **IDENTIFIED, **CITED},
    )

    assert begun["Location"] == added["Location"] == f"/teardowns/{teardown.pk}/workbench/"
    component = weapon.components.get()
    identification = component.identifications.get()
    assert weapon.model == WeaponModel.objects.get(name="Lancet-3")
    assert (component.marking, component.quantity, component.assembly) == ("AD9361\nBBCZ", 2, board)
    assert (identification.part, identification.is_current) == (world.part, True)
    cited = Citation.objects.filter(source__title="Lab book 3").order_by("record_type")
    assert {(each.record, each.place) for each in cited} == {(component, "page 12"), (identification, "page 12")}
    written = [weapon, teardown, board, component, identification, Source.objects.get(title="Lab book 3")]
    assert {row.visibility for row in written} == {"draft"}
    assert {row.created_by for row in written} == {researcher}
    assert {row.history.get(history_type="+").history_user for row in written} == {researcher}
    shown = bench.get(f"/teardowns/{teardown.pk}/workbench/")
    assert shown.context["component_count"] == 1
    assert "Ask an editor" in shown.content.decode()


def test_editor_publishes_the_weapon_with_its_contents_and_sources(
    browse: Browse, bench: Client, researcher: User, editor: User
) -> None:
    draft = {"created_by": researcher, "visibility": "draft"}
    weapon = factories.WeaponFactory(**draft)
    teardown = factories.TeardownFactory(weapon=weapon, **draft)
    component = factories.ComponentFactory(weapon=weapon, teardown=teardown, **draft)
    restricted = factories.ComponentFactory(weapon=weapon, visibility="restricted")
    source = factories.SourceFactory(**draft)
    citation = factories.CitationFactory(source=source, record=component)
    browser = browse(editor)

    asked = browser.get(f"/weapons/{weapon.pk}/visibility/")
    done = browser.post(
        f"/weapons/{weapon.pk}/visibility/",
        {"to": "published", "with_contents": "on", "sources": [source.pk], "why": "complete"},
    )

    assert {(each["kind"], each["state"]): each["count"] for each in asked.context["contents"]} == {
        ("Component", "Draft"): 1,
        ("Component", "Restricted"): 1,
        ("Teardown", "Draft"): 1,
    }
    assert done["Location"] == weapon.get_absolute_url()
    for row, visibility in (
        (weapon, "published"),
        (teardown, "published"),
        (component, "published"),
        (source, "published"),
    ):
        row.refresh_from_db()
        assert row.visibility == visibility
    restricted.refresh_from_db()
    assert restricted.visibility == "restricted"
    shown = browse(VISITOR).get(component.get_absolute_url())
    assert [each.citation for each in shown.context["citations"]] == [citation]
    assert weapon.history.first().history_change_reason == "complete"


@pytest.mark.parametrize("page", ["visibility"])
def test_researcher_may_not_publish(bench: Client, world: World, page: str) -> None:
    response = bench.post(f"/weapons/{world.secret_weapon.pk}/{page}/", {"to": "published"})

    world.secret_weapon.refresh_from_db()
    assert response.status_code == 403
    assert world.secret_weapon.visibility == "draft"


def test_component_is_never_wider_than_its_weapon(browse: Browse, world: World, editor: User) -> None:
    response = browse(editor).post(f"/components/{world.secret_component.pk}/visibility/", {"to": "published"})

    assert response.status_code == 400
    assert "make the weapon published first" in response.content.decode()


def test_save_and_add_another_keeps_what_stays_the_same(bench: Client, world: World) -> None:
    address = f"/weapons/{world.weapon.pk}/components/new/?teardown={world.teardown.pk}"

    response = bench.post(
        address, {**COMPONENT, "teardown": world.teardown.pk, **UNIDENTIFIED, **IDENTIFIED, **CITED, "another": "1"}
    )

    initial = [
        {field.name: field.value() for field in form} for form in bench.get(response["Location"]).context["forms"]
    ]
    source = Source.objects.get(title="Lab book 3")
    assert initial[0]["teardown"] == str(world.teardown.pk)
    assert initial[0]["marking"] in ("", None)
    assert initial[1]["identified_by"] == "Institute of Bits"
    assert initial[1]["maker_name"] in ("", None)
    assert (initial[2]["source"], initial[2]["place"]) == (str(source.pk), "page 12")


def test_component_may_stay_unidentified_and_then_names_its_author(bench: Client, world: World) -> None:
    bench.post(f"/weapons/{world.secret_weapon.pk}/components/new/", {**COMPONENT, **UNIDENTIFIED})

    component = Component.objects.get(marking="AD9361\nBBCZ")
    assert not component.identifications.exists()
    response = bench.get(component.get_absolute_url())
    assert response.context["marking"].recorded.startswith("recorded by researcher 20")


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"marking_state": "not inspected"}, "marking_state"),
        ({"marking": "", "marking_state": "unmarked"}, "__all__"),
        ({"quantity": "0"}, "quantity"),
        ({"identification-maker_name": "Nobody Ltd"}, "maker_name"),
        ({"identification-maker_name": ""}, "maker_name"),
        ({"identification-part_number": "no such part"}, "part_number"),
        ({"identification-made": "someday"}, "made"),
        ({"identification-identified_by": ""}, "identified_by"),
        ({"citation-new_url": "no address"}, "new_url"),
    ],
)
def test_component_form_says_what_is_wrong_and_saves_nothing(
    bench: Client, world: World, changes: dict[str, str], wrong: str
) -> None:
    before = Component.objects.count(), Citation.objects.count()

    response = bench.post(
        f"/weapons/{world.weapon.pk}/components/new/", {**COMPONENT, **UNIDENTIFIED, **IDENTIFIED, **CITED, **changes}
    )

    assert response.status_code == 400
    assert list(problems(response)) == [wrong]
    assert (Component.objects.count(), Citation.objects.count()) == before


def test_new_maker_and_part_are_added_only_when_it_is_said(bench: Client, world: World) -> None:
    address = f"/components/{world.secret_component.pk}/identifications/new/"
    sent = {
        "maker_name": "Gowin", "part_number": "GW1N-UV9", "method": "marking", "confidence": "probable",
        "authenticity": "not examined", "identified_by": "Institute of Bits", "is_chosen": "on",
    }  # fmt: skip

    refused = bench.post(address, sent)
    number_before = Manufacturer.objects.filter(name="Gowin").count()
    bench.post(address, {**sent, "may_add": "on"})

    assert list(problems(refused)) == ["maker_name"]
    assert number_before == 0
    part = Part.objects.get(mpn="GW1N-UV9")
    assert part.manufacturer.name == "Gowin"
    judged = {each.part: each.is_current for each in world.secret_component.identifications.all()}
    assert judged == {part: True, world.part: False}


def test_rival_is_chosen_as_current_by_a_button(browse: Browse, world: World, editor: User) -> None:
    rival = factories.IdentificationFactory(component=world.component)

    browse(editor).post(f"/identifications/{rival.pk}/make-current/")

    assert list(world.component.identifications.filter(is_current=True)) == [rival]


def test_choices_are_those_of_the_weapon_that_the_writer_may_see(bench: Client, world: World) -> None:
    mine = factories.AssemblyFactory(weapon=world.weapon)
    factories.AssemblyFactory(weapon=world.secret_weapon)
    factories.AssemblyFactory(weapon=world.weapon, visibility="draft")

    form = bench.get(f"/weapons/{world.weapon.pk}/components/new/").context["component"]

    assert list(form.fields["assembly"].queryset) == [mine]
    assert list(form.fields["teardown"].queryset) == [world.teardown]


def test_assembly_cannot_be_put_inside_itself(browse: Browse, world: World, editor: User) -> None:
    outer = factories.AssemblyFactory(weapon=world.weapon)
    inner = factories.AssemblyFactory(weapon=world.weapon, parent=outer)
    browser = browse(editor)
    form = browser.get(f"/assemblies/{outer.pk}/edit/").context["form"]

    response = browser.post(
        f"/assemblies/{outer.pk}/edit/", {"name": "x", "parent": inner.pk, "seen": form["seen"].value()}
    )

    assert problems(response) == {"parent": ["An assembly cannot be inside itself."]}


def seen(browser: Client, address: str) -> dict[str, Any]:
    """What the form of the address would send as it stands."""
    form = browser.get(address).context["form"]
    values = {field.html_name: field.value() for field in form}
    return {name: value for name, value in values.items() if value not in (None, False)}


# What a row needs so that its form has nothing to complain of.
NEEDED: dict[type[Curated], Any] = {
    Manufacturer: lambda: {"country": None},
    Link: lambda: {
        "basis": "document",
        "dataset": None,
        "row_number": None,
        "source": factories.SourceFactory(),
        "score": 1.0,
    },
}


@pytest.mark.parametrize("model", list(FORMS))
def test_form_that_is_sent_as_it_stands_changes_nothing(browse: Browse, editor: User, model: type[Curated]) -> None:
    factory = getattr(factories, f"{model.__name__}Factory")
    row = factory(**NEEDED.get(model, dict)())
    address = f"/{ADDRESS[model]}/{row.pk}/edit/"
    browser = browse(editor)

    response = browser.post(address, seen(browser, address))

    assert response.status_code == 302, problems(response)
    assert row.history.count() == 1


@pytest.mark.parametrize(
    ("model", "field", "value"),
    [
        (Weapon, "label", "Orlan-10 No. 2"),
        (Component, "function", "amplifier"),
        (Identification, "reasons", "compared with the datasheet"),
        (Part, "description", "FPGA with cores"),
        (Citation, "place", "page 8"),
        (Source, "publisher", "Institute"),
    ],
)
def test_edit_is_stored_with_who_and_why(
    browse: Browse, editor: User, model: type[Any], field: str, value: str
) -> None:
    row = getattr(factories, f"{model.__name__}Factory")()
    address = f"/{ADDRESS[model]}/{row.pk}/edit/"
    browser = browse(editor)

    browser.post(address, {**seen(browser, address), field: value, "why": "mistyped"})

    row.refresh_from_db()
    assert getattr(row, field) == value
    newest = row.history.first()
    assert (newest.history_user, newest.history_change_reason) == (editor, "mistyped")


def test_edit_of_a_record_that_changed_since_shows_both_and_saves_nothing(
    browse: Browse, world: World, editor: User
) -> None:
    browser, address = browse(editor), f"/weapons/{world.weapon.pk}/edit/"
    sent = {**seen(browser, address), "label": "mine"}
    world.weapon.label = "theirs"
    world.weapon.save()

    response = browser.post(address, sent)

    world.weapon.refresh_from_db()
    assert (response.status_code, world.weapon.label) == (409, "theirs")
    assert response.context["conflicts"] == [{"label": "Label", "theirs": "theirs", "yours": "mine"}]
    again = {**sent, "seen": response.context["form"]["seen"].value()}
    assert browser.post(address, again).status_code == 302
    world.weapon.refresh_from_db()
    assert world.weapon.label == "mine"


class Inputs(HTMLParser):
    """What a browser would send of the page's form: each input, text area and choice with its value."""

    def __init__(self, page: str):
        super().__init__()
        self.sent: dict[str, list[str]] = {}
        self.inside = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name") or ""
        if tag == "input" and name and (given.get("type") != "checkbox" or "checked" in given):
            self.sent.setdefault(name, []).append(given.get("value") or ("on" if given["type"] == "checkbox" else ""))
        elif tag in ("textarea", "select"):
            self.inside = name
            self.sent.setdefault(name, [])
        elif tag == "option" and "selected" in given:
            self.sent[self.inside].append(given.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("textarea", "select"):
            self.inside = ""

    def handle_data(self, text: str) -> None:
        if self.inside and text.strip():
            self.sent[self.inside] = self.sent[self.inside] or [text.removeprefix("\n").replace("\n", "\r\n")]


def opened(browser: Client, address: str) -> dict[str, Any]:
    """What the page of the address would send as it stands, with all that it holds unseen."""
    page = browser.get(address).content.decode()
    return Inputs(page[page.index('<form method="post" novalidate') :]).sent


EDITS: list[tuple[type[Curated], str, Any, str, Any]] = [
    (Component, "function", "mixer", "notes", "seen again"),
    (Component, "marking", "AD9361\nBBCZ", "quantity", 7),
    (Component, "is_synthetic", True, "notes", "made up"),
    (Weapon, "recovered", "2023-06", "serial_number", "A-7"),
    (Weapon, "latitude", Decimal("50.500000"), "notes", "by the river"),
    (Source, "retrieved_on", date(2024, 2, 3), "notes", "read again"),
    (Identification, "made", "2021-03", "reasons", "the datasheet"),
]


@pytest.mark.parametrize(("model", "mine", "my_value", "theirs", "their_value"), EDITS)
def test_edits_of_different_fields_are_merged_either_way(
    browse: Browse, editor: User, model: type[Any], mine: str, my_value: Any, theirs: str, their_value: Any
) -> None:
    browser = browse(editor)
    for first, value, other, other_value in (
        (mine, my_value, theirs, their_value),
        (theirs, their_value, mine, my_value),
    ):
        base: dict[str, Any] = {"latitude": 48.5, "longitude": 30.5} if model is Weapon else {}
        base |= {"marking": "READ\nTWICE", "marking_state": "read"} if model is Component else {}
        row = getattr(factories, f"{model.__name__}Factory")(**base)
        address = f"/{ADDRESS[model]}/{row.pk}/edit/"
        sent = opened(browser, address)
        setattr(row, other, other_value)
        row.save()

        response = browser.post(address, {**sent, first: str(value).replace("\n", "\r\n")})

        row.refresh_from_db()
        assert response.status_code == 302, (first, response.context["conflicts"])
        assert {mine: getattr(row, mine), theirs: getattr(row, theirs)} == {mine: my_value, theirs: their_value}


def test_conflict_page_keeps_what_only_the_other_changed(browse: Browse, world: World, editor: User) -> None:
    browser, address = browse(editor), f"/components/{world.component.pk}/edit/"
    sent = {**opened(browser, address), "function": "mine"}
    world.component.function, world.component.notes = "theirs", "a note of theirs"
    world.component.save()

    response = browser.post(address, sent)
    page = response.content.decode()
    browser.post(address, Inputs(page[page.index('<form method="post" novalidate') :]).sent)

    assert response.status_code == 409
    assert response.context["conflicts"] == [{"label": "Function", "theirs": "theirs", "yours": "mine"}]
    assert response.context["merged"] == ["Notes"]
    world.component.refresh_from_db()
    assert (world.component.function, world.component.notes) == ("mine", "a note of theirs")


@pytest.mark.parametrize("action", ["edit", "delete"])
def test_record_of_another_is_changed_by_editors_only(
    browse: Browse, world: World, action: str, colleague: User, stranger: User, editor: User
) -> None:
    address = f"/weapons/{world.weapon.pk}/{action}/"

    codes = [browse(person).get(address).status_code for person in (VISITOR, stranger, colleague, editor)]

    assert codes == [302, 403, 403, 200]


def test_delete_names_what_holds_the_record(browse: Browse, world: World, editor: User) -> None:
    response = browse(editor).post(f"/weapons/{world.weapon.pk}/delete/")

    assert response.status_code == 409
    assert {(each["kind"], each["name"]) for each in response.context["holders"]} == {
        ("Component", "FPGA"),
        ("Teardown", str(world.teardown)),
    }


def test_delete_leaves_its_history_and_can_be_put_back(browse: Browse, world: World, editor: User) -> None:
    browser = browse(editor)
    address = f"/components/{world.component.pk}"

    browser.post(f"{address}/delete/", {"why": "entered twice"})

    assert not Component.objects.filter(pk=world.component.pk).exists()
    versions = browser.get(f"{address}/history/").context["versions"]
    newest = versions[0]
    assert (newest["what"], newest["why"], newest["by"]) == ("Deleted", "entered twice", "editor")
    browser.post(f"{address}/put-back/", {"version": versions[0]["key"]})
    restored = Component.objects.get(pk=world.component.pk)
    assert (restored.marking, restored.visibility) == ("XC7Z020\nCLG400", "draft")


def test_citation_is_added_to_a_value_by_those_who_may_edit_the_record(
    browse: Browse, world: World, editor: User, colleague: User
) -> None:
    address = f"/components/{world.component.pk}/cite/"
    said = {"source": world.source.pk, "field": "marking", "published_value": "XC7Z020", "place": "figure 2",
            "basis": "stated", "confidence": "confirmed"}  # fmt: skip

    refused = [browse(colleague).get(address).status_code, browse(colleague).post(address, said).status_code]
    browse(editor).post(address, said)

    citation = Citation.objects.get(place="figure 2")
    assert refused == [403, 403]
    assert (citation.record, citation.field, citation.created_by) == (world.component, "marking", editor)


def test_draft_source_of_another_is_no_choice(browse: Browse, world: World, colleague: User) -> None:
    response = browse(colleague).get(f"/parts/{world.part.pk}/cite/")

    assert list(response.context["form"].fields["source"].queryset) == [world.source]


def test_makers_are_suggested_while_typing(bench: Client, world: World) -> None:
    factories.ManufacturerAliasFactory(manufacturer=world.maker, name="Silinks")

    response = bench.get("/manufacturers/suggestions/?maker_name=sili")

    assert response.content.decode().split() == ["<option", 'value="Xilinx"></option>']
