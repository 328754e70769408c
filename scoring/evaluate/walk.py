"""Walk forward: at each cut-off every rating is taught by what a night knew then, and judged on the 30 days after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring.archive import Archive
from scoring.evaluate import attack
from scoring.evaluate.bootstrap import LEVEL, differences
from scoring.evaluate.ceiling import ceiling, concentration
from scoring.evaluate.contenders import LABELS, MODEL, Taught, teach, training_sets
from scoring.evaluate.measures import Forecast, pooled, reliability, summary
from scoring.evaluate.moments import Gathered, Moment, Told, gather
from scoring.evaluate.plan import NothingToJudgeError, Plan
from scoring.evaluate.stability import coverage_by_volume, flips
from scoring.features import targets as rated_targets
from scoring.metrics import PLAIN_OUTCOMES, SubjectKind
from scoring.roster import Roster
from scoring.trees import Growth
from scoring.windows import HORIZON, Panel

Floats = NDArray[np.float64]
_LEAST_HITS = 20  # a target with fewer in all judged orders says nothing


@dataclass(frozen=True)
class Task:
    """What is asked: the cut-offs, whom, which targets (none: all that have data), and how to train."""

    plan: Plan
    kind: SubjectKind = "store"
    targets: Sequence[str] = ()
    growth: Growth = Growth()  # noqa: RUF009 (frozen)
    seed: int = 1


def evaluate(archive: Archive, roster: Roster, task: Task, told: Told = lambda what: None) -> dict[str, Any]:
    """Everything that was found out, JSON-able; `told` hears a line per step. Raises NothingToJudgeError, ValueError.

    Figures are means over cut-offs and pooled over all their orders; log loss and calibration are at the level that
    the night would have published. Keys: docs/evaluate.md.
    """
    gathered = gather(archive, roster, task.plan, task.kind, told)
    targets = _targets(task, [gathered.judged[day].panel for day in task.plan.cutoffs])
    taught: dict[tuple[date, ...], Taught] = {}
    for days, moments in training_sets(gathered.learnt, task.plan.training).items():
        taught[days] = teach(task.kind, moments, list(dict.fromkeys([attack.TARGET, *targets])), task.growth)
        told(f"taught by {len(days)} cut-offs to {days[-1]}")
    by_cutoff = {day: taught[days].on(gathered.judged[day].panel.market) for day, days in task.plan.training.items()}
    results = {}
    for target in targets:
        results[target] = _judged(target, gathered, task, by_cutoff)
        told(f"judged on {target}")
    last = task.plan.cutoffs[-1]
    report = _frame(task, gathered, len(taught)) | {
        "targets": results,
        "coverage": coverage_by_volume([(by_cutoff[day], gathered.judged[day].panel) for day in by_cutoff]),
        "attack": attack.cost(gathered.field, by_cutoff[last], task.seed),
        "stability": flips([(day, by_cutoff[day], gathered.standings[day]) for day in by_cutoff]),
    }
    told("attacked and watched")
    return report


def steps(task: Task) -> int:
    """How many lines `told` will hear at most."""
    targets = len(task.targets) or len(choices(task.kind))
    return len(task.plan.all_cutoffs) + len(set(task.plan.training.values())) + targets + 1


def choices(kind: SubjectKind) -> list[str]:
    """Targets that may be asked for."""
    return [*rated_targets(kind), *PLAIN_OUTCOMES]


def _targets(task: Task, panels: Sequence[Panel]) -> list[str]:
    if unknown := [target for target in task.targets if target not in choices(task.kind)]:
        raise ValueError(f"target {unknown[0]!r} is not known; choose from {', '.join(choices(task.kind))}")
    wanted = list(task.targets) or choices(task.kind)
    kept = []
    for target in wanted:
        hits = sum(float(panel.outcomes[target].sum()) for panel in panels)
        misses = sum(float(panel.outcomes["orders"].sum()) for panel in panels) - hits
        if min(hits, misses) >= _LEAST_HITS:
            kept.append(target)
    if not kept:
        raise NothingToJudgeError(f"fewer than {_LEAST_HITS} orders came to {' or '.join(wanted)} after these cut-offs")
    return kept


def _frame(task: Task, gathered: Gathered, sets: int) -> dict[str, Any]:
    panels = [gathered.judged[day].panel for day in task.plan.cutoffs]
    return {
        "kind": task.kind,
        "cutoffs": [day.isoformat() for day in task.plan.cutoffs],
        "left_out": [day.isoformat() for day in task.plan.left_out],
        "horizon_days": HORIZON,
        "training_sets": sets,
        "subjects": len(np.unique(np.concatenate([panel.subjects for panel in panels]))),
        "orders": [float(panel.outcomes["orders"].sum()) for panel in panels],
        "interval_level": LEVEL,
        "labels": LABELS,
    }


def _judged(target: str, gathered: Gathered, task: Task, by_cutoff: dict[date, Taught]) -> dict[str, Any]:
    moments = [gathered.judged[day] for day in by_cutoff]
    forecasts = {
        key: [
            _forecast(key, target, moment, taught) for moment, taught in zip(moments, by_cutoff.values(), strict=True)
        ]
        for key in LABELS
    }
    ours = forecasts[MODEL]
    top = _ceiling(target, gathered, task, by_cutoff, ours)
    surer = differences(
        [moment.panel.subjects for moment in moments], ours,
        {key: found for key, found in forecasts.items() if key != MODEL}, task.seed,
    )  # fmt: skip
    rows = {
        key: _row(summary(found), top["mean"]["auc"]) | {"difference": surer.get(key)}
        for key, found in forecasts.items()
    }
    return {
        "hits": sum(float(forecast.hits.sum()) for forecast in ours),
        "orders": sum(float(forecast.orders.sum()) for forecast in ours),
        "contenders": rows,
        "ceiling": top,
        "reliability": {key: reliability(pooled(found)) for key, found in forecasts.items()},
        "published": [taught.model.published_[target] for taught in by_cutoff.values()],
    }


def _forecast(key: str, target: str, moment: Moment, taught: Taught) -> Forecast:
    orders = moment.panel.outcomes["orders"].to_numpy(dtype=np.float64)
    hits = np.minimum(moment.panel.outcomes[target].to_numpy(dtype=np.float64), orders)
    above = taught.above(key, target, moment.panel.features, moment.formulas)
    return Forecast(orders, hits, above + taught.levels[target], moment.formulas.get(key))


def _ceiling(
    target: str, gathered: Gathered, task: Task, by_cutoff: dict[date, Taught], ours: Sequence[Forecast]
) -> dict[str, Any]:
    strengths = []
    for days in task.plan.training.values():
        panels = [gathered.learnt[day].panel for day in days]
        orders, hits = (
            np.concatenate([panel.outcomes[name].to_numpy(dtype=np.float64) for panel in panels])
            for name in ("orders", target)
        )
        strengths.append(
            concentration(orders, hits, np.repeat(np.arange(len(panels)), [len(p.cutoffs) for p in panels]))
        )
    months = [
        (forecast.orders, forecast.hits, taught.levels[target])
        for forecast, taught in zip(ours, by_cutoff.values(), strict=True)
    ]
    return ceiling(months, strengths, task.seed)


def _row(found: dict[str, dict[str, float]], top: float) -> dict[str, Any]:
    share = (found["mean"]["auc"] - 0.5) / (top - 0.5) if top > 0.5 else None
    return {**found, "share_of_ceiling": share}
