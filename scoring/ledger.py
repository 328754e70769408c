"""What moved a star since the night before, in parts that add up."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

# Each part is the step to its name in `steps` from the one before it; held_back is what stability kept or let go.
PARTS = ("scale", "corrected", "aged", "evidence", "peers", "model", "held_back")
STEPS = ("start", *PARTS[:-1])


def ledger(steps: pd.DataFrame, shown: pd.Series[float], shown_before: pd.Series[float]) -> pd.DataFrame:
    """The change of the shown star per subject, as PARTS in stars, thousandths.

    steps: unrounded stars 1 to 5 in columns STEPS: last night's (by its own scale), then with today's scale, with
    late corrections of what had been counted, with everything aged, with new evidence, with tonight's peers, with
    tonight's model. shown, shown_before: stars in tenths, the same index. In thousandths the parts add up exactly to
    shown - shown_before: six are rounded, and held_back is what remains, rounding included. A row without stars on
    either night, or without all steps, is NaN throughout. Raises ValueError for another index.
    """
    if not (steps.index.equals(shown.index) and steps.index.equals(shown_before.index)):
        raise ValueError("steps and stars are of different subjects: give all three the same index")
    moved = np.diff(steps[list(STEPS)].to_numpy(dtype=np.float64), axis=1)
    change = _thousandths(shown) - _thousandths(shown_before)
    parts = _thousandths(moved)
    table = np.column_stack([parts, change - parts.sum(axis=1)])
    table[np.isnan(table).any(axis=1)] = np.nan
    return pd.DataFrame(table / 1000 + 0.0, index=steps.index, columns=list(PARTS))


def _thousandths(values: ArrayLike) -> NDArray[np.float64]:
    return np.asarray(np.rint(np.asarray(values, dtype=np.float64) * 1000))
