"""What lately happened to buyers, measured for the pages. Whatever goes wrong with it, the night stands."""

from __future__ import annotations

import logging

from reputation.nightly.lease import LeaseLostError
from reputation.nightly.runs import MAX_STARTS, Night
from reputation.ratings.practices import practices_prune, practices_write

logger = logging.getLogger(__name__)


def practices(night: Night) -> None:
    """The pages show the figures of the night before until these are there, and go on with them if these fail."""
    results = night.run.results
    if night.run.attempts.get("practices", 0) >= MAX_STARTS:
        results["practices_failed"] = "it was begun several times and never ended"
        return
    try:
        closed = night.run.closed_through
        results["practices"] = practices_write(night=night.day, closed=closed, guard=night.lease.check)
        practices_prune()
    except LeaseLostError:
        raise
    except Exception as error:
        logger.exception("night %s, practices", night.day)
        results["practices_failed"] = f"{type(error).__name__}: {error}"[:300]
