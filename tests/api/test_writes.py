"""Writing: flat bodies, drafts, rules said by field, versions, protected rows, history with who and why."""

import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test import Client

from components.choices import Role, Visibility
from components.curation.fit import IN_A_DRAFT
from components.models import (
    Assembly,
    Component,
    Identification,
    Part,
    PartCategory,
    User,
    Weapon,
)
from tests.api.conftest import Ask, token_of
from tests.factories import (
    AssemblyFactory,
    CitedPartyFactory,
    ComponentFactory,
    CountryFactory,
    IdentificationFactory,
    ManufacturerFactory,
    PartCategoryFactory,
    PartFactory,
    PhotoFactory,
    SourceFactory,
    TeardownFactory,
    UserFactory,
    WeaponFactory,
)

JSON = {"content_type": "application/json"}
Reasons = dict[str, str]


def reasons(answer: Any) -> Reasons:
    """The fields of a refusal with their reasons."""
    return {error["field"]: error["reason"] for error in answer.json()["errors"]}


def tag_of(client: Client, address: str) -> str:
    return client.get(address)["ETag"]


def change(client: Client, address: str, body: Any, method: str = "patch", **headers: str) -> Any:
    """Send a body with the ETag of the record as it is."""
    headers = {"If-Match": tag_of(client, address), **headers}
    return getattr(client, method)(address, body, headers=headers, **JSON)


def test_evidence_begins_as_its_authors_draft(researcher: User, ask: Ask) -> None:
    country = CountryFactory()
    body = {"label": "Orlan-10 no. 7", "made_in": country.pk, "recovered": "October 2022", "latitude": 48.123456}
    body |= {"longitude": 37.5}

    answer = ask(researcher).post("/api/v1/weapons/", body, headers={"X-Change-Reason": "Found in Izium"}, **JSON)

    weapon = Weapon.objects.get()
    stored = (weapon.label, weapon.made_in, weapon.recovered, str(weapon.latitude), weapon.visibility)
    version = weapon.history.get()
    assert stored == ("Orlan-10 no. 7", country, "2022-10", "48.123456", "draft")
    assert weapon.created_by == researcher
    assert (version.history_user, version.history_change_reason) == (researcher, "Found in Izium")
    assert answer.status_code == 201
    assert answer["Location"] == f"http://testserver/api/v1/weapons/{weapon.pk}/"
    assert answer.json() == ask(researcher).get(answer["Location"]).json()
    assert answer["ETag"] == tag_of(ask(researcher), answer["Location"])
    assert answer.json()["recovered_latest"] == "2022-10-31"


def test_coordinates_are_taken_as_numbers_and_as_texts_of_digits(editor: User, ask: Ask) -> None:
    pairs = [(48.5, 37), ("48.500000", "-37.25"), ("90", "180.0"), (48.1234567, -179.5), (None, None)]
    answers = [
        ask(editor).post("/api/v1/weapons/", {"label": "W", "latitude": north, "longitude": east}, **JSON)
        for north, east in pairs
    ]
    wrong = ["48,5", "1e1", "NaN", "90.1", "", " 5", "48.1234567", True, 1e30, [5]]
    refused = [
        ask(editor).post("/api/v1/weapons/", {"label": "W", "latitude": text, "longitude": 5}, **JSON) for text in wrong
    ]

    assert [answer.status_code for answer in answers] == [201] * len(pairs)
    stored = [(answer.json()["latitude"], answer.json()["longitude"]) for answer in answers]
    assert stored == [(48.5, 37.0), (48.5, -37.25), (90.0, 180.0), (48.123457, -179.5), (None, None)]
    assert [(answer.status_code, set(reasons(answer))) for answer in refused] == [(400, {"latitude"})] * len(wrong)


def test_what_can_be_read_but_not_written_is_refused_by_name(editor: User, ask: Ask) -> None:
    weapon = WeaponFactory(label="W")
    address = f"/api/v1/weapons/{weapon.pk}/"
    read = ask(editor).get(address).json()

    added = ask(editor).post("/api/v1/weapons/", {"label": "N", "visibility": "published", "id": 7}, **JSON)
    changed = change(ask(editor), address, {"label": "Changed", "visibility": "draft", "updated_at": "2020-01-01"})
    same = change(ask(editor), address, read | {"label": "Changed"}, "put")

    refusal = "This can be read here, not written."
    assert (added.status_code, reasons(added)) == (400, {"id": refusal, "visibility": refusal})
    assert (changed.status_code, reasons(changed)) == (400, {"updated_at": refusal, "visibility": refusal})
    assert (same.status_code, list(Weapon.objects.values_list("label", flat=True))) == (200, ["Changed"])


@pytest.mark.parametrize(
    ("address", "body", "expected"),
    [
        ("weapons", {}, {"label": "This field is required."}),
        ("weapons", {"label": ""}, {"label": "This field may not be blank."}),
        ("weapons", {"label": "a\u0000b"}, {"label": "Null characters are not allowed."}),
        ("weapons", {"label": 7}, {"label": "Not a valid string."}),
        ("weapons", {"label": "W", "colour": "red"}, {"colour": "This record has no such field."}),
        ("weapons", {"label": "W", "latitude": 95, "longitude": 1}, "latitude"),
        ("weapons", {"label": "W", "latitude": 5}, "latitude"),
        ("weapons", {"label": "W", "recovered": "last Tuesday"}, "recovered"),
        ("weapons", {"label": "W", "model": "1"}, {"model": "Incorrect type. Expected pk value, received str."}),
        ("weapons", {"label": "W", "model": 10**30}, "model"),
        ("weapons", {"label": "W", "made_in": "QQ"}, {"made_in": "There is no such record."}),
        ("weapons", {"label": "W", "is_synthetic": "yes"}, {"is_synthetic": "Must be a valid boolean."}),
        (
            "manufacturers",
            {"name": "ANALOG DEVICES, Inc."},
            {"name": f"There is such a manufacturer already. {IN_A_DRAFT}"},
        ),
        ("origins", {"name": "Kyiv School"}, "name"),
        ("part-categories", {"name": "Processors"}, {"name": "There is such a part category already."}),
        ("sources", {"title": "T", "url": "not an address"}, "url"),
    ],
)
def test_body_that_does_not_fit_is_refused_by_field(
    address: str, body: Any, expected: Any, editor: User, ask: Ask
) -> None:
    ManufacturerFactory(name="Analog Devices")
    PartCategoryFactory(name="Processors")
    ask(editor).post("/api/v1/origins/", {"name": "Kyiv School"}, **JSON)

    answer = ask(editor).post(f"/api/v1/{address}/", body, **JSON)

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert reasons(answer) == expected if isinstance(expected, dict) else set(reasons(answer)) == {expected}


@pytest.mark.parametrize(
    "sent", [b"{", b"[]", b'"text"', b'{"label": NaN}', b'{"label": "\\ud800"}', b"\xff\xfe", b"", b'{"label": 1e999}']
)
def test_body_that_is_not_a_json_object_is_refused(sent: bytes, editor: User, ask: Ask) -> None:
    answer = ask(editor).post("/api/v1/weapons/", sent, **JSON)

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert Weapon.objects.count() == 0


def test_marking_is_kept_to_the_last_blank(researcher: User, ask: Ask) -> None:
    weapon = WeaponFactory()
    body = {"weapon": weapon.pk, "marking": "  STM32\n F103 ", "marking_state": "read"}

    answer = ask(researcher).post("/api/v1/components/", body, **JSON)

    assert Component.objects.get(pk=answer.json()["id"]).marking == "  STM32\n F103 "


def test_rule_of_the_table_is_said_by_field(researcher: User, ask: Ask) -> None:
    body = {"weapon": WeaponFactory().pk, "marking": "STM32", "marking_state": "illegible"}

    answer = ask(researcher).post("/api/v1/components/", body, **JSON)

    assert reasons(answer) == {"marking": "This breaks the rule “component marking only where read”."}


def test_component_stays_within_one_weapon(researcher: User, ask: Ask) -> None:
    weapon, other = WeaponFactory(), WeaponFactory()
    body = {
        "weapon": weapon.pk,
        "teardown": TeardownFactory(weapon=other).pk,
        "assembly": AssemblyFactory(weapon=other).pk,
    }

    answer = ask(researcher).post("/api/v1/components/", body, **JSON)

    assert reasons(answer) == {
        "teardown": "The teardown is of another weapon.",
        "assembly": "The assembly is of another weapon.",
    }


def test_nothing_is_put_inside_itself(editor: User, ask: Ask) -> None:
    outer = AssemblyFactory()
    inner = AssemblyFactory(weapon=outer.weapon, parent=outer)
    category = PartCategoryFactory(parent=PartCategoryFactory())
    client = ask(editor)

    assembly = change(client, f"/api/v1/assemblies/{outer.pk}/", {"parent": inner.pk})
    tree = change(client, f"/api/v1/part-categories/{category.parent.pk}/", {"parent": category.pk})

    assert reasons(assembly) == {"parent": "An assembly cannot be inside itself."}
    assert reasons(tree) == {"parent": "A category cannot be below itself."}
    assert (Assembly.objects.get(pk=outer.pk).parent, PartCategory.objects.get(pk=category.parent.pk).parent) == (
        None,
        None,
    )


def test_published_row_is_not_moved_into_a_draft(editor: User, ask: Ask) -> None:
    component, draft = ComponentFactory(), WeaponFactory(label="Secret", visibility=Visibility.DRAFT)

    answer = change(ask(editor), f"/api/v1/components/{component.pk}/", {"weapon": draft.pk})

    assert answer.status_code == 400
    assert answer.json()["detail"].startswith("It cannot be published while its weapon “Secret” is draft")


def test_change_needs_the_version_it_was_made_from(editor: User, ask: Ask) -> None:
    weapon, client = WeaponFactory(label="Before"), ask(editor)
    address = f"/api/v1/weapons/{weapon.pk}/"
    tag = tag_of(client, address)

    without = client.patch(address, {"label": "After"}, **JSON)
    first = client.patch(address, {"label": "After"}, headers={"If-Match": tag}, **JSON)
    stale = client.patch(address, {"label": "Lost"}, headers={"If-Match": tag}, **JSON)
    deleted = client.delete(address, headers={"If-Match": tag})
    fresh = client.patch(address, {"label": "Last"}, headers={"If-Match": first["ETag"]}, **JSON)

    codes = [answer.status_code for answer in (without, first, stale, deleted, fresh)]
    assert codes == [428, 200, 412, 412, 200]
    assert without.json()["detail"] == "Send If-Match with the ETag of the record as you read it."
    assert fresh["ETag"] == tag_of(client, address) != first["ETag"] != tag
    assert Weapon.objects.get(pk=weapon.pk).label == "Last"


def test_version_that_is_known_is_not_sent_again(db: None, client: Client) -> None:
    address = f"/api/v1/weapons/{WeaponFactory().pk}/"
    tag = tag_of(client, address)

    again = client.get(address, headers={"If-None-Match": tag})
    other = client.get(address, headers={"If-None-Match": '"other"'})

    assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag)
    assert (other.status_code, other["ETag"]) == (200, tag)
    assert tag_of(client, f"{address}?fields=id") == tag


def test_record_can_be_sent_back_as_it_was_read(editor: User, ask: Ask) -> None:
    component = ComponentFactory(marking="X", marking_state="read", notes="Kept", function="clock")
    IdentificationFactory(component=component, is_current=True)
    client, address = ask(editor), f"/api/v1/components/{component.pk}/"
    read = client.get(address)

    answer = client.put(address, read.json() | {"function": "radio"}, headers={"If-Match": read["ETag"]}, **JSON)

    component.refresh_from_db()
    assert (answer.status_code, component.function, component.notes) == (200, "radio", "Kept")
    changed = {key for key, value in answer.json().items() if value != read.json()[key]}
    assert changed == {"function", "updated_at"}


def test_put_keeps_what_it_does_not_name(editor: User, ask: Ask) -> None:
    weapon = WeaponFactory(label="Before", notes="Kept", recovered="2022")

    answer = change(ask(editor), f"/api/v1/weapons/{weapon.pk}/", {"label": "After"}, "put")

    weapon.refresh_from_db()
    assert (answer.status_code, weapon.label, weapon.notes, weapon.recovered) == (200, "After", "Kept", "2022")


def test_change_of_nothing_leaves_no_trace(editor: User, ask: Ask) -> None:
    weapon = WeaponFactory(label="Same")

    answer = change(ask(editor), f"/api/v1/weapons/{weapon.pk}/", {"label": "Same"})

    assert (answer.status_code, weapon.history.count()) == (200, 1)


def test_link_that_is_not_seen_is_not_emptied(researcher: User, ask: Ask) -> None:
    hidden = SourceFactory(visibility=Visibility.DRAFT)
    weapon = WeaponFactory(visibility=Visibility.DRAFT, created_by=researcher)
    photo = PhotoFactory(weapon=weapon, source=hidden, visibility=Visibility.DRAFT, created_by=researcher)
    client, address = ask(researcher), f"/api/v1/photos/{photo.pk}/"
    read = client.get(address).json()

    answer = change(client, address, read | {"caption": "Board"}, "put")

    photo.refresh_from_db()
    assert (read["source"], answer.status_code, photo.caption, photo.source) == (None, 200, "Board", hidden)


def test_protected_row_is_not_deleted(editor: User, ask: Ask) -> None:
    component = ComponentFactory()
    client, address = ask(editor), f"/api/v1/weapons/{component.weapon.pk}/"

    answer = client.delete(address, headers={"If-Match": tag_of(client, address)})

    assert answer.status_code == 409
    assert answer.json() == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "Other records depend on this one: delete or change those first.",
        "errors": [],
    }
    assert Weapon.objects.filter(pk=component.weapon.pk).exists()


def test_deletion_keeps_history_with_who_and_why(editor: User, ask: Ask) -> None:
    component = ComponentFactory()
    identification = IdentificationFactory(component=component)
    client, address = ask(editor), f"/api/v1/components/{component.pk}/"

    why = quote("Записано двічі")
    answer = client.delete(address, headers={"If-Match": tag_of(client, address), "X-Change-Reason": why})

    last = Component.history.filter(id=component.pk).latest()
    below = Identification.history.filter(id=identification.pk).latest()
    assert (answer.status_code, answer.content, Component.objects.count()) == (204, b"", 0)
    assert (last.history_type, last.history_user, last.history_change_reason) == ("-", editor, "Записано двічі")
    assert (below.history_type, below.history_user) == ("-", editor)


ROWS: dict[str, Callable[[User], Any]] = {
    "own draft": lambda owner: ComponentFactory(created_by=owner, visibility=Visibility.DRAFT),
    "own published": lambda owner: ComponentFactory(created_by=owner),
    "catalogue": lambda owner: PartFactory(),
}


@pytest.mark.parametrize(
    ("row", "who", "patched", "deleted"),
    [
        ("own draft", "researcher", 200, 204),
        ("own draft", "colleague", 404, 404),
        ("own draft", "editor", 200, 204),
        ("own draft", "signed in visitor", 403, 403),
        ("own draft", "visitor", 401, 401),
        ("own published", "researcher", 403, 403),
        ("own published", "editor", 200, 204),
        ("catalogue", "researcher", 200, 403),
        ("catalogue", "colleague", 200, 403),
        ("catalogue", "administrator", 200, 204),
        ("catalogue", "visitor", 401, 401),
    ],
)
def test_role_decides_who_changes_what(
    row: str, who: str, patched: int, deleted: int, request: Any, researcher: User, ask: Ask
) -> None:
    record = ROWS[row](researcher)
    person = UserFactory(role=Role.VISITOR) if who == "signed in visitor" else request.getfixturevalue(who)
    client = ask(person)
    address = f"/api/v1/{'parts' if row == 'catalogue' else 'components'}/{record.pk}/"

    codes = [
        client.patch(address, {"notes": "Seen"}, headers={"If-Match": "*"}, **JSON).status_code,
        client.delete(address, headers={"If-Match": "*"}).status_code,
    ]

    assert codes == [patched, deleted]


def test_first_identification_becomes_current(researcher: User, ask: Ask) -> None:
    component = ComponentFactory(created_by=researcher, visibility=Visibility.DRAFT)
    part = PartFactory()
    body = {"component": component.pk, "part": part.pk, "method": "marking", "identified_by": "Institute"}

    first = ask(researcher).post("/api/v1/identifications/", body, **JSON)
    second = ask(researcher).post("/api/v1/identifications/", body | {"confidence": "doubtful"}, **JSON)

    shown = [(each.json()["is_current"], each.json()["manufacturer"]) for each in (first, second)]
    assert shown == [(True, part.manufacturer.pk), (False, part.manufacturer.pk)]


def test_rival_is_chosen_and_the_other_stays(editor: User, ask: Ask) -> None:
    component = ComponentFactory()
    first = IdentificationFactory(component=component, is_current=True)
    rival = IdentificationFactory(component=component)

    answer = ask(editor).post(f"/api/v1/identifications/{rival.pk}/make-current/", {"why": "Decapsulated"}, **JSON)

    assert (answer.status_code, answer.json()["is_current"]) == (200, True)
    assert list(component.identifications.order_by("pk").values_list("pk", "is_current")) == [
        (first.pk, False),
        (rival.pk, True),
    ]
    assert rival.history.latest().history_change_reason == "Decapsulated"


def test_identification_must_agree_with_its_part(editor: User, ask: Ask) -> None:
    identification = IdentificationFactory()
    part, address = PartFactory(), f"/api/v1/identifications/{identification.pk}/"

    wrong = change(ask(editor), address, {"part": part.pk})
    moved = change(ask(editor), address, {"component": ComponentFactory().pk})
    right = change(ask(editor), address, {"part": part.pk, "manufacturer": part.manufacturer.pk})

    assert set(reasons(wrong)) == {"manufacturer"}
    assert reasons(moved) == {"component": "This cannot be changed: add another record and delete this one."}
    assert (right.status_code, right.json()["part_mpn"]) == (200, part.mpn)


def test_part_that_is_identified_needs_a_visible_component(researcher: User, ask: Ask) -> None:
    component = ComponentFactory()
    body = {"component": component.pk, "manufacturer": ManufacturerFactory().pk}
    body |= {"method": "logo", "identified_by": "Me"}

    answer = ask(researcher).post("/api/v1/identifications/", body, **JSON)

    assert answer.status_code == 403
    assert Identification.objects.count() == 0


def test_visibility_is_decided_by_editors(researcher: User, editor: User, ask: Ask) -> None:
    mine = {"created_by": researcher, "visibility": Visibility.DRAFT}
    weapon = WeaponFactory(**mine)
    component = ComponentFactory(weapon=weapon, **mine)
    address = f"/api/v1/weapons/{weapon.pk}/visibility/"

    refused = ask(researcher).post(address, {"to": "published"}, **JSON)
    unknown = ask(editor).post(address, {"to": "everybody"}, **JSON)
    below = ask(editor).post(f"/api/v1/components/{component.pk}/visibility/", {"to": "published"}, **JSON)
    done = ask(editor).post(address, {"to": "published", "with_contents": True, "why": "Checked"}, **JSON)

    component.refresh_from_db()
    assert [each.status_code for each in (refused, unknown, below, done)] == [403, 400, 400, 200]
    assert (done.json()["visibility"], component.visibility) == ("published", "published")
    assert weapon.history.latest().history_change_reason == "Checked"


def test_merged_manufacturer_leads_to_the_other_and_back(editor: User, researcher: User, ask: Ask) -> None:
    loser, winner = ManufacturerFactory(), ManufacturerFactory()
    address = f"/api/v1/manufacturers/{loser.pk}/"

    refused = ask(researcher).post(f"{address}merge/", {"into": winner.pk}, **JSON)
    itself = ask(editor).post(f"{address}merge/", {"into": loser.pk}, **JSON)
    merged = ask(editor).post(f"{address}merge/", {"into": winner.pk}, **JSON)
    from_winner = ask(editor).get(f"/api/v1/manufacturers/{winner.pk}/").json()["merged_from"]
    apart = ask(editor).post(f"{address}unmerge/", {}, **JSON)

    assert [each.status_code for each in (refused, itself, merged, apart)] == [403, 400, 200, 200]
    assert (merged.json()["merged_into"], apart.json()["merged_into"]) == (winner.pk, None)
    assert [row["id"] for row in from_winner] == [loser.pk]


def test_history_tells_who_when_why_and_what(researcher: User, colleague: User, visitor: Any, ask: Ask) -> None:
    part = (
        ask(researcher)
        .post("/api/v1/parts/", {"manufacturer": ManufacturerFactory().pk, "mpn": "XC7Z020"}, **JSON)
        .json()
    )
    IdentificationFactory(part=Part.objects.get())  # so that the colleague sees the part
    address = f"/api/v1/parts/{part['id']}/"
    change(ask(colleague), address, {"hs_code": "854231"}, **{"X-Change-Reason": "Customs"})

    history = ask(colleague).get(f"{address}history/").json()["results"]

    newest, oldest = history
    assert newest | {"version": 0, "at": ""} == {
        "version": 0,
        "what": "changed",
        "at": "",
        "by": "colleague",
        "why": "Customs",
        "changes": [{"field": "hs_code", "before": "", "after": "854231"}],
    }
    assert (oldest["what"], oldest["by"], oldest["why"]) == ("added", "researcher", "added")
    assert {"field": "mpn", "before": None, "after": "XC7Z020"} in oldest["changes"]
    assert ask(visitor).get(f"{address}history/").status_code == 401
    assert ask(UserFactory(role=Role.VISITOR)).get(f"{address}history/").status_code == 403


def test_version_is_put_back(researcher: User, ask: Ask) -> None:
    part = PartFactory(notes="First")
    client, address = ask(researcher), f"/api/v1/parts/{part.pk}/"
    change(client, address, {"notes": "Second"})
    versions = [each["version"] for each in client.get(f"{address}history/").json()["results"]]

    answer = client.post(f"{address}put-back/", {"version": versions[-1]}, **JSON)
    foreign = client.post(f"{address}put-back/", {"version": 10**9}, **JSON)

    assert (answer.status_code, answer.json()["notes"], foreign.status_code) == (200, "First", 404)
    assert part.history.latest().history_user == researcher


def test_deleted_record_is_put_back_by_an_editor(editor: User, colleague: User, ask: Ask) -> None:
    component = ComponentFactory(published_name="FPGA")
    client, address = ask(editor), f"/api/v1/components/{component.pk}/"
    client.delete(address, headers={"If-Match": "*"})
    versions = client.get(f"{address}history/").json()["results"]

    hidden = ask(colleague).get(f"{address}history/")
    answer = client.post(f"{address}put-back/", {"version": versions[-1]["version"]}, **JSON)

    assert hidden.status_code == 404
    assert answer.status_code == 200
    assert (answer.json()["id"], answer.json()["published_name"]) == (component.pk, "FPGA")
    assert answer.json()["visibility"] == "draft"


def test_putting_back_does_not_reach_a_parent_that_fewer_people_see(editor: User, ask: Ask) -> None:
    old, new = WeaponFactory(), WeaponFactory()
    component = ComponentFactory(weapon=old)
    client, address = ask(editor), f"/api/v1/components/{component.pk}/"
    change(client, address, {"weapon": new.pk})
    client.post(f"/api/v1/weapons/{old.pk}/visibility/", {"to": "draft"}, **JSON)
    oldest = client.get(f"{address}history/").json()["results"][-1]["version"]

    answer = client.post(f"{address}put-back/", {"version": oldest}, **JSON)

    component.refresh_from_db()
    assert (answer.status_code, component.weapon) == (400, new)


def test_citation_needs_a_field_of_its_record(researcher: User, ask: Ask) -> None:
    weapon, source = WeaponFactory(created_by=researcher, visibility=Visibility.DRAFT), SourceFactory()
    body = {"source": source.pk, "record_type": "weapon", "record_id": weapon.pk, "field": "serial_number"}

    wrong = ask(researcher).post("/api/v1/citations/", body | {"field": "colour"}, **JSON)
    right = ask(researcher).post("/api/v1/citations/", body, **JSON)

    assert reasons(wrong) == {"field": "A weapon has no field “colour”."}
    assert right.status_code == 201
    assert right.json()["record"] == {
        "id": weapon.pk,
        "label": weapon.label,
        "api_url": f"http://testserver/api/v1/weapons/{weapon.pk}/",
    }


def test_party_of_a_published_component_is_for_editors(researcher: User, editor: User, ask: Ask) -> None:
    party = CitedPartyFactory()
    body = {"component": party.component.pk, "name": "Trader", "role": "supplier"}

    codes = [ask(person).post("/api/v1/cited-parties/", body, **JSON).status_code for person in (researcher, editor)]

    assert codes == [403, 201]


def test_reference_tables_cannot_be_written(administrator: User, ask: Ask) -> None:
    for address in ("countries", "hs-headings", "priority-items"):
        answer = ask(administrator).post(f"/api/v1/{address}/", {}, **JSON)
        assert (answer.status_code, answer["Content-Type"]) == (405, "application/problem+json"), address
        assert "POST" not in answer["Allow"], address


@pytest.mark.skipif(connection.vendor == "sqlite", reason="threads of one test share its SQLite database in memory")
@pytest.mark.django_db(transaction=True)
def test_of_two_changes_at_once_one_is_refused(ask: Ask) -> None:
    editor, weapon = UserFactory(role=Role.EDITOR), WeaponFactory()
    address, secret = f"/api/v1/weapons/{weapon.pk}/", token_of(editor)
    tag, start, codes = tag_of(ask(editor), address), threading.Barrier(4), []

    def write(label: str) -> None:
        client = Client(headers={"Authorization": f"Bearer {secret}", "If-Match": tag})
        start.wait()
        codes.append(client.patch(address, {"label": label}, **JSON).status_code)
        connection.close()

    threads = [threading.Thread(target=write, args=[f"Label {number}"]) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(codes) == [200, 412, 412, 412]
    assert weapon.history.count() == 2


def test_every_kind_of_record_can_be_added(editor: User, ask: Ask) -> None:
    weapon, maker, part, component = WeaponFactory(), ManufacturerFactory(), PartFactory(), ComponentFactory()
    bodies: dict[str, dict[str, Any]] = {
        "weapons": {"label": "W"},
        "weapon-models": {"name": "Orlan-10", "kind": "uav"},
        "teardowns": {"weapon": weapon.pk, "examined_by": "Institute"},
        "assemblies": {"weapon": weapon.pk, "name": "Autopilot"},
        "components": {"weapon": weapon.pk},
        "identifications": {
            "component": component.pk,
            "manufacturer": maker.pk,
            "method": "logo",
            "identified_by": "Institute",
        },
        "cited-parties": {"component": component.pk, "name": "Trader", "role": "importer"},
        "manufacturers": {"name": "Xilinx"},
        "manufacturer-aliases": {"manufacturer": maker.pk, "name": "XLNX"},
        "ownerships": {"owned": maker.pk, "owner": part.manufacturer.pk, "acquired": "2022-02-14"},
        "part-categories": {"name": "FPGA"},
        "parts": {"manufacturer": maker.pk, "mpn": "XC7Z020-1CLG400C"},
        "part-relations": {"part": part.pk, "other": PartFactory().pk, "kind": "supersedes"},
        "origins": {"name": "Field team"},
        "sources": {"title": "Report", "published": "2023"},
        "citations": {"source": SourceFactory().pk, "record_type": "part", "record_id": part.pk, "field": "mpn"},
    }

    answers = {name: ask(editor).post(f"/api/v1/{name}/", body, **JSON) for name, body in bodies.items()}

    assert {name: answer.status_code for name, answer in answers.items()} == dict.fromkeys(bodies, 201)
    for name, answer in answers.items():
        assert bodies[name].items() <= answer.json().items(), name
        assert answer.json() == ask(editor).get(answer["Location"]).json(), name
