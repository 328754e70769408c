"""Governance as a stage of the night: all or nothing when it is killed, and never a reason to take ratings down."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from reputation.base.audit import audit_verify
from reputation.base.models import AuditEntry
from reputation.governance.models import (
    Action,
    Flag,
    Notice,
    PolicyNight,
    PolicyState,
    PolicyVersion,
    Reach,
    ShadowFlag,
    WorkItem,
)
from reputation.governance.services import policy_activate, policy_advance, policy_save
from reputation.nightly.models import Run
from reputation.nightly.runs import NightFailedError
from reputation.nightly.selectors import night_state, yesterday
from reputation.nightly.services import nights_run
from reputation.nightly.summary import night_json, night_lines
from reputation.ratings.models import Publication
from tests.governance.world import policy, rule
from tests.nightly import processes
from tests.nightly.market import LAST, ingest, market

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)
WRITTEN = (Flag, Action, Notice, WorkItem, Reach, PolicyNight, ShadowFlag)
STORES = rule("bad", metric="incident", than="0.01").replace("    expires:", "    automatic: true\n    expires:")
ANCHORS = rule("anchors", metric="incident", than="0.01").replace("scope: store", "scope: anchor")


def in_force(text: str) -> PolicyVersion:
    """Announced so long ago that it is live by any night of the test."""
    return policy_activate(content=text, today=LAST - 400 * DAY)


def shadow(text: str) -> PolicyVersion:
    version = policy_save(content=text, today=LAST).version
    return policy_advance(version=version, to=PolicyState.SHADOW, today=LAST)


def governing(night: Any) -> Callable[[], bool]:
    return lambda: Run.objects.filter(night=night, stage="govern").exists() and processes.waiting_for_lock()


def kill_while(table: str, mode: str) -> None:
    with processes.locked(table, mode):
        night = processes.start("nightly")
        processes.until(governing(yesterday()), night)
        processes.kill(night)


def test_killed_inside_it_leaves_all_or_nothing_and_the_next_start_finishes_it() -> None:
    ingest(market(orders=250, days=20, last=yesterday()))
    in_force(policy(STORES, ANCHORS))
    shadow(policy(rule("tried", metric="incident", than="0.02"), name="tried"))
    # Before it has written anything; when all but its last row is written; between the flags and the shadows' log.
    for table, mode in (("governance_policynight", "ACCESS EXCLUSIVE"), ("governance_policynight", "SHARE")):
        kill_while(table, mode)
        assert Publication.objects.get().night == yesterday()
        assert [model.__name__ for model in WRITTEN if model.objects.exists()] == []
        assert Client().get("/readyz").json()["night"] == "published"
    kill_while("governance_shadowflag", "ACCESS EXCLUSIVE")
    governed = {model: list(model.objects.order_by("pk").values()) for model in WRITTEN}
    assert not ShadowFlag.objects.exists()
    assert PolicyNight.objects.count() == 1
    assert all(governed[model] for model in (Flag, Action, Notice, WorkItem, Reach))

    ended = processes.run("nightly")
    assert ended.returncode == 0, ended.stderr
    run = Run.objects.get()
    assert {"govern", "report"} <= run.timings.keys()
    assert run.finished_at
    assert ShadowFlag.objects.exists()
    for model in (Flag, Action, Notice, WorkItem, Reach):
        assert list(model.objects.order_by("pk").values()) == governed[model]
    assert AuditEntry.objects.filter(action="night.governed").count() == 1
    assert not audit_verify().why

    everything = {model: list(model.objects.order_by("pk").values()) for model in WRITTEN}
    again = processes.run("nightly")
    assert (again.returncode, "was published before" in again.stdout) == (0, True)
    assert {model: list(model.objects.order_by("pk").values()) for model in WRITTEN} == everything


def test_the_night_that_has_just_ended_acts_and_nights_that_are_caught_up_only_flag(jobs_here: None) -> None:
    ingest(market(orders=250, days=20, last=yesterday()))
    in_force(policy(STORES))
    nights_run(nights=[yesterday() - DAY], by_operator=True)
    flags = Flag.objects.filter(automatic=True)
    assert flags.exists()
    assert not Action.objects.exists()
    nights_run(nights=[yesterday()], by_operator=True)
    assert Action.objects.filter(automatic=True, state="active").exists()
    run = Run.objects.get(night=yesterday())
    governed = run.results["governed"]
    assert governed["acted"] == Action.objects.count()
    told = "\n".join(night_lines(run))
    assert f"flags: {governed['all']['flagged']} subjects" in told
    assert f"actions: {governed['acted']} began" in told


def test_a_policy_that_cannot_be_read_leaves_the_ratings_up_and_says_so_until_it_is_mended(jobs_here: None) -> None:
    ingest(market(orders=120, days=6))
    version = in_force(policy(STORES))
    text = PolicyVersion.objects.get().text
    PolicyVersion.objects.update(text="policy: [")
    with pytest.raises(NightFailedError, match="failed in govern"):
        nights_run(nights=[LAST], by_operator=True)
    assert Publication.objects.get().night == LAST
    state = night_state()
    assert (state.night, state.stage) == ("published", "govern")
    assert f"policy {version.version}" in state.reason
    assert not PolicyNight.objects.exists()

    PolicyVersion.objects.update(text=text)
    [run] = nights_run(nights=[LAST], by_operator=True)
    assert (run.status, run.reason) == (Run.Status.PUBLISHED, "")
    assert PolicyNight.objects.get().mode == "live"
    assert "report" in run.timings


def test_without_a_policy_and_with_a_shadow_that_fails_a_night_is_like_any_other(jobs_here: None) -> None:
    ingest(market(orders=120, days=6))
    version = shadow(policy(STORES))
    PolicyVersion.objects.update(text="policy: [")
    [run] = nights_run(nights=[LAST], by_operator=True)
    assert (run.status, run.reason) == (Run.Status.PUBLISHED, "")
    assert list(run.results["governed"]["shadows_failed"]) == [str(version.pk)]
    assert f"shadow {version.pk} failed" in "\n".join(night_lines(run))
    assert Reach.objects.exists()


def test_a_published_night_whose_stages_are_all_done_is_left_alone(jobs_here: None) -> None:
    ingest(market(orders=60, days=3))
    nights_run(nights=[LAST], by_operator=True)
    before = Run.objects.filter(night=LAST).values().get()
    nights_run(nights=[LAST], by_operator=True)
    assert Run.objects.filter(night=LAST).values().get() == before
    [earlier] = nights_run(nights=[LAST - DAY], by_operator=True)
    assert night_json(earlier)["governed"] == {"skipped": "a later night is governed"}
    assert "not governed: a later night" in "\n".join(night_lines(earlier))
