"""Whom a night withholds because its star jumped, with what a person needs to decide."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from reputation.nightly.models import Run
from reputation.ratings import clearance
from reputation.ratings.wording import ledger_parts, number_format


@dataclass(frozen=True)
class Jump:
    """`before` and `after`: unrounded stars as text, empty where the run does not have them; `parts`: its ledger."""

    waiting: clearance.Waiting
    before: str
    after: str
    parts: list[tuple[str, str]]


def jumps() -> list[Jump]:
    """Of the newest published night, those that wait for a person first."""
    found = clearance.waiting()
    told = _told({one.since for one in found})
    return [_jump(one, told.get((one.since, one.rating.kind, one.rating.subject_id), {})) for one in found]


def _jump(one: clearance.Waiting, told: Mapping[str, Any]) -> Jump:
    before, after = (_stars(told.get(name)) for name in ("before", "after"))
    return Jump(one, before, after, ledger_parts(told.get("parts")))


def _stars(value: float | None) -> str:
    return "" if value is None else number_format(value, 2)


def _told(nights: set[date]) -> dict[tuple[date, str, str], Mapping[str, Any]]:
    """What the drift check of those nights wrote down of each jump."""
    return {
        (run.night, jump["kind"], jump["subject_id"]): jump
        for run in Run.objects.filter(night__in=nights)
        for jump in run.results.get("drift", {}).get("jumps", [])
    }
