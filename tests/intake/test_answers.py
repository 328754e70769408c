"""The store or anchor that a complaint is about answers it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError

from reputation.base.models import OutboxEvent
from reputation.evidence.models import Complaint
from reputation.intake.answers import complaint_answer
from reputation.intake.complaints import complaint_withdraw
from reputation.intake.models import File, Message
from reputation.intake.selectors import answered, complaints_waiting, heard, messages_for
from tests.governance.actions.world import Clock
from tests.governance.appeals.world import NOON, PDF, Upload, log, member
from tests.intake.world import proven, send_now, symptoms

pytestmark = pytest.mark.django_db


def answer(by: User, complaint_id: str, text: str = "We send a new pair.", subject: str = "s1", **more: object) -> bool:
    kind = "anchor" if subject.startswith("a") else "store"
    return complaint_answer(complaint_id=complaint_id, kind=kind, subject_id=subject, by=by, text=text, **more)


def test_the_first_answer_keeps_the_promise_and_the_platform_hears_every_one(mia: User, clock: Clock) -> None:
    case = proven()
    clock.pass_(days=2)
    assert answer(mia, case.complaint_id)
    first = clock()
    clock.pass_(days=1)
    assert answer(mia, case.complaint_id, "It is on its way.")
    assert Complaint.objects.get(pk=case.complaint_id).first_response_at == first
    told = list(OutboxEvent.objects.filter(event="complaint.answered").order_by("sequence"))
    assert [one.payload["text"] for one in told] == ["We send a new pair.", "It is on its way."]
    assert {one.subject_key for one in told} == {"store:s1"}
    clock.pass_(days=20)
    assert symptoms("store", "s1", clock()) == {"complaint_service"}  # of an older one: this one was answered in time
    assert "mia" not in str([one.payload for one in told])


def test_the_same_again_changes_nothing(mia: User) -> None:
    case = proven()
    assert answer(mia, case.complaint_id, files=[Upload(PDF, "bill.pdf")])
    assert not answer(mia, case.complaint_id, files=[Upload(PDF, "bill.pdf")])
    assert (Message.objects.filter(author="subject").count(), File.objects.count()) == (1, 1)
    assert log("complaint") == ["complaint.filed", "complaint.answered"]


def test_a_complaint_of_the_platform_is_answered_too(mia: User) -> None:
    send_now("complaints", {"complaint_id": "p1", "order_id": "o1", "opened_at": NOON, "category": "delivery"})
    assert [one.id for one in complaints_waiting("store", "s1")] == ["p1"]
    answer(mia, "p1")
    assert Complaint.objects.get(pk="p1").first_response_at == NOON
    assert complaints_waiting("store", "s1") == []


@pytest.mark.parametrize("complaint_id", ["c9", "", "a\0b"])
def test_what_is_not_about_it_does_not_exist_for_it(mia: User, complaint_id: str) -> None:
    send_now("complaints", {"complaint_id": "c9", "store_id": "s2", "opened_at": NOON, "category": "service"})
    with pytest.raises(ValidationError, match="no such complaint"):
        answer(mia, complaint_id)
    with pytest.raises(PermissionDenied):
        answer(mia, "c9", subject="s2")


def test_what_is_closed_is_not_answered(mia: User) -> None:
    case = proven()
    complaint_withdraw(case=case)
    for closed in (case.complaint_id, "c1"):
        with pytest.raises(ValidationError, match="closed"):
            answer(mia, closed)


def test_two_who_are_liable_do_not_read_each_other(mia: User) -> None:
    lin = member("lin", "a1", "anchor")
    case = proven("o2", kind="anchor", subject_id="a1")
    answer(mia, case.complaint_id, "It is the anchor's promise.")
    assert not answered(case)  # it is about the anchor, who has not spoken
    assert not heard(case)
    answer(lin, case.complaint_id, "I was told it was leather.", subject="a1")
    assert heard(case)
    store = messages_for("store", "s1", [case.complaint_id])[case.complaint_id]
    anchor = messages_for("anchor", "a1", [case.complaint_id])[case.complaint_id]
    assert [one.text for one in store] == ["It is the anchor's promise."]
    assert [one.author for one in anchor] == ["complainant", "subject"]
    assert "anchor's promise" not in str([one.text for one in anchor])
