"""Links and routes as a client has them: reviewed, stated by documents, asked with another assumption."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from components.models import Link, User
from components.routes.tracing import trace_all
from tests.api.conftest import Ask
from tests.factories import LinkFactory, PartFactory, SourceFactory
from tests.routes.test_tracing import Scene

pytestmark = pytest.mark.django_db


@pytest.fixture
def scene() -> Scene:
    made = Scene()
    trace_all(now=timezone.now())
    return made


def routes(client: Any, scene: Scene, **question: Any) -> Any:
    return client.get(f"/api/v1/components/{scene.component.pk}/routes/", question).json()


def test_review_is_for_editors_and_answers_with_the_link(
    ask: Ask, editor: User, colleague: User, visitor: AnonymousUser
) -> None:
    link = LinkFactory()
    address, body = f"/api/v1/links/{link.pk}/review/", {"state": "confirmed", "why": "invoice seen"}

    codes = [ask(person).post(address, body, "application/json").status_code for person in (visitor, colleague)]
    answer = ask(editor).post(address, body, "application/json").json()

    assert codes == [401, 403]
    assert (answer["state"], answer["review_note"]) == ("confirmed", "invoice seen")


def test_review_says_which_words_it_knows(ask: Ask, editor: User) -> None:
    answer = ask(editor).post(f"/api/v1/links/{LinkFactory().pk}/review/", {"state": "yes"}, "application/json")

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["state"]


def test_link_of_a_document_is_added_as_a_draft_with_its_source(ask: Ask, colleague: User) -> None:
    part, source = PartFactory(), SourceFactory()
    body = {"part": part.pk, "source": source.pk, "place": "invoice 7", "shipped_on": "2022-05-01"}

    answer = ask(colleague).post("/api/v1/links/", body, "application/json")

    link = Link.objects.get()
    assert answer.status_code == 201
    assert (link.basis, link.manufacturer, link.source, link.visibility, link.created_by) == (
        "document",
        part.manufacturer,
        source,
        "draft",
        colleague,
    )


def test_link_without_a_source_is_refused_by_field(ask: Ask, colleague: User) -> None:
    body = {"part": PartFactory().pk, "shipped_on": "2022-05-01"}

    answer = ask(colleague).post("/api/v1/links/", body, "application/json")

    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["source"]


def test_link_found_by_a_rule_is_not_written(ask: Ask, editor: User) -> None:
    link = LinkFactory()
    client = ask(editor)
    tag = client.get(f"/api/v1/links/{link.pk}/")["ETag"]

    answer = client.patch(f"/api/v1/links/{link.pk}/", {"quantity": 5}, "application/json", headers={"If-Match": tag})

    assert answer.status_code == 400
    assert "found by a rule" in str(answer.json())


def test_links_of_a_dataset_are_seen_by_those_who_see_it(
    ask: Ask, scene: Scene, visitor: AnonymousUser, colleague: User
) -> None:
    def seen(person: Any) -> list[int]:
        return [row["id"] for row in ask(person).get("/api/v1/links/").json()["results"]]

    assert seen(visitor) == [scene.hong_kong.pk]
    assert sorted(seen(colleague)) == sorted([scene.hong_kong.pk, scene.turkey.pk])


def test_routes_tell_each_person_what_is_theirs_to_see(
    ask: Ask, scene: Scene, visitor: AnonymousUser, colleague: User
) -> None:
    def dispatched(person: Any) -> list[str]:
        (answer,) = routes(ask(person), scene)["answers"]
        return sorted(route["dispatch"]["code"] for route in answer["routes"])

    listed = ask(visitor).get("/api/v1/routes/", {"of_component": scene.component.pk}).json()["results"]

    assert dispatched(visitor) == ["HK"]
    assert dispatched(colleague) == ["HK", "TR"]
    assert [row["dispatch_country"] for row in listed] == ["HK"]
    assert scene.turkey.exporter.name not in str(routes(ask(visitor), scene))


def test_routes_sum_to_one_and_open_their_links(ask: Ask, scene: Scene, colleague: User) -> None:
    client = ask(colleague)
    (answer,) = routes(client, scene)["answers"]

    total = answer["unknown"]["probability"] + answer["rest"]
    total += sum(route["likelihood"]["probability"] for route in answer["routes"])
    opened = [
        [row["id"] for row in client.get(route["links"]).json()["results"]]
        for route in sorted(answer["routes"], key=lambda route: route["dispatch"]["code"])
    ]

    assert total == pytest.approx(1, abs=1e-6)
    assert opened == [[scene.hong_kong.pk], [scene.turkey.pk]]


def test_routes_carry_the_factors_of_every_weight(ask: Ask, scene: Scene, colleague: User) -> None:
    shipments = routes(ask(colleague), scene)["shipments"]

    assert sorted(each["link"] for each in shipments) == sorted([scene.hong_kong.pk, scene.turkey.pk])
    assert {tuple(each) for each in shipments} == {
        ("link", "declared_on", "units", "link_right", "military_use", "lag", "shelf", "documented", "share")
    }


def test_graph_fills_in_both_ends_of_every_edge(ask: Ask, scene: Scene, colleague: User) -> None:
    (answer,) = routes(ask(colleague), scene)["answers"]

    known = {node["id"] for node in answer["graph"]["nodes"]}
    ends = {end for edge in answer["graph"]["edges"] for end in (edge["source"], edge["target"])}
    assert ends == known
    assert {node["kind"] for node in answer["graph"]["nodes"]} == {
        *("maker", "origin", "dispatch", "exporter", "importer", "subject", "unknown")
    }


def test_another_assumption_is_computed_and_not_kept(ask: Ask, scene: Scene, colleague: User) -> None:
    client = ask(colleague)
    kept = routes(client, scene)["answers"]

    (without,) = routes(client, scene, without=scene.restricted.pk)["answers"]
    (slower,) = routes(client, scene, lag_mean_days=2_000)["answers"]

    assert [route["dispatch"]["code"] for route in without["routes"]] == ["HK"]
    assert without["assumption"] == f"without dataset {scene.restricted.pk}"
    assert slower["assumption"] == "with a mean lag of 2000 days"
    assert routes(client, scene)["answers"] == kept


def test_another_assumption_is_computed_for_nobody_who_is_not_signed_in(
    ask: Ask, scene: Scene, visitor: AnonymousUser
) -> None:
    answer = ask(visitor).get(f"/api/v1/components/{scene.component.pk}/routes/", {"lag_mean_days": 300})

    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert "signed in" in answer.json()["detail"]
    assert routes(ask(visitor), scene)["answers"] != []


def test_assumption_that_cannot_be_made_is_refused_by_name(ask: Ask, scene: Scene, visitor: AnonymousUser) -> None:
    client = ask(visitor)
    component = f"/api/v1/components/{scene.component.pk}/routes/"
    maker = f"/api/v1/manufacturers/{scene.part.manufacturer.pk}/routes/"

    answers = [
        client.get(component, {"without": scene.restricted.pk}),
        client.get(component, {"lag_mean_days": 0}),
        client.get(component, {"lag": 3}),
        client.get(maker, {"lag_mean_days": 300}),
    ]

    assert [answer.status_code for answer in answers] == [400] * 4
    assert [answer.json()["errors"][0]["field"] for answer in answers] == [
        *("without", "lag_mean_days", "lag", "lag_mean_days")
    ]


def test_record_that_nothing_bears_on_has_no_answer(ask: Ask, scene: Scene, visitor: AnonymousUser) -> None:
    answer = ask(visitor).get(f"/api/v1/parts/{PartFactory().pk}/routes/")

    assert answer.json() == {
        "note": "An inference from the records held, not a finding: routes are likely, and may be unknown.",
        "answers": [],
        "shipments": [],
    }


def test_routes_are_given_out_as_files(ask: Ask, scene: Scene, visitor: AnonymousUser) -> None:
    answer = ask(visitor).get("/api/v1/routes/export/", {"format": "csv", "of_weapon": scene.weapon.pk})

    header, *rows = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()  # type: ignore[attr-defined]
    assert header.split(",")[:3] == ["id", "trace", "of_component"]
    assert len(rows) == 1


def test_vague_link_fields_are_numbers_and_days(ask: Ask, colleague: User) -> None:
    body = {"part": PartFactory().pk, "source": SourceFactory().pk, "shipped_on": "soon", "quantity": "many"}

    answer = ask(colleague).post("/api/v1/links/", body, "application/json")

    assert answer.status_code == 400
    assert sorted(error["field"] for error in answer.json()["errors"]) == ["quantity", "shipped_on"]
    assert not Link.objects.exists()
