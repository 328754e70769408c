"""The stages of a night, in order."""

from __future__ import annotations

from django.db.models import Max

from reputation.evidence.models import DirtyUnit
from reputation.evidence.screening import screening_run
from reputation.nightly import publishing, scores
from reputation.nightly.governing import govern
from reputation.nightly.practising import practices
from reputation.nightly.repair import repair
from reputation.nightly.roll import roll as evidence_roll
from reputation.nightly.runs import Night, Stage, days_folder
from reputation.nightly.snapshot import closed_at, manifest_build, manifest_check

# Never counted before: an order that was only touched again, by a return say, has been screened in its own night.
_FRESH_ORDERS = (
    "SELECT DISTINCT substr(unit, 3) AS order_id FROM evidence_dirtyunit d WHERE starts_with(unit, 'o:')"
    " AND NOT EXISTS (SELECT FROM nightly_tally t WHERE t.unit = d.unit)"
)


def screen(night: Night) -> None:
    night.run.results["screened_through"] = DirtyUnit.objects.aggregate(last=Max("id"))["last"] or 0
    night.run.results["newly_held"] = screening_run(fresh_orders=_FRESH_ORDERS)


def roll(night: Night) -> None:
    """What came after the screening waits for the next night: nothing is counted that was not looked at."""
    screened = night.run.results["screened_through"]
    rolled = evidence_roll(folder=days_folder(), progress=night.progress, marks_through=screened)
    night.run.results["day_files"] = rolled.files
    night.run.closed_through = closed_at(night.day, rolled.closed)


def snapshot(night: Night) -> None:
    night.run.manifest = manifest_build(night.day)
    manifest_check(night.run.manifest, days_folder())


STAGES: dict[str, Stage] = {
    "screen": screen,
    "roll": roll,
    "snapshot": snapshot,
    "repair": repair,
    "train": scores.train,
    "gate": scores.gate,
    "score": scores.score,
    "publish": publishing.publish,
    "govern": govern,
    "practices": practices,
    "report": publishing.report,
}
# What is still to come where a night was cut short after its ratings were published.
AFTER_PUBLISHING = {name: STAGES[name] for name in ("govern", "practices", "report")}
