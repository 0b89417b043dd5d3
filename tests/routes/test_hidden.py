"""What routes, links and legs must not tell: told with a visitor, a stranger and things that could have leaked."""

from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from components.choices import Audience, ImportStatus, LinkBasis, LinkState, Visibility
from components.curation.companies import merge_companies
from components.curation.deleting import delete_record
from components.curation.identification import make_current
from components.curation.links import release_links, review_link
from components.curation.merging import merge_manufacturers
from components.curation.visibility import set_visibility
from components.intake.undo import undo_batch
from components.models import LearnedUse, Learning, Link, Route, RouteParameter, Trace, User
from components.routes.taught import RULE_VERSION, uses_of
from components.routes.tracing import trace_all
from tests.factories import (
    ComponentFactory,
    IdentificationFactory,
    ImportBatchFactory,
    LegFactory,
    LinkFactory,
    ManufacturerFactory,
    PartFactory,
    SourceFactory,
    WeaponFactory,
    WeaponModelFactory,
)
from tests.routes.test_tracing import Scene, countries

pytestmark = pytest.mark.django_db
NOW = timezone.now()


@pytest.fixture
def scene() -> Scene:
    return Scene()


def stated(scene: Scene, source: Any, **values: Any) -> Link:
    """A link that a document states, through Kazakhstan."""
    given: dict[str, Any] = {
        "part": scene.part,
        "dataset": None,
        "row_number": None,
        "basis": LinkBasis.DOCUMENT,
        "source": source,
        "dispatch_country": "KZ",
        "shipped_on": date(2022, 5, 1),
        "quantity": 1000,
        "visibility": Visibility.PUBLISHED,
    }
    return LinkFactory(**given | values)


def unknown(component: Any) -> float:
    return Trace.objects.get(component=component, audience=Audience.PUBLIC).unknown


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_value_of_a_review_is_not_told_to_visitors(scene: Scene) -> None:
    part = PartFactory()
    scene.part = part
    scene.found(WeaponFactory(recovered="2023-06", visibility=Visibility.RESTRICTED))
    scene.linked(scene.published, "AE", part=part)
    scene.linked(scene.published, "HK", part=part)
    trace_all(now=NOW)
    assert Link.objects.filter(part=part, review_value__gt=0).exists()

    listed = Client().get("/api/v1/links/")
    queue = Client().get("/links/review/").content.decode()

    assert "review_value" not in listed.json()["results"][0]
    assert Client().get("/api/v1/links/?review_value__gte=0.1").status_code == 400
    assert part.mpn not in queue


def test_value_of_a_review_goes_with_the_weapon(scene: Scene, editor: User) -> None:
    trace_all(now=NOW)

    set_visibility(scene.weapon, to=Visibility.DRAFT, user=editor)
    trace_all(now=timezone.now())

    assert not Link.objects.filter(review_value__gt=0).exists()


@pytest.mark.django_db(transaction=True)
def test_import_that_was_traced_can_be_undone(editor: User) -> None:
    if not RouteParameter.objects.exists():
        from django.conf import settings

        from components.management.commands.load_reference import load_reference

        load_reference(settings.FIXTURES_ROOT / "reference")
    scene = Scene()
    batch = ImportBatchFactory(status=ImportStatus.COMMITTED, committed_at=timezone.now())
    weapon = WeaponFactory(recovered="2023-06", visibility="published", import_batch=batch)
    component = scene.found(weapon, import_batch=batch)
    component.identifications.update(import_batch=batch)
    trace_all(now=timezone.now())
    assert Trace.objects.filter(component=component).exists()

    undo_batch(batch, user=editor, now=timezone.now())

    assert not Trace.objects.filter(component=component.pk).exists()


def test_link_of_a_dataset_is_shown_as_the_dataset_is(scene: Scene, editor: User) -> None:
    answer = signed_in(editor).post(
        f"/api/v1/links/{scene.hong_kong.pk}/visibility/", {"to": "restricted"}, content_type="application/json"
    )

    assert answer.status_code == 400
    assert "decide it there" in answer.json()["detail"] + str(answer.json()["errors"])


def test_reviews_of_hidden_and_synthetic_links_move_no_public_figure(scene: Scene, editor: User) -> None:
    made_up = scene.dataset(Visibility.DRAFT, is_synthetic=True)
    hidden = [scene.linked(made_up, "AE") for _ in range(10)]
    scene.linked(scene.published, "AE")
    trace_all(now=NOW)
    before = unknown(scene.component)

    for link in hidden:
        review_link(link, state=LinkState.REJECTED, user=editor, now=NOW)
    trace_all(now=timezone.now())

    assert unknown(scene.component) == before


def test_coverage_of_a_hidden_source_moves_no_public_figure(scene: Scene) -> None:
    scene.published.coverage_share.delete()
    trace_all(now=NOW)
    before = unknown(scene.component)

    coverage = scene.restricted.coverage_share
    coverage.pk, coverage.dataset, coverage.share = None, scene.published, 0.02
    coverage.source = SourceFactory(visibility=Visibility.DRAFT)
    coverage.save()
    trace_all(now=timezone.now())

    assert unknown(scene.component) == before


def test_synthetic_judgement_traces_no_real_component(scene: Scene) -> None:
    scene.component.identifications.update(is_synthetic=True)

    trace_all(now=NOW)

    assert not Trace.objects.filter(component=scene.component).exists()


def test_route_does_not_name_the_part_of_a_hidden_judgement(scene: Scene, editor: User) -> None:
    trace_all(now=NOW)
    secret = PartFactory(mpn="SECRET-1")
    rival = IdentificationFactory(
        component=scene.component,
        part=secret,
        manufacturer=secret.manufacturer,
        visibility=Visibility.RESTRICTED,
    )
    make_current(rival, user=editor)

    answers = Client().get(f"/api/v1/components/{scene.component.pk}/routes/").json()["answers"]

    assert [f"part={secret.pk}" in route["links"] for each in answers for route in each["routes"]] == [False]


def test_leg_does_not_name_a_company_of_a_hidden_dataset(scene: Scene) -> None:
    hidden = scene.turkey.exporter
    hidden.name = "HIDDEN TRADER LTD"
    hidden.save()
    leg = LegFactory(giver_company=hidden, visibility=Visibility.PUBLISHED)

    answer = Client().get(leg.get_absolute_url())

    assert answer.status_code == 200
    assert b"HIDDEN TRADER" not in answer.content


def test_company_does_not_tell_of_a_hidden_one_that_was_merged_into_it(scene: Scene) -> None:
    hidden = scene.turkey.exporter
    hidden.merged_into = scene.hong_kong.exporter
    hidden.save()

    page = Client().get(scene.hong_kong.exporter.get_absolute_url()).content.decode()

    assert f"exporter={hidden.pk}" not in page


def test_deleting_a_judgement_takes_what_rested_on_it(scene: Scene, editor: User) -> None:
    other = scene.found(WeaponFactory(recovered="2023-06", visibility=Visibility.PUBLISHED))
    trace_all(now=NOW)

    delete_record(other.identifications.get(), user=editor, why="wrong")
    assert not Trace.objects.filter(part=scene.part).exists()
    trace_all(now=timezone.now())

    assert Trace.objects.get(part=scene.part, audience=Audience.PUBLIC).component_count == 1


def test_deleting_a_documents_link_takes_its_route(scene: Scene, editor: User) -> None:
    link = stated(scene, SourceFactory(visibility=Visibility.PUBLISHED))
    trace_all(now=NOW)
    assert "KZ" in countries(Audience.PUBLIC, component=scene.component)

    delete_record(link, user=editor, why="forged")

    assert not Route.objects.filter(dispatch_country="KZ").exists()


def test_document_that_is_hidden_while_routes_are_computed_bears_on_none(scene: Scene, editor: User) -> None:
    source = SourceFactory(visibility=Visibility.PUBLISHED)
    stated(scene, source)

    def hide(what: str, count: int, total: int) -> None:
        set_visibility(source, to=Visibility.DRAFT, user=editor)

    trace_all(now=NOW, told=hide)

    assert not Route.objects.filter(dispatch_country="KZ").exists()


def test_reviewed_link_is_not_changed_under_the_reviewers_word(scene: Scene, editor: User, researcher: User) -> None:
    link = stated(
        scene, SourceFactory(visibility=Visibility.PUBLISHED), visibility=Visibility.DRAFT, created_by=researcher
    )
    review_link(link, state=LinkState.CONFIRMED, user=editor, now=NOW)
    client = signed_in(researcher)
    tag = client.get(f"/api/v1/links/{link.pk}/")["ETag"]

    answer = client.patch(
        f"/api/v1/links/{link.pk}/",
        {"dispatch_country": "AE"},
        content_type="application/json",
        headers={"If-Match": tag},
    )

    link.refresh_from_db()
    assert (answer.status_code, link.dispatch_country, link.state) == (400, "KZ", "confirmed")


def test_link_of_a_dataset_that_was_taken_back_keeps_its_source(scene: Scene, editor: User) -> None:
    review_link(scene.hong_kong, state=LinkState.CONFIRMED, user=editor, now=NOW)
    source = scene.published.source

    release_links(scene.published)
    scene.published.delete()
    set_visibility(source, to=Visibility.RESTRICTED, user=editor)

    kept = Link.objects.get(pk=scene.hong_kong.pk)
    assert kept.source == source
    assert Client().get(kept.get_absolute_url()).status_code == 404


def test_shipment_counts_once_however_many_ways_it_is_linked(scene: Scene) -> None:
    other, link = PartFactory(manufacturer=scene.part.manufacturer), scene.hong_kong
    LinkFactory(
        part=other,
        dataset=link.dataset,
        row_number=link.row_number,
        shipped_on=link.shipped_on,
        exporter=link.exporter,
        importer=link.importer,
        dispatch_country="HK",
        quantity=1000,
        visibility=link.visibility,
    )
    component = ComponentFactory(weapon=scene.weapon, visibility=Visibility.PUBLISHED)
    IdentificationFactory(
        component=component,
        part=None,
        manufacturer=scene.part.manufacturer,
        is_current=True,
        made="2021",
        visibility=Visibility.PUBLISHED,
    )

    trace_all(now=NOW)

    of_component = Trace.objects.get(component=component, audience=Audience.PUBLIC)
    of_maker = Trace.objects.get(manufacturer=scene.part.manufacturer, audience=Audience.PUBLIC)
    assert (of_component.link_count, of_maker.link_count) == (1, 1)
    assert [route.shipment_count for route in of_maker.routes.all()] == [1]


def test_route_of_a_merged_maker_is_one(scene: Scene, editor: User) -> None:
    winner, link = ManufacturerFactory(), scene.hong_kong
    merge_manufacturers(scene.part.manufacturer, winner=winner, user=editor)
    LinkFactory(
        part=scene.part,
        manufacturer=winner,
        dataset=link.dataset,
        row_number=999,
        shipped_on=link.shipped_on,
        exporter=link.exporter,
        importer=link.importer,
        dispatch_country="HK",
        quantity=1000,
    )

    trace_all(now=NOW)

    assert Trace.objects.get(component=scene.component, audience=Audience.PUBLIC).routes.count() == 1


def test_weapon_that_changes_its_model_takes_its_routes_along(scene: Scene) -> None:
    first, second, other = scene.weapon.model, WeaponModelFactory(), Scene()
    other.weapon.model = second
    other.weapon.save()
    trace_all(now=NOW)

    scene.weapon.model, other.weapon.model = second, first
    scene.weapon.save()
    other.weapon.save()
    trace_all(now=timezone.now())

    (route,) = Route.objects.filter(trace__weapon_model=first, trace__audience=Audience.PUBLIC)
    assert route.manufacturer == other.part.manufacturer


def test_what_finds_teach_is_listed_as_each_audience_may_know_it(scene: Scene, researcher: User) -> None:
    trace_all(now=NOW)
    shown, hidden = scene.hong_kong.importer, scene.turkey.importer

    def importers(client: Client) -> list[tuple[int, int]]:
        listed = client.get("/api/v1/learned-uses/").json()["results"]
        assert all(0 < row["share"] < 1 and row["learned_at"] for row in listed)
        page = client.get("/learned-uses/").content.decode()
        assert all(f"/companies/{row['company']}/" in page for row in listed)
        return [(row["company"], row["learned_from"]) for row in listed]

    assert importers(Client()) == [(shown.pk, 1)]
    assert str(hidden) not in Client().get("/learned-uses/").content.decode()
    assert sorted(importers(signed_in(researcher))) == sorted([(shown.pk, 1), (hidden.pk, 1)])


def test_what_is_hidden_while_it_is_learned_from_is_not_kept(
    scene: Scene, editor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hide(finds: Any, beliefs: Any) -> Any:
        set_visibility(scene.published.source, to=Visibility.RESTRICTED, user=editor)
        return uses_of(finds, beliefs)

    monkeypatch.setattr("components.routes.tracing.uses_of", hide)

    trace_all(now=NOW)

    assert not Learning.objects.filter(audience=Audience.PUBLIC).exists()


def test_what_an_earlier_version_taught_is_learned_anew(scene: Scene) -> None:
    trace_all(now=NOW)
    Learning.objects.update(rule_version="routes-0")

    trace_all(now=timezone.now())

    assert set(Learning.objects.values_list("rule_version", flat=True)) == {RULE_VERSION}


def test_what_finds_teach_of_a_merged_company_stands_under_the_winner_alone(scene: Scene, editor: User) -> None:
    other = scene.linked(scene.published, "AE")
    trace_all(now=NOW)
    winner, loser = scene.hong_kong.importer, other.importer

    merge_companies(loser, winner=winner, user=editor)

    listed = LearnedUse.objects.visible_to(editor).filter(company__in=[winner, loser])
    assert [row.company for row in listed] == [winner]
