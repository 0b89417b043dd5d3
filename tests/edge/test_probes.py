"""`/healthz` and `/readyz`: what a machine asks before it sends people here."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError, connections
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from components.operation import health
from tests.factories import DatasetFactory, PhotoFactory

Break = pytest.MonkeyPatch


@pytest.fixture(autouse=True)
def nothing_kept() -> Iterator[None]:
    """No test meets the answer of another."""
    health._readiness.cache_clear()
    yield
    health._readiness.cache_clear()


def asked() -> tuple[int, dict[str, str]]:
    """The status and the answer of `/readyz` at this moment."""
    health._readiness.cache_clear()
    answer = Client().get("/readyz")
    return answer.status_code, answer.json()


def test_alive_touches_neither_database_nor_session() -> None:
    answer = Client().get("/healthz")  # without the fixture `db`, pytest-django refuses any query

    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert (answer["Cache-Control"], answer.cookies) == ("no-store", {})
    assert Client().head("/healthz").status_code == 200
    assert Client().post("/healthz").status_code == 405


def test_ready_when_everything_is(db: None) -> None:
    assert asked() == (
        200,
        {"status": "ok", "database": "ok", "migrations": "ok", "lake": "ok", "storage": "ok"},
    )


def test_probes_are_asked_by_any_host_without_https_and_without_end(settings: Any, db: None) -> None:
    settings.SECURE_SSL_REDIRECT = True
    settings.ALLOWED_HOSTS = ["forensics.example"]
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "DEFAULT_THROTTLE_RATES": {"visitor": "1/day"}}

    for address in ("/healthz", "/readyz") * 3:
        assert Client().get(address, headers={"Host": "10.0.0.9"}).status_code == 200


def test_each_fault_is_named_without_detail(
    db: None, settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise OperationalError("connection refused to db.internal")

    def without_database(broken: Break) -> None:
        broken.setattr(connections["default"], "cursor", away)

    def without_migration(broken: Break) -> None:
        recorder = MigrationRecorder(connections["default"])
        recorder.record_unapplied("components", "0001_initial")

    def without_datasets(broken: Break) -> None:
        DatasetFactory()

    def without_photos(broken: Break) -> None:
        PhotoFactory()

    def lake_is_a_file(broken: Break) -> None:
        (tmp_path / "file").write_text("")
        settings.LAKE_ROOT = tmp_path / "file"

    def disk_is_full(broken: Break) -> None:
        free = shutil.disk_usage(tmp_path)._replace(free=1000)
        broken.setattr(shutil, "disk_usage", lambda _: free)

    def read_only(broken: Break) -> None:
        broken.setattr(os, "access", lambda *_: False)

    cases: list[tuple[Callable[[Break], None], dict[str, str]]] = [
        (without_migration, {"migrations": "not all are applied"}),
        (without_datasets, {"lake": "has none of the datasets that the database lists"}),
        (without_photos, {"storage": "has none of the photos that the database lists"}),
        (disk_is_full, dict.fromkeys(("lake", "storage"), "has almost no room left")),
        (read_only, dict.fromkeys(("lake", "storage"), "cannot be written")),
        (lake_is_a_file, {"lake": "cannot be written"}),
        (without_database, dict.fromkeys(("database", "migrations", "lake", "storage"), "does not answer")),
    ]
    for break_it, expected in cases:
        lake = settings.LAKE_ROOT
        with monkeypatch.context() as broken:
            savepoint = connections["default"].savepoint()
            break_it(broken)
            status, answer = asked()
        settings.LAKE_ROOT = lake
        connections["default"].savepoint_rollback(savepoint)

        found = {name: said for name, said in answer.items() if said != "ok" and name != "status"}
        assert (status, answer["status"]) == (503, "not ready"), break_it.__name__
        assert found.items() >= expected.items(), break_it.__name__
        assert "db.internal" not in str(answer)
    assert "connection refused to db.internal" in caplog.text
    assert asked()[0] == 200
