"""What a site refuses as soon as others can reach it, and the headers that keep an answer to its reader."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.test import Client

from components.management.commands.load_demo import DEFAULT_PASSWORD, make_accounts
from components.models import User
from forensics.settings import DEVELOPMENT_KEY, is_local, is_plain_key
from tests.web.conftest import Browse, World

GOOD_KEY = "kX9-" + "fT2mQ8vL7wZ4bN6cR1sY5dH3gJ0pA_" * 2
REFUSAL = "FORENSICS_SECRET_KEY is too short or too plain: it needs 50 random characters"


def test_hosts_that_only_this_machine_can_ask_for() -> None:
    hosts = (
        "localhost",
        "127.0.0.1",
        "[::1]",
        "app.localhost",
        "*",
        ".example.org",
        "10.0.0.1",
        "localhost.example.org",
    )

    assert [host for host in hosts if is_local(host)] == ["localhost", "127.0.0.1", "[::1]", "app.localhost"]


def test_plain_keys() -> None:
    keys = ("", "short", "a" * 60, DEVELOPMENT_KEY, GOOD_KEY)

    assert [key for key in keys if not is_plain_key(key)] == [GOOD_KEY]


@pytest.mark.parametrize(
    ("variables", "is_refused"),
    [
        ({"FORENSICS_ALLOWED_HOSTS": "forensics.example.org"}, True),
        ({"FORENSICS_ALLOWED_HOSTS": "localhost,*", "FORENSICS_SECRET_KEY": "short"}, True),
        ({"FORENSICS_HTTPS": "1", "FORENSICS_SECRET_KEY": "x" * 60}, True),
        ({"FORENSICS_ALLOWED_HOSTS": "forensics.example.org", "FORENSICS_SECRET_KEY": GOOD_KEY}, False),
        ({"FORENSICS_ALLOWED_HOSTS": "localhost"}, False),
    ],
)
def test_site_open_to_others_needs_a_key_of_its_own(variables: dict[str, str], is_refused: bool) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("FORENSICS_")}

    finished = subprocess.run(
        [sys.executable, "-c", "import forensics.settings"],
        cwd=Path(project.BASE_DIR), env=kept | variables, capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert (finished.returncode != 0, REFUSAL in finished.stderr) == (is_refused, is_refused)


def test_public_password_opens_nothing_where_others_reach_the_site(db: None, settings: Any) -> None:
    make_accounts(DEFAULT_PASSWORD)
    editor = {"username": "editor", "password": DEFAULT_PASSWORD}
    inside = Client()

    at_home = inside.post("/sign-in/", editor)
    settings.OPEN_TO_OTHERS = True
    outside = Client().post("/sign-in/", editor)

    assert (at_home["Location"], outside["Location"]) == ("/", "/account/inactive/")
    assert "_auth_user_id" not in outside.client.session
    assert inside.get("/tokens/")["Location"] == "/sign-in/?next=/tokens/"


def test_account_with_a_password_of_its_own_is_no_demonstration_any_more(db: None, settings: Any) -> None:
    make_accounts(DEFAULT_PASSWORD)
    settings.OPEN_TO_OTHERS = True
    editor = User.objects.get(username="editor")

    before = editor.may_sign_in
    editor.set_password("one of their own")
    editor.save()

    assert (before, User.objects.get(username="editor").may_sign_in) == (False, True)


def test_accounts_made_with_a_secret_password_are_not_marked(db: None) -> None:
    make_accounts("known to the operator")

    assert not User.objects.filter(has_public_password=True).exists()


def test_answers_to_people_signed_in_are_private(browse: Browse, world: World, researcher: User) -> None:
    addresses = ("/", world.weapon.get_absolute_url(), "/api/v1/countries/", "/tokens/")
    browser, visitor = browse(researcher), Client()

    missing = [each for each in addresses[:3] if "private" not in browser.get(each)["Cache-Control"]]

    assert missing == []
    assert browser.get("/tokens/")["Cache-Control"] == "no-store"
    assert "Cache-Control" not in visitor.get("/")


def test_pages_may_ask_for_no_device(client: Client, db: None) -> None:
    for address in ("/", "/sign-in/", "/nothing/", "/api/v1/countries/"):
        policy = client.get(address)["Permissions-Policy"]
        assert {"camera=()", "microphone=()", "geolocation=()"} <= set(policy.split(", ")), address
