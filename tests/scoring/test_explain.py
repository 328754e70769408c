"""Explanations are the model's own word: every one of them is checked against scoring the night again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.explain.again import AT, SYMPTOMS, Rated, changed, light, most
from scoring.explain.changes import FEWER, raises, reasons, what_if
from scoring.explain.trajectory import DAYS, LAST, ahead, clean, pace, trajectory
from scoring.features import HALF_LIVES, exposure, features
from scoring.metrics import BY_KEY
from scoring.stars import exact, tenths
from tests.scoring.explained import Night, night

SOME = (0, 1, 7, 42, 133, 299)
STORE = night("store")


@pytest.fixture(params=["store", "anchor"])
def either(request: pytest.FixtureRequest) -> Night:
    return night(request.param)


def test_without_changes_it_is_exactly_tonights_star_share_and_range(either: Night) -> None:
    target = f"{either.part.kind}.overall"
    for at in SOME:
        told, scored = what_if(either.rated(at), {}), either.scores.iloc[at]
        assert told.star == float(exact(scored["log_odds"], either.scale, target))
        assert told.shown == float(tenths(told.star))
        columns = ["defect_share", "low_share", "high_share", "all_causes_share"]
        shares = [told.expected, told.low, told.high, told.all_causes]
        assert shares == pytest.approx((100.0 * scored[columns]).tolist(), rel=1e-12)  # exp of one row or of many


def test_one_thread_says_what_many_say() -> None:
    features_of = STORE.standing(5).features()
    assert light(STORE.model.save()).growth.threads == 1
    np.testing.assert_array_equal(light(STORE.model.save()).score(features_of), STORE.model.score(features_of))


def test_what_bands_hold_back_moves_every_star_alike_and_never_past_the_ends() -> None:
    plain, held = (what_if(STORE.rated(9, by), {"late_dispatch": 0.02}).star for by in (0.0, -0.04))
    assert held == pytest.approx(plain - 0.04)
    assert what_if(STORE.rated(9, 9.0), {}).star == 5.0


def subjects() -> st.SearchStrategy[int]:
    return st.integers(0, len(STORE.standings) - 1)


@settings(max_examples=40, deadline=None)
@given(at=subjects(), data=st.data())
def test_a_rate_that_is_higher_never_gives_more_stars(at: int, data: st.DataObject) -> None:
    rated = STORE.rated(at)
    metric = data.draw(st.sampled_from(rated.metrics()))
    low, high = sorted(data.draw(st.tuples(*[st.floats(0.0, most(metric))] * 2)))
    better, worse = (what_if(rated, {metric.key: value}) for value in (low, high))
    assert better.star >= worse.star
    assert better.expected <= worse.expected


@settings(max_examples=30, deadline=None)
@given(at=subjects(), value=st.floats(0.0, 0.3))
def test_a_changed_rate_is_that_rate_at_every_half_life_and_incidents_move_along(at: int, value: float) -> None:
    own = STORE.standing(at).own
    out = changed(own, {"late_dispatch": value})
    exposed = own[:, AT["late_dispatch_d"]]
    np.testing.assert_allclose(out[:, AT["late_dispatch_n"]], value * exposed)
    fewer = own[:, AT["late_dispatch_n"]] - value * exposed
    np.testing.assert_allclose(out[:, AT["incident_n"]], np.maximum(own[:, AT["incident_n"]] - fewer, 0.0), atol=1e-9)
    rest = np.delete(out - own, [AT["late_dispatch_n"], AT["incident_n"]], axis=1)
    assert not rest.any()


def test_times_and_scores_of_conversations_are_no_incidents() -> None:
    own = STORE.standing(3).own
    for key, value in (("dispatch_time", 10.0), ("slow_reply", 0.5)):
        assert key not in SYMPTOMS
        np.testing.assert_array_equal(changed(own, {key: value})[:, AT["incident_n"]], own[:, AT["incident_n"]])


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("late_dispatch", 1.01, "late_dispatch: 1.01 is out of range; it must be from 0 to 1 as a share"),
        ("late_dispatch", -0.01, "from 0 to 1"),
        ("late_dispatch", float("nan"), "from 0 to 1"),
        ("dispatch_time", 50_000.0, "from 0 to 43200 in minutes"),
        ("lateness", 0.1, "lateness: is no metric"),
        ("incident", 0.1, "incident: has no evidence to change"),
        ("hype", 0.1, "hype: has no evidence to change"),
    ],
)
def test_what_cannot_be_is_refused_by_name_and_range(key: str, value: float, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        what_if(STORE.rated(0), {key: value})


def test_every_reason_can_be_tried_in_the_simulator(either: Night) -> None:
    for at in SOME:
        rated, medians = either.rated(at), either.medians(at)
        found = reasons(rated, medians)
        assert found.star == what_if(rated, {}).star
        for reason in found.metrics:
            assert reason.star == pytest.approx(what_if(rated, {reason.key: medians[reason.key]}).star, abs=1e-12)
            assert reason.gain == pytest.approx(reason.star - found.star)
        for aspect in found.aspects:
            whole = {m.key: medians[m.key] for m in rated.metrics() if m.aspect == aspect.key}
            assert aspect.star == pytest.approx(what_if(rated, whole).star, abs=1e-12)


def test_reasons_are_sorted_by_size_and_say_which_way() -> None:
    for at in SOME:
        found = reasons(STORE.rated(at), STORE.medians(at))
        for rows in (found.aspects, found.metrics):
            assert [abs(row.gain) for row in rows] == sorted((abs(row.gain) for row in rows), reverse=True)
        for reason in found.metrics:
            assert {"better": reason.own < reason.usual, "worse": reason.own > reason.usual, "level": True}[reason.than]
            rates = _rates(at, reason.key)
            if (rates < reason.usual).all():
                assert reason.gain <= 1e-12
            if (rates > reason.usual).all():
                assert reason.gain >= -1e-12


def _rates(at: int, key: str) -> np.ndarray:
    """At each half-life: a store may be better than its category over the year and worse this month."""
    own = STORE.standing(at).own
    return own[:, AT[f"{key}_n"]] / own[:, AT[exposure(BY_KEY[key])]]


def test_a_metric_without_evidence_is_no_reason() -> None:
    keys = {reason.key for reason in reasons(STORE.rated(0), STORE.medians(0)).metrics}
    assert "late_dispatch" in keys
    assert not keys & {"incident", "problem", "defect", "chat_low", "refund_time", "fulfilment_return"}


def test_own_values_are_what_the_books_say() -> None:
    own = STORE.standing(8).own[HALF_LIVES.index(120)]
    late = next(r for r in reasons(STORE.rated(8), STORE.medians(8)).metrics if r.key == "late_dispatch")
    assert late.own == own[AT["late_dispatch_n"]] / own[AT["late_dispatch_d"]]


def test_advice_is_a_third_fewer_ranked_by_what_it_gains() -> None:
    any_at_all = 0
    for at in range(40):
        rated = STORE.rated(at)
        found = raises(rated, STORE.quick(at))
        any_at_all += len(found)
        assert [row.gain for row in found] == sorted((row.gain for row in found), reverse=True)
        for row in found:
            assert row.gain > 0
            least = STORE.quick(at)[row.metric] if BY_KEY[row.metric].unit == "minutes" else 0.0
            assert row.aim == pytest.approx(max(row.own * FEWER, least))
            assert row.aim < row.own
            tried = what_if(rated, {row.metric: row.aim}).star
            assert row.gain == pytest.approx(tried - what_if(rated, {}).star, abs=1e-12)
    assert any_at_all > 20


def test_who_did_nothing_wrong_gets_no_advice() -> None:
    standing = STORE.standing(4)
    spotless = clean(standing.own, "store")
    spotless[:, AT["dispatch_time_n"]] = 0.0
    rated = Rated(
        STORE.model, type(standing)("store", "", standing.age, spotless, standing.market, standing.near), STORE.scale
    )
    assert raises(rated, {}) == []


def _day_by_day(own: np.ndarray, days: int, age: float) -> np.ndarray:
    """The slow way: each day everything decays once and an ordinary day comes."""
    daily, out = pace(own, age, "store"), own.copy()
    for _ in range(days):
        for at, half_life in enumerate(HALF_LIVES):
            out[at] = out[at] * 0.5 ** (1.0 / half_life) + daily
    return out


@pytest.mark.parametrize("days", [0, 1, 30, 200])
def test_the_years_ahead_are_single_days_added_up(days: int) -> None:
    standing = STORE.standing(11)
    found = ahead(standing.own, np.array([float(days)]), standing.age, "store")[0]
    np.testing.assert_allclose(found, _day_by_day(standing.own, days, standing.age), rtol=1e-9, atol=1e-9)


def test_the_present_pace_is_the_one_that_made_the_sums() -> None:
    own = np.zeros((len(HALF_LIVES), len(AT)))
    for at, half_life in enumerate(HALF_LIVES):
        own[at, AT["orders"]] = sum(6.0 * 0.5 ** (age / half_life) for age in range(80))
    assert pace(own, 80.0, "store")[AT["orders"]] == pytest.approx(6.0)
    steady = ahead(own, np.array([10.0]), 80.0, "store")[0]
    assert steady[HALF_LIVES.index(365), AT["orders"]] == pytest.approx(
        sum(6.0 * 0.5 ** (age / 365) for age in range(90))
    )


def test_the_way_ahead_is_what_the_night_would_score_on_those_days() -> None:
    for at in SOME:
        found = trajectory(STORE.rated(at)).stars
        assert [found[day] for day in DAYS] == pytest.approx([_star_after(at, day) for day in DAYS])


def _star_after(at: int, day: int) -> float:
    """Scored as the night scores, with the night's own yardsticks."""
    standing = STORE.standing(at)
    own = ahead(standing.own, np.array([float(day)]), standing.age, "store")[0]
    by = {half_life: own[None, row] for row, half_life in enumerate(HALF_LIVES)}
    frame = features(by, STORE.part.yardsticks.take(np.array([at])), np.array([standing.age + day]), "store")
    return float(exact(STORE.model.score(frame), STORE.scale, "store.overall")[0])


def test_the_goal_is_reached_on_the_first_day_that_shows_it() -> None:
    reached = 0
    for at in SOME:
        rated = STORE.rated(at)
        now = float(tenths(what_if(rated, {}).star))
        assert trajectory(rated, goal=now).days_to_goal == 0
        goal = round(min(now + 0.2, 5.0), 1)
        day = trajectory(rated, goal=goal).days_to_goal
        before = range(max((day or LAST) - 12, 0), day if day is not None else LAST)
        assert all(tenths(trajectory_star(rated, then)) < goal for then in before)
        if day is not None:
            reached += 1
            assert tenths(trajectory_star(rated, day)) >= goal
    assert reached


def test_the_past_is_over_when_it_costs_less_than_a_twentieth() -> None:
    rated, standing = STORE.rated(STORE.busiest()), STORE.standing(STORE.busiest())
    day = trajectory(rated).days_to_forgotten
    assert day is not None
    spotless = Rated(rated.model, type(standing)(
        "store", "", standing.age, clean(standing.own, "store"), standing.market, standing.near
    ), rated.scale)  # fmt: skip
    costs = [trajectory_star(spotless, then) - trajectory_star(rated, then) for then in (max(day - 1, 0), day)]
    assert costs[1] <= 0.05 < costs[0] or day == 0


def trajectory_star(rated: Rated, day: int) -> float:
    standing = rated.standing
    own = ahead(standing.own, np.array([float(day)]), standing.age, standing.kind)
    return float(rated.stars(own, np.array([standing.age + day]))[0])


def test_symptoms_are_metrics_that_the_catalogue_knows() -> None:
    assert set(BY_KEY) >= SYMPTOMS
    assert all(BY_KEY[key].unit == "share" and BY_KEY[key].aspect for key in SYMPTOMS)


def test_a_subject_without_any_orders_has_no_reasons_and_no_advice() -> None:
    standing = STORE.standing(0)
    nothing = type(standing)("store", "x", 0.0, np.zeros_like(standing.own), standing.market, standing.near)
    rated = Rated(STORE.model, nothing, STORE.scale)
    assert reasons(rated, STORE.medians(0)).metrics == raises(rated, {}) == []
    assert trajectory(rated).stars[30] == pytest.approx(what_if(rated, {}).star, abs=0.2)
