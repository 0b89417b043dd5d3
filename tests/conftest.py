"""What all tests share: people, and a media folder of their own."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.cache import caches
from django.db import connection
from hypothesis import settings
from rest_framework.throttling import SimpleRateThrottle

from components.choices import Role
from components.models import User
from components.models.statements import forget_statements
from tests.factories import UserFactory

# No example is timed: on a busy machine the first one of a run takes longer than any limit.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def own_folders(settings: Any, tmp_path: Path) -> Path:
    """Media in a folder of the test; static files that nobody collected are looked for nowhere."""
    media = tmp_path / "media"
    media.mkdir()
    settings.MEDIA_ROOT = media
    settings.LAKE_ROOT = tmp_path / "lake"
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": media}},
    }
    return media


@pytest.fixture(autouse=True)
def static_files_on_demand(settings: Any) -> None:
    """Each new client would otherwise list every static file of every package."""
    settings.WHITENOISE_AUTOREFRESH = True


@pytest.fixture(autouse=True)
def empty_cache() -> None:
    """No test meets what another has cached, such as how often a visitor has asked, or the SQL of a list."""
    for cache in caches.all():
        cache.clear()
    forget_statements()


@pytest.fixture(autouse=True)
def unlimited_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Visitors may open as many pages as tests do."""
    monkeypatch.setitem(SimpleRateThrottle.THROTTLE_RATES, "visitor", None)


@pytest.fixture
def visitor() -> AnonymousUser:
    """Nobody signed in."""
    return AnonymousUser()


@pytest.fixture
def researcher(db: None) -> User:
    """A researcher, as a rule the one who wrote the row in question."""
    return UserFactory(username="researcher", role=Role.RESEARCHER)


@pytest.fixture
def colleague(db: None) -> User:
    """Another researcher."""
    return UserFactory(username="colleague", role=Role.RESEARCHER)


@pytest.fixture
def editor(db: None) -> User:
    """An editor."""
    return UserFactory(username="editor", role=Role.EDITOR)


@pytest.fixture
def administrator(db: None) -> User:
    """An administrator."""
    return UserFactory(username="administrator", role=Role.ADMINISTRATOR)


@pytest.fixture(scope="session")
def migrated_file(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file as tests begin with, for those that start processes: migrating takes half a minute."""
    assert connection.vendor == "sqlite", "asked for by tests of SQLite alone"
    path = tmp_path_factory.mktemp("migrated") / "migrated.sqlite3"
    with django_db_blocker.unblock():
        connection.ensure_connection()
        target = sqlite3.connect(path)
        connection.connection.backup(target)
        target.close()
    return path
