"""Reading appeals: whether one may be filed, who may decide it, and what became of them by rule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.contrib.auth.models import User
from django.db.models import Avg, Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from reputation.base.audit import by_user
from reputation.base.time import day_start, market_day, now
from reputation.governance.appeals.window import appeal_window_ends
from reputation.governance.models import Action, ActionState, Appeal
from reputation.subjects.models import Membership

MOST_APPEALS = 3  # of one action
_APPEALABLE = (ActionState.ACTIVE, ActionState.STAYED, ActionState.EXPIRED, ActionState.LIFTED)


def answers_unread() -> QuerySet[Appeal]:
    """Decided ones that nobody of the subject has opened since."""
    return Appeal.objects.filter(state__in=(Appeal.State.WON, Appeal.State.LOST), answer_read_at=None)


def appeal_possible(action: Action, user: User) -> str:
    """Why this person cannot appeal, in words; empty where they can."""
    if not Membership.objects.filter(user=user, kind=action.kind, subject_id=action.subject_id).exists():
        return _("Only who acts for the subject can appeal.")
    return appeal_refused(action)


def appeal_refused(action: Action) -> str:
    """Why nobody can appeal against it now; empty where its subject can."""
    if action.state not in _APPEALABLE:
        return _("There is nothing to appeal against: this measure does not stand.")
    if market_day(now()) > (ends := appeal_window_ends(action)):
        return _("The time to appeal ended on %(day)s.") % {"day": ends}
    earlier = list(action.appeals.values_list("state", flat=True))
    if Appeal.State.OPEN in earlier:
        return _("An appeal against this measure is open already.")
    if len(earlier) >= MOST_APPEALS:
        return _("This measure was appealed against %(most)d times: that is as often as one can.") % {
            "most": MOST_APPEALS
        }
    return ""


def deciders(action: Action) -> set[str]:
    """Actors of the audit log who brought the action about: nobody judges their own work."""
    changes = action.changes.filter(state__in=(ActionState.HELD, ActionState.ACTIVE)).values_list("by", flat=True)
    named = {action.proposed_by, action.second_by, *changes}
    named |= {by_user(person) for person in (action.proposer, action.seconder) if person is not None}
    return named | (deciders(action.replaces) if action.replaces else set())


@dataclass(frozen=True)
class Figures:
    """Appeals filed in a time, by rule ("" where a person acted without one). `decided` counts won and lost ones;
    `mean_days` from filing to decision, None where none is decided."""

    rule: str
    filed: int
    decided: int
    won: int
    mean_days: float | None


def appeal_figures(since: date | None = None, until: date | None = None) -> list[Figures]:
    """Of appeals filed from the market day `since` through `until`, most filed first."""
    rows = Appeal.objects.all()
    if since:
        rows = rows.filter(filed_at__gte=day_start(since))
    if until:
        rows = rows.filter(filed_at__lt=day_start(until + timedelta(days=1)))
    decided = Q(state__in=(Appeal.State.WON, Appeal.State.LOST))
    grouped = rows.values("action__rule").annotate(
        filed=Count("id"),
        decided=Count("id", filter=decided),
        won=Count("id", filter=Q(state=Appeal.State.WON)),
        took=Avg(F("decided_at") - F("filed_at"), filter=decided),
    )
    return [
        Figures(
            row["action__rule"], row["filed"], row["decided"], row["won"],
            row["took"] / timedelta(days=1) if row["took"] is not None else None,
        )
        for row in grouped.order_by("-filed", "action__rule")
    ]  # fmt: skip
