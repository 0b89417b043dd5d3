"""Every page of the URL configuration, for every role and with a row of every kind: none answers with a fault."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import transaction
from django.db.models import Model
from django.test import Client

from components.models import ApiToken, ImportBatch, ImportMapping, Trace, User
from components.summaries.trade.questions import QUESTIONS
from components.web.addresses import ADDRESSES
from components.web.urls import ADD_ALONE, urlpatterns
from tests import factories
from tests.api.world import FACTORIES, full_world

BY_FOLDER: dict[str, type[Model]] = {address.folder: model for model, address in ADDRESSES.items()}
# What stands before a key in the addresses that do not begin with the folder of the record.
OTHER_FOLDERS: dict[str, type[Model]] = {
    "tokens": ApiToken,
    "trade/imports": ImportBatch,
    "imports/mappings": ImportMapping,
    "routes/traces": Trace,
}
TRACED = {"component", "part", "weapon", "weapon-model", "manufacturer"}
FILLED = {
    "<slug:code>": "8542",
    "<slug:format_name>": "teardown",
    "<file-format:file_format>": "csv",
    "<photo-size:size>": "thumbnail",
    "<int:dataset>-<int:row>": "1-1",
}
BROKEN = 500


def addresses() -> Iterator[tuple[Any, str]]:
    """Every address of the pages, with the key of a row of its kind, and the view that answers it."""
    for pattern in urlpatterns:
        route = str(pattern.pattern)
        for text, value in FILLED.items():
            route = route.replace(text, value)
        if "<slug:name>" in route:
            yield (
                view_of(pattern),
                f"/{route.replace('<slug:name>', next(iter(QUESTIONS)))}",
            )  # tests/web/test_trade.py opens each
        elif "<slug:kind>" in route:
            kinds = {address.name: model for model, address in ADDRESSES.items() if address.name in TRACED}
            for kind, model in kinds.items():
                yield view_of(pattern), f"/{route.replace('<slug:kind>', kind).replace('<int:pk>', key_of(model))}"
        else:
            yield view_of(pattern), f"/{with_key(route)}"


def view_of(pattern: Any) -> Any:
    return getattr(pattern.callback, "view_class", pattern.callback)


def with_key(route: str) -> str:
    """The route with the key of a row, if it asks for one."""
    found = re.match(r"(.*?)/<int:(?:pk|parent)>", route)
    if found is None:
        assert "<" not in route, f"the walk cannot fill in {route}"
        return route
    folder = found[1]
    return f"{folder}/{key_of(BY_FOLDER.get(folder) or OTHER_FOLDERS[folder])}{route[found.end() :]}"


def key_of(model: type[Model]) -> str:
    row = model._default_manager.order_by("pk").first()
    return str(row.pk if row is not None else FACTORIES[model]().pk)


def signed_in(person: Any) -> Client:
    """The browser of a person; what fails is an answer, not an exception of the test."""
    browser = Client(raise_request_exception=False)
    if person.is_authenticated:
        browser.force_login(person)
    return browser


def sent(browser: Client, path: str, values: dict[str, Any]) -> list[str]:
    """Send a form, see whether that fails, and take back what it wrote."""
    with transaction.atomic():
        status = browser.post(path, values).status_code
        transaction.set_rollback(True)
    return [f"POST {path} {sorted(values)}"] if status >= BROKEN else []


def as_it_stands(browser: Client, path: str) -> dict[str, Any]:
    """What the form of a page would send untouched."""
    answer = browser.get(path)
    if answer.context is None or "form" not in answer.context:
        return {}
    form = answer.context["form"]
    values = {field.html_name: field.value() for field in form}
    return {name: value for name, value in values.items() if value not in (None, False)}


@pytest.mark.slow
@pytest.mark.django_db
def test_no_page_fails_for_anybody(researcher: User, colleague: User, editor: User, administrator: User) -> None:
    """An editor opens every page of every kind of record, and adds, changes and deletes what stands alone.

    The others open each kind of page, of a record whose kind is another for each of them.
    """
    full_world()
    factories.ApiTokenFactory(user=editor)
    ImportMapping.objects.create(name="Theirs", format="teardown", columns={"weapon": "Object"})
    by_view: dict[Any, list[str]] = {}
    for view, path in addresses():
        by_view.setdefault(view, []).append(path)

    failures = []
    for turn, person in enumerate((AnonymousUser(), researcher, colleague, administrator)):
        browser = signed_in(person)
        paths = [found[turn % len(found)] for found in by_view.values()]
        failures += [f"{person}: GET {path}" for path in paths if browser.get(path).status_code >= BROKEN]
    browser = signed_in(editor)
    paths = [path for found in by_view.values() for path in found]
    failures += [f"{editor}: GET {path}" for path in paths if browser.get(path).status_code >= BROKEN]
    for model in ADD_ALONE:
        folder = ADDRESSES[model].folder
        failures += sent(browser, f"/{folder}/new/", {"name": "New", "title": "New"})
        row = FACTORIES[model]()
        failures += sent(browser, f"/{folder}/{row.pk}/edit/", as_it_stands(browser, f"/{folder}/{row.pk}/edit/"))
        failures += sent(browser, f"/{folder}/{row.pk}/delete/", {"why": "a test"})

    assert failures == []
