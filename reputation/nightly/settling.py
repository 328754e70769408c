"""Scores, the scale and the night before -> what is shown of every subject, and what moved it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from scoring.ledger import PARTS, ledger
from scoring.metrics import ASPECTS, KIND_ASPECTS
from scoring.stability import kept, settle, settle_shown
from scoring.stars import Scale, exact_by_kind, rate, restated, states, tenths
from scoring.steps import KEPT, STEPS

KEY = ["kind", "subject_id"]
STATE = ("exact", "band", "half", *(f"band_{aspect}" for aspect in ASPECTS))  # what a night hands on, in stars
Who = tuple[str, str]


@dataclass(frozen=True)
class Before:
    """The published night that this one follows. `settled`: KEY, `shown` (stars, NaN where none were), `log_odds`
    and STATE of each subject that it settled, by its own `scale`."""

    days: int
    scale: Scale
    settled: pd.DataFrame


@dataclass(frozen=True)
class Look:
    """What a night's stars are read with. `withheld`: (kind, id) -> why; `announced`: the scale to come, if any."""

    scale: Scale
    announced: Scale | None = None
    before: Before | None = None
    withheld: Mapping[Who, str] = field(default_factory=dict)


def settled(scores: pd.DataFrame, look: Look) -> pd.DataFrame:
    """A score table -> the same with state, withheld_for, stars, percentiles, STATE, PARTS, announced_stars,
    `counted` (evidence enough for a star), `was` (what the night before settled, in today's scale) and `explained`
    (how much of the change since then somebody answers for).

    A withheld subject is settled too, so that its star does not jump when it is shown again.
    """
    table = scores.reset_index(drop=True)
    before = _before(table, look)
    steps = _steps(table, before, look)
    counted = states(table) == "rated"
    shown = _shown(table, steps, _restated(table, before, look), look).where(counted)
    reasons = [look.withheld.get(who, "") for who in zip(table["kind"], table["subject_id"], strict=True)]
    rated = rate(table, look.scale, lambda kind, subject: (kind, subject) in look.withheld, shown)
    moved = ledger(steps, rated["stars"], before["shown"])
    was = _restated(table, before, look)["exact"]
    return rated.assign(
        withheld_for=pd.Series(reasons, index=table.index, dtype="str"),
        announced_stars=_announced(table, look).where(rated["state"] == "rated"),
        counted=counted,
        was=was,
        explained=_explained(steps, shown["exact"], was),
        **{name: shown[name] for name in STATE},
        **{name: moved[name] for name in PARTS},
    )


def _before(table: pd.DataFrame, look: Look) -> pd.DataFrame:
    """What the night before settled, a row for each of `table`; NaN for whom it did not."""
    columns = ["shown", "log_odds", *STATE]
    if look.before is None:
        return pd.DataFrame(np.nan, index=table.index, columns=columns)
    return table[KEY].merge(look.before.settled, on=KEY, how="left")[columns]


def _restated(table: pd.DataFrame, before: pd.DataFrame, look: Look) -> pd.DataFrame:
    """The state in today's scale, where that is another."""
    if look.before is None or look.before.scale == look.scale:
        return before
    out = before.copy()
    for kind, aspects in KIND_ASPECTS.items():
        here = (table["kind"] == kind).to_numpy()
        for name in STATE:
            target = name.removeprefix("band_") if name.startswith("band_") else "overall"
            if target in ("overall", *aspects):
                values = before.loc[here, name]
                out.loc[here, name] = restated(values, look.before.scale, look.scale, f"{kind}.{target}")
    return out


def _steps(table: pd.DataFrame, before: pd.DataFrame, look: Look) -> pd.DataFrame:
    """Unrounded stars after each step from the night before to tonight, as scoring.ledger takes them."""
    scales = {"start": look.before.scale if look.before else look.scale, "scale": look.scale}
    was = table.assign(log_odds=before["log_odds"])
    stars = {name: exact_by_kind(was, scale) for name, scale in scales.items()}
    for name in STEPS:
        scored = table[f"step_{name}"] if f"step_{name}" in table else pd.Series(np.nan, index=table.index)
        stars[name] = exact_by_kind(table.assign(log_odds=scored), look.scale)
    return pd.DataFrame(stars | {"model": exact_by_kind(table, look.scale)})


def _shown(table: pd.DataFrame, steps: pd.DataFrame, state: pd.DataFrame, look: Look) -> pd.DataFrame:
    """The state that this night hands on, with stars, half_stars and stars_<aspect>."""
    symptom = table["symptom"] if "symptom" in table else pd.Series(True, index=table.index)
    now = {"raw": steps["model"], "kept": _vouched(table, steps, look), "symptom": symptom.astype(bool)}
    days = look.before.days if look.before else 1
    overall = settle(pd.DataFrame(now), state[["exact", "band", "half"]], days)
    columns = {}
    for aspect in ASPECTS:
        raw = exact_by_kind(table, look.scale, aspect)
        band, stars = settle_shown(raw, state[f"band_{aspect}"])
        columns |= {f"band_{aspect}": band, f"stars_{aspect}": stars}
    return overall.assign(**columns)


def _explained(steps: pd.DataFrame, exact: pd.Series, was: pd.Series) -> pd.Series:
    """Stars that the gate (model) or persons (corrections) answer for, less what the limiter kept or let go of them."""
    judged = (steps["model"] - steps["peers"]).fillna(0.0) + (steps["corrected"] - steps["scale"]).fillna(0.0)
    held = (exact - was) - (steps["model"] - steps["scale"])
    left = np.sign(judged) * np.maximum(judged.abs() - held.abs(), 0.0)
    return judged.where(np.sign(held) != -np.sign(judged), left)


def _vouched(table: pd.DataFrame, steps: pd.DataFrame, look: Look) -> pd.Series:
    """What the night before and the nights that are kept think of tonight's evidence, each less its allowance."""
    earlier = [(look.before.days, steps["evidence"])] if look.before else []
    for name in (str(column) for column in table if str(column).startswith(KEPT)):
        days = int(name.removeprefix(KEPT))
        earlier.append((days, exact_by_kind(table.assign(log_odds=table[name]), look.scale)))
    return pd.Series(kept(earlier) if earlier else np.nan, index=table.index, dtype="float64")


def _announced(table: pd.DataFrame, look: Look) -> pd.Series:
    if look.announced is None:
        return pd.Series(np.nan, index=table.index)
    return pd.Series(tenths(exact_by_kind(table, look.announced)), index=table.index)
