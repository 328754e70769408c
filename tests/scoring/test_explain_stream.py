"""The next stream: sums that were added up by hand come to the same star, and worse goods never to a better one."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.explain.again import AT, Rated
from scoring.explain.standing import Standing
from scoring.explain.stream import SHARED, Goods, goods, stream
from scoring.features import HALF_LIVES, exposure
from scoring.stars import exact, tenths
from tests.scoring.explained import night
from tests.scoring.explained_market import counted

STORES, ANCHORS, MARKET = night("store"), night("anchor"), counted()
SHOWN = HALF_LIVES.index(120)


def of(anchor: Standing, *stores: int) -> list[Goods]:
    return [goods(STORES.standing(at), anchor) for at in stores]


def by_hand(rated: Rated, rates: dict[str, float], orders: float) -> float:
    """The star once a day has passed and `orders` with these rates have come."""
    standing = rated.standing
    own = np.stack([standing.own[at] * 0.5 ** (1.0 / h) for at, h in enumerate(HALF_LIVES)])
    ours, others = standing.own[SHOWN], standing.market[SHOWN]

    def each(counter: str) -> float:
        usual = others[AT[counter]] / others[AT["orders"]]
        return (ours[AT[counter]] + 20 * usual) / (ours[AT["orders"]] + 20)

    own[:, AT["orders"]] += orders
    for key, rate in rates.items():
        own[:, AT[f"{key}_d"]] += orders * each(f"{key}_d")
        own[:, AT[f"{key}_n"]] += orders * each(f"{key}_d") * rate
        own[:, AT["incident_n"]] += orders * each(f"{key}_d") * rate
    own[:, AT["incident_d"]] += orders * each("incident_d")
    frame = replace(standing, own=own, age=standing.age + 1).features()
    return float(exact(rated.model.score(frame), rated.scale, "anchor.overall")[0])


@pytest.mark.parametrize("at", [3, 42])
def test_the_star_after_it_is_that_of_sums_added_up_by_hand(at: int) -> None:
    rated = ANCHORS.rated(at)
    told = of(rated.standing, 1, 2, 299)
    rates = {m.key: float(np.mean([one.mean[k] for one in told])) for k, m in enumerate(SHARED)}
    found = stream(rated, told, 300)
    assert found.star == pytest.approx(by_hand(rated, rates, 300), abs=1e-9)
    assert found.shown == float(tenths(found.star))
    assert found.before == float(rated.stars()[0])


def test_a_rate_is_the_stores_own_pulled_to_its_category_and_set_for_live_sales() -> None:
    anchor, store = ANCHORS.standing(3), STORES.standing(299)
    own, near = store.own[SHOWN], store.near[SHOWN]
    for k, metric in enumerate(SHARED):
        n, d = AT[f"{metric.key}_n"], AT[exposure(metric)]
        far, live = ((part.market[SHOWN][n] + 50 * 0.02) / (part.market[SHOWN][d] + 50) for part in (store, anchor))
        usual = (near[n] + 10) / (near[d] + 10 / far)
        expected = (own[n] + 0.5) / (own[d] + 0.5 / usual) * live / far
        assert goods(store, anchor).mean[k] == pytest.approx(min(expected, 1.0), rel=1e-9)


def test_a_store_that_nobody_knows_is_what_is_usual_around_it() -> None:
    store, anchor = STORES.standing(5), ANCHORS.standing(3)
    stranger = goods(replace(store, own=np.zeros_like(store.own)), anchor)
    near = store.near[SHOWN]
    k = [metric.key for metric in SHARED].index("quality_return")
    usual = near[AT["quality_return_n"]] / near[AT["quality_return_d"]]
    assert stranger.mean[k] == pytest.approx(usual * stranger.factor[k], rel=0.1)
    drawn = stranger.drawn(np.random.default_rng(1), 4000)[:, k]
    known = goods(STORES.standing(STORES.busiest()), anchor)
    told = known.drawn(np.random.default_rng(1), 4000)[:, k]
    assert drawn.std() / drawn.mean() > 2 * told.std() / told.mean()  # the less is known the wider


def test_draws_are_gamma_with_the_expected_rate_as_their_mean() -> None:
    one = of(ANCHORS.standing(3), 7)[0]
    drawn = one.drawn(np.random.default_rng(3), 20_000)
    np.testing.assert_allclose(drawn.mean(axis=0), one.mean, rtol=0.08)
    np.testing.assert_allclose(drawn.var(axis=0), one.shape / one.rate**2 * one.factor**2, rtol=0.2)


def test_leaving_a_store_out_is_the_stream_of_the_others() -> None:
    rated = ANCHORS.rated(7)
    told = of(rated.standing, 1, 2, 299)
    whole = stream(rated, told, 200)
    for at in range(3):
        others = stream(rated, [one for place, one in enumerate(told) if place != at], 200)
        assert whole.apart[at] == pytest.approx(others.star - whole.star, abs=1e-9)
    assert stream(rated, told[:1], 200).apart == []


def test_the_range_holds_the_star_and_grows_with_what_is_unknown() -> None:
    rated = ANCHORS.rated(7)
    found = stream(rated, of(rated.standing, 1, 2, 3, 299), 400)
    assert found.low <= found.star <= found.high
    assert found.high - found.low < 0.6
    few = stream(rated, of(rated.standing, 299), 400)
    assert few.high - few.low > found.high - found.low


def test_the_same_question_gives_the_same_answer() -> None:
    rated = ANCHORS.rated(9)
    assert stream(rated, of(rated.standing, 1, 2), 100) == stream(rated, of(rated.standing, 1, 2), 100)


@cache
def anchor(at: int) -> Rated:
    return ANCHORS.rated(at)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 299), st.lists(st.integers(0, 299), min_size=1, max_size=4), st.floats(1.0, 5.0), st.data())
def test_worse_goods_never_end_at_a_better_star(at: int, stores: list[int], times: float, data: st.DataObject) -> None:
    rated = anchor(at)
    told = of(rated.standing, *stores)
    worst = data.draw(st.integers(0, len(told) - 1))
    worse = [replace(one, shape=one.shape * times) if place == worst else one for place, one in enumerate(told)]
    orders = data.draw(st.integers(1, 2000))
    assert stream(rated, worse, orders).star <= stream(rated, told, orders).star + 1e-9


def test_a_stream_of_an_anchors_own_stores_brings_about_as_many_problems_as_it_has() -> None:
    """Counted evidence of a simulated market: goods of the stores that it sells go wrong as often as with them before."""
    orders = MARKET.frames.orders
    expected, usual = [], []
    stores = dict(zip(MARKET.ids("store"), range(len(MARKET.ids("store"))), strict=True))
    for at, anchor_id in enumerate(MARKET.ids("anchor")):
        sold = orders.loc[orders["anchor_id"] == anchor_id, "store_id"].value_counts()
        rated = MARKET.rated("anchor", at)
        told = [goods(MARKET.rated("store", stores[store]).standing, rated.standing) for store in sold.index[:15]]
        found = stream(rated, told, 100)
        expected.append(found.incidents)
        usual.append(found.usual)
    assert np.mean(expected) == pytest.approx(np.mean(usual), rel=0.35)


@pytest.mark.parametrize(("some", "orders"), [([], 10), ([1], 0)])
def test_a_stream_without_a_store_or_orders_is_none(some: list[int], orders: int) -> None:
    rated = ANCHORS.rated(3)
    with pytest.raises(ValueError, match="at least one store"):
        stream(rated, of(rated.standing, *some), orders)
