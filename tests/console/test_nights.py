from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from reputation.base.models import Heartbeat
from reputation.base.time import now
from reputation.console.views.nights import _share_width, flat, stages
from reputation.evidence.models import DirtyUnit
from reputation.nightly.models import Run
from tests.portal import world

pytestmark = pytest.mark.django_db


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_empty_house_has_a_console(client: Client, staff: User) -> None:
    page = text(client, "/console/")
    assert "No night has run yet" in page
    assert "No task worker" in page
    assert "No night has run yet" in text(client, "/console/nights")


def test_the_console_shows_last_night_and_what_waits(client: Client, staff: User) -> None:
    world.run(world.NIGHT - timedelta(days=1), status="failed", reason="an older reason")
    world.run()
    world.publish()
    world.rating()
    world.rating("a1", kind="anchor", **world.without_stars("new", orders_counted=0, confirmed_defects=0))
    world.hold(due_on=now().date() - timedelta(days=2))
    world.rejected_row()
    DirtyUnit.objects.bulk_create([DirtyUnit(unit="o:1"), DirtyUnit(unit="o:1"), DirtyUnit(unit="o:2")])
    Heartbeat.objects.create(cluster="nightly", beat_at=now() - timedelta(minutes=3))
    answer = client.get("/console/")
    counts = answer.context["counts"]
    assert (counts.holds_open, counts.holds_overdue, counts.rejected_open, counts.waiting_units) == (1, 1, 1, 2)
    assert counts.states == {"store": {"rated": 1}, "anchor": {"new": 1}}
    page = answer.content.decode()
    assert "1 overdue" in page
    assert "3\xa0minutes ago" in page
    assert "an older reason" not in page


def test_a_failed_night_says_where_and_why(client: Client, staff: User) -> None:
    world.run(status="failed", stage="train", reason="the <model> did not converge")
    for address in ("/console/", f"/console/nights/{world.NIGHT}", "/console/nights"):
        page = text(client, address)
        assert "Train the model" in page
        assert "the &lt;model&gt; did not converge" in page


@pytest.mark.parametrize("status", Run.Status.values)
def test_every_state_of_a_night_has_its_page(client: Client, staff: User, status: str) -> None:
    world.run(status=status, timings={}, attempts={}, stage="", started_at=None, closed_through={})
    assert text(client, "/console/")
    assert text(client, f"/console/nights/{world.NIGHT}")


def test_a_nights_page_has_stages_closed_days_and_figures(client: Client, staff: User) -> None:
    world.run()
    world.publish()
    page = text(client, f"/console/nights/{world.NIGHT}")
    assert page.index("Screen for manipulation") < page.index("Train the model")
    assert 'width="100.0"' in page
    assert "2026-11-20" in page
    assert "levels · store" in page
    assert "0.031" in page


def test_bars_are_shares_of_the_longest_stage() -> None:
    run = Run(night=world.NIGHT, attempts={"roll": 3, "screen": 1, "odd": 1}, timings={"screen": 5.0, "roll": 20.0})
    assert [(stage.label, stage.starts, stage.seconds, stage.bar) for stage in stages(run)] == [
        ("Screen for manipulation", 1, 5.0, "25.0"),
        ("Recount what changed", 3, 20.0, "100.0"),
        ("odd", 1, None, "0"),
    ]


def test_nested_figures_become_rows() -> None:
    assert flat({"a": 1, "b": {"c": None, "d": {"e": [1]}}}) == [("a", 1), ("b · c", None), ("b · d · e", [1])]


def test_nights_come_in_pages(client: Client, staff: User) -> None:
    for back in range(31):
        world.run(world.NIGHT - timedelta(days=back))
    last = world.NIGHT - timedelta(days=30)
    assert f"/console/nights/{last}" not in text(client, "/console/nights")
    assert f"/console/nights/{last}" in text(client, "/console/nights?page=2")
    assert text(client, "/console/nights?page=no-number")


@pytest.mark.parametrize("night", ["2026-11-19", "2026-02-30", "2026-1-1", "latest"])
def test_a_night_that_is_none_is_not_found(client: Client, staff: User, night: str) -> None:
    assert client.get(f"/console/nights/{night}").status_code == 404


def test_pages_speak_chinese(client: Client, staff: User) -> None:
    assert "总览" in text(client, "/console/?lang=zh-hans")


@given(st.floats(0, 1e12), st.floats(0, 1e12))
def test_a_bar_is_seen_where_there_is_anything_and_never_overflows(value: float, largest: float) -> None:
    width = float(_share_width(value, largest))
    assert 0 <= width <= 100
    assert (width >= 1) == (value > 0 and largest > 0)
