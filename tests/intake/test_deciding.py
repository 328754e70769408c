"""Staff take complaints up, and decide them once both sides had their say."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from reputation.base.models import OutboxEvent
from reputation.evidence.models import Complaint
from reputation.intake.answers import complaint_answer
from reputation.intake.complaints import complaint_withdraw
from reputation.intake.deciding import case_decide, case_refuse, case_take_up
from reputation.subjects.services import membership_grant
from tests.governance.actions.world import Clock, person
from tests.governance.appeals.world import log, send
from tests.intake.world import filed, fresh, proven, symptoms

pytestmark = pytest.mark.django_db


def test_what_is_taken_up_goes_to_its_subject_whose_ten_days_begin_then(
    market: None, judge: User, clock: Clock
) -> None:
    case = filed().case
    clock.pass_(days=3)
    case_take_up(case=case, by=judge)
    case_take_up(case=case, by=judge)
    row = Complaint.objects.get(pk=case.complaint_id)
    assert (row.order_id, row.store_id, row.opened_at) == ("o1", "s1", clock())
    assert fresh(case).state == "open"
    assert log("complaint") == ["complaint.filed", "complaint.taken_up"]
    clock.pass_(days=8)  # eleven after it was filed
    assert "complaint_quality" not in symptoms("store", "s1", clock())
    clock.pass_(days=3)
    assert "complaint_quality" in symptoms("store", "s1", clock())


@pytest.mark.parametrize("order_id", ["o4", "nowhere", ""])
def test_an_order_of_somebody_else_stays_out_of_it(market: None, judge: User, order_id: str) -> None:
    case = filed(order_id=order_id).case
    case_take_up(case=case, by=judge)
    assert Complaint.objects.get(pk=case.complaint_id).order_id is None


def test_what_is_refused_is_no_evidence_and_stays_refused(market: None, judge: User) -> None:
    case = filed().case
    for _twice in range(2):
        case_refuse(case=case, by=judge, reason="There is no such order.")
    assert (fresh(case).state, fresh(case).reason) == ("refused", "There is no such order.")
    assert not Complaint.objects.filter(pk=case.complaint_id).exists()
    with pytest.raises(ValidationError, match="judge has decided this meanwhile"):
        case_take_up(case=case, by=judge)
    assert log("complaint") == ["complaint.filed", "complaint.refused"]


def test_it_is_upheld_only_after_its_subject_was_heard(mia: User, judge: User, clock: Clock) -> None:
    case = proven()
    with pytest.raises(ValidationError, match="not answered yet"):
        case_decide(case=case, by=judge, outcome="upheld", reason="It is so.")
    complaint_answer(complaint_id=case.complaint_id, kind="store", subject_id="s1", by=mia, text="No.")
    case_decide(case=case, by=judge, outcome="upheld", reason="The photo shows it.")
    row = Complaint.objects.get(pk=case.complaint_id)
    assert (row.outcome, row.closed_at) == ("upheld", clock())
    assert "complaint_quality" in symptoms("store", "s1", clock())
    told = OutboxEvent.objects.get(event="complaint.decided").payload
    assert (told["outcome"], told["reason"]) == ("upheld", "The photo shows it.")
    assert "judge" not in str(told)


def test_silence_is_an_answer_too(market: None, judge: User, clock: Clock) -> None:
    case = proven()
    clock.pass_(days=10)
    case_decide(case=case, by=judge, outcome="settled", reason="They paid.")
    assert fresh(case).outcome == "settled"


def test_one_that_is_rejected_at_once_counts_against_nobody(market: None, judge: User, clock: Clock) -> None:
    case = proven()
    case_decide(case=case, by=judge, outcome="rejected", reason="The parcel was another's.")
    clock.pass_(days=20)
    assert "complaint_quality" not in symptoms("store", "s1", clock())


def test_the_same_decision_again_changes_nothing_and_another_is_refused(
    market: None, judge: User, clock: Clock
) -> None:
    case = proven()
    for _twice in range(2):
        case_decide(case=case, by=judge, outcome="rejected", reason="No.")
    other = person("other")
    with pytest.raises(ValidationError, match="judge has decided this meanwhile"):
        case_decide(case=case, by=other, outcome="upheld", reason="Yes.")
    assert log("complaint") == ["complaint.filed", "complaint.decided"]
    assert Complaint.objects.get(pk=case.complaint_id).versions == 2


def test_nobody_decides_about_a_subject_they_act_for(market: None, judge: User) -> None:
    membership_grant(user=judge, kind="store", subject_id="s1", role="staff", by="test")
    waiting, open_one = filed(text="One.").case, proven()
    with pytest.raises(ValidationError, match="somebody else must decide"):
        case_take_up(case=waiting, by=judge)
    with pytest.raises(ValidationError, match="somebody else must decide"):
        case_refuse(case=waiting, by=judge, reason="No.")
    with pytest.raises(ValidationError, match="somebody else must decide"):
        case_decide(case=open_one, by=judge, outcome="rejected", reason="No.")


@pytest.mark.parametrize(
    ("outcome", "reason"), [("upheld", " "), ("upheld", "x" * 2001), ("withdrawn", "y"), ("", "y")]
)
def test_a_decision_is_one_of_three_with_a_reason(market: None, judge: User, outcome: str, reason: str) -> None:
    with pytest.raises(ValidationError):
        case_decide(case=proven(), by=judge, outcome=outcome, reason=reason)


def test_what_is_withdrawn_meanwhile_is_not_decided(market: None, judge: User) -> None:
    case, unseen = proven(), filed(text="Other.").case
    complaint_withdraw(case=case)
    complaint_withdraw(case=unseen)
    with pytest.raises(ValidationError, match="withdrawn meanwhile"):
        case_decide(case=case, by=judge, outcome="rejected", reason="No.")
    with pytest.raises(ValidationError, match="withdrawn meanwhile"):
        case_take_up(case=unseen, by=judge)


def test_an_order_whose_evidence_changed_hands_does_not_break_the_decision(market: None, judge: User) -> None:
    case = proven()
    send("orders", {"order_id": "o1", "retracted": True})
    case_decide(case=case, by=judge, outcome="rejected", reason="There was no such purchase.")
    assert fresh(case).state == "decided"
