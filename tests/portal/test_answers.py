"""The answer to an appeal is news until somebody of the subject has opened it, won or lost."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reputation.governance.appeals.services import answer_read, appeal_decide, appeal_file, appeal_withdraw
from reputation.governance.models import Appeal
from reputation.portal.notices import unread_by_subject
from tests.governance.actions.world import Clock, person
from tests.governance.appeals.world import market, member, sanctioned

pytestmark = pytest.mark.django_db
ALL = "/portal/?all=1"
PAGES = (ALL, "/portal/stores/s1", "/portal/notices", "/portal/notices?show=unread")


@pytest.fixture
def mia(clock: Clock) -> User:
    market()
    return member("mia")


@pytest.fixture
def reader(mia: User, client: Client) -> Client:
    client.force_login(mia)
    return client


@pytest.fixture
def appeal(mia: User, reader: Client) -> Appeal:
    """Against a warning, which no appeal puts off, so that nothing else is news; its notice is read."""
    action = sanctioned("warning")
    reader.get(f"/portal/notices/{action.pk}")
    return appeal_file(action=action, by=mia, text="No.")


def unread(user: User) -> int:
    return unread_by_subject(user).total()


def decide(appeal: Appeal, *, won: bool) -> None:
    appeal_decide(appeal=appeal, by=person("judge-eve"), won=won, reason="So it is.")


def text(reader: Client, address: str) -> str:
    return reader.get(address).content.decode()


def announced(reader: Client, address: str, appeal: Appeal) -> bool:
    return bool(re.search(rf'href="/portal/appeals/{appeal.pk}">Answer to your appeal</a>', text(reader, address)))


@pytest.mark.parametrize("won", [True, False])
def test_every_page_leads_to_it_until_it_is_opened(appeal: Appeal, reader: Client, won: bool) -> None:
    decide(appeal, won=won)
    for address in (*PAGES, f"/portal/notices/{appeal.action_id}"):
        assert announced(reader, address, appeal), address
    assert "So it is." in text(reader, f"/portal/appeals/{appeal.pk}")
    for address in (*PAGES, f"/portal/notices/{appeal.action_id}"):
        assert not announced(reader, address, appeal), address
    assert "unread" not in text(reader, ALL)


def test_a_lost_one_that_changed_nothing_is_counted(appeal: Appeal, mia: User) -> None:
    assert unread(mia) == 0
    decide(appeal, won=False)
    assert unread(mia) == 1
    answer_read(appeal=appeal)
    assert unread(mia) == 0


def test_a_won_one_is_counted_beside_the_notice_that_the_measure_ended(appeal: Appeal, mia: User) -> None:
    decide(appeal, won=True)
    assert unread(mia) == 2


def test_opened_before_the_decision_it_is_news_all_the_same(appeal: Appeal, reader: Client, mia: User) -> None:
    text(reader, f"/portal/appeals/{appeal.pk}")
    appeal.refresh_from_db()
    assert appeal.answer_read_at is None
    decide(appeal, won=False)
    assert unread(mia) == 1


def test_the_first_opening_counts_and_is_everybodys(appeal: Appeal, reader: Client, clock: Clock) -> None:
    decide(appeal, won=False)
    text(reader, f"/portal/appeals/{appeal.pk}")
    first = clock.moment
    clock.pass_(days=1)
    text(reader, f"/portal/appeals/{appeal.pk}")
    appeal.refresh_from_db()
    assert appeal.answer_read_at == first
    assert unread(member("mo")) == 0  # of the same store


def test_a_stranger_neither_hears_of_it_nor_reads_it_for_them(appeal: Appeal, mia: User) -> None:
    decide(appeal, won=False)
    stranger, client = member("otto", "s2"), Client()
    client.force_login(stranger)
    assert client.get(f"/portal/appeals/{appeal.pk}").status_code == 404
    assert unread(stranger) == 0
    assert "Answer to your appeal" not in text(client, ALL)
    assert unread(mia) == 1


def test_of_two_subjects_each_page_tells_its_own(appeal: Appeal, reader: Client, mia: User) -> None:
    from reputation.subjects.services import membership_grant

    membership_grant(user=mia, kind="store", subject_id="s2", role="owner", by="test")
    decide(appeal, won=False)
    assert announced(reader, "/portal/stores/s1", appeal)
    assert not announced(reader, "/portal/stores/s2", appeal)


def test_one_that_was_withdrawn_has_no_answer(appeal: Appeal, reader: Client, mia: User) -> None:
    appeal_withdraw(appeal=appeal, by=mia)
    assert unread(mia) == 0
    assert "Answer to your appeal" not in text(reader, "/portal/notices")


def test_it_is_told_in_chinese(appeal: Appeal, reader: Client) -> None:
    decide(appeal, won=False)
    assert "申诉结果" in text(reader, "/portal/notices?lang=zh-hans")
