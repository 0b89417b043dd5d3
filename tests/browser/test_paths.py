"""The main paths, walked in a real browser."""

from pathlib import Path
from typing import Any

from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from components.models import Weapon
from tests.browser.conftest import PASSWORD, SCREENS, Enter, World, picture

SAMPLES = Path(settings.FIXTURES_ROOT) / "samples"


def sign_in(page: Page, address: str, name: str) -> None:
    """Through the page."""
    page.goto(f"{address}/sign-in/")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def test_teardown_is_logged_published_and_read(page: Page, browser: Browser, live_server: Any, world: World) -> None:
    sign_in(page, live_server.url, "researcher")
    page.goto(f"{live_server.url}/weapons/")
    page.get_by_role("link", name="Add").click()
    page.get_by_label("Label").fill("Lancet No. 4")
    page.get_by_label("… or a model that is not listed").fill("Lancet-3")
    page.get_by_role("button", name="Save and log a teardown").click()
    page.get_by_label("Examined by").fill("Institute of Bits")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Lancet No. 4")

    page.get_by_role("link", name="Add an assembly").click()
    page.get_by_label("Name").fill("Main board")
    page.get_by_role("button", name="Save").click()

    page.get_by_role("link", name="Add a component").first.click()
    page.get_by_role("textbox", name="Marking").fill("XC7Z020\nCLG400")
    page.get_by_label("Marking state").select_option("read")
    page.get_by_role("combobox", name="Manufacturer").fill("xil")
    expect(page.locator("#known-makers option").first).to_have_attribute("value", "Xilinx")
    page.get_by_role("combobox", name="Manufacturer").fill("Xilinx")
    page.get_by_label("Part number").fill("XC7Z020 1CLG400I")
    page.get_by_label("… or the title of a source").fill("Lab book 3")
    page.get_by_role("button", name="Save and finish").click()
    expect(page.get_by_role("status")).to_contain_text("was added")
    expect(page.get_by_role("link", name="XC7Z020-1CLG400I")).to_be_visible()

    page.get_by_role("link", name="Add photos").first.click()
    files = [{"name": "top.jpg", "mimeType": "image/jpeg", "buffer": picture().read()}]
    page.get_by_label("Files").set_input_files(files)  # type: ignore[arg-type]
    page.get_by_label("Caption").fill("Opened")
    page.get_by_role("button", name="Add the photos").click()
    weapon = Weapon.objects.get(label="Lancet No. 4")
    expect(page.get_by_alt_text("Opened")).to_be_visible()

    visitor = browser.new_context()
    reader = visitor.new_page()
    assert reader.goto(f"{live_server.url}/weapons/{weapon.pk}/").status == 404  # type: ignore[union-attr]

    page.get_by_text("researcher").first.click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()  # what was kept is forgotten first
    sign_in(page, live_server.url, "editor")
    page.goto(f"{live_server.url}/weapons/{weapon.pk}/")
    page.get_by_role("link", name="Who may see it").click()
    page.get_by_label("Published").check()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("is published")

    reader.goto(f"{live_server.url}/weapons/{weapon.pk}/")
    expect(reader.get_by_role("heading", level=1)).to_have_text("Lancet No. 4")
    expect(reader.get_by_alt_text("Opened")).to_be_visible()
    assert reader.get_by_alt_text("Opened").evaluate("image => image.naturalWidth") > 0
    reader.get_by_role("table").get_by_role("link").first.click()
    expect(reader.get_by_label("Marking as read")).to_have_text("XC7Z020\nCLG400")
    reader.get_by_label("Source 1: Lab book 3").first.click()
    expect(reader.get_by_role("link", name="Lab book 3").first).to_be_visible()
    visitor.close()


def test_bad_file_is_refused_and_the_good_one_imported(
    page: Page, live_server: Any, world: World, enter: Enter
) -> None:
    enter(page.context, world.people["researcher"])
    page.goto(f"{live_server.url}/imports/")
    page.get_by_role("link", name="Add").click()
    page.locator("#id_file").set_input_files(SAMPLES / "teardown_faulty.csv")
    page.get_by_role("button", name="Check the file").click()

    expect(page.get_by_role("heading", name="What is wrong")).to_be_visible()
    expect(page.get_by_role("button", name="Import the file")).to_have_count(0)

    page.goto(f"{live_server.url}/imports/new/")
    page.locator("#id_file").set_input_files(SAMPLES / "teardown.csv")
    page.get_by_role("button", name="Check the file").click()
    expect(page.get_by_text("Nothing was written yet")).to_be_visible()
    weapons = Weapon.objects.count()
    page.get_by_role("button", name="Import the file").click()
    expect(page.get_by_role("status")).to_contain_text("The file was imported")
    assert Weapon.objects.count() > weapons


def test_search_finds_a_part_whatever_its_separators(page: Page, live_server: Any, world: World) -> None:
    page.goto(live_server.url)
    page.get_by_label("Search everything").fill("xc7z020 1clg")
    page.get_by_label("Search everything").press("Enter")

    page.get_by_role("link", name="XC7Z020-1CLG400I").first.click()

    expect(page.get_by_role("heading", level=1)).to_have_text("XC7Z020-1CLG400I")


def test_facets_and_filters_narrow_a_list(page: Page, live_server: Any, world: World) -> None:
    page.goto(f"{live_server.url}/components/")
    rows = page.locator("table.records tbody tr")
    expect(rows).to_have_count(2)

    page.get_by_role("complementary").get_by_role("link", name="Xilinx").click()
    expect(rows).to_have_count(1)
    page.get_by_label("Words").fill("nothing like it")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_text("Nothing matches.")).to_be_visible()
    assert "made__from" not in page.url  # fields left empty stay out of the address
    page.get_by_role("list", name="Filters in force").get_by_role("link").last.click()
    expect(page.locator("table.records tbody tr")).to_have_count(1)


def test_record_is_put_back_from_its_history(page: Page, live_server: Any, world: World, enter: Enter) -> None:
    enter(page.context, world.people["editor"])
    page.goto(f"{live_server.url}/components/{world.component.pk}/edit/")
    page.get_by_label("Published name").fill("Wrong name")
    page.get_by_label("Why").fill("to be put back")
    page.get_by_role("button", name="Save the change").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Wrong name")

    page.get_by_role("link", name="History").first.click()
    expect(page.get_by_text("to be put back")).to_be_visible()
    page.get_by_role("button", name="Put back to this version").first.click()

    expect(page.get_by_role("heading", level=1)).to_have_text("FPGA")


def test_colours_are_switched_and_stay(page: Page, live_server: Any, world: World) -> None:
    page.goto(live_server.url)
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    switch = page.locator("[data-theme-switch]")
    switch.click()
    switch.click()

    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    page.goto(f"{live_server.url}/components/")
    expect(page.locator("html")).to_have_attribute("data-bs-theme", "dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light


def test_charts_are_drawn_and_their_bars_open_the_rows(
    page: Page, live_server: Any, world: World, faults: list[str]
) -> None:
    page.goto(live_server.url)
    chart = page.locator("[data-chart=by-manufacturer]")

    expect(chart.locator("svg")).to_be_visible()
    expect(chart).to_contain_text("Xilinx")
    page.locator("figure", has=chart).get_by_text("Figures").click()
    page.locator("figure", has=chart).get_by_role("link", name="Xilinx").click()
    expect(page.locator("table.records tbody tr")).to_have_count(1)
    assert faults == []


def test_menu_opens_on_a_phone(page: Page, live_server: Any, world: World) -> None:
    page.set_viewport_size(SCREENS[375])  # type: ignore[arg-type]
    page.goto(live_server.url)
    navigation = page.get_by_role("navigation", name="Main")
    expect(navigation).not_to_be_visible()

    page.locator(".menu-toggle summary").click()
    navigation.get_by_role("link", name="Components").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Components")
