from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from reputation.console import held_units, selectors
from reputation.evidence.models import Complaint, Conversation, DirtyUnit, HeldUnit, Hold, Response
from reputation.evidence.setting_aside import unit_set_aside
from tests.people import staff_member
from tests.portal import world

pytestmark = pytest.mark.django_db


@pytest.fixture
def held(db: None) -> Hold:
    for key in ("o1", "o2"):
        world.order(key, device_ref="device-9")
    return world.hold(units=("o:o1", "o:o2"))


def decide(client: Client, hold: Hold, decision: str = "released", reason: str = "A family", seen: str = "held"):
    data = {"decision": decision, "reason": reason, "seen": seen}
    return client.post(f"/console/holds/{hold.pk}", data, follow=True)


def told(answer) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def test_the_list_has_the_most_urgent_first_and_can_be_narrowed(client: Client, staff: User) -> None:
    late = world.hold("late", due_on=world.NIGHT + timedelta(days=3))
    first = world.hold("first", pattern="burst", subject_id="s2", due_on=world.NIGHT)
    done = world.hold("done", status="confirmed")
    listed = {
        "": [first, late],
        "?pattern=burst": [first],
        "?subject=s1": [late],
        "?status=confirmed": [done],
        "?status=all": [done, late, first],
        "?pattern=nonsense&status=nonsense&subject=%00&page=99": [first, late],
    }
    for query, expected in listed.items():
        assert list(client.get(f"/console/holds{query}").context["page"]) == expected, query


def test_filters_stay_while_paging(client: Client, staff: User) -> None:
    for number in range(51):
        world.hold(str(number), pattern="burst")
    assert "?pattern=burst&amp;page=2" in client.get("/console/holds?pattern=burst").content.decode()


def test_a_hold_shows_its_details_and_its_evidence(client: Client, staff: User, held: Hold) -> None:
    page = client.get(f"/console/holds/{held.pk}").content.decode()
    for seen in ("Shared device", "device-9", "buyer-of-o1", "buyer-of-o2", "12.50 CNY", 'href="/stores/s1"'):
        assert seen in page


def test_every_family_of_unit_has_its_line() -> None:
    Complaint.objects.create(complaint_id="c1", complainant_ref="ann", text="bad <b>", **world.EVIDENCE)
    Conversation.objects.create(conversation_id="h1", store_id="s1", **world.EVIDENCE)
    for response_id, answered in (("second", world.MOMENT + timedelta(hours=1)), ("first", world.MOMENT)):
        Response.objects.create(
            response_id=response_id, live_id="l1", respondent_ref="bo", answered_at=answered, text=response_id,
            **world.EVIDENCE,
        )  # fmt: skip
    units = ["c:c1", "h:h1", "v:l1|bo", "r:first", "o:gone", "v:l9|bo", "x"]
    lines = held_units.lines([HeldUnit(unit=unit) for unit in units])
    assert [(line.family, line.key, line.person, line.words) for line in lines] == [
        ("c", "c1", "ann", "bad <b>"),
        ("h", "h1", None, None),
        ("v", "l1|bo", "bo", "first"),
        ("r", "first", "bo", "first"),
        ("o", "gone", None, None),
        ("v", "l9|bo", None, None),
        ("", "x", None, None),
    ]


@pytest.mark.parametrize("decision", ["released", "confirmed"])
def test_a_decision_with_its_reason_is_taken_and_recounted(
    client: Client, staff: User, held: Hold, decision: str
) -> None:
    answer = decide(client, held, decision, "  A family shares a phone  ")
    held.refresh_from_db()
    assert (held.status, held.reason, held.decided_by) == (decision, "A family shares a phone", staff)
    assert set(DirtyUnit.objects.values_list("unit", flat=True)) == {"o:o1", "o:o2"}
    assert told(answer) == ["Decided. The next night counts accordingly."]


@pytest.mark.parametrize("reason", ["", "   "])
def test_no_decision_without_a_reason(client: Client, staff: User, held: Hold, reason: str) -> None:
    answer = decide(client, held, reason=reason)
    assert answer.context["form"].errors["reason"]
    held.refresh_from_db()
    assert held.status == "held"


def test_anothers_decision_taken_meanwhile_is_told_and_stands(client: Client, staff: User, held: Hold) -> None:
    other = Client()
    other.force_login(staff_member("colleague", "moderator"))
    decide(other, held, "confirmed", "Brushing")
    answer = decide(client, held, "released", "A family")
    held.refresh_from_db()
    assert (held.status, held.reason) == ("confirmed", "Brushing")
    assert told(answer) == ["colleague has decided this meanwhile: confirmed. Your decision was not taken."]


@pytest.mark.parametrize("decision", ["released", "confirmed"])
def test_the_same_form_sent_twice_is_one_decision(client: Client, staff: User, held: Hold, decision: str) -> None:
    decide(client, held, decision)
    held.refresh_from_db()
    marked = DirtyUnit.objects.count()
    assert decide(client, held, decision).status_code == 200
    again = Hold.objects.get()
    assert (again.decided_at, DirtyUnit.objects.count()) == (held.decided_at, marked)


def test_a_confirmed_hold_may_be_released_after_all_but_not_the_other_way(
    client: Client, staff: User, held: Hold
) -> None:
    decide(client, held, "confirmed", "Brushing")
    assert f'action="/console/holds/{held.pk}"' in client.get(f"/console/holds/{held.pk}").content.decode()
    decide(client, held, "released", "The appeal was right", seen="confirmed")
    assert Hold.objects.get().status == "released"
    answer = decide(client, held, "confirmed", "Again", seen="released")
    assert Hold.objects.get().status == "released"
    assert told(answer)


@pytest.mark.parametrize("sent", [{}, {"decision": "held"}, {"decision": "released", "reason": "x", "seen": "odd"}])
def test_a_form_of_someone_elses_making_decides_nothing(client: Client, staff: User, held: Hold, sent: dict) -> None:
    assert client.post(f"/console/holds/{held.pk}", sent).status_code == 200
    assert Hold.objects.get().status == "held"


def test_reading_a_hold_decides_nothing(client: Client, staff: User, held: Hold) -> None:
    client.get(f"/console/holds/{held.pk}?decision=released&reason=x&seen=held")
    assert Hold.objects.get().status == "held"


@pytest.mark.parametrize("pk", ["0", "99999999999999999999", "x"])
def test_a_hold_that_is_none_is_not_found(client: Client, staff: User, pk: str) -> None:
    assert client.get(f"/console/holds/{pk}").status_code == 404


def test_a_hold_of_nobody_has_its_page(client: Client, staff: User) -> None:
    hold = world.hold(pattern="unknown_liability", subject_kind="", subject_id="", details={})
    assert "Liability unknown" in client.get(f"/console/holds/{hold.pk}").content.decode()


def test_what_an_appeal_set_aside_has_no_form_and_one_sent_all_the_same_is_refused(client: Client, staff: User) -> None:
    unit_set_aside(unit="c:c1", kind="store", subject_id="s1", reason="carrier_event", source="appeal:1")
    hold = Hold.objects.get()
    page = client.get(f"/console/holds/{hold.pk}").content.decode()
    assert f'action="/console/holds/{hold.pk}"' not in page
    assert "The carrier&#x27;s doing" in page
    assert "carrier_event" not in page
    assert "by None" not in page
    answer = decide(client, hold, "released", "I see it otherwise", seen="confirmed")
    assert told(answer) == ["An accepted appeal or objection set this aside: that decision stands."]
    hold.refresh_from_db()
    assert (hold.status, hold.decided_by) == ("confirmed", None)


def test_units_are_counted_per_hold(staff: User, held: Hold) -> None:
    assert selectors.holds(pattern="", status="held", subject="").get().unit_count == 2


@pytest.mark.django_db(transaction=True)
def test_of_two_decisions_at_the_same_moment_one_is_taken() -> None:
    held = world.hold(units=("o:o1",))
    clients = {}
    for name, decision in (("ann", "released"), ("bo", "confirmed")):
        clients[decision] = Client()
        clients[decision].force_login(staff_member(name, "moderator"))

    def one(decision: str) -> str:
        try:
            return decide(clients[decision], held, decision, f"for {decision}").content.decode()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(one, clients))
    held.refresh_from_db()
    assert held.reason == f"for {held.status}"
    assert sum("has decided this meanwhile" in page for page in answers) == 1
