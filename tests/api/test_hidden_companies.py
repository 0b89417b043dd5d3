"""A company that a dataset names which was hidden since: told to nobody who may not see that, and no row lost."""

from pathlib import Path

import pytest
from django.test import Client
from django.utils import timezone

from components.choices import LinkState, Visibility
from components.curation.companies import merge_companies
from components.curation.visibility import set_visibility
from components.intake.trade.datasets import import_dataset
from components.intake.undo import undo_batch
from components.models import Company, Dataset, DeclaredParty, ImportBatch, LinkBuild, User
from components.models.curated import stamp
from tests.api.conftest import Ask
from tests.api.test_trade import HEADER, LINES, answer
from tests.factories import CompanyFactory, LegFactory, LinkFactory
from tests.intake.trade.test_datasets import about, written

pytestmark = pytest.mark.django_db
NUMBER, BARE_NAME = "7700000001", "Пример, ООО"
BARE = LINES[1].replace(f"{NUMBER};ООО ПРИМЕР", f";{BARE_NAME}")


def imported(folder: Path, title: str, line: str, editor: User, visibility: str = Visibility.PUBLISHED) -> Dataset:
    """A dataset of one shipment, of a source of its own."""
    file = written(folder, line, header=HEADER).rename(folder / f"{title}.csv")
    given = about(title=title, source_title=title, visibility=visibility)
    import_dataset(file, given, user=editor, now=timezone.now())
    return Dataset.objects.get(title=title)


@pytest.fixture
def numbered(tmp_path: Path, editor: User) -> Dataset:
    """Names an importer with its tax number."""
    return imported(tmp_path, "Numbered", LINES[0], editor)


@pytest.fixture
def bare(tmp_path: Path, editor: User, numbered: Dataset) -> Dataset:
    """Names the same importer without: it was taken for the company while both were published."""
    found = imported(tmp_path, "Bare", BARE, editor)
    assert DeclaredParty.objects.get(dataset=found, name=BARE_NAME).resolved_by == "normalised name"
    return found


def company(of: Dataset) -> Company:
    """The company of the bare name."""
    return DeclaredParty.objects.get(dataset=of, name=BARE_NAME).company


def hide(dataset: Dataset, editor: User, how: str = "hide") -> None:
    if how == "undo":
        undo_batch(ImportBatch.objects.get(pk=dataset.import_batch_id), user=editor, now=timezone.now())
    else:
        set_visibility(dataset, to=Visibility.RESTRICTED, user=editor)


@pytest.mark.parametrize("how", ["hide", "undo"])
def test_name_stands_for_itself_when_the_dataset_that_told_its_company_goes(
    how: str, numbered: Dataset, bare: Dataset, client: Client, editor: User, ask: Ask
) -> None:
    told = company(bare)
    before = [(row["group0_name"], row["shipments"]) for row in answer(client, "top", by="importer")["results"]]
    assert before == [("ООО ПРИМЕР", 2)]

    hide(numbered, editor, how)

    for path in ("companies/", "declared-parties/", "trade/top/?by=importer", "trade/shipments/"):
        assert NUMBER not in client.get(f"/api/v1/{path}").content.decode(), path
    for path in ("/trade/top/?by=importer", "/trade/shipments/", "/declared-parties/", "/companies/"):
        assert NUMBER not in client.get(path).content.decode(), path
    assert client.get(told.get_absolute_url()).status_code == 404
    assert client.get(f"/api/v1/declared-parties/?company={told.pk}").status_code == 400
    own = company(bare)
    assert (own.name, own.tax_number, own == told) == (BARE_NAME, "", False)
    for person in (client, ask(editor)):
        assert answer(person, "totals", importer=own.pk)["results"][0]["shipments"] == 1
        rows = [row for row in answer(person, "top", by="importer")["results"] if row["group0_name"] == BARE_NAME]
        assert [(row["shipments"], bool(row["rows"])) for row in rows] == [(1, True)]


def test_links_follow_the_name_reviewed_ones_too(numbered: Dataset, bare: Dataset, editor: User) -> None:
    """What a person said of a link stays, and its history says why its importer is another."""
    told = company(bare)
    proposed = LinkFactory(dataset=bare, row_number=1, importer=told, importer_name=BARE_NAME)
    kept = LinkFactory(
        dataset=bare,
        row_number=2,
        importer=told,
        importer_name=BARE_NAME,
        state=LinkState.CONFIRMED,
        reviewed_by=editor,
        reviewed_at=timezone.now(),
    )
    other = LinkFactory(dataset=numbered, row_number=1, importer=told, importer_name="ООО ПРИМЕР")

    hide(numbered, editor)

    for link in (proposed, kept, other):
        link.refresh_from_db()
    assert (proposed.importer, kept.importer, other.importer) == (company(bare), company(bare), told)
    assert kept.state == LinkState.CONFIRMED
    assert kept.history.first().history_change_reason == "its name was resolved anew"


def test_the_same_name_imported_later_is_the_same_company(
    numbered: Dataset, bare: Dataset, editor: User, ask: Ask, researcher: User, tmp_path: Path
) -> None:
    hide(numbered, editor)

    third = imported(tmp_path, "Third", BARE.replace("2;1;10.02.2022", "9;1;12.02.2022"), editor)

    assert company(third) == company(bare)
    assert answer(ask(researcher), "totals", importer=company(bare).pk)["results"][0]["shipments"] == 2


def test_name_within_a_dataset_that_tells_the_company_itself_stays(tmp_path: Path, editor: User) -> None:
    both = "\n".join([LINES[2], BARE])
    alone = imported(tmp_path, "Both", both, editor)
    other = imported(tmp_path, "Other", LINES[0], editor)
    told = company(alone)

    hide(other, editor)

    assert (company(alone), told.tax_number) == (told, NUMBER)


def test_company_is_called_as_a_published_dataset_calls_it(
    client: Client, editor: User, researcher: User, tmp_path: Path
) -> None:
    draft = imported(tmp_path, "Draft", LINES[0].replace("ООО ПРИМЕР", "СЕКРЕТНОЕ ПРОЗВИЩЕ"), editor, Visibility.DRAFT)

    imported(tmp_path, "Shown", LINES[1], editor)

    told = Company.objects.get(tax_number=NUMBER)
    assert told.name == "ООО ПРИМЕР"
    for path in ("companies/", "companies/?q=СЕКРЕТНОЕ", "declared-parties/", "trade/top/?by=importer"):
        answered = client.get(f"/api/v1/{path}").content.decode()
        assert "ПРОЗВИЩЕ" not in answered, path
        assert "tax number" not in answered, path  # who else knows the number
    client.force_login(researcher)
    assert client.get(f"{told.get_absolute_url()}history/").status_code == 403  # the draft's name and file stand there
    page = client.get(told.get_absolute_url()).content.decode()
    assert [word for word in ("history/", "Draft", "ПРОЗВИЩЕ") if word in page] == []
    assert draft.parties.get(company=told).name == "СЕКРЕТНОЕ ПРОЗВИЩЕ"


def test_company_is_called_otherwise_when_what_names_it_so_is_published(editor: User, tmp_path: Path) -> None:
    imported(tmp_path, "Draft", LINES[0].replace("ООО ПРИМЕР", "ПРОЗВИЩЕ"), editor, Visibility.DRAFT)
    later = imported(tmp_path, "Later", LINES[1], editor, Visibility.DRAFT)
    told = Company.objects.get(tax_number=NUMBER)
    assert told.name == "ПРОЗВИЩЕ"

    set_visibility(later.source, to=Visibility.PUBLISHED, user=editor, with_contents=True)

    told.refresh_from_db()
    assert told.name == "ООО ПРИМЕР"


def test_company_is_not_called_as_a_dataset_that_was_taken_back(editor: User, tmp_path: Path) -> None:
    draft = imported(tmp_path, "Draft", LINES[0].replace("ООО ПРИМЕР", "ПРОЗВИЩЕ"), editor, Visibility.DRAFT)
    hide(draft, editor, "undo")

    imported(tmp_path, "Shown", LINES[1], editor)

    assert Company.objects.get(tax_number=NUMBER).name == "ООО ПРИМЕР"


def test_company_is_called_as_what_is_left_calls_it(editor: User, tmp_path: Path) -> None:
    first = imported(tmp_path, "First", LINES[0].replace("ООО ПРИМЕР", "ПРОЗВИЩЕ"), editor)
    imported(tmp_path, "Second", LINES[1], editor)
    assert Company.objects.get(tax_number=NUMBER).name == "ПРОЗВИЩЕ"

    hide(first, editor)

    assert Company.objects.get(tax_number=NUMBER).name == "ООО ПРИМЕР"


def test_company_is_called_as_a_restricted_dataset_calls_it_not_as_a_draft(editor: User, tmp_path: Path) -> None:
    imported(tmp_path, "Draft", LINES[0].replace("ООО ПРИМЕР", "ПРОЗВИЩЕ"), editor, Visibility.DRAFT)
    imported(tmp_path, "Inside", LINES[1], editor, Visibility.RESTRICTED)

    assert Company.objects.get(tax_number=NUMBER).name == "ООО ПРИМЕР"


def test_company_without_a_name_is_called_as_the_first_that_names_it(editor: User, tmp_path: Path) -> None:
    imported(tmp_path, "Draft", LINES[0].replace("ООО ПРИМЕР", ""), editor, Visibility.DRAFT)
    assert Company.objects.get(tax_number=NUMBER).name == NUMBER

    imported(tmp_path, "Shown", LINES[1], editor)

    assert Company.objects.get(tax_number=NUMBER).name == "ООО ПРИМЕР"


def test_another_dataset_renames_no_company_that_was_called_as_is_most_usual(editor: User, tmp_path: Path) -> None:
    rare, usual = LINES[0].replace("ООО ПРИМЕР", "ООО ПРЕМЬЕР"), [LINES[1], LINES[2]]
    imported(tmp_path, "First", "\n".join([rare, *usual]), editor)
    assert Company.objects.get(tax_number=NUMBER).name == "ООО ПРИМЕР"

    imported(tmp_path, "Second", rare.replace("1;1;10.01.2021", "7;1;10.01.2021"), editor)

    assert Company.objects.get(tax_number=NUMBER).name == "ООО ПРИМЕР"


def test_search_for_links_under_way_stops_when_names_are_resolved_anew(
    numbered: Dataset, bare: Dataset, editor: User
) -> None:
    """It knows the companies of before; another goes on where it stops."""
    build = LinkBuild.objects.create(dataset=bare, token="mine", started_at=timezone.now())

    hide(numbered, editor)

    build.refresh_from_db()
    assert build.token != "mine"


def test_name_that_a_person_gave_stays(editor: User, tmp_path: Path) -> None:
    imported(tmp_path, "Draft", LINES[0].replace("ООО ПРИМЕР", "ПРОЗВИЩЕ"), editor, Visibility.DRAFT)
    named = Company.objects.get(tax_number=NUMBER)
    named.name = "Synthetic Importer LLC"
    stamp(named, user=editor, why="its own site")
    named.save()

    imported(tmp_path, "Shown", LINES[1], editor)

    assert Company.objects.get(tax_number=NUMBER).name == "Synthetic Importer LLC"


def test_winner_does_not_swallow_a_name_by_way_of_a_hidden_company(
    numbered: Dataset, bare: Dataset, client: Client, editor: User, tmp_path: Path
) -> None:
    line = LINES[2].replace(f"{NUMBER};ООО ПРИМЕР", "7800000009;Visible Winner")
    imported(tmp_path, "Shown", line, editor)
    winner = Company.objects.get(tax_number="7800000009")
    merge_companies(company(bare), winner=winner, user=editor)

    hide(numbered, editor)

    row = next(row for row in answer(client, "top", by="importer")["results"] if row["group0_name"] == "Visible Winner")
    assert (row["shipments"], len(client.get(row["rows"]).json()["results"])) == (1, 1)
    assert BARE_NAME not in client.get(winner.get_absolute_url()).content.decode()


def test_rows_do_not_tell_the_id_of_a_company_that_is_hidden(client: Client, editor: User, ask: Ask) -> None:
    hidden = CompanyFactory()
    link = LinkFactory(importer=hidden, importer_name="As written")
    leg = LegFactory(giver_company=hidden, visibility=Visibility.PUBLISHED)

    shown = [client.get(f"/api/v1/links/{link.pk}/").json(), client.get(f"/api/v1/legs/{leg.pk}/").json()]
    known = [ask(editor).get(f"/api/v1/links/{link.pk}/").json(), ask(editor).get(f"/api/v1/legs/{leg.pk}/").json()]

    assert (shown[0]["importer"], shown[0]["importer_name"], shown[1]["giver_company"]) == (None, "As written", None)
    assert (known[0]["importer"], known[1]["giver_company"]) == (hidden.pk, hidden.pk)
    listed = client.get("/api/v1/links/").json()["results"]
    assert [row["importer"] for row in listed if row["id"] == link.pk] == [None]


def test_form_keeps_a_company_that_the_person_may_not_know(client: Client, researcher: User) -> None:
    hidden = CompanyFactory(name="Hidden Trader Ltd")
    leg = LegFactory(taker_company=hidden, taker="As written", visibility=Visibility.DRAFT, created_by=researcher)
    client.force_login(researcher)
    address = f"{leg.get_absolute_url()}edit/"

    page = client.get(address)
    sent = {name: value for name, value in page.context["form"].initial.items() if value is not None}
    saved = client.post(address, {**sent, "goods": "boards"})

    assert "Hidden Trader" not in page.content.decode()
    assert saved.status_code == 302, saved.context["form"].errors
    leg.refresh_from_db()
    assert (leg.goods, leg.taker_company) == ("boards", hidden)


def test_hidden_company_closes_no_gap_of_a_chain(client: Client) -> None:
    hidden, leg = CompanyFactory(), LegFactory(taker="First", position=1, visibility=Visibility.PUBLISHED)
    leg.taker_company = hidden
    leg.save()
    LegFactory(
        part=leg.part, component=leg.component, giver="Second", giver_company=hidden, position=2,
        visibility=Visibility.PUBLISHED,
    )  # fmt: skip

    page = client.get(f"/routes/of/part/{leg.part.pk}/").content.decode()

    assert "how goods came from First to Second" in page
