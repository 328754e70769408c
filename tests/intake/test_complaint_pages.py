"""Complaining as somebody without an account does it."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from reputation.intake.answers import complaint_answer
from reputation.intake.deciding import case_decide, case_refuse, case_take_up
from reputation.intake.limits import PER_HOUR
from reputation.intake.models import Case, File
from reputation.intake.tokens import code_written, order_token
from reputation.public.anonymous import MOST_SENT
from tests.governance.actions.world import Clock
from tests.governance.appeals.world import NOON, PNG, Upload, send
from tests.intake.world import TEXT, filed, fresh
from tests.portal import world as portal

pytestmark = pytest.mark.django_db
FORM = "/complain/store/s1"
SENT = {"category": "quality", "text": TEXT, "order_id": "o1", "request": "r1"}


def photo() -> SimpleUploadedFile:
    return SimpleUploadedFile("../../shoe.php", PNG)


def link(order_id: str = "o1") -> str:
    return order_token(order_id, "buyer-77", NOON + timedelta(days=30))


def code_in(page: str) -> str:
    [code] = re.findall(r'id="code" value="([0-9A-Z-]{19})"', page)
    return code


def test_whom_it_is_about_is_found_by_name_and_number(client: Client, market: None) -> None:
    assert "Whom is it about?" in client.get("/complain").content.decode()
    page = client.get("/complain?q=shop").content.decode()
    assert 'href="/complain/store/s1"' in page
    assert 'href="/complain/store/s2"' in page
    assert 'href="/complain/anchor/a1"' in client.get("/complain?q=lin").content.decode()
    for nobody in ("nobody at all", "\0", "<b>", "!!!", "。", "\u200b", "\u3000"):
        assert 'class="parties"' not in client.get("/complain", {"q": nobody}).content.decode()


def test_it_is_found_with_a_slip_and_before_any_night_has_rated_it(client: Client, market: None) -> None:
    portal.publish()
    portal.rating("s9", name="Moonlight Jewels")
    page = client.get("/complain?q=monlight").content.decode()
    assert 'href="/complain/store/s9"' in page
    assert page.count('href="/complain/store/s1"') == 0
    assert client.get("/complain?q=shop s1").content.decode().count('href="/complain/store/s1"') == 1


def test_a_complaint_is_sent_and_its_code_shown_once(client: Client, market: None) -> None:
    page = client.get(FORM).content.decode()
    assert "Complain about <bdi>Shop s1</bdi>" in page
    [request] = re.findall(r'name="request" value="(\w{32})"', page)
    answer = client.post(FORM, SENT | {"request": request, "files": [photo()]})
    assert answer.status_code == 201
    code = code_in(answer.content.decode())
    case = Case.objects.get()
    assert (case.state, case.order_id, case.proven) == ("received", "o1", False)
    assert File.objects.get().name == "1.png"
    again = client.post(FORM, SENT | {"request": request, "files": [photo()]})
    assert (again.status_code, code_in(again.content.decode()), Case.objects.count()) == (200, code, 1)
    assert not client.cookies


def test_no_link_leads_from_the_code_to_the_same_page_without_it(client: Client, market: None) -> None:
    switch = 'hreflang="zh-Hans">'
    assert switch in client.get(FORM).content.decode()
    page = client.post(FORM, SENT).content.decode()
    assert code_in(page)
    assert switch not in page
    assert "we cannot tell it to you again" in page
    chinese = client.post(f"{FORM}?lang=zh-hans", SENT | {"request": "r2"}).content.decode()
    assert 'hreflang="en"' not in chinese
    assert "我们无法再次告诉您" in chinese


def test_each_form_has_a_request_of_its_own_and_is_kept_by_no_cache(client: Client, market: None) -> None:
    first, second = client.get(FORM), client.get(FORM)
    assert first.content != second.content
    assert "no-store" in first["Cache-Control"]
    assert client.get(f"{FORM}?order_id=o7").content.decode().count('value="o7"') == 1


def test_an_error_says_what_is_wrong_and_keeps_what_was_written(client: Client, market: None) -> None:
    bad = SimpleUploadedFile("a.svg", b"<svg onload=alert(1)>")
    answer = client.post(FORM, SENT | {"category": "", "text": "<b>Torn</b>", "files": [bad]})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "a.svg cannot be taken" in page
    assert "Choose your files once more." in page
    assert "&lt;b&gt;Torn&lt;/b&gt;" in page
    assert 'name="request" value="r1"' in page
    assert "Say what kind of problem" in client.post(FORM, SENT | {"category": ""}).content.decode()
    assert not Case.objects.exists()


@pytest.mark.parametrize("address", ["/complain/store/nobody", "/complain/anchor/s1", "/complain/store/s1%00"])
def test_nobody_complains_about_nobody(client: Client, market: None, address: str) -> None:
    assert client.get(address).status_code == client.post(address, SENT).status_code == 404


def test_a_link_asks_which_of_the_two_and_needs_no_number(client: Client, market: None) -> None:
    page = client.get("/complain", {"order": link("o2")}).content.decode()
    assert "Who is to answer for it?" in page
    assert 'name="order_id"' not in page
    assert "buyer-77" not in page
    sent = {"order": link("o2"), "about": "anchor", "category": "quality", "text": TEXT, "request": "r"}
    assert client.post("/complain", sent).status_code == 201
    case = Case.objects.get()
    assert (case.kind, case.subject_id, case.order_id, case.proven, case.state) == ("anchor", "a1", "o2", True, "open")
    assert "made by its link already" in client.post("/complain", sent | {"text": "Again."}).content.decode()


def test_a_link_that_is_over_or_forged_leads_to_the_open_form(client: Client, market: None, clock: Clock) -> None:
    assert client.get("/complain?order=nonsense").status_code == 404
    token = link()
    clock.pass_(days=30)
    answer = client.get("/complain", {"order": token})
    assert answer.status_code == 410
    assert 'href="/complain"' in answer.content.decode()
    clock.pass_(days=-1)
    send("orders", {"order_id": "o1", "retracted": True})
    assert client.get("/complain", {"order": token}).status_code == 404


def test_a_caller_sends_ten_an_hour(client: Client, market: None) -> None:
    for number in range(PER_HOUR):
        assert client.post(FORM, SENT | {"text": f"Number {number}"}).status_code == 201
    answer = client.post(FORM, SENT | {"text": "One more"})
    assert (answer.status_code, answer["Retry-After"]) == (429, "3600")
    assert client.post(FORM, SENT, headers={"x-forwarded-for": "198.51.100.9"}).status_code == 429  # may be forged
    assert client.post(FORM, SENT, REMOTE_ADDR="198.51.100.9").status_code == 201
    assert Case.objects.count() == PER_HOUR + 1


def test_what_is_far_too_large_is_refused_unread(client: Client, market: None) -> None:
    huge = SimpleUploadedFile("film.mp4", b"x" * (MOST_SENT + 1))
    answer = client.post(FORM, SENT | {"files": [huge]})
    assert answer.status_code == 413
    assert "The files are too large" in answer.content.decode()


def test_another_site_sends_nothing(client: Client, market: None) -> None:
    for headers in ({"origin": "https://rival.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"}):
        assert client.post(FORM, SENT, headers=headers).status_code == 403
    assert not Case.objects.exists()
    assert client.post(FORM, SENT, headers={"origin": "http://127.0.0.1:8000"}).status_code == 201  # PUBLIC_URL


def test_the_code_leads_to_its_page_however_it_is_typed(client: Client, market: None) -> None:
    code = filed().code
    answer = client.get("/complaints", {"code": code.lower()})
    assert answer["Location"] == f"/complaints/{code_written(code)}"
    assert client.get(answer["Location"]).status_code == 200
    wrong = client.get("/complaints", {"code": "AAAA-BBBB-CCCC-DDDD"})
    assert wrong.status_code == 404
    assert "There is no complaint with this code." in wrong.content.decode()
    assert client.get("/complaints/AAAA-BBBB-CCCC-DDDD").status_code == 404


def test_its_page_tells_how_far_it_is(client: Client, mia: User, judge: User, clock: Clock) -> None:
    done = filed(files=[Upload(PNG)])
    address = f"/complaints/{done.code}"

    def page() -> str:
        return client.get(address).content.decode()

    assert "A person looks at it</h2>" in page()
    case_take_up(case=done.case, by=judge)
    assert "Waiting for the other side</h2>" in page()
    assert "It has until July 11, 2026." in page()
    complaint_answer(
        complaint_id=done.case.complaint_id,
        kind="store",
        subject_id="s1",
        by=mia,
        text="<i>Sorry</i>, a new pair comes.",
    )
    assert "Answered; a person decides next</h2>" in page()
    assert "&lt;i&gt;Sorry&lt;/i&gt;, a new pair comes." in page()
    case_decide(case=done.case, by=judge, outcome="upheld", reason="The photo shows it.")
    assert "Upheld: you were right</h2>" in page()
    assert "The photo shows it." in page()
    for private in ("mia", "judge", "203.0.113.7", "What do you want to add?"):
        assert private not in page()


def test_one_that_is_not_taken_up_says_why(client: Client, market: None, judge: User) -> None:
    done = filed()
    case_refuse(case=done.case, by=judge, reason="There is no such order.")
    page = client.get(f"/complaints/{done.code}").content.decode()
    assert "Not taken up</h2>" in page
    assert "There is no such order." in page


def test_more_is_added_with_files_and_it_is_withdrawn(client: Client, market: None) -> None:
    done = filed()
    address = f"/complaints/{done.code}"
    client.post(address, {"deed": "reply", "text": "Here it is.", "files": [photo()]})
    page = client.get(address).content.decode()
    [file] = re.findall(rf'href="({address}/files/\d+)"', page)
    answer = client.get(file)
    assert (answer.content, answer["Content-Type"]) == (PNG, "image/png")
    assert answer["Content-Disposition"].startswith("attachment")
    assert client.post(address, {"deed": "reply", "text": " "}).status_code == 422
    client.post(address, {"deed": "withdraw"})
    assert fresh(done.case).state == "withdrawn"
    assert "closed" in client.post(address, {"deed": "reply", "text": "Wait."}).content.decode()


def test_a_file_is_handed_out_by_its_own_code_alone(client: Client, market: None) -> None:
    mine, other = filed(files=[Upload(PNG)]), filed(text="Another.")
    pk = File.objects.get().pk
    assert client.get(f"/complaints/{mine.code}/files/{pk}").status_code == 200
    assert client.get(f"/complaints/{other.code}/files/{pk}").status_code == 404
    assert client.get(f"/complaints/{'0' * 16}/files/{pk}").status_code == 404


def test_it_speaks_chinese(client: Client, market: None) -> None:
    chinese = {"headers": {"accept-language": "zh-hans"}}
    done = filed()
    assert "投诉店铺或主播" in client.get("/complain", **chinese).content.decode()
    assert "商品损坏、有故障或做工差" in client.get(FORM, **chinese).content.decode()
    assert "工作人员核实中" in client.get(f"/complaints/{done.code}", **chinese).content.decode()
    assert "请选择问题类型。" in client.post(FORM, {"request": "r", "text": "x"}, **chinese).content.decode()


def test_robots_keep_out(client: Client, market: None) -> None:
    for address in ("/complain", FORM, f"/complaints/{filed().code}", "/complaints"):
        assert client.get(address)["X-Robots-Tag"] == "noindex, nofollow"
