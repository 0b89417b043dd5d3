"""nomenklatura beside our own likeness, where the extra is installed; nothing where it is not."""

from importlib.util import find_spec

import pytest

from components.curation.companies import propose_matches
from components.models import CompanyMatch
from components.normalise.companies import second_opinion
from tests.factories import CompanyFactory

IS_INSTALLED = find_spec("nomenklatura") is not None
only_with_it = pytest.mark.skipif(not IS_INSTALLED, reason="the extra `nomenklatura` is not installed")


@pytest.mark.skipif(IS_INSTALLED, reason="the extra `nomenklatura` is installed")
def test_without_the_extra_there_is_no_opinion() -> None:
    assert second_opinion("Ромашка", "Romashka") is None


@only_with_it
def test_opinion_tells_one_company_from_two() -> None:
    same = second_opinion("SHENZHEN KINGFORD TECHNOLOGY CO LTD", "Shenzhen Kingford Technology Co., Limited")
    other = second_opinion("ALFA TRADING", "BETA TRADING")

    assert same is not None
    assert other is not None
    assert (same[0], other[0]) == ("nomenklatura logic-v2", "nomenklatura logic-v2")
    assert same[1] > 0.8 > 0.5 > other[1]


@pytest.mark.django_db
def test_opinion_is_one_more_reason_of_a_proposal() -> None:
    for name in ("SYNTHETIC KINGFORD TECHNOLOGY CO LTD", "Synthetic Kingford Technology Co., Limited"):
        CompanyFactory(name=name, tax_number="", country=None)

    propose_matches()

    (reasons,) = CompanyMatch.objects.values_list("reasons", flat=True)
    assert [reason.startswith("nomenklatura logic-v2: ") for reason in reasons].count(True) == int(IS_INSTALLED)
