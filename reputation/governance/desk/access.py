"""Who may decide what of the queue: a permission by kind, and nobody judges their own work."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db.models import Exists, OuterRef, Q

from reputation.governance.models import WorkItem
from reputation.subjects.models import Membership

PERMISSIONS = {
    WorkItem.Kind.FLAG: "governance.decide_flag",
    WorkItem.Kind.DECISION: "governance.agree_action",
    WorkItem.Kind.APPEAL: "governance.decide_appeal",
    WorkItem.Kind.OBJECTION: "governance.decide_objection",
}


def permitted_kinds(user: User) -> list[str]:
    return [kind.value for kind, permission in PERMISSIONS.items() if user.has_perm(permission)]


def takeable(user: User) -> Q:
    """Open items that are theirs to decide: not about a subject that they act for, not a decision that they proposed, not
    an appeal against their action."""
    acts_for = Membership.objects.filter(user=user, kind=OuterRef("subject_kind"), subject_id=OuterRef("subject_id"))
    own_decision = Q(kind=WorkItem.Kind.DECISION, action__proposer=user)
    own_appeal = Q(kind=WorkItem.Kind.APPEAL) & (Q(appeal__action__proposer=user) | Q(appeal__action__seconder=user))
    # A negated null is null in SQL, so an item without an action would be lost: the kinds are named first.
    return Q(kind__in=permitted_kinds(user)) & ~own_decision & ~own_appeal & ~Q(Exists(acts_for))


def may_decide(user: User, item: WorkItem) -> bool:
    return WorkItem.objects.filter(takeable(user), pk=item.pk).exists()
