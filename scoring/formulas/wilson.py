"""Lower bound of the share of positive answers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoring.formulas.formula import Formula, answers
from scoring.formulas.history import History

Floats = NDArray[np.float64]
DAYS = 365
Z = 1.96


def score(past: History) -> Floats:
    """1 less Wilson's lower bound of the share of positive answers (4 or 5 overall) in the last 365 days.

    Without answers the bound is 0, as the rule has it: nothing is believed that is not shown.
    Source: E. B. Wilson, "Probable inference", JASA 22 (1927); as a rule for ratings E. Miller, "How not to sort by
    average rating" (2009), z = 1.96.
    """
    count = answers(past, DAYS, "overall")[1]
    n = np.maximum(count, 1e-9)
    share = np.clip(past.total(DAYS, "overall_positive") / n, 0.0, 1.0)
    spread = Z * np.sqrt((share * (1.0 - share) + Z * Z / (4.0 * n)) / n)
    low = (share + Z * Z / (2.0 * n) - spread) / (1.0 + Z * Z / n)
    return np.asarray(1.0 - np.where(count > 0, np.maximum(low, 0.0), 0.0))


WILSON = Formula("wilson", "Wilson lower bound of positive answers", "Wilson 1927; Miller 2009", score)
