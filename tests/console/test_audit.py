"""The staff's page of the audit log."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission, User
from django.db import transaction
from django.test import Client
from django.utils import translation

from reputation.base.audit import audit_append

pytestmark = pytest.mark.django_db


@pytest.fixture
def auditor(client: Client, staff: User) -> User:
    staff.user_permissions.add(Permission.objects.get(codename="view_auditentry"))
    return staff


def entry(
    actor: str = "user:mia", action: str = "hold.released", pk: str = "7", kind: str = "hold", **data: object
) -> int:
    with transaction.atomic():
        return audit_append(actor=actor, action=action, object_kind=kind, object_id=pk, data=data).sequence


def listed(client: Client, query: str = "") -> list[int]:
    return [line.entry.sequence for line in client.get(f"/console/audit{query}").context["lines"]]


def test_only_staff_with_the_permission_read_it(client: Client, staff: User) -> None:
    answer = client.get("/console/audit")
    assert answer.status_code == 403
    assert "may not do this" in answer.content.decode()
    assert "/console/audit" not in client.get("/console/workload").content.decode()
    staff.user_permissions.add(Permission.objects.get(codename="view_auditentry"))
    assert client.get("/console/audit").status_code == 200
    assert "/console/audit" in client.get("/console/workload").content.decode()
    staff.is_staff = False
    staff.save()
    assert client.get("/console/audit").status_code == 403
    assert Client().get("/console/audit")["Location"] == "/accounts/login/?next=/console/audit"


def test_the_newest_comes_first_and_the_list_can_be_narrowed(client: Client, auditor: User) -> None:
    first = entry()
    second = entry("operator:root", "api_key.created", "ls_abc", "api_key")
    third = entry("user:Bo", "hold.confirmed", "8")
    for query, expected in {
        "": [third, second, first],
        "?actor=bo": [third],
        "?actor=operator": [second],
        "?object=7": [first],
        "?action=api_key.created": [second],
        "?action=hold.released&actor=bo": [],
        "?action=nonsense&object=%00&page=99": [third, second, first],
    }.items():
        assert listed(client, query) == expected, query


def test_fifty_a_page(client: Client, auditor: User) -> None:
    for number in range(51):
        entry(pk=str(number))
    assert len(listed(client, "?actor=mia")) == 50
    assert listed(client, "?actor=mia&page=2") == [1]
    assert "?actor=mia&amp;page=2" in client.get("/console/audit?actor=mia").content.decode()


def test_what_people_wrote_is_shown_as_text(client: Client, auditor: User) -> None:
    entry(actor="user:<script>", pk='"><img src=x>', kind="<b>", action="<i>", reason="<script>alert(1)</script> 假货")
    page = client.get("/console/audit").content.decode()
    assert "<script" not in page
    assert "<img" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; 假货" in page


def test_an_entry_leads_to_what_it_is_about(client: Client, auditor: User) -> None:
    entry(pk="7")
    entry(kind="model", pk="2026-11-01.1")
    entry(kind="model", pk="a/b")
    page = client.get("/console/audit").content.decode()
    assert 'href="/console/holds/7"' in page
    assert 'href="/console/models/2026-11-01.1"' in page
    assert "a/b" in page


def test_the_page_speaks_chinese(client: Client, auditor: User) -> None:
    entry()
    with translation.override("en"):  # put back afterwards
        page = client.get("/console/audit?lang=zh-hans", follow=True).content.decode()
    assert "审计日志" in page
    assert "Audit log" not in page
