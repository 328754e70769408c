"""The stage after publishing: flags and what follows from them."""

from __future__ import annotations

from reputation.governance.nights.govern import night_govern
from reputation.nightly.runs import Night
from reputation.nightly.selectors import yesterday


def govern(night: Night) -> None:
    """A night that is caught up opens flags, yet nothing begins or ends by what is no longer so."""
    latest = night.day >= yesterday()
    night.run.results["governed"] = night_govern(night=night.day, act=latest, guard=night.lease.check)
