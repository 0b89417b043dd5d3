"""Pages of links, routes and what they rest on: what each person sees, what a review keeps, what a form refuses."""

from datetime import date
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from components.choices import LinkBasis, LinkState, Visibility
from components.curation.links import review_link
from components.models import Coverage, Leg, Link, MilitaryUse, RouteParameter, User
from components.routes.tracing import trace_all
from components.summaries.routes import Likelihood, Place, sentence
from tests import factories
from tests.routes.test_tracing import Scene
from tests.web.conftest import Browse

VISITOR = AnonymousUser()
KINDS = ("component", "part", "weapon", "weapon-model", "manufacturer")


@pytest.fixture
def scene(db: None) -> Scene:
    """A part found in a weapon, traced: published through Hong Kong, restricted through Türkiye."""
    scene = Scene()
    trace_all(now=timezone.now())
    return scene


def subjects(scene: Scene) -> dict[str, Any]:
    """What can be traced, by the word of its address."""
    rows = (scene.component, scene.part, scene.weapon, scene.weapon.model, scene.part.manufacturer)
    return dict(zip(KINDS, rows, strict=True))


def dispatched(response: Any) -> set[str]:
    """The countries of dispatch of the routes on the page."""
    return {line.steps[2] for each in response.context["answers"] for line in each["lines"]}


@pytest.mark.parametrize("kind", KINDS)
def test_routes_page_shows_a_visitor_public_routes_alone(
    browse: Browse, scene: Scene, researcher: User, kind: str
) -> None:
    address = f"/routes/of/{kind}/{subjects(scene)[kind].pk}/"

    seen = {str(person): dispatched(browse(person).get(address)) for person in (VISITOR, researcher)}

    assert seen == {"AnonymousUser": {"Hong Kong"}, "researcher": {"Hong Kong", "Türkiye"}}


@pytest.mark.parametrize("kind", KINDS)
def test_record_page_says_its_likely_routes_in_short(browse: Browse, scene: Scene, kind: str) -> None:
    row = subjects(scene)[kind]

    response = browse(VISITOR).get(row.get_absolute_url())

    (told,) = response.context["likely"]["answers"]
    assert told["answer"].sentence.startswith(("Likely through Hong Kong", "Perhaps through Hong Kong"))
    assert response.context["likely"]["address"] == f"/routes/of/{kind}/{row.pk}/"
    assert told["answer"].sentence in response.content.decode()


def test_probabilities_of_the_page_sum_to_one_and_open_their_links(browse: Browse, scene: Scene) -> None:
    browser = browse(VISITOR)

    (told,) = browser.get(f"/routes/of/component/{scene.component.pk}/").context["answers"]

    answer = told["answer"]
    whole = answer.rest + answer.unknown.probability + sum(each.likelihood.probability for each in answer.routes)
    assert whole == pytest.approx(1, abs=1e-6)
    opened = browser.get(told["lines"][0].links)
    assert [row["cells"][0]["url"] for row in opened.context["rows"]] == [scene.hong_kong.get_absolute_url()]


def test_draft_is_not_traced_for_those_who_may_not_see_it(browse: Browse, scene: Scene, colleague: User) -> None:
    secret = factories.WeaponFactory(visibility=Visibility.DRAFT)

    codes = [browse(person).get(f"/routes/of/weapon/{secret.pk}/").status_code for person in (VISITOR, colleague)]

    assert codes == [404, 404]
    assert browse(VISITOR).get("/routes/of/nonsense/1/").status_code == 404


def test_page_without_an_answer_says_which_step_is_missing(browse: Browse, db: None) -> None:
    unidentified = factories.ComponentFactory()
    identified = factories.IdentificationFactory(
        part=(part := factories.PartFactory()), is_current=True, manufacturer=part.manufacturer
    )
    linked = factories.IdentificationFactory(
        part=(other := factories.LinkFactory().part), is_current=True, manufacturer=other.manufacturer
    )
    rows = (unidentified, identified.component, linked.component)

    said = [browse(VISITOR).get(f"/routes/of/component/{row.pk}/").context["why_not"] for row in rows]

    assert ["no component of it is identified" in said[0], "no shipment" in said[1], "not been traced" in said[2]] == [
        True,
        True,
        True,
    ]


def test_answer_without_routes_says_that_nothing_is_linked_not_that_it_was_not_traced(browse: Browse, db: None) -> None:
    """All that names the part is synthetic, and the find is real."""
    scene = Scene()
    Link.objects.update(is_synthetic=True)
    trace_all(now=timezone.now())

    (told,) = browse(VISITOR).get(f"/routes/of/component/{scene.component.pk}/").context["answers"]

    assert told["answer"].routes == ()
    assert "no shipment" in told["why_none"]
    assert "Synthetic shipments say nothing" in told["why_none"]


def test_other_assumption_is_answered_beside_the_kept_one(browse: Browse, scene: Scene, researcher: User) -> None:
    address = f"/routes/of/component/{scene.component.pk}/"

    response = browse(researcher).get(f"{address}?without={scene.restricted.pk}&lag=200")

    (both,) = response.context["compared"]
    turkey = next(row["cells"] for row in both["rows"] if "Türkiye" in row["cells"][0])
    assert (turkey[1] != "–", turkey[2]) == (True, "–")
    assert "200 days" in both["words"]
    assert browse(VISITOR).get(f"{address}?without={scene.restricted.pk}").status_code == 400
    assert browse(VISITOR).get(f"{address}?lag=never").status_code == 400
    assert browse(VISITOR).get(f"{address}?lag=200")["Location"].startswith("/sign-in/?next=")


def test_weights_tell_each_factor_of_each_shipment(browse: Browse, scene: Scene) -> None:
    (told,) = browse(VISITOR).get(f"/routes/of/component/{scene.component.pk}/").context["answers"]

    (row,) = told["weights"]["rows"]
    assert row["cells"][0]["url"] == scene.hong_kong.get_absolute_url()
    assert len(row["cells"]) == len(told["weights"]["columns"])


def test_what_was_left_out_is_listed_with_its_reason(browse: Browse, scene: Scene) -> None:
    late = scene.linked(scene.published, "AE", shipped_on=date(2023, 12, 1))
    trace_all(now=timezone.now())

    (told,) = browse(VISITOR).get(f"/routes/of/component/{scene.component.pk}/").context["answers"]

    (row,) = told["excluded"]["rows"]
    assert row["cells"][0]["url"] == late.get_absolute_url()
    assert "recovery" in row["cells"][2]


def test_documented_steps_are_a_chain_with_its_gaps(browse: Browse, scene: Scene) -> None:
    for position, (giver, taker) in enumerate([("Maker", "Seller"), ("Seller", "Trader"), ("Importer", "Works")], 1):
        factories.LegFactory(part=scene.part, giver=giver, taker=taker, position=position)
    factories.LegFactory(part=scene.part, taker="secret taker", visibility=Visibility.DRAFT)

    response = browse(VISITOR).get(f"/routes/of/part/{scene.part.pk}/")

    steps = [
        ("gap", step["from"], step["to"]) if step["is_gap"] else (step["leg"].giver, step["leg"].taker)
        for step in response.context["chain"]
    ]
    assert steps == [("Maker", "Seller"), ("Seller", "Trader"), ("gap", "Trader", "Importer"), ("Importer", "Works")]
    assert b"secret" not in response.content


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(("kind", "most"), [("weapon", 22), ("component", 37)])
def test_routes_page_takes_a_fixed_number_of_queries(
    browse: Browse, scene: Scene, django_assert_max_num_queries: Any, kind: str, most: int, count: int
) -> None:
    for number in range(count):
        scene.linked(scene.published, "CN", shipped_on=date(2022, 6, 1 + number))
    trace_all(now=timezone.now())
    address = f"/routes/of/{kind}/{subjects(scene)[kind].pk}/"
    browse(VISITOR).get(address)

    with django_assert_max_num_queries(most):
        browse(VISITOR).get(address)


def test_answer_without_a_route_says_why(browse: Browse, scene: Scene, editor: User) -> None:
    alone = factories.IdentificationFactory(is_current=True).component
    review_link(scene.hong_kong, state=LinkState.REJECTED, user=editor, now=timezone.now())
    trace_all(now=timezone.now())

    said = [
        browse(VISITOR).get(f"/routes/of/component/{row.pk}/").context["answers"][0]["why_none"]
        for row in (alone, scene.component)
    ]

    assert ["no shipment" in said[0], "or a review rule them out" in said[1]] == [True, True]


def test_countries_sum_what_is_expected_of_each_component(browse: Browse, scene: Scene, researcher: User) -> None:
    scene.found(scene.weapon)
    trace_all(now=timezone.now())

    (told,) = browse(researcher).get("/routes/by-country/").context["found"]

    found = told["found"]
    whole = found.unknown + found.rest + sum(each.expected for each in found.countries)
    assert (found.component_count, whole) == (2, pytest.approx(2, abs=1e-3))
    assert {each.code for each in found.countries} == {"HK", "TR"}
    opened = browse(researcher).get(f"/routes/?{found.countries[0].query}")
    assert opened.context["page_obj"].paginator.count == 2
    (public,) = browse(VISITOR).get("/routes/by-country/").context["found"]
    assert "TR" not in {each.code for each in public["found"].countries}


def test_trace_leads_to_the_page_of_what_was_traced(browse: Browse, scene: Scene) -> None:
    row = browse(VISITOR).get(f"/routes/?of_weapon={scene.weapon.pk}").context["rows"][0]

    response = browse(VISITOR).get(row["cells"][0]["url"])

    assert (row["cells"][0]["text"], response["Location"]) == (
        scene.weapon.label,
        f"/routes/of/weapon/{scene.weapon.pk}/",
    )


def test_link_is_never_shown_as_a_fact_before_a_review(browse: Browse, scene: Scene, editor: User) -> None:
    browser = browse(VISITOR)
    before = browser.get(scene.hong_kong.get_absolute_url())
    review_link(scene.hong_kong, state=LinkState.CONFIRMED, user=editor, now=timezone.now(), why="the invoice agrees")

    after = browser.get(scene.hong_kong.get_absolute_url()).content.decode()

    assert "Proposed — inferred by rule numbers-1" in before.content.decode()
    assert before.context["answers"] == []
    assert "Confirmed on" in after
    assert "the invoice agrees" in after
    assert editor.username not in after


def test_links_of_a_restricted_dataset_are_for_researchers(
    browse: Browse, scene: Scene, researcher: User, stranger: User
) -> None:
    codes = {
        str(person): browse(person).get(scene.turkey.get_absolute_url()).status_code
        for person in (VISITOR, stranger, researcher)
    }
    listed = [len(browse(person).get("/links/").context["rows"]) for person in (VISITOR, stranger, researcher)]

    assert codes == {"AnonymousUser": 404, "stranger": 404, "researcher": 200}
    assert listed == [1, 1, 2]


def test_link_leads_to_its_row_in_the_lake_while_its_dataset_is_there(browse: Browse, scene: Scene) -> None:
    link = scene.hong_kong

    stated = browse(VISITOR).get(link.get_absolute_url()).context["stated_by"]

    assert stated.url == f"/trade/shipments/{link.dataset_id}-{link.row_number}/"


def test_editor_reviews_the_queue_and_takes_a_word_back(browse: Browse, scene: Scene, editor: User) -> None:
    Link.objects.filter(pk=scene.hong_kong.pk).update(review_value=0.5, description="CHIP X, 10 PCS", found="x")
    Link.objects.filter(pk=scene.turkey.pk).update(review_value=0.2)
    browser = browse(editor)
    first = browser.get("/links/review/")

    done = browser.post(
        f"/links/{scene.hong_kong.pk}/review/", {"state": "rejected", "why": "a lamp", "then": "queue"}, follow=True
    )
    browser.post(f"/links/{scene.hong_kong.pk}/review/", {"state": "proposed"})

    assert (first.context["link"], first.context["waiting_count"]) == (scene.hong_kong, 2)
    assert first.context["description"] == {"before": "CHIP ", "found": "X", "after": ", 10 PCS"}
    assert done.redirect_chain == [(f"/links/review/?after={scene.hong_kong.pk}", 302)]
    assert done.context["link"] == scene.turkey
    versions = list(scene.hong_kong.history.order_by("history_id").values_list("state", "history_change_reason"))
    assert versions[-2:] == [("rejected", "a lamp"), ("proposed", "proposed")]
    assert browser.get(f"/links/review/?after={scene.turkey.pk}").context["is_begun"]


@pytest.mark.parametrize("answer", ["confirmed", "nonsense"])
def test_only_editors_review(
    browse: Browse, scene: Scene, researcher: User, stranger: User, editor: User, answer: str
) -> None:
    address = f"/links/{scene.hong_kong.pk}/review/"

    codes = [browse(person).post(address, {"state": answer}).status_code for person in (researcher, stranger)]
    visited = browse(VISITOR).post(address, {"state": answer})

    scene.hong_kong.refresh_from_db()
    assert codes == [403, 403]
    assert visited["Location"].startswith("/sign-in/")
    assert scene.hong_kong.state == LinkState.PROPOSED
    browse(editor).post(address, {"state": answer})
    scene.hong_kong.refresh_from_db()
    assert scene.hong_kong.state == (answer if answer in LinkState.values else LinkState.PROPOSED)


@pytest.mark.parametrize("count", [1, 3])
def test_queue_takes_a_fixed_number_of_queries(
    browse: Browse, researcher: User, scene: Scene, django_assert_num_queries: Any, count: int
) -> None:
    for number in range(count):
        scene.linked(scene.published, "CN", review_value=0.1 + number)
    browser = browse(researcher)
    browser.get("/links/review/")

    # Session, person, count with sum, the queue, countries, the dataset, its source where it may be seen, where found.
    with django_assert_num_queries(8):
        browser.get("/links/review/")


def stated(part: Any, source: Any, **values: Any) -> dict[str, Any]:
    """What is sent for a link that a document states."""
    return {
        "maker_name": part.manufacturer.name,
        "part_number": part.mpn,
        "grade": "exact",
        "source": source.pk,
        "place": "line 3",
        "shipped_on": "2022-04-01",
        "exporter_name": "Ltd as written",
        "dispatch_country": "HK",
        **values,
    }


def test_link_that_a_document_states_is_added_as_a_draft(browse: Browse, researcher: User) -> None:
    part, source = factories.PartFactory(), factories.SourceFactory()
    company = factories.DeclaredPartyFactory().company
    browser = browse(researcher)

    opened = browser.get(f"/links/new/?part={part.pk}").context["form"].initial
    refused = browser.post("/links/new/", stated(part, source, part_number="nothing", exporter_company="nobody"))
    without = browser.post("/links/new/", stated(part, source) | {"source": ""})
    browser.post("/links/new/", stated(part, source, exporter_company=company.name))

    link = Link.objects.get()
    assert (opened["maker_name"], opened["part_number"]) == (part.manufacturer.name, part.mpn)
    assert [sorted(each.context["form"].errors) for each in (refused, without)] == [
        ["exporter_company", "part_number"],
        ["source"],
    ]
    assert (link.basis, link.part, link.manufacturer, link.exporter) == (
        LinkBasis.DOCUMENT,
        part,
        part.manufacturer,
        company,
    )
    assert (link.visibility, link.state, link.created_by) == ("draft", LinkState.PROPOSED, researcher)
    assert browse(VISITOR).get(link.get_absolute_url()).status_code == 404


def test_link_found_by_a_rule_is_reviewed_and_not_written(browse: Browse, scene: Scene, editor: User) -> None:
    link, browser = scene.hong_kong, browse(editor)
    form = browser.get(f"/links/{link.pk}/edit/").context["form"]

    refused = browser.post(
        f"/links/{link.pk}/edit/", stated(scene.part, factories.SourceFactory(), seen=form.initial["seen"])
    )

    assert "found by a rule" in str(refused.context["form"].errors)
    assert list(browser.get(link.get_absolute_url()).context["actions"]) == ["history"]


def test_step_is_added_to_the_component_or_part_it_is_of(browse: Browse, researcher: User) -> None:
    part, source, component = factories.PartFactory(), factories.SourceFactory(), factories.ComponentFactory()
    sent = {"kind": "sold", "position": 1, "giver": "A", "taker": "B", "source": source.pk}
    browser = browse(researcher)

    nothing = browser.post("/legs/new/", sent)
    browser.post("/legs/new/", {**sent, "component": component.pk})
    browser.post("/legs/new/", {**sent, "maker_name": part.manufacturer.name, "part_number": part.mpn, "taker": "C"})

    assert list(nothing.context["form"].errors) == ["part_number"]
    assert list(Leg.objects.order_by("pk").values_list("component", "part", "visibility")) == [
        (component.pk, None, "draft"),
        (None, part.pk, "draft"),
    ]
    assert browser.get(Leg.objects.get(part=part).get_absolute_url()).status_code == 200


def test_assumptions_are_stated_on_the_page_of_what_they_are_of(browse: Browse, editor: User) -> None:
    dataset, company = factories.DatasetFactory(), factories.DeclaredPartyFactory().company
    sent = {"share": "0.4", "strength": "5", "basis": "An assumption."}
    browser = browse(editor)
    add = browser.get(dataset.get_absolute_url()).context["assumed"]["add"]

    wrong = browser.post(add, {**sent, "share": "1.5"})
    browser.post(add, sent)
    browser.post(f"/companies/{company.pk}/military-uses/new/", sent)

    assert list(wrong.context["form"].errors) == ["share"]
    assert (Coverage.objects.get().dataset, MilitaryUse.objects.get().company) == (dataset, company)
    assert browser.get(dataset.get_absolute_url()).context["assumed"]["share"] == "0.40"
    assert browser.get(company.get_absolute_url()).context["assumed"]["share"] == "0.40"


def test_company_shows_the_parts_and_weapons_its_shipments_are_linked_to(
    browse: Browse, scene: Scene, researcher: User
) -> None:
    exporter = scene.hong_kong.exporter

    response = browse(VISITOR).get(exporter.get_absolute_url())

    (role,) = response.context["linked"]
    assert (role["title"], role["link_count"]) == ("As exporter", 1)
    assert [cell if not isinstance(cell, dict) else cell["text"] for cell in role["rows"][0]["cells"]] == [
        scene.part.mpn,
        scene.part.manufacturer.name,
        "1",
        0,
        "1",
    ]
    assert [row["cells"][0]["text"] for row in response.context["weapons"]["rows"]] == [scene.weapon.label]


def test_dataset_counts_its_links_by_review(browse: Browse, scene: Scene, editor: User) -> None:
    review_link(scene.hong_kong, state=LinkState.CONFIRMED, user=editor, now=timezone.now())

    linked = browse(VISITOR).get(scene.published.get_absolute_url()).context["linked"]

    assert [(each["label"], each["count"]) for each in linked] == [("Confirmed", 1)]


def test_parameters_name_their_sources(browse: Browse, db: None) -> None:
    rows = browse(VISITOR).get("/route-parameters/").context["rows"]

    assert len(rows) == RouteParameter.objects.count() > 0
    assert all(row["cells"][3] for row in rows)


@pytest.mark.parametrize(
    ("probability", "unknown", "said"),
    [
        (0.62, 0.21, "Likely through Hong Kong, 0.62 (0.50–0.74); unknown 0.21."),
        (0.3, 0.5, "Perhaps through Hong Kong, 0.30 (0.18–0.42); unknown 0.50."),
        (
            0.03,
            0.9,
            "No recorded route is likely; unknown 0.90. "
            "The likeliest recorded dispatch is from Hong Kong, 0.03 (0.00–0.15).",
        ),
        (0.009, 0.99, "No recorded route is likely; unknown 0.99."),
    ],
)
def test_sentence_names_a_country_as_surely_as_it_is_likely(probability: float, unknown: float, said: str) -> None:
    likely = Likelihood(probability, max(0.0, probability - 0.12), probability + 0.12)

    assert sentence([Place("HK", "Hong Kong", likely)], Likelihood(unknown, unknown, unknown)) == said
