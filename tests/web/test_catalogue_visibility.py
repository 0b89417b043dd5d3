"""Makers, parts and weapon models are seen as widely as what uses them, until they are published."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.test import Client

from components.choices import Audience, LinkBasis, Visibility
from components.curation.merging import merge_manufacturers
from components.curation.visibility import set_visibility
from components.intake.batches import run_import
from components.models import Identification, Link, Manufacturer, Part, Trace, User, WeaponModel
from tests import factories
from tests.web.conftest import Browse

NOW = datetime(2026, 12, 1, tzinfo=UTC)
SECRET = "Zenith"
NAMES = tuple(SECRET + rest for rest in (" Works", " Ltd", "-9", " X"))
NAMED = {
    Manufacturer: {"name__contains": SECRET},
    Part: {"mpn__contains": SECRET},
    WeaponModel: {"name__contains": SECRET},
}


@pytest.fixture
def people(researcher: User, colleague: User, editor: User) -> dict[str, Any]:
    return {"owner": researcher, "colleague": colleague, "editor": editor, "visitor": AnonymousUser()}


@pytest.fixture
def draft(researcher: User) -> Identification:
    """A draft of the researcher's: a weapon of a new model, with a component of a new part of a new maker."""
    own = {"created_by": researcher, "visibility": Visibility.DRAFT}
    maker = factories.ManufacturerFactory(name=f"{SECRET} Works", **own)
    part = factories.PartFactory(mpn=f"{SECRET}-9", manufacturer=maker, hs_code="854231", **own)
    model = factories.WeaponModelFactory(name=f"{SECRET} X", **own)
    component = factories.ComponentFactory(weapon=factories.WeaponFactory(label="Found", model=model, **own), **own)
    return factories.IdentificationFactory(component=component, part=part, manufacturer=maker, is_current=True, **own)


def seen(people: dict[str, Any]) -> set[str]:
    """Who sees the maker, the part and the model; nobody sees one of them alone."""
    counts = {
        name: {model: model.objects.visible_to(person).filter(**named).count() for model, named in NAMED.items()}  # type: ignore[attr-defined]
        for name, person in people.items()
    }
    assert all(len(set(each.values())) == 1 for each in counts.values()), counts
    return {name for name, each in counts.items() if any(each.values())}


@pytest.mark.parametrize(
    ("to", "who"),
    [
        (Visibility.DRAFT, {"owner", "editor"}),
        (Visibility.RESTRICTED, {"owner", "colleague", "editor"}),
        (Visibility.PUBLISHED, {"owner", "colleague", "editor", "visitor"}),
    ],
)
def test_what_is_typed_is_seen_with_what_uses_it(
    draft: Identification, people: dict[str, Any], to: Visibility, who: set[str]
) -> None:
    set_visibility(draft.component.weapon, to=to, user=people["editor"], with_contents=True)

    assert seen(people) == who

    set_visibility(draft.component.weapon, to=Visibility.DRAFT, user=people["editor"])
    assert seen(people) == {"owner", "editor"}


def test_what_is_published_in_the_catalogue_stays_when_what_used_it_is_hidden(
    draft: Identification, people: dict[str, Any]
) -> None:
    for row in (draft.manufacturer, draft.part, draft.component.weapon.model):
        set_visibility(row, to=Visibility.PUBLISHED, user=people["editor"])  # type: ignore[arg-type]

    assert seen(people) == set(people)


def around(draft: Identification) -> None:
    """What leads to the maker, the part and the model from what everybody may see."""
    maker, part, model = draft.manufacturer, draft.part, draft.component.weapon.model
    open_part = factories.PartFactory(mpn="LM358", manufacturer__name="Open Works")
    factories.ManufacturerAliasFactory(manufacturer=maker, name=f"{SECRET} Ltd")
    factories.OwnershipFactory(owned=open_part.manufacturer, owner=maker)
    factories.OwnershipFactory(owned=maker, owner=factories.ManufacturerFactory(name="Open Holding"))
    factories.PartRelationFactory(part=open_part, other=part)
    factories.CitationFactory(record=part, published_value=f"{SECRET}-9")
    factories.LinkFactory(part=part, manufacturer=maker, basis=LinkBasis.MATCHED, found=f"{SECRET}-9")
    for audience in Audience:
        for name, subject in {"part": part, "manufacturer": maker, "weapon_model": model}.items():
            factories.TraceFactory(audience=audience, **{"part": None, name: subject})


ADDRESSES = (
    "/", "/manufacturers/", "/parts/", "/weapon-models/", "/search/?q=Zenith", "/links/", "/statistics/",
    "/statistics/?by=manufacturer&with_acquired=true", "/manufacturers/suggestions/?maker_name=zeni",
    "/parts/?q=zenith", "/parts/?part_number=zenith", "/manufacturers/export/csv/", "/parts/export/jsonl/",
    "/api/v1/manufacturers/", "/api/v1/manufacturer-aliases/", "/api/v1/ownerships/", "/api/v1/part-relations/",
    "/api/v1/parts/", "/api/v1/weapon-models/", "/api/v1/citations/", "/api/v1/links/", "/api/v1/routes/",
    "/api/v1/parts/facets/", "/api/v1/manufacturers/facets/", "/api/v1/weapon-models/facets/",
)  # fmt: skip


def said_to(client: Client) -> list[str]:
    """The addresses whose answers name what was typed into the draft, of lists and of the records they are beside."""
    beside = [row.get_absolute_url() for row in Manufacturer.objects.filter(name__startswith="Open")]
    beside += [Part.objects.get(mpn="LM358").get_absolute_url()]
    beside += [f"/api/v1{address}" for address in beside]
    told = []
    for address in (*ADDRESSES, *beside):
        answer = client.get(address)
        content = answer.getvalue() if answer.streaming else answer.content
        if any(name in content.decode() for name in NAMES):
            told.append(address)
    return told


def test_nothing_beside_it_names_what_is_typed_into_a_draft(
    draft: Identification, people: dict[str, Any], browse: Browse
) -> None:
    around(draft)
    own = [draft.manufacturer, draft.part, draft.component.weapon.model]
    addresses = [each.get_absolute_url() for each in own]  # type: ignore[union-attr]

    for name, person in people.items():
        client = browse(person)
        is_told = name in {"owner", "editor"}
        codes = {client.get(address).status_code for address in addresses}
        assert codes == ({200} if is_told else {404}), name
        assert bool(said_to(client)) == is_told, (name, said_to(client))
        assert Trace.objects.visible_to(person).filter(component=None).exists() == is_told
        assert Link.objects.visible_to(person).filter(found__contains=SECRET).exists() == is_told


def test_hidden_name_is_unknown_until_one_adds_it(
    draft: Identification, people: dict[str, Any], browse: Browse
) -> None:
    own = {"created_by": people["colleague"], "visibility": Visibility.DRAFT}
    component = factories.ComponentFactory(weapon=factories.WeaponFactory(**own), **own)
    sent = {
        "maker_name": f"{SECRET} Works", "part_number": f"{SECRET} 9", "method": "marking", "confidence": "probable",
        "authenticity": "not examined", "identified_by": "Institute of Bits", "is_chosen": "on",
    }  # fmt: skip
    address, client = f"/components/{component.pk}/identifications/new/", browse(people["colleague"])

    refused = client.post(address, sent)
    client.post(address, {**sent, "may_add": "on"})

    assert "No manufacturer goes by this name" in refused.content.decode()
    assert component.identifications.get().part == draft.part
    assert Part.objects.visible_to(people["colleague"]).filter(pk=draft.part_id).exists()
    assert not Part.objects.visible_to(people["visitor"]).filter(pk=draft.part_id).exists()


@pytest.mark.parametrize(
    ("who", "visibility", "sees"),
    [
        ("editor", Visibility.PUBLISHED, {"owner", "colleague", "editor", "visitor"}),
        ("colleague", Visibility.RESTRICTED, {"owner", "colleague", "editor"}),
        ("colleague", Visibility.DRAFT, {"owner", "colleague", "editor"}),  # a list of one's own names it
    ],
)
def test_list_is_seen_by_those_it_is_imported_for(
    draft: Identification, people: dict[str, Any], tmp_path: Path, who: str, visibility: Visibility, sees: set[str]
) -> None:
    path = tmp_path / "parts.csv"
    path.write_text(f"part_number,manufacturer\n{SECRET}-9,{SECRET} Works\nNEW-1,New Works\n", encoding="utf-8")

    run_import("parts", path, user=people[who], now=NOW, visibility=visibility)

    assert Manufacturer.objects.get(name="New Works").visibility == visibility  # by itself, not only with its part
    for part in Part.objects.all():
        found = {name for name, person in people.items() if Part.objects.visible_to(person).filter(pk=part.pk).exists()}
        makers = {
            name
            for name, person in people.items()
            if Manufacturer.objects.visible_to(person).filter(pk=part.manufacturer_id).exists()
        }
        mine = {who, "editor"} if part.mpn == "NEW-1" and visibility == Visibility.DRAFT else sees
        assert (part.mpn, found, makers) == (part.mpn, mine, mine)


def test_maker_is_merged_into_none_that_fewer_may_see(draft: Identification, editor: User) -> None:
    with pytest.raises(ValidationError, match="publish Zenith Works first"):
        merge_manufacturers(factories.ManufacturerFactory(), winner=draft.manufacturer, user=editor)


def test_added_record_is_a_draft_that_an_editor_publishes(people: dict[str, Any], browse: Browse) -> None:
    browse(people["owner"]).post("/manufacturers/new/", {"name": f"{SECRET} Works"})
    maker = Manufacturer.objects.get()

    before = [browse(person).get(maker.get_absolute_url()).status_code for person in people.values()]
    browse(people["editor"]).post(f"/manufacturers/{maker.pk}/visibility/", {"to": "published"})
    after = [browse(person).get(maker.get_absolute_url()).status_code for person in people.values()]

    assert (before, after) == ([200, 404, 200, 404], [200] * 4)
