"""No maker owns its owner, and no number is twice under one maker: refused wherever people write."""

from itertools import pairwise
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test import Client

from components.models import Ownership, Part, User
from tests.api.conftest import Ask
from tests.curation.test_concurrency import PEOPLE, at_once
from tests.factories import ManufacturerFactory, OwnershipFactory, PartFactory

JSON = {"content_type": "application/json"}


def chain(**dates: str) -> list[Any]:
    """Three makers, each owned by the one before."""
    makers = ManufacturerFactory.create_batch(3)
    for owner, owned in pairwise(makers):
        OwnershipFactory(owner=owner, owned=owned, **dates)
    return makers


@pytest.mark.django_db
def test_circle_of_owners_is_refused_on_page_in_api_and_in_administration(
    client: Client, administrator: User, ask: Ask
) -> None:
    first, _, last = chain()
    administrator.is_staff = True
    administrator.save()
    client.force_login(administrator)

    sent = ask(administrator).post("/api/v1/ownerships/", {"owned": first.pk, "owner": last.pk}, **JSON)
    page = client.post(f"/manufacturers/{first.pk}/ownerships/new/", {"owner_name": last.name})
    managed = client.post("/admin/components/ownership/add/", {"owned": first.pk, "owner": last.pk})

    assert (sent.status_code, "directly or through others" in sent.content.decode()) == (400, True)
    for status, answer in ((400, page), (200, managed)):
        assert (answer.status_code, "directly or through others" in answer.content.decode()) == (status, True)
    assert Ownership.objects.count() == 2


@pytest.mark.django_db
def test_owners_may_change_places_one_after_the_other() -> None:
    first, _, last = chain(acquired="2001", ended="2010-05")
    after = Ownership(owned=first, owner=last, acquired="2010-06")
    within = Ownership(owned=first, owner=last, acquired="2009")

    after.clean()
    with pytest.raises(ValidationError):
        within.clean()


@pytest.mark.django_db
def test_one_number_in_another_spelling_is_refused_on_page_in_api_and_in_administration(
    client: Client, administrator: User, ask: Ask
) -> None:
    part = PartFactory(mpn="XC7Z020-1CLG400I")
    administrator.is_staff = True
    administrator.save()
    client.force_login(administrator)
    maker, other = part.manufacturer, ManufacturerFactory()

    sent = ask(administrator).post("/api/v1/parts/", {"manufacturer": maker.pk, "mpn": "XC7Z020 1CLG400I"}, **JSON)
    page = client.post("/parts/new/", {"maker_name": maker.name, "mpn": "xc7z0201clg400i"})
    managed = client.post("/admin/components/part/add/", {"manufacturer": maker.pk, "mpn": "XC7Z0201CLG400I"})
    elsewhere = ask(administrator).post("/api/v1/parts/", {"manufacturer": other.pk, "mpn": "XC7Z020 1CLG400I"}, **JSON)

    assert (sent.status_code, "in another spelling" in sent.content.decode()) == (400, True)
    for status, answer in ((400, page), (200, managed)):
        assert (answer.status_code, "in another spelling" in answer.content.decode()) == (status, True)
    assert (elsewhere.status_code, Part.objects.filter(manufacturer=maker).count()) == (201, 1)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time")
def test_no_two_close_a_circle_together() -> None:
    makers = ManufacturerFactory.create_batch(PEOPLE)

    def own(number: int) -> None:
        row = Ownership(owner=makers[number], owned=makers[(number + 1) % PEOPLE])
        if Ownership.objects.filter(owner=row.owner, owned=row.owned).exists():
            return
        with transaction.atomic():
            try:
                row.clean()
            except ValidationError:
                return
            row.save()

    at_once(own)

    assert Ownership.objects.count() == PEOPLE - 1
