"""Many flags decided alike in one go: first shown, then done one by one, so that one that fails leaves the others."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import cache

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from reputation.base.audit import audit_append, by_user
from reputation.base.time import now
from reputation.governance.actions.drafts import Wanted, wanted_check, wanted_of_flag
from reputation.governance.actions.services import action_propose
from reputation.governance.desk.access import takeable
from reputation.governance.desk.selectors import BULK_MOST, Filters, queue
from reputation.governance.flags import flag_dismiss
from reputation.governance.models import Batch, Flag, PolicyVersion, WorkItem
from reputation.governance.sanctions import SANCTIONS, needs_second
from reputation.governance.selectors import policy_of

DISMISS, AS_PROPOSED = "dismiss", "as_proposed"


@dataclass(frozen=True)
class Decision:
    """`what`: DISMISS, AS_PROPOSED (each flag what its rule proposes) or one sanction for all. `reason`: of a dismissal,
    for staff; `told` by language: what the subjects are told, empty for what each rule says to the public."""

    what: str
    reason: str = ""
    told: Mapping[str, str] = field(default_factory=dict)
    days: int | None = None
    share: float | None = None


@dataclass(frozen=True)
class Preview:
    """What a decision would do, were it taken now."""

    chosen: int
    ready: list[WorkItem]
    left: list[tuple[WorkItem, str]]  # and why each stays
    second: int  # of those ready, how many a second person must agree to
    tiers: Mapping[str, int]  # of those ready
    rules: Mapping[str, int]
    sanctions: Mapping[str, int]  # empty where all are dismissed


def bulk_items(pks: Sequence[int]) -> list[WorkItem]:
    """In the order of the queue. Raises ValidationError for none, or for more than one may decide in one go."""
    if len(set(pks)) > BULK_MOST:
        raise ValidationError(_("At most %(most)s flags in one go.") % {"most": BULK_MOST})
    found = WorkItem.objects.filter(pk__in=pks).select_related("flag__policy", "claimed_by", "closed_by")
    items = list(found.defer("flag__policy__text").order_by("-priority", "due_at", "id"))
    if not items:
        raise ValidationError(_("Choose at least one flag."))
    return items


def bulk_matching(by: User, wanted: Filters) -> tuple[list[WorkItem], int]:
    """The first flags of a queue that they may decide now, as many as go at once, and how many there are in all."""
    rows = queue(by, replace(wanted, kind=WorkItem.Kind.FLAG)).filter(takeable(by))
    rows = rows.filter(Q(claimed_until=None) | Q(claimed_until__lte=now()) | Q(claimed_by=by))
    pks = list(rows.values_list("pk", flat=True)[:BULK_MOST])
    return bulk_items(pks), rows.count()


def bulk_preview(*, items: Sequence[WorkItem], by: User, decision: Decision) -> Preview:
    theirs = set(WorkItem.objects.filter(takeable(by), pk__in=[i.pk for i in items]).values_list("pk", flat=True))
    reasons = rule_reasons()
    why = {item.pk: _why_not(item, by, item.pk in theirs, decision, reasons) for item in items}
    ready = [item for item in items if not why[item.pk]]
    flags = [item.flag for item in ready if item.flag]
    dismissed = decision.what == DISMISS
    return Preview(
        chosen=len(items),
        ready=ready,
        left=[(item, why[item.pk]) for item in items if why[item.pk]],
        second=0 if dismissed else sum(needs_second(sanction_of(f, decision), f.tier, len(items)) for f in flags),
        tiers=Counter(item.tier for item in ready),
        rules=Counter(item.rule for item in ready),
        sanctions={} if dismissed else Counter(sanction_of(f, decision) for f in flags),
    )


def sanction_of(flag: Flag, decision: Decision) -> str:
    return flag.sanction if decision.what == AS_PROPOSED else decision.what


def _why_not(item: WorkItem, by: User, theirs: bool, decision: Decision, reasons: Reasons) -> str:
    """Why this item stays as it is; empty: nothing stands against it."""
    if item.flag is None or not theirs:
        return _("not yours to decide")
    if item.state == WorkItem.State.DONE:
        return _("decided by %(who)s") % {"who": item.closed_by} if item.closed_by else _("no longer open")
    if item.claimed_until and item.claimed_until > now() and item.claimed_by_id != by.pk:
        return _("%(who)s is working on it") % {"who": item.claimed_by}
    try:
        decision_check(item.flag, decision, reasons)
    except ValidationError as error:
        return " ".join(error.messages)
    return ""


def decision_check(flag: Flag, decision: Decision, reasons: Reasons) -> None:
    """Raises ValidationError where this cannot be decided about this flag."""
    if decision.what != DISMISS:
        wanted_check(wanted_of(flag, decision, reasons), flag.kind)
    elif not decision.reason.strip():
        raise ValidationError(_("Give the reason."))


Reasons = Callable[[int, str], Mapping[str, str]]


def rule_reasons() -> Reasons:
    """Policy and rule -> what that rule says to the public; each policy is read once, for as long as this is kept."""

    @cache
    def policy(version: int) -> dict[str, Mapping[str, str]]:
        try:
            return {rule.id: rule.reason for rule in policy_of(PolicyVersion.objects.get(pk=version)).rules}
        except ValueError:  # a text that this program no longer reads
            return {}

    return lambda version, rule: policy(version).get(rule, {})


def wanted_of(flag: Flag, decision: Decision, reasons: Reasons) -> Wanted:
    own = {language: text for language, text in decision.told.items() if text.strip()}
    proposed = wanted_of_flag(flag, own or reasons(flag.policy_id, flag.rule))
    if decision.what == AS_PROPOSED:
        return proposed
    return replace(proposed, sanction=decision.what, days=decision.days, share=decision.share)


def bulk_decide(*, pk: uuid.UUID, items: Sequence[WorkItem], by: User, decision: Decision) -> Batch:
    """Do it. The same `pk` again goes on with what a stop has left undone, and repeats nothing.

    Each item is decided in a transaction of its own. What cannot be is left, and why stands in the batch's command.
    """
    batch = _begin(pk, [item.pk for item in items], by, decision)
    done = set(WorkItem.objects.filter(batch=batch).values_list("pk", flat=True))
    reasons = rule_reasons()
    left: dict[str, str] = {}
    for item in items:
        if item.pk not in done:
            left |= _one(batch, item.pk, by, decision, reasons)
    batch.command = batch.command | {"left": left}
    batch.save(update_fields=["command"])
    return batch


@transaction.atomic
def _begin(pk: uuid.UUID, items: list[int], by: User, decision: Decision) -> Batch:
    command = asdict(decision)
    fresh = {"by": by, "command": command, "items": items, "done_at": now()}
    batch, made = Batch.objects.select_for_update().get_or_create(pk=pk, defaults=fresh)
    if made:
        audit_append(
            actor=by_user(by), action="batch.decided", object_kind="batch", object_id=str(pk),
            data={"items": items, "command": command},
        )  # fmt: skip
    asked = (batch.by_id, sorted(batch.items), {key: batch.command.get(key) for key in command})
    if asked != (by.pk, sorted(items), command) or batch.undone_at:
        raise ValidationError(_("This was sent before, for something else. Please choose again."))
    return batch


def _one(batch: Batch, pk: int, by: User, decision: Decision, reasons: Reasons) -> dict[str, str]:
    """Decide one item; what stands against it, by the item's number."""
    item = WorkItem.objects.select_related("flag", "claimed_by", "closed_by").get(pk=pk)
    theirs = WorkItem.objects.filter(takeable(by), pk=pk).exists()
    if why := _why_not(item, by, theirs, decision, reasons):
        return {str(pk): why}
    try:
        with transaction.atomic():
            WorkItem.objects.filter(pk=pk).update(batch=_decided(batch, item, by, decision, reasons))
    except ValidationError as error:
        return {str(pk): " ".join(error.messages)}
    return {}


def _decided(batch: Batch, item: WorkItem, by: User, decision: Decision, reasons: Reasons) -> Batch:
    flag = item.flag
    assert flag is not None  # noqa: S101 (what is no flag was left)
    if decision.what == DISMISS:
        flag_dismiss(flag=flag, by=by, reason=decision.reason)
        return batch
    request = uuid.uuid5(batch.pk, str(item.pk))
    wanted = wanted_of(flag, decision, reasons)
    action_propose(
        kind=flag.kind, subject_id=flag.subject_id, wanted=wanted, by=by, request=request, flag=flag, batch=batch
    )
    return batch


def sanctions_for_many() -> list[str]:
    """Those that fit more than one subject: not what is about one item on sale."""
    return [key for key, step in SANCTIONS.items() if not step.needs_item]
