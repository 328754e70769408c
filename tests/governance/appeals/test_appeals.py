"""Appeals: who may file, until when, what a stay does, and what a decision sets right."""

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError

from reputation.base.audit import audit_verify
from reputation.base.models import OutboxEvent
from reputation.evidence.incidents import units_known
from reputation.governance.actions.services import action_lift, action_second, actions_expire
from reputation.governance.appeals.selectors import appeal_figures, appeal_possible
from reputation.governance.appeals.services import appeal_decide, appeal_file, appeal_withdraw
from reputation.governance.models import Action, Appeal, Correction, WorkItem
from tests.governance.actions.world import READING, Clock, flag, person
from tests.governance.appeals.world import PDF, PNG, Upload, at, july, log, member, sanctioned, send

pytestmark = pytest.mark.django_db


def fresh(action: Action) -> str:
    return Action.objects.get(pk=action.pk).state


def test_an_appeal_puts_the_sanction_off_and_comes_before_the_staff(mia: User) -> None:
    action = sanctioned()
    appeal = appeal_file(action=action, by=mia, text=" It was the courier. ", units=["o:o1"], files=[Upload(PNG)])
    assert (appeal.state, appeal.text, appeal.units, appeal.stayed) == ("open", "It was the courier.", ["o:o1"], True)
    assert fresh(action) == "stayed"
    assert appeal.due_on == july(8)  # Wednesday to Wednesday
    item = WorkItem.objects.get(appeal=appeal)
    assert (item.kind, item.state, item.severity, item.subject_id) == ("appeal", "open", "high", "s1")
    assert appeal.files.get().content_type == "image/png"
    assert log("appeal") == ["appeal.filed"]


def test_the_same_appeal_again_is_that_appeal_and_another_one_has_to_wait(mia: User) -> None:
    action = sanctioned()
    appeal = appeal_file(action=action, by=mia, text="No.")
    assert appeal_file(action=action, by=mia, text="No. ") == appeal
    with pytest.raises(ValidationError, match="open already"):
        appeal_file(action=action, by=mia, text="No!")
    assert Appeal.objects.count() == 1
    assert log("appeal") == ["appeal.filed"]


def test_only_who_acts_for_the_subject_can_appeal(mia: User) -> None:
    action, other = sanctioned(), member("otto", "s2")
    for stranger in (other, person("nosy", "decide_appeal")):
        assert appeal_possible(action, stranger)
        with pytest.raises(PermissionDenied):
            appeal_file(action=action, by=stranger, text="Let them go.")
    assert appeal_possible(action, mia) == ""


@pytest.mark.parametrize(("law", "last"), [("CN", 14), ("EU", 183)])
def test_the_window_ends_with_its_last_market_day(
    mia: User, clock: Clock, settings: pytest.FixtureRequest, law: str, last: int
) -> None:
    settings.JURISDICTION = law
    action = sanctioned("notice", days=365)
    clock.pass_(days=last, hours=11, minutes=59)
    assert appeal_possible(action, mia) == ""
    clock.pass_(minutes=1)
    assert "ended on" in appeal_possible(action, mia)
    with pytest.raises(ValidationError, match="ended on"):
        appeal_file(action=action, by=mia, text="Too late?")


def test_a_won_appeal_undoes_the_sanction_sets_evidence_aside_and_orders_the_repair(mia: User, judge: User) -> None:
    action = sanctioned()
    appeal = appeal_file(action=action, by=mia, text="It was the courier.", units=["o:o1"])
    decided = appeal_decide(
        appeal=appeal, by=judge, won=True, reason="It was.", exclude=["o:o1"], because="carrier_event"
    )
    assert (decided.state, decided.excluded, decided.decided_by) == ("won", ["o:o1"], judge)
    assert fresh(action) == "overturned"
    incident = units_known("store", "s1", ["o:o1"])["o:o1"]
    assert (incident.what, incident.reason) == ((), "carrier_event")
    correction = Correction.objects.get()
    assert (correction.kind, correction.subject_id, correction.state) == ("store", "s1", "waiting")
    assert correction.from_night == incident.since  # the first night that counted the order at all
    assert WorkItem.objects.get(appeal=appeal).outcome == "won"
    event = OutboxEvent.objects.get(event="appeal.decided")
    assert (event.subject_key, event.payload["outcome"], event.payload["excluded"]) == ("store:s1", "won", 1)
    assert "judge" not in str(event.payload)
    assert audit_verify().bad is None


def test_a_lost_appeal_lets_the_sanction_count_again_for_what_was_left_of_it(
    mia: User, judge: User, clock: Clock
) -> None:
    action = sanctioned(days=7)
    planned = action.ends_at
    clock.pass_(days=2)
    appeal = appeal_file(action=action, by=mia, text="No.")
    clock.pass_(days=3)
    appeal_decide(appeal=appeal, by=judge, won=False, reason="The parcels left late.")
    action.refresh_from_db()
    assert action.state == "active"
    assert action.ends_at - planned == clock.moment - appeal.filed_at
    assert not Correction.objects.exists()


def test_a_withdrawn_appeal_lets_the_sanction_count_again(mia: User) -> None:
    action = sanctioned()
    appeal = appeal_file(action=action, by=mia, text="No.")
    assert appeal_withdraw(appeal=appeal, by=mia).state == "withdrawn"
    assert appeal_withdraw(appeal=appeal, by=mia).state == "withdrawn"
    assert fresh(action) == "active"
    assert WorkItem.objects.get(appeal=appeal).state == "done"
    assert log("appeal") == ["appeal.filed", "appeal.withdrawn"]


def test_a_stranger_cannot_withdraw_it(mia: User) -> None:
    appeal = appeal_file(action=sanctioned(), by=mia, text="No.")
    with pytest.raises(PermissionDenied):
        appeal_withdraw(appeal=appeal, by=member("otto", "s2"))
    assert Appeal.objects.get().state == "open"


def test_nobody_judges_their_own_work(mia: User, judge: User) -> None:
    ann = person("ann")
    appeal = appeal_file(action=sanctioned(by=ann), by=mia, text="No.")
    with pytest.raises(ValidationError, match="took part"):
        appeal_decide(appeal=appeal, by=ann, won=False, reason="I was right.")
    with pytest.raises(ValidationError, match="act for this subject"):
        appeal_decide(appeal=appeal, by=mia, won=True, reason="Of course.")
    assert appeal_decide(appeal=appeal, by=judge, won=False, reason="She was right.").state == "lost"


def test_neither_who_proposed_nor_who_agreed_judges(mia: User, judge: User) -> None:
    ann, bo = person("ann"), person("bo", "agree_action")
    action = action_second(action=sanctioned("suspend", by=ann), by=bo, decision="agree", reason="Yes.")
    appeal = appeal_file(action=action, by=mia, text="No.")
    assert not appeal.stayed  # two people found it urgent
    for person_ in (ann, bo):
        with pytest.raises(ValidationError, match="took part"):
            appeal_decide(appeal=appeal, by=person_, won=False, reason="We were right.")
    assert appeal_decide(appeal=appeal, by=judge, won=True, reason="They were not.").state == "won"


def test_a_decision_stands_and_says_who_made_it(mia: User, judge: User) -> None:
    appeal = appeal_file(action=sanctioned(), by=mia, text="No.")
    appeal_decide(appeal=appeal, by=judge, won=False, reason="Late.")
    assert appeal_decide(appeal=appeal, by=judge, won=False, reason=" Late. ").state == "lost"
    with pytest.raises(ValidationError, match="judge has decided this appeal on 2026-07-01"):
        appeal_decide(appeal=appeal, by=person("eve"), won=True, reason="Not late.")
    assert log("appeal") == ["appeal.filed", "appeal.lost"]
    assert OutboxEvent.objects.filter(event="appeal.decided").count() == 1


def test_a_decision_needs_words(mia: User, judge: User) -> None:
    appeal = appeal_file(action=sanctioned(), by=mia, text="No.")
    with pytest.raises(ValidationError, match="reason"):
        appeal_decide(appeal=appeal, by=judge, won=True, reason=" \n ")
    with pytest.raises(ValidationError, match="Say why"):
        appeal_file(action=sanctioned("notice"), by=mia, text="  ")


def test_evidence_of_somebody_else_is_neither_disputed_nor_set_aside(mia: User, judge: User) -> None:
    action = sanctioned()
    told = set()
    for unit in ("o:o4", "o:no such order", "v:L|v|1", "o:o3", "nonsense", "o:\0"):
        with pytest.raises(ValidationError) as error:
            appeal_file(action=action, by=mia, text="No.", units=[unit])
        told.add(error.value.messages[0])
    assert len(told) == 1  # an order of somebody else is answered as one that does not exist
    appeal = appeal_file(action=action, by=mia, text="No.", units=["o:o1"])
    for unit in ("o:o4", "v:L|v|1", "c:c9"):
        with pytest.raises(ValidationError, match="Only evidence about this subject"):
            appeal_decide(appeal=appeal, by=judge, won=True, reason="Fine.", exclude=[unit])
    assert Appeal.objects.get().state == "open"


def test_a_wrong_reason_to_set_aside_is_refused(mia: User, judge: User) -> None:
    appeal = appeal_file(action=sanctioned(), by=mia, text="No.", units=["o:o1"])
    with pytest.raises(ValidationError, match="why the evidence is set aside"):
        appeal_decide(appeal=appeal, by=judge, won=True, reason="Fine.", exclude=["o:o1"], because="whim")


def test_what_ended_by_itself_may_still_be_appealed_and_overturned(mia: User, judge: User, clock: Clock) -> None:
    action = sanctioned(days=1)
    clock.pass_(days=2)
    appeal = appeal_file(action=action, by=mia, text="It stands on record.")  # before any tick has noticed
    assert (appeal.stayed, fresh(action)) == (False, "expired")
    appeal_decide(appeal=appeal, by=judge, won=True, reason="It was wrong.")
    assert fresh(action) == "overturned"


def test_a_sanction_that_runs_out_while_it_is_appealed_ends(mia: User, judge: User, clock: Clock) -> None:
    appeal = appeal_file(action=sanctioned("notice", days=2), by=mia, text="No.")
    assert not appeal.stayed
    clock.pass_(days=3)
    assert actions_expire(moment=clock.moment) == 1
    appeal_decide(appeal=appeal, by=judge, won=False, reason="It was right.")
    assert fresh(appeal.action) == "expired"


def test_a_sanction_that_was_lifted_while_it_was_put_off_stays_lifted(mia: User, judge: User) -> None:
    action = sanctioned()
    appeal = appeal_file(action=action, by=mia, text="No.")
    action_lift(action=action, by=person("cy", "lift_action"), note="A mistake.")
    appeal_decide(appeal=appeal, by=judge, won=False, reason="It was right at its time.")
    assert fresh(action) == "lifted"


def test_three_appeals_and_no_more(mia: User, judge: User) -> None:
    action = sanctioned()
    for number in range(3):
        appeal = appeal_file(action=action, by=mia, text=f"No {number}.")
        assert appeal.stayed is (number == 0)
        appeal_decide(appeal=appeal, by=judge, won=False, reason="Yes.")
    assert "3 times" in appeal_possible(action, mia)
    with pytest.raises(ValidationError, match="3 times"):
        appeal_file(action=action, by=mia, text="No once more.")


def test_a_stay_comes_once_in_90_days_over_all_sanctions_of_the_subject(mia: User, clock: Clock) -> None:
    first = appeal_file(action=sanctioned(), by=mia, text="No.")
    clock.pass_(days=89)
    second = appeal_file(action=sanctioned("throttle", share=0.5), by=mia, text="No.")
    clock.pass_(days=1)
    third = appeal_file(action=sanctioned("listing_ban"), by=mia, text="No.")
    assert [first.stayed, second.stayed, third.stayed] == [True, False, True]


@pytest.mark.parametrize("sanction", ["notice", "warning"])
def test_what_restricts_nothing_is_not_put_off(mia: User, sanction: str) -> None:
    appeal = appeal_file(action=sanctioned(sanction), by=mia, text="No.")
    assert not appeal.stayed
    assert fresh(appeal.action) == "active"


@pytest.mark.parametrize("about", ["brushing", "counterfeit", "safety"])
def test_what_hurts_people_is_not_put_off(mia: User, about: str) -> None:
    assert not appeal_file(action=sanctioned(facts={"about": [about]}), by=mia, text="No.").stayed


def test_a_rule_about_grave_symptoms_is_not_put_off(mia: User) -> None:
    found = flag(readings=[{"metric": "grave", "value": 1.0}], sanction="listing_ban")
    action = sanctioned()
    action.flag, action.facts = found, {"readings": found.readings}
    action.save()
    assert not appeal_file(action=action, by=mia, text="No.").stayed


@pytest.mark.parametrize(("category", "outcome", "stayed"), [
    ("counterfeit", "upheld", False), ("counterfeit", "rejected", True), ("quality", "upheld", True),
])  # fmt: skip
def test_a_metric_that_mixes_them_is_looked_behind(mia: User, category: str, outcome: str, stayed: bool) -> None:
    send("complaints", {"complaint_id": "c9", "order_id": "o1", "opened_at": at(5), "category": category,
                        "closed_at": at(2), "outcome": outcome})  # fmt: skip
    action = sanctioned(facts={"readings": [READING | {"metric": "complaint_product"}]})
    assert appeal_file(action=action, by=mia, text="No.").stayed is stayed


def test_a_held_or_refused_action_is_nothing_to_appeal_against(mia: User) -> None:
    action = sanctioned("suspend")
    assert action.state == "held"
    with pytest.raises(ValidationError, match="does not stand"):
        appeal_file(action=action, by=mia, text="No.")


def test_files_that_are_none_file_nothing(mia: User) -> None:
    with pytest.raises(ValidationError, match=r"evil\.exe cannot be taken"):
        appeal_file(
            action=sanctioned(), by=mia, text="No.", files=[Upload(PDF, "a.pdf"), Upload(b"MZ\x90\0", "evil.exe")]
        )
    assert not Appeal.objects.exists()


def test_figures_by_rule_count_what_was_filed_decided_and_won(mia: User, judge: User, clock: Clock) -> None:
    actions = [sanctioned("notice", days=30) for _ in range(3)]
    Action.objects.filter(pk__in=[action.pk for action in actions[:2]]).update(rule="late")
    appeals = [appeal_file(action=action, by=mia, text="No.") for action in actions]
    clock.pass_(days=2)
    appeal_decide(appeal=appeals[0], by=judge, won=True, reason="Yes.")
    appeal_decide(appeal=appeals[1], by=judge, won=False, reason="No.")
    told = [(row.rule, row.filed, row.decided, row.won, row.mean_days) for row in appeal_figures()]
    assert told == [("late", 2, 2, 1, 2.0), ("", 1, 0, 0, None)]
    assert appeal_figures(since=july(2)) == []
    assert [row.filed for row in appeal_figures(since=july(1), until=july(1))] == [2, 1]
