"""Deciding appeals and objections on their pages."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

import reputation.config.urls  # noqa: F401 (read before the clock is set: what is imported later would keep it)
from reputation.governance.appeals.services import appeal_file
from reputation.governance.models import Action, ActionState, Appeal, Attachment, Correction, Objection, ObjectionLine
from reputation.governance.objections.services import objection_file
from tests.governance.appeals import world
from tests.governance.appeals.conftest import clock, market, mia  # noqa: F401 (fixtures)
from tests.people import staff_member

pytestmark = pytest.mark.django_db


def signed_in(name: str, *roles: str) -> Client:
    client = Client()
    client.force_login(staff_member(name, *roles))
    return client


@pytest.fixture
def appeal(mia: User) -> Appeal:  # noqa: F811
    """Against what ann did, disputing o1 and o2, with a file."""
    action = world.sanctioned(by=staff_member("ann", "senior"))
    files = [world.Upload(world.PNG, "parcel.png")]
    return appeal_file(action=action, by=mia, text="The carrier <lost> it.", units=["o:o1", "o:o2"], files=files)


@pytest.fixture
def objection(mia: User) -> Objection:  # noqa: F811
    lines = [("o:o1", "carrier_event"), ("o:o2", "mistake")]
    return objection_file(kind="store", subject_id="s1", by=mia, text="Not ours", lines=lines)


def send(client: Client, about: Appeal | Objection, deed: str, **sent: object):
    return client.post(f"/console/queue/{about.item.pk}", {"deed": deed, **sent}, follow=True)


def told(answer) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


# --- appeals -------------------------------------------------------------------------------------------------------


def test_an_appeal_shows_what_is_said_the_files_and_what_is_disputed(appeal: Appeal) -> None:
    page = signed_in("judge", "senior").get(f"/console/queue/{appeal.item.pk}").content.decode()
    for seen in ("The carrier &lt;lost&gt; it.", "parcel.png", "o1", "Dispatched late", "Returned: bad quality"):
        assert seen in page, seen
    assert 'value="o:o1"' in page


def test_a_won_appeal_sets_aside_what_is_ticked_and_undoes_the_action(appeal: Appeal) -> None:
    sent = {"won-reason": "The carrier was on strike", "won-exclude": ["o:o1"], "won-because": "carrier_event"}
    answer = send(signed_in("judge", "senior"), appeal, "won", **sent)
    appeal.refresh_from_db()
    assert (appeal.state, appeal.excluded, appeal.decided_by.username) == ("won", ["o:o1"], "judge")
    assert Action.objects.get().state == ActionState.OVERTURNED
    assert Correction.objects.get().state == "waiting"
    assert "The appeal is won" in told(answer)[0]
    assert "set aside" in answer.content.decode()


def test_a_lost_appeal_leaves_the_action_and_says_why(appeal: Appeal) -> None:
    send(signed_in("judge", "senior"), appeal, "lost", **{"lost-reason": "It was late before the strike"})
    appeal.refresh_from_db()
    assert (appeal.state, appeal.reason) == ("lost", "It was late before the strike")
    assert Action.objects.get().state == ActionState.ACTIVE


@pytest.mark.parametrize(
    "sent",
    [
        {"won-reason": " "},
        {"won-reason": "x", "won-exclude": ["o:o1"]},
        {"won-reason": "x", "won-because": "attack"},
        {"won-reason": "x", "won-exclude": ["o:o4"], "won-because": "attack"},
        {"won-reason": "x", "won-exclude": ["o:o1"], "won-because": "weather"},
    ],
)
def test_half_a_decision_is_none_and_keeps_what_was_ticked(appeal: Appeal, sent: dict[str, object]) -> None:
    answer = send(signed_in("judge", "senior"), appeal, "won", **sent)
    assert answer.context["forms"]["won"].errors
    appeal.refresh_from_db()
    assert appeal.state == "open"
    if sent.get("won-exclude") == ["o:o1"]:
        assert 'value="o:o1" checked' in answer.content.decode()


def test_whoever_took_the_action_does_not_decide_the_appeal(appeal: Appeal) -> None:
    client = Client()
    client.force_login(User.objects.get(username="ann"))
    page = client.get(f"/console/queue/{appeal.item.pk}").content.decode()
    assert "somebody else must decide the appeal" in page
    answer = send(client, appeal, "won", **{"won-reason": "x"})
    assert "Your decision was not taken." in told(answer)[0]
    appeal.refresh_from_db()
    assert appeal.state == "open"


@pytest.mark.parametrize("role", ["moderator", "analyst", "auditor"])
def test_appeals_are_for_seniors(appeal: Appeal, role: str) -> None:
    client = signed_in("x", role)
    assert client.get(f"/console/queue/{appeal.item.pk}").status_code == 200
    assert send(client, appeal, "lost", **{"lost-reason": "x"}).status_code == 403


def test_a_file_is_handed_to_staff_as_a_download_and_to_nobody_else(appeal: Appeal, client: Client) -> None:
    address = f"/console/files/{Attachment.objects.get().pk}"
    answer = signed_in("reader", "auditor").get(address)
    assert answer.content == world.PNG
    assert answer["Content-Disposition"].startswith("attachment;")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert client.get(address).status_code == 302
    client.force_login(User.objects.get(username="mia"))
    assert client.get(address).status_code == 403
    assert signed_in("r2", "auditor").get("/console/files/999999").status_code == 404


# --- objections ----------------------------------------------------------------------------------------------------


def verdicts(objection: Objection, *said: str, **more: str) -> dict[str, str]:
    lines = objection.lines.order_by("id")
    found = {f"decide-verdict-{line.pk}": verdict for line, verdict in zip(lines, said, strict=False) if verdict}
    return found | {f"decide-{name}": value for name, value in more.items()}


def states(objection: Objection) -> list[tuple[str, str]]:
    return list(ObjectionLine.objects.filter(objection=objection).order_by("id").values_list("state", "reason"))


def test_each_incident_is_accepted_or_refused(objection: Objection) -> None:
    second = objection.lines.order_by("id")[1]
    sent = verdicts(objection, "accepted", "refused", reason="The carrier says so")
    sent[f"decide-reason-{second.pk}"] = "Photos show the fault"
    answer = send(signed_in("mo", "moderator"), objection, "decide", **sent)
    assert states(objection) == [("accepted", "The carrier says so"), ("refused", "Photos show the fault")]
    objection.refresh_from_db()
    assert objection.state == "decided"
    assert "Decided by mo" in answer.content.decode()


def test_some_may_be_left_for_later(objection: Objection) -> None:
    client = signed_in("mo", "moderator")
    answer = send(client, objection, "decide", **verdicts(objection, "accepted", "", reason="Yes"))
    assert [state for state, _reason in states(objection)] == ["accepted", "open"]
    assert "the others stay open" in told(answer)[0]
    send(client, objection, "decide", **verdicts(objection, "", "refused", reason="No"))
    objection.refresh_from_db()
    assert objection.state == "decided"


@pytest.mark.parametrize("said", [("", ""), ("accepted", ""), ("perhaps", "refused")])
def test_no_verdict_without_a_reason_and_none_of_ones_own_making(objection: Objection, said: tuple[str, str]) -> None:
    answer = send(signed_in("mo", "moderator"), objection, "decide", **verdicts(objection, *said, reason=" "))
    assert answer.context["forms"]["decide"].errors
    assert {state for state, _reason in states(objection)} == {"open"}


@pytest.mark.parametrize("role", ["analyst", "auditor"])
def test_objections_are_decided_by_moderators_and_seniors(objection: Objection, role: str) -> None:
    client = signed_in("x", role)
    page = client.get(f"/console/queue/{objection.item.pk}").content.decode()
    assert "decide-verdict" not in page
    sent = verdicts(objection, "accepted", reason="x")
    assert send(client, objection, "decide", **sent).status_code == 403
