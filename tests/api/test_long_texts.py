"""Texts that nobody could read in a list are refused, and long ones shown in part."""

import pytest
from django.test import Client

from components.intake.schema import text
from components.models import Manufacturer, Part, User
from components.models.curated import LONGEST_TEXT
from tests.api.conftest import Ask
from tests.factories import ManufacturerFactory, PartFactory


def test_text_that_is_too_long_is_refused_by_api_form_and_import(editor: User, ask: Ask) -> None:
    too_long = "x" * (LONGEST_TEXT + 1)
    browser = Client()
    browser.force_login(editor)

    sent = ask(editor).post("/api/v1/manufacturers/", {"name": "Xilinx", "notes": too_long}, "application/json")
    typed = browser.post("/manufacturers/new/", {"name": "Xilinx", "notes": too_long})

    assert (sent.status_code, sent.json()["errors"][0]["field"]) == (400, "notes")
    assert "20,001 characters; at most 20,000" in sent.json()["detail"]
    assert b"20,001 characters; at most 20,000" in typed.content
    assert Manufacturer.objects.count() == 0
    with pytest.raises(ValueError, match="expected at most 20,000"):
        text()(too_long)
    assert (
        ask(editor)
        .post("/api/v1/manufacturers/", {"name": "Xilinx", "notes": too_long[1:]}, "application/json")
        .status_code
        == 201
    )


def test_list_page_shows_the_beginning_of_a_long_text(db: None) -> None:
    PartFactory(description="begin " + "word " * 500 + "finish")

    shown = Client().get("/parts/").content.decode()

    assert "begin" in shown
    assert "finish" not in shown
    assert "finish" in Client().get(Part.objects.get().get_absolute_url()).content.decode()


def test_page_of_a_maker_shows_fifty_parts_and_leads_to_all(db: None) -> None:
    maker = ManufacturerFactory()
    PartFactory.create_batch(51, manufacturer=maker)

    shown = Client().get(maker.get_absolute_url()).content.decode()

    assert "Show all 51" in shown
    assert f"/parts/?manufacturer={maker.pk}" in shown
    assert sum(f">{part.mpn}<" in shown for part in Part.objects.all()) == 50


def test_second_page_has_the_rest_of_a_list_in_its_order(db: None) -> None:
    PartFactory.create_batch(53)
    ordered = [str(part.mpn) for part in Part.objects.all()]

    rows = Client().get("/parts/?page=2").context["rows"]

    assert [row["cells"][0]["text"] for row in rows] == ordered[50:]
