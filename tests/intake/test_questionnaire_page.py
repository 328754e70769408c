"""The page that an invitation's link opens."""

from __future__ import annotations

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from reputation.evidence.models import Response
from reputation.intake.questionnaire import invitation_link
from tests.governance.actions.world import Clock
from tests.governance.appeals.world import NOON
from tests.intake.world import send_now

pytestmark = pytest.mark.django_db


@pytest.fixture
def live(market: None) -> str:
    send_now("invitations", {"invitation_id": "w", "live_id": "L", "respondent_ref": "watcher-77", "sent_at": NOON})
    return invitation_link("w", NOON).url.removeprefix("http://127.0.0.1:8000")


@pytest.fixture
def order(market: None) -> str:
    send_now("invitations", {"invitation_id": "b", "order_id": "o3", "respondent_ref": "buyer-77", "sent_at": NOON})
    return invitation_link("b", NOON).url.removeprefix("http://127.0.0.1:8000")


def test_it_asks_and_names_no_respondent(client: Client, live: str) -> None:
    answer = client.get(live)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "You watched <bdi>Lin</bdi>" in page
    assert 'name="false_promotion" value="yes"' in page
    assert 'name="service"' not in page
    assert "watcher-77" not in page


def test_it_is_answered_with_a_tap_and_thanks(client: Client, live: str) -> None:
    answer = client.post(live, {"overall": "4", "hype": "no", "false_promotion": "perhaps"}, follow=True)
    assert "Your answer counts from the next night on." in answer.content.decode()
    row = Response.objects.get(invitation_id="w")
    assert (row.overall, row.hype, row.false_promotion) == (4, False, None)
    again = client.post(live, {"overall": "1"}, follow=True)
    assert "Answered already" in again.content.decode()
    assert "Answered already" in client.get(live).content.decode()
    assert Response.objects.get(invitation_id="w").overall == 4


def test_an_order_is_asked_for_its_four_stars(client: Client, order: str) -> None:
    page = client.get(order).content.decode()
    for name in ("overall", "as_described", "service", "logistics"):
        assert page.count(f'name="{name}"') == 5
    client.post(order, {"overall": "6", "service": "3"})
    assert (Response.objects.get(invitation_id="b").overall, Response.objects.get(invitation_id="b").service) == (
        None,
        3,
    )


def test_nothing_answered_is_asked_again_and_keeps_what_was_chosen(client: Client, order: str) -> None:
    answer = client.post(order, {})
    assert answer.status_code == 422
    assert "Answer at least one question." in answer.content.decode()
    assert not Response.objects.filter(invitation_id="b").exists()


def test_it_sets_no_cookie_in_any_language_and_is_kept_by_no_cache(client: Client, live: str) -> None:
    for address in (live, f"{live}?lang=zh-hans"):
        for answer in (client.get(address), client.post(address, {"overall": "5"})):
            assert not answer.cookies
            assert "no-store" in answer["Cache-Control"]
            assert answer["X-Robots-Tag"] == "noindex, nofollow"
    assert "您已回答过" in client.get(f"{live}?lang=zh-hans").content.decode()


def test_a_link_that_is_over_or_forged_says_so(client: Client, live: str, clock: Clock) -> None:
    assert client.get(live[:-1]).status_code == 404
    assert "a part of it is missing" in client.get("/q/nonsense").content.decode()
    clock.pass_(days=7)
    answer = client.post(live, {"overall": "5"})
    assert answer.status_code == 410
    assert "The time to answer is over." in answer.content.decode()
    assert not Response.objects.filter(invitation_id="w").exists()


def test_another_site_cannot_answer_for_its_visitors(client: Client, live: str) -> None:
    assert client.post(live, {"overall": "1"}, headers={"origin": "https://rival.example"}).status_code == 403
    assert client.post(live, {"overall": "1"}, headers={"sec-fetch-site": "cross-site"}).status_code == 403
    assert not Response.objects.filter(invitation_id="w").exists()
    assert client.post(live, {"overall": "1"}, headers={"origin": "http://testserver"}).status_code == 303


def test_a_command_prints_the_link(live: str, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("questionnaire_link", "w")
    assert capsys.readouterr().out.startswith(f"http://127.0.0.1:8000{live}\n")
    with pytest.raises(CommandError, match="no invitation"):
        call_command("questionnaire_link", "nobody")
