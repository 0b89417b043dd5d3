"""Nobody learns of a row that is not for their eyes: not by a list, a detail, a count, a filter, a facet or a file."""

from typing import Any

import pytest
from django.db.models import Model
from django.test import Client

from components.api.addresses import ADDRESSES
from components.choices import Visibility
from components.models import (
    Assembly,
    Citation,
    CitedParty,
    Component,
    Identification,
    ImportBatch,
    Manufacturer,
    Part,
    Photo,
    Source,
    Teardown,
    User,
    Weapon,
    WeaponModel,
)
from tests.api.conftest import Ask
from tests.factories import (
    AssemblyFactory,
    CitationFactory,
    CitedPartyFactory,
    ComponentFactory,
    IdentificationFactory,
    ImportBatchFactory,
    ManufacturerFactory,
    PartFactory,
    PhotoFactory,
    SourceFactory,
    TeardownFactory,
    WeaponFactory,
    WeaponModelFactory,
)

SECRET = "Zenith-Confidential"
EVIDENCE = [Weapon, Teardown, Assembly, Component, Identification, Photo, Source]
# Seen with what they belong to, by whose they are, or with what uses them.
FOLLOWING = [CitedParty, Citation, ImportBatch, Manufacturer, Part, WeaponModel]


@pytest.fixture
def people(researcher: User, colleague: User, editor: User, visitor: Any) -> dict[str, Any]:
    return {"owner": researcher, "colleague": colleague, "editor": editor, "visitor": visitor}


def hidden_world(owner: User, visibility: str) -> dict[type[Model], Any]:
    """One row of every table of evidence, all of one visibility and one author, all naming the secret."""
    mine = {"visibility": visibility, "created_by": owner}
    maker = ManufacturerFactory(name=SECRET, visibility=Visibility.DRAFT, created_by=owner)
    part = PartFactory(mpn=SECRET, manufacturer=maker, visibility=Visibility.DRAFT, created_by=owner)
    weapon_model = WeaponModelFactory(name=SECRET, visibility=Visibility.DRAFT, created_by=owner)
    weapon = WeaponFactory(label=SECRET, model=weapon_model, latitude="48.123456", longitude="37.654321", **mine)
    assembly = AssemblyFactory(weapon=weapon, name=SECRET, **mine)
    teardown = TeardownFactory(weapon=weapon, examined_by=SECRET, **mine)
    component = ComponentFactory(weapon=weapon, assembly=assembly, teardown=teardown, published_name=SECRET, **mine)
    identification = IdentificationFactory(
        component=component, part=part, manufacturer=maker, identified_by=SECRET, is_current=True, **mine
    )
    source = SourceFactory(title=SECRET, **mine)
    photo = PhotoFactory(weapon=None, component=component, caption=SECRET, source=source, **mine)
    return {
        Weapon: weapon,
        Assembly: assembly,
        Teardown: teardown,
        Component: component,
        Identification: identification,
        Source: source,
        Photo: photo,
        Manufacturer: maker,
        Part: part,
        WeaponModel: weapon_model,
        CitedParty: CitedPartyFactory(component=component, name=SECRET),
        Citation: CitationFactory(source=source, record=component, place=SECRET),
        ImportBatch: ImportBatchFactory(created_by=owner, file_name=SECRET),
    }


SEES = {
    Visibility.DRAFT: {"owner", "editor"},
    Visibility.RESTRICTED: {"owner", "colleague", "editor"},
    Visibility.PUBLISHED: {"owner", "colleague", "editor", "visitor"},
}


@pytest.mark.parametrize("visibility", Visibility.values)
@pytest.mark.parametrize("model", [*EVIDENCE, *FOLLOWING], ids=lambda model: model.__name__)
def test_row_is_seen_by_those_it_is_for(
    model: type[Model], visibility: Visibility, people: dict[str, Any], ask: Ask
) -> None:
    row = hidden_world(people["owner"], visibility)[model]
    address = f"/api/v1/{ADDRESSES[model]}/"
    who_sees = {"owner", "editor"} if model is ImportBatch else SEES[visibility]

    for name, person in people.items():
        client = ask(person)
        seen = name in who_sees
        assert client.get(address).json()["count"] == int(seen), name
        assert len(client.get(f"{address}?cursor=").json()["results"]) == int(seen), name
        assert client.get(f"{address}{row.pk}/").status_code == (200 if seen else 404), name
        files = [client.get(f"{address}export/?format={form}").getvalue() for form in ("csv", "jsonl")]
        assert [SECRET.encode() in content for content in files] == [seen, seen], name
        assert (SECRET in client.get(f"{address}facets/").content.decode()) <= seen, name


def everything(client: Client) -> str:
    """All that the lists, details, facets and files of the API say."""
    said = []
    for name in ADDRESSES.values():
        if name in {"countries", "hs-headings", "priority-items"}:
            continue
        listed = client.get(f"/api/v1/{name}/")
        said += [listed.content, client.get(f"/api/v1/{name}/facets/").content]
        said += [client.get(f"/api/v1/{name}/export/?format=jsonl").getvalue()]
        said += [client.get(f"/api/v1/{name}/{next(iter(row.values()))}/").content for row in listed.json()["results"]]
    return b"\n".join(said).decode()


@pytest.mark.parametrize("visibility", [Visibility.DRAFT, Visibility.RESTRICTED])
def test_nothing_of_a_hidden_world_is_said(visibility: Visibility, people: dict[str, Any], ask: Ask) -> None:
    hidden_world(people["owner"], visibility)
    WeaponFactory(label="Open")

    said = {name: SECRET in everything(ask(person)) for name, person in people.items()}

    assert said == {name: name in SEES[visibility] for name in people}


@pytest.mark.parametrize("visibility", [Visibility.DRAFT, Visibility.RESTRICTED])
def test_hidden_rows_below_a_published_one_are_not_said(
    visibility: Visibility, people: dict[str, Any], ask: Ask
) -> None:
    mine = {"visibility": visibility, "created_by": people["owner"]}
    weapon = WeaponFactory()
    component = ComponentFactory(weapon=weapon)
    source = SourceFactory(title=SECRET, **mine)
    part = PartFactory(mpn=f"{SECRET}-1", manufacturer=ManufacturerFactory(name="Open"))
    IdentificationFactory(
        component=component, part=part, manufacturer=part.manufacturer, identified_by=SECRET, is_current=True, **mine
    )
    AssemblyFactory(weapon=weapon, name=SECRET, **mine)
    TeardownFactory(weapon=weapon, examined_by=SECRET, **mine)
    ComponentFactory(weapon=weapon, published_name=SECRET, **mine)
    PhotoFactory(weapon=weapon, caption=SECRET, **mine)
    PhotoFactory(weapon=weapon, source=source)
    CitationFactory(source=source, record=weapon, place=SECRET)

    for name, person in people.items():
        client, seen = ask(person), name in SEES[visibility]
        detail = client.get(f"/api/v1/weapons/{weapon.pk}/").json()
        listed = client.get("/api/v1/components/?fields=part_mpn,manufacturer_name,identification").json()
        nested = client.get(f"/api/v1/components/{component.pk}/").json()
        photos = client.get("/api/v1/photos/").json()["results"]

        counts = [len(detail[key]) for key in ("assemblies", "teardowns", "photos", "citations")]
        assert counts == ([1, 1, 2, 1] if seen else [0, 0, 1, 0]), name
        assert detail["components_count"] == (2 if seen else 1), name
        assert listed["results"][0]["part_mpn"] == (part.mpn if seen else None), name
        assert len(nested["identifications"]) == int(seen), name
        assert {row["source"] for row in photos} == ({None, source.pk} if seen else {None}), name
        assert client.get(f"/api/v1/parts/{part.pk}/").json()["identifications_count"] == int(seen), name
        assert client.get(f"/api/v1/parts/{part.pk}/").json()["components_count"] == int(seen), name


def test_filter_by_a_hidden_identification_finds_nothing(people: dict[str, Any], ask: Ask) -> None:
    maker, component = ManufacturerFactory(), ComponentFactory()
    IdentificationFactory(
        component=component,
        manufacturer=maker,
        part=PartFactory(manufacturer=maker, mpn="XC7Z020"),
        visibility=Visibility.DRAFT,
        created_by=people["owner"],
        is_current=True,
        confidence="confirmed",
        made="2021-03",
    )
    questions = [
        f"manufacturer={maker.pk}",
        "part_number=XC7Z",
        "is_identified=true",
        "confidence=confirmed",
        "made__from=2021-01-01",
        "manufacturer_name__contains=Maker",
        f"manufacturer={maker.pk}&with_acquired=true",
    ]

    for name, person in people.items():
        counts = [ask(person).get(f"/api/v1/components/?{question}").json()["count"] for question in questions]
        assert counts == [int(name in {"owner", "editor"})] * len(questions), name
        others = ask(person).get(f"/api/v1/components/?manufacturer__not={maker.pk}").json()["count"]
        assert others == int(name not in {"owner", "editor"}), name


def test_hidden_id_in_a_filter_is_as_unknown_as_one_that_does_not_exist(people: dict[str, Any], ask: Ask) -> None:
    world = hidden_world(people["owner"], Visibility.DRAFT)
    client = ask(people["colleague"])

    for name, model in {"weapon": Weapon, "assembly": Assembly, "teardown": Teardown, "source": Source}.items():
        hidden = client.get(f"/api/v1/components/?{name}={world[model].pk}").json()
        absent = client.get(f"/api/v1/components/?{name}=987654").json()
        assert hidden["status"] == 400, name
        assert hidden["detail"].replace(str(world[model].pk), "987654") == absent["detail"], name


def test_hidden_id_in_a_body_is_as_unknown_as_one_that_does_not_exist(people: dict[str, Any], ask: Ask) -> None:
    world = hidden_world(people["owner"], Visibility.DRAFT)
    client = ask(people["colleague"])

    for name, model in {"weapon": Weapon, "assembly": Assembly, "teardown": Teardown}.items():
        body = {"weapon": WeaponFactory().pk, name: world[model].pk}
        answer = client.post("/api/v1/components/", body, content_type="application/json")
        assert answer.json()["errors"] == [{"field": name, "reason": "There is no such record."}], name
    cited = {"source": SourceFactory().pk, "record_type": "component", "record_id": world[Component].pk}
    answer = client.post("/api/v1/citations/", cited, content_type="application/json")
    assert answer.json()["errors"] == [{"field": "record_id", "reason": "There is no such record."}]
    assert Component.objects.count() == 1


@pytest.mark.parametrize("model", [*EVIDENCE, CitedParty, Citation], ids=lambda model: model.__name__)
def test_hidden_row_answers_every_method_as_if_it_did_not_exist(
    model: type[Model], people: dict[str, Any], ask: Ask
) -> None:
    row = hidden_world(people["owner"], Visibility.DRAFT)[model]
    client, address = ask(people["colleague"]), f"/api/v1/{ADDRESSES[model]}/{row.pk}/"
    actions = ["put-back/", "visibility/"] if model in EVIDENCE else ["put-back/"]

    codes = [client.get(address).status_code, client.get(f"{address}history/").status_code]
    codes += [
        getattr(client, method)(address, {}, content_type="application/json", headers={"If-Match": "*"}).status_code
        for method in ("put", "patch", "delete")
    ]
    bodies = {"put-back/": {"version": 1}, "visibility/": {"to": "published"}}
    for each in actions:
        codes.append(client.post(address + each, bodies[each], content_type="application/json").status_code)

    assert codes == [404] * len(codes)


def test_exact_place_and_camera_are_for_insiders(people: dict[str, Any], ask: Ask) -> None:
    weapon = WeaponFactory(latitude="48.123456", longitude="37.654321")
    photo = PhotoFactory(
        weapon=weapon, latitude=48.123456, longitude=37.654321, camera="NIKON", exif={"Artist": "Somebody"}
    )

    for name, person in people.items():
        client = ask(person)
        said = everything(client)
        detail = client.get(f"/api/v1/weapons/{weapon.pk}/").json()
        original = client.get(f"/api/v1/photos/{photo.pk}/").json()["original"]
        if name == "visitor":
            assert (detail["latitude"], detail["longitude"], original) == (48.1, 37.7, None)
            assert [each for each in ("48.12", "37.65", "NIKON", "Somebody") if each in said] == []
        else:
            assert (detail["latitude"], detail["longitude"]) == (48.123456, 37.654321), name
            assert (original["camera"], original["exif"]) == ("NIKON", {"Artist": "Somebody"}), name


def test_author_is_named_to_insiders_only(people: dict[str, Any], ask: Ask) -> None:
    weapon = WeaponFactory(created_by=people["owner"])

    named = {
        name: ask(person).get(f"/api/v1/weapons/{weapon.pk}/").json()["created_by"] for name, person in people.items()
    }

    assert named == {"owner": "researcher", "colleague": "researcher", "editor": "researcher", "visitor": None}


def test_inactive_account_sees_nothing_more(researcher: User, ask: Ask) -> None:
    WeaponFactory(visibility=Visibility.RESTRICTED)
    client = ask(researcher)
    User.objects.filter(pk=researcher.pk).update(is_active=False)

    assert client.get("/api/v1/weapons/").status_code == 401
