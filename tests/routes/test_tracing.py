"""Routes kept in the database: of whom, for whom, from what; again, after a change, after a review."""

from datetime import date
from typing import Any

import pytest
from django.utils import timezone

from components.choices import Audience, LinkState, Visibility
from components.curation.links import review_link
from components.curation.visibility import set_visibility
from components.models import Learning, Link, Route, RouteParameter, Trace, User
from components.routes.held import WhatIf, read_held
from components.routes.taught import TAUGHT
from components.routes.tracing import Counts, trace_all, trace_one
from tests.factories import (
    CompanyFactory,
    ComponentFactory,
    CoverageFactory,
    DatasetFactory,
    DeclaredPartyFactory,
    IdentificationFactory,
    LegFactory,
    LinkFactory,
    PartFactory,
    SourceFactory,
    WeaponFactory,
    WeaponModelFactory,
)

pytestmark = pytest.mark.django_db
NOW = timezone.now()


class Scene:
    """One part in one weapon, and two datasets: a published one by way of Hong Kong, a restricted one of Turkey."""

    def __init__(self) -> None:
        self.part = PartFactory()
        self.weapon = WeaponFactory(recovered="2023-06", visibility=Visibility.PUBLISHED, model=WeaponModelFactory())
        self.component = self.found(self.weapon)
        self.published = self.dataset(Visibility.PUBLISHED)
        self.restricted = self.dataset(Visibility.RESTRICTED)
        self.hong_kong = self.linked(self.published, "HK")
        self.turkey = self.linked(self.restricted, "TR")

    def found(self, weapon: Any, **values: Any) -> Any:
        """A component of the part."""
        component = ComponentFactory(weapon=weapon, visibility=weapon.visibility, **values)
        IdentificationFactory(
            component=component,
            part=self.part,
            manufacturer=self.part.manufacturer,
            is_current=True,
            made="2021",
            visibility=weapon.visibility,
            is_synthetic=component.is_synthetic,
        )
        return component

    def dataset(self, visibility: str, **values: Any) -> Any:
        dataset = DatasetFactory(
            visibility=visibility, first_day=date(2021, 1, 1), last_day=date(2023, 12, 31), row_count=1, **values
        )
        CoverageFactory(dataset=dataset, share=0.8, strength=50)
        return dataset

    def linked(self, dataset: Any, country: str, **values: Any) -> Link:
        exporter, importer = CompanyFactory(), CompanyFactory()
        for company in (exporter, importer):
            DeclaredPartyFactory(dataset=dataset, company=company, party_key=company.party_key)
        given = {
            "part": self.part,
            "dataset": dataset,
            "visibility": dataset.visibility,
            "dispatch_country": country,
            "shipped_on": date(2022, 5, 1),
            "exporter": exporter,
            "importer": importer,
            "quantity": 1000,
            "is_synthetic": dataset.is_synthetic,
        }
        return LinkFactory(**given | values)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def countries(audience: str, **subject: Any) -> list[str]:
    """The countries of dispatch that an audience is shown."""
    routes = Route.objects.filter(trace__audience=audience, **{f"trace__{k}": v for k, v in subject.items()})
    return sorted(routes.values_list("dispatch_country", flat=True))


def whole(trace: Trace) -> float:
    return trace.unknown + trace.rest + sum(trace.routes.values_list("probability", flat=True))


def test_each_audience_is_told_what_its_rows_say_and_nothing_else(scene: Scene) -> None:
    trace_all(now=NOW)

    assert countries(Audience.PUBLIC, component=scene.component) == ["HK"]
    assert countries(Audience.INSIDE, component=scene.component) == ["HK", "TR"]


def test_every_subject_is_traced_and_its_probabilities_sum_to_one(scene: Scene) -> None:
    trace_all(now=NOW)

    traces = Trace.objects.filter(audience=Audience.INSIDE)
    assert sorted(trace.subject_kind for trace in traces) == [
        "component",
        "manufacturer",
        "part",
        "weapon",
        "weapon_model",
    ]
    assert [round(whole(trace), 6) for trace in traces] == [1.0] * 5
    assert {trace.component_count for trace in traces} == {1}


def test_real_components_learn_nothing_from_synthetic_shipments(scene: Scene) -> None:
    made_up = scene.dataset(Visibility.PUBLISHED, is_synthetic=True)
    scene.linked(made_up, "AE")
    drill = WeaponFactory(recovered="2023-06", visibility=Visibility.PUBLISHED, is_synthetic=True)
    synthetic = scene.found(drill, is_synthetic=True)

    trace_all(now=NOW)

    assert countries(Audience.PUBLIC, component=scene.component) == ["HK"]
    assert countries(Audience.PUBLIC, component=synthetic) == ["AE"]
    assert Trace.objects.get(component=synthetic, audience=Audience.PUBLIC).is_synthetic


def test_drafts_bear_on_nothing(scene: Scene) -> None:
    draft = scene.dataset(Visibility.DRAFT)
    scene.linked(draft, "KZ")
    hidden = scene.found(WeaponFactory(recovered="2023-06", visibility=Visibility.DRAFT))

    trace_all(now=NOW)

    assert "KZ" not in countries(Audience.INSIDE, component=scene.component)
    assert not Trace.objects.filter(component=hidden).exists()


def test_same_again_computes_nothing(scene: Scene) -> None:
    trace_all(now=NOW)
    before = list(Trace.objects.order_by("pk").values())

    counts = trace_all(now=timezone.now())

    assert counts == Counts(components=2, unchanged=2)
    assert list(Trace.objects.order_by("pk").values()) == before


def test_change_recomputes_only_what_it_bears_on(scene: Scene) -> None:
    other = Scene()
    trace_all(now=NOW)
    kept = Trace.objects.get(component=other.component, audience=Audience.PUBLIC)

    scene.linked(scene.published, "AE")
    counts = trace_all(now=timezone.now())

    assert (counts.components, counts.computed, counts.unchanged) == (4, 2, 2)
    assert countries(Audience.PUBLIC, component=scene.component) == ["AE", "HK"]
    assert countries(Audience.PUBLIC, weapon=scene.weapon) == ["AE", "HK"]
    assert Trace.objects.get(component=other.component, audience=Audience.PUBLIC) == kept


def test_rejected_link_is_excluded_in_words_and_a_confirmed_one_counts(scene: Scene, editor: User) -> None:
    link = scene.linked(scene.published, "AE")
    trace_all(now=NOW)
    before = Trace.objects.get(component=scene.component, audience=Audience.PUBLIC)
    assert countries(Audience.PUBLIC, component=scene.component) == ["AE", "HK"]

    review_link(link, state=LinkState.REJECTED, user=editor, now=NOW)
    review_link(scene.hong_kong, state=LinkState.CONFIRMED, user=editor, now=NOW)
    trace_all(now=timezone.now())

    after = Trace.objects.get(component=scene.component, audience=Audience.PUBLIC)
    assert countries(Audience.PUBLIC, component=scene.component) == ["HK"]
    assert after.excluded == [{"link": link.pk, "reason": "the link was rejected"}]
    assert after.routes.get().confirmed_count == 1
    assert before.pk != after.pk


def test_shipments_outside_the_dates_are_excluded_in_words(scene: Scene) -> None:
    early = scene.linked(scene.published, "AE", shipped_on=date(2020, 6, 1))
    late = scene.linked(scene.published, "AM", shipped_on=date(2023, 8, 1))

    trace_all(now=NOW)

    trace = Trace.objects.get(component=scene.component, audience=Audience.PUBLIC)
    assert trace.excluded == [
        {"link": early.pk, "reason": "declared 2020-06-01, before the earliest day of manufacture 2021-01-01"},
        {"link": late.pk, "reason": "declared 2023-08-01, after the last day of recovery 2023-06-30"},
    ]


def test_restricting_a_dataset_takes_its_routes_from_visitors(scene: Scene, editor: User) -> None:
    trace_all(now=NOW)
    set_visibility(scene.published, to=Visibility.RESTRICTED, user=editor)

    assert countries(Audience.PUBLIC, component=scene.component) == []  # at once, not at the next run
    assert countries(Audience.INSIDE, component=scene.component) == ["HK", "TR"]
    trace_all(now=timezone.now())

    assert countries(Audience.PUBLIC, component=scene.component) == []
    assert countries(Audience.INSIDE, component=scene.component) == ["HK", "TR"]


def test_restricting_a_component_takes_what_it_bore_on_from_visitors(scene: Scene, editor: User) -> None:
    trace_all(now=NOW)
    set_visibility(scene.component, to=Visibility.RESTRICTED, user=editor)

    assert countries(Audience.PUBLIC, part=scene.part) == []
    assert countries(Audience.INSIDE, part=scene.part) == ["HK", "TR"]


def test_what_is_hidden_while_routes_are_computed_is_not_kept(scene: Scene, editor: User) -> None:
    def hide(what: str, count: int, total: int) -> None:
        set_visibility(scene.published, to=Visibility.RESTRICTED, user=editor)

    trace_all(now=NOW, told=hide)

    assert Trace.objects.filter(audience=Audience.PUBLIC).count() == 0


def test_traces_go_with_what_they_were_of(scene: Scene) -> None:
    trace_all(now=NOW)

    scene.component.identifications.all().delete()
    scene.component.delete()
    counts = trace_all(now=timezone.now())

    assert Trace.objects.count() == 0
    assert counts.components == 0


def test_without_a_dataset_its_routes_are_not_there(scene: Scene) -> None:
    held = read_held(Audience.INSIDE, is_synthetic=False).what_if(WhatIf(without=scene.restricted.pk))

    computed = trace_one(held, "component", scene.component.pk, now=NOW)

    assert computed is not None
    assert [route.dispatch_country for route in computed[1]] == ["HK"]
    assert Trace.objects.count() == 0


def test_part_that_was_found_nowhere_is_traced_without_dates(scene: Scene) -> None:
    part = PartFactory()
    scene.linked(scene.published, "AE", part=part)
    held = read_held(Audience.PUBLIC, is_synthetic=False)

    computed = trace_one(held, "part", part.pk, now=NOW)

    assert computed is not None
    assert [route.dispatch_country for route in computed[1]] == ["AE"]
    assert computed[0].component_count == 0


def test_parameters_that_are_not_loaded_are_said_so(scene: Scene) -> None:
    RouteParameter.objects.all().delete()

    with pytest.raises(ValueError, match="Missing parameters"):
        trace_all(now=NOW)


def test_merged_company_is_shown_only_where_the_audience_knows_it(scene: Scene) -> None:
    """The winner of a merge may be named by a restricted dataset alone."""
    hidden = scene.turkey.exporter
    scene.hong_kong.exporter.merged_into = hidden
    scene.hong_kong.exporter.save()

    trace_all(now=NOW)

    public = Route.objects.get(trace__component=scene.component, trace__audience=Audience.PUBLIC)
    inside = Route.objects.filter(trace__component=scene.component, trace__audience=Audience.INSIDE)
    assert public.exporter == scene.hong_kong.exporter
    assert {route.exporter for route in inside} == {hidden}


def test_proposed_links_say_what_a_review_is_worth(scene: Scene, editor: User) -> None:
    versions = scene.hong_kong.history.count()

    trace_all(now=NOW)

    values = dict(Link.objects.values_list("pk", "review_value"))
    assert values[scene.hong_kong.pk] > 0
    assert values[scene.turkey.pk] > 0
    assert scene.hong_kong.history.count() == versions


def documented(scene: Scene, **values: Any) -> Any:
    """A leg that names the importer of the goods by way of Hong Kong in the chain of the component."""
    given = {"part": None, "component": scene.component, "taker_company": scene.hong_kong.importer}
    return LegFactory(**given | values)


def probability(scene: Scene, audience: str, country: str) -> float:
    route = Route.objects.get(trace__component=scene.component, trace__audience=audience, dispatch_country=country)
    return route.probability


def test_document_on_a_components_chain_speaks_for_the_routes_by_whom_it_names(scene: Scene) -> None:
    trace_all(now=NOW)
    before = probability(scene, Audience.INSIDE, "HK")

    documented(scene)
    counts = trace_all(now=timezone.now())

    assert probability(scene, Audience.INSIDE, "HK") > max(0.85, before)
    assert (counts.computed, counts.components) == (2, 2)  # one component, for each audience


def test_leg_that_an_audience_may_not_see_bears_on_nothing_it_is_told(scene: Scene) -> None:
    trace_all(now=NOW)
    before = probability(scene, Audience.PUBLIC, "HK")

    documented(scene, visibility=Visibility.RESTRICTED)
    documented(scene, source=SourceFactory(visibility=Visibility.RESTRICTED))
    trace_all(now=timezone.now())

    assert probability(scene, Audience.PUBLIC, "HK") == before
    assert probability(scene, Audience.INSIDE, "HK") > 0.85


def test_leg_of_a_part_is_shown_and_moves_no_figure(scene: Scene) -> None:
    trace_all(now=NOW)

    leg = documented(scene, part=scene.part, component=None)
    counts = trace_all(now=timezone.now())
    set_visibility(leg, to=Visibility.RESTRICTED, user=User.objects.create_user("e", role="editor"))

    assert counts.computed == 0
    assert Trace.objects.filter(audience=Audience.PUBLIC).exists()


def test_hiding_a_leg_takes_what_it_bore_on_from_visitors(scene: Scene, editor: User) -> None:
    leg = documented(scene)
    trace_all(now=NOW)

    set_visibility(leg, to=Visibility.RESTRICTED, user=editor)

    assert countries(Audience.PUBLIC, component=scene.component) == []
    assert countries(Audience.INSIDE, component=scene.component) == ["HK", "TR"]


def test_leg_that_is_hidden_while_routes_are_computed_is_not_kept(scene: Scene, editor: User) -> None:
    leg = documented(scene)

    def hide(what: str, count: int, total: int) -> None:
        set_visibility(leg, to=Visibility.RESTRICTED, user=editor)

    trace_all(now=NOW, told=hide)

    assert Trace.objects.filter(audience=Audience.PUBLIC).count() == 0


def test_what_finds_and_shipments_taught_is_kept_and_used(scene: Scene) -> None:
    trace_all(now=NOW, learn=True)
    learning = Learning.objects.get(audience=Audience.INSIDE, is_synthetic=False)
    Learning.objects.filter(pk=learning.pk).update(lag_mean_days=123.0, route_lasting=0.25, smoothing_months=30.0)

    beliefs = read_held(Audience.INSIDE, is_synthetic=False).beliefs

    assumed = read_held(Audience.INSIDE, is_synthetic=False, untaught=True).beliefs.parameters
    assert all(getattr(learning, name) != getattr(assumed, name) for name in TAUGHT)
    assert learning.lag_mean_days
    assert learning.smoothing_months is None  # nothing to learn it from
    used = beliefs.parameters
    assert (used.lag_mean_days, used.route_lasting, used.smoothing_months) == (123.0, 0.25, 30.0)
