"""The level of a market tonight: what its newest mature outcomes say, brought up to date by its counters.

Outcomes are mature after 60 days, and a market moves in that time by more than its sellers differ. Its counters are
there every night, but they lag (a slow parcel counts when its promise runs out) and count another thing than
outcomes. How far they stand from the outcomes changes slowly, so it is learnt from the periods that are known:

    level tonight = counters tonight + mean over known periods of (outcomes of the period - counters before it)

in log-odds, counters with a half-life of 30 days, each period half as heavy as the one after it.
"""

from __future__ import annotations

import numpy as np

from scoring import base
from scoring.windows import Panel

_OWN = ("defect", "lateship")  # beside the aspects: what own-doing counters follow; all else follows `problem`


def tonight(panel: Panel, target: str) -> float:
    """Log-odds of an outcome among the orders of the next weeks; `panel.market` shows the counters of tonight.

    Without any known period it is what the counters show.
    """
    counter = _counter(target)
    known = base.levels(panel.outcomes, panel.cutoffs, target)
    gaps = [level - base.logit(panel.shown[cutoff][counter]) for cutoff, level in known.items()]
    if not gaps:
        return base.logit(panel.market.get(target, panel.market[counter]))
    weights = np.exp2(np.arange(len(gaps), dtype=np.float64))
    return base.logit(panel.market[counter]) + float(np.average(gaps, weights=weights))


def _counter(target: str) -> str:
    return "defect" if target in _OWN or target.startswith("defect_") else "problem"
