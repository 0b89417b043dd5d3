from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.normalise.dates import VagueDate, read_vague_date

ALPHABET = "0123456789XxQqH?~%/.- ,spring before after about Oct"


@pytest.mark.parametrize(
    ("written", "text", "earliest", "latest"),
    [
        ("2022", "2022", date(2022, 1, 1), date(2022, 12, 31)),
        ("2024-02", "2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2022-03-05", "2022-03-05", date(2022, 3, 5), date(2022, 3, 5)),
        ("2022-21", "2022-21", date(2022, 3, 1), date(2022, 5, 31)),
        ("2022?", "2022?", date(2022, 1, 1), date(2022, 12, 31)),
        ("2022?-10", "2022?-10", date(2022, 10, 1), date(2022, 10, 31)),
        ("199x", "199X", date(1990, 1, 1), date(1999, 12, 31)),
        ("2022-XX", "2022-XX", date(2022, 1, 1), date(2022, 12, 31)),
        ("2022-33", "2022-33", date(2022, 1, 1), date(2022, 3, 31)),
        ("../2022-10", "../2022-10", None, date(2022, 10, 31)),
        ("2022-10/..", "2022-10/..", date(2022, 10, 1), None),
        ("/2022", "/2022", None, date(2022, 12, 31)),
        ("2022-10/2023-02", "2022-10/2023-02", date(2022, 10, 1), date(2023, 2, 28)),
        ("2021~/2022-23", "2021~/2022-23", date(2021, 1, 1), date(2022, 11, 30)),
        ("spring 2023", "2023-21", date(2023, 3, 1), date(2023, 5, 31)),
        ("Fall of 2022", "2022-23", date(2022, 9, 1), date(2022, 11, 30)),
        ("winter 2022", "2022-24", date(2022, 1, 1), date(2023, 2, 28)),
        ("winter 2022/23", "2022-12/2023-02", date(2022, 12, 1), date(2023, 2, 28)),
        ("before 2022-10", "../2022-09", None, date(2022, 9, 30)),
        ("before 2022", "../2021", None, date(2021, 12, 31)),
        ("before spring 2022", "../2022-02", None, date(2022, 2, 28)),
        ("after 2021", "2022/..", date(2022, 1, 1), None),
        ("after 31.12.2021", "2022-01-01/..", date(2022, 1, 1), None),
        ("since 2021", "2021/..", date(2021, 1, 1), None),
        ("until October 2022", "../2022-10", None, date(2022, 10, 31)),
        ("between 2020 and Oct 2022", "2020/2022-10", date(2020, 1, 1), date(2022, 10, 31)),
        ("2021–2023", "2021/2023", date(2021, 1, 1), date(2023, 12, 31)),
        ("October 2022", "2022-10", date(2022, 10, 1), date(2022, 10, 31)),
        ("Oct. 2022", "2022-10", date(2022, 10, 1), date(2022, 10, 31)),
        ("5 October 2022", "2022-10-05", date(2022, 10, 5), date(2022, 10, 5)),
        ("05.03.2023", "2023-03-05", date(2023, 3, 5), date(2023, 3, 5)),
        ("25/03/2023", "2023-03-25", date(2023, 3, 25), date(2023, 3, 25)),
        ("10/2022", "2022-10", date(2022, 10, 1), date(2022, 10, 31)),
        ("about 2015", "2015~", date(2015, 1, 1), date(2015, 12, 31)),
        ("1Q2023", "2023-33", date(2023, 1, 1), date(2023, 3, 31)),
        ("Q4 2023", "2023-36", date(2023, 10, 1), date(2023, 12, 31)),
        ("second half of 2022", "2022-41", date(2022, 7, 1), date(2022, 12, 31)),
        ("the 1990s", "199X", date(1990, 1, 1), date(1999, 12, 31)),
    ],
)
def test_read_vague_date_bounds_the_days(written: str, text: str, earliest: date | None, latest: date | None) -> None:
    assert read_vague_date(written) == VagueDate(text, earliest, latest)


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("", "empty"),
        ("05/03/2023", "day and month cannot be told apart"),
        ("2022-02-30", "day is out of range"),
        ("2022-13", "no such day, month or season"),
        ("1985-1X", "expected a date"),
        ("late 2022", "expected a date"),
        ("../..", "both ends are open"),
        ("2023-02/2022-10", "ends before it begins"),
        ("winter 2022/24", "two years in a row"),
        ("about spring 2022", "can be qualified"),
        ("before 0001", "out of range"),
        ("2022 " * 40, "longer than"),
    ],
)
def test_read_vague_date_says_what_is_wrong(written: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        read_vague_date(written)


@given(st.one_of(st.text(), st.text(alphabet=ALPHABET, max_size=20)))
def test_read_vague_date_raises_nothing_but_value_error(text: str) -> None:
    try:
        found = read_vague_date(text)
    except ValueError:
        return

    assert read_vague_date(found.text) == found


@given(st.dates(), st.dates())
def test_read_vague_date_keeps_the_ends_of_an_interval(one: date, other: date) -> None:
    start, end = sorted((one, other))
    written = f"{start.isoformat()}/{end.isoformat()}"

    assert read_vague_date(written) == VagueDate(written, start, end)
