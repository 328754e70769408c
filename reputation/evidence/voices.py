"""What buyers and viewers answered about a subject, in groups: it is never told of fewer than five of them.

The groups of one question are of one kind and hold every answer once, so that nothing can be had by taking one table
from another, or the groups from their sum.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal

from django.conf import settings

from reputation.evidence.candidates import rows_of
from scoring.outcomes.rules import LOW, OF_VIEWERS

By = Literal["item", "room", "week"]
LEAST = 5  # answers that a group must have to be shown
MOST = 100  # groups that are shown
DAYS = 365  # from which answers are told
# Which column each metric is made of.
QUESTIONS = {
    "negative_answer": "overall", "described_low": "as_described", "service_low": "service",
    "logistics_low": "logistics", "false_promotion": "false_promotion", "hype": "hype",
}  # fmt: skip
_OF_SUBJECT: dict[str, By] = {"negative_answer": "item", "described_low": "item"}

_UNHELD = """NOT EXISTS (SELECT FROM evidence_heldunit u JOIN evidence_hold h ON h.id = u.hold_id
    WHERE u.unit = {unit} AND h.status IN ('held', 'confirmed'))"""
# Of each order the first answer to the question. An order that was set aside stays: if its answer went, the difference
# would tell it.
_BUYERS = f"""
SELECT DISTINCT ON (o.order_id) {{group}} AS name, {{at}} AS at, a.{{question}} <= {LOW} AS against
FROM evidence_order o JOIN evidence_response a ON a.order_id = o.order_id
WHERE o.{{kind}}_id = %(subject)s AND NOT o.retracted AND o.placed_at >= %(since)s
  AND NOT a.retracted AND a.answered_at < %(until)s AND a.{{question}} IS NOT NULL
  AND {_UNHELD.format(unit="'o:' || o.order_id")}
ORDER BY o.order_id, a.answered_at, a.response_id
"""  # noqa: S608 (our own names)
# Of each invited viewer of a live room the first answer.
_VIEWERS = f"""
SELECT DISTINCT ON (a.live_id, a.respondent_ref) a.live_id AS name, l.started_at AS at, a.{{question}} AS against
FROM subjects_livesession l JOIN evidence_response a ON a.live_id = l.live_id
WHERE l.anchor_id = %(subject)s AND NOT l.retracted AND NOT a.retracted AND a.respondent_ref IS NOT NULL
  AND a.answered_at >= %(since)s AND a.answered_at < %(until)s AND a.{{question}} IS NOT NULL
  AND EXISTS (SELECT FROM evidence_invitation i WHERE i.live_id = a.live_id AND NOT i.retracted
              AND i.respondent_ref = a.respondent_ref)
  AND {_UNHELD.format(unit="'v:' || a.live_id || '|' || a.respondent_ref")}
ORDER BY a.live_id, a.respondent_ref, a.answered_at, a.response_id
"""  # noqa: S608
_GROUPED = """
SELECT coalesce(name, ''), max(at), count(*), count(*) FILTER (WHERE against) FROM ({answers}) AS answers
GROUP BY coalesce(name, '') ORDER BY {order}
"""
_ORDERS: dict[By, str] = {"item": "4 DESC, 3 DESC, 1", "room": "2 DESC NULLS LAST, 1 DESC", "week": "1 DESC"}
_WEEK = "date_trunc('week', a.answered_at AT TIME ZONE %(zone)s)::date::text"
_NAMES: dict[By, tuple[str, str]] = {
    "item": ("o.item_ref", "NULL::timestamptz"),
    "room": ("o.live_id", "(SELECT l.started_at FROM subjects_livesession l WHERE l.live_id = o.live_id)"),
    "week": (_WEEK, "NULL::timestamptz"),
}


@dataclass(frozen=True)
class Group:
    """`name`: of the item or live room, or the day on which the week begins; `at`: when the live room began; `answers`
    to one question, `against` the subject: low scores, or viewers who said yes."""

    name: str
    at: datetime | None
    answers: int
    against: int

    @property
    def share(self) -> float:
        return self.against / self.answers


@dataclass(frozen=True)
class Groups:
    """`shown`: of LEAST answers or more; `rest`: all others together, None where there are none or nothing can be
    shown; `small`: how many others there are."""

    by: By
    shown: list[Group]
    rest: Group | None
    small: int

    @property
    def all(self) -> list[Group]:
        return [*self.shown, *([self.rest] if self.rest else [])]


def grouped_by(kind: str, metric: str) -> By:
    """Items where the goods are asked about, live rooms for anchors, else weeks: one for each, or differences between
    two would be single people."""
    return "room" if kind == "anchor" else _OF_SUBJECT.get(metric, "week")


def answer_groups(kind: str, subject_id: str, metric: str, until: datetime) -> Groups:
    """What was answered before `until`; later answers are not told, or one could watch them come in. Raises ValueError
    for a metric that is of no answers."""
    if metric not in QUESTIONS:
        raise ValueError(f"{metric}: nobody was asked")
    by = grouped_by(kind, metric)
    group, at = _NAMES[by]
    answers = (_VIEWERS if metric in OF_VIEWERS else _BUYERS).format(
        kind=kind, question=QUESTIONS[metric], group=group, at=at
    )
    given = {
        "subject": subject_id, "until": until, "since": until - timedelta(days=DAYS), "zone": settings.MARKET_TIME_ZONE,
    }  # fmt: skip
    return pooled(by, (Group(*row) for row in rows_of(_GROUPED.format(answers=answers, order=_ORDERS[by]), given)))


def pooled(by: By, found: Iterable[Group]) -> Groups:
    """Groups that are too small, and those of no name, together. Where together they are too few, the smallest of the
    others joins them: what is left over would be their sum less what is shown."""
    known = list(found)
    large = [one for one in known if one.name and one.answers >= LEAST][:MOST]
    small = [one for one in known if one not in large]
    while large and 0 < sum(one.answers for one in small) < LEAST:
        least = min(large, key=lambda one: one.answers)
        large.remove(least)
        small.append(least)
    rest = Group("", None, sum(one.answers for one in small), sum(one.against for one in small))
    return Groups(by, large, rest if rest.answers >= LEAST else None, len(small))


def week_of(group: Group) -> date:
    """The day on which the week of a group begins."""
    return date.fromisoformat(group.name)
