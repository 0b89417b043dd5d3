"""A passkey is added and opens the account; the pages fit a phone."""

from typing import Any

from playwright.sync_api import Browser, expect

from tests.browser.conftest import PASSWORD, SCREENS, World

KEY = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
PAGES = (
    "/account/", "/account/two-factor/", "/account/two-factor/webauthn/", "/account/two-factor/recovery-codes/",
    "/account/two-factor/recovery-codes/generate/", "/account/password/", "/account/sessions/", "/account/invitations/",
    "/account/two-factor/totp/activate/", "/account/two-factor/webauthn/add/", "/account/reauthenticate/",
)  # fmt: skip


def test_passkey_is_added_and_opens_the_account(browser: Browser, live_server: Any, world: World) -> None:
    home = live_server.url.replace("127.0.0.1", "localhost")  # an address can have no passkey
    context = browser.new_context(viewport=SCREENS[1440])
    page = context.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    device.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})
    page.goto(f"{home}/sign-in/?next=/account/two-factor/webauthn/add/")
    page.get_by_label("Username").fill("editor")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.wait_for_url("**/webauthn/add/")
    page.get_by_label("Name").fill("This laptop")
    page.get_by_label("Passwordless").check()
    page.get_by_role("button", name="Add").click()
    page.wait_for_url("**/recovery-codes/")
    too_wide = []
    for width in SCREENS:
        page.set_viewport_size(SCREENS[width])
        for path in PAGES:
            page.goto(f"{home}{path}")
            if page.evaluate("document.documentElement.scrollWidth") > width:
                too_wide.append((path, width))
    page.goto(f"{home}/account/")
    page.locator("summary", has_text="editor").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()  # what was kept is forgotten first
    page.goto(f"{home}/sign-in/?next=/tokens/")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page.get_by_role("heading", name="API tokens", exact=True)).to_be_visible()

    assert (too_wide, problems) == ([], [])
    context.close()
