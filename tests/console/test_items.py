"""The pages on which one item of the queue is decided: flags and held actions."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reputation.base.models import AuditEntry
from reputation.base.time import now
from reputation.governance.actions.services import action_propose
from reputation.governance.models import Action, ActionState, Flag, WorkItem
from tests.governance.actions import world
from tests.governance.appeals import world as incidents
from tests.people import staff_member

pytestmark = pytest.mark.django_db
WANTED = {
    "act-sanction": "notice", "act-days": "7", "act-reason_en": "Orders leave too late.",
    "act-reason_zh": "发货过慢。", "act-ground": "terms",
}  # fmt: skip


def signed_in(name: str, *roles: str) -> Client:
    client = Client()
    client.force_login(staff_member(name, *roles))
    return client


@pytest.fixture
def flag(db: None) -> Flag:
    world.store()
    return world.flag()


@pytest.fixture
def held(db: None) -> Action:
    """Proposed by ann, who is a moderator."""
    world.store()
    ann = staff_member("ann", "moderator")
    return action_propose(kind="store", subject_id="s1", wanted=world.wanted("suspend", days=30), by=ann)


def address(about: Flag | Action) -> str:
    return f"/console/queue/{about.item.pk}"


def send(client: Client, about: Flag | Action, deed: str, **sent: str):
    return client.post(address(about), {"deed": deed, **sent}, follow=True)


def act(client: Client, flag: Flag, **changes: str):
    return send(client, flag, "act", **{"act-request": str(uuid.uuid4()), **WANTED, **changes})


def told(answer) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


# --- what the page shows -------------------------------------------------------------------------------------------


def test_a_flag_shows_its_rule_what_it_read_and_what_it_proposes(client: Client, staff: User, flag: Flag) -> None:
    page = client.get(address(flag)).content.decode()
    for seen in ("Because", "34%", "Late dispatch rate", "35 of 80", "30%", "Notice", "Shop s1", 'value="7"'):
        assert seen in page, seen


def test_opening_a_flag_claims_it_and_the_next_to_open_it_is_told_who_has_it(flag: Flag) -> None:
    ann, bo = signed_in("ann", "moderator"), signed_in("bo", "moderator")
    assert 'value="dismiss"' in ann.get(address(flag)).content.decode()
    page = bo.get(address(flag)).content.decode()
    assert "ann is working on this until" in page
    assert 'value="dismiss"' not in page
    assert WorkItem.objects.get().claimed_by.username == "ann"


@pytest.mark.parametrize("role", ["analyst", "auditor"])
def test_whoever_only_reads_takes_nothing_from_anybody(flag: Flag, role: str) -> None:
    client = signed_in("reader", role)
    page = client.get(address(flag)).content.decode()
    assert "deciding it is for others" in page
    assert WorkItem.objects.get().claimed_by is None
    assert act(client, flag).status_code == 403
    assert send(client, flag, "dismiss", **{"dismiss-reason": "x"}).status_code == 403
    assert Flag.objects.get().state == Flag.State.OPEN


def test_staff_without_a_role_and_strangers_see_no_item(client: Client, flag: Flag) -> None:
    assert signed_in("new").get(address(flag)).status_code == 403
    assert client.get(address(flag)).status_code == 302


@pytest.mark.parametrize("pk", ["0", "99999999999999999999"])
def test_an_item_that_is_none_is_not_found(client: Client, staff: User, pk: str) -> None:
    assert client.get(f"/console/queue/{pk}").status_code == 404


# --- deciding a flag -----------------------------------------------------------------------------------------------


def test_acting_on_a_flag_imposes_what_the_form_says(client: Client, staff: User, flag: Flag) -> None:
    answer = act(client, flag)
    action = Action.objects.get()
    assert (action.state, action.sanction, action.days, action.flag) == (ActionState.ACTIVE, "notice", 7, flag)
    assert action.proposer == staff
    assert told(answer) == ["Done: it is in force, and the subject and the platform are told."]
    assert Flag.objects.get().state == Flag.State.DECIDED
    assert WorkItem.objects.get().state == WorkItem.State.DONE
    assert "Decided by staff" in answer.content.decode()


def test_what_the_rule_proposes_stands_in_the_form_and_may_be_changed(client: Client, staff: User, flag: Flag) -> None:
    form = client.get(address(flag)).context["forms"]["act"]
    assert (form["sanction"].value(), form["days"].value()) == ("notice", 7)
    act(client, flag, **{"act-sanction": "throttle", "act-share": "40", "act-days": "3"})
    action = Action.objects.get()
    assert (action.sanction, float(action.share), action.days) == ("throttle", 0.4, 3)


def test_a_sanction_that_takes_two_people_is_only_proposed(client: Client, staff: User, flag: Flag) -> None:
    answer = act(client, flag, **{"act-sanction": "suspend", "act-days": "30"})
    assert Action.objects.get().state == ActionState.HELD
    assert "waits for a second person" in told(answer)[0]
    assert set(WorkItem.objects.values_list("kind", "state")) == {("flag", "done"), ("decision", "open")}


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"act-reason_zh": "   "}, "This field is required."),
        ({"act-days": ""}, "this measure must end"),
        ({"act-days": "9999"}, "less than or equal to 365"),
        ({"act-sanction": "throttle"}, "how much of the reach is left"),
        ({"act-sanction": "live_ban"}, "is not one of the available choices"),
        ({"act-ground": "law"}, "Name the law"),
        ({"act-request": "x"}, "Enter a valid UUID."),
    ],
)
def test_what_cannot_be_wanted_is_told_and_keeps_what_was_typed(
    client: Client, staff: User, flag: Flag, changes: dict[str, str], wrong: str
) -> None:
    answer = act(client, flag, **{"act-facts": "Seen by hand", **changes})
    page = answer.content.decode()
    assert wrong in page or wrong in str(answer.context["forms"]["act"].errors)
    assert "Seen by hand" in page
    assert not Action.objects.exists()
    assert Flag.objects.get().state == Flag.State.OPEN


def test_the_same_form_sent_twice_is_one_action(client: Client, staff: User, flag: Flag) -> None:
    request = str(uuid.uuid4())
    for _time in range(2):
        answer = act(client, flag, **{"act-request": request})
    assert Action.objects.count() == 1
    assert answer.status_code == 200


def test_a_dismissal_needs_its_reason_and_stands_on_record(client: Client, staff: User, flag: Flag) -> None:
    send(client, flag, "dismiss", **{"dismiss-reason": "  "})
    assert Flag.objects.get().state == Flag.State.OPEN
    send(client, flag, "dismiss", **{"dismiss-reason": " A strike at the carrier "})
    flag.refresh_from_db()
    assert (flag.state, flag.reason, flag.decided_by) == ("dismissed", "A strike at the carrier", "user:staff")
    assert WorkItem.objects.get().outcome == "dismissed"
    entry = AuditEntry.objects.get(action="flag.dismissed")
    assert "A strike at the carrier" in entry.data


def test_what_somebody_else_has_decided_meanwhile_is_told_and_stands(flag: Flag) -> None:
    ann, bo = signed_in("ann", "moderator"), signed_in("bo", "moderator")
    ann.get(address(flag))
    WorkItem.objects.update(claimed_until=now() - timedelta(minutes=1))
    send(bo, flag, "dismiss", **{"dismiss-reason": "Nothing in it"})
    answer = act(ann, flag)
    assert told(answer) == ["bo has decided this meanwhile. Your decision was not taken."]
    assert not Action.objects.exists()
    assert Flag.objects.get().state == Flag.State.DISMISSED


def test_nobody_decides_what_somebody_else_is_working_on(flag: Flag) -> None:
    ann, bo = signed_in("ann", "moderator"), signed_in("bo", "moderator")
    ann.get(address(flag))
    answer = act(bo, flag)
    assert "ann is working on this" in told(answer)[0]
    assert "Your decision was not taken" in told(answer)[0]
    assert not Action.objects.exists()


@pytest.mark.parametrize("deed", ["skip", "release"])
def test_an_item_is_left_to_others(client: Client, staff: User, flag: Flag, deed: str) -> None:
    client.get(address(flag))
    answer = send(client, flag, deed)
    assert answer.redirect_chain[0][0] == "/console/queue"
    assert WorkItem.objects.get().claimed_by is None
    assert WorkItem.objects.get().skips.exists() == (deed == "skip")


def test_a_form_of_somebodys_own_making_decides_nothing(client: Client, staff: User, flag: Flag) -> None:
    for deed in ("", "agree", "won", "lift"):
        send(client, flag, deed, **{"won-reason": "x", "agree-reason": "x"})
    client.get(f"{address(flag)}?deed=dismiss&dismiss-reason=x")
    assert Flag.objects.get().state == Flag.State.OPEN


def test_the_filters_of_the_queue_stay_while_deciding(client: Client, staff: User, flag: Flag) -> None:
    page = client.get(f"{address(flag)}?kind=flag&tier=tail").content.decode()
    assert 'href="/console/queue?kind=flag&amp;tier=tail"' in page


def test_a_policy_that_is_no_longer_read_still_shows_the_flag(client: Client, staff: User, flag: Flag) -> None:
    type(flag.policy).objects.update(text="policy: [", digest="x")
    page = client.get(address(flag)).content.decode()
    assert "35 of 80" in page


# --- the second person ---------------------------------------------------------------------------------------------


def test_the_second_person_agrees(held: Action) -> None:
    answer = send(signed_in("bo", "senior"), held, "agree")
    held.refresh_from_db()
    assert (held.state, held.seconder.username) == (ActionState.ACTIVE, "bo")
    assert told(answer) == ["Agreed: it is in force, and the subject and the platform are told."]


def test_the_second_person_refuses_with_a_reason(held: Action) -> None:
    senior = signed_in("bo", "senior")
    send(senior, held, "refuse", **{"refuse-reason": " "})
    held.refresh_from_db()
    assert held.state == ActionState.HELD
    send(senior, held, "refuse", **{"refuse-reason": "Too hard"})
    held.refresh_from_db()
    assert (held.state, held.second_reason) == (ActionState.REFUSED, "Too hard")


def test_the_second_person_decides_something_milder_instead(held: Action) -> None:
    other = {key.replace("act-", "other-"): value for key, value in WANTED.items()}
    sent = {"other-request": str(uuid.uuid4()), **other, "other-sanction": "warning", "other-note": "A first time"}
    send(signed_in("bo", "senior"), held, "other", **sent)
    made = Action.objects.get(replaces=held)
    assert (made.state, made.sanction) == (ActionState.ACTIVE, "warning")
    assert (made.proposer.username, made.seconder.username) == ("ann", "bo")
    held.refresh_from_db()
    assert held.state == ActionState.REPLACED


def test_nobody_agrees_to_their_own_proposal(held: Action) -> None:
    ann = User.objects.get(username="ann")
    ann.is_superuser = True
    ann.save()
    client = Client()
    client.force_login(ann)
    page = client.get(address(held)).content.decode()
    assert "You proposed this: another person must agree." in page
    assert 'value="agree"' not in page
    send(client, held, "agree")
    held.refresh_from_db()
    assert held.state == ActionState.HELD


@pytest.mark.parametrize("role", ["moderator", "analyst", "auditor"])
def test_only_seniors_are_second_persons(held: Action, role: str) -> None:
    client = signed_in("x", role)
    assert client.get(address(held)).status_code == 200
    assert send(client, held, "agree").status_code == 403
    held.refresh_from_db()
    assert held.state == ActionState.HELD


# --- what comes after the page -------------------------------------------------------------------------------------


def test_the_newest_incidents_of_the_rules_own_kind_come_after_the_page(client: Client, staff: User) -> None:
    incidents.market()
    flag = world.flag("s1")
    page = client.get(address(flag)).content.decode()
    asked = "/console/subjects/stores/s1?piece=newest&amp;metric=late_dispatch"
    assert f'data-piece="{asked}"' in page
    piece = client.get(asked.replace("&amp;", "&")).content.decode()
    assert "o1" in piece  # dispatched late
    assert "c1" not in piece  # a complaint about service
    assert "<html" not in piece
    everything = client.get("/console/subjects/stores/s1?piece=newest&metric=defect").content.decode()
    assert "c1" in everything
    assert "o1" not in client.get("/console/subjects/stores/s1?piece=newest&metric=grave").content.decode()
