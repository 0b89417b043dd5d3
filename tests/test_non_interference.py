"""Rows that a visitor may not see change no answer that a visitor gets: each is the same, byte for byte."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.test import Client
from django.utils import timezone

from components.api.addresses import ADDRESSES
from components.api.throttling import VisitorThrottle
from components.choices import Audience, LinkBasis, MatchState, Visibility
from components.exports.rows import visible_rows
from components.filters import FILTERS
from components.intake.trade.datasets import About, import_dataset
from components.models import Citation, Company, Component, Dataset, ImportMapping, Link, Ownership, Source, User
from components.models.visibility import Catalogued, Evidence
from components.summaries.trade.questions import QUESTIONS
from components.web.addresses import list_address
from components.web.columns import SHOWN
from tests import factories
from tests.api.world import FACTORIES, full_world
from tests.web.test_every_address import addresses

HIDDEN = (Visibility.DRAFT, Visibility.RESTRICTED)
# What differs from one answer to the next, whatever is asked.
VARYING = re.compile(rb'name="csrfmiddlewaretoken" value="\w+"|nonce="[^"]+"|[0-9a-f]{32}(?=\b)')
HEADER = "ND;G072;G022;G0231;G081;G082;G15A;G34;G31_1;G31_11;G33;G31_7;G31_71;G38;G46"
OPEN = (
    "1;10.01.2021;Synthetic Alpha Trading Ltd;CN;7700000001;ООО ПРИМЕР;CN;CN;чип A;TI;8542319010;10;ШТ;1;100",
    "2;10.02.2022;Synthetic Alfa Trading Ltd;CN;7700000001;ООО ПРИМЕР;TR;MY;чип B;ADI;8542399010;10;ШТ;1;300",
)
CLOSED = (
    "1;10.03.2021;Synthetic Alpha Trading Ltd;CN;7700000001;ООО СКРЫТЫЙ;HK;CN;hidden chip;TI;8542319010;7;ШТ;1;900",
    "2;10.04.2021;Synthetic Hidden Ltd;CN;7700000009;ООО ТАЙНЫЙ;AE;MY;hidden chip;ADI;8542399010;5;ШТ;1;700",
)


def declared(visibility: str, lines: tuple[str, ...], editor: User) -> Dataset:
    """A dataset of the trade lake with these lines."""
    file = Path(settings.LAKE_ROOT).parent / f"{visibility}.csv"
    file.write_text("\n".join([HEADER, *lines, ""]), encoding="utf-8")
    about = About(f"Records, {visibility}", "An export", is_synthetic=True, visibility=visibility)
    import_dataset(file, about, user=editor, now=timezone.now())
    return Dataset.objects.latest("pk")


def questions() -> list[str]:
    """Every address that a visitor can ask: pages, lists with their yes-or-no filters, records, facets, files."""
    asked = [path for _, path in addresses()]
    for model in SHOWN:
        asked += [list_address(model), f"{list_address(model)}export/csv/"]
    for model, folder in ADDRESSES.items():
        asked += [f"/api/v1/{folder}/", f"/api/v1/{folder}/facets/", f"/api/v1/{folder}/export/?format=jsonl"]
        decided = [
            name for name in FILTERS[model].base_filters if name.startswith("is_") or name.endswith("__is_empty")
        ]
        asked += [f"/api/v1/{folder}/?{name}=true" for name in decided]
        for pk in visible_rows(model, None).values_list("pk", flat=True):
            asked.append(f"/api/v1/{folder}/{pk}/")
    for name in QUESTIONS:
        asked += [f"/trade/{name}/?run=on", f"/api/v1/trade/{name}/"]
    asked += [
        "/search/?q=e",
        "/search/?q=hidden",
        "/statistics/?by=manufacturer&with_acquired=true",
        "/routes/by-country/",
    ]
    return sorted(set(asked))


def answers(client: Client, asked: list[str]) -> dict[str, tuple[int, bytes]]:
    """What a visitor is told at each address, without what varies from one answer to the next."""
    told = {}
    for address in asked:
        answer = client.get(address)
        content = answer.getvalue() if answer.streaming else answer.content
        told[address] = answer.status_code, VARYING.sub(b"", content)
    return told


def keys_of(model: Any) -> dict[str, Any]:
    """The keys of a model to records, with a row that everybody sees for each."""
    keys: dict[str, Any] = {}
    for field in model._meta.concrete_fields:
        related: Any = field.related_model
        is_stamp = field.name in {"created_by", "import_batch", "merged_into", "reviewed_by", "record_type"}
        if field.is_relation and related in ADDRESSES and not is_stamp:
            keys[field.name] = visible_rows(related, None).first()
    return keys


def beside(model: Any) -> Iterator[dict[str, Any]]:
    """Values of a new row of a model by which it stands beside rows that all see, by each of its keys in turn."""
    keys = keys_of(model)
    if model is Link:  # one that a document states: others are as hidden as their dataset
        stated = {name: keys[name] for name in ("part", "manufacturer", "source", "exporter", "importer")}
        yield stated | {"dataset": None, "row_number": None, "basis": LinkBasis.DOCUMENT}
        return
    optional = [name for name in keys if model._meta.get_field(name).null]
    required = {name: row for name, row in keys.items() if name not in optional}
    for name in [*optional, None]:
        yield required | dict.fromkeys(optional) | ({name: keys[name]} if name else {})


def plant_evidence(owner: User) -> dict[Any, list[Any]]:
    """Hidden rows of every table that says who may see it."""
    planted: dict[Any, list[Any]] = {}
    for model in [*Evidence.__subclasses__(), *Catalogued.__subclasses__()]:
        if model is Catalogued:
            continue
        for values in beside(model):
            for visibility in HIDDEN:
                try:
                    with transaction.atomic():
                        row = FACTORIES[model](**values, visibility=visibility, created_by=owner)
                except (IntegrityError, models.ObjectDoesNotExist, ValueError, AttributeError):
                    continue  # the table admits no such row
                planted.setdefault(model, []).append(row)
        assert model in planted, f"no hidden row of {model.__name__} was planted"
    return planted


def plant_the_rest(planted: dict[Any, list[Any]], owner: User) -> None:
    """Hidden rows that say nothing of visibility themselves: it is that of what they belong to."""
    hidden, shown = planted[Component][0], visible_rows(Component, None).first()
    source, dataset = planted[Source][0], planted[Dataset][0]
    makers = {name: keys_of(Ownership)[name] for name in ("owned", "owner")}
    maker, part = planted[FACTORIES_OF["Manufacturer"]][0], planted[FACTORIES_OF["Part"]][0]
    factories.ManufacturerAliasFactory(manufacturer=maker)
    factories.OwnershipFactory(owned=makers["owned"], owner=maker)
    factories.OwnershipFactory(owned=maker, owner=makers["owner"])
    factories.PartRelationFactory(part=visible_rows(type(part), None).first(), other=part)
    factories.CitedPartyFactory(component=hidden)
    factories.CitationFactory(source=source, record=shown, field="marking", published_value="hidden")
    factories.CitationFactory(source=visible_rows(Source, None).first(), record=hidden)
    company, known = factories.CompanyFactory(), visible_rows(Company, None).first()
    for named in (company, known):
        factories.DeclaredPartyFactory(dataset=dataset, company=named, name=f"Hidden name of {named.pk}")
    factories.CompanyMatchFactory(first=known, second=company)
    factories.CompanyMatchFactory(
        first=company, second=factories.DeclaredPartyFactory(dataset=dataset).company, state=MatchState.CONFIRMED
    )
    factories.CompanyFactory(merged_into=known)
    factories.MilitaryUseFactory(company=company)
    factories.CoverageFactory(dataset=dataset)
    factories.ImportBatchFactory(created_by=owner)
    factories.TraceFactory(part=None, component=hidden, audience=Audience.PUBLIC)
    factories.TraceFactory(part=part, audience=Audience.PUBLIC)
    factories.RouteFactory(
        trace=factories.TraceFactory(part=None, component=shown, audience=Audience.INSIDE),
        manufacturer=maker, exporter=known, importer=company,
    )  # fmt: skip
    factories.LearnedUseFactory(
        learning=factories.LearningFactory(audience=Audience.INSIDE, is_synthetic=True), company=known
    )


FACTORIES_OF = {model.__name__: model for model in Catalogued.__subclasses__()}


@pytest.mark.slow
@pytest.mark.django_db
def test_hidden_rows_change_no_answer_to_a_visitor(
    researcher: User, editor: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(VisitorThrottle.THROTTLE_RATES, "visitor", None)
    full_world()
    factories.MilitaryUseFactory(company=factories.DeclaredPartyFactory().company)
    declared(Visibility.PUBLISHED, OPEN, editor)
    factories.ApiTokenFactory(user=editor)
    ImportMapping.objects.create(name="Theirs", format="teardown", columns={"weapon": "Object"})
    asked, client = questions(), Client(raise_request_exception=False)
    before = answers(client, asked)
    again = answers(client, asked[:50])

    planted = plant_evidence(researcher)
    plant_the_rest(planted, researcher)
    for visibility in HIDDEN:
        declared(visibility, CLOSED, editor)
    after = answers(client, asked)

    assert again == {address: before[address] for address in asked[:50]}, "answers vary by themselves"
    assert sum(status == 200 for status, _ in before.values()) > 400
    assert [address for address in asked if after[address] != before[address]] == []
    assert Citation.objects.count() > Citation.objects.visible_to(None).count()
