"""What is known about nights, for the command, the pages and the monitors."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, timedelta

from reputation.base.time import market_day, now
from reputation.nightly.lease import lease_state
from reputation.nightly.models import Run
from reputation.ratings.models import Publication


@dataclass(frozen=True)
class NightState:
    """`night`: published, failed, running, waiting or none; the rest is the last run's."""

    night: str
    day: str | None = None
    stage: str = ""
    reason: str = ""

    def as_json(self) -> dict[str, str | None]:
        return asdict(self)


def yesterday() -> date:
    return market_day(now()) - timedelta(days=1)


def night_state() -> NightState:
    """The latest night's. A run whose process died says failed until the next start goes on with it."""
    run = Run.objects.order_by("-night").first()
    if run is None:
        return NightState("none")
    if run.status == Run.Status.RUNNING and not lease_state().live:
        return NightState("failed", str(run.night), run.stage, "it was interrupted; the next start goes on from there")
    return NightState(run.status, str(run.night), run.stage, run.reason)


def nights_missing(first: date, last: date) -> list[date]:
    """Nights of [first, last] that are not published, in order."""
    published = set(Publication.objects.filter(night__range=(first, last)).values_list("night", flat=True))
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    return [day for day in days if day not in published]
