"""From a weapon to its likely supply chains, and the review of a link, in a real browser."""

from typing import Any

from playwright.sync_api import Browser, Page, expect

from components.models import Link
from tests.browser.conftest import Enter, World


def test_weapon_leads_to_its_routes_and_they_to_their_links(
    page: Page, live_server: Any, world: World, faults: list[str]
) -> None:
    page.goto(f"{live_server.url}{world.weapon.get_absolute_url()}")
    page.get_by_role("link", name="All routes, with reasons").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Orlan-10 No. 1")
    for kind in ("flow", "arcs", "times"):
        expect(page.locator(f"[data-chart={kind}] svg")).to_be_visible()
    expect(page.get_by_role("row", name="Unknown").first).to_be_visible()
    page.get_by_role("table", name="Likely routes").first.get_by_role("row").nth(1).get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Links")
    expect(page.locator("table.records tbody tr")).to_have_count(1)
    assert faults == []


def test_other_lag_is_answered_beside_the_kept_answer(page: Page, live_server: Any, world: World, enter: Enter) -> None:
    enter(page.context, world.people["researcher"])
    page.goto(f"{live_server.url}/routes/of/component/{world.component.pk}/")
    page.get_by_label("Mean days from shipment to recovery").fill("100")
    page.get_by_role("button", name="Compute").click()

    expect(page.get_by_role("table", name="Both answers")).to_contain_text("Unknown")


def test_link_is_reviewed_from_the_queue_without_javascript(
    browser: Browser, live_server: Any, world: World, enter: Enter
) -> None:
    context = browser.new_context(java_script_enabled=False)
    enter(context, world.people["editor"])
    page = context.new_page()

    page.goto(f"{live_server.url}/links/review/")
    expect(page.locator("mark")).to_have_text("XC7Z020")
    page.get_by_label("Why").fill("The invoice says so.")
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("status")).to_contain_text("confirmed")
    expect(page.get_by_text("1 link waits")).to_be_visible()
    page.get_by_role("button", name="Reject").press("Enter")
    expect(page.get_by_text("No proposed link that you may see would change a route.")).to_be_visible()

    assert list(Link.objects.order_by("pk").values_list("state", flat=True)) == ["confirmed", "confirmed", "rejected"]
    context.close()
