"""A store's own people read complaints and answer them."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from reputation.evidence.models import Complaint
from reputation.intake.deciding import case_decide
from reputation.intake.models import File, Message
from tests.governance.actions.world import Clock
from tests.governance.appeals.world import PDF, PNG, Upload, at, member, send
from tests.intake.world import TEXT, fresh, proven

pytestmark = pytest.mark.django_db
LIST, ONE, FILE = (f"/portal/{page}/stores/s1" for page in ("complaints", "complaint", "complaint-file"))


@pytest.fixture
def shop(client: Client, mia: User) -> Client:
    client.force_login(mia)
    return client


def test_the_list_shows_the_clock_and_never_who_complained(shop: Client, clock: Clock) -> None:
    case = proven()
    send("complaints", {"complaint_id": "p1", "store_id": "s1", "opened_at": at(8.5), "category": "delivery",
                        "complainant_ref": "buyer-77", "device_ref": "phone-77", "text": "Late again."})  # fmt: skip
    page = shop.get(LIST).content.decode()
    assert page.index("Late again.") < page.index(TEXT)
    assert "2 days left" in page
    assert "10 days left" in page
    assert "-77" not in page
    clock.pass_(days=2)
    page = shop.get(f"{LIST}?show=waiting").content.decode()
    assert "ten days without an answer" in page
    assert case.complaint_id in page
    assert "c1" not in page.partition("complaint-list")[2]


def test_it_is_searched_paged_and_says_when_there_is_nothing(shop: Client) -> None:
    rows = [{"complaint_id": f"p{number:02}", "store_id": "s1", "opened_at": at(20 + number), "category": "other",
             "closed_at": at(1)} for number in range(25)]  # fmt: skip
    send("complaints", *rows)
    assert shop.get(LIST).content.decode().count("complaint-line") == 20
    assert shop.get(f"{LIST}?page=2").content.decode().count("complaint-line") == 6
    assert shop.get(f"{LIST}?search=p07").content.decode().count("complaint-line") == 1
    assert "No complaint matches." in shop.get(f"{LIST}?search=%00zz").content.decode()
    other = Client()
    other.force_login(member("sue", "s2"))
    assert "Nobody has complained about you." in other.get("/portal/complaints/stores/s2").content.decode()


def test_a_page_of_it_costs_the_same_however_many_there_are(
    shop: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    send("complaints", *({"complaint_id": f"p{number}", "order_id": "o1", "opened_at": at(2), "category": "other"}
                         for number in range(20)))  # fmt: skip
    shop.get(LIST)
    with django_assert_max_num_queries(20):
        shop.get(LIST)


def test_it_is_read_and_answered_with_a_file(shop: Client) -> None:
    case = proven(files=[Upload(PNG)])
    address = f"{ONE}?complaint={case.complaint_id}"
    page = shop.get(address).content.decode()
    assert TEXT in page
    assert "reads it on their page" in page
    sent = {"text": "A new pair is on its way.", "files": [SimpleUploadedFile("bill.pdf", PDF)]}
    page = shop.post(address, sent, follow=True).content.decode()
    assert "Your answer is sent." in page
    assert "A new pair is on its way." in page
    assert Complaint.objects.get(pk=case.complaint_id).first_response_at is not None
    assert "You have said this before." in shop.post(address, {"text": "A new pair is on its way.", "files": [
        SimpleUploadedFile("bill.pdf", PDF)]}, follow=True).content.decode()  # fmt: skip
    assert "Write what happened." in shop.post(address, {"text": ""}).content.decode()
    assert Message.objects.filter(author="subject").count() == 1


def test_files_of_both_sides_are_downloads(shop: Client) -> None:
    case = proven(files=[Upload(PNG)])
    pk = File.objects.get().pk
    answer = shop.get(f"{FILE}?complaint={case.complaint_id}&file={pk}")
    assert (answer.content, answer["Content-Disposition"]) == (PNG, 'attachment; filename="1.png"')
    for wrong in ("", "0", "x", "9" * 30):
        assert shop.get(f"{FILE}?complaint={case.complaint_id}&file={wrong}").status_code == 404


def test_the_decision_and_its_reason_are_told(shop: Client, judge: User) -> None:
    case = proven()
    case_decide(case=case, by=judge, outcome="rejected", reason="The parcel was another's.")
    page = shop.get(f"{ONE}?complaint={case.complaint_id}").content.decode()
    assert "The parcel was another&#x27;s." in page
    assert "judge" not in page
    assert "Send the answer" not in page
    assert "closed" in shop.post(f"{ONE}?complaint={case.complaint_id}", {"text": "But"}).content.decode()


def test_strangers_and_other_stores_find_nothing(shop: Client) -> None:
    case = proven(files=[Upload(PNG)])
    file = f"?complaint={case.complaint_id}&file={File.objects.get().pk}"
    sue = Client()
    sue.force_login(member("sue", "s2"))
    for page in (LIST, f"{ONE}?complaint={case.complaint_id}", f"{FILE}{file}"):
        assert sue.get(page).status_code == 404
    for page in (ONE, FILE):
        assert sue.get(page.replace("s1", "s2") + file).status_code == 404
    assert sue.post(f"{ONE.replace('s1', 's2')}{file}", {"text": "Not ours."}).status_code == 404
    assert shop.get(f"{ONE}?complaint=%00").status_code == 404
    assert fresh(case).state == "open"


def test_an_anchor_reads_nothing_that_was_written_to_the_store(shop: Client, clock: Clock) -> None:
    case = proven("o2", files=[Upload(PNG, "private.png")])
    lin = Client()
    lin.force_login(member("lin", "a1", "anchor"))
    shop.post(f"{ONE}?complaint={case.complaint_id}", {"text": "Between us and the buyer."})
    page = lin.get(f"/portal/complaint/anchors/a1?complaint={case.complaint_id}").content.decode()
    assert TEXT in page  # the evidence, for which it may have to answer
    assert "Between us" not in page
    assert "private.png" not in page
    file = File.objects.get()
    found = lin.get(f"/portal/complaint-file/anchors/a1?complaint={case.complaint_id}&file={file.pk}")
    assert found.status_code == 404
