"""What a subject may dispute: its own incidents, newest first, a page at a time."""

from __future__ import annotations

import pytest
from django.db import connection

from reputation.base import time
from reputation.evidence import incidents
from reputation.evidence.incidents import subject_incidents, units_known, units_of
from reputation.evidence.setting_aside import unit_set_aside
from tests.governance.appeals.world import NOON, at, market, order, returned, send

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(incidents, "now", lambda: NOON)


def units(*args: str, **more: object) -> list[str]:
    return [incident.unit for incident in subject_incidents(*args, **more).incidents]


def test_a_store_is_told_its_orders_complaints_and_chats_and_no_others() -> None:
    market()
    assert units("store", "s1") == ["h:h1", "c:c1", "o:o2", "o:o1"]
    assert units("store", "s2") == ["o:o4"]
    assert units("store", "nobody") == []


def test_an_anchor_is_told_what_it_answers_for_and_what_viewers_said() -> None:
    market()
    assert units("anchor", "a1") == ["v:L|v|1", "o:o2"]
    (voice,) = subject_incidents("anchor", "a1", families="v").incidents
    assert (voice.what, voice.key) == (("false_promotion",), "L")  # who said it is nobody's business


def test_it_says_what_each_was_and_since_when_it_counts() -> None:
    market()
    late = units_known("store", "s1", ["o:o1"])["o:o1"]
    assert (late.what, late.aside, late.held, late.grave) == (("late_dispatch",), (), False, False)
    assert (str(late.since), str(late.day)) == ("2026-06-21", "2026-06-24")
    assert units_known("anchor", "a1", ["o:o2"])["o:o2"].what == ("return_quality",)
