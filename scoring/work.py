"""The pieces of a night that run in a child process: training, judging, and scoring every subject."""

from __future__ import annotations

import json
import resource
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring import base, levels
from scoring.archive import Archive
from scoring.calibration import calibration
from scoring.drift import DailyOrders, histogram, psi, volume
from scoring.explain.files import Explained
from scoring.explain.stores import StoreSplit
from scoring.features import DECAYED
from scoring.gate import judge, without_trees
from scoring.intervals import coverage
from scoring.metrics import ASPECTS, SubjectKind
from scoring.model import StarModel
from scoring.roster import Roster
from scoring.stars import Scale
from scoring.steps import Again, Before, Models, corrected
from scoring.trees import Growth
from scoring.windows import KINDS, Panel, Tonight, panels, tonight

_OUTCOME, _SUBJECT, _CUTOFF = "outcome:", "subject", "cutoff"  # columns of a judge's file beside the features


@dataclass(frozen=True)
class Night:
    """What a child process is asked to work on. Days after `as_of` are never read."""

    as_of: date
    archive: Archive
    subjects: pd.DataFrame
    out: Path
    threads: int
    seed: int


def train(night: Night) -> dict[str, Any]:
    """Writes model-<kind>.json, judge-<kind>.parquet and figures.json into `out`, each whole or not at all.

    The models are taught by all mature cut-offs but the newest, which is left to judge them by.
    """
    started = time.monotonic()
    figures: dict[str, Any] = {"as_of": night.as_of.isoformat()}
    learnt = panels(night.archive, Roster(night.subjects), night.as_of)
    figures["seconds_windows"] = round(time.monotonic() - started, 2)
    for kind in KINDS:
        past, newest = parted(learnt[kind])
        model = StarModel(kind, growth=Growth(threads=night.threads, seed=night.seed)).fit(past).calibrate(newest)
        model.figures_["judged_on"] = int(newest.cutoffs.max(initial=0))
        write(night.out / f"model-{kind}.json", model.save())
        judge_write(night.out / f"judge-{kind}.parquet", newest)
        figures[kind] = _figures(model, learnt[kind])
    figures |= _cost(started)
    write(night.out / "figures.json", json.dumps(figures, allow_nan=False, indent=1))
    return figures


def parted(panel: Panel) -> tuple[Panel, Panel]:
    """What teaches and what judges: the newest cut-off is held back, unless it is the only one."""
    cutoffs = np.unique(panel.cutoffs)
    if len(cutoffs) < 2:
        return panel, panel.take(np.zeros(len(panel.cutoffs), dtype=np.bool_))
    return panel.before(int(cutoffs[-1])), panel.at(int(cutoffs[-1]))


def _figures(model: StarModel, panel: Panel) -> dict[str, Any]:
    cutoffs = {date.fromordinal(day).isoformat(): level for day, level in model.levels_["defect"].items()}
    return model.figures_ | {
        "cutoffs": sorted(cutoffs),
        "levels": cutoffs,
        "tonight": tonight_levels(model, panel),
        "reference": model.reference_,
    }


def tonight_levels(model: StarModel, panel: Panel) -> dict[str, float]:
    """Per target the level of the market, from all that is known, the cut-off held back included."""
    return {target: levels.tonight(panel, target) for target in model.targets_}


def gate(
    night: Night, trained: Path, champions: Mapping[SubjectKind, StarModel] | None, scale: Scale | None
) -> dict[str, Any]:
    """Writes gate.json into `out`: per kind the verdict on the challenger in `trained`; approved-<kind>.json for each
    that takes over."""
    verdicts: dict[str, Any] = {}
    for kind in KINDS:
        challenger = StarModel.load((trained / f"model-{kind}.json").read_text(encoding="utf-8"))
        newest = judge_read(trained / f"judge-{kind}.parquet", kind)
        verdict = judge(challenger, champions[kind] if champions else None, newest, scale, seed=night.seed)
        if verdict.promoted:
            approved = without_trees(challenger) if verdict.base_only else challenger
            write(night.out / f"approved-{kind}.json", approved.save())
        verdicts[kind] = verdict.as_json() | {"measured": measured(champions[kind], newest) if champions else None}
    write(night.out / "gate.json", json.dumps(verdicts, allow_nan=False, indent=1))
    return verdicts


def measured(champion: StarModel, newest: Panel) -> dict[str, Any] | None:
    """How the champion foresaw the newest mature period: calibration, and how often its intervals held.

    None without orders, and where its own intervals were fitted to these very orders. Everybody may read these
    figures: they are published with the night.
    """
    if not len(newest.cutoffs) or champion.figures_.get("judged_on") == int(newest.cutoffs.max()):
        return None
    orders, defects = (newest.outcomes[name].to_numpy(dtype=np.float64) for name in ("orders", "defect"))
    defects = np.minimum(defects, orders)
    level = np.full(len(orders), max(base.levels(newest.outcomes, newest.cutoffs, "defect").values()))
    above = champion.predict_target(newest.features, "defect")
    share = base.sigmoid(above + level)
    return {
        "cutoff": date.fromordinal(int(newest.cutoffs.max())).isoformat(),
        "subjects": len(orders),
        "orders": float(orders.sum()),
        "calibration": calibration(defects / orders, orders, above, level).as_json(),
        "coverage": coverage(share, orders, defects, _known_orders(newest), champion.precision_),
    }


def _known_orders(panel: Panel) -> NDArray[np.float64]:
    return np.asarray(np.expm1(panel.features["log_orders"].to_numpy(dtype=np.float64)))


def judge_write(path: Path, panel: Panel) -> None:
    """A panel of one cut-off as Parquet."""
    table = pd.concat([panel.features, panel.outcomes.add_prefix(_OUTCOME)], axis=1)
    table.assign(**{_SUBJECT: panel.subjects, _CUTOFF: panel.cutoffs}).to_parquet(path, index=False)


def judge_read(path: Path, kind: SubjectKind) -> Panel:
    """What `judge_write` wrote. Raises OSError where there is none."""
    table = pd.read_parquet(path)
    outcomes = [name for name in map(str, table) if name.startswith(_OUTCOME)]
    return Panel(
        kind,
        table[_SUBJECT].to_numpy(dtype=np.str_),
        table.drop(columns=[*outcomes, _SUBJECT, _CUTOFF]),
        table[outcomes].rename(columns=lambda name: name.removeprefix(_OUTCOME)),
        table[_CUTOFF].to_numpy(dtype=np.int64),
        {},
        {},
    )


def score(
    night: Night, models: Models, before: Before | None, vouching: Mapping[date, Models] | None = None
) -> pd.DataFrame:
    """Writes scores.parquet into `out`: every subject once, by kind and id, what moved it since `before`, and what the
    earlier nights `vouching` would give it. Beside it shape.json (for drift) and the files of the explanations."""
    roster, sink, split = Roster(night.subjects), DailyOrders(), StoreSplit(night.as_of)
    kept = dict(vouching or {})
    earlier = [*kept, *([before.as_of] if before else [])]
    parts = tonight(split.tap(night.archive), roster, night.as_of, earlier, [sink])
    rows = {kind: roster.of_kind(kind) for kind in parts}  # before files that stand no longer can name anybody else
    fixed = corrected(roster, before) if before else {}
    tables = []
    for kind, part in parts.items():
        again = Again(part)
        columns: list[pd.DataFrame | pd.Series[float]] = [scored(part, models[kind])]
        if before:
            columns.append(again.steps({h: sums[rows[kind]] for h, sums in fixed.items()}, before, night.as_of))
        columns += [again.vouched(kept[day], day, night.as_of) for day in sorted(kept)]
        tables.append(pd.concat(columns, axis=1))
    table = pd.concat(tables, ignore_index=True).sort_values(["kind", "subject_id"], ignore_index=True)
    Explained.of(parts, split).write(night.out)
    write(night.out / "shape.json", json.dumps(_shape(night, parts, sink, before), allow_nan=False))
    unfinished = night.out / "scores.parquet.part"
    table.to_parquet(unfinished, index=False, compression="zstd")
    unfinished.replace(night.out / "scores.parquet")
    return table


def _shape(
    night: Night, parts: Mapping[SubjectKind, Tonight], sink: DailyOrders, before: Before | None
) -> dict[str, Any]:
    """What scoring.drift compares two nights by: histograms of the features, their shift since `before`, and volume."""
    shape: dict[str, Any] = {"volume": volume(sink.days, night.as_of), "days": len(sink.days)}
    for kind, part in parts.items():
        known = part.sums[max(part.sums)][:, DECAYED.index("orders")] > 0
        shape[kind] = {"histogram": histogram(part.features[known]), "psi": {}, "subjects": 0}
        if before and before.shape and kind in before.shape:
            both = part.earlier[before.as_of][max(part.sums)][:, DECAYED.index("orders")] > 0
            shape[kind]["psi"] = psi(before.shape[kind]["histogram"], part.features[both])
            shape[kind]["subjects"] = int(both.sum())
    return shape


def scored(part: Tonight, model: StarModel) -> pd.DataFrame:
    """Counts and predictions side by side; an aspect without any evidence is NaN."""
    predicted = model.predict(part.features)
    for aspect in ASPECTS:
        column = f"log_odds_{aspect}"
        if column not in predicted:
            predicted[column] = np.full(len(predicted), np.nan)
        else:
            predicted[column] = predicted[column].where(part.seen[aspect])
    return pd.concat([part.counts, predicted], axis=1)


def write(path: Path, text: str) -> None:
    """The whole text or nothing: a reader never sees half a file."""
    unfinished = path.with_name(f"{path.name}.part")
    unfinished.write_text(text, encoding="utf-8")
    unfinished.replace(path)


def _cost(started: float) -> dict[str, float]:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "seconds": round(time.monotonic() - started, 2),
        "cpu_seconds": round(used.ru_utime + used.ru_stime, 2),
        "peak_mib": round(used.ru_maxrss / 1024),
    }
