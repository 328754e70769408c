"""What everybody may know of sanctions: those in force, those that ended lately, and how appeals against them went.

E-Commerce Law (China) art. 36: warnings, suspension and termination are publicised at once. A mere reminder (`notice`)
is none of these and stays between platform and merchant. What never counted, and what an appeal has put off, is not
shown either.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.utils.translation import get_language

from reputation.base.time import now
from reputation.governance.actions.selectors import in_force
from reputation.governance.facts import measure_sentence
from reputation.governance.models import Action, ActionState, Appeal
from reputation.governance.sanctions import SANCTIONS

PRIVATE = frozenset({"notice"})
ENDED_DAYS = 90
ENDED = (ActionState.EXPIRED, ActionState.LIFTED, ActionState.OVERTURNED, ActionState.REPLACED)
_SHOWN_APPEALS = (Appeal.State.OPEN, Appeal.State.LOST)  # a won one has ended the sanction


def public_in_force() -> QuerySet[Action]:
    """Each with `appeal`: open, lost or None."""
    return _public(in_force())


def public_ended() -> QuerySet[Action]:
    """Of the last 90 days, as public_in_force. One that was never in force has no start, so it is not among them."""
    since = now() - timedelta(days=ENDED_DAYS)
    return _public(Action.objects.filter(state__in=ENDED, starts_at__isnull=False, ended_at__gte=since))


def _public(rows: QuerySet[Action]) -> QuerySet[Action]:
    filed = Appeal.objects.filter(action=OuterRef("pk"), state__in=_SHOWN_APPEALS).order_by("-id")
    return rows.exclude(sanction__in=PRIVATE).annotate(appeal=Subquery(filed.values("state")[:1]))


@dataclass(frozen=True)
class Line:
    """A sanction in words. `appeal`: open, lost or None."""

    action: Action
    label: str
    measure: str
    reason: str
    appeal: str | None


def line(action: Action) -> Line:
    """`action` as public_in_force and public_ended give it."""
    known = SANCTIONS[action.sanction]
    reason = in_language(action.reason)
    return Line(action, str(known.label), measure_sentence(action), reason, action.appeal)  # type: ignore[attr-defined]


def sanctions_of(kind: str, subject_id: str) -> list[Line]:
    """In force on this subject, as anybody may see them, the latest first."""
    rows = public_in_force().filter(kind=kind, subject_id=subject_id)
    return [line(action) for action in rows.order_by("-starts_at", "-id")]


def sanctioned(kind: str) -> frozenset[str]:
    """Ids of those that have a sanction in force which anybody may see."""
    rows = in_force().exclude(sanction__in=PRIVATE).filter(kind=kind)
    return frozenset(rows.values_list("subject_id", flat=True))


def notices(kind: str, subject_ids: Collection[str]) -> Mapping[str, list[dict[str, Any]]]:
    """For rating documents, in the language at hand: subject -> its sanctions in force. One query for all of them."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    rows = public_in_force().filter(kind=kind, subject_id__in=subject_ids).order_by("-starts_at", "-id")
    for action in rows.only("subject_id", "sanction", "starts_at", "ends_at", "reason"):
        found[action.subject_id].append(_notice(action))
    return found


def _notice(action: Action) -> dict[str, Any]:
    return {
        "id": str(action.pk),
        "action": action.sanction,
        "since": _instant(action.starts_at),
        "until": _instant(action.ends_at),
        "reason": in_language(action.reason),
        "appeal": action.appeal,  # type: ignore[attr-defined]
    }


def _instant(moment: Any) -> str | None:
    return moment.astimezone(UTC).isoformat(timespec="seconds") if moment else None


def in_language(texts: Mapping[str, str], language: str | None = None) -> str:
    """A text that is kept in several languages, in the one at hand; English where it lacks that."""
    wanted = "zh-hans" if (language or get_language() or "en").startswith("zh") else "en"
    return texts.get(wanted) or texts.get("en") or next(iter(texts.values()), "")
