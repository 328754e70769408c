"""Whether an appeal puts the sanction off until it is decided."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q

from reputation.base.time import day_start, market_day, now
from reputation.evidence.models import Complaint, Order
from reputation.governance.models import Action, ActionState, Appeal
from reputation.governance.sanctions import SANCTIONS

ONCE_IN_DAYS = 90
# What hurts people or cheats them goes on doing so while an appeal is open.
NEVER = ("brushing", "counterfeit", "safety")
_PERHAPS = ("complaint_product", "complaint_honesty")  # metrics that sum up some of these among others


def may_stay(action: Action, besides: Appeal | None = None) -> bool:
    """A reversible sanction in force, on the first appeal, once per subject in 90 days over all its actions, and never
    where brushing, counterfeit goods or safety are at stake."""
    return (
        action.state == ActionState.ACTIVE
        and SANCTIONS[action.sanction].stayable
        and not action.appeals.exclude(pk=besides and besides.pk).exists()
        and not _stayed_lately(action)
        and not dangerous(action)
    )


def _stayed_lately(action: Action) -> bool:
    since = day_start(market_day(now()) - timedelta(days=ONCE_IN_DAYS - 1))
    about = {"action__kind": action.kind, "action__subject_id": action.subject_id}
    return Appeal.objects.filter(stayed=True, filed_at__gte=since, **about).exists()


def dangerous(action: Action) -> bool:
    """Whether brushing, counterfeit goods or safety are among its facts: a grave rule's count of them, what staff noted
    under facts["about"], or such complaints behind a metric that sums them up with others."""
    readings = action.facts.get("readings", [])
    metrics = {str(reading.get("metric", "")) for reading in readings}
    if "grave" in metrics or set(action.facts.get("about", [])) & set(NEVER):
        return True
    return bool(metrics & set(_PERHAPS)) and _complained(action)


def _complained(action: Action) -> bool:
    """About the subject itself or an order of it; complaints of any state but those that were found to be none."""
    since, about = (action.starts_at or action.created_at) - timedelta(days=ONCE_IN_DAYS), f"{action.kind}_id"
    orders = Order.objects.filter(**{about: action.subject_id}, placed_at__gte=since - timedelta(days=ONCE_IN_DAYS))
    lately = Complaint.objects.filter(category__in=NEVER, retracted=False, opened_at__gte=since)
    mine = Q(**{about: action.subject_id}) | Q(order_id__in=orders.values("order_id"))
    return lately.filter(mine).exclude(outcome__in=("rejected", "withdrawn")).exists()
