"""Ratings as others publish them, on our counters: the rows that ours has to beat in `evaluate`."""

from scoring.formulas.dsr_mean import DSR_MEAN
from scoring.formulas.experience import EXPERIENCE
from scoring.formulas.formula import Formula
from scoring.formulas.four_aspects import FOUR_ASPECTS
from scoring.formulas.history import HALF_LIFE, NAMES, WINDOWS, History, WindowSums, history
from scoring.formulas.order_defect_rate import ORDER_DEFECT_RATE
from scoring.formulas.seller_level import SELLER_LEVEL
from scoring.formulas.thermometer import THERMOMETER
from scoring.formulas.trust_score import TRUST_SCORE
from scoring.formulas.wilson import WILSON

FORMULAS: dict[str, Formula] = {
    formula.key: formula
    for formula in (
        DSR_MEAN, TRUST_SCORE, WILSON, ORDER_DEFECT_RATE, SELLER_LEVEL, THERMOMETER, EXPERIENCE, FOUR_ASPECTS
    )
}  # fmt: skip

__all__ = ["FORMULAS", "HALF_LIFE", "NAMES", "WINDOWS", "Formula", "History", "WindowSums", "history"]
