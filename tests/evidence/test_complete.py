from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from reputation.base.time import market_day, now
from reputation.evidence import selectors, services
from reputation.evidence.kinds import KINDS
from reputation.evidence.models import ClosedDay
from tests.evidence.conftest import Send


def test_a_day_is_closed_once(send: Send) -> None:
    for _time in range(2):
        answer = send("orders/complete", b'{"day": "2026-05-01"}')
        assert answer.status_code == 200
        assert (answer.json()["kind"], answer.json()["day"]) == ("orders", "2026-05-01")
    assert ClosedDay.objects.count() == 1


def test_the_last_closed_day_of_each_kind_is_known(db: None) -> None:
    assert selectors.closed_through() == dict.fromkeys(KINDS)
    services.day_close("orders", date(2026, 5, 2))
    services.day_close("orders", date(2026, 5, 1))
    services.day_close("returns", date(2026, 5, 1))
    found = selectors.closed_through()
    assert (found["orders"], found["returns"], found["stores"]) == (date(2026, 5, 2), date(2026, 5, 1), None)


def test_a_day_that_is_not_over_cannot_be_closed(send: Send) -> None:
    today = market_day(now())
    answer = send("orders/complete", f'{{"day": "{today}"}}'.encode())
    assert answer.status_code == 400
    assert "not over" in answer.json()["detail"]
    with pytest.raises(ValidationError):
        services.day_close("orders", today)
    services.day_close("orders", today - timedelta(days=1))


@pytest.mark.parametrize(
    "body", [b"", b"[]", b'{"day": "1 May"}', b'{"day": 1}', b"{}", b'{"night": "2026-05-01"}', b"\xff"]
)
def test_nonsense_is_refused_with_an_example(send: Send, body: bytes) -> None:
    answer = send("orders/complete", body)
    assert answer.status_code == 400
    assert answer["content-type"] == "application/problem+json"
    assert not ClosedDay.objects.exists()


def test_an_unknown_kind_is_not_found(send: Send) -> None:
    assert send("parcels/complete", b'{"day": "2026-05-01"}').status_code == 404


@pytest.mark.parametrize("day", ["0001-01-01", "1999-12-31"])
def test_a_day_from_before_any_evidence_is_refused(send: Send, day: str) -> None:
    answer = send("orders/complete", f'{{"day": "{day}"}}'.encode())
    assert answer.status_code == 400
    assert "before 2000" in answer.json()["detail"]
    assert not ClosedDay.objects.exists()
