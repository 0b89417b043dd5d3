"""A new dataset says which lines another holds too, to those who may know of the other."""

from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from components.choices import Role, Visibility
from components.intake.trade.datasets import About, check_shipments, import_dataset, new_batch
from components.models import Dataset, User
from tests.intake.trade.test_datasets import about, written
from tests.intake.trade.test_staging import GOOD

pytestmark = pytest.mark.django_db(transaction=True)
FIRST = GOOD  # declaration 1, item 1
SECOND, OTHER, UNNUMBERED = (GOOD.replace("1;1;", other, 1) for other in ("1;2;", "2;1;", ";1;"))


def told(folder: Path, user: Any, *lines: str, **changes: Any) -> list[str]:
    """What the check of a file says of other datasets."""
    file = written(folder, *lines)
    report, _ = check_shipments(new_batch(file, about(**changes), name="new.csv", user=user), file)
    return [note for note in report.notes if "count them twice" in note]


def held(folder: Path, user: Any, *lines: str, **changes: Any) -> Dataset:
    given: About = about(**{"title": "The other export", **changes})
    import_dataset(written(folder, *lines), given, user=user, now=timezone.now())
    return Dataset.objects.get()


def test_lines_that_another_dataset_holds_are_counted(tmp_path: Path, editor: User) -> None:
    dataset = held(tmp_path, editor, FIRST, OTHER)

    notes = told(tmp_path, editor, FIRST, SECOND)

    assert notes == [
        f"1 rows have the declaration, item and day of rows of dataset {dataset.pk}, “The other export”: "
        "figures over both datasets count them twice. Ask for one of them."
    ]


def test_other_lines_other_days_and_lines_without_a_number_are_no_overlap(tmp_path: Path, editor: User) -> None:
    held(tmp_path, editor, FIRST, UNNUMBERED)

    later = FIRST.replace("15.03.2022", "16.03.2022")
    assert told(tmp_path, editor, SECOND, later, UNNUMBERED) == []


def test_real_and_made_up_declarations_are_not_compared(tmp_path: Path, editor: User) -> None:
    held(tmp_path, editor, FIRST)

    assert told(tmp_path, editor, FIRST, SECOND, is_synthetic=True) == []


def test_hidden_dataset_is_not_told_of(tmp_path: Path, editor: User) -> None:
    held(tmp_path, editor, FIRST, visibility=Visibility.DRAFT)
    stranger = User.objects.create_user("stranger", role=Role.RESEARCHER)

    assert told(tmp_path, stranger, FIRST, SECOND) == []
    assert len(told(tmp_path, editor, FIRST, SECOND)) == 1
    assert len(told(tmp_path, None, FIRST, SECOND)) == 1
