"""The two task clusters, each in a process group of its own, watched from outside.

A worker of django-q2 that is killed while idle takes the queue's lock with it: the cluster looks alive and serves
nothing. So each cluster gets a small task every minute; one that leaves it lying is ended, group and all, and started
anew. A busy nightly cluster answers no heartbeat: it is let be while a night holds a live lease.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import threading
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, connection
from django_q.models import OrmQ
from django_q.tasks import async_task

from reputation.base.models import Heartbeat
from reputation.base.time import now
from reputation.nightly import guarded
from reputation.nightly.lease import lease_state
from reputation.nightly.schedules import schedules_upsert

DEFAULT, NIGHTLY = "livestar", "nightly"  # as in settings.Q_CLUSTER
BEAT_SECONDS = 60
STALE = timedelta(minutes=3)
STOP_SECONDS = 20  # a cluster finishes what it is at; after that its group is killed
logger = logging.getLogger(__name__)


@dataclass
class Cluster:
    """One `qcluster` and all its children."""

    name: str
    process: subprocess.Popen[bytes] | None = None
    started_at: datetime = field(default_factory=now)

    def start(self) -> None:
        self.process = subprocess.Popen(  # noqa: S603
            guarded.command("SIGTERM", "manage", "qcluster"),
            cwd=settings.ROOT,
            env=os.environ | {"Q_CLUSTER_NAME": self.name},
            start_new_session=True,
        )
        self.started_at = now()

    def ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def stop(self) -> None:
        """First politely, then the whole group: a cluster's workers outlive its main process."""
        if self.process is None:
            return
        self._signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            logger.warning("cluster %s does not stop by itself", self.name)
        self._signal(signal.SIGKILL)
        self.process.wait()
        self.process = None

    def _signal(self, number: signal.Signals) -> None:
        assert self.process is not None  # noqa: S101 (narrows the type)
        try:
            if number == signal.SIGTERM:
                self.process.send_signal(number)
            else:
                os.killpg(self.process.pid, number)
        except ProcessLookupError:
            pass


class Supervisor:
    """Keeps both clusters going until `stop` is set."""

    def __init__(self, *, beat_seconds: float = BEAT_SECONDS, stale: timedelta = STALE) -> None:
        self.clusters = (Cluster(DEFAULT), Cluster(NIGHTLY))
        self.stop = threading.Event()
        self.beat_seconds, self.stale = beat_seconds, stale

    def run(self) -> None:
        try:
            while not self.stop.is_set():
                self.look()
                self.stop.wait(self.beat_seconds)
        finally:
            for cluster in self.clusters:
                cluster.stop()

    def look(self) -> None:
        """One round: start what is not there, end what is silent, ask for a sign of life."""
        try:
            schedules_upsert()
            for cluster in self.clusters:
                self._look_at(cluster)
        except DatabaseError:
            logger.warning("the database is away; looking again in %.0f seconds", self.beat_seconds)
            connection.close()

    def _look_at(self, cluster: Cluster) -> None:
        if not cluster.ended() and self._silent(cluster):
            logger.warning("cluster %s has been silent for %s: starting it anew", cluster.name, self.stale)
            cluster.stop()
        if cluster.ended():
            cluster.stop()  # what is left of its group
            cluster.start()
        waiting = OrmQ.objects.filter(key=cluster.name, lock__lte=now())
        if not waiting.exists():  # a busy cluster is not sent one a minute
            async_task("reputation.nightly.tasks.heartbeat", cluster.name, cluster=cluster.name, save=False)

    def _silent(self, cluster: Cluster) -> bool:
        if cluster.name == NIGHTLY and lease_state().live:
            return False
        beat = Heartbeat.objects.filter(cluster=cluster.name).values_list("beat_at", flat=True).first()
        return max(beat or cluster.started_at, cluster.started_at) < now() - self.stale
