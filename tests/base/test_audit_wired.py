"""Where people change what counts, the audit log says who did it, in the same transaction."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.test import Client

from reputation.base import keys
from reputation.base.audit import audit_verify
from reputation.base.models import AuditEntry
from reputation.evidence.models import RejectedRow
from reputation.evidence.services import body_ingest
from reputation.ratings.models import ChampionTerm, Scale
from reputation.ratings.registry import RegistryError, champion_appoint, model_release, model_rollback
from reputation.ratings.scales import ScaleError, scale_announce
from reputation.subjects.services import membership_grant
from scoring.metrics import KIND_ASPECTS
from tests.people import staff_member
from tests.portal import world
from tests.ratings.registry_world import FIRST, model, publish

pytestmark = pytest.mark.django_db
POINTS = {"points": [[-6.0, 5.0], [-3.0, 4.2], [1.0, 1.0]], "subjects": 0, "source": "default"}


@pytest.fixture
def mia(client: Client) -> User:
    user = staff_member("mia", "moderator")
    client.force_login(user)
    return user


def written() -> list[tuple[str, str, str, str]]:
    assert audit_verify().bad is None
    entries = AuditEntry.objects.order_by("sequence")
    return [(entry.actor, entry.action, entry.object_kind, entry.object_id) for entry in entries]


def data() -> dict[str, Any]:
    return dict(json.loads(AuditEntry.objects.latest("sequence").data))


def test_a_hold_that_is_decided_and_none_that_is_refused(client: Client, mia: User) -> None:
    hold = world.hold(units=("o:o1",))
    for reason in ("", "A family", "A family"):
        client.post(f"/console/holds/{hold.pk}", {"decision": "confirmed", "reason": reason, "seen": "held"})
    assert written() == [("user:mia", "hold.confirmed", "hold", str(hold.pk))]
    assert data()["reason"] == "A family"


def rejected() -> RejectedRow:
    body_ingest(kind="stores", body=b'[{"store_id": "", "name": "x"}]', source="feed", most_rows=1)
    return RejectedRow.objects.get()


def test_a_row_that_staff_sent_again(client: Client, mia: User) -> None:
    row = rejected()
    client.post(f"/console/rejected/{row.pk}", {"raw": row.raw})
    assert written() == [("user:mia", "rejected_row.resent", "rejected_row", str(row.pk))]
    assert data()["rejected"] == 1


def test_a_row_that_a_platforms_program_sent_again(client: Client) -> None:
    row = rejected()
    _key, secret = keys.api_key_create(name="shop feed", scopes=["evidence:write"])
    headers = {"authorization": f"Bearer {secret}"}
    client.post(f"/api/v1/evidence/rejected/{row.pk}/resend", row.raw, "application/json", headers=headers)
    assert written()[-1] == ("key:shop feed", "rejected_row.resent", "rejected_row", str(row.pk))


def test_a_key_that_is_made_and_revoked_without_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "deploy")
    call_command("api_key", "create", "shop", "--scope", "evidence:write")
    prefix = AuditEntry.objects.get().object_id
    call_command("api_key", "revoke", prefix)
    by = "operator:deploy"
    assert written() == [(by, "api_key.created", "api_key", prefix), (by, "api_key.revoked", "api_key", prefix)]
    assert len(prefix) == 12
    with pytest.raises(ValidationError):
        keys.api_key_create(name="", scopes=["evidence:write"])
    assert len(written()) == 2


def test_a_model_that_is_put_back_and_released_but_not_what_the_gate_appoints() -> None:
    for day, name in enumerate(("one", "two")):
        night = FIRST + timedelta(days=day)
        champion_appoint(model=model(name), night=night, reason=ChampionTerm.Reason.GATE)
        publish(model(f"{name} published"), night)
    with pytest.raises(RegistryError):
        model_release(by="lin", note="none is pinned")
    model_rollback(by="lin", note="odd stars")
    model_release(by="lin", note="mended")
    assert written() == [
        ("operator:lin", "model.put_back", "model", "one"),
        ("operator:lin", "model.released", "model", "one"),
    ]
    assert data() == {"note": "mended", "since": "2026-11-03"}


def test_a_scale_that_is_announced() -> None:
    table = {f"{kind}.{target}": POINTS for kind, aspects in KIND_ASPECTS.items() for target in ("overall", *aspects)}
    Scale.objects.create(version=2, breakpoints=table, fitted_on=FIRST)
    note = {"en": "Spread of the stars", "zh-hans": "调整星级分布"}
    wanted = {"version": 2, "today": FIRST, "live_from": FIRST + timedelta(days=15), "note": note, "by": "user:mia"}
    with pytest.raises(ScaleError):
        scale_announce(**wanted | {"live_from": FIRST})
    scale_announce(**wanted)
    assert written() == [("user:mia", "scale.announced", "scale", "2")]
    assert data() == {"live_from": "2026-11-16", "note": note}


def test_a_membership_that_is_granted() -> None:
    user = User.objects.create_user("shopkeeper")
    membership_grant(user=user, kind="store", subject_id="s1", role="owner", by="user:mia")
    with pytest.raises(ValidationError):
        membership_grant(user=user, kind="shop", subject_id="s1", role="owner")
    assert written() == [("user:mia", "membership.granted", "store", "s1")]
    assert data() == {"role": "owner", "user": "shopkeeper"}
