"""The registry's pages: what was live when, why, and whether the evidence drifts."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from reputation.console.labels import FINDINGS
from reputation.console.verdicts import _interval, feature_label, judged, sentence, shifted, signed, width
from reputation.console.views.models import timeline
from reputation.ratings.registry import Span, model_rollback
from scoring.features import catalogue
from scoring.findings import Finding, codes
from tests.console.judged import drift, gate
from tests.portal import world
from tests.ratings.registry_world import FIRST, model, nights, publish

pytestmark = pytest.mark.django_db


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


@pytest.mark.parametrize("address", ["/console/models", "/console/models/a"])
def test_strangers_sign_in_and_merchants_are_refused(client: Client, address: str) -> None:
    nights("a")
    assert client.get(address).status_code == 302
    client.force_login(world.member("mia"))
    assert client.get(address).status_code == 403


def test_an_empty_registry_has_a_page(client: Client, staff: User) -> None:
    page = text(client, "/console/models")
    assert "No model yet" in page
    assert "it takes two nights" in page
    assert client.get("/console/models/nobody").status_code == 404


def test_the_list_has_what_was_live_verdicts_and_who_is_champion(client: Client, staff: User) -> None:
    records = nights("a", "a", "b")
    records["b"].gate = gate()
    records["b"].save()
    model("c", FIRST + timedelta(days=3), gate={kind: part | {"promoted": False} for kind, part in gate().items()})
    page = text(client, "/console/models")
    assert page.index("What was live when") < page.index("Challengers and champions")
    articles = re.findall(r"<article.*?</article>", page)
    assert [re.search(r">(\w)</a>", article)[1] for article in articles] == ["c", "b", "a"]
    assert "never live" in articles[0]
    assert articles[0].count("kept out") == 2
    assert "champion</span>" in articles[1]
    assert "base only" in articles[1]
    assert "It was not judged" in articles[2]


def test_a_pinned_model_is_told_with_who_and_why(client: Client, staff: User) -> None:
    nights("a", "b")
    model_rollback(by="mia", note="odd <stars>")
    page = text(client, "/console/models")
    assert "mia has put a back, from the night of 2026-11-03 on" in page
    assert "odd &lt;stars&gt;" in page
    detail = text(client, "/console/models/a")
    assert "put back by a person" in detail
    assert "odd &lt;stars&gt;" in detail


def test_a_models_page_has_every_figure_of_its_trial(client: Client, staff: User) -> None:
    record = model("a", gate=gate())
    publish(record, FIRST)
    page = text(client, "/console/models/a")
    figures = gate()["store"]["figures"]
    assert f"{figures['log_loss']['challenger']:.4f}" in page
    assert figures["cutoff"] in page
    assert page.count('class="calibration-dot"') == len(figures["calibration"]["bins"])
    assert page.count('class="interval"') == 2
    for check in ("Defects foreseen to those that came", "Steps to the worse", "Stars that would move"):
        assert check in page
    assert "style=" not in page
    assert "<script" not in page


def test_the_drift_of_the_last_night_has_limits_and_facts(client: Client, staff: User) -> None:
    nights("a")
    world.run(results={"drift": drift()})
    page = text(client, "/console/models")
    assert "no drift" in page
    assert "Orders of a usual day" in page
    assert page.count('class="measure-label"') == 8
    assert 'x="20" width="0.5"' in page
    assert 'x="50" width="0.5"' in page


def test_a_night_that_drift_stopped_says_why(client: Client, staff: User) -> None:
    nights("a")
    world.run(world.NIGHT, results={"drift": drift()})
    world.run(world.NIGHT + timedelta(days=1), status="failed", results={"drift": drift(poisoned=40)})
    page = text(client, "/console/models")
    assert "stopped the night" in page
    assert "Too many stars moved in one night: 20.0 %, limit 5.0 %" in page


def test_pages_speak_chinese(client: Client, staff: User) -> None:
    model("a", gate=gate())
    world.run(results={"drift": drift(poisoned=40)})
    page = text(client, "/console/models?lang=zh-hans")
    assert "一夜之间变动的星级过多：20.0 %，限值 5.0 %" in page
    assert "预计缺陷与实际缺陷之比" in text(client, "/console/models/a?lang=zh-hans")


def test_the_list_comes_in_pages(client: Client, staff: User) -> None:
    for number in range(16):
        model(f"m{number:02}", FIRST + timedelta(days=number))
    assert ">m00</a>" not in text(client, "/console/models")
    assert ">m00</a>" in text(client, "/console/models?page=2")


def test_the_number_of_questions_does_not_grow_with_the_registry(
    client: Client, staff: User, django_assert_max_num_queries
) -> None:
    nights(*"abcdefghij")
    with django_assert_max_num_queries(13):
        text(client, "/console/models")


def test_every_finding_has_a_label_and_a_sentence() -> None:
    assert set(FINDINGS) == set(codes())
    for code in codes():
        assert str(FINDINGS[code]) in sentence(Finding(code, 0.5, 1.0).as_json())
    assert sentence(Finding("sweep", 3, 0).as_json()) == "Worse evidence made a star better: 3, limit 0"
    assert sentence(Finding("moved", 0.125, 0.1).as_json()) == "Too many stars would move: 12.5 %, limit 10.0 %"
    assert sentence({"code": "of later", "text": "as told", "value": None, "limit": None}) == "as told"


def test_every_feature_has_a_name_for_people() -> None:
    for kind in ("store", "anchor"):
        names = [feature.name for feature in catalogue(kind) if feature.name != "log_age"]
        assert not set(names) & {feature_label(name) for name in names}
    assert feature_label("late_dispatch_30") == "Late dispatch rate, 30 days"


def test_what_is_missing_from_a_verdict_leaves_no_trace() -> None:
    bare = judged({"store": {"promoted": False, "reasons": [Finding("same").as_json()]}})[0]
    assert (bare.reasons, bare.facts, bare.gains, bare.checks) == (["The same as the champion"], [], [], [])
    assert judged({}) == []
    assert shifted({}) == []


def test_the_timeline_ends_with_the_newest_night_and_begins_with_the_first() -> None:
    last = FIRST + timedelta(days=9)
    rows = timeline([Span("a", FIRST, FIRST + timedelta(days=3)), Span("b", FIRST + timedelta(days=4), None)], last)
    assert [(row.span.model, row.nights, row.left, row.width) for row in rows] == [
        ("b", 6, "40.00", "60.00"), ("a", 4, "0.00", "40.00"),
    ]  # fmt: skip
    long = timeline([Span("a", FIRST - timedelta(days=500), None)], last)
    assert [(row.left, row.width, row.nights) for row in long] == [("0.00", "100.00", 510)]


@given(st.floats(-1, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_an_interval_stays_on_its_canvas_and_its_marks_in_order(
    mean: float, below: float, above: float, margin: float
) -> None:
    found = _interval("x", {"mean": mean, "low": mean - below, "high": mean + above, "margin": margin})
    left, wide, middle, limit = (float(part) for part in (found.left, found.width, found.mean, found.limit))
    assert 0 <= left <= middle + 0.11
    assert left + wide <= 101.2
    assert limit >= float(found.zero) == 50.0
    assert found.passed == (mean + above <= margin)


@given(st.floats(0, 1e9), st.floats(0, 1e9))
def test_a_bar_is_seen_where_there_is_anything_and_never_overflows(value: float, longest: float) -> None:
    drawn = float(width(value, longest))
    assert 0 <= drawn <= 100
    assert (drawn >= 1) == (value > 0 and longest > 0)


def test_differences_have_their_sign() -> None:
    assert (signed(0.00012), signed(-0.00012)) == ("+0.00012", "−0.00012")
