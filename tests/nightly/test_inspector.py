"""A published star comes out again, number by number; whatever does not is named; and what it rests on is told."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.utils import timezone
from django_q.conf import Conf
from django_q.models import OrmQ

from reputation.nightly import inspector
from reputation.nightly.inspector import Waiting, inspection_found, inspection_run, inspection_start, rating_inspect
from reputation.nightly.runs import days_folder
from reputation.ratings.models import Publication, Rating
from tests.nightly.market import LAST, close, ingest, market
from tests.nightly.test_repair import DAY, NIGHTS, bad_orders, nights, set_aside, won, worst_store
from tests.people import staff_member
from tests.portal import world

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rows(jobs_here: None) -> dict[str, list[dict[str, Any]]]:
    """A market with one night published."""
    made = market(orders=500, days=18)
    ingest(made)
    close(LAST)
    nights(NIGHTS[-1])
    return made


def auditor() -> Client:
    client = Client()
    client.force_login(staff_member("aud", "auditor"))
    return client


def test_a_star_comes_out_again_a_corrected_one_too_and_a_forged_one_does_not(
    rows: dict[str, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    rating, night = worst_store(), NIGHTS[-1]
    store, publication = rating.subject_id, Publication.objects.get(night=night)
    as_published(rating, publication)
    corrected(rows, store, publication)
    monkeypatch.setattr(Conf, "SYNC", True)
    forged(Rating.objects.filter(night=night, kind="store", state="rated").exclude(subject_id=store)[0], publication)


def as_published(rating: Rating, publication: Publication) -> None:
    found = rating_inspect(kind="store", subject_id=rating.subject_id, night=publication.night)
    assert (found.equal, found.revision) == (True, 0)
    told = {number.name: number for number in found.numbers}
    assert float(told["stars"].replayed) == float(rating.stars)  # type: ignore[arg-type]
    assert {"expected", "low", "aspects.product.stars", "settled.log_odds", "orders_counted", "state"} <= set(told)
    assert (found.inputs.model, found.inputs.before) == (publication.model.name, None)
    assert {files.family: files.days for files in found.inputs.files} == publication.manifest
    assert found.inputs.corrected == []
    assert not list((days_folder().parent / "replays").iterdir())


def corrected(rows: dict[str, list[dict[str, Any]]], store: str, publication: Publication) -> None:
    orders = bad_orders(rows, store)
    set_aside(orders)
    won("store", store, [f"o:{order}" for order in orders], publication.night)
    nights(LAST)
    found = rating_inspect(kind="store", subject_id=store, night=publication.night)
    assert (found.revision, found.equal) == (1, True)
    used = {(files.family, day): name for files in found.inputs.files for day, name in files.days.items()}
    assert found.inputs.corrected
    for family, day in map(str.split, found.inputs.corrected):
        assert used[family, day] != publication.manifest[family].get(day)
        content = (days_folder() / f"{used[family, day]}.parquet").read_bytes()
        assert hashlib.sha256(content).hexdigest() == used[family, day]


def forged(rating: Rating, publication: Publication) -> None:
    """As an auditor sees it; the cluster's own worker runs in this process."""
    Rating.objects.filter(pk=rating.pk).update(stars=float(rating.stars) - 0.1, low=1.0)  # type: ignore[arg-type]
    client = auditor()
    form = {"kind": "store", "subject_id": rating.subject_id, "night": str(publication.night)}
    asked = client.post("/console/inspector", form)
    assert asked.status_code == 302
    page = client.get(asked["Location"]).content.decode()
    assert "2 numbers come out differently" in page
    assert page.count('class="is-different"') == 2
    name = next(iter(publication.manifest["counters"].values()))
    assert name in page
    assert "个数值与发布值不同" in client.get(asked["Location"] + "?lang=zh-hans").content.decode()

    path = days_folder() / f"{name}.parquet"
    path.write_bytes(path.read_bytes() + b" ")
    asked = client.post("/console/inspector", form)
    page = client.get(asked["Location"] + "?lang=en").content.decode()
    assert "cannot be replayed" in page
    assert f"{name}.parquet has been changed since" in page


@pytest.fixture
def published() -> date:
    world.publish()
    world.rating()
    return world.NIGHT


def test_it_waits_in_the_queue_of_nights_and_the_page_says_so(published: date) -> None:
    wanted = {"kind": "store", "subject_id": "s1", "night": published}
    number = inspection_start(**wanted)  # type: ignore[arg-type]
    assert inspection_start(**wanted) == number  # type: ignore[arg-type]
    assert OrmQ.objects.get().key == inspector.CLUSTER
    waiting = inspection_found(number)
    assert isinstance(waiting, Waiting)
    assert (waiting.ahead, waiting.since <= timezone.now()) == (0, True)
    client = auditor()
    answer = client.get(f"/console/inspector/{number}")
    assert answer.status_code == 200
    assert 'http-equiv="refresh"' in answer.content.decode()
    assert inspection_found("0" * 32) is None
    assert client.get(f"/console/inspector/{'0' * 32}").status_code == 404


def test_more_than_a_few_at_a_time_are_refused(published: date) -> None:
    for number in range(inspector.MOST_WAITING + 1):
        world.rating(f"m{number}")
    for number in range(inspector.MOST_WAITING):
        inspection_start(kind="store", subject_id=f"m{number}", night=published)
    with pytest.raises(ValidationError, match="waiting already"):
        inspection_start(kind="store", subject_id=f"m{inspector.MOST_WAITING}", night=published)
    answer = auditor().post(
        "/console/inspector", {"kind": "store", "subject_id": f"m{inspector.MOST_WAITING}", "night": str(published)}
    )
    assert answer.status_code == 200
    assert "waiting already" in answer.content.decode()


@pytest.mark.parametrize(
    ("kind", "subject_id", "night"),
    [("store", "s2", ""), ("anchor", "s1", ""), ("store", "s1", "2020-01-01"), ("shop", "s1", ""),
     ("store", "", ""), ("store", "x" * 300, ""), ("store", "s1", "yesterday"), ("store", "s1\0", "")],
)  # fmt: skip
def test_what_was_never_published_is_not_asked_for(published: date, kind: str, subject_id: str, night: str) -> None:
    form = {"kind": kind, "subject_id": subject_id, "night": night or str(published)}
    assert auditor().post("/console/inspector", form).status_code == 200
    assert not OrmQ.objects.exists()


def test_a_night_whose_inputs_are_gone_says_what_is_missing(published: date) -> None:
    told = inspection_run("store", "s1", published)
    assert "predates replays" in told["missing"]
    assert "has published no rating" in inspection_run("store", "s1", published - DAY)["missing"]


@pytest.mark.parametrize(("role", "status"), [("auditor", 200), ("analyst", 200), ("moderator", 403), ("senior", 403)])
def test_who_may_replay(published: date, role: str, status: int) -> None:
    client = Client()
    client.force_login(staff_member("sam", role))
    assert client.get("/console/inspector?kind=store&subject_id=s1").status_code == status
    answer = client.post("/console/inspector", {"kind": "store", "subject_id": "s1", "night": str(published)})
    assert answer.status_code == (302 if status == 200 else 403)
    assert OrmQ.objects.exists() == (status == 200)
