"""Who is withheld because its star jumped, and the person's word that it may be shown again."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client

from reputation.base.models import AuditEntry
from reputation.ratings.clearance import drift_clear, still_waiting, waiting
from reputation.ratings.models import DriftClearance, Publication, Rating
from tests.people import staff_member
from tests.portal import world

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
PARTS = {"evidence": -2.104, "peers": 0.05, "held_back": 0.054}


def jump(subject_id: str = "s1", kind: str = "store", parts: dict[str, float] | None = None) -> dict[str, Any]:
    return {"kind": kind, "subject_id": subject_id, "before": 4.312, "after": 2.31, "parts": parts or PARTS}


def published(night: date, *withheld: tuple[str, str], **run: Any) -> Publication:
    """A night that withholds some, and shows s2."""
    publication = world.publish(night)
    publication.inputs = {"jumped": withheld}
    publication.save()
    for kind, who in withheld:
        world.rating(who, kind, night, withheld_for="drift", **world.without_stars("withheld"))
    world.rating("s2", night=night)
    world.run(night, **run)
    return publication


@pytest.fixture
def held(db: None) -> date:
    """s1 had stars, jumped, and has been withheld for two nights."""
    world.publish(world.NIGHT - 2 * DAY)
    world.rating(night=world.NIGHT - 2 * DAY)
    published(world.NIGHT - DAY, ("store", "s1"), results={"drift": {"jumps": [jump()]}})
    published(world.NIGHT, ("store", "s1"), results={"drift": {"jumps": []}})
    return world.NIGHT


def clear(client: Client, **changes: str) -> Any:
    sent = {"kind": "store", "subject_id": "s1", "night": world.NIGHT.isoformat(), "note": "forty real buyers"}
    return client.post("/console/withheld", sent | changes, follow=True)


def told(answer: Any) -> list[str]:
    return [str(message) for message in answer.context["messages"]]


def text(client: Client, address: str = "/console/withheld") -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_nobody_is_withheld(client: Client, staff: User) -> None:
    assert "Nobody is withheld for a jump." in text(client)
    published(world.NIGHT)
    assert "Nobody is withheld for a jump." in text(client)
    assert '<span class="tile-number number">0</span> jumps to look at' in text(client, "/console/")


def test_who_is_withheld_since_when_and_what_moved_it(client: Client, staff: User, held: date) -> None:
    page = text(client)
    for seen in ("s1 as rated", 'href="/stores/s1"', f"/console/nights/{held - DAY}", "4.31", "2.31", "-2.1",
                 "New evidence: new orders", "Others got worse"):  # fmt: skip
        assert seen in page, seen
    assert "s2 as rated" not in page
    assert '<span class="tile-number number">1</span> jumps to look at' in text(client, "/console/")


def test_since_is_the_night_of_the_latest_jump_and_skips_nights_that_were_not_published(held: date) -> None:
    assert [one.since for one in waiting()] == [held - DAY]
    published(held + 3 * DAY, ("store", "s1"))
    assert [one.since for one in waiting()] == [held - DAY]
    world.publish(held + 4 * DAY)
    world.rating(night=held + 4 * DAY)
    assert waiting() == []
    published(held + 7 * DAY, ("store", "s1"), ("anchor", "a1"))
    assert {one.rating.subject_id: one.since for one in waiting()} == {"s1": held + 7 * DAY, "a1": held + 7 * DAY}


def test_who_waits_for_held_orders_alone_is_not_here_and_who_waits_for_both_is(held: date) -> None:
    world.rating("s3", night=held, withheld_for="brushing", **world.without_stars("withheld"))
    assert [one.rating.subject_id for one in waiting()] == ["s1"]
    Rating.objects.filter(night=held, subject_id="s1").update(withheld_for="brushing")
    assert [(one.rating.subject_id, one.since) for one in waiting()] == [("s1", held - DAY)]


def test_who_was_retracted_meanwhile_waits_for_nobody(client: Client, staff: User, held: date) -> None:
    Rating.objects.filter(night=held, subject_id="s1").delete()
    assert "Nobody is withheld for a jump." in text(client)


def test_a_note_clears_it_from_the_next_night_on(client: Client, staff: User, held: date) -> None:
    publication = Publication.objects.get(night=held)
    assert still_waiting(publication) == {("store", "s1")}
    answer = clear(client, note="  forty real buyers ")
    assert told(answer) == ["Noted. The next night shows it again."]
    cleared = DriftClearance.objects.get()
    assert (cleared.subject_id, cleared.night, cleared.note, cleared.decided_by) == (
        "s1", held, "forty real buyers", "staff",
    )  # fmt: skip
    entry = AuditEntry.objects.get()
    assert (entry.actor, entry.action, entry.object_kind, entry.object_id) == (
        "user:staff", "drift.cleared", "store", "s1",
    )  # fmt: skip
    assert still_waiting(publication) == set()
    page = text(client)
    assert "staff has looked at it on" in page
    assert "I have looked at it: show it again" not in page
    assert '<span class="tile-number number">0</span> jumps to look at' in text(client, "/console/")
    assert Rating.objects.get(night=held, subject_id="s1").state == "withheld"  # what is published stays as it is


@pytest.mark.parametrize("note", ["", "   "])
def test_not_without_a_note_and_the_form_says_so_where_it_was_sent(
    client: Client, staff: User, held: date, note: str
) -> None:
    published(held + DAY, ("store", "s1"), ("anchor", "s1"))
    answer = clear(client, note=note, night=str(held + DAY), kind="anchor")
    forms = {jump.waiting.rating.kind: form for jump, form in answer.context["rows"]}
    assert forms["anchor"].errors["note"]
    assert not forms["store"].is_bound
    assert not DriftClearance.objects.exists()


def test_sent_twice_it_is_one_decision_and_anothers_stands(client: Client, staff: User, held: date) -> None:
    for _ in range(2):
        assert told(clear(client)) == ["Noted. The next night shows it again."]
    other = Client()
    other.force_login(staff_member("colleague", "moderator"))
    assert told(clear(other, note="no idea")) == ["staff has cleared this before: forty real buyers"]
    assert (DriftClearance.objects.count(), AuditEntry.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"subject_id": "s2"}, "It is not withheld for a jump."),
        ({"kind": "anchor"}, "It is not withheld for a jump."),
        ({"night": "2026-11-19"}, "Another night has been published since. Look again."),
    ],
)
def test_what_is_not_withheld_now_cannot_be_cleared(
    client: Client, staff: User, held: date, changes: dict[str, str], said: str
) -> None:
    assert told(clear(client, **changes)) == [said]
    assert not DriftClearance.objects.exists()


@pytest.mark.parametrize("changes", [{"kind": "shop"}, {"night": "soon"}, {"subject_id": ""}, {"subject_id": "\x00"}])
def test_a_form_of_someone_elses_making_clears_nothing(
    client: Client, staff: User, held: date, changes: dict[str, str]
) -> None:
    assert clear(client, **changes).status_code == 200
    assert not DriftClearance.objects.exists()


def test_merchants_and_strangers_clear_nothing(client: Client, held: date) -> None:
    assert client.post("/console/withheld", {}).status_code == 302
    client.force_login(world.member("owner"))
    assert clear(client).status_code == 403
    assert client.get("/console/withheld").status_code == 403
    assert not DriftClearance.objects.exists()


def test_the_service_wants_a_note_too(held: date, staff: User) -> None:
    with pytest.raises(ValidationError, match="the note is kept"):
        drift_clear(kind="store", subject_id="s1", night=held, by=staff, note=" ")


def test_hostile_words_are_escaped_and_a_run_without_figures_leaves_no_trace(client: Client, staff: User) -> None:
    published(world.NIGHT, ("store", "<b>"), results={})
    Rating.objects.filter(subject_id="<b>").update(name="<img src=x>")
    page = text(client)
    assert "<img src" not in page
    assert "&lt;img src=x&gt;" in page
    assert "What moved it was not kept." in page
    clear(client, subject_id="<b>", note="<script>")
    assert "<script>" not in text(client)


def test_the_number_of_questions_does_not_grow_with_the_queue(
    client: Client, staff: User, django_assert_max_num_queries: Any
) -> None:
    published(world.NIGHT, *(("store", f"w{n}") for n in range(25)), results={"drift": {"jumps": [jump("w3")]}})
    with django_assert_max_num_queries(11):
        page = text(client)
    assert page.count("<article") == 20
    assert text(client, "/console/withheld?page=2").count("<article") == 5


def test_pages_speak_chinese(client: Client, staff: User, held: date) -> None:
    page = text(client, "/console/withheld?lang=zh-hans")
    assert "已核查，恢复展示" in page
    assert "因骤变暂不展示" in page


def test_a_night_without_a_challenger_says_so(client: Client, staff: User) -> None:
    world.run(results={"challenger_failed": "train was killed by signal 9 (SIGKILL); last message: <no message>"})
    for address in ("/console/", f"/console/nights/{world.NIGHT}"):
        page = text(client, address)
        assert "There was no challenger this night; the champion went on." in page
        assert "train was killed by signal 9 (SIGKILL); last message: &lt;no message&gt;" in page


@pytest.mark.django_db(transaction=True)
def test_of_two_clearances_at_the_same_moment_one_is_taken(held: date) -> None:
    people = [staff_member(name, "moderator") for name in ("ann", "bo")]

    def one(user: User) -> str:
        try:
            return drift_clear(kind="store", subject_id="s1", night=held, by=user, note=user.username).note
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        notes = list(pool.map(one, people))
    assert notes[0] == notes[1] == DriftClearance.objects.get().note
    assert AuditEntry.objects.count() == 1
