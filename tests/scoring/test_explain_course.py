"""The way ahead with numbers that one sets: single days added up, and the first of them that shows the goal."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.explain.again import AT, SYMPTOMS, Rated, most
from scoring.explain.changes import what_if
from scoring.explain.course import course, daily
from scoring.explain.trajectory import LAST, clean, pace, trajectory
from scoring.features import HALF_LIVES, exposure, features
from scoring.metrics import BY_KEY
from scoring.stars import exact, tenths
from tests.scoring.explained import night

SOME = (0, 1, 7, 42, 133, 299)
STORE = night("store")


def day_by_day(rated: Rated, brings: np.ndarray, days: int) -> float:
    """The slow way: each day everything decays once and a day comes; scored as a night scores."""
    standing, own = rated.standing, rated.standing.own.copy()
    for _ in range(days):
        for at, half_life in enumerate(HALF_LIVES):
            own[at] = own[at] * 0.5 ** (1.0 / half_life) + brings
    frame = type(standing)(standing.kind, "", standing.age + days, own, standing.market, standing.near).features()
    return float(exact(STORE.model.score(frame), STORE.scale, "store.overall")[0])


@pytest.mark.parametrize("at", SOME)
def test_every_day_is_the_day_before_decayed_and_a_day_of_such_orders(at: int) -> None:
    rated = STORE.rated(at)
    brings = pace(rated.standing.own, rated.standing.age, "store")
    values = {metric.key: rated.value(metric) for metric in rated.metrics()} | {"late_dispatch": 0.01}
    at_once = rated.standing.own[HALF_LIVES.index(120)]
    incidents = at_once[AT["incident_n"]] / at_once[AT["incident_d"]] * brings[AT["incident_d"]]
    for key, value in values.items():
        exposed = brings[AT[exposure(BY_KEY[key])]]
        brings[AT[f"{key}_n"]] = value * exposed
        if key == "late_dispatch":
            incidents += (0.01 - rated.value(BY_KEY[key])) * exposed
    brings[AT["incident_n"]] = max(incidents, 0.0)
    found = course(rated, {"late_dispatch": 0.01}, 4.5, {}).stars
    for days in (0, 1, 30, 200):
        assert found[days] == pytest.approx(day_by_day(rated, brings, days), abs=1e-6)


def test_without_any_problem_it_is_the_way_that_the_reasons_show() -> None:
    for at in SOME:
        rated = STORE.rated(at)
        spotless = {m.key: 0.0 for m in rated.metrics() if m.unit == "share"} | {
            m.key: rated.value(m) for m in rated.metrics() if m.unit == "minutes"
        }
        brings = daily(rated, spotless)
        assert all(brings[AT[f"{key}_n"]] == 0.0 for key in SYMPTOMS)
        shown = trajectory(rated).stars
        # Dispatch goes on at the minutes of 120 days here and of 30 there; the toy counts slow replies as incidents.
        assert course(rated, spotless, 4.5, {}).stars[180] == pytest.approx(shown[180], abs=0.2)


def test_it_begins_at_tonights_star_and_ends_near_what_the_numbers_come_to() -> None:
    for at in SOME:
        rated, changes = STORE.rated(at), {"late_dispatch": 0.005, "quality_return": 0.004}
        found = course(rated, changes, 4.5, {}).stars
        assert found[0] == what_if(rated, {}).star
        assert found[LAST] == pytest.approx(what_if(rated, changes).star, abs=0.15)
        assert len(found) == LAST + 1


def test_the_goal_is_reached_on_the_first_day_that_shows_it() -> None:
    reached = 0
    for at in SOME:
        rated = STORE.rated(at)
        goal = min(float(tenths(what_if(rated, {}).star)) + 0.2, 5.0)
        found = course(rated, {"late_dispatch": 0.0, "quality_return": 0.0}, goal, {})
        shows = np.flatnonzero(tenths(found.stars) >= goal)
        assert found.day == (int(shows[0]) if len(shows) else None)
        reached += found.day is not None
        assert (found.hurdle is None) or found.day is None
    assert reached


def test_a_goal_that_is_shown_already_is_reached_tonight() -> None:
    rated = STORE.rated(7)
    assert course(rated, {}, float(tenths(what_if(rated, {}).star)), {}).day == 0


def test_what_is_in_the_way_is_the_measure_whose_best_gains_most() -> None:
    named = 0
    for at in SOME:
        rated, quick = STORE.rated(at), STORE.quick(at)
        hurdle = course(rated, {}, 5.0, quick).hurdle
        if hurdle is None:
            continue
        named += 1
        ends = {}
        for metric in rated.metrics():
            best = quick.get(metric.key, 0.0) if metric.unit == "minutes" else 0.0
            if best < rated.value(metric):
                ends[metric.key] = float(course(rated, {metric.key: best}, 5.0, {}).stars[LAST])
        assert hurdle.star == pytest.approx(max(ends.values()), abs=1e-9)
        assert ends[hurdle.metric] == pytest.approx(hurdle.star, abs=1e-9)
        assert hurdle.value == rated.value(BY_KEY[hurdle.metric])
        assert hurdle.day == course(rated, {hurdle.metric: hurdle.aim}, 5.0, {}).day
    assert named > 2


def test_nothing_is_in_the_way_of_who_does_nothing_wrong() -> None:
    standing = STORE.standing(4)
    spotless = clean(standing.own, "store")
    spotless[:, AT["dispatch_time_n"]] = 0.0
    rated = Rated(
        STORE.model, type(standing)("store", "", 30.0, spotless, standing.market, standing.near), STORE.scale, -2.0
    )
    assert course(rated, {}, 5.0, {}).hurdle is None


@settings(max_examples=25, deadline=None)
@given(at=st.integers(0, 299), data=st.data())
def test_a_lower_rate_from_tonight_on_is_never_reached_later(at: int, data: st.DataObject) -> None:
    rated = STORE.rated(at)
    metric = data.draw(st.sampled_from(rated.metrics()))
    low, high = sorted(data.draw(st.tuples(*[st.floats(0.0, most(metric))] * 2)))
    better, worse = (course(rated, {metric.key: value}, 4.5, {}) for value in (low, high))
    assert (better.stars >= worse.stars - 1e-9).all()
    assert worse.day is None or (better.day is not None and better.day <= worse.day)


def test_what_cannot_be_is_refused_by_name_and_range() -> None:
    with pytest.raises(ValueError, match="lateness: is no metric"):
        course(STORE.rated(0), {"lateness": 0.1}, 4.5, {})
    with pytest.raises(ValueError, match="from 0 to 1"):
        course(STORE.rated(0), {"late_dispatch": 2.0}, 4.5, {})


def test_the_features_of_a_day_ahead_are_those_of_the_nights_own_function() -> None:
    rated = STORE.rated(9)
    standing, brings = rated.standing, daily(rated, {})
    own = np.stack([standing.own[at] * 0.5 ** (1.0 / h) + brings for at, h in enumerate(HALF_LIVES)])
    by = {half_life: own[None, row] for row, half_life in enumerate(HALF_LIVES)}
    frame = features(by, STORE.part.yardsticks.take(np.array([9])), np.array([standing.age + 1.0]), "store")
    expected = float(exact(STORE.model.score(frame), STORE.scale, "store.overall")[0])
    assert course(rated, {}, 4.5, {}).stars[1] == pytest.approx(expected)
