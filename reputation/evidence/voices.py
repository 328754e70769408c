"""What viewers said of an anchor's live rooms, as counts: nobody but a room of some answers is ever shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from reputation.evidence.candidates import rows_of
from scoring.reported import PER_VIEWER

LEAST = 5  # answers that a group must have to be shown
MOST_ROOMS = 100

# Of each invited viewer the first answer, as nights count it; what screening or a person set aside left out.
_ROOMS = """
SELECT live_id, max(started_at), count(*), count(*) FILTER (WHERE said) FROM (
    SELECT DISTINCT ON (a.live_id, a.respondent_ref) a.live_id, l.started_at, a.{question} AS said
    FROM subjects_livesession l JOIN evidence_response a ON a.live_id = l.live_id
    WHERE l.anchor_id = %(subject)s AND NOT l.retracted AND NOT a.retracted AND a.respondent_ref IS NOT NULL
      AND a.{question} IS NOT NULL
      AND EXISTS (SELECT FROM evidence_invitation i WHERE i.live_id = a.live_id AND NOT i.retracted
                  AND i.respondent_ref = a.respondent_ref)
      AND NOT EXISTS (SELECT FROM evidence_heldunit u JOIN evidence_hold h ON h.id = u.hold_id
                      WHERE u.unit = 'v:' || a.live_id || '|' || a.respondent_ref AND h.status IN ('held', 'confirmed'))
    ORDER BY a.live_id, a.respondent_ref, a.answered_at, a.response_id
) voices GROUP BY live_id ORDER BY max(started_at) DESC NULLS LAST, live_id DESC
"""


@dataclass(frozen=True)
class Room:
    """`answers` of invited viewers to one question, `yes` of them."""

    live_id: str
    started_at: datetime | None
    answers: int
    yes: int


@dataclass(frozen=True)
class Rooms:
    """`shown`: rooms of LEAST answers or more, the latest first; `rest`: all others together where they have as many;
    `small`: how many others there are."""

    shown: list[Room]
    rest: Room | None
    small: int


def rooms(anchor_id: str, question: str) -> Rooms:
    """What was answered to `question` ("false_promotion" or "hype"). Raises ValueError for another one."""
    if question not in PER_VIEWER:
        raise ValueError(f"{question}: no question to viewers")
    found = [Room(*row) for row in rows_of(_ROOMS.format(question=question), {"subject": anchor_id})]
    small = [room for room in found if room.answers < LEAST]
    rest = Room("", None, sum(room.answers for room in small), sum(room.yes for room in small))
    large = [room for room in found if room.answers >= LEAST][:MOST_ROOMS]
    return Rooms(large, rest if rest.answers >= LEAST else None, len(small))
