"""What staff note about a subject never leaves the console: no page, feed, file, message or log outside it shows it."""

import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from reputation.base.keys import api_key_create
from reputation.base.time import market_day, now
from reputation.governance.actions.services import action_lift, action_propose
from reputation.governance.appeals.services import appeal_decide, appeal_file
from reputation.governance.models import Action, Appeal, Note, Notice, Objection
from reputation.governance.notes import note_write
from reputation.governance.objections.services import objection_decide, objection_file
from tests.console.test_dossier import SHOP
from tests.governance.actions import world
from tests.governance.appeals import world as incidents
from tests.people import staff_member
from tests.portal import world as pages

pytestmark = pytest.mark.django_db
SECRET = "Zwetschgendatschi"  # a word that stands nowhere else
# What carries no subject, or is an act and no page.
ELSEWHERE = {"account_reset_password_from_key", "logout", "mfa_download_recovery_codes"}


@pytest.fixture
def mia(db: None) -> User:
    """Owner of s1, of which everything has happened that anybody is told of; staff have noted something about it."""
    incidents.market()
    pages.publish()
    pages.rating("s1")
    pages.rating("a1", kind="anchor")
    mia = incidents.member("mia")
    ann, judge = staff_member("ann", "senior"), staff_member("judge", "senior")
    for kind, subject in (("store", "s1"), ("anchor", "a1")):
        note_write(kind=kind, subject_id=subject, by=ann, text=f"{SECRET}: she was rude to us")
    _decide(mia, ann, judge)
    note_write(kind="store", subject_id="s1", by=ann, text=f"{SECRET} again")
    return mia


def _decide(mia: User, ann: User, judge: User) -> None:
    action = action_propose(kind="store", subject_id="s1", wanted=world.wanted("listing_ban"), by=ann)
    files = [incidents.Upload(incidents.PNG)]
    appeal = appeal_file(action=action, by=mia, text="No", units=["o:o1"], files=files)
    appeal_decide(appeal=appeal, by=judge, won=True, reason="Right", exclude=["o:o1"], because="carrier_event")
    lifted = action_propose(kind="store", subject_id="s1", wanted=world.wanted("warning"), by=ann)
    action_lift(action=lifted, by=ann, note="mended")
    action_propose(kind="store", subject_id="s1", wanted=world.wanted("throttle", share=0.5), by=ann)
    objection = objection_file(kind="store", subject_id="s1", by=mia, text="No", lines=[("o:o2", "mistake")])
    line = objection.lines.get()
    objection_decide(objection=objection, by=ann, verdicts={line.pk: ("refused", "It was the shop")})


def patterns(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from patterns(one, before + str(one.pattern))
        else:
            yield before + str(one.pattern), one


def addresses() -> list[str]:
    """Every page outside the console, with everything of this subject that can stand in its address."""
    numbers = {
        "portal/notices": Notice, "portal/appeals": Appeal, "portal/objections": Objection, "api/v1/actions": Action,
    }  # fmt: skip
    out = []
    for route, pattern in patterns(get_resolver()):
        if route.startswith("console/") or pattern.name in ELSEWHERE:
            continue
        model = next((model for place, model in numbers.items() if route.startswith(place)), None)
        known = list(model.objects.values_list("pk", flat=True)) if model else [1]
        out += [
            f"/{_filled(route, kind, subject, pk)}"
            for pk in known
            for kind, subject in (("stores", "s1"), ("anchors", "a1"))
        ]
    return sorted(set(out))


def _filled(route: str, kind: str, subject: str, pk: int) -> str:
    values = {
        "<path:subject_id>": subject, "<subjects:kind>": kind, "<int:pk>": str(pk), "<path:name>": "fashion",
        "<str:kind>": "orders", "<str:token>": "x", "<slug:name>": "stores", "<slug:key>": "late_dispatch",
        "<slug:form>": "csv", "<str:code>": "x",
    }  # fmt: skip
    for part, value in values.items():
        route = route.replace(part, value)
    assert "<" not in route, f"this test does not know how to visit {route}"
    return route


def clients(mia: User) -> dict[str, Client]:
    _key, secret = api_key_create(
        name="platform", scopes=["evidence:write", "actions:read", "actions:ack"], by="operator:t"
    )
    owner, platform = Client(), Client(headers={"Authorization": f"Bearer {secret}"})
    owner.force_login(mia)
    return {"owner": owner, "platform": platform, "anybody": Client()}


def test_no_page_or_feed_outside_the_console_shows_a_note(mia: User) -> None:
    seen = 0
    for who, client in clients(mia).items():
        for address in addresses():
            answer = client.get(address)
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            assert SECRET.encode() not in body, (who, address)
            seen += answer.status_code == 200
    assert seen > 60  # nearly all of them are pages that these three may see
    assert Note.objects.count() == 3


def test_no_report_takes_a_note_along(mia: User) -> None:
    today = market_day(now())
    since, until = today - timedelta(days=400), today
    senior = Client()
    senior.force_login(User.objects.get(username="judge"))
    for name in ("transparency", "regulator"):
        for form in ("csv", "json"):
            answer = senior.get(f"/console/reports/{name}.{form}?first={since}&last={until}")
            assert answer.status_code == 200
            body = b"".join(answer.streaming_content) if answer.streaming else answer.content
            assert SECRET.encode() not in body, (name, form)
            assert b"listing" in body.lower() or name == "transparency", (name, form)
        out = StringIO()
        call_command("report", name, f"--from={since}", f"--to={until}", stdout=out)
        assert SECRET not in out.getvalue()


def test_nothing_that_is_kept_to_be_sent_or_handed_on_holds_a_note(mia: User) -> None:
    """Notices, events for webhooks, changes for the platform, the audit log: of all tables, only that of notes does."""
    holding = []
    for model in apps.get_models(include_auto_created=True):
        with connection.cursor() as cursor:
            cursor.execute(
                f'SELECT count(*) FROM "{model._meta.db_table}" AS row WHERE row::text LIKE %s', [f"%{SECRET}%"]
            )
            if cursor.fetchone()[0]:
                holding.append(model._meta.label)
    assert holding == ["governance.Note"]


def test_staff_do_read_it(mia: User) -> None:
    client = Client()
    client.force_login(User.objects.get(username="ann"))
    assert SECRET in client.get(f"{SHOP}?part=notes").content.decode()
    told = [json.dumps(notice.fields) for notice in Notice.objects.all()]
    assert told
