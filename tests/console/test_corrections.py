"""Corrections of past nights on the desk: a failed one is seen, and tried again once."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reputation.base.models import AuditEntry
from reputation.base.time import now
from reputation.governance.models import Action, Appeal, Correction
from tests.people import staff_member

pytestmark = pytest.mark.django_db


def correction(state: str = "failed", **more: object) -> Correction:
    action = Action.objects.create(
        kind="store", subject_id="s1", name="Shop s1", tier="tail", sanction="warning", state="overturned", reason={},
        found_by="person", proposed_by="user:ann", created_at=now(),
    )  # fmt: skip
    mia = User.objects.get_or_create(username="mia")[0]
    appeal = Appeal.objects.create(
        action=action, filed_by=mia, filed_at=now(), text="t", due_on="2026-11-20", state="won", decided_at=now()
    )
    return Correction.objects.create(
        appeal=appeal, kind="store", subject_id="s1", from_night="2026-11-01", state=state, **more
    )


def page_of(name: str, *roles: str) -> Client:
    client = Client()
    client.force_login(staff_member(name, *roles))
    return client


def test_without_any_it_says_so() -> None:
    assert "No appeal was won" in page_of("ann", "analyst").get("/console/corrections").content.decode()


def test_failed_ones_come_first_with_their_reason() -> None:
    correction("done", nights=["2026-11-02", "2026-11-03"])
    correction("failed", note="the counters file of 2026-11-01 is missing")
    correction("waiting")
    page = page_of("ann", "analyst").get("/console/corrections").content.decode()
    assert page.index("is missing") < page.index("waits for the next night") < page.index("2026-11-02, 2026-11-03")
    assert "Try again" not in page  # not hers


def test_a_senior_lets_the_next_night_try_again_once() -> None:
    failed, senior = correction(note="missing"), page_of("sen", "senior")
    for said in ("The next night tries it again.", "It has not failed"):
        page = senior.post("/console/corrections", {"correction": failed.pk}, follow=True).content.decode()
        assert said in page
    failed.refresh_from_db()
    assert (failed.state, failed.note) == ("waiting", "")
    assert AuditEntry.objects.filter(action="correction.retried").count() == 1


@pytest.mark.parametrize("sent", ["", "x", "-1", "9" * 30, "999"])
def test_nonsense_is_not_found(sent: str) -> None:
    assert page_of("sen", "senior").post("/console/corrections", {"correction": sent}).status_code == 404


def test_others_may_not() -> None:
    failed = correction()
    for role in ("analyst", "moderator", "auditor"):
        assert page_of(role, role).post("/console/corrections", {"correction": failed.pk}).status_code == 403
    failed.refresh_from_db()
    assert failed.state == "failed"
