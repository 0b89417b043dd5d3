"""Clients of the API."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from components.api.throttling import VisitorThrottle
from components.models import ApiToken, User

Ask = Callable[[Any], Client]


def token_of(user: User, *, is_read_only: bool = False) -> str:
    """The secret of a fresh token of the account."""
    expires_at = timezone.now() + timedelta(hours=1)
    return ApiToken.issue(user=user, name="test", expires_at=expires_at, is_read_only=is_read_only)[1]


@pytest.fixture(autouse=True)
def unlimited(monkeypatch: pytest.MonkeyPatch) -> None:
    """Visitors may ask as often as tests do."""
    monkeypatch.setitem(VisitorThrottle.THROTTLE_RATES, "visitor", None)


@pytest.fixture
def ask() -> Ask:
    """A client that sends a token of the given person, or none for a visitor."""

    def client(user: Any) -> Client:
        if not user.is_authenticated:
            return Client()
        return Client(headers={"Authorization": f"Bearer {token_of(user)}"})

    return client
