"""Which cut-offs can be judged with the day files at hand, and what a night at each of them would have learnt from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from scoring.archive import Archive
from scoring.windows import HORIZON, MATURE, training_cutoffs

ONE_DAY = timedelta(days=1)
_COUNTS = ("counters", "reported")
_LEAST_TRAINING = 2  # cut-offs: one to learn from, one to be judged on
_LONGEST_WAIT = 400  # days after the first at which some cut-off must have become possible


class NothingToJudgeError(ValueError):
    """No cut-off can be judged; the text says which dates are possible, or what is missing."""


@dataclass(frozen=True)
class Plan:
    """Judged cut-offs, ascending, each with the training cut-offs of the night before it."""

    training: dict[date, tuple[date, ...]]
    left_out: tuple[date, ...]  # asked for but not possible

    @property
    def cutoffs(self) -> list[date]:
        return list(self.training)

    @property
    def taught_by(self) -> list[date]:
        """All training cut-offs, ascending."""
        return sorted({day for days in self.training.values() for day in days})

    @property
    def all_cutoffs(self) -> list[date]:
        """Every cut-off at which anything must be known, ascending."""
        return sorted({*self.training, *self.taught_by})


def plan(archive: Archive, first: date | None = None, last: date | None = None, every: int = 14) -> Plan:
    """Cut-offs `every` days apart from `first` to `last` (None: as early, as late as possible).

    A cut-off is possible when the night before it has two mature training cut-offs, and when the orders of the 30 days
    from it have had 60 days since. Raises NothingToJudgeError, ValueError for a step under a day.
    """
    if every < 1:
        raise ValueError(f"every must be at least 1 day, not {every}")
    earliest, latest = possible(archive)
    if first and last and first > last:
        raise NothingToJudgeError(f"from {first} lies after to {last}; possible are {earliest} to {latest}")
    wanted, day = [], first or earliest
    while day <= (last or latest):
        wanted.append(day)
        day += timedelta(days=every)
    inside = [day for day in wanted if earliest <= day <= latest]
    if not inside:
        asked = (f" from {first}" if first else "") + (f" to {last}" if last else "")
        raise NothingToJudgeError(f"no cut-off{asked} can be judged; possible are {earliest} to {latest}")
    training = {day: tuple(training_cutoffs(archive, day - ONE_DAY)) for day in inside}
    return Plan(training, tuple(day for day in wanted if day not in training))


def possible(archive: Archive) -> tuple[date, date]:
    """The earliest and the latest cut-off that can be judged. Raises NothingToJudgeError when there is none."""
    counted, outcomes = archive.days(_COUNTS), archive.days(("outcomes", "reported"))
    if not counted:
        raise NothingToJudgeError("there are no day files yet; run a night first")
    ripe = min([counted[-1] - timedelta(days=MATURE), *outcomes[-1:]])
    latest = ripe - timedelta(days=HORIZON) + ONE_DAY
    days = (counted[0] + timedelta(days=step) for step in range(_LONGEST_WAIT))
    earliest = next(day for day in days if len(training_cutoffs(archive, day - ONE_DAY)) >= _LEAST_TRAINING)
    if earliest > latest:
        spans = f"the day files span {counted[0]} to {counted[-1]}"
        needed = (earliest - latest).days
        raise NothingToJudgeError(f"no cut-off can be judged yet: {spans}, which is {needed} days too few")
    return earliest, latest
