"""What one person may ask of the site: how many pages, how long a query may take, what is computed for whom."""

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path
from rest_framework.response import Response
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from components.models import Country, User
from tests.factories import CountryFactory
from tests.web.conftest import Browse

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000000000) SELECT count(*) FROM n"


def ask_without_end() -> None:
    """A query that takes minutes, where nothing stops it; within a savepoint, as the test has a transaction."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(ENDLESS)


def slow_page(_request: HttpRequest) -> HttpResponse:
    """A page with such a query."""
    ask_without_end()
    return HttpResponse()


class SlowAnswer(APIView):
    """The same in the API."""

    permission_classes = ()

    def get(self, _request: Any) -> Response:
        """Never answers by itself."""
        ask_without_end()
        return Response()


urlpatterns = [
    path("slow/", slow_page),
    path("api/slow/", SlowAnswer.as_view()),
    path("", include("forensics.urls")),
]


@pytest.mark.parametrize("address", ["/slow/", "/api/slow/"])
def test_query_that_takes_too_long_is_stopped_and_said(address: str, db: None, settings: Any) -> None:
    settings.ROOT_URLCONF, settings.QUERY_SECONDS = __name__, 0.2
    CountryFactory(alpha2="UA")

    answer = Client().get(address)

    assert answer.status_code == 503
    assert b"took too long to answer" in answer.content
    assert answer["Content-Type"].startswith("application/problem+json" if "api" in address else "text/html")
    assert Country.objects.filter(alpha2="UA").count() == 1
    assert Client().get("/api/v1/countries/").status_code == 200


def test_time_limit_ends_with_the_request(db: None, settings: Any) -> None:
    settings.QUERY_SECONDS = 0.2
    Client().get("/api/v1/countries/")

    with connection.cursor() as cursor:
        cursor.execute(ENDLESS.replace("1000000000", "500000"))

        assert cursor.fetchone() == (500_000,)
        if connection.vendor == "postgresql":
            cursor.execute("SHOW statement_timeout")
            assert cursor.fetchone() == ("0",)


def test_pages_are_counted_by_address_and_by_account(
    browse: Browse, researcher: User, colleague: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SimpleRateThrottle.THROTTLE_RATES, "visitor", "2/hour")
    visitor, known, other = (browse(person) for person in (AnonymousUser(), researcher, colleague))

    visits = [visitor.get("/sign-in/") for _ in range(3)]
    work = [known.get("/tokens/").status_code for _ in range(21)]

    refused = visits[-1]
    assert [answer.status_code for answer in visits] == [200, 200, 429]
    assert 0 < int(refused["Retry-After"]) <= 3600
    assert b"more pages than this site allows" in refused.content
    assert work == [200] * 20 + [429]
    assert other.get("/tokens/").status_code == 200
    assert visitor.get("/api/v1/countries/").status_code == 200
    assert visitor.get("/healthz").status_code != 429


def test_schema_is_not_sent_to_whom_has_it(db: None, client: Client) -> None:
    first = client.get("/api/schema/?format=json")

    again = client.get("/api/schema/?format=json", headers={"If-None-Match": first["ETag"]})

    assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
