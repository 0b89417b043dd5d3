"""Parts that no shipment names: traced by what names only their maker, or no more than their HS code, and said so."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone

from components.choices import Audience, LinkGrade, LinkState
from components.curation.links import review_link
from components.curation.putting_back import put_back
from components.models import LearnedUse, Link, Part, RouteParameter, Trace, User
from components.routes.held import CONFIRMED_RIGHT, read_held
from components.routes.tracing import Counts, trace_all
from tests.factories import PartFactory, SourceFactory
from tests.routes.test_tracing import NOW, Scene, countries, whole

pytestmark = pytest.mark.django_db
CODE = "854231"


@pytest.fixture
def scene() -> Scene:
    """One part with an HS code, in one weapon, and two datasets whose shipments do not name it."""
    scene = Scene()
    Part.objects.filter(pk=scene.part.pk).update(hs_code=f"{CODE}9010")
    Link.objects.all()._raw_delete(Link.objects.db)
    return scene


def of_maker(scene: Scene, country: str, **values: Any) -> Link:
    given = {"part": None, "manufacturer": scene.part.manufacturer, "grade": LinkGrade.MAKER, "found": ""}
    return scene.linked(scene.published, country, **given | values)


def of_code(scene: Scene, country: str, dataset: Any = None, **values: Any) -> Link:
    given = {"part": None, "manufacturer": None, "grade": LinkGrade.HS, "found": CODE, "evidence": "none"}
    return scene.linked(dataset or scene.published, country, **given | {"score": 0.02, "quantity": 50_000} | values)


def with_surer_links() -> None:
    """What names no part is as likely as not of one, so that a route by it is likely enough to be listed."""
    RouteParameter.objects.filter(name__in=("right_maker", "right_hs")).update(value="0.5")


def trace_of(scene: Scene) -> Trace:
    return Trace.objects.get(audience=Audience.PUBLIC, component=scene.component)


def test_shipments_that_name_nothing_stand_in_where_none_names_part_or_maker(scene: Scene) -> None:
    with_surer_links()
    of_code(scene, "CN")
    of_code(scene, "KZ", found="854239")
    of_code(scene, "TR", scene.restricted)
    trace_all(now=NOW)

    trace = trace_of(scene)
    assert (trace.stand_ins, countries(Audience.PUBLIC, component=scene.component)) == ({"hs": 1}, ["CN"])
    assert countries(Audience.INSIDE, component=scene.component) == ["CN", "TR"]
    assert [round(whole(each), 6) for each in Trace.objects.all()] == [1.0] * Trace.objects.count()
    assert trace.routes.get().manufacturer == scene.part.manufacturer


def test_of_one_shipment_that_names_nothing_nearly_all_is_unknown(scene: Scene) -> None:
    of_code(scene, "CN")
    trace_all(now=NOW)

    assert trace_of(scene).unknown > 0.9  # one such shipment in fifty is of a part with the code


def test_maker_counts_before_the_code_and_the_part_before_the_maker(scene: Scene) -> None:
    with_surer_links()
    of_code(scene, "CN")
    of_maker(scene, "AE")
    trace_all(now=NOW)
    assert (trace_of(scene).stand_ins, countries(Audience.PUBLIC, component=scene.component)) == ({"maker": 1}, ["AE"])

    scene.linked(scene.published, "HK")
    trace_all(now=timezone.now())

    assert (trace_of(scene).stand_ins, countries(Audience.PUBLIC, component=scene.component)) == ({}, ["HK"])


@pytest.mark.parametrize("grade", [LinkGrade.MAKER, LinkGrade.EXACT])
def test_confirmed_link_that_names_only_the_maker_is_no_surer_of_the_part(
    grade: str, scene: Scene, editor: User
) -> None:
    link = of_maker(scene, "AE", grade=grade, basis="document", source=SourceFactory())
    RouteParameter.objects.filter(name="right_maker").update(value="0.25")

    review_link(link, state=LinkState.CONFIRMED, user=editor, now=NOW)

    held = read_held(Audience.PUBLIC, is_synthetic=False)
    maker = scene.part.manufacturer_id
    assert held.shipments(scene.part.pk, maker).right.tolist() == [0.25]
    assert held.shipments(None, maker).right.tolist() == [CONFIRMED_RIGHT]


def test_parts_of_one_code_share_what_names_nothing(scene: Scene) -> None:
    of_code(scene, "CN")
    held = read_held(Audience.PUBLIC, is_synthetic=False)
    alone = held.shipments(scene.part.pk, scene.part.manufacturer_id)

    PartFactory.create_batch(3, hs_code=CODE)
    PartFactory(hs_code="854239")
    PartFactory(hs_code=CODE, is_synthetic=True)  # what is real knows nothing of it
    held = read_held(Audience.PUBLIC, is_synthetic=False)
    shared = held.shipments(scene.part.pk, scene.part.manufacturer_id)

    assert (alone.right.tolist(), shared.right.tolist()) == ([0.02], [0.005])


def test_rejected_link_of_a_code_counts_no_more(scene: Scene, editor: User) -> None:
    link = of_code(scene, "CN")
    trace_all(now=NOW)

    review_link(link, state=LinkState.REJECTED, user=editor, now=NOW, why="sockets")
    trace_all(now=timezone.now(), since=NOW)

    assert (trace_of(scene).unknown, countries(Audience.PUBLIC, component=scene.component)) == (1.0, [])


def test_what_names_nothing_teaches_nothing_and_waits_for_no_review(scene: Scene) -> None:
    for country in ("CN", "TR", "AE"):
        of_code(scene, country)

    trace_all(now=NOW, learn=True)

    assert not LearnedUse.objects.exists()
    assert set(Link.objects.values_list("review_value", flat=True)) == {0.0}


def test_first_shipment_of_a_code_is_noticed(scene: Scene) -> None:
    trace_all(now=NOW)
    since = timezone.now()
    of_code(scene, "TR")

    counts = trace_all(now=timezone.now(), since=since)

    assert (counts.computed, trace_all(now=timezone.now())) == (2, Counts(components=2, unchanged=2))


def test_pages_say_that_no_shipment_names_the_part(scene: Scene, client: Client) -> None:
    with_surer_links()
    link = of_code(scene, "CN", hs_code=f"{CODE}9010", description="МИКРОСХЕМЫ")
    trace_all(now=NOW)

    of_component = client.get(f"/routes/of/component/{scene.component.pk}/")
    of_weapon = client.get(f"/routes/of/weapon/{scene.weapon.pk}/")

    assert "and declare its HS code to six digits" in of_component.content.decode()
    assert "For 1 component no shipment that you may see names the part or its maker" in of_weapon.content.decode()
    assert "and declare its HS code to six digits" in client.get(scene.component.get_absolute_url()).content.decode()
    for response in (of_component, of_weapon):
        behind = client.get(response.context["answers"][0]["lines"][0].links)
        assert [row["cells"][0]["url"] for row in behind.context["rows"]] == [link.get_absolute_url()]


def test_page_of_a_link_without_a_part_or_maker(scene: Scene, client: Client) -> None:
    link = of_code(scene, "CN", hs_code=f"{CODE}9010", description="МИКРОСХЕМЫ")

    PartFactory(hs_code=CODE, is_synthetic=True)

    page = client.get(link.get_absolute_url()).content.decode()

    assert "HS code 854231" in page
    assert f"{CODE}: 1 of the catalogue" in page
    assert client.get("/links/?grade=hs").context["rows"][0]["cells"][0]["text"] == f"{CODE}9010"
    (row,) = client.get("/api/v1/links/?grade=hs").json()["results"]
    assert (row["part"], row["manufacturer"], row["found"]) == (None, None, CODE)


def test_restricted_shipments_of_a_code_are_told_to_nobody_outside(scene: Scene, client: Client) -> None:
    link = of_code(scene, "TR", scene.restricted)
    trace_all(now=NOW)

    assert client.get(link.get_absolute_url()).status_code == 404
    assert client.get("/links/?grade=hs").context["rows"] == []
    (answer,) = client.get(f"/routes/of/component/{scene.component.pk}/").context["answers"]
    assert (answer["answer"].link_count, answer["answer"].stand_ins, answer["lines"]) == (0, {}, [])


def test_page_does_not_say_that_shipments_were_left_out_that_were_weighed(scene: Scene, client: Client) -> None:
    PartFactory.create_batch(30, hs_code=CODE)
    of_code(scene, "CN", quantity=1)
    trace_all(now=NOW)

    (answer,) = client.get(f"/routes/of/component/{scene.component.pk}/").context["answers"]

    assert answer["lines"] == []
    assert answer["why_none"].endswith("or hardly any is of the part.")


def test_links_behind_a_route_of_a_sum_are_those_of_its_maker(scene: Scene, client: Client) -> None:
    with_surer_links()
    of_code(scene, "CN")
    named = Scene()
    component = scene.found(scene.weapon)
    component.identifications.update(part=named.part, manufacturer=named.part.manufacturer)
    link = named.hong_kong
    scene.linked(named.published, "HK", part=PartFactory(), exporter=link.exporter, importer=link.importer)
    trace_all(now=NOW)

    (answer,) = client.get(f"/routes/of/weapon/{scene.weapon.pk}/").context["answers"]
    (first, *_) = answer["lines"]

    assert [row["cells"][0]["url"] for row in client.get(first.links).context["rows"]] == [link.get_absolute_url()]
    listed = client.get(f"/api/v1/routes/?of_weapon={scene.weapon.pk}&is_synthetic=false").json()["results"]
    assert sorted((each["dispatch_country"], each["stand_in"]) for each in listed) == [("CN", "hs"), ("HK", "")]


def test_document_that_names_only_a_maker_is_of_no_part(scene: Scene, client: Client) -> None:
    with_surer_links()
    of_maker(
        scene, "AE", basis="document", source=SourceFactory(visibility="published"), grade=LinkGrade.EXACT, score=1
    )
    trace_all(now=NOW)

    shipments = read_held(Audience.PUBLIC, is_synthetic=False).shipments(scene.part.pk, scene.part.manufacturer_id)
    (answer,) = client.get(f"/routes/of/component/{scene.component.pk}/").context["answers"]

    assert (shipments.right.tolist(), shipments.stand_in) == ([0.5], "maker")
    assert len(client.get(answer["lines"][0].links).context["rows"]) == 1


def test_reviewed_link_counts_no_more_once_its_shipment_names_something(scene: Scene, editor: User) -> None:
    link = of_code(scene, "CN")
    review_link(link, state=LinkState.UNDECIDED, user=editor, now=NOW)
    scene.linked(scene.published, "CN", part=PartFactory(), row_number=link.row_number)

    trace_all(now=NOW)

    assert trace_of(scene).link_count == 0


def test_part_that_now_shares_the_code_is_noticed(scene: Scene) -> None:
    of_code(scene, "CN")
    trace_all(now=NOW)
    since = timezone.now()
    PartFactory.create_batch(9, hs_code=CODE)

    assert trace_all(now=timezone.now(), since=since).computed == 2


def test_review_of_one_code_leaves_the_others_as_they_are(scene: Scene, editor: User) -> None:
    of_code(scene, "CN")
    other = of_code(scene, "KZ", found="854239")
    trace_all(now=NOW)

    review_link(other, state=LinkState.REJECTED, user=editor, now=NOW)

    assert trace_all(now=timezone.now()).computed == 0


def test_nothing_is_confirmed_that_names_nothing(scene: Scene, editor: User, client: Client) -> None:
    link = of_code(scene, "CN")
    client.force_login(editor)

    answers = client.get(link.get_absolute_url()).context["answers"]
    with pytest.raises(ValidationError, match="nothing to confirm"):
        review_link(link, state=LinkState.CONFIRMED, user=editor, now=NOW)

    assert [each["state"] for each in answers] == ["rejected", "undecided"]


def test_link_of_a_code_is_put_back(scene: Scene, editor: User) -> None:
    link = review_link(of_code(scene, "CN"), state=LinkState.REJECTED, user=editor, now=NOW)
    before = link.history.first()
    link = review_link(link, state=LinkState.PROPOSED, user=editor, now=NOW)

    put_back(before, user=editor)

    link.refresh_from_db()
    assert (link.grade, link.found, link.manufacturer) == ("hs", CODE, None)


def test_part_in_no_weapon_is_not_promised_an_answer(scene: Scene, client: Client) -> None:
    of_code(scene, "CN")
    part = PartFactory(hs_code=CODE)

    assert "It was found in no weapon that you may see" in client.get(part.get_absolute_url()).content.decode()


def test_countries_say_how_many_components_rest_on_stand_ins(scene: Scene, client: Client) -> None:
    of_code(scene, "CN")
    trace_all(now=NOW)

    assert (
        "For 1 of them no shipment that you may see names the part"
        in client.get("/routes/by-country/").content.decode()
    )
