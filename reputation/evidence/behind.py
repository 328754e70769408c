"""The very units behind a metric: what went wrong with each, whose doing it was, and whether it counts. It is for the
subject, so what buyers and viewers answered is in none of it: see voices.

Candidates come from the database, what is said of them from the rules by which nights count.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from heapq import merge
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.conf import settings

from reputation.evidence.candidates import EVERYTHING, Wanted, mark, place, walk
from reputation.evidence.selectors import closed_through
from reputation.evidence.slowest import slowest
from scoring.metrics import BY_KEY, EXCLUSION_REASONS
from scoring.outcomes.rules import ANSWERS, RULES
from scoring.reported import PER_CONVERSATION

if TYPE_CHECKING:
    import pandas as pd

PAGE = 30
COUNTS, CLEARED = "counts", "cleared"
SHOWN = ("", COUNTS, CLEARED)
TOGETHER = frozenset({"defect", "incident", EVERYTHING})  # metrics of any symptom
_SPARE, _MOST = 14, 1000  # candidates beyond a page at first, and at most at a time
_AT_ONCE = 90  # where many candidates fall away, as a call of the rules costs as much as 500 orders in it
_SLOWEST = 2**31 - 1  # minutes that nothing reaches


@dataclass(frozen=True)
class Sign:
    """A thing that went wrong. `what`: a key of scoring.outcomes.rules.RULES, or of chats a metric; `liable`: whose
    doing, as scoring.outcomes.incidents names them; `own`: the subject is among them; `reason`: the exclusion that sets
    it aside, "" where none."""

    what: str
    day: date
    liable: tuple[str, ...]
    own: bool
    reason: str


@dataclass(frozen=True)
class Case:
    """A unit behind a metric. `signs`: those of the metric; `others`: what else of it is the subject's own doing;
    `minutes`: of a metric in minutes how long it waited; `held`: the whole unit is set aside; `reason`: the exclusion
    under which it does not count, "" where none; `counts`: in the metric; `disputable`: something of it counts against
    the subject, so that it can be objected to."""

    unit: str
    at: datetime
    signs: tuple[Sign, ...]
    others: tuple[Sign, ...]
    minutes: int | None
    held: bool
    reason: str
    counts: bool

    @property
    def family(self) -> str:
        return self.unit[0]

    @property
    def key(self) -> str:
        return self.unit[2:]

    @property
    def disputable(self) -> bool:
        return not self.held and any(sign.own and not sign.reason for sign in (*self.signs, *self.others))


@dataclass(frozen=True)
class Cases:
    """A page; `after` continues it, "" on the last."""

    cases: list[Case] = field(default_factory=list)
    after: str = ""


def families(kind: str, metric: str) -> str:
    """Letters of the units that stand behind a metric; "" for answers, of which single ones are not shown."""
    if metric in ANSWERS:
        return ""
    if metric in PER_CONVERSATION:
        return "h"
    return "oc" if metric == "incident" or metric.startswith("complaint_") else "o"


def cases(
    kind: str, subject_id: str, metric: str, *, shown: str = "", search: str = "", after: str = "", size: int = PAGE
) -> Cases:
    """Units behind a metric, the latest first; of a metric in minutes the slowest of `slowest.DAYS`. `shown`: COUNTS, CLEARED
    (set aside, or somebody else's doing) or all; `search`: how the id begins; `after`: where the page before ended."""
    found = list(islice(_cases(kind, subject_id, metric, shown, search, after, size), size + 1))
    page = found[:size]
    return Cases(page, _mark(page[-1]) if len(found) > size else "")


def all_cases(kind: str, subject_id: str, metric: str, *, shown: str = "", search: str = "") -> Iterator[Case]:
    """The whole list, a thousand read at a time."""
    return _cases(kind, subject_id, metric, shown, search, "", _MOST)


def _cases(kind: str, subject_id: str, metric: str, shown: str, search: str, after: str, size: int) -> Iterator[Case]:
    candidates = _candidates(kind, subject_id, metric, shown, search, after)
    many = min(max(size + _SPARE, _AT_ONCE if shown else 0), _MOST)
    while some := dict(islice(candidates, many)):
        told = cases_told(kind, subject_id, metric, some)
        yield from (told[unit] for unit in some if unit in told and _fits(told[unit], shown))
        many = min(2 * many, _MOST)


def _fits(case: Case, shown: str) -> bool:
    return not shown or case.counts == (shown == COUNTS)


def _candidates(
    kind: str, subject_id: str, metric: str, shown: str, search: str, after: str
) -> Iterator[tuple[str, datetime]]:
    wanted = [
        Wanted(kind, subject_id, letter, search, metric, aside=shown == CLEARED) for letter in families(kind, metric)
    ]
    if BY_KEY[metric].unit == "minutes":
        before, _space, unit = after.partition(" ")
        start = (int(before), unit) if before.isdecimal() and len(before) < 9 and "\0" not in unit else (_SLOWEST, "")
        return ((unit, at) for _minutes, unit, at in slowest(wanted[0], *start))
    walks = merge(*(walk(one, *place(after)) for one in wanted), reverse=True)
    return ((unit, at) for at, unit in walks)


def _mark(last: Case) -> str:
    return mark(last.at, last.unit) if last.minutes is None else f"{last.minutes} {last.unit}"


# --- what the rules say --------------------------------------------------------------------------------------------


def cases_told(kind: str, subject_id: str, metric: str, times: dict[str, datetime]) -> dict[str, Case]:
    """What the rules say of these units, as far as they stand behind the metric."""
    from reputation.evidence.frames import unit_frames
    from scoring.outcomes import Horizon
    from scoring.outcomes.incidents import problems_of
    from scoring.outcomes.waits import waits_of

    frames, horizon = unit_frames(times), Horizon(closed_through(), settings.MARKET_TIME_ZONE)
    problems = problems_of(frames, horizon)
    problems = problems[~problems["what"].isin(ANSWERS)]
    found = _by_unit(problems[(problems["role"] == kind) & (problems["subject_id"] == subject_id)])
    if BY_KEY[metric].unit == "share":
        told = ((unit, _of_signs(metric, unit, times[unit], rows)) for unit, rows in found.items())
        return {unit: case for unit, case in told if case.signs}
    waits = waits_of(frames, horizon)
    waited = _by_unit(waits[(waits["subject_id"] == subject_id) & (waits["what"] == metric)])
    return {
        unit: _of_wait(unit, times[unit], row, found.get(unit, [])) for unit, (row,) in waited.items() if row["minutes"]
    }


def _by_unit(rows: pd.DataFrame) -> dict[str, list[dict[str, Any]]]:
    out: dict[str, list[dict[str, Any]]] = {}
    for row in rows.to_dict("records"):
        out.setdefault(str(row["unit"]), []).append({str(name): value for name, value in row.items()})
    return out


def _of_signs(metric: str, unit: str, at: datetime, rows: list[dict[str, Any]]) -> Case:
    held = any(row["held"] for row in rows)
    mine = [_sign(row) for row in rows if _belongs(metric, row)]
    others = [_sign(row) for row in rows if row["own"] and not _belongs(metric, row)]
    alive = [sign for sign in mine if not sign.reason and (sign.own or metric == EVERYTHING)]
    reason = "" if alive or held else next((sign.reason for sign in mine if sign.reason), "")
    return Case(unit, at, tuple(mine), tuple(others), None, held, reason, counts=bool(alive) and not held)


def _of_wait(unit: str, at: datetime, row: dict[str, Any], rows: list[dict[str, Any]]) -> Case:
    reason, held = _reason(row["excluded"]), bool(row["held"])
    own = tuple(_sign(one) for one in rows if one["own"])
    return Case(unit, at, (), own, int(row["minutes"]), held, "" if held else reason, not held and not reason)


def _belongs(metric: str, row: dict[str, Any]) -> bool:
    """Whether a row of the rules is one of the metric's, whoever's doing it was."""
    if metric in TOGETHER:
        return bool(row["own"]) or metric == EVERYTHING
    rule = RULES.get(row["what"])
    return (rule.metric if rule else row["what"]) == metric


def _sign(row: dict[str, Any]) -> Sign:
    return Sign(
        row["what"], row["day"].date(), tuple(row["liable"].split("+")), bool(row["own"]), _reason(row["excluded"])
    )


def _reason(excluded: int) -> str:
    return EXCLUSION_REASONS[excluded] if excluded >= 0 else ""
