"""A merchant objects to single incidents, line by line."""

from __future__ import annotations

import pytest
from django.test import Client

from reputation.governance.models import Objection
from reputation.governance.objections.services import objection_decide
from tests.governance.actions.world import Clock, person
from tests.governance.appeals.world import market, member

pytestmark = pytest.mark.django_db
NEW = "/portal/objections/new/stores/s1"


@pytest.fixture
def mia(client: Client, clock: Clock) -> Client:
    market()
    client.force_login(member("mia"))
    return client


def lines(*pairs: tuple[str, str]) -> dict[str, object]:
    return {"text": "See the scan", "unit": [unit for unit, _why in pairs], **{f"ground:{u}": why for u, why in pairs}}


def filed(mia: Client, *pairs: tuple[str, str]) -> Objection:
    mia.post(NEW, lines(*pairs))
    return Objection.objects.latest("id")


def test_without_any_it_says_so_and_leads_to_the_form(mia: Client) -> None:
    page = mia.get("/portal/objections").content.decode()
    assert "You have objected to nothing yet." in page
    assert NEW in page


def test_a_link_from_an_order_ticks_it(mia: Client) -> None:
    page = mia.get(f"{NEW}?unit=o:o1&unit=o:o4").content.decode()
    assert 'value="o:o1" checked' in page
    assert "o:o4" not in page


def test_lines_are_filed_with_a_ground_each_and_followed(mia: Client) -> None:
    objection = filed(mia, ("o:o1", "carrier_event"), ("o:o2", "mistake"))
    page = mia.get(f"/portal/objections/{objection.pk}").content.decode()
    assert "The carrier&#x27;s fault" in page
    assert "by July 8, 2026" in page
    first, second = objection.lines.order_by("id")
    judge = person("judge-eve")
    verdicts = {first.pk: ("accepted", "The strike is known."), second.pk: ("refused", "The photo shows the fault.")}
    objection_decide(objection=objection, by=judge, verdicts=verdicts)
    page = mia.get(f"/portal/objections/{objection.pk}").content.decode()
    assert "The strike is known." in page
    assert "The photo shows the fault." in page
    assert "judge-eve" not in page
    listing = mia.get("/portal/objections").content.decode()
    assert "1 accepted" in listing
    assert "1 refused" in listing


def test_an_error_keeps_ticks_and_grounds(mia: Client) -> None:
    page = mia.post(NEW, lines(("o:o1", "carrier_event"), ("o:o2", "nonsense"))).content.decode()
    assert "Choose a ground for each incident." in page
    assert 'value="o:o1" checked' in page
    assert '<option value="carrier_event" selected>' in page
    assert "See the scan" in page
    assert not Objection.objects.exists()
    assert "Choose the incidents" in mia.post(NEW, {"text": "x"}).content.decode()


def test_three_may_be_open(mia: Client) -> None:
    for unit in ("o:o1", "o:o2", "c:c1"):
        filed(mia, (unit, "other"))
    assert "Three of your objections" in mia.get(NEW).content.decode()


def test_it_is_withdrawn_and_strangers_find_nothing(mia: Client) -> None:
    objection = filed(mia, ("o:o1", "carrier_event"))
    stranger = Client()
    stranger.force_login(member("sue", "s2"))
    assert stranger.get(f"/portal/objections/{objection.pk}").status_code == 404
    assert stranger.post(f"/portal/objections/{objection.pk}").status_code == 404
    assert stranger.get(NEW).status_code == 404
    assert "Objection of" not in stranger.get("/portal/objections").content.decode()
    mia.post(f"/portal/objections/{objection.pk}")
    objection.refresh_from_db()
    assert objection.state == "withdrawn"
