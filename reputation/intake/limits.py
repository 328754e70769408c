"""How often one caller may do something, counted for all web processes together."""

from __future__ import annotations

from django.core.cache import cache

from reputation.base.time import market_day, now
from reputation.intake.tokens import caller_day

PER_HOUR = 10
_HOUR = 3600


def within_limit(what: str, address: str, most: int = PER_HOUR) -> bool:
    """Take one of the caller's turns of this hour; False where none is left. The address is kept as a keyed hash."""
    who = caller_day(address, market_day(now()).isoformat())
    return any(cache.add(f"intake:{what}:{who}:{turn}", 1, _HOUR) for turn in range(most))
