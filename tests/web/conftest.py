"""People at their browsers, and a small world to look at."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from components.choices import Visibility
from components.models import (
    Citation,
    Component,
    Identification,
    Manufacturer,
    Part,
    Source,
    Teardown,
    User,
    Weapon,
)
from tests import factories

Browse = Callable[[Any], Client]


@pytest.fixture(autouse=True)
def quick_hashes(settings: Any) -> None:
    """Real hashes take a third of a second each."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def browse(db: None) -> Browse:
    """A browser of the given person, signed in unless that is a visitor."""

    def client(person: Any) -> Client:
        browser = Client()
        if person.is_authenticated:
            browser.force_login(person)
        return browser

    return client


@dataclass(frozen=True)
class World:
    """A published weapon and a secret one, each with a component of the same part."""

    weapon: Weapon
    component: Component
    identification: Identification
    maker: Manufacturer
    part: Part
    source: Source
    teardown: Teardown
    secret_weapon: Weapon
    secret_component: Component
    secret_source: Source
    citation: Citation


@pytest.fixture
def world(researcher: User) -> World:
    """The secret half is a draft of `researcher`; its words begin with “secret”."""
    maker = factories.ManufacturerFactory(
        name="Xilinx", country=factories.CountryFactory(alpha2="US", name="United States")
    )
    part = factories.PartFactory(manufacturer=maker, mpn="XC7Z020-1CLG400I")
    russia = factories.CountryFactory(alpha2="RU", name="Russia")
    model = factories.WeaponModelFactory(name="Orlan-10")
    weapon = factories.WeaponFactory(
        label="Orlan-10 No. 1",
        model=model,
        made_in=russia,
        recovered="2022-10",
        latitude="50.123456",
        longitude="30.654321",
    )
    teardown = factories.TeardownFactory(weapon=weapon, examined_by="Institute of Bits", examined="2022-11-03")
    component = factories.ComponentFactory(
        weapon=weapon, teardown=teardown, published_name="FPGA", marking="XC7Z020\nCLG400", marking_state="read"
    )
    identification = factories.IdentificationFactory(
        component=component, manufacturer=maker, part=part, is_current=True, made="2021-03", confidence="probable"
    )
    source = factories.SourceFactory(title="Open report")
    secret = {"visibility": Visibility.DRAFT, "created_by": researcher}
    secret_weapon = factories.WeaponFactory(label="secret weapon", model=model, made_in=russia, **secret)
    secret_component = factories.ComponentFactory(weapon=secret_weapon, published_name="secret chip", **secret)
    factories.IdentificationFactory(
        component=secret_component,
        manufacturer=maker,
        part=part,
        is_current=True,
        identified_by="secret judge",
        **secret,
    )
    secret_source = factories.SourceFactory(title="secret report", **secret)
    citation = factories.CitationFactory(
        source=source, record=component, field="published_name", published_value="FPGA chip", place="page 7"
    )
    factories.CitationFactory(source=secret_source, record=component, field="marking", published_value="secret marking")
    return World(
        weapon, component, identification, maker, part, source, teardown,
        secret_weapon, secret_component, secret_source, citation,
    )  # fmt: skip


@pytest.fixture
def stranger(db: None) -> User:
    """An account that is no researcher."""
    return factories.UserFactory(username="stranger", role="visitor")
