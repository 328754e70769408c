"""Who is told what: each member of a subject once of each thing, and nobody else of anything."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.db import connection

from reputation.governance.actions.services import action_lift
from reputation.governance.appeals.services import appeal_decide, appeal_file
from reputation.governance.objections.services import objection_decide, objection_file
from reputation.inbox import telling
from reputation.inbox.models import Listener, Message
from reputation.inbox.ticking import RoundError, inbox_round
from reputation.inbox.words import words
from reputation.subjects.models import Membership
from reputation.subjects.services import membership_grant
from tests.governance.actions.world import Clock, person
from tests.governance.appeals.world import member, sanctioned
from tests.inbox.world import begin, keys, kinds, prefer
from tests.portal.world import hold

pytestmark = pytest.mark.django_db


def test_a_measure_is_told_to_every_member_of_its_subject_and_to_nobody_else(mia: User, clock: Clock) -> None:
    bo, otto = member("bo"), member("otto", "s2")
    begin()
    action = sanctioned("warning")
    inbox_round()
    notice = action.notices.get()
    assert keys(mia) == keys(bo) == [f"notice:{notice.pk}"]
    assert keys(otto) == []
    [said] = words(Message.objects.filter(user=mia))
    assert said.headline == notice.fields["en"]["headline"]
    assert (said.subject, said.path) == ("Shop s1", f"/portal/notices/{action.pk}")


def test_each_change_of_a_measure_is_news_and_a_round_again_adds_none(mia: User, clock: Clock) -> None:
    begin()
    action = sanctioned("warning")
    inbox_round()
    clock.pass_(hours=1)
    action_lift(action=action, by=person("lea", "lift_action"), note="Mended.")
    for _again in range(3):
        inbox_round()
    assert keys(mia) == [f"notice:{pk}" for pk in action.notices.order_by("pk").values_list("pk", flat=True)]
    assert len(keys(mia)) == 2


def test_the_answer_to_an_appeal_is_told_without_who_gave_it(mia: User, judge: User) -> None:
    action = sanctioned()
    appeal = appeal_file(action=action, by=mia, text="It was the courier.")
    begin()
    appeal_decide(appeal=appeal, by=judge, won=False, reason="It was not.")
    inbox_round()
    [said] = words(Message.objects.filter(user=mia, kind="appeal"))
    assert (said.headline, said.path) == (
        "Your appeal against “No new listings” is refused.", f"/portal/appeals/{appeal.pk}",
    )  # fmt: skip
    assert "judge" not in str(list(Message.objects.values_list("data", flat=True)))


def test_a_decided_objection_is_told_with_what_came_of_its_lines(mia: User, clock: Clock) -> None:
    lines = [("o:o1", "carrier_event"), ("o:o2", "others_promise")]
    objection = objection_file(kind="store", subject_id="s1", by=mia, text="Not ours.", lines=lines)
    begin()
    first, second = objection.lines.order_by("id")
    verdicts = {first.pk: ("accepted", "It was."), second.pk: ("refused", "It was not.")}
    objection_decide(objection=objection, by=person("ann", "decide_objection"), verdicts=verdicts)
    clock.pass_(minutes=10)
    inbox_round()
    [said] = words(Message.objects.filter(user=mia))
    assert said.headline == "Your objection is decided: accepted 1, refused 1."
    assert said.path == f"/portal/objections/{objection.pk}"


def test_findings_of_a_day_about_a_subject_are_one_piece_of_news(mia: User, clock: Clock) -> None:
    begin()
    clock.pass_(minutes=10)
    for name in ("f1", "f2"):
        hold(name, held_at=clock())
    hold("f3", held_at=clock(), subject_id="s2")
    hold("f4", held_at=clock(), subject_kind="", subject_id="")
    inbox_round()
    assert kinds(mia) == ["held"]
    clock.pass_(days=1)
    hold("f5", held_at=clock())
    inbox_round()
    assert kinds(mia) == ["held", "held"]


def test_what_happened_before_somebody_joined_was_others_to_hear(mia: User, clock: Clock) -> None:
    begin()
    sanctioned("warning")
    clock.pass_(minutes=5)
    new = member("new")
    inbox_round()
    assert (len(keys(mia)), keys(new)) == (1, [])
    clock.pass_(minutes=5)
    sanctioned("notice")
    inbox_round()
    assert (len(keys(mia)), len(keys(new))) == (2, 1)


def test_somebody_removed_hears_nothing_more_not_even_what_was_on_its_way(mia: User, clock: Clock) -> None:
    begin()
    prefer(mia, "notice", "daily")
    sanctioned("warning")
    inbox_round()
    Membership.objects.filter(user=mia).delete()
    sanctioned("notice")
    clock.pass_(days=1)
    inbox_round()
    assert len(keys(mia)) == 1
    assert Message.objects.get(user=mia).state == "quiet"
    assert not Listener.objects.filter(user=mia).exists()
    assert mail.outbox == []


def test_who_comes_back_begins_anew(mia: User, clock: Clock) -> None:
    begin()
    Membership.objects.filter(user=mia).delete()
    inbox_round()
    sanctioned("warning")
    clock.pass_(minutes=5)
    membership_grant(user=mia, kind="store", subject_id="s1", role="staff")
    inbox_round()
    assert keys(mia) == []


def test_a_closed_account_hears_nothing(mia: User) -> None:
    begin()
    User.objects.filter(pk=mia.pk).update(is_active=False)
    sanctioned("warning")
    inbox_round()
    assert keys(mia) == []


def test_the_first_round_tells_nothing_of_what_was_there_before(mia: User, clock: Clock) -> None:
    sanctioned("warning")
    hold("f1", held_at=clock() - timedelta(days=3))
    inbox_round()
    assert keys(mia) == []


@pytest.mark.parametrize(
    ("choices", "state"),
    [
        ([("", "", "off")], "quiet"),
        ([("", "", "off"), ("store", "s1", "now")], "sent"),
        ([("", "", "now"), ("store", "s1", "off")], "quiet"),
        ([("", "", "now"), ("store", "s2", "off")], "sent"),
        ([("", "", "daily")], "waiting"),
        ([], "sent"),
    ],
)
def test_the_choice_for_one_subject_comes_before_that_for_all(
    mia: User, choices: list[tuple[str, str, str]], state: str
) -> None:
    for kind, subject_id, how in choices:
        prefer(mia, "notice", how, (kind, subject_id))
    begin()
    sanctioned("warning")
    inbox_round()
    assert Message.objects.get(user=mia).state == state


def test_a_round_that_is_cut_short_is_made_up_for_by_the_next(
    mia: User, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after half of the messages were written: they and the place in the outbox go together."""
    bo = member("bo")
    begin()
    sanctioned("warning")
    write = telling.tell

    def cut(found: Any) -> int:
        write(found)
        raise RuntimeError("killed")

    with monkeypatch.context() as patched:
        patched.setattr(telling, "tell", cut)
        with pytest.raises(RoundError):
            inbox_round()
    assert keys(mia) == keys(bo) == []
    inbox_round()
    assert len(keys(mia)) == len(keys(bo)) == 1


def test_a_part_that_fails_keeps_no_other_from_being_done(mia: User, clock: Clock, monkeypatch: Any) -> None:
    begin()
    sanctioned("warning")
    clock.pass_(minutes=10)
    monkeypatch.setattr(telling, "complaints", lambda listening, moment: 1 / 0)
    with pytest.raises(RoundError, match="rest"):
        inbox_round()
    assert [sent.to for sent in mail.outbox] == [["mia@example.org"]]


@pytest.mark.django_db(transaction=True)
def test_rounds_at_the_same_moment_tell_once_and_mail_once(mia: User) -> None:
    begin()
    for _number in range(3):
        sanctioned("notice")
    start, wrong = threading.Barrier(4), []

    def one() -> None:
        try:
            start.wait(10)
            inbox_round()
        except Exception as error:  # told to the test, whose thread this is not
            wrong.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=one) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert wrong == []
    assert len(keys(mia)) == 3
    assert len(mail.outbox) == 1
