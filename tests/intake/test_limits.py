"""However many addresses somebody has, they send no more than others, and all together no more than there is room for."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError

from reputation.intake import files
from reputation.intake.complaints import complaint_reply
from reputation.intake.limits import PER_HOUR, within_limit
from reputation.intake.models import File
from tests.governance.actions.world import Clock
from tests.governance.appeals.world import PNG, Upload
from tests.intake.world import filed

pytestmark = pytest.mark.django_db


def test_a_line_with_2_to_the_64_addresses_sends_ten_an_hour() -> None:
    granted = [within_limit("complaint", f"2001:db8::{number:x}") for number in range(40)]
    assert granted == [True] * PER_HOUR + [False] * (40 - PER_HOUR)
    assert within_limit("complaint", "2001:db8:0:1::1")


def test_ipv4_written_as_ipv6_is_the_same_caller() -> None:
    assert [within_limit("reply", address, 1) for address in ("203.0.113.9", "::ffff:203.0.113.9")] == [True, False]


def test_staff_see_that_complaints_came_from_one_line(market: None) -> None:
    days = {filed(caller=f"2001:db8::{number}", text=f"Thing {number}").case.caller_day for number in range(3)}
    assert len(days) == 1


def test_when_files_of_the_hour_are_too_many_words_are_still_taken(
    market: None, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MOST_BYTES_AN_HOUR", 2 * len(PNG))
    first = filed(files=[Upload(PNG), Upload(PNG)]).case
    for send in (
        lambda: filed(files=[Upload(PNG)]),
        lambda: complaint_reply(case=first, text="x", files=[Upload(PNG)]),
    ):
        with pytest.raises(ValidationError, match="without files"):
            send()
    assert filed(text="No photo.").case.state == "received"
    clock.pass_(seconds=3601)
    complaint_reply(case=first, text="Now", files=[Upload(PNG)])
    assert File.objects.count() == 3
