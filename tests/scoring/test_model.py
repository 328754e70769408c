"""StarModel on markets whose true rates are known."""

from __future__ import annotations

import dataclasses
import os
from datetime import date, timedelta

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scoring import base, levels, trees
from scoring.archive import Archive
from scoring.features import targets
from scoring.metrics import ASPECTS, CATALOGUE
from scoring.model import StarModel
from scoring.roster import Roster
from scoring.trees import Growth, parameters
from scoring.windows import Panel, panels, tonight
from tests.scoring.toy_market import LAST_DAY, Toy, archive, toy


@pytest.fixture(scope="module")
def market() -> Toy:
    return toy(stores=400, days=240, swing=0.3)


@pytest.fixture(scope="module")
def panel(market: Toy) -> Panel:
    return panels(market.archive(), market.roster(), LAST_DAY)["store"]


@pytest.fixture(scope="module")
def model(panel: Panel) -> StarModel:
    return StarModel("store").fit(panel)


def rank_agreement(one: np.ndarray, other: np.ndarray) -> float:
    return float(pd.Series(one).corr(pd.Series(other), method="spearman"))


def test_it_ranks_nearly_as_well_as_the_truth(market: Toy, model: StarModel) -> None:
    part = tonight(market.archive(), market.roster(), LAST_DAY)["store"]
    thick = (part.counts["orders_counted"] >= 100).to_numpy()
    raw = (part.counts["confirmed_defects"] / part.counts["orders_counted"].clip(lower=1)).to_numpy()
    found = model.predict(part.features)["log_odds"].to_numpy()
    mine, plain = (rank_agreement(values[thick], market.truth[thick]) for values in (found, raw))
    assert model.boosters_["defect"] is not None
    assert mine > 0.9
    assert mine > plain


def test_it_is_calibrated_in_every_fifth_of_the_market(market: Toy, panel: Panel, model: StarModel) -> None:
    newest = panel.cutoffs == panel.cutoffs.max()
    rows = panel.outcomes[newest].reset_index(drop=True)
    level = model.levels_["defect"][int(panel.cutoffs.max())]
    share = pd.Series(base.sigmoid(model.predict_target(panel.at(int(panel.cutoffs.max())).features, "defect") + level))
    fifth = pd.qcut(share, 5, labels=False)
    expected = (share * rows["orders"]).groupby(fifth).sum() / rows["defect"].groupby(fifth).sum()
    assert expected.between(0.85, 1.2).all()


def split(panel: Panel) -> tuple[Panel, Panel]:
    """Older cut-offs whose horizon is over before the newest begins, and the newest."""
    newest = int(panel.cutoffs.max())
    return panel.before(newest - 29), panel.at(newest)


@pytest.mark.parametrize("seed", [1, 2])
def test_trees_are_not_worse_than_the_base_out_of_time(seed: int) -> None:
    market = toy(stores=500, days=260, seed=seed, swing=0.3)
    past, newest = split(panels(market.archive(), market.roster(), LAST_DAY)["store"])
    model = StarModel("store").fit(past)
    orders = newest.outcomes["orders"].to_numpy(dtype=float)
    share = newest.outcomes["defect"].to_numpy(dtype=float) / orders
    level = base.levels(newest.outcomes, newest.cutoffs, "defect").popitem()[1] - model.reference_["defect"]
    both, logistic, bare = (
        base.log_loss(share, orders, at + level)
        for at in (
            model.predict(newest.features)["log_odds"].to_numpy(),
            model.base_target(newest.features, "defect") + model.reference_["defect"],
            np.full(len(orders), model.reference_["defect"]),
        )
    )
    assert both <= logistic + 0.0005
    assert both < bare - 0.002


def edited(market: Toy, day: date, subject: str, name: str) -> tuple[Toy, bool]:
    """The market without one incident; False when there was none to remove."""
    frame = market.frames["counters"][day].copy()
    here = frame["subject_id"] == subject
    if name not in frame or not (frame.loc[here, name] > 0).any():
        return market, False
    frame.loc[here, name] -= 1
    counters = market.frames["counters"] | {day: frame}
    return dataclasses.replace(market, frames=market.frames | {"counters": counters}), True


@pytest.fixture(scope="module")
def short(market: Toy) -> Toy:
    """The last weeks and few subjects, to be scored many times."""
    days = {
        day: frame[frame["subject_id"] < "s00020"]
        for day, frame in market.frames["counters"].items()
        if day > LAST_DAY - timedelta(days=25)
    }
    return dataclasses.replace(market, frames={"counters": days}, subjects=market.subjects[:20])


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_removed_incident_raises_no_prediction_of_its_subject(
    short: Toy, model: StarModel, data: st.DataObject
) -> None:
    days = sorted(short.frames["counters"])
    numerators = [f"{m.key}_n" for m in CATALOGUE if f"{m.key}_n" in short.frames["counters"][days[0]]]
    name, day = data.draw(st.sampled_from(numerators)), data.draw(st.sampled_from(days))
    table = short.frames["counters"][day]
    struck = table.loc[table[name] > 0, "subject_id"].tolist()
    if not struck:
        return
    subject = data.draw(st.sampled_from(struck))
    better, removed = edited(short, day, subject, name)
    before, after = (
        model.predict(tonight(m.archive(), m.roster(), LAST_DAY)["store"].features) for m in (short, better)
    )
    row = short.subjects["subject_id"].tolist().index(subject)
    assert removed
    assert (after.iloc[row] <= before.iloc[row]).all()


def test_a_worse_value_of_any_feature_never_helps(panel: Panel, model: StarModel) -> None:
    rows = panel.features.iloc[:40]
    before = model.predict(rows)
    directions = model.directions("defect")
    for name in [name for name, direction in directions.items() if direction]:
        for step in (0.01, 0.3, 3.0):
            after = model.predict(rows.assign(**{name: rows[name] + np.float32(step)}))
            assert (after["log_odds"] >= before["log_odds"]).all(), name


def test_it_is_the_same_twice_and_with_one_thread(panel: Panel, model: StarModel) -> None:
    again = StarModel("store").fit(panel)
    assert again.save() == model.save()
    single = StarModel("store", growth=Growth(threads=1)).fit(panel)
    pd.testing.assert_frame_equal(single.predict(panel.features), model.predict(panel.features), rtol=1e-9)


def test_calibration_publishes_what_was_better_on_what_the_fit_had_not_seen(panel: Panel) -> None:
    past, newest = split(panel)
    model = StarModel("store", targets=[*targets("store"), "late"]).fit(past).calibrate(newest)
    losses = model.figures_["out_of_time"]
    assert set(losses) == set(model.targets_) == {*targets("store"), "late"}
    for target, found in losses.items():
        assert model.published_[target] == ("lightgbm" if found["lightgbm"] < found["base"] else "base")
        assert min(found["lightgbm"], found["base"]) < found["level"]
        at = (
            model.predict_target(newest.features, target)
            + base.levels(newest.outcomes, newest.cutoffs, target).popitem()[1]
        )
        orders = newest.outcomes["orders"].to_numpy()
        share = newest.outcomes[target].to_numpy() / orders
        assert base.log_loss(share, orders, at) == pytest.approx(min(found["lightgbm"], found["base"]))


def test_calibration_may_choose_either_and_changes_only_the_choice(panel: Panel, model: StarModel) -> None:
    """Trees that learnt nothing but noise lose to the base and are not published."""
    spoilt = StarModel("store", growth=Growth(rounds=400, leaves=60, learning_rate=0.5, lambda_l2=0.0, min_data=20))
    past, newest = split(panel)
    found = spoilt.fit(past).calibrate(newest)
    assert set(found.published_.values()) == {"base"}
    np.testing.assert_array_equal(
        found.score(newest.features), found.base_target(newest.features, "defect") + found.reference_["defect"]
    )
    assert set(model.published_.values()) == {"lightgbm"}


def test_calibration_without_rows_changes_nothing(panel: Panel, model: StarModel) -> None:
    before = model.save()
    assert model.calibrate(panel.before(0)).save() == before


def test_a_target_that_a_kind_is_rated_on_cannot_be_left_out(panel: Panel) -> None:
    with pytest.raises(ValueError, match="'defect_service'"):
        StarModel("store", targets=["defect", "defect_product", "defect_logistics", "late"]).fit(panel)


def test_single_scores_are_columns_of_the_prediction(panel: Panel, model: StarModel) -> None:
    said = model.predict(panel.features)
    np.testing.assert_array_equal(model.score(panel.features), said["log_odds"])
    for aspect in ASPECTS:
        np.testing.assert_array_equal(model.score_aspect(panel.features, aspect), said[f"log_odds_{aspect}"])
    with pytest.raises(KeyError):
        model.predict_target(panel.features, "late")


def test_an_interval_holds_its_share_and_narrows_with_volume(market: Toy, model: StarModel) -> None:
    part = tonight(market.archive(), market.roster(), LAST_DAY)["store"]
    said = model.predict(part.features)
    assert (said["low_share"] <= said["defect_share"]).all()
    assert (said["defect_share"] <= said["high_share"]).all()
    width = (said["high_share"] - said["low_share"]) / np.sqrt(said["defect_share"])
    assert rank_agreement(width.to_numpy(), part.counts["orders_counted"].to_numpy()) < -0.9


def test_intervals_hold_no_less_than_four_fifths_of_the_true_rates(market: Toy, panel: Panel) -> None:
    """At the market's level of tonight, which is not the truth's: both are set to the same mean first."""
    past, newest = split(panel)
    model = StarModel("store").fit(past).calibrate(newest)
    part = tonight(market.archive(), market.roster(), LAST_DAY)["store"]
    said = model.predict(part.features)
    shift = market.truth.mean() / said["defect_share"].mean()
    inside = (said["low_share"] * shift <= market.truth) & (market.truth <= said["high_share"] * shift)
    assert inside.mean() > 0.78
    assert (said["high_share"] - said["low_share"]).mean() < np.ptp(np.quantile(said["defect_share"], [0.02, 0.98]))


def test_a_metric_that_nobody_shows_is_no_column_of_the_trees(model: StarModel) -> None:
    """The toy market has no cancellations: their rate would only tell volume again."""
    columns = model.columns("defect")
    assert "late_dispatch_120" in columns
    assert "log_orders" in columns
    assert not [name for name in columns if name.startswith(("merchant_cancel", "described_return", "chat_low"))]


def test_what_is_published_is_the_mean_of_base_and_trees(panel: Panel, model: StarModel) -> None:
    grown = trees.predict(model.boosters_["defect"] or "", panel.features[model.columns("defect")], 1)
    found = model.predict_target(panel.features, "defect")
    np.testing.assert_allclose(found, (grown + model.base_target(panel.features, "defect")) / 2, rtol=1e-9)


def test_a_saved_model_is_the_model(panel: Panel, model: StarModel) -> None:
    loaded = StarModel.load(model.save())
    assert loaded.save() == model.save()
    pd.testing.assert_frame_equal(loaded.predict(panel.features), model.predict(panel.features), check_exact=True)


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 99}'])
def test_what_is_not_a_model_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"format|Expecting"):
        StarModel.load(text)


def test_only_predict_adds_the_offset(panel: Panel, model: StarModel) -> None:
    found = model.predict(panel.features)
    moved = np.log(found["defect_share"] / (1 - found["defect_share"])) - found["log_odds"]
    np.testing.assert_allclose(moved, model.tonight_["defect"] - model.reference_["defect"], atol=1e-9)
    assert model.tonight_["defect"] == levels.tonight(panel, "defect")


def test_columns_in_another_order_are_refused(panel: Panel, model: StarModel) -> None:
    with pytest.raises(ValueError, match="their order"):
        model.predict(panel.features[panel.features.columns[::-1]])
    with pytest.raises(ValueError, match="log_age"):
        model.predict(panel.features.drop(columns="log_age"))


def test_a_fit_forgets_the_one_before(panel: Panel, model: StarModel) -> None:
    twice = StarModel("store").fit(panel.before(0))
    assert set(twice.boosters_.values()) == {None}
    assert twice.fit(panel) is twice
    assert twice.save() == model.save()


def test_a_panel_of_another_kind_is_refused(panel: Panel) -> None:
    with pytest.raises(ValueError, match="'store'"):
        StarModel("anchor").fit(panel)


def fitted(market: Toy) -> tuple[StarModel, pd.DataFrame]:
    model = StarModel("store").fit(panels(market.archive(), market.roster(), LAST_DAY)["store"])
    return model, model.predict(tonight(market.archive(), market.roster(), LAST_DAY)["store"].features)


def test_a_young_market_is_rated_by_the_prior_alone() -> None:
    market = toy(stores=60, days=30, orders=5.0)
    model, scores = fitted(market)
    assert model.figures_["model"] == "base only"
    assert model.tonight_["defect"] == pytest.approx(base.logit(0.09), abs=0.35)
    assert rank_agreement(scores["log_odds"].to_numpy(), market.truth) > 0.7


def test_thin_data_falls_back_to_the_base(panel: Panel) -> None:
    thin = StarModel("store").fit(panel.take(np.arange(len(panel.cutoffs)) < 150))
    assert set(thin.published_.values()) == {"base"}
    for target in thin.targets_:
        np.testing.assert_array_equal(
            thin.predict_target(panel.features, target), thin.base_target(panel.features, target)
        )


def test_a_single_store_is_rated() -> None:
    _, scores = fitted(toy(stores=1, days=200))
    assert np.isfinite(scores.to_numpy()).all()


def test_no_market_at_all_is_no_error() -> None:
    nobody = panels(Archive({}), Roster(toy(stores=1, days=1).subjects), LAST_DAY)
    assert np.isfinite(
        StarModel("store")
        .fit(nobody["store"])
        .predict(tonight(Archive({}), Roster(toy(stores=1, days=1).subjects), LAST_DAY)["store"].features)
        .to_numpy()
    ).all()
    assert StarModel("anchor").fit(nobody["anchor"]).figures_["rows"] == 0


def test_a_market_without_a_single_defect_is_no_error() -> None:
    market = toy(stores=220, days=200)
    bad = {"defect", *(f"defect_{aspect}" for aspect in ASPECTS), "problem", *(f"{m.key}_n" for m in CATALOGUE)}
    clean = {
        family: {day: frame.assign(**dict.fromkeys(bad & set(frame), 0)) for day, frame in days.items()}
        for family, days in market.frames.items()
    }
    model, scores = fitted(dataclasses.replace(market, frames=clean))
    assert np.isfinite(scores.to_numpy()).all()
    assert model.figures_["model"] == "base only"
    assert scores["defect_share"].max() < 0.01


def test_a_category_never_seen_in_training_is_rated(market: Toy, model: StarModel) -> None:
    newcomers = market.subjects.assign(category=[None, *["unheard of"] * (len(market.subjects) - 1)])
    scores = model.predict(tonight(market.archive(), Roster(newcomers), LAST_DAY)["store"].features)
    assert np.isfinite(scores.to_numpy()).all()


def test_a_market_of_reported_rates_alone_is_learnt_from() -> None:
    market = toy(stores=150, days=230, orders=6.0)
    names = [f"{key}_{part}" for key in ("late_dispatch", "quality_return", "complaint_product") for part in ("n", "d")]
    told = {
        day: frame[["kind", "subject_id", "via", "orders", *names]] for day, frame in market.frames["counters"].items()
    }
    archive_ = archive({"reported": told})
    panel = panels(archive_, market.roster(), LAST_DAY)["store"]
    model = StarModel("store").fit(panel)
    part = tonight(archive_, market.roster(), LAST_DAY)["store"]
    assert set(part.counts["basis"]) == {"aggregated"}
    assert rank_agreement(model.predict(part.features)["log_odds"].to_numpy(), market.truth) > 0.6


def test_constraints_are_all_up_or_free_and_nothing_is_categorical(model: StarModel) -> None:
    params = parameters(Growth(), model.directions("defect"), 10_000)
    assert set(params["monotone_constraints"]) == {0, 1}
    assert params["monotone_constraints_method"] == "basic"
    assert params["min_data_in_leaf"] == 200
