"""What the stars of past nights say: how long a star has been low, and whether it has risen since."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from scoring.policy.vocabulary import LOW_STAR, MEASURES
from scoring.roster import Roster
from scoring.sums import grown

Floats = NDArray[np.float64]
LOOKS_BACK = max(MEASURES["star_change"].windows)
_TOLERANCE = 7  # days: where no night was published that day, one of the week before stands for it


@dataclass(frozen=True)
class Stars:
    """Per row of the roster: the star of the night (NaN where none is shown), the nights it has been low without a
    break, and by window of days how far it has moved (NaN where one of the two is not known)."""

    now: Floats
    low_days: Floats
    change: dict[int, Floats]


class StarHistory:
    """Takes nights in order. A night without a star for a subject neither counts as low nor ends a low time: to have
    one's rating withheld is no cure."""

    def __init__(self) -> None:
        self._past: deque[tuple[date, NDArray[np.float32]]] = deque()
        self._low = np.zeros(0)

    def add(self, night: date, roster: Roster, shown: pd.DataFrame) -> None:
        """`shown`: kind, subject_id, stars (1 to 5) of every subject with a star that night."""
        rows = roster.rows(shown)
        stars = np.full(len(roster), np.nan, dtype=np.float32)
        stars[rows] = shown["stars"].to_numpy(dtype=np.float32)
        self._low = grown(self._low, len(roster))
        self._low = np.where(stars < LOW_STAR, self._low + 1.0, np.where(np.isnan(stars), self._low, 0.0))
        self._past.append((night, stars))
        while self._past[0][0] < night - timedelta(days=LOOKS_BACK + _TOLERANCE):
            self._past.popleft()

    def at(self, size: int) -> Stars:
        """As of the last night that was added."""
        if not self._past:
            return no_stars(size)
        night, stars = self._past[-1]
        now = _wide(stars, size)
        low = np.where(np.isnan(now), np.nan, grown(self._low, size))
        windows = MEASURES["star_change"].windows
        return Stars(now, low, {window: now - self._before(night - timedelta(days=window), size) for window in windows})

    def _before(self, day: date, size: int) -> Floats:
        for night, stars in reversed(self._past):
            if night <= day:
                near = night >= day - timedelta(days=_TOLERANCE)
                return _wide(stars, size) if near else np.full(size, np.nan)
        return np.full(size, np.nan)


def compared_with(past: date, night: date) -> bool:
    """Whether a night's stars may be set against those of a past one."""
    back = (night - past).days
    return any(window <= back <= window + _TOLERANCE for window in MEASURES["star_change"].windows)


def no_stars(size: int) -> Stars:
    """Nobody has a star."""
    nothing = np.full(size, np.nan)
    return Stars(nothing, nothing, dict.fromkeys(MEASURES["star_change"].windows, nothing))


def star_history(nights: Iterable[tuple[date, pd.DataFrame]], roster: Roster) -> StarHistory:
    """All of these nights, in order."""
    history = StarHistory()
    for night, shown in nights:
        history.add(night, roster, shown)
    return history


def _wide(stars: NDArray[np.float32], size: int) -> Floats:
    out = np.full(size, np.nan)
    out[: len(stars)] = stars
    return np.round(out, 1)  # single precision holds tenths nearly: 2.5 must not be below 2.5
