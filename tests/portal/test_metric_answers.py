"""Members read what buyers answered in groups alone: no order on any page, in any file or answer says who it was."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from html import unescape

import pytest
from django.test import Client

from reputation.governance.appeals.units import subject_units
from reputation.portal import answers, metrics
from reputation.portal.reasons import why
from reputation.portal.simulator import simulator
from reputation.ratings import selectors
from reputation.ratings.own_figures import FEWEST, answered
from reputation.ratings.standings import explainable
from reputation.ratings.trends import Trend, Trends, Week
from scoring.metrics import BY_KEY
from scoring.outcomes.rules import ANSWERS, OF_BUYERS
from tests.evidence.test_voices import scored
from tests.governance.actions.world import Clock
from tests.governance.appeals.world import at, market, member, order, sanctioned, send
from tests.portal import world
from tests.ratings import explained_night

pytestmark = pytest.mark.django_db
BAD = {"overall": 1, "as_described": 1, "service": 1, "logistics": 1}
SAID = ("Bad score overall", "Low score: ")


@pytest.fixture(autouse=True)
def pointer() -> Iterator[None]:
    selectors.shown_forget()
    yield
    selectors.shown_forget()


@pytest.fixture
def mia(client: Client, clock: Clock) -> Client:
    """Of "Zq-quiet" the buyer gave low scores and all else is well; o1 came late and got low scores too."""
    market()
    send("orders", order("Zq-quiet"))
    send("shipments", {"order_id": "Zq-quiet", "shipped_at": at(9.5), "delivered_at": at(8)})
    for key in ("Zq-quiet", "o1"):
        send("responses", {"response_id": f"q {key}", "order_id": key, "answered_at": at(4), "answers": BAD})
    client.force_login(member("mia"))
    return client


def body(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, address
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return unescape(content.decode())


def about(key: str) -> list[str]:
    pages = [f"/portal/metric/{key}/stores/s1{more}" for more in ("", "?shown=all", "?search=Zq", "?piece=cleared")]
    return [*pages, f"/portal/metric/{key}.csv/stores/s1?shown=all"]


@pytest.mark.parametrize("key", [*sorted(OF_BUYERS), "defect", "incident", "problem", "late_dispatch"])
def test_no_page_and_no_table_of_a_metric_says_who_answered(mia: Client, key: str) -> None:
    for address in about(key):
        told = body(mia, address)
        assert "Zq-quiet" not in told
        assert not any(words in told for words in SAID), address
    assert "o1" in body(mia, about("late_dispatch")[0])


def test_forms_offer_no_order_for_an_answer_and_take_none(mia: Client) -> None:
    action = sanctioned()
    for form in ("/portal/objections/new/stores/s1", f"/portal/notices/{action.pk}/appeal"):
        for query in ("", "?search=Zq", "?unit=o:Zq-quiet"):
            told = body(mia, form + query)
            assert "o:o1" in told or "Zq" in query
            assert "Zq-quiet</" not in told
            assert not any(words in told for words in SAID)


def test_the_export_holds_neither_the_order_nor_what_was_answered(mia: Client) -> None:
    answer = mia.post("/portal/export/stores/s1")
    with zipfile.ZipFile(io.BytesIO(b"".join(answer.streaming_content))) as packed:
        for name in packed.namelist():
            told = packed.read(name).decode(errors="replace")
            assert "Zq-quiet" not in told, name
            assert name == "README.txt" or not any(words in told for words in SAID), name


def test_its_own_units_are_those_of_other_symptoms_and_staff_see_all(mia: Client) -> None:
    own = {one.unit: one.incident.what for one in subject_units("store", "s1", families="o").units}
    staff = {one.unit: one.incident.what for one in subject_units("store", "s1", families="o", answers=True).units}
    assert own["o:o1"] == ("late_dispatch",)
    assert set(staff["o:o1"]) == {"late_dispatch", *OF_BUYERS}
    assert set(staff) - set(own) == {"o:Zq-quiet"}
    assert not {what for told in own.values() for what in told} & ANSWERS


# --- groups --------------------------------------------------------------------------------------------------------


def test_goods_are_told_in_groups_on_the_page_and_in_its_tables(mia: Client) -> None:
    scored("cup", [1, 2, 5, 5, 5])
    scored("hat", [5, 5, 5, 5, 5, 5])
    page = body(mia, "/portal/metric/negative_answer/stores/s1")
    rows = [re.sub(r"<[^>]*>", "|", row) for row in re.findall(r"<tr><th scope=\"row\">.*?</tr>", page)]
    assert [[cell for cell in row.split("|") if cell] for row in rows] == [
        ["hat", "6", "0", "0%"], ["2 others, together", "7", "4", "57%"],
    ]  # fmt: skip
    table = body(mia, "/portal/metric/negative_answer.csv/stores/s1").splitlines()
    assert table == ["\ufeffItem,Answers,Gave 1 or 2,Share", "hat,6,0,0.0", '"2 others, together",7,4,0.5714']
    book = mia.get("/portal/metric/negative_answer.xlsx/stores/s1")
    with zipfile.ZipFile(io.BytesIO(b"".join(book.streaming_content))) as packed:
        sheet = packed.read("xl/worksheets/sheet1.xml").decode()
    assert re.findall(r'<c r="B[0-9]+"[^>]*><v>([0-9]+)</v>', sheet) == ["6", "7"]


def test_it_says_so_where_too_few_or_nobody_answered(mia: Client) -> None:
    assert "Too few have answered so far" in body(mia, "/portal/metric/service_low/stores/s1")
    mia.force_login(member("sue", "s2"))
    assert "Nobody has answered yet" in body(mia, "/portal/metric/service_low/stores/s2")


def test_what_came_after_the_shown_night_waits_for_the_next(mia: Client, clock: Clock) -> None:
    scored("cup", [1] * 5)
    night = clock().date() - timedelta(days=30)
    world.publish(night)
    assert answers.until().date() in (night, night + timedelta(days=1))
    assert answers.told("store", "s1", "negative_answer").all == []


def test_there_is_one_breakdown_and_no_weeks_beside_it(mia: Client) -> None:
    told = body(mia, "/portal/metric/negative_answer/stores/s1?weeks")
    assert "weeks-title" not in told
    assert "Week from" not in told


# --- values --------------------------------------------------------------------------------------------------------


def test_below_five_answers_no_value_is_told_anywhere(client: Client) -> None:
    explained_night.publish()
    row = explained_night.rating(3)
    found = explainable(selectors.shown(), row)
    assert found
    metric = BY_KEY["negative_answer"]
    assert metrics.measure(metric, found, {}).own
    assert "negative_answer" in simulator(found, None).fields
    few = replace(found, rated=replace(found.rated, standing=_fewer(found, (FEWEST - 0.01) / answered(found, metric))))
    blank = metrics.measure(metric, few, {})
    assert (blank.own, blank.picture, blank.cost, blank.said, blank.counted) == ("", "", "", "", "")
    assert "negative_answer" not in simulator(few, None).fields
    name = metrics.explaining.metric_name("negative_answer")
    told = why(few)
    assert name not in [line.name for line in (*told.metrics, *told.quiet, *told.advice)]


def _fewer(found: object, share: float) -> object:
    standing = found.rated.standing  # type: ignore[attr-defined]
    return replace(standing, own=standing.own * share)


# --- weeks ---------------------------------------------------------------------------------------------------------

FIRST, SECOND = date(2026, 6, 1), date(2026, 6, 8)


def line(key: str, *counts: tuple[float, float]) -> Trend:
    weeks = (Week(day, n / d, 0.1, n, d) for day, (n, d) in zip((FIRST, SECOND), counts, strict=True))
    return Trend(BY_KEY[key], tuple(weeks))


def shown(peers: int = 9) -> dict[str, Trend]:
    lines = (
        line("service_low", (1, 4), (2, 5)), line("defect", (3, 40), (4, 50)), line("late_dispatch", (2, 40), (2, 50)),
    )  # fmt: skip
    return metrics.shown(Trends(SECOND, lines, peers))


def test_answers_have_no_weeks_and_small_weeks_of_any_symptom_are_left_out() -> None:
    told = shown()
    assert set(told) == {"defect", "late_dispatch"}
    first, second = told["defect"].weeks
    assert (first.own, first.n, first.d) == (None, 0, 0)  # less its listed orders it would be one of four answers
    assert (second.n, second.d) == (4, 50)
    assert told["late_dispatch"].weeks[0].n == 2


@pytest.mark.parametrize(("peers", "seen"), [(1, False), (4, False), (5, True)])
def test_fewer_than_five_others_of_the_category_are_not_told(peers: int, seen: bool) -> None:
    told = shown(peers)["late_dispatch"]
    assert [week.others is not None for week in told.weeks] == [seen, seen]
    assert [week.n for week in told.weeks] == [2, 2]


def test_a_program_reads_no_answer_of_an_order(mia: Client) -> None:
    from tests.public.test_own_api import program

    told = json.dumps(program().get("/api/v1/own/incidents?limit=200").json())
    assert "o:o1" in told
    assert "Zq-quiet" not in told
    assert not any(key in told for key in ANSWERS)


def test_a_search_for_what_no_database_holds_finds_nothing(mia: Client) -> None:
    told = mia.post("/portal/objections/new/stores/s1", {"step": "search", "search": "Zq\0"})
    assert told.status_code == 200
    assert "Zq-quiet" not in told.content.decode()
