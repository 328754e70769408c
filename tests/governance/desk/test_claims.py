"""One item, one person: claims, skips and the next item of the queue."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.contrib.auth.models import User
from django.db import connection

from reputation.base.models import AuditEntry
from reputation.base.time import now
from reputation.governance.desk.access import may_decide
from reputation.governance.desk.claims import (
    CLAIM,
    Taken,
    claim_next,
    item_claim,
    item_release,
    item_skip,
    item_unskip,
)
from reputation.governance.desk.items import item_close, item_reopen
from reputation.governance.desk.selectors import Filters, queue, tally
from reputation.governance.models import WorkItem
from tests.governance.desk import world
from tests.people import staff_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def ann(db: None) -> User:
    return world.moderator("ann")


@pytest.fixture
def bo(db: None) -> User:
    return world.moderator("bo")


def backdate(item: WorkItem, by: timedelta) -> None:
    """As if it had been claimed that much earlier."""
    item.refresh_from_db()
    times = {"claimed_at": item.claimed_at - by, "claimed_until": item.claimed_until - by}
    WorkItem.objects.filter(pk=item.pk).update(**times)


def test_a_claim_lasts_half_an_hour_and_the_other_is_told_who_has_it(ann: User, bo: User) -> None:
    item = world.item()
    claimed = item_claim(item=item, by=ann)
    assert claimed.claimed_until - claimed.claimed_at == CLAIM
    with pytest.raises(Taken, match=r"ann is working on this until [0-2][0-9]:[0-5][0-9]"):
        item_claim(item=item, by=bo)
    item.refresh_from_db()
    assert item.claimed_by == ann


def test_working_on_renews_the_claim_and_keeps_when_it_began(ann: User) -> None:
    item = world.item()
    item_claim(item=item, by=ann)
    backdate(item, timedelta(minutes=20))
    renewed = item_claim(item=item, by=ann)
    assert now() - renewed.claimed_at > timedelta(minutes=19)
    assert renewed.claimed_until > now() + timedelta(minutes=29)


def test_a_claim_that_ran_out_is_anybodys_and_its_time_counts_for_nobody(ann: User, bo: User) -> None:
    item = world.item()
    item_claim(item=item, by=ann)
    backdate(item, timedelta(minutes=31))
    taken = item_claim(item=item, by=bo)
    assert taken.claimed_by == bo
    assert now() - taken.claimed_at < timedelta(minutes=1)


def test_what_is_decided_cannot_be_claimed_and_says_by_whom(ann: User, bo: User) -> None:
    item = world.item()
    item_claim(item=item, by=ann)
    assert item_close("flag", item.flag, outcome="dismissed", by=ann)
    with pytest.raises(Taken, match="ann has decided this"):
        item_claim(item=item, by=bo)
    assert item_reopen("flag", item.flag)
    assert item_claim(item=item, by=bo).claimed_by == bo


def test_the_time_worked_stays_with_a_decided_item(ann: User) -> None:
    item = world.item()
    item_claim(item=item, by=ann)
    backdate(item, timedelta(minutes=12))
    item_close("flag", item.flag, outcome="dismissed", by=ann)
    item.refresh_from_db()
    assert 12 <= (item.closed_at - item.claimed_at) / timedelta(minutes=1) < 13
    assert item.claimed_by == item.closed_by == ann


@pytest.mark.parametrize("role", ["analyst", "auditor"])
def test_who_may_not_decide_can_neither_claim_nor_be_handed_anything(db: None, role: str) -> None:
    item, reader = world.item(), staff_member("reader", role)
    assert not may_decide(reader, item)
    with pytest.raises(Taken, match="not yours"):
        item_claim(item=item, by=reader)
    assert claim_next(by=reader) is None


def test_giving_back_is_for_who_has_it(ann: User, bo: User) -> None:
    item = world.item()
    item_claim(item=item, by=ann)
    assert not item_release(item=item, by=bo)
    assert item_release(item=item, by=ann)
    assert item_claim(item=item, by=bo).claimed_by == bo


def test_a_skip_takes_it_out_of_ones_own_queue_alone(ann: User, bo: User) -> None:
    item = world.item()
    item_claim(item=item, by=ann)
    item_skip(item=item, by=ann)
    item_skip(item=item, by=ann)
    assert [list(queue(user)) for user in (ann, bo)] == [[], [item]]
    assert list(queue(ann, Filters(whose="skipped"))) == [item]
    assert claim_next(by=ann) is None
    assert claim_next(by=bo) == item  # skipping gave the claim back
    item_release(item=item, by=bo)
    item_unskip(item=item, by=ann)
    assert list(queue(ann)) == [item]


def test_claiming_ends_a_skip(ann: User) -> None:
    item = world.item()
    item_skip(item=item, by=ann)
    item_claim(item=item, by=ann)
    item_release(item=item, by=ann)
    assert list(queue(ann)) == [item]


def test_what_is_overdue_comes_back_into_the_list_of_who_skipped_it_and_is_not_pressed_on_them(ann: User) -> None:
    item = world.item(hours=-1)
    item_skip(item=item, by=ann)
    assert list(queue(ann)) == [item]
    assert claim_next(by=ann) is None


def test_the_next_one_is_the_first_that_is_free_and_matches(ann: User, bo: User) -> None:
    first, second, other = world.item("s1", orders=900), world.item("s2", orders=800), world.item("s3", severity="low")
    item_claim(item=first, by=bo)
    assert claim_next(by=ann) == second
    assert claim_next(by=ann, wanted=Filters(severity="low")) == other
    assert claim_next(by=ann) is None


def test_claims_and_skips_are_no_decisions_and_the_audit_log_is_spared_them(ann: User) -> None:
    item = world.item()
    item_claim(item=item, by=ann)
    item_skip(item=item, by=ann)
    assert not AuditEntry.objects.exists()


def test_the_tally_counts_once_and_tells_mine_from_others(ann: User, bo: User) -> None:
    items = [world.item(f"s{n}", hours=hours) for n, hours in enumerate((-5, 1, 24 * 30, 24 * 30))]
    item_claim(item=items[1], by=ann)
    item_claim(item=items[2], by=bo)
    item_close("flag", items[3].flag, outcome="cleared")
    counts = tally(ann)
    assert (counts.all, counts.overdue, counts.soon, counts.mine, counts.others) == (3, 1, 2, 1, 1)
    assert counts.by_kind == {"flag": 3, "decision": 0, "appeal": 0, "objection": 0}


def at_once(users: list[User], deed) -> list[object]:
    """What each got, or why not; all begin at the same moment, on connections of their own."""
    start = Barrier(len(users))

    def one(user: User) -> object:
        start.wait(10)
        try:
            return deed(user)
        except Taken as error:
            return error.messages[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(len(users)) as pool:
        return list(pool.map(one, users))


@pytest.mark.django_db(transaction=True)
def test_of_those_who_claim_at_once_one_has_it_and_the_others_are_told_who() -> None:
    users, item = [world.moderator(f"m{n}") for n in range(4)], world.item()
    got = at_once(users, lambda user: item_claim(item=item, by=user))
    item.refresh_from_db()
    refused = [answer for answer in got if isinstance(answer, str)]
    assert len(refused) == 3
    assert all(item.claimed_by.username in text for text in refused)


@pytest.mark.django_db(transaction=True)
def test_those_who_ask_for_the_next_at_once_get_different_items() -> None:
    users, items = [world.moderator(f"m{n}") for n in range(4)], [world.item(f"s{n}") for n in range(4)]
    got = at_once(users, lambda user: claim_next(by=user))
    assert {item.pk for item in got if item} == {item.pk for item in items}
