"""What buyers and viewers answered cannot be disputed, tried out or found by any search of the subject; staff see it."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from reputation.governance.appeals.services import appeal_decide, appeal_file
from reputation.governance.appeals.units import subject_units, units_told
from reputation.governance.models import Objection
from reputation.governance.objections.services import objection_file
from tests.governance.appeals.world import at, order, sanctioned, send

pytestmark = pytest.mark.django_db
BAD = {"overall": 1, "as_described": 1, "service": 1, "logistics": 1}


@pytest.fixture
def quiet(market: None) -> str:
    """A good order whose buyer gave low scores."""
    send("orders", order("quiet", anchor_id="a1"))
    send("shipments", {"order_id": "quiet", "shipped_at": at(9.5), "delivered_at": at(8)})
    send("responses", {"response_id": "q1", "order_id": "quiet", "answered_at": at(4), "answers": BAD})
    return "o:quiet"


@pytest.mark.parametrize(("kind", "subject_id"), [("store", "s1"), ("anchor", "a1")])
def test_an_order_with_answers_alone_is_answered_as_one_that_is_fine(quiet: str, kind: str, subject_id: str) -> None:
    about = (kind, subject_id)
    assert quiet not in [one.unit for one in subject_units(*about).units]
    assert quiet in [one.unit for one in subject_units(*about, answers=True).units]
    assert units_told(*about, [quiet, "o:o3"]) == []
    assert [one.unit for one in units_told(*about, [quiet], answers=True)] == [quiet]
    assert subject_units(*about, search="quiet").units == []


def test_neither_an_objection_nor_an_appeal_takes_it_and_both_say_what_they_say_of_a_good_order(
    quiet: str, mia: User
) -> None:
    said = set()
    action = sanctioned()
    for unit in (quiet, "o:o3", "o:none"):
        with pytest.raises(ValidationError) as refused:
            objection_file(kind="store", subject_id="s1", by=mia, text="No", lines=[(unit, "attack")])
        said.add(tuple(refused.value.messages))
        with pytest.raises(ValidationError) as refused:
            appeal_file(action=action, by=mia, text="No", units=[unit])
        said.add(tuple(refused.value.messages))
    assert len(said) == 1
    assert not Objection.objects.exists()


@pytest.mark.parametrize("viewer", ["v|1", "v|2", "v", ""])
def test_no_viewer_can_be_tried_out(market: None, viewer: str) -> None:
    """By name, or by where a list goes on."""
    assert units_told("anchor", "a1", [f"v:L|{viewer}"]) == []
    listed = subject_units("anchor", "a1", after=f"2027-01-01T00:00:00+00:00 v:L|{viewer}").units
    assert [one.unit for one in listed] == ["o:o2"]
    assert subject_units("anchor", "a1", families="v").units == []


def test_whoever_decides_may_set_it_aside_and_the_subject_still_reads_nothing_of_it(
    quiet: str, mia: User, judge: User
) -> None:
    appeal = appeal_file(action=sanctioned(), by=mia, text="An attack by buyers", units=["o:o1"])
    appeal_decide(appeal=appeal, by=judge, won=True, reason="So it was.", exclude=[quiet, "o:o1"], because="attack")
    appeal.refresh_from_db()
    (staff,) = units_told("store", "s1", [quiet], answers=True)
    assert (staff.incident.what, staff.incident.reason) == ((), "attack")
    assert [one.unit for one in units_told("store", "s1", appeal.excluded)] == ["o:o1"]
