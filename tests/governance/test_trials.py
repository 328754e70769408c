"""Backtests that a page asks for: worked out by a process of their own, once, and never lost without a word."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import User
from pytest_django import DjangoCaptureOnCommitCallbacks

from reputation.base.models import AuditEntry
from reputation.base.time import market_day, now
from reputation.governance import trials
from reputation.governance.detached import command_start
from reputation.governance.models import PolicyTrial, PolicyVersion
from reputation.governance.services import PolicyError, policy_save
from reputation.governance.trials import DEAD, trial_ask, trial_run, trial_stop, trials_shown
from reputation.governance.trying import TrialError
from tests.governance.world import flagged_slowly, policy, publish, rule
from tests.nightly.processes import environment
from tests.scoring.toy_market import LAST_DAY

pytestmark = pytest.mark.django_db
Started = list[tuple[str, ...]]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    """Commands that were to be started; the tests run them by hand."""
    found: Started = []
    monkeypatch.setattr(trials, "command_start", lambda *arguments: found.append(arguments))
    return found


@pytest.fixture
def ann(db: None) -> User:
    return User.objects.create_user("ann")


def saved(than: str = "0.05") -> PolicyVersion:
    return policy_save(content=policy(rule(than=than)), today=market_day(now()), by="operator:li")


def test_a_trial_is_asked_for_started_and_reported(
    ann: User, started: Started, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    publish(nights=3)
    saved()
    with django_capture_on_commit_callbacks(execute=True):
        trial = trial_ask(version=1, by=ann)
    assert started == [("policy", "trial", str(trial.pk))]
    assert (trial.state, trial.steps) == ("waiting", 3)
    done = trial_run(trial.pk)
    assert (done.state, done.step, done.error) == ("done", 3, "")
    assert done.report is not None
    assert done.report["by_night"][-1]["flagged"] == len(flagged_slowly(0.05))
    assert [line["tier"] for line in done.report["tiers"]] == ["head", "middle", "tail"]
    assert sum(line["subjects"] for line in done.report["tiers"]) == done.report["all"]["subjects"]
    assert AuditEntry.objects.get(action="policy.trial").actor == "user:ann"
    assert trial_run(trial.pk).done_at == done.done_at  # it is worked out once


def test_while_one_is_under_way_it_is_the_answer(ann: User, started: Started) -> None:
    publish(nights=1)
    saved()
    assert trial_ask(version=1, by=ann) == trial_ask(version=1, by=ann)
    assert PolicyTrial.objects.count() == 1


def test_it_is_tried_against_the_policy_in_force_when_it_was_asked_for(ann: User, started: Started) -> None:
    publish(nights=2)
    live = saved("0.1")
    PolicyVersion.objects.update(state="live", live_from=LAST_DAY)
    saved("0.05")
    trial = trial_ask(version=2, by=ann, first=LAST_DAY)
    assert trial.against == live
    report = trial_run(trial.pk).report
    assert report is not None
    gone = len(flagged_slowly(0.05) - flagged_slowly(0.1))
    assert report["against_live"]["last_night"]["newly_flagged"] == gone > 0


def test_a_stopped_trial_ends_with_the_night_that_it_is_at(ann: User, started: Started) -> None:
    publish(nights=3)
    saved()
    trial = trial_ask(version=1, by=ann)
    assert trial_stop(trial=trial, by=ann)
    assert not trial_stop(trial=trial, by=ann)
    assert trial_run(trial.pk).state == "stopped"
    assert AuditEntry.objects.filter(action="policy.trial_stop").count() == 1
    running = trial_ask(version=1, by=ann)
    PolicyTrial.objects.filter(pk=running.pk).update(state="running")
    PolicyTrial.objects.filter(pk=running.pk).update(state="stopped")
    with pytest.raises(trials.Stopped):
        trials._step(running)


def test_what_cannot_be_tried_is_told(ann: User, started: Started, var: Path) -> None:
    with pytest.raises(TrialError, match="no night is published yet"):
        trial_ask(version=1, by=ann)
    publish(nights=1)
    with pytest.raises(PolicyError, match="no policy 1"):
        trial_ask(version=1, by=ann)
    saved()
    with pytest.raises(TrialError, match="no published night from"):
        trial_ask(version=1, by=ann, first=LAST_DAY + timedelta(days=4), last=LAST_DAY + timedelta(days=5))
    trial = trial_ask(version=1, by=ann)
    for path in (var / "days").iterdir():
        path.unlink()
    failed = trial_run(trial.pk)
    assert failed.state == "failed"
    assert "cannot be read again" in failed.error
    assert started == []


def test_a_trial_whose_process_is_gone_is_told_so_and_can_be_asked_for_again(ann: User, started: Started) -> None:
    publish(nights=1)
    version = saved()
    trial = trial_ask(version=1, by=ann)
    PolicyTrial.objects.update(state="running", alive_at=now() - DEAD - timedelta(seconds=1))
    (shown,) = trials_shown(version)
    assert (shown.state, shown.error) == ("failed", "its process ended without a result")
    assert trial_ask(version=1, by=ann).pk != trial.pk


@pytest.mark.django_db(transaction=True)
def test_the_command_works_it_out_in_a_process_of_its_own(ann: User, started: Started, var: Path) -> None:
    publish(nights=2)
    saved()
    trial = trial_ask(version=1, by=ann)
    command = [sys.executable, "manage.py", "policy", "trial", str(trial.pk)]
    ended = subprocess.run(
        command, cwd=settings.ROOT, env=environment(), capture_output=True, text=True, check=False, timeout=120
    )
    assert ended.returncode == 0, ended.stderr
    trial.refresh_from_db()
    assert (trial.state, trial.step) == ("done", 2)


def test_a_command_is_started_and_not_waited_for(tmp_path: Path) -> None:
    """The console's way to long work: the same interpreter, the project's own commands."""
    file, told = tmp_path / "mine.yaml", tmp_path / "told.json"
    file.write_text(policy(rule()))
    started = command_start("policy", "check", str(file), "--json", str(told))
    assert started.wait(timeout=120) == 0
    assert json.loads(told.read_text()) == {"refused": [], "notes": []}
