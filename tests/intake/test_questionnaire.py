"""A questionnaire's answers become evidence: once, and as any other answer of an invited viewer."""

from __future__ import annotations

from threading import Thread
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from reputation.evidence.incidents import subject_incidents
from reputation.evidence.models import Batch, Invitation, Response
from reputation.intake.questionnaire import (
    GoneError,
    answered_before,
    invitation_link,
    invitations_link,
    questionnaire_answer,
    questionnaire_open,
)
from reputation.intake.tokens import UnknownLinkError
from tests.governance.actions.world import Clock
from tests.governance.appeals.world import NOON
from tests.intake.world import send_now

pytestmark = pytest.mark.django_db
LIVE = {"invitation_id": "inv-1", "live_id": "L", "respondent_ref": "v|2"}
ORDER = {"invitation_id": "inv-2", "order_id": "o3", "respondent_ref": "b3"}


def opened(invitation_id: str) -> Any:
    return questionnaire_open(invitation_link(invitation_id, NOON).url.rpartition("/")[2])


def invite(*rows: dict[str, Any], days: int = 7) -> Any:
    return invitations_link(rows=rows, source="platform", days=[days] * len(rows))


def test_a_viewer_is_asked_about_the_live_room_and_a_buyer_about_the_order(market: None) -> None:
    invite(LIVE, ORDER)
    live, order = opened("inv-1"), opened("inv-2")
    assert (live.kind, live.name, live.questions) == ("anchor", "Lin", ("overall", "false_promotion", "hype"))
    assert (order.kind, order.name, len(order.questions)) == ("store", "Shop s1", 4)


def test_an_answer_counts_as_that_of_an_invited_viewer(market: None) -> None:
    invite(LIVE)
    asked = opened("inv-1")
    assert questionnaire_answer(asked=asked, answers={"overall": 2, "false_promotion": True, "hype": False})
    row = Response.objects.get(invitation_id="inv-1")
    told = (row.live_id, row.respondent_ref, row.overall, row.false_promotion, row.hype, row.answered_at)
    assert told == ("L", "v|2", 2, True, False, NOON)
    voices = {one.unit: one.what for one in subject_incidents("anchor", "a1", families="v").incidents}
    assert voices["v:L|v|2"] == ("false_promotion",)


def test_a_second_answer_changes_nothing(market: None) -> None:
    invite(ORDER)
    asked = opened("inv-2")
    assert not answered_before(asked.invitation)
    assert questionnaire_answer(asked=asked, answers={"overall": 5})
    assert answered_before(asked.invitation)
    assert not questionnaire_answer(asked=asked, answers={"overall": 1})
    row = Response.objects.get(invitation_id="inv-2")
    assert (row.overall, row.versions, row.first_answers) == (5, 1, None)


def test_what_was_answered_on_the_platforms_own_page_is_not_asked_again(market: None) -> None:
    invite(LIVE)
    told = {"live_id": "L", "respondent_ref": "v|2", "invitation_id": "inv-1", "answered_at": NOON}
    send_now("responses", {"response_id": "theirs", **told, "answers": {"hype": "no"}})
    assert not questionnaire_answer(asked=opened("inv-1"), answers={"hype": True})
    assert Response.objects.filter(invitation_id="inv-1").count() == 1


def test_one_answers_something_and_only_what_is_asked(market: None) -> None:
    invite(LIVE)
    asked = opened("inv-1")
    for nothing in ({}, {"service": 5}):
        with pytest.raises(ValidationError, match="at least one"):
            questionnaire_answer(asked=asked, answers=nothing)
    questionnaire_answer(asked=asked, answers={"hype": False, "logistics": 1})
    assert Response.objects.get(invitation_id="inv-1").logistics is None


def test_an_invitation_that_was_taken_back_or_never_came_is_closed(market: None) -> None:
    invite(LIVE)
    send_now("invitations", {"invitation_id": "inv-1", "retracted": True})
    with pytest.raises(GoneError):
        opened("inv-1")
    with pytest.raises(UnknownLinkError):
        opened("never sent")


def test_the_same_rows_make_the_same_links_and_no_second_invitation(market: None, clock: Clock) -> None:
    unnamed = {"live_id": "L", "respondent_ref": "v|3"}
    first, _result = invite(LIVE, unnamed)
    clock.pass_(days=2)
    again, result = invite(LIVE, unnamed)
    assert again == first
    assert (result.accepted, result.unchanged) == (0, 2)
    assert Invitation.objects.exclude(pk="i").count() == 2
    assert first[0].expires_at.isoformat() == "2026-07-08T04:00:00+00:00"


def test_bad_rows_are_named_and_good_ones_linked(market: None) -> None:
    links, result = invite(LIVE, {"invitation_id": "i", "live_id": "M", "respondent_ref": "v|1"}, ORDER)
    assert [link.invitation_id for link in links] == ["inv-1", "inv-2"]
    assert [(bad.row, bad.field) for bad in result.rejected] == [(2, "live_id")]
    assert Batch.objects.latest("id").kind == "invitations"


@pytest.mark.django_db(transaction=True)
def test_two_taps_at_once_are_one_answer(clock: Clock) -> None:
    send_now("live_sessions", {"live_id": "L", "anchor_id": "a1", "started_at": NOON})
    invite(LIVE)
    asked, done = opened("inv-1"), []

    def tap(stars: int) -> None:
        try:
            done.append(questionnaire_answer(asked=asked, answers={"overall": stars}))
        finally:
            connection.close()

    threads = [Thread(target=tap, args=(stars,)) for stars in (1, 2, 3, 4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [False, False, False, True]
    assert Response.objects.get().versions == 1
