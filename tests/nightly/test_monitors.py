import pytest
from django.db import OperationalError
from django.test import Client

from reputation.nightly import views
from reputation.nightly.models import Run
from tests.nightly.market import LAST

pytestmark = pytest.mark.django_db


def test_health_asks_nobody(client: Client, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]
        answer = client.get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_ready_without_any_night(client: Client) -> None:
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["database"], answer.json()["night"]) == (200, "ok", "none")


@pytest.mark.parametrize("status", [Run.Status.WAITING, Run.Status.PUBLISHED, Run.Status.FAILED])
def test_ready_says_what_became_of_the_latest_night(client: Client, status: Run.Status) -> None:
    Run.objects.create(night=LAST.replace(day=1), status=Run.Status.PUBLISHED)
    Run.objects.create(night=LAST, status=status, stage="train", reason="why")
    told = client.get("/readyz").json()
    expected = {"night": status, "day": str(LAST), "stage": "train", "reason": "why"}
    assert told == {"status": "ok", "database": "ok", "actions": "ok", **expected}


def test_a_run_whose_process_died_is_not_called_running(client: Client) -> None:
    Run.objects.create(night=LAST, status=Run.Status.RUNNING, stage="score")
    told = client.get("/readyz").json()
    assert (told["night"], told["stage"]) == ("failed", "score")
    assert "interrupted" in told["reason"]


def test_ready_is_503_only_without_the_database(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(views, "night_state", away)
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["database"]) == (503, "away")
    assert answer["Cache-Control"] == "no-store"
