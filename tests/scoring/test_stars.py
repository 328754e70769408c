"""Scale, halves, percentiles and states."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring.metrics import ASPECTS, KIND_ASPECTS
from scoring.stars import (
    LEAST_SUBJECTS,
    check_scale,
    exact,
    exact_by_kind,
    fit_scale,
    half,
    percentile,
    rate,
    restated,
    stars,
    state,
    states,
    tenths,
)


def scores(
    log_odds: np.ndarray, kind: str = "store", orders: int = 100, buyers: int = 9, lift: float = 0.0
) -> pd.DataFrame:
    """A score table; tonight's level is `lift` above the reference level."""
    table = pd.DataFrame(
        {
            "kind": kind,
            "subject_id": [f"s{n}" for n in range(len(log_odds))],
            "category": "tea",
            "orders_counted": orders,
            "buyers": buyers,
            "log_odds": log_odds,
        }
    )
    table["defect_share"] = 1 / (1 + np.exp(-(table["log_odds"] + lift)))
    aspects = {f"log_odds_{a}": table["log_odds"] - 1.6 if a in KIND_ASPECTS[kind] else np.nan for a in ASPECTS}
    return table.assign(**aspects)


def wide(size: int = 2000, spread: float = 0.8) -> pd.DataFrame:
    return scores(np.random.default_rng(0).normal(-3, spread, size))


def test_a_fitted_scale_spreads_the_market() -> None:
    shown = stars(wide()["log_odds"], fit_scale(wide()), "store.overall")
    assert np.median(shown) == pytest.approx(4.2, abs=0.1)
    assert (shown >= 5.0).mean() == pytest.approx(0.03, abs=0.02)
    assert (shown <= 1.8).mean() == pytest.approx(0.03, abs=0.01)
    assert shown.min() >= 1.0


def test_a_nearly_equal_market_is_not_spread_by_noise() -> None:
    table = wide(spread=0.02)
    shown = stars(table["log_odds"], fit_scale(table), "store.overall")
    assert shown.min() >= 4.0
    assert shown.max() <= 4.4


def test_too_few_subjects_get_absolute_rates() -> None:
    table = scores(np.full(LEAST_SUBJECTS - 1, -3.0), lift=0.7)
    scale = fit_scale(table)
    assert scale["store.overall"]["source"] == "default"
    rates = np.array([0.005, 0.01, 0.04, 0.2, 0.35, 0.9])
    at_reference = np.log(rates / (1 - rates)) - 0.7
    assert stars(at_reference, scale, "store.overall").tolist() == [5.0, 5.0, 4.2, 1.8, 1.0, 1.0]


def test_an_aspect_of_an_ordinary_market_is_ordinary_on_the_default_scale() -> None:
    scale = fit_scale(scores(np.zeros(0)))
    assert stars(np.log(0.01 / 0.99), scale, "store.product") == pytest.approx(4.2)


def test_the_unrated_do_not_shape_the_scale() -> None:
    noise = scores(np.full(500, 3.0), orders=29)
    lonely = scores(np.full(500, 3.0), buyers=4)
    assert fit_scale(pd.concat([wide(), noise, lonely])) == fit_scale(wide())


def test_a_scale_survives_json() -> None:
    scale = fit_scale(wide())
    assert json.loads(json.dumps(scale, allow_nan=False)) == scale


@pytest.mark.parametrize(
    "table",
    [
        scores(np.zeros(0)),
        scores(np.array([-3.0])),
        scores(np.full(80, np.nan)),
        scores(np.full(80, -3.0)),
        scores(np.full(80, -3.0), kind="anchor"),
    ],
)
def test_odd_markets_are_no_error(table: pd.DataFrame) -> None:
    scale = fit_scale(table)
    shown = rate(table, scale)["stars"].to_numpy()
    known = table["log_odds"].notna().to_numpy()
    assert np.isnan(shown[~known]).all()
    assert ((shown[known] >= 1.0) & (shown[known] <= 5.0)).all()
    for target in scale.values():
        xs, ys = zip(*target["points"], strict=True)
        assert list(xs) == sorted(set(xs))
        assert list(ys) == sorted(ys, reverse=True)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.floats(-30, 30), min_size=1, max_size=120), st.floats(-40, 40), st.floats(0, 20))
def test_a_worse_log_odds_never_has_the_better_star(market: list[float], at: float, worse: float) -> None:
    scale = fit_scale(scores(np.array(market)))
    better, lower = stars([at, at + worse], scale, "store.overall")
    assert 1.0 <= lower <= better <= 5.0
    assert round(better * 10) == pytest.approx(better * 10)
    assert half(lower) <= half(better)


def test_halves_round_quarters_up() -> None:
    assert half([4.2, 4.3, 4.7, 4.8, 1.0, 5.0]).tolist() == [4.0, 4.5, 4.5, 5.0, 1.0, 5.0]
    assert half(4.25) == 4.5


def test_percentile_counts_worse_peers_and_half_of_the_equal() -> None:
    log_odds = pd.Series([-4.0, -3.0, -3.0, -2.0, -9.0, -1.0, np.nan])
    category = pd.Series(["a", "a", "a", "a", "a", "b", "a"])
    rated = pd.Series([True, True, True, True, False, True, True])
    found = percentile(log_odds, category, rated)
    assert found.iloc[:4].tolist() == [87.5, 50.0, 50.0, 12.5]
    assert found.iloc[5] == 50.0
    assert found.iloc[[4, 6]].isna().all()


@pytest.mark.parametrize(
    ("orders", "buyers", "withheld", "expected"),
    [
        (0, 0, False, "new"),
        (1, 1, False, "few_orders"),
        (29, 9, False, "few_orders"),
        (30, 4, False, "few_orders"),
        (30, 5, False, "rated"),
        (30, 5, True, "withheld"),
        (0, 0, True, "withheld"),
    ],
)
def test_states(orders: int, buyers: int, withheld: bool, expected: str) -> None:
    assert state(orders, buyers, withheld) == expected


def test_only_rated_subjects_have_stars() -> None:
    table = pd.concat([wide(200), scores(np.array([-3.0]), orders=3), scores(np.array([-3.0]), kind="anchor")])
    table["subject_id"] = [f"x{n}" for n in range(len(table))]
    shown = rate(table, fit_scale(wide()), withheld=lambda kind, who: who == "x0")
    assert shown["state"].value_counts().to_dict() == {"rated": 200, "withheld": 1, "few_orders": 1}
    hidden = shown[shown["state"] != "rated"]
    assert hidden[["stars", "half_stars", "percentile", "stars_product", "percentile_product"]].isna().all(axis=None)
    anchor = shown[shown["kind"] == "anchor"].iloc[0]
    assert 1.0 <= anchor["stars"] <= 5.0
    assert anchor["percentile"] == 50.0
    assert np.isnan(anchor["stars_logistics"])


def test_one_terrible_subject_of_sixty_does_not_decide_where_one_star_is() -> None:
    calm = np.random.default_rng(3).normal(-3, 0.5, 59)
    ends = [fit_scale(scores(np.append(calm, worst)))["store.overall"]["points"][-1][0] for worst in (-2.0, 8.0)]
    assert ends[1] - ends[0] < 1.0  # the quantile alone would move by seven


def test_log_odds_that_are_no_numbers_do_not_shape_the_scale() -> None:
    broken = pd.concat([wide(), scores(np.array([np.inf, -np.inf, np.nan]))])
    assert fit_scale(broken) == fit_scale(wide())


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from([-3.0, -3.0, -2.9, 4.0, -25.0]) | st.floats(-40, 40), max_size=130))
def test_every_fitted_scale_is_one_that_may_be_used(market: list[float]) -> None:
    """Few subjects, ties, constants, outliers."""
    check_scale(json.loads(json.dumps(fit_scale(scores(np.array(market))))))


GOOD = [[-4.0, 5.0], [-3.0, 4.2], [-1.0, 1.0]]


@pytest.mark.parametrize(
    ("points", "mend"),
    [
        (None, "at least two points"),
        ([[-4.0, 5.0]], "at least two points"),
        ([[-4.0, 5.0], [-3.0], [-1.0, 1.0]], "two finite numbers"),
        ([[-4.0, 5.0], ["-3", 4.2], [-1.0, 1.0]], "two finite numbers"),
        ([[-4.0, 5.0], [float("nan"), 4.2], [-1.0, 1.0]], "two finite numbers"),
        ([[-4.0, 5.0], [True, 4.2], [-1.0, 1.0]], "two finite numbers"),
        ([[-4.0, 5.0], [-4.0, 4.2], [-1.0, 1.0]], "log-odds must rise"),
        ([[-4.0, 5.0], [-3.0, 5.0], [-1.0, 1.0]], "stars must fall"),
        ([[-4.0, 4.9], [-3.0, 4.2], [-1.0, 1.0]], "first point must be star 5.0"),
        ([[-4.0, 5.0], [-3.0, 4.2], [-1.0, 0.9]], "last star 1.0"),
    ],
)
def test_a_bad_entry_of_a_scale_is_named_with_its_mend(points: object, mend: str) -> None:
    scale = {name: {"points": GOOD} for name in fit_scale(wide())}
    check_scale(scale)
    with pytest.raises(ValueError, match=f"^store.service: .*{mend}"):
        check_scale(scale | {"store.service": {"points": points}})


def test_a_scale_has_every_entry_and_no_other() -> None:
    scale = fit_scale(wide())
    with pytest.raises(ValueError, match=r"anchor\.overall is missing"):
        check_scale({name: entry for name, entry in scale.items() if name != "anchor.overall"})
    with pytest.raises(ValueError, match=r"store\.overal is neither"):
        check_scale(scale | {"store.overal": scale["store.overall"]})
    with pytest.raises(ValueError, match="no table"):
        check_scale([scale])


def test_stars_are_the_tenths_of_exact_stars() -> None:
    log_odds = np.linspace(-6, 1, 300)
    unrounded = exact(log_odds, fit_scale(wide()), "store.overall")
    assert (np.diff(unrounded) <= 0).all()
    assert stars(log_odds, fit_scale(wide()), "store.overall").tolist() == tenths(unrounded).tolist()
    assert tenths([4.25, 4.249, 4.35]).tolist() == [4.3, 4.2, 4.4]


def test_exact_stars_follow_each_kind_by_its_own_scale() -> None:
    table = pd.concat([scores(np.array([-3.0])), scores(np.array([-3.0]), kind="anchor")], ignore_index=True)
    scale = fit_scale(wide()) | {"anchor.overall": {"points": GOOD}}
    assert exact_by_kind(table, scale).tolist() == [
        exact(-3.0, scale, "store.overall"),
        pytest.approx(4.2),
    ]
    assert exact_by_kind(table, scale, "logistics").isna().tolist() == [False, True]


def test_restating_in_the_same_scale_changes_nothing() -> None:
    scale, held = fit_scale(wide()), np.linspace(1, 5, 101)
    assert restated(held, scale, scale, "store.overall") == pytest.approx(held)
    assert np.isnan(restated(np.nan, scale, scale, "store.overall"))


def test_states_keep_the_index_of_the_scores() -> None:
    table = scores(np.array([-3.0, -3.0]), orders=40).set_index(pd.Index([7, 9]))
    assert states(table, lambda kind, who: who == "s1").to_dict() == {7: "rated", 9: "withheld"}


def test_settled_stars_are_shown_instead_of_tonights() -> None:
    table = wide(40)
    settled = pd.DataFrame({"stars": 4.7, "half_stars": 4.5, "stars_service": 3.3}, index=range(40))
    shown = rate(table, fit_scale(wide()), lambda kind, who: who == "s3", settled)
    plain = rate(table, fit_scale(wide()))
    assert shown["stars"].value_counts().to_dict() == {4.7: 39}
    assert shown["half_stars"].dropna().unique().tolist() == [4.5]
    assert shown["stars_service"].dropna().unique().tolist() == [3.3]
    assert shown["stars_product"].drop(index=3).tolist() == plain["stars_product"].drop(index=3).tolist()
    assert shown.loc[3, ["stars", "half_stars", "stars_service", "stars_product"]].isna().all()
