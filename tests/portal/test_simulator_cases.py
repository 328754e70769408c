"""Open appeals and objections in the simulator: the star that comes out is the one that accepting them brings about."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
from django.contrib.auth.models import User
from django.test import Client
from pytest_django import Settings

from reputation.evidence.models import ClosedDay
from reputation.governance.appeals.services import appeal_decide, appeal_file
from reputation.governance.models import Objection
from reputation.governance.objections.services import objection_decide, objection_file
from reputation.portal.pending import Case, _gone, accepted, cases
from reputation.ratings import selectors
from reputation.ratings.models import Publication
from reputation.ratings.selectors import Shown
from reputation.ratings.standings import Explainable, explainable
from scoring.explain.again import AT, Rated
from scoring.features import GRID, HALF_LIVES
from tests.governance.actions.world import person
from tests.governance.appeals.world import july, market, member, order, sanctioned, send
from tests.nightly.test_roll import day_tables, do_roll
from tests.portal import world
from tests.ratings import explained_night
from tests.scoring.explained import night

NIGHT = date(2026, 6, 30)
SHOWN = Shown(night=NIGHT, counter=1, model="m", scale=1)
LINES = [("o:o1", "carrier_event"), ("o:o2", "others_promise"), ("c:c1", "other"), ("h:h1", "attack")]


@pytest.fixture(autouse=True)
def fresh(settings: Settings, tmp_path: Path) -> None:
    settings.LIVESTAR_VAR = tmp_path
    _gone.cache_clear()


@pytest.fixture
def judge(db: None) -> User:
    return person("judge", "decide_appeal")


def sums(kind: str, subject_id: str) -> np.ndarray:
    """Half-lives x DECAYED from the day files, added up the slow way."""
    out = np.zeros((len(HALF_LIVES), len(AT)))
    for (family, day), table in day_tables().items():
        if family == "counters" and day <= NIGHT:
            rows = table[(table["kind"] == kind) & (table["subject_id"] == subject_id)]
            for name in [name for name in AT if name in rows]:
                for at, half_life in enumerate(HALF_LIVES):
                    out[at, AT[name]] += float(rows[name].sum()) * 0.5 ** ((NIGHT - day).days / half_life)
    return np.rint(out * GRID) / GRID


def of(kind: str, subject_id: str) -> Explainable:
    """The subject as the night of those day files would leave it, among the others of a toy market."""
    made = night(kind)
    plain = made.standing(7)
    standing = replace(plain, own=sums(kind, subject_id))
    return Explainable(Rated(made.model, standing, made.scale), {}, {}, 100, True)


def closed() -> None:
    told = {kind: NIGHT.isoformat() for kind in ("orders", "shipments", "returns", "complaints", "conversations")}
    world.publish(NIGHT)
    Publication.objects.filter(night=NIGHT).update(closed_through=told)
    ClosedDay.objects.bulk_create(ClosedDay(kind=kind, day=NIGHT, closed_at=world.MOMENT) for kind in told)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("kind", "subject_id"), [("store", "s1"), ("anchor", "a1")])
def test_accepting_it_for_real_leaves_the_sums_that_the_simulator_has_scored(
    clock: object, judge: User, kind: str, subject_id: str
) -> None:
    market()
    send("orders", *(order(f"fine{number}", anchor_id="a1") for number in range(8)))
    closed()
    do_roll()
    lines = LINES if kind == "store" else [("o:o2", "others_promise")]
    mia = member("mia", subject_id, kind)
    objection = objection_file(kind=kind, subject_id=subject_id, by=mia, text="Not ours.", lines=lines)
    before, open_cases = of(kind, subject_id), cases(kind, subject_id)
    assert [case.key for case in open_cases] == [f"objection-{objection.pk}"]
    found = accepted(before, SHOWN, kind, subject_id, open_cases)
    verdicts = {line.pk: ("accepted", "It is so.") for line in objection.lines.all()}
    objection_decide(objection=objection, by=judge, verdicts=verdicts)
    do_roll()
    after = of(kind, subject_id)
    np.testing.assert_allclose(found.rated.standing.own, after.rated.standing.own, atol=2 / GRID)
    assert not np.allclose(before.rated.standing.own, after.rated.standing.own, atol=2 / GRID)
    assert found.rated.stars()[0] == pytest.approx(after.rated.stars()[0], abs=1e-6)
    assert found.rated.stars()[0] > before.rated.stars()[0]


@pytest.mark.django_db(transaction=True)
def test_a_won_appeal_and_an_objection_about_other_orders_come_together(clock: object, judge: User) -> None:
    market()
    closed()
    do_roll()
    mia = member("mia")
    objection = objection_file(kind="store", subject_id="s1", by=mia, text="No.", lines=[("o:o1", "force_majeure")])
    appeal = appeal_file(action=sanctioned(), by=mia, text="No.", units=["o:o2", "o:o1"])
    before, both = of("store", "s1"), cases("store", "s1")
    assert [case.key for case in both] == [f"appeal-{appeal.pk}", f"objection-{objection.pk}"]
    found = accepted(before, SHOWN, "store", "s1", both)
    verdicts = {line.pk: ("accepted", "So.") for line in objection.lines.all()}
    objection_decide(objection=objection, by=judge, verdicts=verdicts)
    appeal_decide(appeal=appeal, by=judge, won=True, reason="So.", exclude=appeal.units)
    do_roll()
    np.testing.assert_allclose(found.rated.standing.own, sums("store", "s1"), atol=2 / GRID)


@pytest.mark.django_db
def test_cases_name_what_waits_and_until_when(clock: object) -> None:
    market()
    mia = member("mia")
    objection_file(kind="store", subject_id="s1", by=mia, text="Not ours.", lines=LINES[:2])
    appeal_file(action=sanctioned(), by=mia, text="No.", units=["o:o1"])
    appeal, objection = cases("store", "s1")
    assert appeal.title == "Appeal of July 1, 2026: No new listings"
    assert appeal.about == "1 incident, decided by July 8, 2026"
    assert objection.title == "Objection of July 1, 2026"
    assert objection.about == "2 incidents, decided by July 8, 2026"
    assert objection.units == {"o:o1": "carrier_event", "o:o2": "other"}
    assert cases("store", "s2") == cases("anchor", "s1") == []


@pytest.mark.django_db
def test_an_appeal_about_no_evidence_and_one_that_is_decided_change_no_star(clock: object, judge: User) -> None:
    market()
    mia = member("mia")
    appeal_file(action=sanctioned(), by=mia, text="Too hard.")
    objection = objection_file(kind="store", subject_id="s1", by=mia, text="No.", lines=LINES[:1])
    assert [case.key for case in cases("store", "s1")] == [f"objection-{objection.pk}"]
    verdicts = {line.pk: ("refused", "It was late.") for line in objection.lines.all()}
    objection_decide(objection=objection, by=judge, verdicts=verdicts)
    assert cases("store", "s1") == []


@pytest.mark.django_db
def test_lines_that_were_decided_already_are_no_longer_asked_about(clock: object, judge: User) -> None:
    market()
    objection = objection_file(kind="store", subject_id="s1", by=member("mia"), text="No.", lines=LINES[:2])
    first = objection.lines.order_by("id").first()
    objection_decide(objection=objection, by=judge, verdicts={first.pk: ("refused", "It was late.")})
    assert [list(case.units) for case in cases("store", "s1")] == [["o:o2"]]


# The page

ID = "s00003"
SIMULATOR, WHAT_IF = (f"/portal/{part}/stores/{ID}" for part in ("simulator", "what-if"))


@pytest.fixture
def open_case(db: None, client: Client) -> Objection:
    """Two orders of a rated store, one late and one returned, both objected to; and its owner signed in."""
    client.force_login(owner := world.member("owner", ID))
    explained_night.publish()
    explained_night.rating(3)
    days = dict.fromkeys(("orders", "shipments", "returns"), "2026-11-20")
    Publication.objects.update(closed_through=days)
    placed, known = "2026-11-10T04:00:00Z", "2026-11-18T04:00:00Z"
    for key in ("late", "back"):
        send("orders", {"order_id": key, "store_id": ID, "buyer_ref": key, "amount": "9", "currency": "CNY",
                        "placed_at": placed, "ship_by": "2026-11-12T04:00:00Z"})  # fmt: skip
    send("shipments", {"order_id": "late", "shipped_at": known}, {"order_id": "back", "shipped_at": placed})
    send("returns", {"return_id": "r", "order_id": "back", "opened_at": known, "reason": "quality"})
    lines = [("o:late", "attack"), ("o:back", "mistake")]
    return objection_file(kind="store", subject_id=ID, by=owner, text="Not ours.", lines=lines)


def star_of(chosen: list[Case]) -> float:
    shown = selectors.shown()
    about = explainable(shown, selectors.rating_row(shown.night, "store", ID))
    assert about is not None
    return float(accepted(about, shown, "store", ID, chosen).rated.stars()[0])


def test_a_box_for_the_open_objection_changes_the_star(client: Client, open_case: Objection) -> None:
    key = f"objection-{open_case.pk}"
    page = client.get(SIMULATOR).content.decode()
    assert f'value="{key}"' in page
    assert "If what is open is accepted" in page
    assert "2 incidents, decided by" in page
    assert 'value="all"' not in page  # one case is all there is
    told = client.get(WHAT_IF, {"case": key}).json()
    gain = star_of(cases("store", ID)) - star_of([])
    assert told["change"] == pytest.approx(gain, abs=5e-4)
    assert gain > 0
    ticked = client.get(f"{SIMULATOR}?case={key}").content.decode()
    assert "against tonight" in ticked
    assert f'value="{key}" id="id_case_0" checked' in ticked.replace('class=""', "")


def test_all_of_several_cases_at_once(client: Client, open_case: Objection) -> None:
    key = open_case.pk
    send("orders", {"order_id": "later", "store_id": ID, "buyer_ref": "x", "amount": "9", "currency": "CNY",
                    "placed_at": "2026-11-10T05:00:00Z", "cancelled_at": "2026-11-11T05:00:00Z",
                    "cancelled_by": "merchant"})  # fmt: skip
    owner = User.objects.get(username="owner")
    second = objection_file(kind="store", subject_id=ID, by=owner, text="Nor this.", lines=[("o:later", "attack")])
    every = client.get(WHAT_IF, {"case": "all"}).json()
    assert (
        every["change"]
        == client.get(WHAT_IF, {"case": [f"objection-{key}", f"objection-{second.pk}"]}).json()["change"]
    )
    assert every["change"] == pytest.approx(star_of(cases("store", ID)) - star_of([]), abs=5e-4)
    assert every["change"] > client.get(WHAT_IF, {"case": f"objection-{second.pk}"}).json()["change"]


def test_a_case_of_somebody_else_is_none(client: Client, open_case: Objection) -> None:
    other = world.member("other", "s00004")
    explained_night.rating(4)
    client.force_login(other)
    assert "If what is open is accepted" not in client.get("/portal/simulator/stores/s00004").content.decode()
    answer = client.get("/portal/what-if/stores/s00004", {"case": f"objection-{open_case.pk}"})
    assert answer.status_code == 400
    assert "case" in answer.json()["errors"]


def test_the_same_question_is_counted_once_a_night(client: Client, open_case: Objection) -> None:
    asked = {"case": f"objection-{open_case.pk}"}
    client.get(WHAT_IF, asked)
    before = _gone.cache_info()
    client.get(WHAT_IF, asked | {"late_dispatch": "3"})
    after = _gone.cache_info()
    assert (after.misses, after.hits) == (before.misses, before.hits + 1)


def test_days_are_counted_from_the_night(client: Client, open_case: Objection) -> None:
    told = client.get(WHAT_IF, {"goal": "own", "goal_own": "1.0"}).json()["goal"]
    assert told == {"goal": 1.0, "days": 0, "on": explained_night.NIGHT.isoformat()}
    late = client.get(WHAT_IF, {"goal": "4.5", "late_dispatch": "0", "quality_return": "0"}).json()["goal"]
    if late["days"] is not None:
        assert date.fromisoformat(late["on"]) == explained_night.NIGHT + timedelta(days=late["days"])
    assert july(1) > NIGHT
