import json

import pytest
from django.contrib.auth.models import User
from django.test import Client

from reputation.evidence.models import Batch, Order, RejectedRow
from reputation.evidence.services import batch_ingest
from tests.portal import world

pytestmark = pytest.mark.django_db
GOOD = {
    "order_id": "o-9", "store_id": "s1", "buyer_ref": "b1", "amount": "19.90", "currency": "CNY",
    "placed_at": "2026-05-01T09:30:00+08:00",
}  # fmt: skip


@pytest.fixture
def rejected(db: None) -> RejectedRow:
    """A row as the one path of evidence has really rejected it."""
    body = json.dumps([{**GOOD, "amount": "much"}]).encode()
    batch_ingest(kind="orders", rows=body, source="key of the shop")
    return RejectedRow.objects.get()


def resend(client: Client, row: RejectedRow, raw: str):
    return client.post(f"/console/rejected/{row.pk}", {"raw": raw}, follow=True)


def told(answer) -> str:
    return " ".join(str(message) for message in answer.context["messages"])


def test_the_list_can_be_narrowed(client: Client, staff: User) -> None:
    order = world.rejected_row()
    shipment = world.rejected_row(kind="shipments")
    mended = world.rejected_row(resent_at=world.MOMENT)
    listed = {
        "": [shipment, order],
        "?kind=orders": [order],
        "?state=mended": [mended],
        "?kind=nonsense&state=nonsense&page=-1": [shipment, order],
    }
    for query, expected in listed.items():
        assert list(client.get(f"/console/rejected{query}").context["page"]) == expected, query


def test_a_rows_page_has_number_field_reason_and_text(client: Client, staff: User, rejected: RejectedRow) -> None:
    page = client.get(f"/console/rejected/{rejected.pk}").content.decode()
    assert f"Row 1 of batch {rejected.batch_id}" in page
    assert "amount" in page
    assert "send a decimal" in page
    assert "&quot;much&quot;" in page
    assert "key of the shop" in page


def test_a_mended_row_is_taken_and_leaves_the_list(client: Client, staff: User, rejected: RejectedRow) -> None:
    answer = resend(client, rejected, json.dumps(GOOD))
    assert "Accepted" in told(answer)
    assert str(Order.objects.get().amount) == "19.90"
    rejected.refresh_from_db()
    assert rejected.resent_batch.source == "mended by staff"
    assert not client.get("/console/rejected").context["page"].object_list
    assert "Send again" not in answer.content.decode()


def test_line_breaks_between_fields_do_no_harm(client: Client, staff: User, rejected: RejectedRow) -> None:
    assert "Accepted" in told(resend(client, rejected, json.dumps(GOOD, indent=2).replace("\n", "\r\n")))


def test_sent_twice_it_is_taken_once(client: Client, staff: User, rejected: RejectedRow) -> None:
    resend(client, rejected, json.dumps(GOOD))
    batches = Batch.objects.count()
    assert "sent again before" in told(resend(client, rejected, json.dumps({**GOOD, "amount": "1"})))
    assert Batch.objects.count() == batches
    assert str(Order.objects.get().amount) == "19.90"


def test_still_wrong_it_leads_to_its_new_rejection(client: Client, staff: User, rejected: RejectedRow) -> None:
    answer = resend(client, rejected, json.dumps({**GOOD, "amount": "still much"}))
    newer = RejectedRow.objects.latest("id")
    assert newer != rejected
    assert answer.redirect_chain[-1][0] == f"/console/rejected/{newer.pk}"
    assert "rejected once more" in told(answer)


@pytest.mark.parametrize(
    "raw", ["", "  ", "[]", "null", "{", "{}}", '{"a": 1} {"b": 2}', "[{}]", "order_id,amount", "\x00", '{"a": NaN}']
)
def test_what_is_no_row_is_told_in_the_form_and_nothing_is_lost(
    client: Client, staff: User, rejected: RejectedRow, raw: str
) -> None:
    answer = resend(client, rejected, raw)
    assert answer.status_code == 200
    assert not Order.objects.exists()
    assert RejectedRow.objects.filter(resent_at=None).exists()


def test_what_says_nothing_new_is_told_so(client: Client, staff: User, rejected: RejectedRow) -> None:
    batch_ingest(kind="orders", rows=json.dumps([GOOD]).encode(), source="key of the shop")
    assert "nothing that was not known" in told(resend(client, rejected, json.dumps(GOOD)))


def test_hostile_text_is_escaped(client: Client, staff: User) -> None:
    row = world.rejected_row(raw="</textarea><script>alert(1)</script>", error="<script>", field="<img>")
    for address in ("/console/rejected", f"/console/rejected/{row.pk}"):
        page = client.get(address).content.decode()
        assert "<script>" not in page
        assert "<img>" not in page


@pytest.mark.parametrize("pk", ["0", "99999999999999999999", "x"])
def test_a_row_that_is_none_is_not_found(client: Client, staff: User, pk: str) -> None:
    assert client.get(f"/console/rejected/{pk}").status_code == 404
