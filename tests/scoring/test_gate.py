"""A challenger takes over only when it has earned it, and every bad day ends with a reason."""

from __future__ import annotations

import copy
import dataclasses
import json
import os

os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.findings import Finding, codes, plain
from scoring.gate import Limits, Verdict, bootstrap, judge, without_trees
from scoring.model import StarModel
from scoring.stars import fit_scale
from scoring.sweep import sweep
from scoring.windows import Panel, panels, tonight
from scoring.work import scored
from tests.scoring.toy_market import LAST_DAY, Toy, toy


@pytest.fixture(scope="module")
def market() -> Toy:
    return toy(stores=400, days=240, swing=0.3)


@pytest.fixture(scope="module")
def panel(market: Toy) -> Panel:
    return panels(market.archive(), market.roster(), LAST_DAY)["store"]


@pytest.fixture(scope="module")
def newest(panel: Panel) -> Panel:
    return panel.at(int(panel.cutoffs.max()))


@pytest.fixture(scope="module")
def challenger(panel: Panel, newest: Panel) -> StarModel:
    return StarModel("store").fit(panel.before(int(panel.cutoffs.max()))).calibrate(newest)


@pytest.fixture(scope="module")
def champion(panel: Panel) -> StarModel:
    second = int(np.unique(panel.cutoffs)[-2])
    return StarModel("store").fit(panel.before(second)).calibrate(panel.at(second))


@pytest.fixture(scope="module")
def scale(market: Toy, champion: StarModel) -> dict:
    return fit_scale(scored(tonight(market.archive(), market.roster(), LAST_DAY)["store"], champion))


def nothing(panel: Panel) -> Panel:
    return panel.take(np.zeros(len(panel.cutoffs), dtype=bool))


def bent(model: StarModel, factor: float = 1.0, shift: float = 0.0) -> StarModel:
    """The bases of a model with every coefficient times `factor`, all log-odds raised by `shift`."""
    out = without_trees(copy.deepcopy(model))
    for target, fitted in out.bases_.items():
        coefficients = tuple(factor * value for value in fitted.coefficients)
        out.bases_[target] = dataclasses.replace(
            fitted, coefficients=coefficients, intercept=factor * fitted.intercept + shift
        )
    return out


def found(verdict: Verdict) -> set[str]:
    return {finding.code for finding in verdict.findings}


def test_a_sound_challenger_takes_over_and_every_figure_is_kept(
    challenger: StarModel, champion: StarModel, newest: Panel, scale: dict
) -> None:
    verdict = judge(challenger, champion, newest, scale)
    assert (verdict.promoted, verdict.base_only, found(verdict)) == (True, False, {"no_worse"})
    figures = json.loads(json.dumps(verdict.as_json(), allow_nan=False))["figures"]
    assert figures["log_loss"]["challenger"] < figures["log_loss"]["level"]
    assert figures["against_champion"]["low"] <= figures["against_champion"]["mean"]
    assert figures["against_champion"]["mean"] <= figures["against_champion"]["high"]
    assert 0.8 < figures["calibration"]["large"] < 1.25
    assert figures["sweep"] == 0
    assert figures["seen_days"]["challenger"] == 0
    assert verdict == judge(challenger, champion, newest, scale)


def test_a_champion_that_saw_the_judged_orders_is_told_so(
    challenger: StarModel, panel: Panel, newest: Panel, scale: dict
) -> None:
    verdict = judge(challenger, StarModel("store").fit(panel), newest, scale)
    assert verdict.figures["seen_days"] == {"challenger": 0, "champion": 14}


@pytest.mark.parametrize(
    ("factor", "shift", "reason"),
    [
        (-1.0, 0.0, "worse_than_champion"),
        (1.0, 0.5, "too_many_foreseen"),
        (1.0, -0.5, "too_few_foreseen"),
        (6.0, 0.0, "too_bold"),
        (0.15, 0.0, "too_timid"),
        (0.0, 0.0, "worse_than_champion"),
        (3.0, 0.0, "calibration_error"),
        (-1.0, 0.0, "sweep"),
        (0.5, 0.0, "moved"),
    ],
)
def test_a_bad_challenger_is_kept_out_for_its_own_reason(
    challenger: StarModel, champion: StarModel, newest: Panel, scale: dict, factor: float, shift: float, reason: str
) -> None:
    verdict = judge(bent(challenger, factor, shift), champion, newest, scale)
    assert not verdict.promoted
    assert reason in found(verdict)
    assert all(len(text) < 160 for text in verdict.reasons)


def test_trees_that_lose_to_their_own_base_are_kept_out(
    challenger: StarModel, champion: StarModel, panel: Panel, newest: Panel, scale: dict
) -> None:
    """Trees fitted to shuffled outcomes."""
    past = panel.before(int(panel.cutoffs.max()))
    mixed = past.outcomes.sample(frac=1.0, random_state=1).reset_index(drop=True)
    foolish = copy.copy(challenger)
    foolish.boosters_ = StarModel("store").fit(dataclasses.replace(past, outcomes=mixed)).boosters_
    foolish.published_ = dict.fromkeys(foolish.published_, "lightgbm")
    verdict = judge(foolish, champion, newest, scale)
    assert not verdict.promoted
    assert "worse_than_base" in found(verdict)
    first = judge(foolish, None, newest, scale)
    assert (first.promoted, first.base_only) == (True, True)
    assert found(first) >= {"first", "worse_than_base"}


def test_the_same_model_is_kept_without_a_trial(challenger: StarModel, newest: Panel, scale: dict) -> None:
    verdict = judge(challenger, StarModel.load(challenger.save()), newest, scale)
    assert (verdict.promoted, found(verdict)) == (False, {"same"})


def test_the_first_night_promotes_what_holds(challenger: StarModel, newest: Panel) -> None:
    verdict = judge(challenger, None, newest, None)
    assert (verdict.promoted, verdict.base_only, found(verdict)) == (True, False, {"first"})


@pytest.mark.parametrize("rows", [0, 1, 29])
def test_too_few_orders_keep_the_champion_and_else_promote_the_base_alone(
    challenger: StarModel, champion: StarModel, newest: Panel, scale: dict, rows: int
) -> None:
    few = newest.take(np.arange(len(newest.cutoffs)) < rows)
    kept = judge(challenger, champion, few, scale)
    assert not kept.promoted
    assert kept.reasons[0].startswith("not enough orders to judge")
    first = judge(challenger, None, few, None)
    assert (first.promoted, first.base_only) == (True, True)
    assert found(first) >= {"first", "too_few_subjects"}
    json.dumps(kept.as_json() | first.as_json(), allow_nan=False)


def test_one_store_is_never_judged_however_much_it_sells(
    challenger: StarModel, champion: StarModel, newest: Panel, scale: dict
) -> None:
    one = newest.take(np.arange(len(newest.cutoffs)) == 0)
    rich = dataclasses.replace(one, outcomes=one.outcomes * 0 + 1e6)
    assert found(judge(challenger, champion, rich, scale)) == {"too_few_subjects"}


def test_a_market_without_a_defect_is_too_thin_to_judge(
    challenger: StarModel, champion: StarModel, newest: Panel, scale: dict
) -> None:
    clean = dataclasses.replace(newest, outcomes=newest.outcomes.assign(defect=0.0))
    assert found(judge(challenger, champion, clean, scale)) == {"too_few_defects"}


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_a_number_that_is_none_keeps_a_challenger_out(
    challenger: StarModel, champion: StarModel, newest: Panel, scale: dict, broken: float
) -> None:
    verdict = judge(bent(challenger, shift=broken), champion, newest, scale)
    assert (verdict.promoted, found(verdict)) == (False, {"not_finite"})
    assert verdict.findings[0].value == len(newest.cutoffs)
    alone = judge(bent(challenger, shift=broken), None, newest, None)
    assert not alone.promoted
    json.dumps(alone.as_json(), allow_nan=False)


def test_a_broken_champion_is_named_and_nobody_is_promoted_in_silence(
    challenger: StarModel, champion: StarModel, newest: Panel, scale: dict
) -> None:
    verdict = judge(challenger, bent(champion, shift=np.nan), newest, scale)
    assert (verdict.promoted, found(verdict)) == (False, {"champion_not_finite"})


def test_constant_features_and_no_features_at_all_are_judged_without_a_crash(
    challenger: StarModel, champion: StarModel, newest: Panel, scale: dict
) -> None:
    for value in (0.0, -3.0, 1e6):
        flat = pd.DataFrame(np.float32(value), index=newest.features.index, columns=newest.features.columns)
        verdict = judge(challenger, champion, dataclasses.replace(newest, features=flat), scale)
        json.dumps(verdict.as_json(), allow_nan=False)
        assert verdict.figures["calibration"]["slope"] is None


def test_a_market_nobody_knows_anything_about_starts_with_its_prior(panel: Panel) -> None:
    empty = StarModel("store").fit(nothing(panel))
    verdict = judge(empty, None, nothing(panel), None)
    assert (verdict.promoted, verdict.base_only) == (True, True)


def test_a_learnt_model_may_move_every_star_of_a_prior_that_it_beats(
    challenger: StarModel, panel: Panel, newest: Panel, scale: dict
) -> None:
    """Else a market that began with its prior could never leave it."""
    prior = bent(StarModel("store").fit(nothing(panel)), factor=2.0)
    strict = Limits(moved=0.01, moved_better=0.02)
    verdict = judge(challenger, prior, newest, scale, strict)
    assert verdict.figures["moved"]["share"] > 0.3
    assert verdict.promoted


def test_better_forecasts_may_move_half_of_the_stars_and_no_more(
    challenger: StarModel, champion: StarModel, newest: Panel, scale: dict
) -> None:
    """The champion's trees, fitted to shuffled outcomes, give nearly everybody the same star."""
    dull = bent(champion, factor=0.0, shift=0.6)
    dull.published_ = dull.published_ | {"defect": "lightgbm"}
    dull.boosters_ = champion.boosters_
    dull.reference_ = dull.reference_ | {"defect": dull.reference_["defect"] + 2.0}
    verdict = judge(challenger, dull, newest, scale)
    assert verdict.figures["moved"]["share"] > 0.9
    assert (verdict.promoted, found(verdict)) == (False, {"moved"})


def test_the_kind_has_to_be_the_panels(challenger: StarModel, newest: Panel) -> None:
    with pytest.raises(ValueError, match="kind"):
        judge(challenger, None, dataclasses.replace(newest, kind="anchor"), None)


def test_without_trees_every_target_speaks_through_its_base(challenger: StarModel, newest: Panel) -> None:
    bare = StarModel.load(without_trees(challenger).save())
    assert np.array_equal(
        bare.predict_target(newest.features, "defect"), challenger.base_target(newest.features, "defect")
    )
    assert challenger.published_["defect"] == "lightgbm"


def test_the_sweep_finds_one_step_that_is_wrong(challenger: StarModel, newest: Panel) -> None:
    """One negative coefficient in one aspect of a sound model."""
    assert sweep(challenger, newest.features) == 0
    wrong = bent(challenger)
    service = wrong.bases_["defect_service"]
    flipped = tuple(
        -0.05 if name == "slow_reply_120" else value
        for name, value in zip(service.features, service.coefficients, strict=True)
    )
    wrong.bases_["defect_service"] = dataclasses.replace(service, coefficients=flipped)
    assert sweep(wrong, newest.features) >= 100
    assert sweep(wrong, newest.features.iloc[:0]) == 0


def test_the_bootstrap_agrees_with_resampling_by_hand() -> None:
    random = np.random.default_rng(0)
    weights = random.poisson(30, 400) + 1.0
    sums = np.stack([random.normal(0.1, 1, 400) * weights, weights], axis=1)
    drawn = bootstrap(sums, 2000, seed=1)[:, 0]
    picks = random.integers(0, 400, (2000, 400))
    by_hand = sums[picks, 0].sum(axis=1) / sums[picks, 1].sum(axis=1)
    assert np.quantile(drawn, [0.05, 0.5, 0.95]) == pytest.approx(np.quantile(by_hand, [0.05, 0.5, 0.95]), abs=0.012)


def test_the_interval_of_the_difference_holds_the_truth_nine_times_in_ten() -> None:
    random = np.random.default_rng(2)
    held = 0
    for trial in range(200):
        weights = random.poisson(20, 150) + 1.0
        sums = np.stack([(0.03 + random.normal(0, 0.5, 150)) * weights, weights], axis=1)
        low, high = np.quantile(bootstrap(sums, 300, seed=trial)[:, 0], [0.05, 0.95])
        held += low <= 0.03 <= high
    assert 165 <= held <= 195


@given(st.floats(allow_nan=True, allow_infinity=True), st.sampled_from(codes()))
def test_every_reason_has_a_sentence_whatever_the_figure(value: float, code: str) -> None:
    finding = Finding(code, value, 0.5)
    assert finding.text
    json.dumps(finding.as_json(), allow_nan=False)


def test_figures_become_plain_json() -> None:
    told = plain({"a": np.float64("nan"), "b": [np.int64(3), 0.1234567891234], "c": {"d": True, "e": None, "f": "x"}})
    assert told == {"a": None, "b": [3, 0.123456789], "c": {"d": True, "e": None, "f": "x"}}
