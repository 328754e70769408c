from datetime import date

import pytest
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AbstractBaseUser
from django.core.exceptions import ValidationError

from reputation.evidence.holds import Finding, hold_create, hold_decide, working_days_after
from reputation.evidence.models import DirtyUnit, HeldUnit, Hold
from reputation.evidence.setting_aside import unit_set_aside

pytestmark = pytest.mark.django_db
FINDING = Finding("shared_device", ("S1", "D1"), date(2026, 3, 2), ("o:1", "o:2"), "store", "S1", {"orders": 2})


@pytest.fixture
def officer() -> AbstractBaseUser:
    return get_user_model().objects.create_user("officer")


def marked() -> list[str]:
    return sorted(DirtyUnit.objects.values_list("unit", flat=True))


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (date(2026, 3, 2), date(2026, 3, 9)),  # Monday to Monday
        (date(2026, 3, 6), date(2026, 3, 13)),
        (date(2026, 3, 7), date(2026, 3, 13)),  # a Saturday begins to count on Monday
    ],
)
def test_five_working_days_leave_weekends_out(day: date, due: date) -> None:
    assert working_days_after(day, 5) == due


def test_a_hold_marks_its_units_for_the_next_night() -> None:
    assert hold_create(finding=FINDING) == 2
    hold = Hold.objects.get()
    assert (hold.status, hold.subject_id, hold.pattern) == ("held", "S1", "shared_device")
    assert marked() == ["o:1", "o:2"]


def test_the_same_finding_again_changes_nothing() -> None:
    hold_create(finding=FINDING)
    DirtyUnit.objects.all().delete()
    assert hold_create(finding=FINDING) == 0
    assert Hold.objects.count() == 1
    assert marked() == []


def test_a_finding_that_grows_extends_its_hold() -> None:
    hold_create(finding=FINDING)
    DirtyUnit.objects.all().delete()
    grown = Finding("shared_device", ("S1", "D1"), date(2026, 3, 5), ("o:1", "o:2", "o:3"), "store", "S1")
    assert hold_create(finding=grown) == 1
    assert marked() == ["o:3"]
    assert Hold.objects.get().day == date(2026, 3, 2)


def test_a_release_marks_the_units_again_and_is_not_held_anew(officer: AbstractBaseUser) -> None:
    hold_create(finding=FINDING)
    DirtyUnit.objects.all().delete()
    hold = hold_decide(hold=Hold.objects.get(), by=officer, decision=Hold.Status.RELEASED, reason=" a family shop ")
    assert (hold.reason, hold.decided_by, hold.status) == ("a family shop", officer, "released")
    assert marked() == ["o:1", "o:2"]
    assert hold_create(finding=FINDING) == 0
    assert HeldUnit.objects.count() == 2


def test_a_confirmed_hold_goes_on_catching_and_may_still_be_released(officer: AbstractBaseUser) -> None:
    hold_create(finding=FINDING)
    hold = hold_decide(hold=Hold.objects.get(), by=officer, decision=Hold.Status.CONFIRMED, reason="a ring")
    assert hold_create(finding=Finding("shared_device", ("S1", "D1"), FINDING.day, ("o:9",))) == 1
    assert hold_decide(hold=hold, by=officer, decision=Hold.Status.RELEASED, reason="won appeal").status == "released"


@pytest.mark.parametrize("decision", [Hold.Status.RELEASED, Hold.Status.CONFIRMED, Hold.Status.HELD])
def test_what_is_released_is_decided(officer: AbstractBaseUser, decision: Hold.Status) -> None:
    hold_create(finding=FINDING)
    hold = hold_decide(hold=Hold.objects.get(), by=officer, decision=Hold.Status.RELEASED, reason="fine")
    with pytest.raises(ValidationError, match="decided already"):
        hold_decide(hold=hold, by=officer, decision=decision, reason="second thoughts")


@pytest.mark.parametrize("decision", [Hold.Status.RELEASED, Hold.Status.CONFIRMED])
def test_what_an_appeal_or_objection_set_aside_stays_so(officer: AbstractBaseUser, decision: Hold.Status) -> None:
    unit_set_aside(unit="c:c1", kind="store", subject_id="S1", reason="attack", source="appeal:1")
    DirtyUnit.objects.all().delete()
    with pytest.raises(ValidationError, match="that decision stands"):
        hold_decide(hold=Hold.objects.get(), by=officer, decision=decision, reason="I see it otherwise")
    assert (Hold.objects.get().status, Hold.objects.get().reason, marked()) == ("confirmed", "attack", [])


def test_a_decision_needs_a_reason(officer: AbstractBaseUser) -> None:
    hold_create(finding=FINDING)
    with pytest.raises(ValidationError, match="reason"):
        hold_decide(hold=Hold.objects.get(), by=officer, decision=Hold.Status.RELEASED, reason="  ")
    assert Hold.objects.get().status == "held"


def test_texts_that_only_look_alike_are_different_findings() -> None:
    one = Finding("shared_device", ("S1", "2D"), FINDING.day, ("o:1",))
    other = Finding("shared_device", ("S12", "D"), FINDING.day, ("o:1",))
    assert one.fingerprint != other.fingerprint
    assert len(Finding("shared_payment", ("S" * 128, "D" * 128), FINDING.day, ()).fingerprint) <= 120
