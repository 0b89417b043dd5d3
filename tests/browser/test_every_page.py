"""Every page: without JavaScript, on a phone, in both colours, and by the rules of WCAG 2.2 AA as axe can test them."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import SCREENS, Enter, World, inner_paths

AXE = Path(settings.BASE_DIR) / "node_modules" / "axe-core" / "axe.min.js"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN_AXE = "rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})"
CONTRAST = ["color-contrast"]
RUN_ONE = "rules => axe.run(document, {runOnly: {type: 'rule', values: rules}})"
ALL_DRAWN = "!document.querySelector('[data-chart]:not([data-drawn])')"
TOO_WIDE = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


def walk(world: World, role: str) -> dict[str, str]:
    """The pages of a visitor, or those beyond them that an editor has."""
    return world.paths if role == "visitor" else inner_paths(world)


@pytest.mark.parametrize("role", ["visitor", "editor"])
def test_page_is_complete_without_javascript(
    browser: Browser, live_server: Any, world: World, enter: Enter, role: str
) -> None:
    context = browser.new_context(java_script_enabled=False)
    enter(context, world.people[role])
    page = context.new_page()
    problems = []

    for name, path in walk(world, role).items():
        answer = page.goto(f"{live_server.url}{path}")
        expected = {"bad question": 400, "nothing": 404}.get(name, 200)
        if answer is None or answer.status != expected or page.locator("h1:visible").count() != 1:
            problems.append(name)
        for figure in page.locator("figure.plot").all():
            if not figure.locator("table.figures").is_visible():
                problems.append(f"{name}: figures of a chart")

    context.close()
    assert problems == []


def test_list_is_filtered_and_a_form_sent_without_javascript(
    browser: Browser, live_server: Any, world: World, enter: Enter
) -> None:
    context = browser.new_context(java_script_enabled=False)
    enter(context, world.people["editor"])
    page = context.new_page()

    page.goto(f"{live_server.url}/components/")
    page.get_by_label("Part number").fill("xc7z")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("table.records tbody tr")).to_have_count(1)
    page.goto(f"{live_server.url}/weapons/{world.weapon.pk}/edit/")
    page.get_by_label("Serial number").fill("A-77")
    page.get_by_role("button", name="Save the change").click()
    expect(page.get_by_text("A-77")).to_be_visible()

    context.close()


@pytest.mark.parametrize("role", ["visitor", "editor"])
# Colours do not depend on the width, but a phone hides some of what has them: three of the four are enough. In the
# dark nothing but the colours is another: its contrast alone is tested.
@pytest.mark.parametrize(("width", "theme"), [(375, "light"), (1440, "light"), (1440, "dark")])
def test_page_fits_and_breaks_no_rule_of_accessibility(
    browser: Browser, live_server: Any, world: World, enter: Enter, role: str, width: int, theme: str
) -> None:
    if not AXE.is_file():
        pytest.skip("axe-core is not installed: run ./dev setup")
    # axe is put into the page, which its security policy would refuse; test_paths.py watches over the policy.
    context = browser.new_context(viewport=SCREENS[width], color_scheme=theme, bypass_csp=True)  # type: ignore[arg-type]
    enter(context, world.people[role])
    page = context.new_page()
    problems = []

    for name, path in walk(world, role).items():
        page.goto(f"{live_server.url}{path}")
        page.wait_for_function(ALL_DRAWN)
        if page.evaluate(TOO_WIDE) > 0:
            problems.append(f"{name}: wider than the screen")
        problems += [f"{name}: {violation}" for violation in violations(page, theme)]

    context.close()
    assert problems == []


def violations(page: Page, theme: str) -> list[str]:
    """What axe finds, with the elements concerned."""
    page.add_script_tag(path=AXE)
    found = page.evaluate(*((RUN_AXE, RULES) if theme == "light" else (RUN_ONE, CONTRAST)))["violations"]
    return [f"{each['id']} {[node['target'] for node in each['nodes']][:3]}" for each in found]
