"""The promise from end to end: had an incident of a subject not happened, its star would not be lower.

Thousands of edits of a simulated market's evidence; each touched unit is counted again, the subject's sums and
features are made anew with everything else as it is, and scored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray

from scoring.features import HALF_LIVES, features, on_grid
from scoring.market import MarketSpec, simulate
from scoring.market.counted import archive_of, frames_of, horizon_of, subjects_of
from scoring.market.edits import Edits, edit, effects
from scoring.metrics import SubjectKind
from scoring.model import StarModel
from scoring.outcomes import Counted, EvidenceFrames, Horizon, count_units
from scoring.roster import Roster
from scoring.stability import settle
from scoring.stars import Scale, exact, fit_scale
from scoring.windows import KINDS, Tonight, panels, tonight
from scoring.work import scored

Floats = NDArray[np.float64]
AS_OF = date(2026, 6, 30)
EDITS = 4000
SPEC = MarketSpec(stores=80, days=160, seed=4, last_day=AS_OF, orders_per_store_day=2.0)


@dataclass(frozen=True)
class Night:
    frames: EvidenceFrames
    horizon: Horizon
    counted: Counted
    parts: dict[SubjectKind, Tonight]
    models: dict[SubjectKind, StarModel]
    older: dict[SubjectKind, StarModel]  # of the night before, which knew less
    scale: Scale


@pytest.fixture(scope="module")
def night() -> Night:
    market = simulate(SPEC)
    frames, horizon = frames_of(market), horizon_of(market)
    units = count_units(frames, horizon)
    archive, roster = archive_of(market, units), Roster(subjects_of(market))
    learnt, parts = panels(archive, roster, AS_OF), tonight(archive, roster, AS_OF)
    models = {kind: StarModel(kind).fit(learnt[kind]) for kind in KINDS}
    older = {kind: StarModel(kind).fit(learnt[kind].before(int(learnt[kind].cutoffs.max()))) for kind in KINDS}
    scale = fit_scale(pd.concat([scored(parts[kind], models[kind]) for kind in KINDS], ignore_index=True))
    return Night(frames, horizon, units, parts, models, older, scale)


@pytest.fixture(scope="module")
def edits(night: Night) -> Edits:
    return edit(night.frames, night.horizon, EDITS, np.random.default_rng(8))


@dataclass(frozen=True)
class Compared:
    """Per edit that took an own incident: what was done, and the subject's log-odds before and after."""

    what: NDArray[np.str_]
    rows: NDArray[np.int64]
    before: Floats
    after: Floats


def compared(night: Night, edits: Edits, kind: SubjectKind, model: StarModel) -> Compared:
    part = night.parts[kind]
    number, rows, sums = effects(night.counted, edits, part, AS_OF)
    mended = features(sums, part.yardsticks.take(rows), part.age[rows], kind)
    return Compared(np.array(edits.what)[number], rows, model.score(part.features)[rows], model.score(mended))


def all_models(night: Night) -> Iterator[tuple[SubjectKind, StarModel]]:
    for kind in KINDS:
        yield kind, night.models[kind]
        yield kind, night.older[kind]


def test_no_edit_that_takes_an_incident_away_makes_the_log_odds_worse(night: Night, edits: Edits) -> None:
    for kind, model in all_models(night):
        found = compared(night, edits, kind, model)
        worse = found.after > found.before
        assert not worse.any(), (kind, sorted(set(found.what[worse])))


def test_the_edits_are_felt(night: Night, edits: Edits) -> None:
    """Else the promise would be empty: most edits of a few orders' store are too small for one of its trees."""
    for kind in KINDS:
        found = compared(night, edits, kind, night.models[kind])
        assert len(found.rows) > EDITS / 5
        assert (found.after < found.before).mean() > 0.1
    assert set(edits.what) >= {"return into none", "late dispatch into punctual", "false promotion or hype into no"}
    assert night.models["store"].published_["defect"] == "lightgbm"


def test_no_star_is_lower_nor_what_stability_makes_of_it(night: Night, edits: Edits) -> None:
    """With the same state of the night before; an incident that is gone may be one that was new tonight."""
    random = np.random.default_rng(2)
    for kind in KINDS:
        new, old = (compared(night, edits, kind, model) for model in (night.models[kind], night.older[kind]))
        target = f"{kind}.overall"
        stars = {
            name: exact(values, night.scale, target)
            for name, values in (("was", new.before), ("is", new.after), ("was_old", old.before), ("is_old", old.after))
        }
        assert (stars["is"] >= stars["was"]).all()
        base = np.clip(stars["was_old"] + random.normal(0, 0.3, len(new.rows)), 1, 5)
        held = np.clip(base + random.normal(0, 0.2, len(base)), 1, 5)
        before = pd.DataFrame({"exact": held, "band": held, "half": held})
        symptom = random.random(len(base)) < 0.5
        fresh = symptom & (random.random(len(base)) < 0.5)
        tables = (
            pd.DataFrame({"raw": stars[name], "kept": stars[f"{name}_old"] - 0.05, "symptom": bad})
            for name, bad in (("was", symptom), ("is", fresh))
        )
        was, now = (settle(table, before, 1) for table in tables)
        for column in ("exact", "band", "half", "stars", "half_stars"):
            assert (now[column] >= was[column]).all(), (kind, column)


def test_an_incident_more_is_never_better_and_often_worse(night: Night, edits: Edits) -> None:
    """The same edits the other way round: what the check is made of can fail."""
    part, model = night.parts["store"], night.models["store"]
    number, rows, sums = effects(night.counted, edits, part, AS_OF)
    twice = {h: on_grid(np.maximum(2 * part.sums[h][rows] - sums[h], 0.0)) for h in HALF_LIVES}
    after = model.score(features(twice, part.yardsticks.take(rows), part.age[rows], "store"))
    assert (after > model.score(part.features)[rows]).sum() > 50
    assert len(number) > 0


def test_counting_one_copy_is_counting_the_market_again(night: Night) -> None:
    """The sums behind an edit are those of a market in whose evidence the edited unit stands instead of its own."""
    some = edit(night.frames, night.horizon, 150, np.random.default_rng(3))
    orders = {unit: copy for unit, copy in zip(some.unit, some.copy, strict=True) if unit.startswith("o:")}
    store = night.counted.units.set_index("unit")["store_id"]
    chosen = pd.Series({unit: store[unit] for unit in orders}).drop_duplicates()  # one edit per store
    frames = swapped(night.frames, some.frames, {unit[2:]: orders[unit][2:] for unit in chosen.index})
    market = simulate(SPEC)
    again = count_units(frames, night.horizon)
    part = tonight(archive_of(market, again), Roster(subjects_of(market)), AS_OF)["store"]
    number, rows, sums = effects(night.counted, some, night.parts["store"], AS_OF)
    checked = 0
    for at, (edited, row) in enumerate(zip(number.tolist(), rows.tolist(), strict=True)):
        if some.unit[edited] in chosen.index and some.copy[edited] == orders[some.unit[edited]]:
            for half_life in HALF_LIVES:
                assert part.sums[half_life][row] == pytest.approx(sums[half_life][at], abs=3e-4)
            checked += 1
    assert checked > 8


def swapped(frames: EvidenceFrames, copies: EvidenceFrames, orders: dict[str, str]) -> EvidenceFrames:
    """The market's evidence with some orders, and all that belongs to them, exchanged for their edited copies."""
    parts = {}
    for kind in ("orders", "shipments", "returns", "complaints", "responses"):
        kept, new = getattr(frames, kind), getattr(copies, kind)
        kept = kept[~kept["order_id"].isin(set(orders))]
        new = new[new["order_id"].isin(set(orders.values()))]
        parts[kind] = pd.concat([kept, new], ignore_index=True)
    named = copies.exclusions[copies.exclusions["order_id"].isin(set(orders.values()))]
    return replace(frames, **parts, exclusions=pd.concat([frames.exclusions, named], ignore_index=True))


def test_the_same_seed_draws_the_same_edits(night: Night) -> None:
    first, second = (edit(night.frames, night.horizon, 50, np.random.default_rng(1)) for _ in range(2))
    assert (first.what, first.unit) == (second.what, second.unit)
    pd.testing.assert_frame_equal(first.counted.facts, second.counted.facts)


def test_a_market_without_incidents_has_nothing_to_edit(night: Night) -> None:
    bare = EvidenceFrames(orders=night.frames.orders.iloc[:0])
    assert len(edit(bare, night.horizon, 10, np.random.default_rng(1))) == 0
