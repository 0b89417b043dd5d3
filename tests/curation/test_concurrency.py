"""Two people at the same record at the same time: nobody's write is lost. SQLite hides this; PostgreSQL shows it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import close_old_connections, connection

from components.choices import IdentificationMethod, Role
from components.curation.identification import identify
from components.models import Identification
from tests.factories import ComponentFactory, ManufacturerFactory, UserFactory

PEOPLE = 4
ROUNDS = 5
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time"),
]


def at_once(action: Callable[[int], None]) -> None:
    """Run an action in several threads that begin together, each with its own connection."""
    together = Barrier(PEOPLE)

    def run(number: int) -> None:
        together.wait()
        try:
            for _ in range(ROUNDS):
                action(number)
        finally:
            close_old_connections()
            connection.close()

    with ThreadPoolExecutor(PEOPLE) as pool:
        for done in [pool.submit(run, number) for number in range(PEOPLE)]:
            done.result(timeout=60)


def test_identify_by_many_at_once_keeps_every_judgement_and_exactly_one_current() -> None:
    component = ComponentFactory()
    makers = ManufacturerFactory.create_batch(PEOPLE)
    editor = UserFactory(role=Role.EDITOR)

    def judge(number: int) -> None:
        judgement = Identification(
            component=component, manufacturer=makers[number], method=IdentificationMethod.LOGO, identified_by="Lab"
        )
        identify(judgement, user=editor, is_current=True)

    at_once(judge)

    assert component.identifications.count() == PEOPLE * ROUNDS
    assert component.identifications.filter(is_current=True).count() == 1
