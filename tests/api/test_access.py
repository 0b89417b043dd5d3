"""Tokens, sessions, throttling, and the shape of refusals."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from components.api.throttling import VisitorThrottle
from components.choices import Role, Visibility
from components.models import ApiToken, Manufacturer, User
from tests.api.conftest import Ask, token_of
from tests.factories import ApiTokenFactory, UserFactory, WeaponFactory

JSON = {"content_type": "application/json"}


def bearer(secret: str) -> Client:
    return Client(headers={"Authorization": f"Bearer {secret}"})


def test_token_opens_what_its_account_may_see(researcher: User) -> None:
    WeaponFactory(visibility=Visibility.RESTRICTED)

    counts = [client.get("/api/v1/weapons/").json()["count"] for client in (bearer(token_of(researcher)), Client())]

    assert counts == [1, 0]


@pytest.mark.parametrize("secret", ["fx_unknown", "", "fx_ÿ", "a b"])
def test_unknown_token_is_refused_even_where_visitors_may_read(secret: str, db: None) -> None:
    answer = bearer(secret).get("/api/v1/weapons/")

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="api"')
    assert answer.json() == {
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "detail": "This token is not known, or it has expired.",
        "errors": [],
    }


@pytest.mark.parametrize("header", ["Token {}", "Basic {}", "{}", "", "Bearer:{}"])
def test_token_sent_in_another_way_is_refused_with_what_is_expected(header: str, researcher: User) -> None:
    client = Client(headers={"Authorization": header.format(token_of(researcher))})

    answer = client.get("/api/v1/weapons/")

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="api"')
    assert answer.json()["detail"] == ("Expected “Authorization: Bearer fx_…” with a token of the page “API tokens”.")


def test_tokens_end_with_the_password_they_were_made_under(researcher: User) -> None:
    client = bearer(token_of(researcher))
    made_after = []

    def renew_hash() -> None:
        """What Django does with the password typed in, when hashes are made in a newer way."""
        user = User.objects.get(pk=researcher.pk)
        user.set_password("the same")
        user.save(update_fields=["password"])

    def change() -> None:
        user = User.objects.get(pk=researcher.pk)
        user.set_password("another one")
        user.save()
        made_after.append(bearer(token_of(user)))

    before = client.get("/api/v1/tokens/").status_code
    renew_hash()
    renewed = client.get("/api/v1/tokens/").status_code
    change()
    after = client.get("/api/v1/tokens/").status_code

    assert (before, renewed, after) == (200, 200, 401)
    assert made_after[0].get("/api/v1/tokens/").status_code == 200


def test_token_of_a_public_password_opens_nothing_where_others_reach_the_site(researcher: User, settings: Any) -> None:
    client, other = bearer(token_of(researcher)), bearer(token_of(UserFactory()))
    User.objects.filter(pk=researcher.pk).update(has_public_password=True)

    at_home = client.get("/api/v1/tokens/").status_code
    settings.OPEN_TO_OTHERS = True

    assert at_home == 200
    assert [each.get("/api/v1/tokens/").status_code for each in (client, other)] == [401, 200]


def test_expired_token_is_refused(researcher: User) -> None:
    secret = token_of(researcher)
    past = timezone.now() - timedelta(seconds=1)
    ApiToken.objects.update(created_at=past - timedelta(days=1), expires_at=past)

    assert bearer(secret).get("/api/v1/weapons/").status_code == 401


def test_token_for_reading_changes_nothing(editor: User) -> None:
    client = bearer(token_of(editor, is_read_only=True))
    weapon = WeaponFactory()
    address = f"/api/v1/weapons/{weapon.pk}/"

    answers = [
        client.post("/api/v1/manufacturers/", {"name": "Xilinx"}, **JSON),
        client.patch(address, {"label": "X"}, headers={"If-Match": "*"}, **JSON),
        client.delete(address, headers={"If-Match": "*"}),
        client.post(f"{address}visibility/", {"to": "draft"}, **JSON),
        client.post("/api/v1/tokens/", {"name": "more", "is_read_only": False}, **JSON),
    ]

    assert [answer.status_code for answer in answers] == [403] * 5
    assert {answer.json()["detail"] for answer in answers} == {"This token is for reading only."}
    assert client.get(address).status_code == 200
    assert (Manufacturer.objects.count(), ApiToken.objects.count()) == (0, 1)


def test_secret_of_a_token_is_told_once(researcher: User) -> None:
    client = Client()
    client.force_login(researcher)

    made = client.post("/api/v1/tokens/", {"name": "notebook"}, **JSON).json()
    listed = client.get("/api/v1/tokens/")

    token = ApiToken.objects.get()
    days = (token.expires_at - token.created_at).days
    assert (made["name"], made["is_read_only"], days) == ("notebook", True, 89)
    assert made["secret"].startswith("fx_")
    assert made["secret"] not in token.digest
    assert listed.json() == {"results": [{key: value for key, value in made.items() if key != "secret"}]}
    assert bearer(made["secret"]).get("/api/v1/tokens/").status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "name"),
        ({"name": "x" * 81}, "name"),
        ({"name": "x", "expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
        ({"name": "x", "expires_at": "2999-01-01T00:00:00Z"}, "expires_at"),
        ({"name": "x", "expires_at": "9999-12-31T23:59:59-14:00"}, "expires_at"),
        ({"name": "x", "is_read_only": "no"}, "is_read_only"),
    ],
)
def test_token_that_does_not_fit_is_refused(body: Any, field: str, researcher: User, ask: Ask) -> None:
    answer = ask(researcher).post("/api/v1/tokens/", body, **JSON)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, field)


def test_token_cannot_prolong_itself(researcher: User) -> None:
    client = bearer(token_of(researcher))

    client.post("/api/v1/tokens/", {"name": "longer", "is_read_only": False}, **JSON)

    first, second = ApiToken.objects.order_by("pk")
    assert second.expires_at == first.expires_at


def test_tokens_are_ones_own(researcher: User, colleague: User, ask: Ask) -> None:
    token = ApiTokenFactory(user=researcher)
    address = f"/api/v1/tokens/{token.pk}/"

    foreign = ask(colleague).delete(address)
    visiting = Client().get("/api/v1/tokens/")
    own = ask(researcher).delete(address)

    assert [each.status_code for each in (foreign, visiting, own)] == [404, 401, 204]
    assert not ApiToken.objects.filter(pk=token.pk).exists()


def test_session_writes_with_csrf_only(researcher: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(researcher)

    without = client.post("/api/v1/manufacturers/", {"name": "Xilinx"}, **JSON)
    reading = client.get("/api/v1/manufacturers/")

    assert (without.status_code, without["Content-Type"], reading.status_code) == (403, "application/problem+json", 200)
    assert Manufacturer.objects.count() == 0


def test_history_names_the_account_of_the_token(researcher: User) -> None:
    bearer(token_of(researcher)).post("/api/v1/manufacturers/", {"name": "Xilinx"}, **JSON)

    assert Manufacturer.objects.get().history.get().history_user == researcher


def test_visitors_are_throttled_and_others_are_not(researcher: User, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(VisitorThrottle.THROTTLE_RATES, "visitor", "2/hour")
    client, known = Client(), ask(researcher)

    visiting = [client.get("/api/v1/countries/") for _ in range(3)]
    working = [known.get("/api/v1/countries/").status_code for _ in range(4)]

    refused = visiting[-1]
    assert [answer.status_code for answer in visiting] == [200, 200, 429]
    assert working == [200] * 4
    assert 0 < int(refused["Retry-After"]) <= 3600
    assert (refused["Content-Type"], refused.json()["title"]) == ("application/problem+json", "Too Many Requests")


@pytest.mark.parametrize("path", ["nothing/", "v1/nothing/", "v1/weapons/x/", f"v1/weapons/{10**20}/", "v2/"])
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_unknown_address_is_a_problem(path: str, method: str, db: None) -> None:
    answer = getattr(Client(enforce_csrf_checks=True), method)(f"/api/{path}")

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer.json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "There is nothing under this address.",
        "errors": [],
    }


def test_address_without_its_last_slash_is_led_to_it(db: None, client: Client) -> None:
    answer = client.get("/api/v1/weapons")

    assert (answer.status_code, answer["Location"]) == (301, "/api/v1/weapons/")


def test_other_bodies_and_methods_are_refused(editor: User, ask: Ask) -> None:
    client = ask(editor)

    form = client.post("/api/v1/weapons/", {"label": "X"})
    method = client.patch("/api/v1/weapons/", {}, **JSON)

    assert (form.status_code, form["Content-Type"]) == (415, "application/problem+json")
    assert (method.status_code, method["Content-Type"]) == (405, "application/problem+json")
    assert method["Allow"] == "GET, POST, HEAD, OPTIONS"


def test_body_that_is_too_large_is_refused(editor: User, ask: Ask, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100

    answer = ask(editor).post("/api/v1/weapons/", {"label": "W", "notes": "x" * 200}, **JSON)

    assert (answer.status_code, answer.json()["detail"]) == (413, "The body is too large.")


def test_accept_and_format_do_not_change_an_answer(db: None) -> None:
    for accept in ("text/html", "application/xml", "*/*", "nonsense"):
        answer = Client(headers={"Accept": accept}).get("/api/v1/weapons/")
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/json"), accept


def test_account_without_a_role_reads_as_a_visitor(ask: Ask, db: None) -> None:
    WeaponFactory(visibility=Visibility.RESTRICTED)
    client = ask(UserFactory(role=Role.VISITOR))

    assert client.get("/api/v1/weapons/").json()["count"] == 0
    assert client.post("/api/v1/weapons/", {"label": "X"}, **JSON).status_code == 403
    assert client.post("/api/v1/tokens/", {"name": "reading"}, **JSON).status_code == 201
