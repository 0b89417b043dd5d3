from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from components.routes.delays import LONGEST_DAYS, gamma_delay, lag_weight, shelf_weight
from components.routes.evidence import day_number

DAY = np.array([day_number(date(2022, 5, 2))])


@given(mean=st.floats(30, 2_000), shape=st.floats(0.5, 5), stray=st.floats(0, 1))
def test_delay_sums_to_one_and_never_is_negative(mean: float, shape: float, stray: float) -> None:
    delay = gamma_delay(mean, shape, stray, 7_300)

    assert delay.between(np.array([0]), np.array([LONGEST_DAYS]))[0] == pytest.approx(1)
    assert (np.diff(delay.cumulative) >= 0).all()


def test_delay_has_the_mean_that_was_asked_for() -> None:
    delay = gamma_delay(540, 2, 0, 7_300)

    assert np.sum(1 - delay.cumulative) - 1 == pytest.approx(540, abs=1.5)


def test_windows_are_probabilities_of_days() -> None:
    delay = gamma_delay(540, 2, 1, 100)  # each of 100 days alike

    one_day = lag_weight(delay, DAY, (date(2022, 5, 5), date(2022, 5, 5)))
    before = lag_weight(delay, DAY, (date(2022, 4, 1), date(2022, 5, 1)))
    open_ended = lag_weight(delay, DAY, (date(2022, 5, 12), None))
    made = shelf_weight(delay, DAY, ((date(2022, 4, 1), date(2022, 4, 5)), (date(2022, 5, 1), date(2022, 5, 30))))

    assert [one_day[0], before[0], open_ended[0], made[0]] == pytest.approx([0.01, 0, 0.9, 0.07])
    assert shelf_weight(delay, DAY, ()).tolist() == [1]
