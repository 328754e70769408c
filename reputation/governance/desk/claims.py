"""Who works on what. One item has one person at a time, and a claim that nobody works on runs out by itself.

Claims and skips are how staff share the work out among themselves, no decisions: the audit log does not list them.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext as _

from reputation.base.time import market_zone, now
from reputation.governance.desk.access import may_decide, permitted_kinds, takeable
from reputation.governance.desk.selectors import NO_FILTERS, Filters, open_items, queue
from reputation.governance.models import Skip, WorkItem

CLAIM = timedelta(minutes=30)


class Taken(ValidationError):
    """Somebody else works on it, or it is done. `item` as it stands now."""

    def __init__(self, message: str, item: WorkItem) -> None:
        super().__init__(message)
        self.item = item


def item_claim(*, item: WorkItem, by: User) -> WorkItem:
    """Take it, or hold it for another half an hour. Raises Taken, saying who has it or why it is not theirs.

    The time of the first claim is kept while it is one's own: what a decision took is counted from there.
    """
    moment = now()
    mine = Q(claimed_by=by, claimed_until__gt=moment)
    # Conditions on its own columns alone: with a join they would stand in a subquery, which PostgreSQL does not look at
    # again when the row has changed while this waited for it, and two would have the item.
    free = open_items().filter(free_at(moment) | mine, pk=item.pk)
    since = Case(When(mine, then=F("claimed_at")), default=Value(moment))
    claim = {"claimed_by": by, "claimed_at": since, "claimed_until": moment + CLAIM}
    taken = may_decide(by, item) and free.update(**claim)
    fresh = WorkItem.objects.select_related("claimed_by", "closed_by").get(pk=item.pk)
    if not taken:
        raise Taken(_why(fresh, by), fresh)
    Skip.objects.filter(item=item, user=by).delete()
    return fresh


def _why(item: WorkItem, by: User) -> str:
    if item.state == WorkItem.State.OPEN and not may_decide(by, item):
        return _("This is not yours to decide.")
    if item.state == WorkItem.State.DONE and item.closed_by:
        return _("%(who)s has decided this.") % {"who": item.closed_by}
    if item.state == WorkItem.State.DONE:
        return _("This is no longer open.")
    until = item.claimed_until.astimezone(market_zone()) if item.claimed_until else None
    return _("%(who)s is working on this until %(time)s.") % {"who": item.claimed_by, "time": f"{until:%H:%M}"}


def item_release(*, item: WorkItem, by: User) -> bool:
    """Give it back to the queue; False where it was not theirs."""
    theirs = WorkItem.objects.filter(pk=item.pk, claimed_by=by, state=WorkItem.State.OPEN)
    return bool(theirs.update(claimed_by=None, claimed_at=None, claimed_until=None))


@transaction.atomic
def item_skip(*, item: WorkItem, by: User) -> None:
    """Leave it to others: out of one's own queue until it is overdue, and in everybody else's as before."""
    Skip.objects.get_or_create(item=item, user=by, defaults={"at": now()})
    item_release(item=item, by=by)


def item_unskip(*, item: WorkItem, by: User) -> None:
    Skip.objects.filter(item=item, user=by).delete()


@transaction.atomic
def claim_next(*, by: User, wanted: Filters = NO_FILTERS) -> WorkItem | None:
    """The first item of the queue that is free and theirs to decide, claimed; two who ask at once get two items."""
    if not permitted_kinds(by):
        return None
    rows = queue(by, wanted).filter(takeable(by), free_at(now())).exclude(skips__user=by)
    item = rows.select_related(None).select_for_update(skip_locked=True, of=("self",)).first()
    return item_claim(item=item, by=by) if item else None


def free_at(moment: datetime) -> Q:
    """Claimed by nobody, or by somebody whose time has run out."""
    return Q(claimed_until=None) | Q(claimed_until__lte=moment)
