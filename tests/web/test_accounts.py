"""Signing in, tokens, and what is shown where something goes wrong."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory
from django.views.defaults import server_error

from components.models import ApiToken, User
from components.web.context import version
from tests import factories
from tests.web.conftest import Browse, World

VISITOR = AnonymousUser()


@pytest.fixture
def account(db: None) -> User:
    """An account with a password."""
    user = factories.UserFactory(username="anna")
    user.set_password("a long password")
    user.save()
    return user


def sign_in(password: str, **sent: str) -> Any:
    return Client().post("/sign-in/", {"username": "anna", "password": password, **sent})


def test_sign_in_leads_back_and_sign_out_ends_it(account: User, client: Client) -> None:
    response = client.post("/sign-in/", {"username": "anna", "password": "a long password", "next": "/imports/"})

    assert response["Location"] == "/imports/"
    assert client.get("/imports/").status_code == 200
    client.post("/sign-out/")
    assert client.get("/imports/").status_code == 302


def test_sign_in_leads_to_no_other_site(account: User) -> None:
    assert sign_in("a long password", next="https://elsewhere.example/")["Location"] == "/"


def test_guessing_a_password_is_held_up(account: User) -> None:
    for _ in range(10):
        assert "Please enter a correct username" in sign_in("guess").content.decode()

    response = sign_in("a long password")

    assert response.status_code == 200
    assert "Too many attempts" in response.content.decode()


def test_token_is_shown_once_and_can_be_revoked(browse: Browse, colleague: User, researcher: User) -> None:
    browser = browse(colleague)

    made = browser.post("/tokens/", {"name": "notebook", "days": "30"})
    token = ApiToken.objects.get()
    secret = made.context["secret"]
    assert (token.user, token.is_read_only) == (colleague, True)
    assert made["Cache-Control"] == "no-store"
    assert secret in made.content.decode()
    assert secret not in browser.get("/tokens/").content.decode()
    asked = Client(headers={"Authorization": f"Bearer {secret}"})
    assert asked.get("/api/v1/weapons/").status_code == 200

    assert browse(researcher).post(f"/tokens/{token.pk}/revoke/").status_code == 404
    browser.post(f"/tokens/{token.pk}/revoke/")
    assert asked.get("/api/v1/weapons/").status_code == 401


def test_tokens_need_an_account(client: Client, db: None) -> None:
    assert client.get("/tokens/")["Location"] == "/sign-in/?next=/tokens/"


def test_page_that_does_not_exist_says_so_in_the_same_look(browse: Browse, world: World) -> None:
    response = browse(VISITOR).get("/weapons/999999/")

    assert response.status_code == 404
    assert "There is no such page" in response.content.decode()
    assert "site-header" in response.content.decode()


def test_what_is_not_allowed_says_why(browse: Browse, world: World, colleague: User) -> None:
    response = browse(colleague).get(f"/weapons/{world.weapon.pk}/edit/")

    assert response.status_code == 403
    assert "Your role does not allow you to change this weapon." in response.content.decode()


def test_fault_page_needs_neither_database_nor_session() -> None:
    response = server_error(RequestFactory().get("/"))

    assert response.status_code == 500
    assert "Something went wrong" in response.content.decode()


def test_pages_run_no_script_or_style_of_their_own(browse: Browse, world: World) -> None:
    response = browse(VISITOR).get(world.component.get_absolute_url())

    policy = response["Content-Security-Policy"]
    assert "unsafe-inline" not in policy
    assert "style=" not in response.content.decode()
    assert "onclick" not in response.content.decode()


def test_version_is_known() -> None:
    assert version(RequestFactory().get("/"))["forensics_version"][0].isdigit()
