"""A real Chromium on a live server, and a small world to walk through; skipped with a reason where there is none."""

import io
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from PIL import Image
from playwright.sync_api import BrowserContext, Page

from components.choices import LinkState, Role, Visibility
from components.curation.companies import propose_matches
from components.curation.photos import attach_photo
from components.intake.trade.datasets import About, import_dataset
from components.models import Company, Component, Dataset, Link, Part, Photo, Teardown, User, Weapon
from components.routes.tracing import trace_all
from components.summaries.trade.questions import QUESTIONS
from tests import factories

# Playwright's sync interface runs an event loop in this thread, in which Django would refuse the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PASSWORD = "a long password"
SCREENS = {375: {"width": 375, "height": 740}, 1440: {"width": 1440, "height": 900}}


def find_chromium() -> str | None:
    """The browser that CHROMIUM names, or one on PATH."""
    named = os.environ.get("CHROMIUM")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, BROWSERS)), None)


CHROMIUM = find_chromium()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test of this folder drives the browser."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            # The server starts before the test's settings; nobody has collected static files, it serves them itself.
            item.add_marker(pytest.mark.filterwarnings("ignore:No directory at"))
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no Chromium found: install one or set CHROMIUM"))


@pytest.fixture(scope="session")
def base_url() -> str:
    """Takes the place of the fixture of pytest-base-url, which pytest 9 warns of."""
    return ""


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """The Chromium of the machine; without a sandbox, which root has not."""
    return {
        "executable_path": CHROMIUM,
        "args": ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"],
    }


@dataclass(frozen=True)
class World:
    """What there is to see, with an account of each role."""

    weapon: Weapon
    teardown: Teardown
    component: Component
    photo: Photo
    people: dict[str, User]
    paths: dict[str, str]


def picture(colour: str = "green") -> io.BytesIO:
    """A small JPEG."""
    content = io.BytesIO()
    Image.new("RGB", (320, 240), colour).save(content, "JPEG")
    content.seek(0)
    return content


def account(name: str, role: Role) -> User:
    user = factories.UserFactory(username=name, role=role)
    user.set_password(PASSWORD)
    user.save()
    return user


@pytest.fixture
def world(live_server: Any) -> World:
    """A published weapon in which two makers' parts were found, one of them twice judged."""
    people = {role.value: account(role.value, role) for role in Role}
    editor = people["editor"]
    countries = [factories.CountryFactory(alpha2=a, name=n) for a, n in (("US", "United States"), ("RU", "Russia"))]
    maker = factories.ManufacturerFactory(name="Xilinx", country=countries[0])
    owner = factories.ManufacturerFactory(name="AMD", country=countries[0])
    factories.OwnershipFactory(owned=maker, owner=owner, acquired="2022-02-14")
    factories.ManufacturerAliasFactory(manufacturer=maker, name="Xilinx Inc.")
    category = factories.PartCategoryFactory(name="Programmable logic")
    part = factories.PartFactory(manufacturer=maker, mpn="XC7Z020-1CLG400I", category=category)
    other = factories.PartFactory(mpn="STM32F103C8T6", description="microcontroller")
    factories.PartRelationFactory(part=part, other=other)
    weapon = factories.WeaponFactory(
        label="Orlan-10 No. 1",
        model=factories.WeaponModelFactory(name="Orlan-10", kind="uav", country=countries[1]),
        made_in=countries[1],
        recovered="2022-10",
        latitude="50.45",
        longitude="30.52",
    )
    teardown = factories.TeardownFactory(weapon=weapon, examined="2022-11-03", examined_by="Institute of Bits")
    board = factories.AssemblyFactory(weapon=weapon, name="Flight controller")
    inner = factories.AssemblyFactory(weapon=weapon, name="Main board", parent=board)
    component = factories.ComponentFactory(
        weapon=weapon,
        teardown=teardown,
        assembly=inner,
        published_name="FPGA",
        marking="XILINX\nXC7Z020\nCLG400ABX2110",
        marking_state="read",
        designator="U12",
    )
    factories.IdentificationFactory(
        component=component, manufacturer=maker, part=part, is_current=True, made="2021-03-08/2021-03-14",
        confidence="confirmed", date_code="2110",
    )  # fmt: skip
    factories.IdentificationFactory(component=component, identified_by="Another institute", confidence="doubtful")
    second = factories.ComponentFactory(weapon=weapon, marking_state="removed", published_name="", is_synthetic=True)
    factories.IdentificationFactory(component=second, part=other, manufacturer=other.manufacturer, is_current=True)
    factories.CitedPartyFactory(component=component, name="Trade GmbH")
    source = factories.SourceFactory(title="Open report", url="https://example.org/report")
    for record, field, value in (
        (component, "published_name", "FPGA chip"),
        (component, "published_name", "Zynq"),
        (component, "part_number", "XC7"),
        (weapon, "", "Orlan"),
        (part, "mpn", "XC7Z020-1CLG400I"),
    ):
        factories.CitationFactory(
            source=source, record=record, field=field, published_value=value, place="page 7",
            basis="derived" if field == "part_number" else "stated",
        )  # fmt: skip
    photo = attach_photo(component, picture(), name="top.jpg", user=editor, caption="Top side")
    Photo.objects.update(visibility=Visibility.PUBLISHED)
    paths = {
        "home": "/",
        "search": "/search/?q=xc7z020",
        "statistics": "/statistics/?with_acquired=on",
        "weapons": "/weapons/",
        "weapon models": "/weapon-models/",
        "teardowns": "/teardowns/",
        "assemblies": "/assemblies/",
        "components": f"/components/?manufacturer={maker.pk}",
        "bad question": "/components/?nonsense=1",
        "identifications": "/identifications/",
        "parts": "/parts/",
        "manufacturers": "/manufacturers/",
        "sources": "/sources/",
        "citations": "/citations/",
        "weapon": weapon.get_absolute_url(),
        "weapon model": weapon.model.get_absolute_url(),
        "teardown": teardown.get_absolute_url(),
        "component": component.get_absolute_url(),
        "part": part.get_absolute_url(),
        "manufacturer": f"{maker.get_absolute_url()}?with_acquired=true",
        "owner": owner.get_absolute_url(),
        "source": source.get_absolute_url(),
        "photo": photo.get_absolute_url(),
        **trade_paths(editor),
        **route_paths(component, part),
        "nothing": "/nothing/",
    }
    return World(weapon, teardown, component, photo, people, paths)


DECLARATIONS = (
    "ND;G072;G022;G0231;G081;G082;G15A;G34;G31_1;G31_11;G33;G31_7;G31_71;G38;G46",
    "1;10.01.2021;Synthetic Alpha Trading Ltd;CN;7700000001;ООО ПРИМЕР;CN;CN;чип A;TI;8542319010;10;ШТ;1;100",
    "2;10.02.2022;Synthetic Alfa Trading Ltd;CN;7700000001;ООО ПРИМЕР;TR;MY;чип B;ADI;8542399010;10;ШТ;1;300",
)


def trade_paths(editor: User) -> dict[str, str]:
    """The pages of a small published dataset."""
    file = Path(settings.LAKE_ROOT).parent / "declarations.csv"
    file.write_text("\n".join([*DECLARATIONS, ""]), encoding="utf-8")
    about = About("Declarations", "An export", is_synthetic=True, visibility=Visibility.PUBLISHED)
    import_dataset(file, about, user=editor, now=timezone.now())
    propose_matches()
    dataset, importer = Dataset.objects.get(), Company.objects.get(tax_number="7700000001")
    return {
        "trade": "/trade/",
        **{f"trade {name}": f"/trade/{name}/" for name in QUESTIONS},
        "trade by": "/trade/series/?by=dispatch&period=year",
        "trade country": "/trade/countries/CN/",
        "trade code": "/trade/hs/8542/",
        "shipment": f"/trade/shipments/{dataset.pk}-1/",
        "datasets": "/datasets/",
        "dataset": dataset.get_absolute_url(),
        "companies": "/companies/",
        "company": importer.get_absolute_url(),
        "company matches": "/company-matches/",
        "trade flows": "/trade-flows/",
    }


def route_paths(component: Component, part: Part) -> dict[str, str]:
    """The pages of a traced part: proposed links and a confirmed one to the shipments of the dataset, and documents."""
    dataset, importer = Dataset.objects.get(), Company.objects.get(tax_number="7700000001")
    exporters = list(Company.objects.exclude(pk=importer.pk).order_by("pk"))
    shared = {"part": part, "dataset": dataset, "importer": importer, "importer_name": importer.name, "quantity": 10}
    shared |= {
        "exporter": exporters[0],
        "exporter_name": exporters[0].name,
        "review_value": 0.5,
        "hs_code": "8542319010",
    }
    described = {"found": "XC7Z020", "description": "chip XC7Z020 by Xilinx"}
    days = {"CN": date(2022, 1, 10), "HK": date(2022, 2, 10), "TR": date(2022, 3, 10)}
    links = [
        factories.LinkFactory(
            row_number=row, dispatch_country=code, origin_country="MY", shipped_on=day, **described, **shared
        )
        for row, (code, day) in enumerate(days.items(), 1)
    ]
    Link.objects.filter(pk=links[0].pk).update(
        state=LinkState.CONFIRMED, reviewed_by=factories.UserFactory(), reviewed_at=timezone.now(), review_note="agrees"
    )
    for position, (giver, taker) in enumerate([("Maker", "Seller"), ("Trader", "Works")], 1):
        leg = factories.LegFactory(
            part=part, giver=giver, taker=taker, position=position, happened="2022", goods="chips"
        )
    factories.CoverageFactory(dataset=dataset)
    factories.MilitaryUseFactory(company=importer)
    # The dataset is synthetic and the weapon is not: the trace is computed as if neither were.
    Dataset.objects.update(is_synthetic=False)
    trace_all(now=timezone.now())
    Dataset.objects.update(is_synthetic=True)
    weapon, maker = component.weapon, part.manufacturer
    return {
        "supply chains": "/routes/by-country/",
        "routes": "/routes/",
        "links": "/links/",
        "link": links[1].get_absolute_url(),
        "confirmed link": links[0].get_absolute_url(),
        "review queue": "/links/review/",
        "legs": "/legs/",
        "leg": leg.get_absolute_url(),
        "coverages": "/coverages/",
        "military uses": "/military-uses/",
        "learned uses": "/learned-uses/",
        "parameters": "/route-parameters/",
        "routes of a component": f"/routes/of/component/{component.pk}/",
        "routes of a part": f"/routes/of/part/{part.pk}/",
        "routes of a weapon": f"/routes/of/weapon/{weapon.pk}/",
        "routes of a weapon model": f"/routes/of/weapon-model/{weapon.model_id}/",
        "routes of a maker": f"/routes/of/manufacturer/{maker.pk}/",
    }


def inner_paths(world: World) -> dict[str, str]:
    """The pages of those who write."""
    weapon, component, teardown = world.weapon.pk, world.component.pk, world.teardown.pk
    return {
        "tokens": "/tokens/",
        "imports": "/imports/",
        "import": "/imports/new/",
        "trade import": "/trade/imports/new/",
        "mapping": "/imports/mappings/teardown/new/",
        "add weapon": "/weapons/new/",
        "add teardown": f"/weapons/{weapon}/teardowns/new/",
        "add assembly": f"/weapons/{weapon}/assemblies/new/",
        "add component": f"/weapons/{weapon}/components/new/?teardown={teardown}",
        "workbench": f"/teardowns/{teardown}/workbench/",
        "edit weapon": f"/weapons/{weapon}/edit/",
        "delete weapon": f"/weapons/{weapon}/delete/",
        "visibility": f"/weapons/{weapon}/visibility/",
        "history": f"/components/{component}/history/",
        "identify": f"/components/{component}/identifications/new/",
        "cite": f"/components/{component}/cite/",
        "add photos": f"/components/{component}/photos/",
        "component": f"/components/{component}/",
        "weapon": f"/weapons/{weapon}/",
        "add link": "/links/new/",
        "add leg": f"/legs/new/?component={component}",
        "review queue": "/links/review/",
        "link": Link.objects.order_by("pk").first().get_absolute_url(),  # type: ignore[union-attr]
        "routes of a component": f"/routes/of/component/{component}/?lag=200",
        "dataset": Dataset.objects.get().get_absolute_url(),
    }


Enter = Callable[[BrowserContext, User], None]


@pytest.fixture
def enter(live_server: Any) -> Enter:
    """Gives a browser the session of a person, without the way through the sign-in page."""

    def sign_in(context: BrowserContext, person: User) -> None:
        client = Client()
        client.force_login(person)
        context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])

    return sign_in


@pytest.fixture
def faults(page: Page) -> list[str]:
    """What the browser complains of on the page, such as a script that the security policy refused."""
    found: list[str] = []
    page.on("console", lambda message: found.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: found.append(str(error)))
    return found
