"""An appeal that disputes nothing, or not enough: the judge sets aside what else spoke against the subject."""

from __future__ import annotations

import re

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.test import Client

import reputation.config.urls  # noqa: F401 (read before the clock is set: what is imported later would keep it)
from reputation.evidence.incidents import units_known
from reputation.governance.appeals.services import appeal_decide, appeal_file
from reputation.governance.models import Appeal, Correction
from tests.console.test_item_appeals import send, signed_in
from tests.governance.appeals import world
from tests.governance.appeals.conftest import clock, market, mia  # noqa: F401 (fixtures)
from tests.people import staff_member

pytestmark = pytest.mark.django_db


def against(mia: User, *units: str) -> Appeal:  # noqa: F811
    action = world.sanctioned(by=staff_member("ann", "senior"))
    return appeal_file(action=action, by=mia, text="A strike.", units=units)


@pytest.fixture
def appeal(mia: User) -> Appeal:  # noqa: F811
    return against(mia)


@pytest.fixture
def judge(appeal: Appeal) -> Client:
    return signed_in("judge", "senior")


def offered(client: Client, appeal: Appeal, search: str = "") -> list[str]:
    page = client.get(f"/console/queue/{appeal.item.pk}", {"search": search}).content.decode()
    return re.findall(r'name="won-exclude" value="([^"]+)"', page)


WON = {"won-reason": "The carrier was on strike", "won-because": "carrier_event"}


def test_what_counts_against_the_subject_can_be_set_aside_without_being_disputed(appeal: Appeal, judge: Client) -> None:
    assert {"o:o1", "o:o2"} <= set(offered(judge, appeal))
    assert units_known("store", "s1", ["o:o1"])["o:o1"].counts
    answer = send(judge, appeal, "won", **WON, **{"won-exclude": ["o:o1"]})
    appeal.refresh_from_db()
    assert (appeal.state, appeal.excluded) == ("won", ["o:o1"])
    assert Correction.objects.get().appeal == appeal
    assert not units_known("store", "s1", ["o:o1"])["o:o1"].counts
    assert units_known("store", "s1", ["o:o2"])["o:o2"].counts
    assert "Set aside, undisputed" in answer.content.decode()


def test_what_is_disputed_comes_first_and_once(mia: User) -> None:  # noqa: F811
    units = offered(signed_in("judge", "senior"), against(mia, "o:o1"))
    assert units[0] == "o:o1"
    assert units.count("o:o1") == 1
    assert "o:o2" in units


def test_a_search_finds_by_the_beginning_of_the_id_and_nothing_of_others(appeal: Appeal, judge: Client) -> None:
    assert offered(judge, appeal, "o2") == ["o:o2"]
    assert offered(judge, appeal, "o3") == []  # nothing is wrong with it
    assert offered(judge, appeal, "o4") == []  # another store's
    assert offered(judge, appeal, "o\0" + "2") == ["o:o2"]
    assert "Nothing matches." in judge.get(f"/console/queue/{appeal.item.pk}?search=zzz").content.decode()


def test_a_search_keeps_the_queue_that_one_came_from(appeal: Appeal, judge: Client) -> None:
    page = judge.get(f"/console/queue/{appeal.item.pk}?kind=appeal&search=o2").content.decode()
    assert '<input type="hidden" name="kind" value="appeal">' in page


def test_what_a_search_found_can_be_ticked_and_an_error_keeps_it(appeal: Appeal, judge: Client) -> None:
    address = f"/console/queue/{appeal.item.pk}?search=o2"
    page = judge.post(address, {"deed": "won", "won-reason": "x", "won-exclude": ["o:o1"]}).content.decode()
    assert 'value="o:o1" checked' in page
    assert "say because of what" in page
    judge.post(address, {"deed": "won", **WON, "won-exclude": ["o:o1", "o:o2"]})
    appeal.refresh_from_db()
    assert appeal.excluded == ["o:o1", "o:o2"]


@pytest.mark.parametrize("unit", ["o:o4", "o:o3", "o:none", "x", "o:\0"])
def test_what_is_no_incident_of_the_subject_cannot_be_ticked(appeal: Appeal, judge: Client, unit: str) -> None:
    answer = send(judge, appeal, "won", **WON, **{"won-exclude": [unit]})
    assert answer.context["forms"]["won"].errors
    appeal.refresh_from_db()
    assert appeal.state == "open"


def test_what_was_set_aside_before_is_not_offered_again(appeal: Appeal, judge: Client) -> None:
    send(judge, appeal, "won", **WON, **{"won-exclude": ["o:o1"]})
    again = appeal_file(action=world.sanctioned("warning"), by=User.objects.get(username="mia"), text="Again.")
    assert "o:o1" not in offered(judge, again)
    assert "o:o2" in offered(judge, again)


def test_it_can_be_won_without_setting_anything_aside(appeal: Appeal, judge: Client) -> None:
    send(judge, appeal, "won", **{"won-reason": "Too hard a measure"})
    appeal.refresh_from_db()
    assert (appeal.state, appeal.excluded) == ("won", [])
    assert not Correction.objects.exists()


def test_whoever_only_reads_is_offered_nothing(appeal: Appeal) -> None:
    assert offered(signed_in("reader", "auditor"), appeal) == []


def test_a_hundred_are_the_most(appeal: Appeal) -> None:
    with pytest.raises(ValidationError, match="at most 100"):
        appeal_decide(
            appeal=appeal,
            by=staff_member("judge", "senior"),
            won=True,
            reason="x",
            exclude=[f"o:{n}" for n in range(101)],
        )
    appeal.refresh_from_db()
    assert appeal.state == "open"
