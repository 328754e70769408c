"""What the demonstration's staff has already done, so that every desk and every merchant's page has something on it."""

from __future__ import annotations

import uuid

from django.contrib.auth.models import User
from django.db.models import F

from reputation.evidence.models import Invitation, Order
from reputation.governance.actions.drafts import wanted_of_flag
from reputation.governance.actions.services import action_acknowledge, action_propose
from reputation.governance.appeals.units import subject_units
from reputation.governance.flags import flag_dismiss
from reputation.governance.models import Action, Flag, Objection, ObjectionLine, Tier
from reputation.governance.objections.services import objection_file
from reputation.governance.sanctions import needs_second
from reputation.governance.selectors import policy_of
from reputation.intake.complaints import complaint_file
from reputation.intake.questionnaire import answered_before, invitation_link, invitations_link
from reputation.intake.tokens import OrderLink, code_written
from reputation.subjects.models import LiveSession, Membership, SubjectKind
from reputation.subjects.services import membership_grant

_NAMESPACE = uuid.UUID("6f1f0c1e-5a53-4d7c-9a8e-3d1d7f0b8f11")  # the same flag is the same case at every start


def cases_open() -> None:
    """One sanction in force, whose subject is the merchant's, one that waits for a second person, one flag dismissed,
    and an objection of the merchant. Whatever is there already stays as it is."""
    moderator, merchant = (User.objects.get(username=name) for name in ("moderator", "merchant"))
    if not Action.objects.exists():
        _decide(moderator, merchant)
    if not Objection.objects.exists():
        _object(merchant)
    for pk in Action.objects.filter(acknowledged_sequence__lt=F("told_sequence")).values_list("pk", flat=True):
        action_acknowledge(action_id=pk, by_key="demo platform")  # what a visitor decides later raises the alarm


def _decide(moderator: User, merchant: User) -> None:
    flags = list(Flag.objects.filter(state=Flag.State.OPEN).exclude(sanction="notice").order_by("id"))
    alone = [flag for flag in flags if not needs_second(flag.sanction, flag.tier)]
    both = [flag for flag in flags if needs_second(flag.sanction, flag.tier) and flag.tier != Tier.HEAD]
    for flag in [*alone[:1], *both[:1]]:
        _act(flag, moderator)
    for flag in alone[:1]:
        membership_grant(user=merchant, kind=flag.kind, subject_id=flag.subject_id, role="owner")
    for flag in alone[1:2]:
        flag_dismiss(flag=flag, by=moderator, reason="Looked at the streams: the complaints are about another product.")


def _act(flag: Flag, moderator: User) -> None:
    reason = policy_of(flag.policy).rule(flag.rule).reason
    request = uuid.uuid5(_NAMESPACE, str(flag.pk))
    action_propose(
        kind=flag.kind, subject_id=flag.subject_id, wanted=wanted_of_flag(flag, reason), by=moderator, request=request,
        flag=flag, found_by=Action.Found.AUTOMATED,
    )  # fmt: skip


def _object(merchant: User) -> None:
    for subject in Membership.objects.filter(user=merchant, kind=SubjectKind.STORE)[:1]:
        units = [
            one.unit for one in subject_units(subject.kind, subject.subject_id, families="o", size=2).units if one.open
        ]
        if units:
            lines = [(unit, ObjectionLine.Ground.CARRIER_EVENT) for unit in units]
            text = "The carrier's lorries stood still for two days."
            objection_file(kind=subject.kind, subject_id=subject.subject_id, by=merchant, text=text, lines=lines)


def questionnaire_open() -> str:
    """The link of a questionnaire about the anchor that the merchant acts for, fresh at each start until it is used."""
    anchors = Membership.objects.filter(user__username="merchant", kind=SubjectKind.ANCHOR).values("subject_id")
    lives = LiveSession.objects.filter(anchor_id__in=anchors, retracted=False).order_by("-started_at")
    if (live := lives.first()) is None:
        return ""
    before = Invitation.objects.filter(pk__startswith="demo-").order_by("pk")
    unused = next((one for one in before if not answered_before(one)), None)
    if unused is None:
        pk = f"demo-{before.count() + 1:03}"
        row = {"invitation_id": pk, "live_id": live.pk, "respondent_ref": pk}
        invitations_link(rows=[row], source="demo", days=[7])
    return invitation_link(unused.pk if unused else pk, None).url


def complaints_open() -> str:
    """Two complaints about the merchant's store: one waits for its answer, one for the staff. The code of the first;
    at a later start they are found in place."""
    store = Membership.objects.filter(user__username="merchant", kind=SubjectKind.STORE).order_by("pk").first()
    orders = (
        Order.objects.filter(store_id=store.subject_id, retracted=False).order_by("-placed_at", "order_id")
        if store
        else []
    )
    if store is None or len(told := list(orders[:2])) < 2:
        return ""
    about = {"kind": store.kind, "subject_id": store.subject_id, "caller": "demo"}
    proven = complaint_file(
        **about, category="quality", request="demo 1", link=OrderLink(told[0].pk, ""),
        text="It broke on the second day. I asked twice for another one and heard nothing.",
    )  # fmt: skip
    complaint_file(
        **about, category="refund", request="demo 2", order_id=told[1].pk,
        text="包裹退回去两个星期了，还没有退款。客服每次都说在处理。",
    )  # fmt: skip
    return code_written(proven.code)
