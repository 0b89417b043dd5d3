"""Who may edit and delete a row of each model, and what a refusal looks like in the API and on the pages."""

from typing import Any

from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.db.models import Model
from django.test import Client

from components.choices import Visibility
from components.curation.permissions import may_delete, may_edit
from components.models import Citation, CitedParty, Coverage, EvidentiaryOrigin, MilitaryUse, User
from components.models.curated import Curated
from components.models.visibility import Evidence
from tests import factories
from tests.api.conftest import token_of

# Researchers write these together.
CATALOGUE = {
    "Company",
    "Manufacturer",
    "ManufacturerAlias",
    "Ownership",
    "Part",
    "PartCategory",
    "PartRelation",
    "WeaponModel",
}
# Each is edited by those who may edit what it belongs to: here an evidence row of the author's.
BELONGING = {"Citation": "record", "CitedParty": "component", "Coverage": "dataset"}
OF = {"record": factories.WeaponFactory, "component": factories.ComponentFactory, "dataset": factories.DatasetFactory}


def row_of(model: type[Model], author: User, visibility: str) -> Any:
    """A row that the author wrote; what carries a visibility, the row or what it belongs to, has this one."""
    make = getattr(factories, f"{model.__name__}Factory")
    own = {"created_by": author}
    if model.__name__ in BELONGING:
        name = BELONGING[model.__name__]
        return make(**own, **{name: OF[name](**own, visibility=visibility)})
    return make(**own, **({"visibility": visibility} if issubclass(model, Evidence) else {}))


def expected(model: type[Model], person: str, visibility: str) -> tuple[bool, bool]:
    """Whether this person may edit such a row of the author's, and whether delete it."""
    if person == "editor":
        return True, True
    is_own_draft = person == "author" and visibility == Visibility.DRAFT
    if person == "visitor" or model is MilitaryUse:
        return False, False
    if model.__name__ in CATALOGUE:
        return True, is_own_draft and issubclass(model, Evidence)
    if model is EvidentiaryOrigin:
        return person == "author", False
    return is_own_draft, is_own_draft and issubclass(model, Evidence)


def test_every_model_is_edited_and_deleted_by_those_who_may(researcher: User, colleague: User, editor: User) -> None:
    people = {"visitor": AnonymousUser(), "author": researcher, "another": colleague, "editor": editor}
    models = [each for each in apps.get_app_config("components").get_models() if issubclass(each, Curated)]
    wrong = []

    for model in models:
        for visibility in Visibility.values:
            row = row_of(model, researcher, visibility)
            for person, user in people.items():
                found = may_edit(user, row), may_delete(user, row)
                if found != expected(model, person, visibility):
                    wrong.append((model.__name__, visibility, person, found))

    assert wrong == []
    assert {Citation, CitedParty, Coverage, EvidentiaryOrigin, MilitaryUse} < set(models)


def test_citation_of_a_record_that_is_gone_is_for_editors(researcher: User, editor: User) -> None:
    citation = factories.CitationFactory(created_by=researcher)
    citation.record.delete()
    gone = Citation.objects.get()

    assert [may_edit(user, gone) for user in (researcher, editor)] == [False, True]


def test_model_that_nobody_thought_of_is_for_editors(researcher: User, editor: User) -> None:
    parameter = factories.RouteParameterFactory()

    assert [may_edit(user, parameter) for user in (researcher, editor)] == [False, True]


def of_token(user: User) -> Client:
    """A client that sends a token of the account."""
    return Client(headers={"Authorization": f"Bearer {token_of(user)}"})


def attempts(client: Client, folder: str, row: Any, values: dict[str, Any], change: dict[str, Any]) -> list[int]:
    """The codes of adding such a row and of changing this one through the API."""
    sent: dict[str, Any] = {"content_type": "application/json"}
    added = client.post(f"/api/v1/{folder}/", values, **sent)
    changed = client.patch(f"/api/v1/{folder}/{row.pk}/", change, headers={"If-Match": "*"}, **sent)
    return [added.status_code, changed.status_code]


def test_researcher_says_nothing_of_what_others_published(researcher: User, editor: User) -> None:
    weapon, component = factories.WeaponFactory(), factories.ComponentFactory()
    dataset, company = factories.DatasetFactory(), factories.DeclaredPartyFactory().company
    source = factories.SourceFactory().pk
    cited = {"source": source, "record_type": "weapon", "record_id": weapon.pk, "place": "page 1"}
    share = {"share": 0.1, "basis": "guess"}
    tried = {
        "citations": (factories.CitationFactory(record=weapon), cited, {"place": "page 2"}),
        "cited-parties": (
            factories.CitedPartyFactory(component=component),
            {"component": component.pk, "name": "Somebody", "role": "supplier"},
            {"name": "Somebody else"},
        ),
        "coverages": (factories.CoverageFactory(), {"dataset": dataset.pk, **share}, share),
        "military-uses": (factories.MilitaryUseFactory(), {"company": company.pk, **share}, share),
    }

    refused = {folder: attempts(of_token(researcher), folder, *each) for folder, each in tried.items()}
    origin = factories.EvidentiaryOriginFactory(created_by=editor)
    of_origins = attempts(of_token(researcher), "origins", origin, {"name": "Mine"}, {"name": "Taken"})
    accepted = {folder: attempts(of_token(editor), folder, *each) for folder, each in tried.items()}

    assert refused == {key: [403, 403] for key in tried}
    assert of_origins == [201, 403]
    assert accepted == {key: [201, 200] for key in tried}


def test_pages_offer_and_take_only_what_may_be_added(researcher: User, editor: User) -> None:
    weapon, component = factories.WeaponFactory(), factories.ComponentFactory()
    dataset, company = factories.DatasetFactory(), factories.DeclaredPartyFactory().company
    draft = factories.ComponentFactory(weapon=weapon, created_by=researcher, visibility=Visibility.DRAFT)
    addresses = [
        f"/weapons/{weapon.pk}/cite/",
        f"/components/{component.pk}/cited-parties/new/",
        f"/datasets/{dataset.pk}/coverages/new/",
        f"/companies/{company.pk}/military-uses/new/",
    ]
    own = [f"/components/{draft.pk}/cite/", f"/components/{draft.pk}/cited-parties/new/"]
    client, others = Client(), Client()
    client.force_login(researcher)
    others.force_login(editor)

    codes = [[client.get(each).status_code, client.post(each, {}).status_code] for each in addresses]
    shown = client.get(f"/weapons/{weapon.pk}/").content.decode()

    assert codes == [[403, 403]] * 4
    assert [client.get(each).status_code for each in own] == [200] * 2
    assert [others.get(each).status_code for each in addresses] == [200] * 4
    assert addresses[0] not in shown
    assert addresses[0] in others.get(f"/weapons/{weapon.pk}/").content.decode()
