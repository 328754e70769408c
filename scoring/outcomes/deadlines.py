"""Promises: whether they were broken, since when that is known, and where they still run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scoring.outcomes.clocks import NEVER, Bools, Days


@dataclass(frozen=True)
class Settled:
    """One element per promise. day: since when it is known to be broken, NEVER if it is not. due: the market day it
    runs out on, where closing that day will change something; NEVER elsewhere."""

    broken: Bools
    day: Days
    due: Days


def settled(*, runs_out: Days, absent: Bools, too_late: Bools, told: Days, known: Days, closed: int) -> Settled:
    """What became of promises that run out on the market days `runs_out` (NEVER: there is none).

    absent: nothing came and the promise was not ended otherwise. too_late: what came, came after the instant. told:
    the day on which that was told. known: the day since when the promise itself is known. closed: the last closed day
    of the kind, -1 if none is. Once its day is closed, silence broke the promise there and then; of a kind that is not
    closed so far nothing was known before the late news of it.
    """
    over = (runs_out <= closed) & (runs_out != NEVER)
    broken = too_late | (absent & over)
    first = np.maximum(runs_out, known)
    day = np.where(over, first, np.maximum(first, told))
    waiting = absent | (too_late & (day > first))
    return Settled(
        broken=broken,
        day=np.where(broken, day, NEVER).astype(np.int32),
        due=np.where(waiting & ~over, runs_out, NEVER).astype(np.int32),
    )
