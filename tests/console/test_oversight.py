"""Workload, reports and their downloads as staff of each role see them."""

import csv
import io
import json
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from reputation.base.time import market_day, now
from reputation.governance.actions.services import action_propose
from reputation.governance.models import Note
from tests.governance.actions import world
from tests.people import staff_member

pytestmark = pytest.mark.django_db
TODAY = market_day(now())
SPAN = f"first={TODAY}&last={TODAY}"
Signed = Callable[..., Client]


@pytest.fixture
def signed() -> Signed:
    def sign_in(*roles: str) -> Client:
        client = Client()
        client.force_login(staff_member("-".join(("p", *roles)), *roles))
        return client

    return sign_in


@pytest.fixture
def sanctions() -> None:
    ann = world.person("ann")
    world.flag("s1", "late")
    for key in ("s2", "s3"):
        world.store(key, name=f"=Shop {key} <i>")
        action_propose(kind="store", subject_id=key, wanted=world.wanted(), by=ann)
    Note.objects.create(kind="store", subject_id="s2", by=ann, text="a private note", at=now())


def downloaded(client: Client, name: str, form: str, query: str = SPAN) -> str:
    answer = client.get(f"/console/reports/{name}.{form}?{query}")
    assert answer.status_code == 200
    assert answer["Content-Disposition"] == f'attachment; filename="{name}-{TODAY}-{TODAY}.{form}"'
    assert "no-store" in answer["Cache-Control"]
    return b"".join(answer.streaming_content).decode("utf-8-sig")


@pytest.mark.usefixtures("sanctions")
def test_every_role_sees_the_workload_in_both_languages(signed: Signed) -> None:
    for role in ("analyst", "moderator", "senior", "auditor"):
        client = signed(role)
        page = client.get("/console/workload").content.decode()
        assert "What waits" in page
        assert 'http-equiv="refresh"' in page
        assert 'http-equiv="refresh"' not in client.get("/console/workload?refresh=off").content.decode()
        assert "待处理" in client.get("/console/workload?lang=zh-hans").content.decode()


def test_an_empty_desk_has_a_page(signed: Signed) -> None:
    page = signed("moderator").get("/console/workload").content.decode()
    assert "Nobody has decided anything" in page
    assert "No appeal has been decided yet" in page


@pytest.mark.usefixtures("sanctions")
@pytest.mark.parametrize(("role", "allowed"), [("analyst", 1), ("senior", 1), ("auditor", 1), ("moderator", 0)])
def test_who_may_export_reports(signed: Signed, role: str, allowed: int) -> None:
    client = signed(role)
    for path in (
        "/console/reports",
        f"/console/reports/regulator.csv?{SPAN}",
        f"/console/reports/transparency.json?{SPAN}",
    ):
        assert client.get(path).status_code == (200 if allowed else 403)
        assert Client().get(path).status_code == 302
        assert client.post(path).status_code in (403, 405)


@pytest.mark.usefixtures("sanctions")
def test_the_downloads_are_what_the_command_writes(signed: Signed) -> None:
    client = signed("auditor")
    told = json.loads(downloaded(client, "regulator", "json"))
    assert told["sanctions"]["imposed"] == 2
    rows = list(csv.reader(io.StringIO(downloaded(client, "regulator", "csv"))))
    assert ["sanctions", "", "imposed", "2"] in rows
    statements = json.loads(downloaded(client, "transparency", "json"))["statements"]
    assert [one["decision_provision"] for one in statements] == ["DECISION_PROVISION_PARTIAL_SUSPENSION"] * 2
    assert len(list(csv.reader(io.StringIO(downloaded(client, "transparency", "csv"))))) == 3


@pytest.mark.usefixtures("sanctions")
def test_no_file_names_a_merchant_a_member_of_staff_or_a_note(signed: Signed) -> None:
    client = signed("auditor")
    for name in ("regulator", "transparency"):
        for form in ("csv", "json"):
            text = downloaded(client, name, form)
            assert not [word for word in ("ann", "Shop", "private note") if word in text]


def test_days_that_cannot_be_meant_are_answered_with_the_mend(signed: Signed) -> None:
    client = signed("auditor")
    for query in (
        "first=x&last=y",
        "first=2026-02-01&last=2026-01-01",
        f"first={TODAY}",
        "first=0001-01-01&last=9999-12-31",
    ):
        page = client.get(f"/console/reports?{query}")
        assert page.status_code == 200
        assert "YYYY-MM-DD" in page.content.decode() or "first day" in page.content.decode()
        assert client.get(f"/console/reports/regulator.csv?{query}").status_code == 302
    for path in ("regulator.xml", "regulators.csv", "transparency.html"):
        assert client.get(f"/console/reports/{path}?{SPAN}").status_code == 404


def test_the_page_offers_the_last_half_year_that_is_over(signed: Signed) -> None:
    page = signed("auditor").get("/console/reports").content.decode()
    past = (TODAY.replace(day=1) - timedelta(days=1)) if TODAY.month in (1, 7) else None
    wanted = past or (
        TODAY.replace(month=6, day=30) if TODAY.month > 6 else TODAY.replace(year=TODAY.year - 1, month=12, day=31)
    )
    assert f"last={wanted}" in page
    assert 'href="/console/reports/transparency.csv?first=' in page
