"""What a merchant reads of the measures against them: the reasons, whole, and nobody else's."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import translation

from reputation.governance.actions.services import action_lift, action_second
from reputation.governance.models import Notice
from tests.governance.actions.world import Clock, person
from tests.governance.appeals.world import market, member, sanctioned

pytestmark = pytest.mark.django_db


@pytest.fixture
def mia(client: Client, clock: Clock) -> Client:
    market()
    client.force_login(member("mia"))
    return client


def test_without_any_it_says_so(mia: Client) -> None:
    page = mia.get("/portal/notices").content.decode()
    assert "Nothing against you" in page


def test_the_list_tells_measure_subject_and_state_unread_first(mia: Client) -> None:
    old, new = sanctioned("warning"), sanctioned("listing_ban")
    mia.get(f"/portal/notices/{new.pk}")
    page = mia.get("/portal/notices").content.decode()
    assert page.index("Warning") < page.index("No new listings")
    assert "Shop s1" in page
    assert "Orders leave too late." in page
    assert "No new listings" not in mia.get("/portal/notices?show=unread").content.decode()
    action_lift(action=old, by=person("bob", "lift_action"), note="mended")
    assert "Warning" not in mia.get("/portal/notices?show=in_force").content.decode()
    assert mia.get("/portal/notices?show=nonsense&page=99").status_code == 200


def test_a_notice_has_every_field_and_notes_once_that_it_was_read(mia: Client) -> None:
    action = sanctioned()
    page = mia.get(f"/portal/notices/{action.pk}").content.decode()
    for heading in (
        "Measure",
        "Where it applies",
        "How long",
        "Facts",
        "Automated decision",
        "Ground",
        "What you can do",
    ):
        assert heading in page
    assert "You can appeal until the end of July 15, 2026" in page
    first = Notice.objects.get().read_at
    assert first is not None
    mia.get(f"/portal/notices/{action.pk}")
    assert Notice.objects.get().read_at == first


def test_every_page_of_the_portal_says_how_many_are_unread(mia: Client) -> None:
    sanctioned()
    sanctioned("warning")
    assert "unread" in mia.get("/portal/?all=1").content.decode()
    for pk in Notice.objects.values_list("action", flat=True):
        mia.get(f"/portal/notices/{pk}")
    assert "unread" not in mia.get("/portal/?all=1").content.decode()


def test_who_decided_stays_in_the_house(mia: Client) -> None:
    action = sanctioned("suspend", by=person("inspector-ann"))
    action_second(action=action, by=person("inspector-bob"), decision="agree", reason="seen the parcels")
    action.refresh_from_db()
    action_lift(action=action, by=person("inspector-eve", "lift_action"), note="a word among us")
    for page in ("/portal/notices", f"/portal/notices/{action.pk}"):
        text = mia.get(page).content.decode()
        assert "inspector" not in text
        assert "seen the parcels" not in text
        assert "a word among us" not in text
    assert "Earlier notices of this measure" in mia.get(f"/portal/notices/{action.pk}").content.decode()


def test_what_waits_for_a_second_person_is_nobodys_business_yet(mia: Client) -> None:
    action = sanctioned("suspend")
    assert "Account suspended" not in mia.get("/portal/notices").content.decode()
    assert mia.get(f"/portal/notices/{action.pk}").status_code == 404


def test_a_strangers_notice_and_none_are_the_same(mia: Client) -> None:
    action = sanctioned(subject_id="s2")
    assert mia.get(f"/portal/notices/{action.pk}").status_code == 404
    assert mia.get("/portal/notices/999999").status_code == 404
    assert "No new listings" not in mia.get("/portal/notices").content.decode()


def test_it_is_told_in_chinese_too(mia: Client) -> None:
    action = sanctioned()
    with translation.override("zh-hans"):
        page = mia.get(f"/portal/notices/{action.pk}?lang=zh-hans").content.decode()
    assert "处理理由说明" in page
    assert "发货过慢。" in page
    assert "Orders leave too late." not in page
