"""What speaks against one subject, newest first and a page at a time: what it may dispute, and nobody else's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from heapq import merge
from itertools import groupby, islice
from typing import TYPE_CHECKING, Any

from django.conf import settings

from reputation.base.time import market_day
from reputation.evidence.candidates import FAMILIES, NAMED, Wanted, mark, place, rows_of, walk
from reputation.evidence.selectors import closed_through
from scoring.metrics import EXCLUSION_REASONS
from scoring.outcomes.rules import ANSWERS

if TYPE_CHECKING:
    from scoring.outcomes import EvidenceFrames

PAGE = 50
_SPARE = 14  # candidates beyond a page: nearly all of them are incidents
# Whose a unit is, whether or not anything is wrong with it.
_OWN = {
    "o": "SELECT 'o:' || order_id, placed_at FROM evidence_order"
    " WHERE order_id = ANY(%(keys)s) AND {kind}_id = %(subject)s AND NOT retracted AND placed_at IS NOT NULL",
    "c": "SELECT 'c:' || c.complaint_id, c.opened_at FROM evidence_complaint c"
    " WHERE c.complaint_id = ANY(%(keys)s) AND c.order_id IS NULL AND NOT c.retracted AND ({named})",
    "v": "SELECT 'v:' || a.live_id || '|' || a.respondent_ref, min(a.answered_at) FROM evidence_response a"
    " JOIN subjects_livesession l USING (live_id) WHERE l.anchor_id = %(subject)s AND NOT l.retracted"
    " AND NOT a.retracted AND a.live_id = ANY(%(lives)s) AND a.live_id || '|' || a.respondent_ref = ANY(%(keys)s)"
    " GROUP BY a.live_id, a.respondent_ref",
    "h": "SELECT 'h:' || conversation_id, started_at FROM evidence_conversation"
    " WHERE conversation_id = ANY(%(keys)s) AND store_id = %(subject)s AND NOT retracted AND started_at IS NOT NULL",
}


@dataclass(frozen=True)
class Incident:
    """A unit of evidence and what of it is this subject's own doing.

    `what`: symptoms that count (keys of scoring.outcomes.rules.RULES; of chats and voices the metric); `aside`: those
    that do not any more; `reason`: the exclusion that set them aside; `held`: the whole unit is set aside by a person
    or until one has looked; `day`: when the first of them was known; `since`: the first day on which the unit counted
    in anything.
    """

    unit: str
    at: datetime
    day: date
    since: date
    what: tuple[str, ...]
    aside: tuple[str, ...]
    reason: str
    held: bool
    grave: bool

    @property
    def family(self) -> str:
        return self.unit[0]

    @property
    def key(self) -> str:
        """The order's, complaint's or conversation's id; of a voice the live room's, for viewers stay unnamed."""
        key = self.unit[2:]
        return key.partition("|")[0] if self.family == "v" else key

    @property
    def counts(self) -> bool:
        return bool(self.what)


@dataclass(frozen=True)
class Page:
    """`after` continues the list; empty on the last page."""

    incidents: list[Incident] = field(default_factory=list)
    after: str = ""


def subject_incidents(
    kind: str, subject_id: str, *, families: str = "", search: str = "", after: str = "", size: int = PAGE,
    answers: bool = True,
) -> Page:  # fmt: skip
    """Incidents of the subject, the latest first. `families`: letters of units, all that it can have if empty;
    `search`: how the id of the order, complaint, live room or conversation begins; `after`: where the page before
    ended; `answers`: whether what buyers and viewers answered is told, which it never is to the subject itself. An
    `after` that is none begins anew."""
    own = FAMILIES[kind] if answers else FAMILIES[kind].replace("v", "")
    letters = [letter for letter in own if not families or letter in families]
    walks = [walk(Wanted(kind, subject_id, letter, search), *place(after)) for letter in letters]
    candidates, found = merge(*walks, reverse=True), list[Incident]()
    while len(found) <= size and (some := {unit: at for at, unit in islice(candidates, size + _SPARE)}):
        told = incidents_told(kind, subject_id, some, answers=answers)
        found += [told[unit] for unit in some if unit in told]
    return Page(found[:size], mark(found[size - 1].at, found[size - 1].unit) if len(found) > size else "")


def units_known(kind: str, subject_id: str, units: Iterable[str], *, answers: bool = True) -> dict[str, Incident]:
    """Of these units those that are this subject's incidents, set aside or not; any other might as well not exist.
    Without `answers` so might those of which nothing but an answer speaks against it."""
    return incidents_told(kind, subject_id, units_of(kind, subject_id, units), answers=answers)


def units_of(kind: str, subject_id: str, units: Iterable[str]) -> dict[str, datetime]:
    """Of these units those that are about this subject, whether or not anything is wrong, and when each happened."""
    found: dict[str, datetime] = {}
    for letter, group in groupby(sorted(unit for unit in set(units) if "\0" not in unit), key=lambda unit: unit[:2]):
        keys = [unit[2:] for unit in group]
        if letter[:1] in FAMILIES[kind] and letter[1:] == ":":
            query = _OWN[letter[0]].format(kind=kind, named=NAMED[kind])
            lives = [key.partition("|")[0] for key in keys]
            found |= dict(rows_of(query, {"subject": subject_id, "keys": keys, "lives": lives}))
    return found


def incidents_told(
    kind: str, subject_id: str, times: dict[str, datetime], *, answers: bool = True
) -> dict[str, Incident]:
    """What the rules say of these units, as far as it speaks against the subject."""
    if not times:
        return {}
    from reputation.evidence.frames import unit_frames
    from scoring.outcomes import Horizon
    from scoring.outcomes.incidents import incidents_of

    frames = unit_frames(times)
    rows = incidents_of(frames, Horizon(closed_through(), settings.MARKET_TIME_ZONE))
    own = rows[(rows["role"] == kind) & (rows["subject_id"] == subject_id)]
    own = own if answers else own[~own["what"].isin(ANSWERS)]
    seen, found = _first_seen(frames), dict[str, list[dict[str, Any]]]()
    for row in own.to_dict("records"):
        found.setdefault(str(row["unit"]), []).append(row)
    return {unit: _incident(unit, times[unit], market_day(seen[unit]), told) for unit, told in found.items()}


def _first_seen(frames: EvidenceFrames) -> dict[str, datetime]:
    """When each unit was first heard of."""
    voices = frames.responses["live_id"].astype("str") + "|" + frames.responses["respondent_ref"].astype("str")
    keyed = (
        ("o:", frames.orders, frames.orders["order_id"]),
        ("c:", frames.complaints, frames.complaints["complaint_id"]),
        ("v:", frames.responses, voices),
        ("h:", frames.conversations, frames.conversations["conversation_id"]),
    )
    out: dict[str, datetime] = {}
    for prefix, frame, keys in keyed:
        first = frame["first_observed_at"].groupby(keys).min()
        out |= {f"{prefix}{key}": moment.to_pydatetime() for key, moment in first.items()}
    return out


def _incident(unit: str, at: datetime, since: date, rows: list[dict[str, Any]]) -> Incident:
    reasons = [int(row["excluded"]) for row in rows if row["excluded"] >= 0]
    counts = [row["what"] for row in rows if row["excluded"] < 0 and not row["held"]]
    return Incident(
        unit=unit,
        at=at,
        day=min(row["day"] for row in rows).date(),
        since=since,
        what=tuple(counts),
        aside=tuple(row["what"] for row in rows if row["what"] not in counts),
        reason=EXCLUSION_REASONS[min(reasons)] if reasons else "",
        held=any(row["held"] for row in rows),
        grave=any(row["grave"] for row in rows),
    )
