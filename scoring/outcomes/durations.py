"""How long things took: waits, and the promises that stores made."""

from __future__ import annotations

import numpy as np

from scoring.metrics import PROMISES
from scoring.outcomes.book import Book
from scoring.outcomes.clocks import NEVER, Bools, Times
from scoring.outcomes.exclusions import clears_everything, clears_logistics
from scoring.outcomes.ledger import Ledger
from scoring.outcomes.orders import Orders

_LONGEST_PROMISE = 90 * 24 * 60


def count_promises(ledger: Ledger, orders: Orders, where: Bools) -> None:
    """Minutes from the order to the end of each promise it has, capped at 90 days, on the day the order was known."""
    for promise, until in zip(PROMISES, (orders.ship_by, orders.deliver_by), strict=True):
        _count_promise(ledger, promise, orders, until, where & ~np.isnat(until))


def _count_promise(ledger: Ledger, promise: str, orders: Orders, until: Times, where: Bools) -> None:
    minutes = ((until[where] - orders.placed[where]) // np.timedelta64(1, "m")).astype(np.int64)
    ledger.count("store", f"{promise}_d", orders.known, where)
    whole = np.clip(minutes, 0, _LONGEST_PROMISE)
    ledger.add("store", f"{promise}_n", np.flatnonzero(where), orders.known[where], whole)


def count_waits(ledger: Ledger, book: Book, where: Bools) -> None:
    """Minutes until dispatch and until refunds, per order; those of excluded orders are left out."""
    promises, returns, reasons = book.promises, book.returns, book.reasons["store"]
    here = where & ~clears_logistics(reasons)
    ledger.count("store", "dispatch_time_d", book.orders.known, here)
    sent = here & (promises.dispatch_minutes_day != NEVER)
    day, minutes = promises.dispatch_minutes_day[sent], promises.dispatch_minutes[sent]
    ledger.add("store", "dispatch_time_n", np.flatnonzero(sent), day, minutes)
    here = where & ~clears_everything(reasons)
    ledger.count("store", "refund_time_d", book.orders.known, here)
    waited = here[returns.order] & (returns.minutes_day != NEVER)
    ledger.add("store", "refund_time_n", returns.order[waited], returns.minutes_day[waited], returns.minutes[waited])
