"""Complaints of consumers: filed without a name, followed by a code, withdrawn."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from reputation.base.audit import audit_append
from reputation.base.outbox.events import event_emit
from reputation.base.time import market_day, now
from reputation.evidence.models import Order
from reputation.governance.actions.drafts import subject_known
from reputation.governance.files import Checked, Upload
from reputation.governance.subject_lock import subject_lock
from reputation.intake.evidence import evidence_write
from reputation.intake.files import files_taken
from reputation.intake.messages import digest, message_write, words
from reputation.intake.models import Case, Message
from reputation.intake.selectors import DAYS_TO_ANSWER, messages_of
from reputation.intake.tokens import OrderLink, caller_day, code_digest, code_of
from reputation.intake.words import problems

CONSUMER = "consumer"  # in the audit log: somebody who gave no name
_State = Case.State


@dataclass(frozen=True)
class Filed:
    case: Case
    code: str  # told this once
    again: bool  # the same form had come before


def complaint_file(
    *,
    kind: str,
    subject_id: str,
    category: str,
    text: str,
    caller: str,
    request: str,
    order_id: str = "",
    link: OrderLink | None = None,
    files: Sequence[Upload] = (),
) -> Filed:
    """Take a complaint. With a `link` that proves the order it is evidence at once; without, a person looks first.

    `request` is a random text that came with the form: the same form sent again is the same complaint with the same
    code. `caller`: an address, of which a keyed hash is kept. Raises ValidationError with what is wrong.
    """
    checked, said = files_taken(files), words(text)
    order_id = link.order_id if link else order_id.strip()
    _possible(kind, subject_id, category, order_id)
    code = code_of(request, _content(kind, subject_id, category, said, order_id, checked))
    with transaction.atomic():
        subject_lock(kind, subject_id)
        if before := Case.objects.filter(code_digest=code_digest(code)).first():
            return Filed(before, code, again=True)
        if link:
            _one_of_an_order(link, kind, subject_id)
        case = Case.objects.create(
            complaint_id=f"form-{secrets.token_hex(8)}", code_digest=code_digest(code), kind=kind,
            subject_id=subject_id, order_id=order_id, proven=link is not None, complainant_ref=link.complainant_ref if link else "",
            category=category, caller_day=caller_day(caller, market_day(now()).isoformat()), received_at=now(),
        )  # fmt: skip
        message_write(complaint_id=case.complaint_id, text=said, files=checked, author=Message.Author.COMPLAINANT)
        if link:
            case_to_subject(case)
        case_note(case, CONSUMER, "complaint.filed", {"proven": case.proven, "files": len(checked)})
    return Filed(case, code, again=False)


def case_to_subject(case: Case) -> None:
    """It becomes evidence, and its subject's ten days begin; in the caller's transaction."""
    case.state, case.opened_at = _State.OPEN, now()
    case.save(update_fields=["state", "opened_at"])
    [first, *_more] = messages_of([case.complaint_id])[case.complaint_id]
    row: dict[str, Any] = {
        "complaint_id": case.complaint_id, f"{case.kind}_id": case.subject_id, "opened_at": case.opened_at,
        "category": case.category, "text": first.text,
    }  # fmt: skip
    if order_of_subject(case):
        row["order_id"] = case.order_id
    if case.complainant_ref:
        row["complainant_ref"] = case.complainant_ref
    evidence_write("complaints", row)
    due = case.opened_at + DAYS_TO_ANSWER
    case_tell(case, "complaint.opened", at=case.opened_at.isoformat(), due=due.isoformat())


def order_of_subject(case: Case) -> bool:
    """Whether there is such an order, and it is one of this store's or anchor's."""
    of = {f"{case.kind}_id": case.subject_id}
    return bool(case.order_id) and Order.objects.filter(order_id=case.order_id, retracted=False, **of).exists()


def complaint_reply(*, case: Case, text: str, files: Sequence[Upload] = ()) -> Case:
    """More from the one who complained. The same again changes nothing. Raises ValidationError once it is closed."""
    checked, said = files_taken(files), words(text)
    with transaction.atomic():
        case = case_locked(case)
        if case.state not in (_State.RECEIVED, _State.OPEN):
            raise ValidationError(_("This complaint is closed; nothing can be added."))
        who = {"author": Message.Author.COMPLAINANT}
        if message_write(complaint_id=case.complaint_id, text=said, files=checked, **who):
            case_note(case, CONSUMER, "complaint.written", {"files": len(checked)})
    return case


def complaint_withdraw(*, case: Case) -> Case:
    """Take it back: it counts against nobody. Again changes nothing. Raises ValidationError once it is decided."""
    with transaction.atomic():
        case = case_locked(case)
        if case.state == _State.WITHDRAWN:
            return case
        if case.state not in (_State.RECEIVED, _State.OPEN):
            raise ValidationError(_("This complaint is closed; nothing can be added."))
        was_open = case.state == _State.OPEN
        case.state = _State.WITHDRAWN
        case.save(update_fields=["state"])
        if was_open:
            case_close(case, "withdrawn")
        case_note(case, CONSUMER, "complaint.withdrawn", {})
    return case


def case_close(case: Case, outcome: str, **told: Any) -> None:
    """Its outcome as evidence and as an event; in the caller's transaction."""
    moment = now()
    evidence_write("complaints", {"complaint_id": case.complaint_id, "closed_at": moment, "outcome": outcome})
    case_tell(case, "complaint.decided", at=moment.isoformat(), outcome=outcome, **told)


def case_locked(case: Case) -> Case:
    return Case.objects.select_for_update(no_key=True).get(pk=case.pk)


def case_tell(case: Case, event: str, **told: Any) -> None:
    order = case.order_id if order_of_subject(case) else None  # nobody is told the number of another's order
    about = {"complaint": case.complaint_id, "category": case.category, "order": order}
    subject = {"kind": case.kind, "id": case.subject_id}
    payload = about | {"subject": subject} | told
    event_emit(event=event, subject_key=f"{case.kind}:{case.subject_id}", payload=payload)


def case_note(case: Case, actor: str, action: str, data: dict[str, Any]) -> None:
    told = {"subject": [case.kind, case.subject_id]} | data
    audit_append(actor=actor, action=action, object_kind="complaint", object_id=case.complaint_id, data=told)


def _possible(kind: str, subject_id: str, category: str, order_id: str) -> None:
    subject_known(kind, subject_id)
    if category not in [key for key, _words, _alone in problems(kind)]:
        raise ValidationError(_("Say what kind of problem it is."))
    if len(order_id) > 128 or not order_id.isprintable():
        raise ValidationError(_("This is no order number: at most 128 characters, as it stands in the order."))


def _content(kind: str, subject_id: str, category: str, text: str, order_id: str, files: Sequence[Checked]) -> str:
    return "\n".join((kind, subject_id, category, order_id, *sorted(map(digest, files)), text))


def _one_of_an_order(link: OrderLink, kind: str, subject_id: str) -> None:
    order = Order.objects.filter(order_id=link.order_id, retracted=False).first()
    if order is None or getattr(order, f"{kind}_id") != subject_id:
        raise ValidationError(_("This order is not one of theirs."))
    about = {"order_id": link.order_id, "kind": kind, "subject_id": subject_id}
    if Case.objects.filter(**about, proven=True).exclude(state=_State.WITHDRAWN).exists():  # decided is decided
        raise ValidationError(_("A complaint about this order was made by its link already. Follow it with its code."))
