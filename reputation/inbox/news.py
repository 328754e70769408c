"""What happened, read from the outbox, from nights, and from what emits no event."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reputation.base.models import OutboxEvent
from reputation.base.time import market_day
from reputation.evidence.models import Hold
from reputation.governance.models import Appeal, Notice, Objection
from reputation.governance.objections.selectors import objections_counted
from reputation.inbox.kinds import Kind

Subject = tuple[str, str]  # kind, id


@dataclass(frozen=True)
class News:
    """A thing that the members of a subject are told of. `at`: when it happened, for who became a member later does not
    hear of it; None: it is so now, whoever one is."""

    key: str
    kind: Kind
    subject: Subject
    data: Mapping[str, Any]
    at: datetime | None


def of_events(events: Sequence[OutboxEvent]) -> list[News]:
    changes = [event.payload.get("sequence") for event in events if event.event.startswith("action.")]
    appeals = [event.payload.get("id") for event in events if event.event == "appeal.decided"]
    return [*_notices(change for change in changes if change), *_appeals(pk for pk in appeals if pk)]


def _notices(changes: Iterable[int]) -> list[News]:
    found = Notice.objects.filter(change__in=list(changes)).select_related("action").order_by("pk")
    return [_notice(notice) for notice in found]


def _notice(notice: Notice) -> News:
    action = notice.action
    headline = {language: fields.get("headline", "") for language, fields in notice.fields.items()}
    data = {"action": action.pk, "headline": headline}
    return News(f"notice:{notice.pk}", Kind.NOTICE, (action.kind, action.subject_id), data, notice.made_at)


def _appeals(pks: Iterable[int]) -> list[News]:
    decided = Appeal.objects.filter(pk__in=list(pks), decided_at__isnull=False).select_related("action").order_by("pk")
    return [_appeal(appeal) for appeal in decided]


def _appeal(appeal: Appeal) -> News:
    action = appeal.action
    data = {"appeal": appeal.pk, "won": appeal.state == Appeal.State.WON, "sanction": action.sanction}
    return News(f"appeal:{appeal.pk}", Kind.APPEAL, (action.kind, action.subject_id), data, appeal.decided_at)


def objections(since: datetime) -> list[News]:
    rows = objections_counted(Objection.objects.filter(state=Objection.State.DECIDED, decided_at__gt=since))
    return [_objection(row) for row in rows.order_by("pk")]


def _objection(row: Any) -> News:
    data = {"objection": row.pk, "accepted": row.lines_accepted, "refused": row.lines_refused}
    return News(f"objection:{row.pk}", Kind.OBJECTION, (row.kind, row.subject_id), data, row.decided_at)


def holds(since: datetime) -> list[News]:
    """One piece of news for all that was found about a subject on a day."""
    rows = Hold.objects.filter(status=Hold.Status.HELD, held_at__gt=since).exclude(subject_kind="").order_by("pk")
    found = [_hold(row) for row in rows]
    return list({one.key: one for one in reversed(found)}.values())[::-1]


def _hold(row: Hold) -> News:
    subject = (row.subject_kind, row.subject_id)
    key = f"held:{row.subject_kind}:{market_day(row.held_at).isoformat()}:{row.subject_id}"
    return News(key, Kind.HELD, subject, {"due": row.due_on.isoformat()}, row.held_at)
