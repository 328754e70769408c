"""Clusters that die or fall silent are started anew; nothing of them is left when the supervisor stops."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django_q.models import Schedule

from reputation.base.models import Heartbeat
from reputation.base.time import now
from reputation.nightly import supervisor as module
from reputation.nightly.lease import HeldLease
from reputation.nightly.supervisor import Cluster, Supervisor
from tests.nightly.processes import environment

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 90


@pytest.fixture
def supervisor(monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    for name, value in environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(module, "STOP_SECONDS", 5)
    made = Supervisor(beat_seconds=0.5)
    yield made
    for cluster in made.clusters:
        cluster.stop()


def until(true: Callable[[], bool], supervisor: Supervisor) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        assert time.monotonic() < deadline
        supervisor.look()
        time.sleep(0.5)


def beats() -> set[str]:
    return set(Heartbeat.objects.values_list("cluster", flat=True))


def in_group(group: int) -> list[int]:
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rsplit(")", 1)[1].split()
        except OSError:
            continue
        if int(fields[2]) == group and fields[0] != "Z":
            found.append(int(stat.parent.name))
    return found


def gone(group: int, seconds: float = 10) -> bool:
    """What was killed takes a moment to die."""
    deadline = time.monotonic() + seconds
    while in_group(group) and time.monotonic() < deadline:
        time.sleep(0.1)
    return in_group(group) == []


def pid(cluster: Cluster) -> int:
    assert cluster.process is not None
    return cluster.process.pid


def test_both_clusters_answer_and_one_that_dies_comes_back(supervisor: Supervisor) -> None:
    until(lambda: beats() == {"livestar", "nightly"}, supervisor)
    assert Schedule.objects.filter(name="livestar-night").count() == 1
    first, nightly = (pid(cluster) for cluster in supervisor.clusters)
    os.kill(first, signal.SIGKILL)  # its workers live on
    supervisor.clusters[0].process.wait()
    Heartbeat.objects.all().delete()
    until(lambda: beats() == {"livestar", "nightly"}, supervisor)
    assert gone(first)
    assert pid(supervisor.clusters[1]) == nightly
    groups = [pid(cluster) for cluster in supervisor.clusters]
    supervisor.stop.set()
    supervisor.run()
    assert [gone(group) for group in groups] == [True, True]


def test_a_cluster_that_looks_alive_but_serves_nothing_is_started_anew(supervisor: Supervisor) -> None:
    until(lambda: "livestar" in beats(), supervisor)
    silent = pid(supervisor.clusters[0])
    supervisor.stale = timedelta(seconds=5)
    os.killpg(silent, signal.SIGSTOP)
    until(lambda: pid(supervisor.clusters[0]) != silent, supervisor)
    assert gone(silent)


def test_a_silent_nightly_cluster_is_let_be_while_a_night_runs(supervisor: Supervisor) -> None:
    nightly = supervisor.clusters[1]
    nightly.started_at = now() - timedelta(hours=1)
    with HeldLease():
        assert not supervisor._silent(nightly)
    assert supervisor._silent(nightly)
