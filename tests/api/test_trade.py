"""The questions of the trade lake in the API: answers, files, the rows behind each figure, and who sees what."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from components.choices import Visibility
from components.curation.companies import merge_companies, propose_matches, review_match, unmerge_company
from components.curation.visibility import set_visibility
from components.intake.trade.datasets import import_dataset
from components.models import Company, CompanyMatch, Dataset, User
from tests.api.conftest import Ask
from tests.intake.trade.test_datasets import about, written

HEADER = "ND;G32;G072;G011;G022;G0231;G081;G082;G15A;G34;G31_1;G31_11;G33;G31_7;G31_71;G38;G46"
# Two exporters spelled two ways, one importer; Chinese goods from Turkey; a price that is a hundred times the others.
LINES = [
    "1;1;10.01.2021;ИМ;Synthetic Alpha Trading Ltd;CN;7700000001;ООО ПРИМЕР;CN;CN;чип A;TI;8542319010;10;ШТ;1;100",
    "2;1;10.02.2022;ИМ;Synthetic Alpha Trading Ltd;CN;7700000001;ООО ПРИМЕР;CN;CN;чип A;TI;8542319010;10;ШТ;1;100",
    "3;1;10.03.2022;ИМ;Synthetic Alfa Trading Ltd;CN;7700000001;ООО ПРИМЕР;TR;CN;чип B;ADI;8542399010;10;ШТ;1;300",
    "4;1;11.03.2022;ИМ;Synthetic Beta Elektronik;TR;7700000001;ООО ПРИМЕР;TR;CN;=чип;ADI;8541290000;10;ШТ;1;",
]


@pytest.fixture
def records(tmp_path: Path, editor: User) -> Dataset:
    """A published dataset of four shipments."""
    file = written(tmp_path, *LINES, header=HEADER)
    import_dataset(file, about(title="Records"), user=editor, now=timezone.now())
    return Dataset.objects.get()


def answer(client: Client, question: str, **asked: Any) -> dict[str, Any]:
    got = client.get(f"/api/v1/trade/{question}/", asked)
    assert got.status_code == 200, got.content
    told: dict[str, Any] = got.json()
    return told


def test_series_sums_what_is_stated_and_counts_all(records: Dataset, client: Client) -> None:
    told = answer(client, "series", period="year")

    shown = [(row["period"], row["value_usd"], row["shipments"], row["with_value"]) for row in told["results"]]
    assert shown == [("2021", 100, 1, 1), ("2022", 400, 3, 2)]


def test_months_are_compared_with_the_average_before_and_controls_are_marked(records: Dataset, client: Client) -> None:
    told = answer(client, "series", baseline_since="2021-01-01", baseline_until="2021-02-28")

    assert told["baseline"] == {"since": "2021-01", "until": "2021-02", "months": 2, "monthly_average": 50.0}
    assert [row["of_baseline_percent"] for row in told["results"]] == [200.0, 200.0, 600.0]
    assert "2022-02-24" in {mark["date"] for mark in told["marks"]}
    assert all(mark["source"] for mark in told["marks"])


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ({"baseline_since": "2021-01-15"}, "baseline_since"),
        ({"baseline_until": "2021-02-27"}, "baseline_until"),
        ({"baseline_since": "2021-03-01", "baseline_until": "2021-02-28"}, "baseline_until"),
        ({"baseline_since": "2021-01-01", "by": "dispatch"}, "baseline_since"),
        ({"baseline_until": "2021-02-28", "period": "year"}, "baseline_until"),
    ],
)
def test_a_baseline_that_would_not_be_used_as_asked_is_refused(
    asked: dict[str, str], wrong: str, records: Dataset, client: Client
) -> None:
    got = client.get("/api/v1/trade/series/", asked)

    assert got.status_code == 400
    assert [each["field"] for each in got.json()["errors"]] == [wrong]


@pytest.mark.parametrize("question", ["top", "newcomers", "prices", "odd-prices"])
def test_an_answer_that_is_cut_says_so_and_its_file_is_whole(question: str, records: Dataset, client: Client) -> None:
    asked = {"by": "maker"} | ({"first_since": "2021-01-01"} if question == "newcomers" else {})
    whole = answer(client, question, **asked)
    told = answer(client, question, limit=1, **asked)
    sent = client.get(f"/api/v1/trade/{question}/export/", {"format": "csv", "limit": 1, **asked})

    in_file = list(csv.DictReader(io.StringIO(b"".join(sent).decode("utf-8-sig"))))
    is_cut = len(whole["results"]) > 1
    assert len(in_file) == len(whole["results"])
    assert (len(told["results"]), "A file holds them all" in " ".join(told["notes"])) == (min(1, len(in_file)), is_cut)
    assert "A file holds them all" not in " ".join(whole["notes"])


@pytest.mark.parametrize("by", ["dispatch", "origin", "maker", "hs", "tier", "exporter", "importer", "dataset"])
def test_every_figure_opens_exactly_its_rows(by: str, records: Dataset, client: Client) -> None:
    told = answer(client, "top", by=by)

    assert sum(row["shipments"] for row in told["results"]) == 4
    for row in told["results"]:
        behind = client.get(row["rows"]).json()["results"]
        assert len(behind) == row["shipments"], row


def test_transit_is_origin_other_than_dispatch(records: Dataset, client: Client) -> None:
    told = answer(client, "flows", is_transit="true", stages="origin,dispatch")

    assert [(row["group0"], row["group1"], row["shipments"]) for row in told["results"]] == [("CN", "TR", 2)]


def test_newcomers_have_no_shipment_before_the_day(records: Dataset, client: Client) -> None:
    told = answer(client, "newcomers", by="exporter", first_since="2022-03-01")

    assert [row["group0_name"] for row in told["results"]] == [
        "Synthetic Alfa Trading Ltd (CN)",
        "Synthetic Beta Elektronik (TR)",
    ]
    assert "earlier trade may be missing" in told["notes"][0]


def test_search_and_filters_leave_what_they_say(records: Dataset, client: Client) -> None:
    def numbers(**asked: Any) -> list[str]:
        return [row["declaration_number"] for row in answer(client, "shipments", **asked)["results"]]

    assert numbers(q="ЧИП a") == ["1", "2"]
    assert numbers(hs="8541") == ["4"]
    assert numbers(tier="none") == numbers(tier=["none"])
    assert numbers(since="2022-01-01", dispatch="CN,TR", maker="adi") == ["3", "4"]


def test_shipments_go_on_where_the_page_ended(records: Dataset, client: Client) -> None:
    first = answer(client, "shipments", limit=3)
    second = client.get(first["next"]).json()

    seen = [row["declaration_number"] for row in (*first["results"], *second["results"])]
    assert (seen, second["next"]) == (["1", "2", "3", "4"], None)


def test_file_holds_the_rows_of_the_answer(records: Dataset, client: Client) -> None:
    told = answer(client, "top", by="dispatch")
    sent = client.get("/api/v1/trade/top/export/", {"by": "dispatch", "format": "csv"})
    content = b"".join(sent.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]

    rows = list(csv.DictReader(io.StringIO(content)))
    assert [row["group0"] for row in rows] == [row["group0"] for row in told["results"]]
    assert [row["shipments"] for row in rows] == [str(row["shipments"]) for row in told["results"]]


def test_file_of_shipments_holds_all_and_runs_no_formula(records: Dataset, client: Client) -> None:
    sent = client.get("/api/v1/trade/shipments/export/", {"format": "csv", "limit": 1})
    content = b"".join(sent.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]

    rows = list(csv.DictReader(io.StringIO(content)))
    assert [row["description"] for row in rows] == ["чип A", "чип A", "чип B", "'=чип"]


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        ({"dispatch": "ZZ"}, "dispatch"),
        ({"since": "2022-13-01"}, "since"),
        ({"since": "2022-02-01", "until": "2022-01-01"}, "until"),
        ({"by": "moon"}, "by"),
        ({"exporter": "999999"}, "exporter"),
        ({"dataset": "1e3"}, "dataset"),
        ({"is_transit": "perhaps"}, "is_transit"),
        ({"limit": "0"}, "limit"),
        ({"nothing": "1"}, "nothing"),
        ({"maker": "a\0b"}, "maker"),
    ],
)
def test_bad_question_names_its_parameter(
    asked: dict[str, str], parameter: str, records: Dataset, client: Client
) -> None:
    got = client.get("/api/v1/trade/top/", asked)

    assert (got.status_code, got["Content-Type"]) == (400, "application/problem+json")
    assert {error["field"] for error in got.json()["errors"]} == {parameter}


def test_restricted_dataset_shows_nothing_to_a_visitor(
    records: Dataset, client: Client, editor: User, researcher: User, ask: Ask
) -> None:
    company = Company.objects.get(tax_number="7700000001")
    set_visibility(records, to=Visibility.RESTRICTED, user=editor)

    assert answer(client, "totals")["results"][0]["shipments"] == 0
    assert answer(ask(researcher), "totals")["results"][0]["shipments"] == 4
    for path in ("shipments/export/?format=jsonl", "shipments/export/?format=csv"):
        sent = b"".join(client.get(f"/api/v1/trade/{path}").streaming_content)  # type: ignore[attr-defined]
        assert "чип".encode() not in sent
    for path in (f"companies/{company.pk}/", f"datasets/{records.pk}/"):
        assert client.get(f"/api/v1/{path}").status_code == 404
        assert ask(researcher).get(f"/api/v1/{path}").status_code == 200
    for path in ("companies/", "declared-parties/", "datasets/", "company-matches/"):
        assert client.get(f"/api/v1/{path}").json()["count"] == 0
    for path in ("/trade/", "/trade/top/?by=importer", "/trade/shipments/", f"/companies/{company.pk}/", "/companies/"):
        assert "ПРИМЕР" not in client.get(path).content.decode()
    assert client.get("/api/v1/trade/top/", {"importer": company.pk}).status_code == 400
    assert client.get(f"/trade/shipments/{records.pk}-1/").status_code == 404


def test_dataset_of_a_restricted_source_is_not_seen(records: Dataset, client: Client, editor: User) -> None:
    set_visibility(records.source, to=Visibility.RESTRICTED, user=editor)

    records.refresh_from_db()
    assert records.visibility == Visibility.RESTRICTED
    assert answer(client, "totals")["results"][0]["shipments"] == 0


def test_confirmed_match_makes_one_company_of_two_and_unmerge_two_again(
    records: Dataset, client: Client, editor: User
) -> None:
    def exporters() -> list[tuple[str, int]]:
        return [(row["group0_name"], row["shipments"]) for row in answer(client, "top", by="exporter")["results"]]

    apart = exporters()
    assert propose_matches()["proposed"] == 1
    match = CompanyMatch.objects.get()

    review_match(match, is_same=True, user=editor, now=timezone.now())

    assert exporters() == [("Synthetic Alpha Trading Ltd (CN)", 3), ("Synthetic Beta Elektronik (TR)", 1)]
    loser = Company.objects.exclude(merged_into=None).get()
    assert (loser.merged_into, loser.history.count()) == (match.first, 2)
    for either in (loser, match.first):
        assert answer(client, "totals", exporter=either.pk)["results"][0]["shipments"] == 3
        rows = answer(client, "shipments", exporter=either.pk)["results"]
        assert {row["exporter_key"] for row in rows} == {match.first.party_key}
        assert len({row["exporter_name"] for row in rows}) == 2
    unmerge_company(loser, user=editor)
    assert exporters() == apart
    assert answer(client, "totals", exporter=loser.pk)["results"][0]["shipments"] < 3


def test_merging_shows_nobody_the_name_that_another_dataset_keeps(
    records: Dataset, client: Client, editor: User, tmp_path: Path
) -> None:
    hidden = written(tmp_path, LINES[0].replace("Synthetic Alpha", "Secret"), header=HEADER)
    import_dataset(
        hidden, about(title="Hidden", source_title="Other", visibility="restricted"), user=editor, now=timezone.now()
    )
    shown, kept = Company.objects.get(name__contains="Alpha"), Company.objects.get(name__contains="Secret")

    merge_companies(shown, winner=kept, user=editor)

    for path in (shown.get_absolute_url(), "/trade/", "/trade/top/", "/companies/", f"/api/v1/companies/{shown.pk}/"):
        assert "secret" not in client.get(path).content.decode().lower(), path
    assert client.get(kept.get_absolute_url()).status_code == 404
    assert answer(client, "totals", exporter=shown.pk)["results"][0]["shipments"] == 2
    assert "secret" not in str(answer(client, "top", by="exporter")).lower()


@pytest.mark.parametrize("visibility", ["restricted", "published"])
def test_alike_name_is_resolved_only_to_what_everybody_may_know(
    visibility: str, client: Client, editor: User, tmp_path: Path
) -> None:
    """An importer stands in one dataset with its tax number, in a published one without."""
    numbered, bare = written(tmp_path, LINES[0], header=HEADER), tmp_path / "bare.csv"
    import_dataset(
        numbered, about(title="Numbered", source_title="Other", visibility=visibility), user=editor, now=timezone.now()
    )
    written(tmp_path, LINES[1].replace("7700000001;ООО ПРИМЕР", ";Пример, ООО"), header=HEADER).rename(bare)
    import_dataset(bare, about(title="Bare"), user=editor, now=timezone.now())

    named = [company for company in Company.objects.all() if "пример" in company.name.lower()]
    told = str(client.get("/api/v1/companies/").json()) + str(answer(client, "top", by="importer"))

    assert len(named) == (1 if visibility == "published" else 2)
    assert ("7700000001" in told) == (visibility == "published")


def test_rejected_match_is_not_proposed_again(records: Dataset, editor: User) -> None:
    propose_matches()
    review_match(CompanyMatch.objects.get(), is_same=False, user=editor, now=timezone.now())

    assert propose_matches()["proposed"] == 0
    assert Company.objects.exclude(merged_into=None).count() == 0


def test_only_editors_merge_companies(records: Dataset, researcher: User, ask: Ask) -> None:
    first, second = Company.objects.order_by("pk")[:2]

    got = ask(researcher).post(
        f"/api/v1/companies/{second.pk}/merge/", {"into": first.pk}, content_type="application/json"
    )

    assert got.status_code == 403
    with pytest.raises(Exception, match="does not allow"):
        merge_companies(second, winner=first, user=researcher)


def test_question_takes_the_same_queries_for_any_number_of_groups(
    records: Dataset, client: Client, django_assert_num_queries: Any
) -> None:
    answer(client, "top", by="exporter", limit=1)  # the first to ask lays the resolved keys beside the lake
    # The datasets, the tiers, the files, what is merged, and the names of what was found.
    with django_assert_num_queries(5):
        answer(client, "top", by="exporter", limit=1)
    with django_assert_num_queries(5):
        answer(client, "top", by="exporter", limit=3)
