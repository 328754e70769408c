"""Trustpilot, TrustScore."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from scoring.formulas.formula import Formula
from scoring.formulas.history import History

Floats = NDArray[np.float64]
PRIOR_REVIEWS, PRIOR_STARS = 7.0, 3.5


def score(past: History) -> Floats:
    """5 less the mean of all overall answers, newer ones weighing more, together with 7 reviews of 3.5 stars.

    How fast reviews lose weight is not published; a half-life of 180 days is taken. The time between reviews, which
    Trustpilot uses too, is left out. Without answers the prior alone speaks: 3.5.
    Source: support.trustpilot.com/hc/articles/201748946, "TrustScore and star rating explained".
    """
    total, count = past.recent("overall_sum"), past.recent("negative_answer_d")
    told = total >= count * (1.0 - 1e-9)  # daily rates tell no sums
    stars, reviews = np.where(told, total, 0.0), np.where(told, count, 0.0)
    return 5.0 - (stars + PRIOR_REVIEWS * PRIOR_STARS) / (reviews + PRIOR_REVIEWS)


TRUST_SCORE = Formula("trust_score", "TrustScore (Trustpilot)", "Trustpilot support, article 201748946", score)
