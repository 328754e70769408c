"""Sanctions on their pages: the list, one with its history, by hand, lifted, replaced, withdrawn."""

import uuid
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reputation.base.time import now
from reputation.governance.actions.services import action_acknowledge, action_lift, action_propose
from reputation.governance.models import Action, ActionState
from tests.governance.actions import world
from tests.people import staff_member

pytestmark = pytest.mark.django_db
FORM = {
    "sanction": "warning", "days": "30", "reason_en": "Seen on air.", "reason_zh": "直播中发现。", "ground": "terms",
    "found_by": "notice",
}  # fmt: skip


def signed_in(name: str, *roles: str) -> Client:
    client = Client()
    client.force_login(staff_member(name, *roles))
    return client


@pytest.fixture
def ann(db: None) -> User:
    world.store()
    world.store("s2")
    return staff_member("ann", "moderator")


def propose(by: User, sanction: str = "listing_ban", subject: str = "s1", **more: object) -> Action:
    return action_propose(kind="store", subject_id=subject, wanted=world.wanted(sanction, **more), by=by)


def listed(client: Client, query: str = "") -> list[int]:
    return [action.pk for action in client.get(f"/console/actions{query}").context["page"]]


def by_hand(client: Client, subject: str = "stores/s1", **changes: str):
    return client.post(f"/console/act/{subject}", {"request": str(uuid.uuid4()), **FORM, **changes}, follow=True)


# --- the list ------------------------------------------------------------------------------------------------------


def test_the_list_has_the_newest_first_and_can_be_narrowed(ann: User, client: Client, staff: User) -> None:
    first, held = propose(ann), propose(ann, "suspend", days=30)
    other = propose(ann, "warning", subject="s2")
    action_lift(action=other, by=ann, note="mended")
    expected = {
        "": [other.pk, held.pk, first.pk],
        "?state=held": [held.pk],
        "?state=lifted": [other.pk],
        "?sanction=listing_ban": [first.pk],
        "?subject=s2": [other.pk],
        "?state=nonsense&sanction=nonsense&page=99": [other.pk, held.pk, first.pk],
        "?subject=%00": [other.pk, held.pk, first.pk],
    }
    for query, wanted in expected.items():
        assert listed(client, query) == wanted, query


def test_what_the_platform_has_not_confirmed_for_a_quarter_of_an_hour_stands_out(
    ann: User, client: Client, staff: User
) -> None:
    late, fresh, done = propose(ann), propose(ann, subject="s2"), propose(ann, "warning")
    Action.objects.filter(pk__in=[late.pk, done.pk]).update(told_at=now() - timedelta(minutes=16))
    action_acknowledge(action_id=done.pk, by_key="platform")
    assert listed(client, "?state=unconfirmed") == [late.pk]
    page = client.get("/console/actions").content.decode()
    assert "1 action has not been confirmed by the platform for 15 minutes." in page
    assert fresh.pk in listed(client)


# --- one action ----------------------------------------------------------------------------------------------------


def test_an_action_shows_its_changes_its_notice_and_who_decided(ann: User, client: Client, staff: User) -> None:
    action = propose(ann)
    page = client.get(f"/console/actions/{action.pk}").content.decode()
    for seen in ("No new listings", "in force", "ann", "What the subject was told", "not read yet", "not confirmed"):
        assert seen in page, seen


def test_a_moderator_lifts_with_a_reason_and_the_record_says_who(ann: User) -> None:
    action, client = propose(ann), signed_in("mo", "moderator")
    client.post(f"/console/actions/{action.pk}", {"deed": "lift", "lift-reason": "  "})
    action.refresh_from_db()
    assert action.state == ActionState.ACTIVE
    answer = client.post(f"/console/actions/{action.pk}", {"deed": "lift", "lift-reason": "Mended"}, follow=True)
    action.refresh_from_db()
    assert action.state == ActionState.LIFTED
    assert "Mended" in answer.content.decode()
    assert action.changes.order_by("-sequence").first().by == "user:mo"


def test_a_replacement_stands_in_the_place_of_the_old_one(ann: User) -> None:
    action, client = propose(ann), signed_in("mo", "moderator")
    sent = {f"replace-{key}": value for key, value in FORM.items()}
    sent |= {"deed": "replace", "replace-request": str(uuid.uuid4()), "replace-note": "Too hard"}
    answer = client.post(f"/console/actions/{action.pk}", sent, follow=True)
    action.refresh_from_db()
    made = Action.objects.get(replaces=action)
    assert (action.state, made.state, made.sanction) == (ActionState.REPLACED, ActionState.ACTIVE, "warning")
    assert answer.redirect_chain[0][0] == f"/console/actions/{made.pk}"


def test_whoever_proposed_it_withdraws_what_is_held(ann: User) -> None:
    held = propose(ann, "suspend", days=30)
    client = Client()
    client.force_login(ann)
    client.post(f"/console/actions/{held.pk}", {"deed": "withdraw", "withdraw-reason": "A mix-up"})
    held.refresh_from_db()
    assert held.state == ActionState.WITHDRAWN


@pytest.mark.parametrize("role", ["analyst", "auditor"])
def test_whoever_only_reads_changes_no_action(ann: User, role: str) -> None:
    action, client = propose(ann), signed_in("x", role)
    page = client.get(f"/console/actions/{action.pk}").content.decode()
    assert 'value="lift"' not in page
    for deed in ("lift", "withdraw", "replace", "nonsense"):
        sent = {"deed": deed, f"{deed}-reason": "x"}
        assert client.post(f"/console/actions/{action.pk}", sent).status_code == 403
    assert by_hand(client).status_code == 403
    assert client.get("/console/act/stores/s1").status_code == 403
    action.refresh_from_db()
    assert action.state == ActionState.ACTIVE


def test_whoever_proposed_it_and_has_another_role_since_only_reads(ann: User) -> None:
    running, held = propose(ann), propose(ann, "suspend", days=30)
    ann.groups.set(staff_member("x", "auditor").groups.all())
    client = Client()
    client.force_login(ann)
    for action, deed in ((running, "lift"), (running, "replace"), (held, "withdraw")):
        assert client.post(f"/console/actions/{action.pk}", {"deed": deed, f"{deed}-reason": "x"}).status_code == 403
        assert f'value="{deed}"' not in client.get(f"/console/actions/{action.pk}").content.decode()


def test_what_cannot_be_done_any_more_is_told(ann: User) -> None:
    action, client = propose(ann), signed_in("mo", "moderator")
    action_lift(action=action, by=ann, note="mended")
    answer = client.post(f"/console/actions/{action.pk}", {"deed": "lift", "lift-reason": "x"})
    assert "ann decided" in answer.content.decode()


def test_an_action_that_is_none_is_not_found(client: Client, staff: User) -> None:
    for pk in ("0", "99999999999999999999"):
        assert client.get(f"/console/actions/{pk}").status_code == 404


# --- by hand -------------------------------------------------------------------------------------------------------


def test_staff_act_on_any_subject_by_hand(ann: User, client: Client, staff: User) -> None:
    by_hand(client, facts="Two buyers sent photos", about="counterfeit")
    action = Action.objects.get()
    assert (action.sanction, action.found_by, action.flag, action.state) == ("warning", "notice", None, "active")
    assert action.facts == {"text": "Two buyers sent photos", "about": ["counterfeit"]}


def test_a_subject_of_the_head_waits_for_a_second_person(ann: User, client: Client, staff: User) -> None:
    world.head()
    assert "waits for a second person" in client.get("/console/act/stores/s1").content.decode()
    by_hand(client)
    assert Action.objects.get().state == ActionState.HELD


def test_nobody_acts_on_a_subject_that_is_none(client: Client, staff: User) -> None:
    assert client.get("/console/act/stores/nobody").status_code == 404
    assert by_hand(client, "anchors/nobody").status_code == 404
    assert not Action.objects.exists()


def test_a_double_click_is_one_action(ann: User, client: Client, staff: User) -> None:
    request = str(uuid.uuid4())
    for _time in range(2):
        by_hand(client, request=request)
    assert Action.objects.count() == 1
