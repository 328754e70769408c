"""A small market with something of every kind in it, all of the store s1, and the addresses of all of it."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.contrib.auth.models import User

from reputation.accounts.invitations import invitation_make
from reputation.base.models import WebhookEndpoint
from reputation.base.time import market_day, now
from reputation.evidence.models import Order
from reputation.evidence.services import batch_ingest
from reputation.governance.actions.services import action_propose
from reputation.governance.desk.bulk import DISMISS, Decision, bulk_decide
from reputation.governance.desk.items import item_open
from reputation.governance.models import (
    Action,
    Appeal,
    Attachment,
    Correction,
    Objection,
    ObjectionLine,
    PolicyVersion,
    SavedView,
    WorkItem,
)
from reputation.intake.complaints import complaint_file
from reputation.intake.models import File
from reputation.intake.questionnaire import invitations_link
from reputation.subjects.services import membership_grant
from tests.governance.actions import world as acts
from tests.governance.appeals.world import Upload
from tests.governance.world import policy, rule
from tests.people import staff_member
from tests.portal import world

Addresses = dict[str, list[Any]]  # name of an address -> what stands in it
CONTENT = b"%PDF-1.7\n"


def build() -> Addresses:
    """Something of every kind; who has proposed, filed and decided here is nobody who comes along later."""
    before = staff_member("before", "moderator", "senior")
    clerk = User.objects.create_user("clerk")
    membership_grant(user=clerk, kind="store", subject_id="s1", role="owner")
    return _of_evidence() | _of_policies() | _of_the_desk(before, clerk) | _of_complaints() | _of_members(clerk)


def _of_evidence() -> Addresses:
    store = world.store("s1")
    world.run()
    world.publish()
    world.rating()
    world.anchor("a1")
    world.rating("a1", kind="anchor")
    own = ["store", "s1"]
    pages = ("held", "subject", "why", "simulator", "what_if", "next_stream", "stream_what_if", "objection_new")
    endpoint = WebhookEndpoint.objects.create(url="https://hooks.example/", events=["action.ended"], created_at=now())
    hook = WebhookEndpoint.objects.create(
        url="https://own.example/", events=["action.ended"], created_at=now(), subject_kind="store", subject_id="s1"
    )
    public = {name: ["s1"] for name in ("store", "badge-store", "embed-store", "api-store", "api-store-history")}
    public |= {name: ["a1"] for name in ("anchor", "badge-anchor", "embed-anchor", "api-anchor", "api-anchor-history")}
    public["sitemap-section"] = ["stores"]
    return public | {f"portal:{page}": own for page in pages} | {
        "category": [store.category],
        "api-evidence": ["orders"], "api-complete": ["orders"], "api-resend": [1], "api-batch": [1],
        "api-action-ack": [1], "account_reset_password_from_key": ["1", "a-b"],
        "portal:api_keys": own, "portal:webhooks": own, "portal:webhook": [hook.pk, *own],
        "notifications-stop": ["1:star:forged"],
        "portal:metrics": own, "portal:metric": ["defect", *own], "portal:export": own,
        "portal:metric_table": ["defect", "csv", *own],
        "portal:what_counts": ["store"], "console:dossier": own, "console:act": own,
        "console:night": [world.NIGHT], "console:model": [f"{world.NIGHT}.1"],
        "console:rejected_row": [world.rejected_row().pk], "console:hold": [world.hold().pk],
        "console:webhook": [endpoint.pk], "console:report": ["transparency", "json"], "console:inspection": ["none"],
    }  # fmt: skip


def _of_complaints() -> Addresses:
    filed = complaint_file(
        kind="store", subject_id="s1", category="quality", text="Torn.", caller="::1", request="once",
        files=[Upload(CONTENT, "proof.pdf")],
    )  # fmt: skip
    file = File.objects.get(message__complaint_id=filed.case.complaint_id)
    told = {"complaint_id": "c1", "store_id": "s1", "opened_at": now(), "category": "service", "text": "Rude."}
    batch_ingest(kind="complaints", rows=[told], source="test")
    asked = [{"live_id": "L", "respondent_ref": "v", "invitation_id": "i"}]
    [link], _result = invitations_link(rows=asked, source="test", days=[7])
    return {
        "questionnaire": [link.url.rpartition("/")[2]], "complain-store": ["s1"], "complain-anchor": ["a1"],
        "complaint": [filed.code], "complaint-file": [filed.code, file.pk],
        "console:complaint": [filed.case.pk], "console:complaint_file": [file.pk],
        **{f"portal:{page}": ["store", "s1"] for page in ("complaints", "complaint", "complaint_file")},
    }  # fmt: skip


def _of_members(clerk: User) -> Addresses:
    who = {"mail": "somebody@example.org", "role": "staff", "by": clerk}
    _invitation, token = invitation_make(kind="store", subject_id="s1", **who)
    return {"join": [token], "portal:members": ["store", "s1"]}


def _of_policies() -> Addresses:
    text = policy(rule("late"), rule("later"))
    for version, state in ((1, "live"), (2, "draft")):
        PolicyVersion.objects.create(
            version=version, name="tried", text=text, digest=str(version), state=state,
            live_from=world.NIGHT if state == "live" else None,
        )  # fmt: skip
    pages = ("policy", "policy_edit", "policy_file", "policy_download", "policy_backtest", "policy_shadow")
    return {f"console:{page}": [2] for page in pages}


def _of_the_desk(before: User, clerk: User) -> Addresses:
    flag, other = acts.flag(), acts.flag("s1", "later")
    held = action_propose(kind="store", subject_id="s1", wanted=acts.wanted("suspend"), by=before)
    active = action_propose(kind="store", subject_id="s1", wanted=acts.wanted("listing_ban"), by=before)
    appeal, objection = _appeal(active, clerk), _objection(clerk)
    Correction.objects.create(
        pk=1, appeal=appeal, kind="store", subject_id="s1", from_night=world.NIGHT, state=Correction.State.FAILED
    )
    file = Attachment.objects.create(
        appeal=appeal, name="proof.pdf", content_type="application/pdf", size=len(CONTENT), digest="0", content=CONTENT,
        added_by=clerk, added_at=now(),
    )  # fmt: skip
    batch = bulk_decide(pk=uuid4(), items=[other.item], by=before, decision=Decision(DISMISS, reason="seen"))
    view = SavedView.objects.create(user=before, name="mine", query="kind=flag")
    return {
        "console:item": [flag.item.pk], "console:item decision": [held.item.pk],
        "console:item appeal": [appeal.item.pk], "console:item objection": [objection.item.pk],
        "console:attachment": [file.pk], "console:action": [active.pk], "console:batch": [batch.pk],
        "console:queue_view_delete": [view.pk], "portal:notice": [active.pk], "portal:appeal_new": [active.pk],
        "portal:appeal": [appeal.pk], "portal:attachment": [file.pk], "portal:objection": [objection.pk],
    }  # fmt: skip


def _item(kind: str, about: Any) -> WorkItem:
    subject = {"subject_kind": "store", "subject_id": "s1", "name": "Mia Fashion", "tier": "tail"}
    return item_open(kind, about, severity="medium", reach=1, due_at=now() + timedelta(days=5), **subject)


def _appeal(action: Action, by: User) -> Appeal:
    made = Appeal.objects.create(
        action=action, filed_by=by, filed_at=now(), text="It was not us.", due_on=market_day(now())
    )
    _item(WorkItem.Kind.APPEAL, made)
    return made


def _objection(by: User) -> Objection:
    order: Order = world.order("o1")
    who = {"kind": "store", "subject_id": "s1"}
    made = Objection.objects.create(**who, filed_by=by, filed_at=now(), text="Snow.", due_on=market_day(now()))
    ObjectionLine.objects.create(**who, objection=made, unit=f"o:{order.pk}", ground="carrier_event")
    _item(WorkItem.Kind.OBJECTION, made)
    return made
