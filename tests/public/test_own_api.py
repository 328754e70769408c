"""What a store's or an anchor's own programs read: about itself, whole, and nothing of anybody else."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from django.contrib.auth.models import User
from django.test import Client

from reputation.base.keys import api_key_create
from reputation.governance.appeals.services import appeal_file
from reputation.governance.appeals.units import subject_units
from reputation.governance.objections.services import objection_file
from reputation.ratings import selectors
from reputation.ratings.own_figures import FEWEST, answered, own_figures
from reputation.ratings.standings import explainable
from scoring.explain.changes import reasons, what_if
from scoring.metrics import BY_KEY
from tests.governance.actions.world import Clock
from tests.governance.appeals.conftest import clock, market, mia
from tests.governance.appeals.world import at, order, returned, sanctioned, send
from tests.public.test_schema import _check
from tests.ratings import explained_night

__all__ = ["clock", "market", "mia"]
pytestmark = pytest.mark.django_db
AT = 3


def program(kind: str = "store", subject_id: str = "s1", **headers: str) -> Client:
    """A client with a key of this subject."""
    _row, secret = api_key_create(name="report", scopes=["own:read"], subject=(kind, subject_id))
    return Client(headers={"authorization": f"Bearer {secret}", **headers})


def read(client: Client, path: str = "") -> Any:
    answer = client.get(f"/api/v1/own{path}")
    assert answer.status_code == 200, answer.content
    assert answer["Cache-Control"] == "no-store"
    return answer.json()


@pytest.fixture
def rated(db: None) -> str:
    explained_night.publish()
    return str(explained_night.rating(AT).subject_id)


def test_the_rating_is_that_of_the_public_address_with_every_metric(rated: str) -> None:
    found = read(program(subject_id=rated))
    assert found["rating"] == Client().get(f"/api/v1/stores/{rated}").json()
    about = explainable(selectors.shown(), selectors.rating_row(explained_night.NIGHT, "store", rated))
    told = {reason.key: reason for reason in reasons(about.rated, about.medians).metrics}
    assert {one["key"] for one in found["metrics"]} == set(told)
    shown = [one for one in found["metrics"] if one["value"] is not None]
    assert len(shown) > 10
    for one in shown:
        assert one["value"] == pytest.approx(told[one["key"]].own, abs=1e-5)
        assert one["median"] == pytest.approx(about.medians[one["key"]], abs=1e-5)
    assert [one["costs"] for one in shown] == sorted((one["costs"] for one in shown), reverse=True)


def test_what_a_metric_costs_is_what_the_median_in_its_place_would_add(rated: str) -> None:
    worst = read(program(subject_id=rated))["metrics"][0]
    about = explainable(selectors.shown(), selectors.rating_row(explained_night.NIGHT, "store", rated))
    with_median = what_if(about.rated, {worst["key"]: about.medians[worst["key"]]}).star
    assert worst["costs"] == pytest.approx(with_median - what_if(about.rated, {}).star, abs=1e-3)
    assert worst["costs"] > 0


def test_of_fewer_than_five_who_answered_nothing_is_told(rated: str) -> None:
    about = explainable(selectors.shown(), selectors.rating_row(explained_night.NIGHT, "store", rated))
    metric = BY_KEY["negative_answer"]
    assert answered(about, metric) >= FEWEST
    about.rated.standing.own[:] *= (FEWEST - 0.01) / answered(about, metric)
    figures = {figure.metric.key: figure for figure in own_figures(about)}
    hidden = figures["negative_answer"]
    assert (hidden.value, hidden.median, hidden.costs) == (None, None, None)
    assert figures["late_dispatch"].value is not None


def test_before_the_first_night_there_is_no_rating(market: None) -> None:
    assert read(program()) == {"rating": None, "metrics": [], "peers": None}


def test_incidents_are_those_of_the_portal_a_page_at_a_time(mia: User, clock: Clock) -> None:
    send("orders", *(order(f"p{number:02}", placed_at=at(20 + number)) for number in range(30)))
    send("returns", *(returned(f"rp{number:02}", f"p{number:02}") for number in range(30)))
    objection_file(kind="store", subject_id="s1", by=mia, text="No.", lines=[("o:o1", "carrier_event")])
    client, seen, place = program(), [], "/incidents?limit=7"
    while place:
        answer = read(client, place)
        seen += answer["results"]
        place = answer["next"].partition("/api/v1/own")[2] if answer["next"] else ""
    expected = subject_units("store", "s1", size=200).units
    assert [one["unit"] for one in seen] == [one.unit for one in expected]
    assert len(seen) > 30
    first = next(one for one in seen if one["id"] == "o1")
    assert (first["family"], first["objection"], first["counts"]) == ("order", "open", True)
    assert {"code": "late_dispatch", "words": "Dispatched late", "counts": True} in first["symptoms"]


def test_incidents_are_searched_and_told_in_chinese(mia: User) -> None:
    client = program(accept_language="zh-hans")
    [one] = read(client, "/incidents?search=o1")["results"]
    assert one["id"] == "o1"
    assert any("\u4e00" <= letter <= "\u9fff" for letter in one["symptoms"][0]["words"])


def test_what_single_viewers_answered_is_not_listed(market: None) -> None:
    assert [one.incident.family for one in subject_units("anchor", "a1", answers=True).units] == ["v", "o"]
    assert [one["family"] for one in read(program("anchor", "a1"), "/incidents")["results"]] == ["order"]


def test_nothing_of_another_subject_or_of_a_buyer_is_in_any_answer(mia: User) -> None:
    sanctioned(subject_id="s2")
    client = program()
    text = "".join(client.get(f"/api/v1/own{path}").content.decode() for path in ("", "/incidents", "/notices"))
    assert "o2" in text
    assert not any(word in text for word in ("o4", "r4", "Shop s2", "buyer of", "ann"))


def test_notices_are_statements_with_their_measure_and_appeal(mia: User, clock: Clock) -> None:
    sanctioned("warning")
    clock.pass_(hours=1)
    appeal_file(action=sanctioned("listing_ban"), by=mia, text="No.")
    found = read(program(), "/notices?page_size=2")
    assert (found["count"], len(found["results"])) == (3, 2)
    latest = found["results"][0]
    assert (latest["about"], latest["measure"]["state"], latest["appeal"]) == ("changed", "stayed", "open")
    assert latest["appeal_until"] == "2026-07-15"
    assert latest["statement"]["headline"].startswith("“No new listings” is put off")
    assert latest["read"] is False
    [first] = read(program(accept_language="zh-hans"), "/notices?page=2&page_size=2")["results"]
    assert first["measure"]["action"] == "warning"
    assert first["statement"]["explanation"] == "发货过慢。"


@pytest.mark.parametrize(
    "path", ["?of=s2", "/incidents?limit=0", "/incidents?subject=s2", "/notices?page=9", "/notices?after=1"]
)
def test_what_cannot_be_meant_is_refused_with_the_mend(market: None, path: str) -> None:
    answer = program().get(f"/api/v1/own{path}")
    assert answer.status_code == 400
    assert answer["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["", "/incidents", "/notices"])
def test_without_a_key_there_is_nothing(market: None, path: str) -> None:
    assert Client().get(f"/api/v1/own{path}").status_code == 401
    assert program().post(f"/api/v1/own{path}").status_code == 405


def test_answers_are_what_the_schema_says(mia: User, rated: str) -> None:
    sanctioned("warning")
    schema = yaml.safe_load(Client().get("/api/schema").content)
    _check(schema, "/api/v1/own", read(program(subject_id=rated)))
    _check(schema, "/api/v1/own", read(program(subject_id="unrated")))
    _check(schema, "/api/v1/own/incidents", read(program(), "/incidents"))
    _check(schema, "/api/v1/own/notices", read(program(), "/notices"))
    for path in ("", "/incidents", "/notices"):
        assert schema["paths"][f"/api/v1/own{path}"]["get"]["security"] == [{"bearerKey": []}]


def test_an_id_that_is_not_rated_is_not_found_by_a_null_byte(market: None) -> None:
    assert read(program(), "/incidents?search=%00&after=%00")["results"]
