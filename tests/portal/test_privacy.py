"""A member sees what is their own and nobody else's, and never who bought, answered or complained.

Whatever is another store's carries a mark that occurs nowhere else, and so does whatever names a person. Every address
of the portal is read: about the other store, and about one's own.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, reverse

from reputation.accounts.invitations import invitation_make
from reputation.base.keys import OWN_READ, api_key_create
from reputation.base.models import ApiKey, WebhookEndpoint
from reputation.base.time import now
from reputation.evidence.voices import LEAST
from reputation.governance.actions.services import action_propose
from reputation.governance.appeals.services import appeal_file
from reputation.governance.models import Attachment, Objection
from reputation.governance.objections.services import objection_file
from reputation.intake.models import Case, File
from reputation.intake.tokens import OrderLink
from reputation.portal.urls import urlpatterns
from reputation.subjects.services import membership_grant
from scoring.metrics import BY_KEY
from tests.governance.actions.world import person, wanted
from tests.governance.appeals.world import PNG, Upload, at, returned, send
from tests.intake.world import filed
from tests.portal import world

pytestmark = pytest.mark.django_db
OTHER = "Zq7Other"  # in whatever is the other store's
PEOPLE = "Zq7Person"  # in whatever names a buyer, a viewer or a device
MINE, THEIRS = {"store": "s1", "anchor": "a1"}, {"store": "s2", "anchor": "a2"}


@pytest.fixture
def both(clock: Any) -> dict[str, int]:
    """Two stores and two anchors to whom the same has happened; returns the numbers of what is the other's."""
    for kind, ids in (("stores", ("s1", "s2")), ("anchors", ("a1", "a2"))):
        send(kind, *(_subject(kind, key, "My" if key.endswith("1") else OTHER) for key in ids))
    for n, mark in enumerate(("Zq7Mine", OTHER), start=1):
        _evidence(mark, store=f"s{n}", anchor=f"a{n}")
    world.publish()
    for kind, subject_id in [*MINE.items(), *THEIRS.items()]:
        world.rating(subject_id, kind=kind, name="My" if subject_id.endswith("1") else OTHER)
    person("ann")
    _cases("s1", "mia", "Zq7Mine", "https://mine.example/")
    return _cases("s2", "theo", OTHER, "https://other.example/zq7other")


def _subject(kind: str, key: str, name: str) -> dict[str, Any]:
    if kind == "stores":
        return {"store_id": key, "name": name, "category": "shoes", "opened_on": "2025-01-01", "owner_ref": PEOPLE}
    return {"anchor_id": key, "name": name, "observed_at": at(300), "owner_ref": PEOPLE}


def _evidence(mark: str, *, store: str, anchor: str) -> None:
    """Six late orders that came back, two of them cleared by a carrier's strike, a chat, and a room with four answers."""
    keys = [f"{mark}-{n}" for n in range(6)]
    who = {"store_id": store, "anchor_id": anchor, "device_ref": f"{PEOPLE} device"}
    send("orders", *({
        "order_id": key, **who, "buyer_ref": f"{PEOPLE} {key}", "amount": "10.00", "currency": "CNY", "placed_at": at(10),
        "ship_by": at(8), "deliver_by": at(4),
    } for key in keys))  # fmt: skip
    send("shipments", *({"order_id": key, "shipped_at": at(7), "delivered_at": at(5)} for key in keys))
    send("returns", *(returned(f"r {key}", key) for key in keys))
    send("exclusions", *({"exclusion_id": f"x {key}", "reason": "carrier_event", "order_id": key} for key in keys[:2]))
    send(
        "conversations",
        {"conversation_id": f"h {mark}", "store_id": store, "started_at": at(4), "first_reply_at": at(3)},
    )
    send("live_sessions", {"live_id": mark, "anchor_id": anchor, "started_at": at(6)})
    for viewer in range(LEAST - 1):
        answered(mark, viewer)


def answered(live: str, viewer: int) -> None:
    who = {"live_id": live, "respondent_ref": f"{PEOPLE} viewer {viewer}"}
    send("invitations", {"invitation_id": f"i {live} {viewer}", **who, "sent_at": at(5)})
    send("responses", {"response_id": f"p {live} {viewer}", **who, "answered_at": at(4),
                       "answers": {"false_promotion": "yes", "hype": "yes"}})  # fmt: skip


def _cases(store: str, owner: str, mark: str, hook: str) -> dict[str, int]:
    user = User.objects.create_user(owner, email=f"{mark}@example.org")
    for kind in ("store", "anchor"):
        membership_grant(
            user=user, kind=kind, subject_id=store.replace("s", "s" if kind == "store" else "a"), role="owner"
        )
    action = action_propose(
        kind="store", subject_id=store, wanted=wanted("listing_ban"), by=User.objects.get(username="ann")
    )
    appeal = appeal_file(
        action=action, by=user, text=f"{mark} says", units=[f"o:{mark}-3"], files=[Upload(PNG, f"{mark}.png")]
    )
    objection = objection_file(
        kind="store", subject_id=store, by=user, text=f"{mark} objects", lines=[(f"o:{mark}-4", "carrier_event")]
    )
    link = OrderLink(f"{mark}-5", f"{PEOPLE} {mark}")
    case = filed(link, subject_id=store, text=f"{mark} is torn", files=[Upload(PNG, f"{mark}-torn.png")]).case
    invitation_make(kind="store", subject_id=store, mail=f"new-{mark}@example.org", role="staff", by=user)
    api_key_create(name=f"{mark} key", scopes=[OWN_READ], by="test", subject=("store", store))
    endpoint = WebhookEndpoint.objects.create(
        url=hook, events=["action.ended"], created_at=now(), subject_kind="store", subject_id=store
    )
    return {
        "notice": action.pk, "appeal_new": action.pk, "appeal": appeal.pk, "objection": objection.pk,
        "attachment": Attachment.objects.get(appeal=appeal).pk, "webhook": endpoint.pk, "case": case.pk,
    }  # fmt: skip


@pytest.fixture
def mia(both: dict[str, int]) -> Client:
    client = Client()
    client.force_login(User.objects.get(username="mia"))
    return client


def addresses(whose: dict[str, str], numbers: dict[str, int]) -> Iterator[tuple[str, str]]:
    """Every address of the portal about these subjects, and with these numbers; its name beside it."""
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        wants = set(pattern.pattern.converters)
        for kind, subject_id in whose.items() if "kind" in wants else [("", "")]:
            for more in _more(pattern.name or "", wants, kind, numbers):
                about = {"kind": kind, "subject_id": subject_id} if "subject_id" in wants else {"kind": kind}
                given = (about if kind else {}) | more
                yield str(pattern.name), reverse(f"portal:{pattern.name}", kwargs=given)


def _more(name: str, wants: set[str], kind: str, numbers: dict[str, int]) -> list[dict[str, Any]]:
    if "key" in wants:
        keys = [key for key, metric in BY_KEY.items() if kind in metric.subjects]
        if "form" in wants:
            return [*({"key": key, "form": "csv"} for key in keys), {"key": keys[0], "form": "xlsx"}]
        return [{"key": key} for key in keys]
    return [{"pk": numbers[name]}] if "pk" in wants else [{}]


def text(answer: HttpResponseBase) -> str:
    """Everything in it, what is packed too."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[attr-defined]
    if not body.startswith(b"PK"):
        return body.decode(errors="replace")
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        return "\n".join(name + packed.read(name).decode(errors="replace") for name in packed.namelist())


OF_NOBODY = {"home", "notices", "objections", "notifications", "notification_settings", "what_counts"}


def test_no_address_tells_anything_of_another_store(mia: Client, both: dict[str, int]) -> None:
    wrong = []
    for name, address in addresses(THEIRS, both):
        for answer in (mia.get(address), mia.post(address)):
            told = text(answer)
            if name not in OF_NOBODY and answer.status_code not in (403, 404, 405):
                wrong.append(f"{address}: {answer.status_code}")
            if OTHER in told or "other.example" in told:
                wrong.append(f"{address} tells")
    assert wrong == []


def mine() -> dict[str, int]:
    """Mia's own numbers."""
    [attachment] = Attachment.objects.filter(appeal__action__subject_id="s1")
    appeal = attachment.appeal
    assert appeal is not None
    objection = Objection.objects.get(subject_id="s1")
    endpoint = WebhookEndpoint.objects.get(subject_id="s1")
    return {"notice": appeal.action_id, "appeal_new": appeal.action_id, "appeal": appeal.pk, "objection": objection.pk,
            "attachment": attachment.pk, "webhook": endpoint.pk}  # fmt: skip


SEARCHED = ("", "?q=Zq7", "?all=1&q=Zq7", "?shown=all&weeks", "?piece=cleared", "?piece=weeks")


def test_my_own_pages_and_tables_show_my_orders_nobody_elses_and_no_person(mia: Client, both: dict[str, int]) -> None:
    seen, wrong = "", []
    for _name, address in addresses(MINE, mine()):
        for query in SEARCHED if "/quality_return" in address else SEARCHED[:1]:
            told = text(mia.get(address + query))
            seen += told
            wrong += [f"{address}{query}: {mark}" for mark in (OTHER, PEOPLE, "203.0.113") if mark in told]
    assert wrong == []
    assert all(f"Zq7Mine-{n}" in seen for n in range(6))


def test_the_export_holds_everything_of_mine_and_nothing_of_others(mia: Client, both: dict[str, int]) -> None:
    told = text(mia.post("/portal/export/stores/s1"))
    assert all(f"Zq7Mine-{n}" in told for n in range(6))
    for mine in ("Zq7Mine says", "Zq7Mine objects", "Zq7Mine is torn"):
        assert mine in told
    [key] = ApiKey.objects.filter(subject_id="s1")
    for mark in (OTHER, PEOPLE, "203.0.113", "pbkdf2_", key.digest):
        assert mark not in told, mark
    assert text(mia.post("/portal/export/stores/s2")).count("Zq7") == 0


def test_what_a_form_or_link_brings_along_of_another_is_not_told(mia: Client, both: dict[str, int]) -> None:
    page = mia.get("/portal/objections/new/stores/s1", {"unit": [f"o:{OTHER}-3", "o:Zq7Mine-3"]}).content.decode()
    assert "o:Zq7Mine-3" in page
    assert OTHER not in page.replace(f"o%3A{OTHER}-3", "")  # the link to the other language repeats what was asked
    case = Case.objects.get(pk=both["case"])
    file = File.objects.get(message__complaint_id=case.complaint_id)
    asked = {"complaint": case.complaint_id, "file": file.pk}
    for path in ("complaint", "complaint-file"):
        for subject in ("stores/s1", "anchors/a1", "stores/s2"):
            answer = mia.get(f"/portal/{path}/{subject}", asked)
            assert answer.status_code == 404
            assert OTHER not in text(answer)
    for of in ("store/s2", "anchor/a2"):
        assert OTHER not in text(mia.get("/portal/notifications", {"of": of}))
    told = text(mia.get("/portal/next-stream/anchors/a1", {"stores": f"s2\n{OTHER}", "orders": "100"}))
    assert PEOPLE not in told


def test_a_group_below_five_is_not_broken_down(mia: Client, both: dict[str, int]) -> None:
    address = "/portal/metric/hype/anchors/a1"
    assert "Zq7Mine" not in text(mia.get(address))
    answered("Zq7Mine", LEAST)
    assert "Zq7Mine" in text(mia.get(address))


def test_a_file_is_a_download_that_no_browser_runs(mia: Client, both: dict[str, int]) -> None:
    numbers = mine()
    case = Case.objects.get(subject_id="s1")
    file = File.objects.get(message__complaint_id=case.complaint_id)
    places = [
        reverse("portal:attachment", args=[numbers["attachment"]]),
        f"/portal/complaint-file/stores/s1?complaint={case.complaint_id}&file={file.pk}",
    ]
    for place in places:
        answer = mia.get(place)
        assert answer.status_code == 200
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "no-store" in answer["Cache-Control"]
