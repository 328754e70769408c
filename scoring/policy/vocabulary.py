"""The words of a policy: what can be read of a subject, and what can be proposed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from scoring.metrics import BY_KEY, CATALOGUE, SubjectKind
from scoring.reported import PER_CONVERSATION, PER_VIEWER

Shape = Literal["share", "rate", "minutes", "counter", "star"]
WINDOWS = (1, 7, 14, 30, 60, 90)  # days
READS = ("value", "low", "high", "count", "buyers")
OPS = (">=", ">", "<=", "<")
LANGUAGES = ("en", "zh-hans")
SEVERITIES = ("low", "medium", "high", "critical")
LEAST_BUYERS = 5  # distinct affected buyers, unless the rule is grave; as eBay's "more than 4"
LEAST_VOLUME = 30  # incidents or orders beside a share read as it is
LOW_STAR = 2.5
LONGEST_EXPIRY = 365  # days
BOTH: tuple[SubjectKind, ...] = ("store", "anchor")


@dataclass(frozen=True)
class Measure:
    """Something that a condition can read. `shape` says what its numbers are; no windows: it is as of the night."""

    key: str
    scopes: tuple[SubjectKind, ...]
    shape: Shape
    reads: tuple[str, ...]
    windows: tuple[int, ...]

    @property
    def harmful_ops(self) -> tuple[str, ...]:
        """Comparisons that hold for the worse subjects; of `orders` neither side is worse."""
        if self.key == "orders":
            return ()
        return ("<=", "<") if self.key in ("stars", "star_change") else (">=", ">")


def _of_catalogue() -> list[Measure]:
    shapes: dict[str, Shape] = {"incident": "rate"}  # an order may have two
    return [
        Measure(m.key, m.subjects, shapes.get(m.key, m.unit), ("value",) if m.unit == "minutes" else READS, WINDOWS)
        for m in CATALOGUE
    ]


MEASURES: dict[str, Measure] = {
    measure.key: measure
    for measure in (
        *_of_catalogue(),
        Measure("orders", BOTH, "counter", ("count",), WINDOWS),
        Measure("grave", BOTH, "counter", ("count", "buyers"), WINDOWS),
        Measure("stars", BOTH, "star", ("value",), ()),
        Measure("low_star_days", BOTH, "star", ("value",), ()),
        Measure("star_change", BOTH, "star", ("value",), (30, 60, 90)),
    )
}
# Least and greatest possible reading; an open end is never reached.
RANGES: dict[str, tuple[float, float]] = {
    "stars": (1.0, 5.0),
    "low_star_days": (0.0, 365.0),
    "star_change": (-4.0, 4.0),
}
SHARE_RANGE, COUNT_RANGE, BUYERS_RANGE = (0.0, 1.0), (0.0, float("inf")), (0.0, float(LEAST_BUYERS))
# Of these the sketch of who bought says nothing: viewers, people in a chat, and complainants may never have bought.
NOT_OF_BUYERS = PER_VIEWER | PER_CONVERSATION | {key for key in BY_KEY if key.startswith("complaint_")}


@dataclass(frozen=True)
class Action:
    """A sanction that a rule may propose. `automatic_allowed`: reversible and low, so no person need agree first."""

    key: str
    scopes: tuple[SubjectKind, ...]
    automatic_allowed: bool = False
    may_be_endless: bool = False
    major: bool = False  # announced longer: somebody's business may end


ACTIONS: dict[str, Action] = {
    action.key: action
    for action in (
        Action("notice", BOTH, automatic_allowed=True),
        Action("warning", BOTH, automatic_allowed=True),
        Action("throttle", BOTH, automatic_allowed=True),
        Action("cart_ban", ("anchor",)),
        Action("delist", ("store",)),
        Action("listing_ban", ("store",)),
        Action("live_ban", ("anchor",)),
        Action("suspend", BOTH, major=True),
        Action("ban", BOTH, may_be_endless=True, major=True),
    )
}


def counters_of(key: str) -> tuple[str, ...]:
    """The columns of a day file that a measure is read from; none for stars."""
    if key in BY_KEY:
        return (f"{key}_n", f"{key}_d")
    return (key,) if MEASURES[key].shape == "counter" else ()
