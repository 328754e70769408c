"""Reading actions: what is in force, what the platform is told, what it has not confirmed."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db.models import F, Max, Q, QuerySet
from django.utils.translation import pgettext_lazy

from reputation.base.time import market_day, now
from reputation.governance.models import Action, ActionChange, ActionState, Appeal

PERSONS_ONLY_DAYS = 180  # after a won appeal
SILENCE = timedelta(minutes=15)  # of the platform, before it alarms
STATE_WORDS = {
    ActionState.HELD: pgettext_lazy("action", "waiting for a second person"),
    ActionState.ACTIVE: pgettext_lazy("action", "in force"),
    ActionState.STAYED: pgettext_lazy("action", "put off"),
    ActionState.EXPIRED: pgettext_lazy("action", "expired"),
    ActionState.LIFTED: pgettext_lazy("action", "lifted"),
    ActionState.OVERTURNED: pgettext_lazy("action", "overturned on appeal"),
    ActionState.REFUSED: pgettext_lazy("action", "refused by the second person"),
    ActionState.REPLACED: pgettext_lazy("action", "replaced"),
    ActionState.WITHDRAWN: pgettext_lazy("action", "withdrawn"),
}


def state_word(state: str) -> str:
    """The state of an action in words, in the language of the moment."""
    return str(STATE_WORDS[ActionState(state)])


def action_document(action: Action, change: ActionChange) -> dict[str, Any]:
    """A change as the platform is told it. `ends_at`: planned, or when it ended; null without an end, and while the
    action is put off, for then it moves. `reason` in both languages; `item_ref` of a delisting."""
    ends = None if action.state == ActionState.STAYED else action.ended_at or action.ends_at
    return {
        "sequence": change.sequence,
        "id": action.pk,
        "subject": {"kind": action.kind, "id": action.subject_id, "name": action.name, "category": action.category},
        "action": action.sanction,
        "share": None if action.share is None else float(action.share),
        "item_ref": action.item_ref or None,
        "state": str(action.state),
        "starts_at": _written(action.starts_at),
        "ends_at": _written(ends),
        "reason": action.reason,
        "policy": action.policy_id,
        "rule": action.rule or None,
        "replaces": action.replaces_id,
    }


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def action_changes(after: int = 0, limit: int = 50) -> list[ActionChange]:
    """What the platform has to carry out, in the order in which it became true; `document` is what it is told."""
    return list(ActionChange.objects.filter(told=True, sequence__gt=after).order_by("sequence")[:limit])


def in_force(moment: datetime | None = None) -> QuerySet[Action]:
    """Actions that count at a moment from now on; one whose time is over does not, even before the tick notes it."""
    unfinished = Q(ends_at__isnull=True) | Q(ends_at__gt=moment or now())
    return Action.objects.filter(unfinished, state=ActionState.ACTIVE)


def unacknowledged(moment: datetime | None = None) -> QuerySet[Action]:
    """Actions with a change that the platform was told 15 minutes ago or earlier and has not confirmed."""
    silent = Action.objects.filter(acknowledged_sequence__lt=F("told_sequence"))
    return silent.filter(told_at__lte=(moment or now()) - SILENCE).order_by("told_at", "id")


def persons_only_until(rule: str) -> date | None:
    """The last day on which persons alone decide under a rule, because an appeal under it was won: for everybody, since
    the rule, not the subject, was found wanting. None: no such time runs."""
    won = Appeal.objects.filter(state=Appeal.State.WON, action__rule=rule).aggregate(last=Max("decided_at"))["last"]
    last = market_day(won) + timedelta(days=PERSONS_ONLY_DAYS) if rule and won else None
    return last if last and last >= market_day(now()) else None
