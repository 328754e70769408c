"""The desk on which complaints of consumers are checked and decided."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reputation.intake.answers import complaint_answer
from reputation.intake.models import File
from reputation.subjects.services import membership_grant
from tests.governance.actions.world import Clock, person
from tests.governance.appeals.world import PNG, Upload
from tests.intake.world import TEXT, filed, fresh, proven

pytestmark = pytest.mark.django_db
LIST = "/console/complaints"


@pytest.fixture
def desk(client: Client, market: None, judge: User) -> Client:
    client.force_login(judge)
    return client


def test_it_lists_what_waits_for_whom(desk: Client, mia: User, clock: Clock) -> None:
    assert "Nothing to check." in desk.get(LIST).content.decode()
    filed(category="refund")
    answered = proven()
    proven("o3", category="counterfeit")
    complaint_answer(complaint_id=answered.complaint_id, kind="store", subject_id="s1", by=mia, text="No.")
    assert "Return or refund</a>" in desk.get(LIST).content.decode()
    assert "Quality</a>" in desk.get(f"{LIST}?show=heard").content.decode()
    assert "Counterfeit</a>" in desk.get(f"{LIST}?show=waiting").content.decode()
    assert desk.get(f"{LIST}?show=").content.decode().count('<th scope="row">') == 3
    assert desk.get(f"{LIST}?show=&search=o3").content.decode().count('<th scope="row">') == 1
    assert "No complaint matches." in desk.get(f"{LIST}?search=%00o9").content.decode()
    assert desk.get(f"{LIST}?show=nonsense&page=nonsense").status_code == 200


@pytest.mark.parametrize(
    ("order_id", "says"),
    [
        ("o1", "is one of theirs"),
        ("o4", "is somebody else&#x27;s"),
        ("nowhere", "There is no order nowhere."),
        ("", "No order is named."),
    ],
)
def test_it_says_whose_the_order_is(desk: Client, order_id: str, says: str) -> None:
    case = filed(order_id=order_id).case
    page = desk.get(f"{LIST}/{case.pk}").content.decode().replace("somebody else's", "somebody else&#x27;s")
    assert says in page


def test_it_shows_what_else_came_from_the_same_place_on_that_day(desk: Client, clock: Clock) -> None:
    first = filed().case
    filed(text="Another.")
    filed(text="Elsewhere.", subject_id="s2", order_id="")
    filed(text="By somebody else.", caller="198.51.100.9")
    page = desk.get(f"{LIST}/{first.pk}").content.decode()
    assert "2 other complaints from the same address on that day" in page
    assert "203.0.113.7" not in page
    assert page.count(f'href="{LIST}/') == 1  # the one about the same store


def test_it_is_taken_up_and_decided(desk: Client, mia: User, clock: Clock) -> None:
    case = filed(files=[Upload(PNG)]).case
    address = f"{LIST}/{case.pk}"
    assert TEXT in desk.get(address).content.decode()
    assert "Taken up." in desk.post(address, {"deed": "take_up"}, follow=True).content.decode()
    early = desk.post(address, {"deed": "decide", "outcome": "upheld", "reason": "So."}, follow=True).content.decode()
    assert "has not answered yet" in early
    clock.pass_(days=10)
    assert "This field is required." in desk.post(address, {"deed": "decide", "outcome": "upheld"}).content.decode()
    page = desk.post(
        address, {"deed": "decide", "outcome": "upheld", "reason": "So it is."}, follow=True
    ).content.decode()
    assert "So it is." in page
    assert fresh(case).outcome == "upheld"
    assert desk.get(f"{LIST}/files/{File.objects.get().pk}")["Content-Disposition"].startswith("attachment")


def test_it_is_refused_with_a_reason(desk: Client) -> None:
    case = filed().case
    assert desk.post(f"{LIST}/{case.pk}", {"deed": "refuse", "reason": " "}).status_code == 200
    assert fresh(case).state == "received"
    desk.post(f"{LIST}/{case.pk}", {"deed": "refuse", "reason": "No such order."})
    assert fresh(case).state == "refused"
    again = desk.post(f"{LIST}/{case.pk}", {"deed": "take_up"}, follow=True).content.decode()
    assert "judge has decided this meanwhile" in again
    assert "nothing to do like that" in desk.post(f"{LIST}/{case.pk}", {"deed": "x"}, follow=True).content.decode()


def test_who_may_not_decide_reads(client: Client, market: None) -> None:
    case = filed().case
    client.force_login(person("reader", "view_desk"))
    page = client.get(f"{LIST}/{case.pk}").content.decode()
    assert TEXT in page
    assert "Take it up" not in page
    assert client.post(f"{LIST}/{case.pk}", {"deed": "take_up"}).status_code == 403
    assert fresh(case).state == "received"


def test_who_acts_for_the_subject_is_told_that_somebody_else_must(desk: Client, judge: User) -> None:
    membership_grant(user=judge, kind="store", subject_id="s1", role="staff", by="test")
    case = filed().case
    page = desk.post(f"{LIST}/{case.pk}", {"deed": "take_up"}, follow=True).content.decode()
    assert "somebody else must decide" in page
    assert fresh(case).state == "received"


def test_it_speaks_chinese(desk: Client) -> None:
    case = filed().case
    chinese = {"headers": {"accept-language": "zh-hans"}}
    assert "待核实" in desk.get(LIST, **chinese).content.decode()
    assert "不予受理" in desk.get(f"{LIST}/{case.pk}", **chinese).content.decode()
