"""How long each order's dispatch and refunds took: what the two metrics in minutes add up, order by order."""

from __future__ import annotations

import numpy as np
import pandas as pd

from scoring.outcomes.book import Book, book_of
from scoring.outcomes.clocks import NEVER, Bools, Days, Ints
from scoring.outcomes.codes import EPOCH
from scoring.outcomes.evidence import EvidenceFrames, Horizon
from scoring.outcomes.exclusions import clears_everything, clears_logistics, stated
from scoring.outcomes.orders import valid
from scoring.outcomes.others import is_held
from scoring.outcomes.symptoms import first_days, when

WAITS: tuple[str, ...] = ("dispatch_time", "refund_time")
COLUMNS = ("unit", "subject_id", "what", "minutes", "day", "excluded", "held")


def waits_of(frames: EvidenceFrames, horizon: Horizon) -> pd.DataFrame:
    """One row per order and wait that ended, or was given up: what its store let it wait for.

    unit; subject_id: the store; what: one of WAITS; minutes: whole ones of open hours, 0 to 30 days per parcel or
    return, those of several returns together; day: datetime64 market day on which the first was known; excluded: index
    into EXCLUSION_REASONS of the reason that leaves the order out, -1 where none; held: the whole unit is set aside.
    The minutes of rows that are neither are exactly what `count_units` adds up. Sorted by unit and what.

    Raises KeyError for a missing column.
    """
    book = book_of(frames, horizon)
    unit = ("o:" + book.orders.frame["order_id"].astype("str")).to_numpy(dtype=object)
    held, reasons = is_held(pd.Series(unit, dtype="object"), frames), book.reasons["store"]
    reason = stated(reasons)
    parts = []
    for what, (minutes, day), cleared in (
        ("dispatch_time", _dispatch(book), clears_logistics(reasons)),
        ("refund_time", _refunds(book), clears_everything(reasons)),
    ):
        at = np.flatnonzero(valid(book.orders) & (day != NEVER))
        parts.append(_rows(book, at, what, minutes, day, cleared, reason).assign(unit=unit[at], held=held[at]))
    found = pd.concat(parts, ignore_index=True)[list(COLUMNS)]
    return found.sort_values(["unit", "what"], ignore_index=True)


def _rows(book: Book, at: Ints, what: str, minutes: Ints, day: Days, cleared: Bools, reason: Ints) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "subject_id": book.orders.frame["store_id"].to_numpy(dtype=object)[at],
            "what": what,
            "minutes": minutes[at],
            "day": EPOCH + day[at].astype("timedelta64[D]"),
            "excluded": np.where(cleared, reason, -1)[at],
        }
    )


def _dispatch(book: Book) -> tuple[Ints, Days]:
    return book.promises.dispatch_minutes, book.promises.dispatch_minutes_day


def _refunds(book: Book) -> tuple[Ints, Days]:
    """Of all returns of each order together."""
    size, returns = len(book.orders.frame), book.returns
    told = returns.minutes_day != NEVER
    minutes = np.zeros(size, dtype=np.int64)
    np.add.at(minutes, returns.order[told], returns.minutes[told])
    return minutes, first_days(size, returns.order, when(told, returns.minutes_day))
