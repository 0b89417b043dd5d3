"""The schema says what the API does: Schemathesis sends what it allows and what it forbids to every operation."""

import json
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from drf_spectacular.generators import SchemaGenerator
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig

from components.api.addresses import ADDRESSES
from components.api.renderers import as_json
from components.models import User
from tests.api.conftest import token_of
from tests.api.world import full_world

CONFIG = SchemathesisConfig.from_path(Path(__file__).with_name("schemathesis.toml"))
DOCUMENT = json.loads(as_json(SchemaGenerator().get_schema(request=None, public=True)))
METHODS = ("post", "put", "patch", "delete")
MODELS = {address: model for model, address in ADDRESSES.items()}
# Keys of bodies that name another record, and the list they name it from.
LINKS = {name: name for name in ("weapon", "source", "assembly", "teardown", "component", "part", "manufacturer")}
LINKS = {name: f"{name}s" for name in LINKS} | {"other": "parts", "model": "weapon-models", "into": "manufacturers"}
LINKS |= {"owned": "manufacturers", "owner": "manufacturers", "assembly": "assemblies", "record_id": "components"}


@cache
def handler() -> WSGIHandler:
    """Django, once; it is made inside a test, where the settings are those of tests."""
    return WSGIHandler()


def application(environ: Any, start_response: Any) -> Any:
    """What a WSGI server calls."""
    return handler()(environ, start_response)


schema = schemathesis.openapi.from_dict(DOCUMENT, config=CONFIG)
schema.app = application


def settings_of(examples: int) -> settings:
    """The same few examples each time."""
    unneeded = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]
    return settings(
        max_examples=examples, deadline=None, derandomize=True, database=None, suppress_health_check=unneeded
    )


def present_key(address: str, key: Any) -> Any:
    """Often the key of a row that exists, so that more than the absence of rows is tried."""
    if isinstance(key, bool) or not isinstance(key, int) or not 0 <= key < 10**18 or address not in MODELS:
        return key
    keys = [*MODELS[address]._default_manager.order_by("pk").values_list("pk", flat=True)[:5], key]
    return keys[key % len(keys)]


@schema.hook
def map_path_parameters(context: Any, path_parameters: Any) -> Any:
    if path_parameters and "id" in path_parameters:
        path_parameters["id"] = present_key(context.operation.path.split("/")[3], path_parameters["id"])
    return path_parameters


@schema.hook
def map_headers(context: Any, headers: Any) -> Any:
    if headers and isinstance(tag := headers.get("If-Match"), str) and len(tag) % 3:
        headers["If-Match"] = "*"
    return headers


@schema.hook
def filter_query(context: Any, query: Any) -> bool:
    """An address has no null and no empty list: both are sent as an empty text or not at all, which is no mistake."""
    values = (query or {}).items()
    return not any(value in (None, [], {}) or (value == "" and name.endswith("__in")) for name, value in values)


@schema.hook
def map_body(context: Any, body: Any) -> Any:
    if isinstance(body, dict):
        body |= {name: present_key(LINKS[name], body[name]) for name in set(LINKS) & set(body)}
    return body


@pytest.fixture
def world(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Rows in every list; as in Django's own test client, a request does not close the connection of the test.

    An upload of shipments starts no process: it would not see the database of the test.
    """
    full_world()
    monkeypatch.setattr(subprocess, "Popen", lambda command, **_: None)
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.slow
@schema.parametrize()
@settings_of(6)
def test_operation_keeps_to_the_schema_for_an_administrator(case: Any, world: None, administrator: User) -> None:
    sent = case.headers or {}  # some cases try an Authorization that is none
    token = {} if "Authorization" in sent else {"Authorization": f"Bearer {token_of(administrator)}"}
    case.call_and_validate(headers=token)


@pytest.mark.slow
@schema.include(method="GET").parametrize()
@settings_of(2)
def test_reading_keeps_to_the_schema_for_a_visitor(case: Any, world: None) -> None:
    case.call_and_validate()


WRITES = [(path, method) for path, item in DOCUMENT["paths"].items() for method in item if method in METHODS]


@pytest.mark.parametrize(("path", "method"), WRITES)
def test_visitor_writes_nothing(path: str, method: str, world: None, client: Any) -> None:
    address = path.replace("{id}", str(present_key(path.split("/")[3], 0)))

    answer = getattr(client, method)(address, {}, content_type="application/json", headers={"If-Match": "*"})

    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")


def test_schema_is_valid_and_complete(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--format", "openapi-json")

    shown = json.loads(capsys.readouterr().out)
    assert shown["openapi"].startswith("3.1")
    for address in ADDRESSES.values():
        assert {f"/api/v1/{address}/{rest}" for rest in ("", "{id}/", "facets/", "export/")} <= set(shown["paths"])


def test_schema_and_its_pages_are_served(db: None, client: Any) -> None:
    schema, pages = client.get("/api/schema/?format=json"), client.get("/api/docs/")

    assert (schema.status_code, json.loads(schema.content)["info"]["title"]) == (200, "Forensics API")
    assert (pages.status_code, b"swagger-ui" in pages.content) == (200, True)
    assert b"https://" not in pages.content.replace(b"https://forensics", b"")
