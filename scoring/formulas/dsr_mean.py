"""Taobao and Tmall, detailed seller ratings (DSR)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoring.formulas.formula import Formula, market_mean, mean_answer, mean_known
from scoring.formulas.history import History

Floats = NDArray[np.float64]
DAYS = 180
_MIDDLE = 3.0  # where nobody has answered anything


def score(past: History) -> Floats:
    """5 less the mean of what buyers gave for description, service and logistics in the last 6 months.

    Each of the three is a plain mean; a question that nobody answered for this store is left out, and where none was,
    the overall answer stands in. Without any answer: the market's mean. The rule that only the first three ratings
    per buyer and month count is out of reach of day counters.
    Source: Tmall rule centre, DSR (rolling 6 months, first answers, follow-ups not counted).
    """
    mean = mean_known([mean_answer(past, DAYS, question) for question in ("as_described", "service", "logistics")])
    overall = mean_answer(past, DAYS, "overall")
    return 5.0 - np.where(np.isnan(mean), np.where(np.isnan(overall), _market(past), overall), mean)


def _market(past: History) -> float:
    means = [market_mean(past, DAYS, question) for question in ("as_described", "service", "logistics")]
    known = [mean for mean in means if not np.isnan(mean)] or [market_mean(past, DAYS, "overall")]
    return _MIDDLE if np.isnan(known[0]) else float(np.mean(known))


DSR_MEAN = Formula("dsr_mean", "DSR mean, 180 days (Taobao)", "Tmall rule centre: DSR", score)
