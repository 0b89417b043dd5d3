import numpy as np
import pytest

from components.routes import sums
from components.routes.evidence import RouteKey
from components.routes.posterior import Posterior, RouteShare, Share
from components.routes.sums import WIDENING, by_dispatch, grouped, summed


def through(**probabilities: float) -> Posterior:
    """A component that came through these countries with these probabilities in every draw; the rest is unknown."""
    rest = round(1 - sum(probabilities.values()), 9)
    routes = tuple(
        RouteShare(RouteKey(1, "", country[:2], country, ""), p, p, p, 1, 1.0) for country, p in probabilities.items()
    )
    draws = np.repeat(np.array([[*probabilities.values(), rest]], dtype=np.float32).T, 400, axis=1)
    return Posterior(routes, Share(rest, rest, rest), draws)


def test_summed_counts_certain_components_by_country() -> None:
    parts = [through(HK=1.0), through(HK=1.0), through(TR=1.0), through()]

    found = summed(parts, by_dispatch)

    assert [(one.key, one.share, one.low, one.high) for one in found] == [
        ("HK", 0.5, 0.5, 0.5),
        ("TR", 0.25, 0.25, 0.25),
        (None, 0.25, 0.25, 0.25),
    ]


def test_summed_holds_the_chance_of_finitely_many() -> None:
    few, many = summed([through(HK=0.5)] * 4), summed([through(HK=0.5)] * 100)

    assert (few[0].share, few[0].low, few[0].high) == (0.5, 0.0, 1.0)  # of 4: none with 6 %, all with 6 %
    # 1.645 standard deviations of 0.05, widened by 1.15
    assert many[0].low == pytest.approx(0.405, abs=0.02)
    assert many[0].high == pytest.approx(0.595, abs=0.02)


def test_ends_stand_further_out_than_the_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    components = [through(HK=0.5)] * 400
    (widened, _) = summed(components)
    monkeypatch.setattr(sums, "WIDENING", 1.0)
    (bare, _) = summed(components)

    assert WIDENING > 1
    assert widened.high - widened.low == pytest.approx(WIDENING * (bare.high - bare.low), rel=0.001)


def test_summed_carries_what_components_share() -> None:
    """One unknown thing that moves all components together leaves a wide interval however many there are."""
    one = through(HK=0.5)
    draws = np.zeros_like(one.draws)
    draws[0, :200], draws[1, 200:] = 1, 1
    together = Posterior(one.routes, one.unknown, draws)

    found = summed([together] * 100)

    assert (found[0].low, found[0].high) == (0.0, 1.0)


def test_summed_refuses_nothing() -> None:
    with pytest.raises(ValueError, match="no component"):
        summed([])


def test_grouped_adds_routes_of_one_country() -> None:
    assert grouped(through(HK1=0.25, HK2=0.5), by_dispatch) == {
        "HK": Share(0.75, 0.75, 0.75),
        None: Share(0.25, 0.25, 0.25),
    }
