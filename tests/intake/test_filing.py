"""A complaint is filed without a name, by a form that may be sent twice."""

from __future__ import annotations

import json
from threading import Thread

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import connection

from reputation.base.models import AuditEntry, OutboxEvent
from reputation.evidence.models import Complaint, DirtyUnit
from reputation.intake.complaints import complaint_reply, complaint_withdraw
from reputation.intake.deciding import case_decide, case_take_up
from reputation.intake.messages import MOST_MESSAGES
from reputation.intake.models import Case, File, Message
from reputation.intake.selectors import case_by_code
from reputation.intake.tokens import OrderLink
from tests.governance.actions.world import Clock
from tests.governance.appeals.world import NOON, PNG, Upload, log, send
from tests.intake.test_stripping import END, JPEG, PARTS, exif, segment
from tests.intake.world import TEXT, filed, fresh, proven, symptoms

pytestmark = pytest.mark.django_db


def test_without_proof_it_waits_for_a_person_and_is_no_evidence(market: None) -> None:
    case = filed().case
    assert (case.state, case.opened_at) == ("received", None)
    assert not Complaint.objects.filter(pk=case.complaint_id).exists()
    assert not OutboxEvent.objects.exists()


def test_with_a_link_of_the_platforms_it_is_evidence_at_once(market: None) -> None:
    DirtyUnit.objects.all().delete()
    case = filed(OrderLink("o1", "buyer-9"), order_id="what the form says does not matter").case
    row = Complaint.objects.get(pk=case.complaint_id)
    told = (row.order_id, row.store_id, row.anchor_id, row.category, row.text, row.opened_at, row.complainant_ref)
    assert told == ("o1", "s1", None, "quality", TEXT, NOON, "buyer-9")
    assert list(DirtyUnit.objects.values_list("unit", flat=True)) == ["o:o1"]
    event = OutboxEvent.objects.get()
    assert (event.event, event.subject_key) == ("complaint.opened", "store:s1")
    assert event.payload["due"] == "2026-07-11T04:00:00+00:00"
    assert "buyer-9" not in json.dumps(event.payload)


def test_its_code_finds_it_and_is_kept_nowhere(market: None) -> None:
    done = filed()
    assert case_by_code(done.code) == done.case
    assert case_by_code(done.code.lower()) == done.case
    assert case_by_code("0000-0000-0000-0000") is None
    for model in (Case, Message, AuditEntry, OutboxEvent):
        assert done.code not in str(list(model.objects.values()))


def test_who_sent_it_is_kept_as_a_hash_of_that_day_alone(market: None, clock: Clock) -> None:
    first, second = filed().case, filed(text="Another thing.").case
    clock.pass_(days=1)
    third = filed(text="A third thing.").case
    assert first.caller_day == second.caller_day != third.caller_day
    assert "203.0.113.7" not in str(list(Case.objects.values())) + str(list(AuditEntry.objects.values()))


def test_the_same_form_again_is_the_same_complaint_with_the_same_code(market: None) -> None:
    first = filed(request="r1", files=[Upload(PNG)])
    again = filed(request="r1", files=[Upload(PNG)])
    assert (again.case, again.code, first.again, again.again) == (first.case, first.code, False, True)
    assert (Case.objects.count(), Message.objects.count(), File.objects.count()) == (1, 1, 1)
    assert log("complaint") == ["complaint.filed"]
    assert filed(request="r1", text="Something else.").code != first.code


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"subject_id": "nobody"}, "no such store"),
        ({"subject_id": "s\0"}, "no such store"),
        ({"category": "colour"}, "what kind of problem"),
        ({"kind": "anchor", "subject_id": "a1", "category": "delivery"}, "what kind of problem"),
        ({"text": "  \n "}, "Write what happened"),
        ({"text": "x" * 4001}, "at most 4000"),
        ({"order_id": "o" * 129}, "no order number"),
        ({"order_id": "o\n1"}, "no order number"),
        ({"files": [Upload(b"<svg onload=alert(1)>", "a.png")]}, "cannot be taken"),
        ({"files": [Upload(PNG)] * 6}, "at most 5 files"),
        ({"files": [Upload(JPEG[:20] + segment(0xFE, b"") * 10_001, "a.jpg")]}, "a.jpg cannot be taken"),
    ],
)
def test_what_cannot_be_is_refused_in_words(market: None, told: dict[str, object], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        filed(**told)
    assert not Case.objects.exists()


def test_a_link_proves_its_own_order_alone(market: None) -> None:
    with pytest.raises(ValidationError, match="not one of theirs"):
        proven("o4")
    with pytest.raises(ValidationError, match="not one of theirs"):
        proven("nowhere")
    send("orders", {"order_id": "o1", "retracted": True})
    with pytest.raises(ValidationError, match="not one of theirs"):
        proven("o1")


def test_one_complaint_is_made_by_the_link_of_an_order(market: None, judge: User, clock: Clock) -> None:
    first = proven()
    with pytest.raises(ValidationError, match="made by its link already"):
        proven(text="Once more.")
    complaint_withdraw(case=first)
    second = proven(text="Once more.")
    clock.pass_(days=10)
    case_decide(case=second, by=judge, outcome="rejected", reason="The photo shows another shoe.")
    with pytest.raises(ValidationError, match="made by its link already"):  # else what was rejected counts anew
        proven(text="And yet.")
    assert filed(text="And yet.").case.state == "received"


def test_nobody_is_told_the_number_of_anothers_order(market: None, judge: User) -> None:
    case = filed(order_id="o4").case  # of the store s2
    case_take_up(case=case, by=judge)
    own = case_take_up(case=filed(order_id="o1", text="Mine.").case, by=judge)
    told = OutboxEvent.objects.filter(event="complaint.opened").order_by("sequence")
    assert [event.payload["order"] for event in told] == [None, "o1"]
    assert Complaint.objects.get(pk=own.complaint_id).order_id == "o1"


def test_a_photo_goes_on_without_its_place_and_its_name(market: None) -> None:
    upload = Upload(b"\xff\xd8" + segment(0xE1, exif(1)) + b"".join(PARTS) + END, "Zhang Wei rechnung.jpg")
    done = filed(request="r1", files=[upload, Upload(PNG, "IMG_2026 Zhang.png")])
    files = File.objects.order_by("id")
    assert [(file.name, bytes(file.content)) for file in files] == [("1.jpg", JPEG), ("2.png", PNG)]
    again = filed(request="r1", files=[Upload(JPEG, "another name.jpg"), Upload(PNG)])
    assert again.code == done.code
    complaint_reply(case=done.case, text="More", files=[Upload(PNG, "home.png")])
    assert list(File.objects.order_by("id").values_list("name", flat=True)) == ["1.jpg", "2.png", "1.png"]


def test_store_and_anchor_are_each_complained_of_about_one_order(market: None) -> None:
    assert proven("o2").state == proven("o2", kind="anchor", subject_id="a1").state == "open"


def test_an_anchor_is_complained_of_by_itself(market: None) -> None:
    case = proven("o2", kind="anchor", subject_id="a1", category="false_advertising")
    row = Complaint.objects.get(pk=case.complaint_id)
    assert (row.order_id, row.anchor_id, row.store_id) == ("o2", "a1", None)


def test_silence_of_ten_days_counts_and_a_withdrawal_ends_that(market: None, clock: Clock) -> None:
    case = proven()
    clock.pass_(days=9.9)
    assert symptoms("store", "s1", clock()) == {"complaint_service"}  # of an older one
    clock.pass_(days=1)
    assert symptoms("store", "s1", clock()) == {"complaint_service", "complaint_quality"}
    complaint_withdraw(case=case)
    assert symptoms("store", "s1", clock()) == {"complaint_service"}
    assert log("complaint") == ["complaint.filed", "complaint.withdrawn"]


def test_more_is_added_until_it_is_closed(market: None) -> None:
    case = filed().case
    complaint_reply(case=case, text="Here is a photo.", files=[Upload(PNG)])
    complaint_reply(case=case, text="Here is a photo.", files=[Upload(PNG)])
    assert Message.objects.filter(complaint_id=case.complaint_id).count() == 2
    complaint_withdraw(case=case)
    complaint_withdraw(case=case)
    assert fresh(case).state == "withdrawn"
    assert not Complaint.objects.filter(pk=case.complaint_id).exists()
    with pytest.raises(ValidationError, match="closed"):
        complaint_reply(case=case, text="And yet.")
    assert log("complaint") == ["complaint.filed", "complaint.written", "complaint.withdrawn"]


def test_nobody_writes_without_end(market: None) -> None:
    case = filed().case
    for number in range(MOST_MESSAGES - 1):
        complaint_reply(case=case, text=f"More {number}")
    with pytest.raises(ValidationError, match="as much as can be written"):
        complaint_reply(case=case, text="Still more")


@pytest.mark.django_db(transaction=True)
def test_a_form_that_is_sent_four_times_at_once_is_one_complaint(clock: Clock) -> None:
    send("stores", {"store_id": "s1", "name": "Shop", "category": "shoes", "opened_on": "2025-01-01"})
    codes = []

    def press() -> None:
        try:
            codes.append(filed(request="same").code)
        finally:
            connection.close()

    threads = [Thread(target=press) for _once in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(codes) == 4
    assert len(set(codes)) == Case.objects.count() == 1
