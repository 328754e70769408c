"""What a night makes of scores and of the night before, table by table."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from reputation.nightly.settling import STATE, Before, Look, settled
from scoring.ledger import PARTS
from scoring.metrics import ASPECTS, KIND_ASPECTS
from scoring.stability import ALLOWANCE
from scoring.stars import Scale, exact, restated, tenths
from scoring.steps import STEPS

LENIENT, STRICT = (-5.0, -4.0, -3.0, -1.0), (-5.4, -4.4, -3.4, -1.4)


def scale(log_odds: tuple[float, ...] = LENIENT) -> Scale:
    points = [list(pair) for pair in zip(log_odds, (5.0, 4.0, 3.0, 1.0), strict=True)]
    return {f"{kind}.{name}": {"points": points} for kind in KIND_ASPECTS for name in ("overall", *KIND_ASPECTS[kind])}


def scores(*log_odds: float, **columns: Any) -> pd.DataFrame:
    """A score table of stores s0, s1, ... with evidence enough for stars."""
    count = len(log_odds)
    table = pd.DataFrame(
        {"kind": "store", "subject_id": [f"s{n}" for n in range(count)], "category": "", "orders_counted": 90,
         "buyers": 9, "log_odds": log_odds}
    )  # fmt: skip
    aspects = {f"log_odds_{aspect}": np.array(log_odds) - 1.0 for aspect in KIND_ASPECTS["store"]}
    others = {f"log_odds_{aspect}": np.nan for aspect in ASPECTS if aspect not in KIND_ASPECTS["store"]}
    return table.assign(**aspects, **others, **columns)


def unmoved(*log_odds: float) -> dict[str, Any]:
    """Every step of a night in which nothing came to pass."""
    return {f"step_{name}": list(log_odds) for name in STEPS} | {"symptom": False}


def handed_on(table: pd.DataFrame, days: int = 1, by: Scale | None = None) -> Before:
    """A settled night as the next one reads it."""
    rows = table.assign(shown=table["stars"])[["kind", "subject_id", "shown", "log_odds", *STATE]]
    return Before(days, by or scale(), rows)


def test_with_no_night_before_stars_are_tonights_and_there_is_no_ledger() -> None:
    found = settled(scores(-4.0, -3.3), Look(scale()))
    assert found["exact"].tolist() == pytest.approx([4.0, 3.3])
    assert found["stars"].tolist() == [4.0, 3.3]
    assert found["was"].isna().all()
    assert found[list(PARTS)].isna().all(axis=None)
    assert found["announced_stars"].isna().all()
    assert found["stars_product"].tolist() == [5.0, 4.3]


def test_a_night_in_which_nothing_came_to_pass_changes_nothing() -> None:
    first = settled(scores(-4.0, -3.3), Look(scale()))
    again = settled(scores(-4.0, -3.3, **unmoved(-4.0, -3.3)), Look(scale(), before=handed_on(first)))
    for column in (*STATE, "stars", "half_stars", "percentile", "was"):
        expected = first["exact" if column == "was" else column]
        pd.testing.assert_series_equal(again[column], expected, check_names=False)
    assert (again[list(PARTS)] == 0).all(axis=None)


def test_the_withheld_keep_their_state_and_come_back_without_a_jump() -> None:
    """Three nights: shown, withheld, shown again. Held up by an earlier model all the while, as others are."""
    first = settled(scores(-4.0, -4.0), Look(scale()))
    steps = unmoved(-4.0, -4.0)
    stricter = scores(-3.5, -3.5, **steps)
    held = Look(scale(), before=handed_on(first), withheld={("store", "s1"): "drift"})
    second = settled(stricter, held)
    assert second["state"].tolist() == ["rated", "withheld"]
    assert second["withheld_for"].tolist() == ["", "drift"]
    assert np.isnan(second["stars"][1])
    assert np.isnan(second["percentile"][1])
    assert second.loc[1, list(PARTS)].isna().all()
    assert second["exact"].tolist() == pytest.approx([4.0 - ALLOWANCE] * 2)
    assert second["counted"].all()
    third = settled(
        scores(-3.5, -3.5, **unmoved(-3.5, -3.5), kept_2=[-4.0, -4.0]), Look(scale(), before=handed_on(second))
    )
    assert third["exact"].tolist() == pytest.approx([4.0 - 2 * ALLOWANCE] * 2)
    assert third["stars"][0] == third["stars"][1] == 4.0
    assert third["held_back"].notna().tolist() == [True, False]  # no star the night before to compare with


def test_a_kept_night_holds_up_what_a_stricter_model_would_lower_and_no_more_than_its_age_allows() -> None:
    first = settled(scores(-4.0), Look(scale()))
    columns = unmoved(-3.0) | {"kept_30": [-4.2], "kept_90": [-4.3], "symptom": [True]}
    found = settled(scores(-3.0, **columns), Look(scale(), before=handed_on(first, days=4)))
    assert found["exact"][0] == pytest.approx(4.2 - 30 * ALLOWANCE)
    alone = settled(scores(-3.0, **columns | {"kept_30": [np.nan]}), Look(scale(), before=handed_on(first, days=4)))
    assert alone["exact"][0] == pytest.approx(4.3 - 90 * ALLOWANCE)


def test_a_new_scale_restates_the_state_and_says_so_in_the_ledger() -> None:
    first = settled(scores(-3.9, -3.3), Look(scale()))
    look = Look(scale(STRICT), before=handed_on(first))
    found = settled(scores(-3.9, -3.3, **unmoved(-3.9, -3.3)), look)
    read = exact([-3.9, -3.3], scale(STRICT), "store.overall")
    assert found["was"].tolist() == pytest.approx(read.tolist())
    assert found["exact"].tolist() == pytest.approx(read.tolist())
    bands = restated(first["band_product"], scale(), scale(STRICT), "store.product")
    assert found["band_product"].tolist() == pytest.approx(bands.tolist())
    moved = (found["stars"] - first["stars"]).round(3)
    assert (moved < -0.3).all()
    assert found["scale"].tolist() == pytest.approx((read - first["exact"]).round(3).tolist())
    others = [part for part in PARTS if part not in ("scale", "held_back")]
    assert (found[others] == 0).all(axis=None)
    assert (found[list(PARTS)].sum(axis=1) - moved).abs().max() < 1e-9


def test_what_is_announced_is_read_by_the_scale_to_come_for_those_who_are_shown() -> None:
    look = Look(scale(), announced=scale(STRICT), withheld={("store", "s2"): "brushing"})
    table = scores(-4.2, -3.3, -3.3)
    table.loc[1, "orders_counted"] = 3
    found = settled(table, look)
    assert found["state"].tolist() == ["rated", "few_orders", "withheld"]
    assert found["announced_stars"][0] == tenths(exact([-4.2], scale(STRICT), "store.overall"))[0]
    assert found["announced_stars"][1:].isna().all()
    assert found["stars"][0] == 4.2


def test_who_falls_below_the_least_evidence_hands_no_state_on() -> None:
    first = settled(scores(-4.0), Look(scale()))
    few = settled(scores(-4.0, **unmoved(np.nan)).assign(orders_counted=20), Look(scale(), before=handed_on(first)))
    assert (few["state"][0], few["counted"][0]) == ("few_orders", False)
    assert few[list(STATE)].isna().all(axis=None)
    back = settled(scores(-3.0, **unmoved(np.nan)), Look(scale(), before=handed_on(few)))
    assert back["exact"][0] == pytest.approx(3.0)
    assert back[list(PARTS)].isna().all(axis=None)


def test_the_parts_add_up_to_the_change_and_each_names_its_step() -> None:
    first = settled(scores(-4.0), Look(scale()))
    steps = {"step_corrected": [-3.9], "step_aged": [-3.95], "step_evidence": [-3.5], "step_peers": [-3.45]}
    found = settled(scores(-3.4, **steps, symptom=[True]), Look(scale(), before=handed_on(first)))
    row = found.iloc[0]
    expected = {"scale": 0, "corrected": -0.1, "aged": 0.05, "evidence": -0.45, "peers": -0.05, "model": -0.05}
    assert row[list(expected)].to_dict() == pytest.approx(expected)
    assert row[list(PARTS)].sum() == pytest.approx(row["stars"] - 4.0)
    assert row["exact"] == pytest.approx(3.5 - ALLOWANCE)  # peers and model are held back, evidence is not
