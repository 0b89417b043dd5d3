"""The one door for pages and administration: limits, passwords, second factors, sessions, invitations."""

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.usersessions.models import UserSession
from django.core import mail
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse

from components.choices import Role
from components.models import User
from components.web.accounts.adapter import AccountAdapter
from tests import factories
from tests.api.conftest import token_of
from tests.web.conftest import Browse

PASSWORD, OTHER = "a long password", "another long password"


@pytest.fixture
def anna(db: None) -> User:
    """A researcher with a password and an address."""
    user = factories.UserFactory(username="anna", email="anna@example.org")
    user.set_password(PASSWORD)
    user.save()
    return user


def sign_in(password: str = PASSWORD, *, name: str = "anna", address: str = "192.0.2.1", **sent: str) -> Any:
    return Client(REMOTE_ADDR=address).post("/sign-in/", {"username": name, "password": password, **sent})


def signed_in(password: str = PASSWORD) -> Client:
    """A browser that came in through the page, and so may change what guards the account."""
    browser = Client()
    assert browser.post("/sign-in/", {"username": "anna", "password": password}).status_code == 302
    assert browser.post("/account/reauthenticate/", {"password": password}).status_code == 302
    return browser


def is_in(response: Any) -> bool:
    return "_auth_user_id" in response.client.session


def attempt(name: str, address: str) -> None:
    """A failed attempt, without the hash. Raises ValidationError where the limit is reached."""
    request: HttpRequest = RequestFactory().post("/sign-in/", REMOTE_ADDR=address)
    AccountAdapter(request).pre_authenticate(request, username=name)


def test_administration_has_no_door_of_its_own(anna: User, researcher: User, browse: Browse) -> None:
    User.objects.filter(pk=anna.pk).update(role=Role.ADMINISTRATOR, is_staff=True)

    asked = Client().get("/admin/", follow=True)
    posted = Client().post("/admin/login/?next=/admin/", {"username": "anna", "password": PASSWORD})
    through = sign_in(next="/admin/")

    assert asked.redirect_chain[-1] == ("/sign-in/?next=/admin/", 302)
    assert (posted["Location"], is_in(posted)) == ("/sign-in/?next=/admin/", False)
    assert (through["Location"], through.client.get("/admin/").status_code) == ("/admin/", 200)
    assert browse(researcher).get("/admin/", follow=True).status_code == 403
    assert browse(anna).get("/admin/password_change/")["Location"] == "/account/password/"


def test_account_is_locked_from_wherever_it_is_guessed(anna: User) -> None:
    for number in range(10):
        assert not is_in(sign_in("guess", address=f"192.0.2.{number}"))

    locked = sign_in(address="198.51.100.1")

    assert not is_in(locked)
    assert "Too many attempts. Try again in a quarter of an hour." in locked.content.decode()


def test_address_is_locked_whichever_names_it_tries(anna: User, settings: Any) -> None:
    for number in range(50):
        attempt(f"name{number}", "192.0.2.1")

    assert "Too many attempts" in sign_in(address="192.0.2.1").content.decode()
    assert is_in(sign_in(address="192.0.2.2"))


@pytest.mark.parametrize("backend", ["locmem.LocMemCache", "db.DatabaseCache"])
def test_lock_is_lifted_by_no_other_names(backend: str, anna: User, settings: Any) -> None:
    kind = {"BACKEND": f"django.core.cache.backends.{backend}"}
    settings.CACHES = {**settings.CACHES, "default": settings.CACHES["default"] | kind}
    for _ in range(10):
        attempt("anna", "192.0.2.1")

    for number in range(320):
        attempt(f"name{number}", f"198.51.{number % 250}.{number // 250}")

    with pytest.raises(ValidationError, match="Too many attempts"):
        attempt("anna", "192.0.2.99")


def test_right_password_gives_back_its_attempt(anna: User) -> None:
    assert [is_in(sign_in()) for _ in range(12)] == [True] * 12


def test_own_password_is_changed_and_ends_what_rested_on_the_old_one(anna: User) -> None:
    browser, elsewhere = signed_in(), signed_in()
    program = Client(headers={"Authorization": f"Bearer {token_of(anna)}"})
    change = {"password1": OTHER, "password2": OTHER}

    refused = browser.post("/account/password/", {"oldpassword": "guess", **change})
    kept = elsewhere.get("/tokens/").status_code
    browser.post("/account/password/", {"oldpassword": PASSWORD, **change})

    assert (refused.status_code, kept) == (200, 200)
    assert [each.get("/tokens/").status_code for each in (browser, elsewhere)] == [200, 302]
    assert program.get("/api/v1/tokens/").status_code == 401
    assert [is_in(sign_in(password)) for password in (PASSWORD, OTHER)] == [False, True]


def test_forgotten_password_is_set_by_mail_once(anna: User) -> None:
    browser = Client()

    known = browser.post("/account/password/reset/", {"email": "ANNA@example.org"})
    unknown = Client().post("/account/password/reset/", {"email": "nobody@example.org"})
    [sent] = mail.outbox
    link = re.search(r"http://testserver(/account/password/new/\S+)", sent.body)[1]  # type: ignore[index]
    form = browser.get(link, follow=True).redirect_chain[-1][0]
    browser.post(form, {"password1": OTHER, "password2": OTHER})
    again = Client().get(link)

    assert (known["Location"], unknown["Location"]) == ("/account/password/reset/sent/",) * 2
    assert sent.to == ["anna@example.org"]
    assert [is_in(sign_in(password)) for password in (PASSWORD, OTHER)] == [False, True]
    assert "bad token" in again.content.decode().lower()


def test_site_that_cannot_send_mail_says_so(anna: User, settings: Any) -> None:
    settings.SENDS_MAIL = False

    answer = Client().post("/account/password/reset/", {"email": "anna@example.org"})

    assert "Ask an administrator for a new password." in answer.content.decode()
    assert mail.outbox == []


def test_address_taken_from_an_account_is_sent_no_links(anna: User, administrator: User, browse: Browse) -> None:
    EmailAddress.objects.create(user=anna, email="anna@example.org", primary=True)
    User.objects.filter(pk=administrator.pk).update(is_staff=True)
    address = reverse("admin:components_user_change", args=[anna.pk])

    browse(administrator).post(
        address, {"username": "anna", "role": "researcher", "email": "new@example.org", "is_active": "on"}
    )
    Client().post("/account/password/reset/", {"email": "anna@example.org"})

    assert User.objects.get(pk=anna.pk).email == "new@example.org"
    assert mail.outbox == []


def code_of(user: User) -> str:
    """What the person's app shows now."""
    secret = Authenticator.objects.get(user=user, type="totp").wrap().instance.data["secret"]
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


def test_codes_of_an_app_are_asked_after_the_password(anna: User) -> None:
    browser = signed_in()
    page = browser.get("/account/two-factor/totp/activate/")
    secret = page.context["form"].secret
    code = format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))

    browser.post("/account/two-factor/totp/activate/", {"code": code})
    waiting = sign_in(next="/tokens/")
    wrong = waiting.client.post("/account/two-factor/authenticate/", {"code": "000000"})
    recovery = RecoveryCodes(Authenticator.objects.get(user=anna, type="recovery_codes")).get_unused_codes()[0]
    answered = waiting.client.post("/account/two-factor/authenticate/", {"code": recovery})
    reused = sign_in().client.post("/account/two-factor/authenticate/", {"code": recovery})

    assert "data:image/svg+xml" in page.content.decode()
    assert (waiting["Location"].split("?")[0], is_in(waiting.client.get("/"))) == (
        "/account/two-factor/authenticate/",
        True,
    )
    assert wrong.status_code == 200
    assert answered["Location"] == "/tokens/"
    assert reused.status_code == 200


def test_passkeys_are_offered_for_adding_and_for_signing_in(anna: User) -> None:
    added = signed_in().get("/account/two-factor/webauthn/add/").context["js_data"]
    asked = Client().get("/account/two-factor/webauthn/login/", headers={"X-Requested-With": "XMLHttpRequest"}).json()

    assert added["creation_options"]["publicKey"]["rp"]["id"] == "testserver"
    assert asked["request_options"]["publicKey"]["rpId"] == "testserver"


def test_what_guards_the_account_asks_for_the_password_again(anna: User, browse: Browse) -> None:
    browser = browse(anna)

    for path in ("totp/activate/", "webauthn/add/", "recovery-codes/generate/"):
        asked = browser.get(f"/account/two-factor/{path}")
        assert asked["Location"].startswith("/account/reauthenticate/?next="), path


def test_sessions_are_listed_and_the_others_ended(anna: User) -> None:
    here, elsewhere = signed_in(), signed_in()

    listed = here.get("/account/sessions/").context["sessions"]
    here.post("/account/sessions/")

    assert len(listed) == 2
    assert [each.get("/tokens/").status_code for each in (here, elsewhere)] == [200, 302]
    assert UserSession.objects.count() == 1


def test_editor_invites_and_the_link_is_shown_once(editor: User, browse: Browse) -> None:
    browser = browse(editor)

    made = browser.post("/account/invitations/", {"username": "new", "email": "", "role": "researcher"})
    link = made.context["link"].removeprefix("http://testserver")
    form = Client().get(link, follow=True)
    form.client.post(form.redirect_chain[-1][0], {"password1": PASSWORD, "password2": PASSWORD})

    assert (made["Cache-Control"], made.context["link"] in made.content.decode()) == ("no-store", True)
    assert made.context["link"] not in browser.get("/account/invitations/").content.decode()
    assert User.objects.get(username="new").role == Role.RESEARCHER
    assert is_in(sign_in(name="new"))


def test_invitation_is_sent_by_mail_where_there_is_mail(editor: User, browse: Browse) -> None:
    given = {"username": "new", "email": "new@example.org", "role": "visitor"}

    answer = browse(editor).post("/account/invitations/", given)

    [sent] = mail.outbox
    assert (answer.status_code, sent.to) == (302, ["new@example.org"])
    assert "http://testserver/account/password/new/" in sent.body
    assert not User.objects.get(username="new").has_usable_password()


def test_nobody_gives_a_role_beyond_what_is_theirs(
    editor: User, administrator: User, researcher: User, browse: Browse
) -> None:
    given = {"username": "new", "email": "", "role": "editor"}

    codes = [browse(each).post("/account/invitations/", given).status_code for each in (researcher, editor)]

    assert codes == [403, 400]
    assert not User.objects.filter(username="new").exists()
    assert browse(administrator).post("/account/invitations/", given).status_code == 200
    assert Client().get("/account/invitations/")["Location"].startswith("/sign-in/")


def test_nobody_signs_up(db: None, client: Client) -> None:
    assert not AccountAdapter().is_open_for_signup(RequestFactory().get("/"))
    assert [client.get(f"/{path}/").status_code for path in ("account/signup", "sign-up", "signup")] == [404] * 3


def test_pages_of_accounts_run_no_script_or_style_of_their_own(anna: User) -> None:
    User.objects.filter(pk=anna.pk).update(role=Role.EDITOR)
    browser = signed_in()
    TOTP.activate(anna, "JBSWY3DPEHPK3PXP")
    RecoveryCodes.activate(anna)
    two_factor = "/account/two-factor/"
    pages = [
        *("/account/", "/account/password/", "/account/reauthenticate/", "/account/sessions/", "/account/invitations/"),
        two_factor,
        *(f"{two_factor}{path}/" for path in ("webauthn", "webauthn/add", "totp/deactivate", "reauthenticate")),
        *(f"{two_factor}{path}/" for path in ("recovery-codes", "recovery-codes/generate")),
    ]
    entrance = ["/sign-in/", "/account/password/reset/", "/account/password/reset/sent/", "/account/inactive/"]
    faults = []

    for client, paths in ((browser, pages), (Client(), entrance)):
        for path in paths:
            response = client.get(path)
            text = response.content.decode()
            scripts = re.findall(r"<script(?![^>]*(?:src=|application/json))[^>]*>", text)
            inline = [*scripts, *re.findall(r" style=| on\w+=\"|<style", text)]
            if response.status_code != 200 or inline or 'class="site-header"' not in text:
                faults.append((path, response.status_code, inline))

    assert faults == []
