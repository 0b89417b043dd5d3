"""Links under review: whose word counts, what it teaches, and that it can be taken back."""

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from components.choices import LinkBasis, LinkState
from components.curation.links import check_link, review_link, verdicts
from components.models import Link, User
from tests.factories import LinkFactory, ManufacturerFactory, PartFactory, SourceFactory

NOW = timezone.now()
pytestmark = pytest.mark.django_db


def test_review_says_who_when_why_and_keeps_a_history(editor: User) -> None:
    link = LinkFactory()

    review_link(link, state=LinkState.CONFIRMED, user=editor, now=NOW, why="invoice seen")

    link.refresh_from_db()
    assert (link.state, link.reviewed_by, link.reviewed_at, link.review_note) == (
        "confirmed",
        editor,
        NOW,
        "invoice seen",
    )
    version = link.history.first()
    assert (version.history_user, version.history_change_reason) == (editor, "invoice seen")


def test_review_can_be_taken_back(editor: User) -> None:
    link = review_link(LinkFactory(), state=LinkState.REJECTED, user=editor, now=NOW, why="a board")

    review_link(link, state=LinkState.PROPOSED, user=editor, now=NOW, why="it was the chip after all")

    link.refresh_from_db()
    assert (link.state, link.reviewed_by, link.reviewed_at, link.review_note) == ("proposed", None, None, "")


def test_review_is_for_editors(colleague: User) -> None:
    link = LinkFactory()

    with pytest.raises(PermissionDenied):
        review_link(link, state=LinkState.CONFIRMED, user=colleague, now=NOW)

    assert Link.objects.get().state == "proposed"


def test_review_knows_its_words(editor: User) -> None:
    with pytest.raises(ValidationError) as refusal:
        review_link(LinkFactory(), state="maybe", user=editor, now=NOW)

    assert refusal.value.message_dict == {
        "state": ["Expected one of proposed, confirmed, rejected, undecided."],
    }


def test_verdicts_count_what_rules_found_and_nothing_else(editor: User) -> None:
    for state in (LinkState.CONFIRMED, LinkState.CONFIRMED, LinkState.REJECTED, LinkState.UNDECIDED):
        review_link(LinkFactory(grade="base", evidence="none"), state=state, user=editor, now=NOW)
    by_document = LinkFactory(basis=LinkBasis.DOCUMENT, dataset=None, row_number=None, source=SourceFactory())
    review_link(by_document, state=LinkState.CONFIRMED, user=editor, now=NOW)
    LinkFactory()

    assert verdicts(Link.objects.all()) == {("base", "none"): (2, 1)}


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({}, {"manufacturer": ["Name a part or at least a manufacturer."]}),
        ({"manufacturer": "other"}, {"manufacturer": ["P1 is made by Maker, not by Other."]}),
        ({"part": "part"}, {"source": ["Name the document that states it."]}),
    ],
)
def test_document_link_names_part_maker_and_source(values: dict[str, Any], problem: dict[str, list[str]]) -> None:
    maker, other = ManufacturerFactory(name="Maker"), ManufacturerFactory(name="Other")
    rows = {"other": other, "part": PartFactory(manufacturer=maker, mpn="P1")}
    given = {name: rows[value] for name, value in values.items()}
    if "manufacturer" in given:
        given["part"] = rows["part"]

    with pytest.raises(ValidationError) as refusal:
        check_link(Link(**given))

    assert refusal.value.message_dict == problem


def test_document_link_takes_the_maker_from_the_part() -> None:
    part = PartFactory()
    link = Link(part=part, source=SourceFactory())

    check_link(link)

    assert link.manufacturer == part.manufacturer
