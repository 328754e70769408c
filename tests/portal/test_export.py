"""Everything that is kept about a subject, for its own people: whole, and with nobody else in it."""

from __future__ import annotations

import csv
import io
import json
import threading
import zipfile
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from reputation.base.audit import audit_verify
from reputation.base.models import AuditEntry
from reputation.governance.appeals.services import appeal_decide, appeal_file
from reputation.governance.objections.services import objection_file
from reputation.portal import export, selectors
from reputation.portal.export import ExportBusyError, export_make
from tests.evidence.test_voices import answered
from tests.governance.actions.world import Clock, person
from tests.governance.appeals.world import PNG, market, member, sanctioned, send
from tests.portal import world

pytestmark = pytest.mark.django_db
EXPORT = "/portal/export/stores/s1"


@pytest.fixture
def mia(client: Client, clock: Clock) -> Client:
    market()
    client.force_login(member("mia"))
    return client


def unpacked(client: Client, address: str = EXPORT) -> dict[str, bytes]:
    answer = client.post(address)
    assert answer.status_code == 200
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name) for name in packed.namelist()}


def table(files: dict[str, bytes], name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(files[name].decode("utf-8-sig"), newline="")))


def listed(files: dict[str, bytes], name: str) -> list[dict[str, Any]]:
    return json.loads(files[name])


def test_the_page_says_what_would_be_in_it_and_makes_nothing(mia: Client) -> None:
    page = mia.get(EXPORT).content.decode()
    for part in export.contents():
        assert part.name in page
    assert not AuditEntry.objects.filter(action="subject.exported").exists()


def test_every_file_of_the_readme_is_there_and_can_be_read(mia: Client) -> None:
    files = unpacked(mia)
    readme = files["README.txt"].decode()
    for part in export.contents():
        assert part.name in readme
        assert part.name in files
        if part.name.endswith(".json"):
            json.loads(files[part.name])
    assert "Shop s1" in readme


def test_ratings_of_every_published_night_are_in_it_revisions_too(mia: Client) -> None:
    world.publish()
    world.rating("s1")
    world.rating("s1", revision=1, stars="4.6")
    world.rating("s2")
    files = unpacked(mia)
    assert [(row["night"], row["revision"], row["stars"]) for row in table(files, "ratings.csv")] == [
        ("2026-11-20", "0", "4.3"), ("2026-11-20", "1", "4.6"),
    ]  # fmt: skip
    assert listed(files, "ratings.json")[0]["excluded"] == {"orders": 7, "reasons": {"carrier_event": 7}}


def test_incidents_say_what_they_are_and_what_was_said_against_them(mia: Client) -> None:
    objection_file(kind="store", subject_id="s1", by=member("second"), text="Strike", lines=[("o:o1", "carrier_event")])
    files = unpacked(mia)
    rows = {row["unit"]: row for row in table(files, "incidents.csv")}
    assert set(rows) == {"h:h1", "c:c1", "o:o2", "o:o1"}
    assert (rows["o:o1"]["what"], rows["o:o1"]["objection"]) == ("Dispatched late", "open")
    (objection,) = listed(files, "objections.json")
    assert (objection["filed_by"], objection["lines"][0]["ground"]) == ("second", "carrier_event")


def test_appeals_are_told_with_their_files_and_never_who_decided(mia: Client) -> None:
    file = SimpleUploadedFile("scan.png", PNG)
    appeal = appeal_file(
        action=sanctioned(by=person("ann")), by=member("second"), text="No", units=["o:o1"], files=[file]
    )
    appeal_decide(appeal=appeal, by=person("judge", "decide_appeal"), won=False, reason="It stands.")
    files = unpacked(mia)
    (told,) = listed(files, "appeals.json")
    assert (told["state"], told["reason"], told["disputes"]) == ("lost", "It stands.", ["o:o1"])
    (name,) = told["files"]
    assert files[f"files/{name}"] == PNG
    assert listed(files, "notices.json")[0]["statements"]
    everything = b"".join(content for name, content in files.items() if not name.startswith("files/"))
    for hidden in (b"judge", b"ann", b"buyer of"):
        assert hidden not in everything.replace(b"announced", b"").replace(b"cannot", b"").replace(b"channel", b""), (
            hidden
        )


def test_findings_are_told_without_how_they_were_made(mia: Client) -> None:
    world.hold(units=("o:o1",))
    files = unpacked(mia)
    (finding,) = listed(files, "set_aside.json")
    assert (finding["orders"], finding["status"]) == (1, "held")
    assert b"device-9" not in files["set_aside.json"]


def test_viewers_are_counts_alone(client: Client, clock: Clock) -> None:
    market()
    answered("L7", ["yes", "no", "no", "yes", "no"])
    client.force_login(member("lin", "a1", "anchor"))
    files = unpacked(client, "/portal/export/anchors/a1")
    (told,) = table(files, "answers.csv")
    assert (told["question"], told["by"], told["answers"], told["against"]) == ("false_promotion", "room", "6", "3")
    for content in files.values():
        assert b"viewer0" not in content
        assert b"v|1" not in content


def test_complaints_are_there_and_nobody_says_who_complained(mia: Client) -> None:
    send("complaints", {"complaint_id": "c2", "store_id": "s1", "opened_at": "2026-06-28T00:00:00Z", "category": "refund",
                        "complainant_ref": "Mrs Wang", "text": "No money"})  # fmt: skip
    files = unpacked(mia)
    assert {row["complaint"] for row in listed(files, "complaints.json")} >= {"c1", "c2"}
    assert b"Mrs Wang" not in b"".join(files.values())


def test_keys_and_webhooks_are_for_owners_alone(mia: Client, client: Client) -> None:
    assert set(json.loads(unpacked(mia)["settings.json"])) == {"notifications", "keys", "webhooks"}
    client.force_login(world.member("clerk", "s1", role="staff"))
    world.member("other clerk", "s1", role="staff")
    files = unpacked(client)
    assert set(json.loads(files["settings.json"])) == {"notifications"}
    assert [row["name"] for row in listed(files, "members.json")] == ["mia", "clerk"]


def test_it_stands_in_the_audit_log(mia: Client) -> None:
    unpacked(mia)
    entry = AuditEntry.objects.latest("sequence")
    assert (entry.actor, entry.action, entry.object_kind, entry.object_id) == (
        "user:mia",
        "subject.exported",
        "store",
        "s1",
    )
    assert json.loads(entry.data)["files"]["incidents.csv"] > 0
    assert audit_verify().bad is None


def test_a_stranger_gets_nothing(mia: Client, client: Client) -> None:
    client.force_login(member("stranger", "s2"))
    assert client.get(EXPORT).status_code == 404
    assert client.post(EXPORT).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_two_of_one_subject_are_not_made_at_once(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second is told so at once while the first is under way; afterwards it can be made."""
    world.store("s1")
    owner = world.member("owner")
    under_way, go_on = threading.Event(), threading.Event()
    real = export._zip

    def slow(*args: Any) -> dict[str, int]:
        under_way.set()
        assert go_on.wait(30)
        return real(*args)

    monkeypatch.setattr(export, "_zip", slow)
    first = threading.Thread(target=_make, args=(owner,))
    first.start()
    try:
        assert under_way.wait(30)
        with pytest.raises(ExportBusyError):
            export_make(subject=selectors.subject(owner, "store", "s1"), by=owner)
        client.force_login(owner)
        answer = client.post(EXPORT)
        assert answer.status_code == 409
        assert "is being made at the moment" in answer.content.decode()
    finally:
        go_on.set()
        first.join()
    assert unpacked(client)
    assert AuditEntry.objects.filter(action="subject.exported").count() == 2


def _make(owner: User) -> None:
    try:
        export_make(subject=selectors.subject(owner, "store", "s1"), by=owner).close()
    finally:
        connection.close()
