"""What is typed into a form outlives a lost session and a browser that is closed without a word."""

from typing import Any

from django.contrib.sessions.models import Session
from playwright.sync_api import Dialog, Page, expect

from components.models import Weapon
from tests.browser.conftest import World
from tests.browser.test_paths import sign_in

MILLISECONDS_UNTIL_KEPT = 1000


def test_text_typed_before_a_session_was_lost_is_offered_and_saved(page: Page, live_server: Any, world: World) -> None:
    path = f"{live_server.url}/weapons/{world.weapon.pk}/edit/"
    sign_in(page, live_server.url, "editor")
    page.goto(path)
    page.get_by_label("Notes").fill("Written at the bench")
    page.wait_for_timeout(MILLISECONDS_UNTIL_KEPT)
    Session.objects.all().delete()
    page.get_by_role("button", name="Save the change").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")

    sign_in(page, live_server.url, "editor")
    expect(page.get_by_role("region", name="Unsaved text")).to_be_visible()
    page.get_by_role("region", name="Unsaved text").get_by_role("link").click()
    expect(page.get_by_label("Notes")).to_have_value("")
    page.get_by_role("button", name="Restore it").click()
    expect(page.get_by_label("Notes")).to_have_value("Written at the bench")
    page.get_by_role("button", name="Save the change").click()

    expect(page.get_by_role("status")).to_contain_text("The change was saved")
    assert Weapon.objects.get(pk=world.weapon.pk).notes == "Written at the bench"
    page.goto(path)
    page.wait_for_timeout(MILLISECONDS_UNTIL_KEPT)
    expect(page.get_by_role("region", name="Unsaved text")).to_have_count(0)


def test_leaving_a_changed_form_asks_and_another_account_is_offered_nothing(
    page: Page, live_server: Any, world: World
) -> None:
    asked: list[str] = []

    def leave(dialog: Dialog) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    path = f"{live_server.url}/weapons/{world.weapon.pk}/edit/"
    sign_in(page, live_server.url, "editor")
    page.goto(path)
    page.get_by_label("Notes").click()
    page.keyboard.type("A half sentence")
    page.wait_for_timeout(MILLISECONDS_UNTIL_KEPT)
    page.goto(path)
    expect(page.get_by_role("button", name="Restore it")).to_be_visible()
    page.context.clear_cookies()

    sign_in(page, live_server.url, "administrator")
    page.goto(path)
    page.wait_for_timeout(MILLISECONDS_UNTIL_KEPT)

    assert asked == ["beforeunload"]
    expect(page.get_by_role("button", name="Restore it")).to_have_count(0)
