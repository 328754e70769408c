"""Objections: single incidents that a subject says are not its doing."""

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError

from reputation.base.audit import audit_verify
from reputation.evidence.incidents import units_known
from reputation.evidence.models import Exclusion
from reputation.governance.appeals.units import subject_units
from reputation.governance.models import Correction, Objection, ObjectionLine, WorkItem
from reputation.governance.objections.selectors import objections_counted, objections_open
from reputation.governance.objections.services import (
    MOST_LINES,
    objection_decide,
    objection_file,
    objection_withdraw,
)
from tests.governance.actions.world import Clock, person
from tests.governance.appeals.world import PDF, Upload, july, log, member, order, send

pytestmark = pytest.mark.django_db
LINES = [("o:o1", "carrier_event"), ("o:o2", "others_promise")]


@pytest.fixture
def ann(db: None) -> User:
    return person("ann", "decide_objection")


def filed(by: User, *lines: tuple[str, str], text: str = "Not ours.", **more: object) -> Objection:
    subject = {"kind": "store", "subject_id": "s1"} | more
    return objection_file(**subject, by=by, text=text, lines=list(lines or LINES))


def states(objection: Objection) -> list[str]:
    return list(objection.lines.order_by("id").values_list("state", flat=True))


def verdicts(objection: Objection, *said: str) -> dict[int, tuple[str, str]]:
    return {line.pk: (word, "We looked.") for line, word in zip(objection.lines.order_by("id"), said, strict=False)}


def test_an_objection_comes_before_the_staff_for_five_working_days(mia: User) -> None:
    objection = objection_file(
        kind="store", subject_id="s1", by=mia, text=" Not ours. ", lines=LINES, files=[Upload(PDF, "letter.pdf")]
    )
    assert (objection.state, objection.text, objection.due_on) == ("open", "Not ours.", july(8))
    assert [(line.unit, line.ground, line.state) for line in objection.lines.order_by("id")] == [
        ("o:o1", "carrier_event", "open"), ("o:o2", "others_promise", "open"),
    ]  # fmt: skip
    item = WorkItem.objects.get(objection=objection)
    assert (item.kind, item.state, item.subject_id, item.name) == ("objection", "open", "s1", "Shop s1")
    assert objection.files.get().name == "letter.pdf"
    assert log("objection") == ["objection.filed"]


def test_what_is_accepted_counts_no_more_for_this_party_and_what_is_refused_counts_on(mia: User, ann: User) -> None:
    objection = filed(mia)
    objection_decide(objection=objection, by=ann, verdicts=verdicts(objection, "accepted", "refused"))
    objection.refresh_from_db()
    assert (objection.state, states(objection)) == ("decided", ["accepted", "refused"])
    known = units_known("store", "s1", ["o:o1", "o:o2"])
    assert (known["o:o1"].what, known["o:o1"].reason) == ((), "carrier_event")
    assert known["o:o2"].what == ("return_quality",)
    assert WorkItem.objects.get(objection=objection).state == "done"
    assert not Correction.objects.exists()  # it counts from the next night on
    assert log("objection") == ["objection.filed", "objection.decided"]
    assert audit_verify().bad is None


def test_the_anchors_part_of_an_order_is_not_touched_by_the_stores_objection(mia: User, ann: User) -> None:
    objection = filed(mia, ("o:o2", "mistake"))
    objection_decide(objection=objection, by=ann, verdicts=verdicts(objection, "accepted"))
    assert units_known("store", "s1", ["o:o2"])["o:o2"].what == ()
    assert units_known("anchor", "a1", ["o:o2"])["o:o2"].what == ("return_quality",)
    assert Exclusion.objects.get().reason == "other"


def test_lines_may_be_decided_one_by_one_and_the_last_one_closes_it(mia: User, ann: User) -> None:
    objection = filed(mia)
    first, second = objection.lines.order_by("id")
    said = {first.pk: ("refused", "It was late.")}
    assert objection_decide(objection=objection, by=ann, verdicts=said).state == "open"
    assert WorkItem.objects.get(objection=objection).state == "open"
    said = {second.pk: ("accepted", "True.")}
    assert objection_decide(objection=objection, by=ann, verdicts=said).state == "decided"
    assert WorkItem.objects.get(objection=objection).closed_by == ann


def test_the_same_decision_again_changes_nothing_and_another_one_is_told_who_was_first(mia: User, ann: User) -> None:
    objection = filed(mia)
    said = verdicts(objection, "accepted", "refused")
    objection_decide(objection=objection, by=ann, verdicts=said)
    objection_decide(objection=objection, by=ann, verdicts=said)
    with pytest.raises(ValidationError, match="ann has decided this line meanwhile"):
        objection_decide(objection=objection, by=person("bo"), verdicts=verdicts(objection, "refused", "refused"))
    assert log("objection") == ["objection.filed", "objection.decided"]
    assert Exclusion.objects.count() == 1


def test_one_bad_verdict_decides_nothing(mia: User, ann: User) -> None:
    objection = filed(mia)
    first, second = objection.lines.order_by("id")
    for said in (
        {first.pk: ("accepted", "Yes."), second.pk: ("refused", "  ")},
        {first.pk: ("accepted", "Yes."), second.pk: ("perhaps", "Hm.")},
        {first.pk: ("accepted", "Yes."), second.pk + 999: ("refused", "No.")},
    ):
        with pytest.raises(ValidationError):
            objection_decide(objection=objection, by=ann, verdicts=said)
    assert states(objection) == ["open", "open"]
    assert not Exclusion.objects.exists()


def test_nobody_decides_about_their_own_subject(mia: User) -> None:
    objection = filed(mia)
    with pytest.raises(ValidationError, match="act for this subject"):
        objection_decide(objection=objection, by=mia, verdicts=verdicts(objection, "accepted", "accepted"))


def test_only_who_acts_for_the_subject_objects_and_withdraws(mia: User) -> None:
    otto = member("otto", "s2")
    with pytest.raises(PermissionDenied):
        filed(otto)
    objection = filed(mia)
    with pytest.raises(PermissionDenied):
        objection_withdraw(objection=objection, by=otto)
    assert objection_withdraw(objection=objection, by=mia).state == "withdrawn"
    assert objection_withdraw(objection=objection, by=mia).state == "withdrawn"
    assert states(objection) == ["withdrawn", "withdrawn"]
    assert log("objection") == ["objection.filed", "objection.withdrawn"]


def test_what_was_withdrawn_is_not_decided_and_what_was_decided_not_withdrawn(mia: User, ann: User) -> None:
    withdrawn, decided = filed(mia, LINES[0]), filed(mia, LINES[1])
    objection_withdraw(objection=withdrawn, by=mia)
    with pytest.raises(ValidationError, match="was withdrawn"):
        objection_decide(objection=withdrawn, by=ann, verdicts=verdicts(withdrawn, "accepted"))
    objection_decide(objection=decided, by=ann, verdicts=verdicts(decided, "refused"))
    with pytest.raises(ValidationError, match="decided already"):
        objection_withdraw(objection=decided, by=mia)


def test_strangers_incidents_are_refused_without_telling_whether_they_exist(mia: User) -> None:
    told = set()
    for unit in ("o:o4", "o:none", "v:L|v|1", "o:o3", "x", "", "o:", "o:\0", "o:" + "x" * 5000):
        with pytest.raises(ValidationError) as error:
            filed(mia, ("o:o1", "attack"), (unit, "attack"))
        told.add(tuple(error.value.messages))
    assert len(told) == 1
    assert not Objection.objects.exists()


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ([], "Choose the incidents"),
        ([("o:o1", "")], "Choose a ground"),
        ([("o:o1", "whim")], "Choose a ground"),
        ([("o:o1", "attack")] * (MOST_LINES + 1), "at most 30"),
    ],
)
def test_a_ticket_that_is_none_is_refused(mia: User, lines: list[tuple[str, str]], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        objection_file(kind="store", subject_id="s1", by=mia, text="No.", lines=lines)


def test_thirty_incidents_fit_and_three_tickets_may_be_open(mia: User, ann: User) -> None:
    send("orders", *(order(f"late{number}") for number in range(33)))
    send("shipments", *({"order_id": f"late{number}", "shipped_at": order("x")["deliver_by"]} for number in range(33)))
    filed(mia, *((f"o:late{number}", "attack") for number in range(30)))
    second = filed(mia, ("o:late30", "attack"))
    filed(mia, ("o:late31", "attack"))
    assert objections_open("store", "s1") == 3
    with pytest.raises(ValidationError, match="3 objections are open already"):
        filed(mia, ("o:late32", "attack"))
    objection_decide(objection=second, by=ann, verdicts=verdicts(second, "refused"))
    assert filed(mia, ("o:late32", "attack")).state == "open"


def test_the_same_ticket_again_is_that_ticket(mia: User) -> None:
    assert filed(mia) == filed(mia)
    assert log("objection") == ["objection.filed"]
    assert ObjectionLine.objects.count() == 2


def test_an_incident_is_objected_to_once_at_a_time_and_three_times_at_most(mia: User, ann: User) -> None:
    for number in range(3):
        objection = filed(mia, LINES[0], text=f"No {number}.")
        with pytest.raises(ValidationError, match="An objection to o1 is open already"):
            filed(mia, LINES[0], LINES[1], text="Once more.")
        objection_decide(objection=objection, by=ann, verdicts=verdicts(objection, "refused"))
    with pytest.raises(ValidationError, match="o1 was refused 3 times"):
        filed(mia, LINES[0], text="Once more.")


def test_what_counts_no_more_needs_no_objection(mia: User, ann: User) -> None:
    objection = filed(mia, LINES[0])
    objection_decide(objection=objection, by=ann, verdicts=verdicts(objection, "accepted"))
    with pytest.raises(ValidationError, match="o1 does not count against you any more"):
        filed(mia, LINES[0], text="Again.")


@pytest.mark.parametrize("unit", ["c:c1", "h:h1"])
def test_complaints_and_chats_are_objected_to_as_orders_are(mia: User, ann: User, unit: str) -> None:
    objection = filed(mia, (unit, "attack"))
    objection_decide(objection=objection, by=ann, verdicts=verdicts(objection, "accepted"))
    assert units_known("store", "s1", [unit])[unit].held


def test_the_list_says_what_was_said_about_each_incident(mia: User, ann: User, clock: Clock) -> None:
    objection = filed(mia)
    objection_decide(objection=objection, by=ann, verdicts=verdicts(objection, "accepted"))
    rows = {row.unit: row for row in subject_units("store", "s1").units}
    assert (rows["o:o1"].objection, rows["o:o1"].open, rows["o:o1"].reason) == (
        "accepted",
        False,
        "The carrier's doing",
    )
    assert (rows["o:o2"].objection, rows["o:o2"].open, rows["o:o2"].what) == ("open", False, ["Returned: bad quality"])
    assert (rows["c:c1"].objection, rows["c:c1"].open) == ("", True)
    (told,) = objections_counted(Objection.objects.filter(kind="store", subject_id="s1"))
    assert (told.lines_open, told.lines_accepted, told.lines_refused) == (1, 1, 0)
